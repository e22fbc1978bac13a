"""Data envelopment analysis: hand-worked units, dual programmes, and columns that serve everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ccd.errors import DataError
from ccd.measures.efficiency import EfficiencySpec, with_efficiency
from ccd.measures.malmquist import malmquist
from ccd.measures.programmes import chained, radial, slacks, super_slacks
from ccd.panel import Panel
from ccd.study import parse_study
from ccd.vary.run import evaluate

# two inputs for one unit of output: the units of Tone (2002); the scores follow from the corners of the frontier
X = np.array([[4.0, 3], [7, 3], [8, 1], [4, 2], [2, 4], [10, 1], [12, 1]])
Y = np.ones((7, 1))


def test_radial_scores_of_the_textbook_units():
    found = [radial(X, Y, x, y) for x, y in zip(X, Y, strict=True)]
    assert found == pytest.approx([6 / 7, 12 / 19, 1, 1, 1, 1, 1], abs=1e-9)


def test_slacks_count_where_the_radial_score_sees_none():
    found = [slacks(X, Y, x, y, "in") for x, y in zip(X, Y, strict=True)]
    assert found == pytest.approx([5 / 6, 1 - (3 / 7 + 1 / 3) / 2, 1, 1, 1, 0.9, 5 / 6], abs=1e-9)
    assert [slacks(X, Y, x, y) for x, y in zip(X, Y, strict=True)] == pytest.approx(found)


@pytest.mark.parametrize("side", ["in", "both"])
def test_super_efficiency_tells_efficient_units_apart(side):
    found = {k: super_slacks(np.delete(X, k, 0), np.delete(Y, k, 0), X[k], Y[k], side) for k in (2, 3, 4)}
    assert found == pytest.approx({2: 1.125, 3: 1.25, 4: 1.5}, abs=1e-9)


def test_a_super_efficient_unit_of_outputs():
    # one input, one output: the best unit may give up output until it meets the next ratio, 2 against 3
    assert super_slacks(
        np.ones((1, 1)), np.array([[2.0]]), np.ones(1), np.array([3.0]), "out"
    ) == pytest.approx(1.5)


def random_units(n=30, seed=1):
    rng = np.random.default_rng(seed)
    return rng.lognormal(size=(n, 2)), rng.lognormal(size=(n, 2)), rng.lognormal(size=(n, 2))


def test_envelopes_meet_their_multipliers():
    x, _, y = random_units()
    for i in range(len(x)):
        left, cost = np.hstack([-x, y]), np.r_[0, 0, -y[i]]
        dual = linprog(cost, A_ub=left, b_ub=np.zeros(len(x)), A_eq=[np.r_[x[i], 0, 0]], b_eq=[1])
        assert radial(x, y, x[i], y[i]) == pytest.approx(-dual.fun, abs=1e-8)
        assert radial(x, y, x[i], y[i], out=True) == pytest.approx(-dual.fun, abs=1e-8)
        for out in (False, True):
            assert radial(x, y, x[i], y[i], out=out, vrs=True) >= -dual.fun - 1e-9
        assert slacks(x, y, x[i], y[i]) <= -dual.fun + 1e-9


def test_two_stages_of_one_column_each_are_ratios():
    rng = np.random.default_rng(2)
    x, z, y = (rng.lognormal(size=(12, 1)) for _ in range(3))
    for i in range(12):
        whole, first, second = chained(x, z, y, x[i], z[i], y[i])
        assert first == pytest.approx((z[i] / x[i])[0] / (z / x).max(), rel=1e-6)
        assert second == pytest.approx((y[i] / z[i])[0] / (y / z).max(), rel=1e-6)
        assert whole == pytest.approx(first * second)


def test_two_stages_stay_below_the_whole():
    x, z, y = random_units()
    for i in range(len(x)):
        whole, first, second = chained(x, z, y, x[i], z[i], y[i])
        assert first <= radial(x, z, x[i], z[i]) + 1e-7
        assert second <= 1 + 1e-7
        assert whole <= radial(x, y, x[i], y[i]) + 1e-7


@pytest.mark.parametrize("adjacent", [False, True])
def test_productivity_change_of_one_column_each(adjacent):
    rng = np.random.default_rng(3)
    years = np.tile([2001, 2002, 2003], 5)
    before = np.where(years > 2001, np.arange(15) - 1, -1)
    x, y = rng.lognormal(size=(15, 1)), rng.lognormal(size=(15, 1))
    found = malmquist(x, y, years, before, adjacent=adjacent, out=False)
    ratio = (y / x).ravel()
    best = {year: ratio[years == year].max() for year in (2001, 2002, 2003)}
    for i in np.flatnonzero(before >= 0):
        # under constant returns one column each makes both indices the growth of y/x
        assert found.index[i] == pytest.approx(ratio[i] / ratio[i - 1])
        assert found.technical[i] == pytest.approx(best[years[i]] / best[years[i] - 1])
        assert found.efficiency[i] * found.technical[i] == pytest.approx(found.index[i])
        assert found.pure[i] * found.scale[i] == pytest.approx(found.efficiency[i])
    assert np.isnan(found.index[before < 0]).all()


def panel(regions=8, **columns) -> Panel:
    names = [f"r{k}" for k in range(regions)]
    index = pd.MultiIndex.from_product([sorted(names), [2001, 2002, 2003]], names=["region", "year"])
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({name: rng.lognormal(size=len(index)) for name in ("x", "z", "y")}, index)
    return Panel(frame.assign(**columns), pd.DataFrame(index=index))


def test_outputs_stand_on_inputs_of_the_year_before():
    data = panel()
    spec = EfficiencySpec(inputs=("x",), outputs=("y",), lag=1)
    found = with_efficiency(data, {"e": spec}).column("e").reshape(8, 3)
    ratio = data.column("y").reshape(8, 3)[:, 1:] / data.column("x").reshape(8, 3)[:, :-1]
    assert np.isnan(found[:, 0]).all()
    assert found[:, 1:] == pytest.approx(ratio / ratio.max())


def test_a_frontier_a_year():
    data = panel()
    found = with_efficiency(data, {"e": EfficiencySpec(inputs=("x",), outputs=("y",), frontier="year")})
    ratio = (data.column("y") / data.column("x")).reshape(8, 3)
    assert found.column("e_crs").reshape(8, 3) == pytest.approx(ratio / ratio.max(axis=0))
    assert found.column("e_crs") == pytest.approx(found.column("e_pure") * found.column("e_scale"))


def test_cells_of_zero_are_refused_by_place():
    data = panel(x=np.r_[1.0, 0.0, np.ones(22)])
    with pytest.raises(DataError, match="0 is not above 0") as error:
        with_efficiency(data, {"e": EfficiencySpec(inputs=("x",), outputs=("y",))})
    assert error.value.where == "data, column x, r0 2002"


def test_few_units_for_many_columns_are_a_note():
    spec = EfficiencySpec(inputs=("x",), outputs=("y",), between=("z",), frontier="year")
    few = panel().rows(np.repeat(np.arange(8) < 5, 3))
    (note,) = with_efficiency(few, {"e": spec}).notes
    assert str(note).startswith("e: 5 units on a frontier of 1 inputs and 1 outputs, fewer than 6")


def test_the_column_is_indicator_outcome_and_threshold_variable_at_once():
    rng = np.random.default_rng(5)
    data = panel(30, a=rng.uniform(size=90), b=rng.uniform(size=90))
    raw = {
        "data": {"path": "p.csv", "entity": "region", "time": "year"},
        "efficiency": {"e": {"inputs": ["x"], "outputs": ["y"], "between": ["z"]}},
        "subsystems": {"one": {"e": "+", "a": "+"}, "two": {"b": "+", "y": "+"}},
        "models": [
            {"name": "m", "kind": "panel", "outcome": "e_first", "regressors": ["a"]},
            {"name": "t", "kind": "threshold", "outcome": "b", "threshold": "e_scale", "regime": "a", "trim": 0.2,
             "number": 1, "bootstrap": 19},
        ],
    }  # fmt: skip
    results = evaluate(parse_study(raw, Path("s.toml")), data.frame.reset_index())
    assert not results.failures
    assert any(str(note).endswith("(Simar and Wilson 2007): m") for note in results.notes)
    assert set(results.estimates) == {"m", "t"}
    (chapter,) = results.chapters
    assert [part.shape for part in chapter.parts] == ["efficiency", "malmquist"]
    assert results.index is not None and "e" in results.index.scaled
    scores = chapter.parts[0].frame
    assert scores["whole"].to_numpy() == pytest.approx((scores["first"] * scores["second"]).to_numpy())
