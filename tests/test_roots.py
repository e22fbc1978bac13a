"""Unit roots: t and combinations by plain regressions, refusals in words, both languages, and their size at T = 13."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from test_dependence import panel_of

from ccd import unit_roots
from ccd.describe.diagnostics.levin_lin_chu import levin_lin_chu
from ccd.describe.diagnostics.roots import LABELS, TESTS, RootsSpec, roots
from ccd.errors import DataError
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Part
from ccd.streams import Stream

STREAM = Stream(0, "diagnostics")


def by_hand(y: np.ndarray, lags: int, terms: str) -> float:
    """Return the t of y_t-1 by dummies-free least squares with a full covariance."""
    dy = np.diff(y)
    rows = range(lags, len(dy))
    x = np.array([
        [y[t], *(dy[t - k] for k in range(1, lags + 1)), 1.0, *([float(t)] if terms == "trend" else [])] for t in rows
    ])  # fmt: skip
    beta, *_ = np.linalg.lstsq(x, dy[lags:], rcond=None)
    left = dy[lags:] - x @ beta
    variance = left @ left / (len(x) - x.shape[1]) * np.linalg.inv(x.T @ x)
    return float(beta[0] / np.sqrt(variance[0, 0]))


@pytest.mark.parametrize("terms", ["drift", "trend"])
@pytest.mark.parametrize("lags", [0, 1, 2])
def test_a_regions_t_is_that_of_its_own_regression(terms, lags):
    y = np.random.default_rng(0).normal(size=(5, 14)).cumsum(axis=1)
    found = unit_roots.own_t(y, lags, terms)
    assert found == pytest.approx([by_hand(one, lags, terms) for one in y], rel=1e-9)
    assert unit_roots.own_t(3 * y + 7, lags, terms) == pytest.approx(found, rel=1e-7)


def test_the_null_is_that_of_walks_and_is_made_once():
    null = unit_roots.null_t(14, 1, "drift")
    assert len(null) == 20_000 and (np.diff(null) >= 0).all()
    assert unit_roots.null_t(14, 1, "drift") is null
    with pytest.raises(ValueError, match="read-only"):
        null[0] = 0
    # Im, Pesaran & Shin (2003, table 3) for p = 1 and T = 15 after the lag: -1.489 and 1.0-1.3
    assert null.mean() == pytest.approx(-1.5, abs=0.06)
    assert null.var() == pytest.approx(1.1, abs=0.2)


def test_what_is_combined():
    y = np.random.default_rng(1).normal(size=(8, 13)).cumsum(axis=1)
    spec = RootsSpec()
    null, t = unit_roots.null_t(13, 1, "drift"), np.array([by_hand(one, 1, "drift") for one in y])
    p = np.array([(1 + np.sum(null <= one)) / 20_002 for one in t])
    wanted = {
        "ips": np.sqrt(8) * (t.mean() - null.mean()) / null.std(),
        "choi": stats.norm.ppf(p).sum() / np.sqrt(8),
        "maddala-wu": -2 * np.log(p).sum(),
        "cips": float(unit_roots.cips(y)),
    }
    for test, statistic in wanted.items():
        found = TESTS[test](y, spec, {}, STREAM)
        assert found[0] == pytest.approx(statistic, rel=1e-9)
        assert 0 < found[1] < 1
    assert TESTS["maddala-wu"](y, spec, {}, STREAM)[1] == pytest.approx(
        stats.chi2.sf(wanted["maddala-wu"], 16)
    )


def test_noise_is_told_from_walks():
    rng = np.random.default_rng(2)
    noise, walk = rng.standard_normal((2, 30, 13))
    spec = RootsSpec(lags=0)
    still, _ = roots(panel_of(noise), ("y",), spec, STREAM)
    moving, _ = roots(panel_of(walk.cumsum(axis=1)), ("y",), spec, STREAM)
    assert still.test == ("IPS", "Choi", "Maddala-Wu", "CIPS")
    assert (still.p_value < 0.01).all() and (moving.p_value > 0.05).all()


def test_levin_lin_and_chu_starts_where_its_table_does():
    wide = np.random.default_rng(3).normal(size=(8, 24))
    value, notes = roots(panel_of(wide), ("y",), RootsSpec(tests=("ips", "llc")), STREAM)
    assert value.test == ("IPS",)
    assert [str(note) for note in notes] == [
        "LLC: not computed (its table of moments starts at T = 25, and here T = 24: any number below is a guess)"
    ]
    with pytest.raises(ValueError, match="starts at 25"):
        levin_lin_chu(wide, 1, "drift")
    with pytest.raises(DataError, match="its table of moments"):
        roots(panel_of(wide), ("y",), RootsSpec(tests=("llc",)), STREAM)
    longer, none = roots(panel_of(np.tile(wide, 2)[:, :30]), ("y",), RootsSpec(tests=("llc",)), STREAM)
    assert longer.p_value[0] < 0.01 and not none


def test_too_few_rows_are_refused():
    wide = np.random.default_rng(4).normal(size=(8, 10))
    value, notes = roots(panel_of(wide), ("y",), RootsSpec(lags=1), STREAM)
    assert value.test == ("IPS", "Choi", "Maddala-Wu")  # CIPS has 8 rows and 6 columns
    assert "T = 10 leaves rows less columns of 2 in each region, and 4 is the least" in str(notes[0])
    with pytest.raises(DataError, match="T = 10 leaves rows less columns"):
        roots(panel_of(wide), ("y",), RootsSpec(lags=2, terms="trend", tests=("ips",)), STREAM)


@pytest.mark.parametrize(("fault", "said"), [("gap", "has gaps"), ("line", "straight line")])
def test_gaps_and_lines_are_named_and_leave_the_others(fault, said):
    wide = np.random.default_rng(5).normal(size=(6, 13))
    panel = panel_of(wide)
    spoilt = wide.copy()
    spoilt[2] = np.where(np.arange(13) == 3, np.nan, spoilt[2]) if fault == "gap" else np.arange(13.0)
    both = panel.with_columns(pd.DataFrame({"z": spoilt.ravel()}, index=panel.frame.index))
    value, notes = roots(both, ("y", "z"), RootsSpec(tests=("ips",)), STREAM)
    assert value.variable == ("y",)
    assert said in str(notes[0])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_shown_in_both_languages(language):
    wide = np.random.default_rng(6).normal(size=(8, 26))
    spec = RootsSpec(tests=tuple(LABELS))
    part = Part(roots(panel_of(wide), ("y",), spec, STREAM)[0])
    ctx = Context(language=language)
    table = VIEWS["roots"].table(part, ctx)
    assert len(table.rows) == 5 and len(table.notes) == 3
    (told,) = VIEWS["roots"].sentences(part, ctx)
    assert "CIPS" in ctx.say(told) and "5%" in ctx.say(told)


@pytest.mark.slow
@pytest.mark.parametrize("terms", ["drift", "trend"])
def test_the_size_at_thirteen_years(terms):
    """2000 panels of 30 independent walks in 13 years: each test rejects at 5 % in 3 to 7 %."""
    rng = np.random.default_rng(7)
    spec, null = RootsSpec(terms=terms), {}
    rejected = dict.fromkeys(("ips", "choi", "maddala-wu", "cips"), 0)
    for _ in range(2000):
        walk = rng.normal(size=(30, 13)).cumsum(axis=1)
        for test in rejected:
            rejected[test] += TESTS[test](walk, spec, null, STREAM)[1] <= 0.05
    for test, count in rejected.items():
        assert 0.03 <= count / 2000 <= 0.07, (test, count / 2000)
