"""Size of the wild and the block bootstrap under a true null whose error variance goes with the regressor."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.estimate.threshold.scan.bootstrap import (
    Block,
    Wild,
    bootstrap,
    null_model,
    observed,
    p_value,
    statistics,
)
from ccd.estimate.threshold.scan.candidates import by_rows
from ccd.estimate.threshold.scan.exact import project, scan
from ccd.estimate.threshold.scan.sets import curves

ENTITIES, YEARS, DRAWS = 60, 8, 199


def one(seed, jump, tied, number=1):
    """The p-values (wild, block) of F_number in one panel; ``tied``: error variance goes with x and q."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(ENTITIES), YEARS), np.tile(np.arange(YEARS), ENTITIES)
    n = ENTITIES * YEARS
    q, x = rng.normal(size=n), rng.normal(size=n)
    spread = np.abs(x) * np.exp(0.4 * q) if tied else 1.0
    y = (
        x * np.where(q <= 0, 0.5, 0.5 + jump)
        + rng.normal(size=ENTITIES)[entity]
        + spread * rng.normal(size=n)
    )
    model = project(y, x[:, None], entity, time)
    found = scan(model, x[:, None], by_rows(q, 0.05))
    fits, f = statistics(observed(found), number)
    f = float(f[0])
    null = null_model(found, fits[number - 2].slots[0] if number > 1 else np.empty(0, int))
    forms = (Wild(found, null.resid, entity, "rademacher"), Block(found, null.resid))
    draw = np.random.default_rng([seed, 1])
    return [p_value(f, bootstrap(found, null, form, draw, DRAWS)) for form in forms]


def rejections(count, jump=0.0, number=1, *, tied):
    found = [one(seed, jump, tied, number) for seed in range(count)]
    return np.mean(np.array(found) <= 0.05, axis=0)


@pytest.mark.slow
def test_wild_keeps_its_size_and_block_does_not():
    wild, block = rejections(2000, tied=True)
    assert 0.03 <= wild <= 0.08
    assert block >= 0.15


@pytest.mark.slow
def test_both_keep_their_size_where_errors_are_alike():
    wild, block = rejections(1000, tied=False)
    assert 0.03 <= wild <= 0.08
    assert 0.03 <= block <= 0.08


@pytest.mark.slow
def test_the_test_of_a_second_threshold_nearly_keeps_its_size():
    wild, block = rejections(1000, jump=1.0, number=2, tied=True)
    assert wild <= 0.10  # .081: the null's own threshold is estimated, which costs a little
    assert block >= 0.15


@pytest.mark.slow
def test_wild_finds_a_threshold_that_is_there():
    wild, block = rejections(300, jump=0.5, tied=False)
    assert wild >= 0.9
    assert wild >= block - 0.05


@pytest.mark.slow
def test_sets_cover_a_threshold_between_two_values():
    covered, draws = np.zeros(2), 400
    entity = np.repeat(np.arange(ENTITIES), YEARS)
    for seed in range(draws):
        rng = np.random.default_rng([7, seed])
        q, x, noise = rng.normal(size=(3, len(entity)))
        y = (x + 1) * np.where(q <= 0.3, 0.5, 1.5) + 0.5 * noise
        found = scan(project(y, x[:, None], entity), x[:, None] + 1, by_rows(q, 0.05))
        search = observed(found)
        fits, _ = statistics(search, 1)
        (curve,) = curves(found, search, fits[0].slots[0], float(fits[0].ssr[0]), q)
        for form, ratio in enumerate((curve.ratio, curve.robust)):
            runs = curve.runs(ratio)
            covered[form] += ((runs.low <= 0.3) & (runs.high > 0.3)).any()
    assert (covered / draws >= 0.94).all()  # .64 where a run ends at the last value kept
