"""Data envelopment analysis: hand-worked units, dual programmes, and columns that serve everywhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from ccd.errors import DataError
from ccd.measures.bootstrap import bandwidth, bootstrapped, smoothed, undominated
from ccd.measures.efficiency import EfficiencySpec, with_efficiency
from ccd.measures.malmquist import malmquist
from ccd.measures.programmes import chained, radial, slacks, solved, super_slacks
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


def test_scores_are_drawn_below_one_with_their_own_spread():
    scores = np.r_[np.ones(20), np.random.default_rng(1).uniform(0.3, 1, 180)]
    low, high = np.quantile(scores, [0.25, 0.75])
    assert bandwidth(scores) == pytest.approx(1.06 * min(scores.std(ddof=1), (high - low) / 1.34) * 200**-0.2)
    drawn = smoothed(scores, 400, np.random.default_rng(2))
    # reflection keeps every draw at 1 or below but for the stretch back to the mean; smoothing must not widen
    assert drawn.mean() == pytest.approx(scores.mean(), abs=0.03)
    assert drawn.std() == pytest.approx(scores.std(), rel=0.1)
    assert len(np.unique(drawn[0])) == 200  # smoothed: no two alike, where the plain bootstrap repeats


@pytest.mark.parametrize("out", [False, True])
def test_bootstrapped_scores_of_one_column_each(out):
    # one input and one output: a draw measures unit i as score_i / max of the drawn scores
    rng = np.random.default_rng(3)
    x, y = rng.lognormal(size=(2, 25, 1))
    scores = np.array([radial(x, y, x[i], y[i], out=out) for i in range(25)])
    again = scores / smoothed(scores, 60, np.random.default_rng(4)).max(axis=1)[:, None]
    bias = again.mean(axis=0) - scores
    found = bootstrapped(x, y, scores, 60, np.random.default_rng(4), out=out)
    np.testing.assert_allclose(found.score, scores - bias, rtol=1e-9)
    np.testing.assert_allclose(found.low, np.quantile(again, 0.025, axis=0) - 2 * bias, rtol=1e-9)
    np.testing.assert_allclose(found.high, np.quantile(again, 0.975, axis=0) - 2 * bias, rtol=1e-9)


def test_units_that_another_beats_change_no_score():
    x, _, y = random_units(60, 5)
    kept = undominated(x, y)
    assert 2 <= kept.sum() < 60
    for i in range(60):
        assert radial(x[kept], y[kept], x[i], y[i]) == pytest.approx(radial(x, y, x[i], y[i]), abs=1e-9)


def test_the_bias_is_taken_out_towards_the_truth():
    """One input and one output with a true frontier of 1: scores lie above the truth, corrected ones nearer to it."""
    rng = np.random.default_rng(6)
    gaps = []
    for k in range(40):
        truth = rng.uniform(0.4, 1, 20)
        scores = truth / truth.max()
        again = (
            scores / smoothed(scores, 100, np.random.default_rng(k)).max(axis=1)[:, None]
        )  # as in the test above
        gaps.append((np.mean(scores - truth), np.mean(2 * scores - again.mean(axis=0) - truth)))
    above, left = np.mean(gaps, axis=0)
    assert above > 0
    assert abs(left) < above


def test_corrected_columns_stand_beside_the_scores():
    x, _, y = random_units(24, 7)
    index = pd.MultiIndex.from_product(
        [[f"r{k:02d}" for k in range(12)], [2001, 2002]], names=["region", "year"]
    )
    frame = pd.DataFrame({"a": x[:, 0], "b": y[:, 0]}, index=index)
    panel = Panel(frame, pd.DataFrame(index=index))
    spec = EfficiencySpec(inputs=("a",), outputs=("b",), draws=50, frontier="year")
    one, two = (with_efficiency(panel, {"e": spec}) for _ in range(2))
    assert one.frame.equals(two.frame)
    low, score, high = (one.column(f"e_{end}") for end in ("low", "corrected", "high"))
    assert (low <= score).all()
    assert (score <= high).all()
    assert (score <= one.column("e_crs")).all()
    assert "e_low" not in with_efficiency(panel, {"e": spec.model_copy(update={"draws": 0})}).frame


def test_a_programme_without_a_solution_is_missing():
    value, weights = solved(np.ones(1), (np.array([[1.0]]), np.array([-1.0])), None)
    assert np.isnan(value)
    assert np.isnan(weights).all()
