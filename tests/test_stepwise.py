"""Selection on what is not seen: a case worked by hand, refusals, and what a study shows of its stepwise tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.estimate.linear.oster import selection
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Stability
from ccd.study import parse_study
from ccd.vary.run import evaluate

DID = {"kind": "did", "outcome": "y", "policy": "zone", "permutation": {"draws": 0}}


def test_the_bound_by_hand():
    # moved .5 - .4 = .1 while R2 rose by .2 from .3 to .5; Rmax = .65 leaves .15
    found = selection(0.5, 0.3, 0.4, 0.5)
    assert found.r2_max == pytest.approx(0.65)
    assert found.bound == pytest.approx(0.4 - 0.1 * 0.15 / 0.2)
    assert found.delta == pytest.approx(0.4 * 0.2 / (0.1 * 0.15))
    # b* is linear in delta: at that delta it is 0
    assert 0.4 - found.delta * 0.1 * 0.15 / 0.2 == pytest.approx(0)
    assert selection(0.5, 0.3, 0.4, 0.9).r2_max == 1
    assert selection(0.3, 0.3, 0.4, 0.5).delta < 0  # the controls move it away from zero


@pytest.mark.parametrize(
    ("last", "r2"), [(0.4, 0.3009), (0.4, 0.3), (0.5, 0.5), (0.4, 1.0), (0.4, float("nan"))]
)
def test_controls_that_tell_nothing_give_no_bound(last, r2):
    assert selection(0.5, 0.3, last, r2) is None


def table() -> pd.DataFrame:
    """24 regions x 8 years, half treated in 2005; x1 goes with treatment, x2 is noise that enters nothing."""
    rng = np.random.default_rng(5)
    n, t = 24, 8
    year = np.tile(np.arange(2001, 2001 + t), n)
    start = np.repeat(np.where(np.arange(n) < 12, 2005.0, np.nan), t)
    x1 = rng.normal(size=n * t) + 0.8 * (year >= start)
    y = np.repeat(rng.normal(size=n), t) + 0.4 * (year >= start) + 0.5 * x1 + rng.normal(size=n * t)
    region = np.repeat([f"r{i:02d}" for i in range(n)], t)
    more = {"x2": rng.normal(size=n * t), "z": y + rng.normal(size=n * t)}
    frame = pd.DataFrame({"region": region, "year": year, "start": start, "x1": x1, "y": y, **more})
    # of no use: orthogonal to effects, policy and outcome
    known = np.column_stack([effects_of(frame), year >= start, y])
    noise = rng.normal(size=n * t)
    return frame.assign(idle=noise - known @ np.linalg.lstsq(known, noise, rcond=None)[0])


def effects_of(frame: pd.DataFrame) -> np.ndarray:
    return pd.get_dummies(frame[["region", "year"]].astype(str)).to_numpy(dtype=float)


def results(models, language="en"):
    raw = {
        "language": language,
        "data": {"path": "p.csv", "entity": "region", "time": "year"},
        "policies": {"zone": {"column": "start"}},
        "models": models,
    }
    return evaluate(parse_study(raw, Path("s.toml")), table())


def within_r2(frame: pd.DataFrame, columns: list[str]) -> tuple[float, float]:
    """The policy's coefficient and the within R2 by explicit dummies."""
    effects = effects_of(frame)
    x = np.column_stack([(frame["year"] >= frame["start"]).to_numpy(dtype=float), frame[columns].to_numpy()])
    left = [
        one - effects @ np.linalg.lstsq(effects, one, rcond=None)[0] for one in (frame["y"].to_numpy(), x)
    ]
    beta = np.linalg.lstsq(left[1], left[0], rcond=None)[0]
    return beta[0], 1 - ((left[0] - left[1] @ beta) ** 2).sum() / (left[0] ** 2).sum()


def test_a_stepwise_section_has_its_part_by_dummies():
    found = results([{"name": "s", **DID, "stepwise": [["x1"], ["x2"]]}])
    (part,) = [part for part in found.comparisons if isinstance(part.value, Stability)]
    assert part.name == "s-stability"
    value = part.value
    assert value.model == ("s-1", "s-2", "s-3")
    b0, r0 = within_r2(table(), [])
    for j, columns in ((1, ["x1"]), (2, ["x1", "x2"])):
        b, r = within_r2(table(), columns)
        reach = min(1.3 * r, 1)
        assert value.estimate[j] == pytest.approx(b)
        assert value.bound[j] == pytest.approx(b - (b0 - b) * (reach - r) / (r - r0))
        assert value.delta[j] == pytest.approx(b * (r - r0) / ((b0 - b) * (reach - r)))
    assert np.isnan([value.r2_max[0], value.bound[0], value.delta[0]]).all()
    assert "stepwise" in {method.key for method in found.methods}


def test_controls_of_no_use_are_noted_and_other_estimators_have_no_bound():
    found = results([{"name": "s", **DID, "stepwise": [["idle"]]}])
    (part,) = [part for part in found.comparisons if isinstance(part.value, Stability)]
    assert np.isnan(part.value.bound).all()
    assert [str(note) for note in part.notes] == [
        "No bound for s-2: the controls raise R² by less than 0.001, or do not move the effect"
    ]
    assert VIEWS["stability"].sentences(part, Context()) == ()
    imputed = results([{"name": "s", **DID, "estimator": "imputation", "stepwise": [["x1"]]}])
    assert not [part for part in imputed.comparisons if isinstance(part.value, Stability)]


def test_outcomes_have_a_part_each():
    found = results([{"name": "s", **DID, "outcome": ["y", "z"], "stepwise": [["x1"]]}])
    parts = [part for part in found.comparisons if isinstance(part.value, Stability)]
    assert [part.name for part in parts] == ["s-y-stability", "s-z-stability"]
    assert parts[1].value.model == ("s-1-z", "s-2-z")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_shown_in_both_languages(language):
    found = results([{"name": "s", **DID, "stepwise": [["x1"]]}], language)
    (part,) = [part for part in found.comparisons if isinstance(part.value, Stability)]
    ctx = Context(language=language)
    table_ = VIEWS["stability"].table(part, ctx)
    assert len(table_.rows) == 2
    (sentence,) = VIEWS["stability"].sentences(part, ctx)
    said = ctx.say(sentence)
    assert ctx.number(float(part.value.delta[-1]), 2) in said
    assert ("控制变量" in said) == (language == "zh")
