"""Changes-in-changes and quantile regression by moments: cases by hand, dummies, plain loops, refusals."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden.staggered import random_panel
from pydantic import TypeAdapter, ValidationError

from ccd.errors import EstimationError
from ccd.estimate import Model
from ccd.estimate.did.changes.cells import cells_of, matrix_of, quantiles, simple
from ccd.estimate.did.changes.discrete import discrete
from ccd.estimate.did.changes.four import Counts, Four, counterfactual, effects, once, outside, ties
from ccd.estimate.linear.counts import first_reaching, fraction, inverse
from ccd.estimate.panel.moments import Rows, corrected, moments
from ccd.estimate.rows.wide import Wide
from ccd.panel import Panel
from ccd.results import AttGt, Comparison, Estimate, Quantiles, Scale
from ccd.streams import Stream

QUIET = {"permutation": {"draws": 0}}


def fitted(panel: Panel, **keys: object) -> Estimate:
    section = {"name": "m", "outcome": "y", **keys}
    return TypeAdapter(Model).validate_json(json.dumps(section)).fit(panel, Stream(1, "m"))


def cic(panel: Panel, **keys: object) -> Estimate:
    return fitted(panel, **{"kind": "did", "estimator": "cic", "policy": "policy", **QUIET, **keys})


def mmqr(panel: Panel, **keys: object) -> Estimate:
    section = {"kind": "panel", "estimator": "quantile", "regressors": ["x1", "x2"], "draws": 99, **keys}
    return fitted(panel, **section)


HAND = Four(
    y00=np.array([1.0, 2.0, 3.0, 4.0]),
    y01=np.array([10.0, 30.0, 20.0, 60.0]),
    y10=np.array([2.5, 0.0, 4.0, 9.0]),
    y11=np.array([50.0, 40.0, 70.0, 80.0]),
)


def test_a_case_by_hand():
    # 2.5 has two of four below it: the second of 10, 20, 30, 60. 0 has none: the least. 4 and 9 have all: the largest
    np.testing.assert_array_equal(counterfactual(HAND, once(HAND)), [[20, 10, 60, 60]])
    found = effects(HAND, once(HAND), (0.25, 0.5, 0.51, 1 - 1e-4))
    assert found.att[0] == 60 - 37.5
    # sorted: 40 50 70 80 less 10 20 60 60; .51 of four is the third
    np.testing.assert_array_equal(found.qtt, [[30, 30, 10, 20]])
    assert outside(HAND) == 2  # 0 and 9
    assert ties(HAND) == 0


def test_counts_stand_for_copies():
    rng = np.random.default_rng(3)
    four = Four(*(rng.integers(0, 9, size).astype(float) for size in (7, 8, 6, 5)))
    counts = Counts(*(rng.integers(0, 4, size=(20, len(y))) for y in four))
    levels = (0.1, 0.25, 1 / 3, 0.5, 0.8)
    found, between = effects(four, counts, levels), discrete(four, counts, levels)
    for b in range(20):
        own = Four(*(np.repeat(y, n[b]) for y, n in zip(four, counts, strict=True)))
        if min(map(len, own)) == 0:
            continue
        alone, bounds = effects(own, once(own), levels), discrete(own, once(own), levels)
        np.testing.assert_allclose([found.att[b], *found.qtt[b]], [alone.att[0], *alone.qtt[0]], rtol=1e-12)
        for one, other in zip(between, bounds, strict=True):
            np.testing.assert_allclose([one.att[b], *one.qtt[b]], [other.att[0], *other.qtt[0]], rtol=1e-12)


def test_bounds_by_their_definitions():
    """Equations 25 and 29 by plain loops over the union of the supports."""
    rng = np.random.default_rng(4)
    for _ in range(30):
        four = Four(*(rng.integers(0, 5, rng.integers(3, 9)).astype(float) for _ in range(4)))
        y00, y01, y10, y11 = four
        support = np.unique(np.concatenate(four))

        def share(y: np.ndarray, at: float) -> float:
            return float(np.mean(y <= at)) if np.isfinite(at) else 0.0

        rows = {"lower": [], "upper": [], "independent": []}
        for y in support:
            q = share(y01, y)
            if q == 0 or q == 1:
                for row in rows.values():
                    row.append(q)
                continue
            up = min(s for s in support if share(y00, s) >= q - 1e-12)
            down = max((s for s in support if share(y00, s) <= q + 1e-12), default=-np.inf)
            low, high = share(y10, down), max(share(y10, down), share(y10, up))
            begin, end = share(y00, down), share(y00, up)
            between = low + (high - low) * (q - begin) / (end - begin) if end > begin + 1e-12 else low
            for row, value in zip(rows.values(), (low, high, between), strict=True):
                row.append(value)
        found = discrete(four, once(four))
        for name, row in rows.items():
            mean = np.diff(row, prepend=0.0) @ support
            assert getattr(found, name).att[0] == pytest.approx(y11.mean() - mean, abs=1e-12)
        assert found.lower.att[0] <= found.independent.att[0] + 1e-12 <= found.upper.att[0] + 2e-12


def test_the_effect_without_bounds_is_the_lower_one():
    rng = np.random.default_rng(5)
    four = Four(*(rng.integers(0, 6, 12).astype(float) for _ in range(4)))
    levels = (0.2, 0.5, 0.9)
    plain, least = effects(four, once(four), levels), discrete(four, once(four), levels).lower
    assert plain.att[0] == pytest.approx(least.att[0], abs=1e-12)
    np.testing.assert_array_equal(plain.qtt, least.qtt)


def test_ranks_do_not_depend_on_the_unit():
    rng = np.random.default_rng(6)
    four = Four(*(rng.normal(size=15) for _ in range(4)))
    logs = Four(*(np.exp(y) for y in four))
    np.testing.assert_allclose(
        np.exp(counterfactual(four, once(four))), counterfactual(logs, once(logs)), rtol=1e-12
    )


def test_shares_are_compared_as_integers():
    # 49/49 of 49 is 49 in integers, .1 of 10 one; 3 x (1/3) style rounding would take the next
    assert fraction(0.1) == (1, 10)
    whole = np.array([[1, 2, 3]]), np.array([[0, 1, 2, 3]]), np.array([3]), np.array([3])
    np.testing.assert_array_equal(first_reaching(*whole), [[0, 0, 1, 2]])
    for n in range(1, 60):
        values = np.arange(1.0, n + 1)
        once_each = np.ones((1, n), dtype=np.int64)
        for k in range(1, 10):
            expected = -(-n * k // 10)  # the smallest count that reaches n k / 10
            assert inverse(values, once_each, (k / 10,))[0, 0] == expected


def test_cells_are_averaged_by_their_treated_regions():
    panel = random_panel(n=70, t=6, cohorts=(2004, 2005), drop=0.03)
    found = cic(panel, draws=99)
    cells = found.value(AttGt)
    assert cells is not None
    y, start = panel.frame["y"].unstack(), panel.cohorts["policy"]
    total, size = 0.0, 0
    levels = (0.25, 0.5)
    for row, (g, t) in enumerate(zip(cells.cohort, cells.time, strict=True)):
        both = y[[g - 1, t]].dropna()
        own, never = both[start[both.index] == g], both[start[both.index].isna()]
        assert len(own) == cells.treated[row]
        k = []
        for value in own[g - 1]:
            rank = int((never[g - 1] <= value).sum())
            after = np.sort(never[t])
            k.append(after[max(rank, 1) - 1])
        att = own[t].mean() - np.mean(k)
        assert cells.estimate[row] == pytest.approx(att, abs=1e-12)
        if t >= g:
            total, size = total + att * len(own), size + len(own)
    assert found.leading.estimate == pytest.approx(total / size, abs=1e-12)
    wide = Wide(y.to_numpy(), start[y.index].to_numpy(), y.columns.to_numpy())
    made = cells_of(wide).wide
    whole = np.ones((1, len(y)), dtype=np.int64)
    by_hand = sum(effects(c.four, once(c.four), levels).qtt[0] * len(c.treated) for c in made) / sum(
        len(c.treated) for c in made
    )
    np.testing.assert_allclose(quantiles(made, whole, levels)[0], by_hand, rtol=1e-12)


def test_the_error_is_that_of_redrawn_regions():
    panel = random_panel(n=60, t=4, cohorts=(2003,))
    found = cic(panel, draws=199, quantiles=[0.5])
    y, start = panel.frame["y"].unstack(), panel.cohorts["policy"]
    wide = Wide(y.to_numpy(), start[y.index].to_numpy(), y.columns.to_numpy())
    cells = cells_of(wide).after
    rng = np.random.default_rng(1)
    treated, never = np.flatnonzero(np.isfinite(wide.cohort)), np.flatnonzero(np.isnan(wide.cohort))
    drawn = []
    for _ in range(600):
        counts = np.zeros((1, len(y)), dtype=np.int64)
        for group in (treated, never):
            np.add.at(counts[0], rng.choice(group, len(group)), 1)
        drawn.append(simple(*matrix_of(cells, counts))[0])
    assert found.leading.std_error == pytest.approx(np.std(drawn), rel=0.2)


def test_repeated_outcomes_have_bounds():
    panel = random_panel(n=60, t=4, cohorts=(2003,))
    rounded = panel.with_columns(panel.frame[["y"]].round(0))
    found = cic(rounded, draws=99)
    bounds = found.part("bounds").value
    assert isinstance(bounds, Comparison)
    assert bounds.estimate[0] == pytest.approx(found.leading.estimate)
    assert bounds.estimate[0] <= bounds.estimate[2] <= bounds.estimate[1]
    along = found.value(Quantiles)
    assert along is not None
    assert (along.lower <= along.upper).all()
    np.testing.assert_array_equal(along.estimate, along.lower)
    assert cic(panel, draws=99).value(Comparison) is None


def test_small_groups_are_refused_or_left_out():
    with pytest.raises(
        EstimationError, match=r"needs 10 regions in a cohort.*the largest cohort has 9, 6 are never"
    ):
        cic(random_panel(n=24, t=6, cohorts=(2004, 2005)))
    some = cic(random_panel(n=48, t=6, cohorts=(2004,)), draws=99)
    sizes = some.sample.cohorts
    assert sizes is not None and sizes["2004"] >= 10
    panel = random_panel(n=36, t=6, cohorts=(2004,))
    starts = panel.cohorts["policy"].copy()
    kept = starts.index[starts.notna()][:14]
    starts[~starts.index.isin(kept)] = np.nan
    starts[kept[:2]] = 2005.0
    few = cic(replace(panel, cohorts={"policy": starts}), draws=99)
    assert few.value(Quantiles) is None
    assert [str(note) for note in few.failed] == [
        "Effects on quantiles need 20 regions in a cohort and 20 never treated: not computed"
    ]
    assert any("left out of the effect: 2005" in str(note) for note in few.notes)
    with pytest.raises(ValidationError, match="leave cluster out"):
        cic(panel, cluster="province")
    for bad in ([0.0, 0.5], [0.5, 0.5], [0.9, 0.1]):
        with pytest.raises(ValidationError, match="lie between 0 and 1 and rise"):
            cic(panel, quantiles=bad)


def test_moments_equal_dummies():
    for drop in (0.0, 0.1):
        panel = random_panel(n=12, t=9, cohorts=(2004,), drop=drop)
        frame = panel.frame[["y", "x1", "x2"]].dropna()
        effects_of = [pd.factorize(frame.index.get_level_values(level))[0] for level in (0, 1)]
        dummies = np.column_stack([np.eye(code.max() + 1)[code][:, j:] for j, code in enumerate(effects_of)])
        design = np.column_stack([frame[["x1", "x2"]], dummies])
        b = np.linalg.lstsq(design, frame["y"], rcond=None)[0]
        left = (frame["y"] - design @ b).to_numpy()
        g = np.linalg.lstsq(design, np.abs(left), rcond=None)[0]
        ratio = np.sort((left / (design @ g))[design @ g > 0])
        q = ratio[np.ceil(np.array([0.2, 0.5, 0.9]) * len(ratio) - 1e-9).astype(int) - 1]
        found = mmqr(panel, quantiles=[0.2, 0.5, 0.9], jackknife=False)
        along, scale = found.value(Quantiles), found.value(Scale)
        assert along is not None and scale is not None
        np.testing.assert_allclose(along.estimate[:3], b[0] + q * g[0], rtol=1e-9)
        np.testing.assert_allclose(along.estimate[3:], b[1] + q * g[1], rtol=1e-9)
        np.testing.assert_allclose(scale.estimate, g[:2], rtol=1e-9)
        np.testing.assert_allclose(scale.location, b[:2], rtol=1e-9)
        assert found.leading.estimate == pytest.approx(along.estimate[1])


def test_counts_of_regions_stand_for_copies_of_them():
    rng = np.random.default_rng(2)
    n, t = 8, 6
    entity, time = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
    y, x = rng.normal(size=n * t), rng.normal(size=(n * t, 1))
    counts = rng.integers(1, 4, n)
    rows = Rows(y, x, (entity, time), counts[entity])
    copies = np.concatenate([np.flatnonzero(entity == i) for i in range(n) for _ in range(counts[i])])
    own = np.repeat(np.arange(int(counts.sum())), t)
    levels = (0.3, 0.5)
    one = corrected(rows, levels, time, jackknife=True)
    other = corrected(
        Rows(y[copies], x[copies], (own, time[copies]), np.ones(len(copies), dtype=np.int64)),
        levels, time[copies], jackknife=True,
    )  # fmt: skip
    np.testing.assert_allclose(one.slopes, other.slopes, rtol=1e-10)


def test_the_jackknife_of_an_odd_number_of_years_averages_both_cuts():
    panel = random_panel(n=20, t=7, cohorts=(2004,))
    frame = panel.frame
    entity, time = panel.entity_codes, panel.time_codes
    y, x = frame["y"].to_numpy(), frame[["x1"]].to_numpy()
    ones = np.ones(len(y), dtype=np.int64)

    def slopes(keep: np.ndarray) -> np.ndarray:
        return moments(Rows(y, x, (entity, time), ones).only(keep), (0.5,)).slopes

    pieces = [slopes(keep) for cut in (3, 4) for keep in (time < cut, time >= cut)]
    expected = 2 * slopes(time >= 0) - np.mean(pieces, axis=0)
    found = mmqr(panel, regressors=["x1"], quantiles=[0.5], jackknife=True)
    np.testing.assert_allclose(found.leading.estimate, expected[0, 0], rtol=1e-10)


def test_years_decide_the_jackknife_and_what_cannot_be_is_said():
    short, long = random_panel(n=20, t=10, cohorts=(2004,)), random_panel(n=20, t=20, cohorts=(2004,))
    assert mmqr(short).details["jackknife"] is True
    assert mmqr(long).details["jackknife"] is False
    index = short.frame.index
    late = pd.DataFrame(
        {"late": (index.get_level_values(1) >= 2008) * (short.entity_codes % 2.0)}, index=index
    )
    panel = short.with_columns(late)
    plain = mmqr(panel, regressors=["late"])
    assert plain.details["jackknife"] is False
    assert any("Without the half-panel jackknife" in str(note) for note in plain.notes)
    with pytest.raises(EstimationError, match="in a half of the years"):
        mmqr(panel, regressors=["late"], jackknife=True)
    with pytest.raises(ValidationError, match="leave vcov out"):
        mmqr(short, vcov="hc1")


def test_a_scale_that_is_not_positive_is_warned_of():
    panel = random_panel(n=20, t=8, cohorts=(2004,))
    rng = np.random.default_rng(9)
    x = rng.exponential(size=len(panel.frame))
    y = np.maximum(1 - x, 0) * rng.normal(
        size=len(x)
    )  # no spread where x is large, where a line falls below 0
    made = panel.with_columns(pd.DataFrame({"y": y, "x1": x}, index=panel.frame.index))
    found = mmqr(made, regressors=["x1"], jackknife=False)
    share = found.details["scale_not_positive"]
    assert isinstance(share, float) and share > 0.01
    assert any("The fitted scale is not positive" in str(note) for note in found.notes)
    assert not any("The fitted scale" in str(note) for note in mmqr(panel, jackknife=False).notes)
