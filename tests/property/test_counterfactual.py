"""The counterfactual fit against dummy variables: what is identified, effects, weights, and fits under counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccd.estimate.linear.counterfactual import impute, refits
from ccd.estimate.linear.ols import codes


@st.composite
def worlds(draw):
    """Return y, x, entity, time and untreated of an unbalanced panel; some x are collinear or absorbed."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, t = draw(st.integers(2, 9)), draw(st.integers(2, 6))
    keep = rng.random(n * t) < draw(st.sampled_from([1.0, 0.7]))
    keep[:2] = True
    entity, time = codes(np.repeat(np.arange(n), t)[keep]), codes(np.tile(np.arange(t), n)[keep])
    start = rng.integers(0, t + draw(st.integers(0, 4)), n)[entity]
    untreated = time < start
    untreated[0] = True
    x = rng.normal(size=(len(entity), 2)) * [1, 1000] + [0, 5e4]
    kind = draw(st.sampled_from(["free", "collinear", "absorbed", "none"]))
    if kind == "collinear":  # among untreated cells alone
        x[untreated, 1] = 3e3 * x[untreated, 0] + 7
    elif kind == "absorbed":
        x[untreated, 1] = 100.0 * entity[untreated]
    elif kind == "none":
        x = np.empty((len(entity), 0))
    return rng.normal(size=len(entity)) + 5, x, entity, time, untreated


def dense(y, x, entity, time, untreated, times):
    """Return tau and what identifies it from dummies: a row must lie in the span of the untreated rows."""
    scaled = (x - x.mean(axis=0)) / x.std(axis=0) if x.shape[1] else x
    design = np.column_stack([np.eye(entity.max() + 1)[entity], np.eye(time.max() + 1)[time], scaled])
    root = np.sqrt(times[entity[untreated]])[:, None]
    inner = design[untreated] * root
    _, size, right = np.linalg.svd(inner)
    right = right[: int((size > 1e-8 * size[0]).sum())]
    known = np.abs(design - design @ right.T @ right).max(axis=1) < 1e-6
    beta = np.linalg.lstsq(inner, y[untreated] * root[:, 0], rcond=1e-8)[0]
    return y - design @ beta, known


@given(worlds())
def test_effects_are_those_of_dummies_and_so_is_what_is_identified(world):
    y, x, entity, time, untreated = world
    fit = impute(y, x, entity, time, untreated)
    tau, known = dense(y, x, entity, time, untreated, np.ones(entity.max() + 1))
    assert (fit.imputable == known).all()
    np.testing.assert_allclose(fit.tau[known], tau[known], atol=1e-7)
    assert np.isnan(fit.tau[~known]).all()


@given(worlds(), st.integers(0, 100))
def test_weights_on_the_outcome_are_effects_of_unit_outcomes(world, seed):
    y, x, entity, time, untreated = world
    fit = impute(y, x, entity, time, untreated)
    chosen = fit.imputable & ~untreated
    weight = np.where(chosen, np.random.default_rng(seed).normal(size=len(y)), 0.0)
    v = fit.outcome_weights(weight)
    assert v @ y == pytest.approx(weight @ np.nan_to_num(fit.tau), abs=1e-7)
    for j in np.flatnonzero(untreated)[:3]:
        unit = (np.arange(len(y)) == j).astype(float)
        assert v[j] == pytest.approx(weight @ impute(unit, x, entity, time, untreated).resid, abs=1e-7)


@given(worlds(), st.integers(0, 100))
def test_counts_are_regions_that_stand_more_than_once(world, seed):
    y, x, entity, time, untreated = world
    times = np.random.default_rng(seed).integers(0, 3, entity.max() + 1).astype(float)
    times[entity[0]] = 1  # an untreated cell at least
    tau, known = refits(impute(y, x, entity, time, untreated)).effects(times)
    truth, identified = dense(y, x, entity, time, untreated, times)
    rows = times[entity] > 0
    assert (known == identified)[rows].all()
    np.testing.assert_allclose(tau[rows & known], truth[rows & known], atol=1e-7)
