"""Dependence between regions: a case worked by hand, a plain loop, the null after year effects, and its size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ccd.dependence import autocorrelation, demeaned, nearest, null, p_value, panels, statistics
from ccd.describe.diagnostics.dependence import dependence
from ccd.errors import DataError
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.did.two_way.regression import TwoWay
from ccd.estimate.panel.fixed import PanelRegression
from ccd.panel import Panel
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Dependence, Part
from ccd.streams import Stream


def panel_of(wide: np.ndarray) -> Panel:
    n, t = wide.shape
    index = pd.MultiIndex.from_product(
        [[f"r{i:02d}" for i in range(n)], range(2001, 2001 + t)], names=["r", "year"]
    )
    return Panel(pd.DataFrame({"y": wide.ravel()}, index=index), pd.DataFrame(index=index))


def test_the_statistics_by_hand():
    # correlations: rows 1 and 2: 1, 1 and 3: -1, 2 and 3: -1; N = 3, T = 4
    found = statistics(np.array([[1.0, 2, 3, 4], [2.0, 4, 6, 8], [4.0, 3, 2, 1]]))
    assert found.cd == pytest.approx(np.sqrt(8 / 6) * -1)
    assert found.lm == pytest.approx(4 * 3)
    assert found.scaled == pytest.approx(np.sqrt(1 / 6) * (3 + 3 + 3))
    assert found.mean_abs == pytest.approx(1)


def test_stacked_panels_are_each_of_them_alone():
    wide = np.random.default_rng(0).normal(size=(3, 6, 9))
    together = statistics(wide)
    for k, one in enumerate(wide):
        r = np.corrcoef(one)[np.triu_indices(6, 1)]
        assert together.cd[k] == pytest.approx(np.sqrt(18 / 30) * r.sum())
        assert together.mean_abs[k] == pytest.approx(np.abs(r).mean())


def test_after_year_effects_cd_tells_nothing():
    rng = np.random.default_rng(1)
    noise = rng.normal(size=(40, 13))
    shared = noise + np.outer(rng.normal(size=40), rng.normal(size=13))
    for wide in (noise, shared):
        assert statistics(demeaned(wide)).cd == pytest.approx(-np.sqrt(13 / 2), abs=0.8)
    assert statistics(demeaned(shared)).mean_abs > 1.5 * statistics(demeaned(noise)).mean_abs
    assert demeaned(noise).sum(axis=0) == pytest.approx(0, abs=1e-12)


def test_the_null_takes_the_autocorrelation_of_the_data():
    rng = np.random.default_rng(2)
    flat, lasting = panels((1, 30, 20), 0.0, rng)[0], panels((1, 30, 20), 0.8, rng)[0]
    assert autocorrelation(lasting) > autocorrelation(flat)
    assert nearest(flat, rng) == pytest.approx(0, abs=0.1)
    assert nearest(lasting, rng) == pytest.approx(0.8, abs=0.1)
    assert len(null(5, 6, 0.3, 7, rng)) == 7
    assert p_value(0.5, np.array([0.1, 0.5, 0.6])) == 3 / 4


def test_regions_with_a_common_factor_are_told_from_independent_ones():
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(30, 13))
    factor = np.outer(rng.normal(size=30), rng.normal(size=13))
    alone = dependence(panel_of(noise), "y", np.random.default_rng(0))
    moved = dependence(panel_of(noise + factor), "y", np.random.default_rng(0))
    assert alone.test == ("CD", "LM", "scaled LM", "mean |r|")
    assert alone.p_value[3] > 0.05
    assert moved.p_value[3] == 1 / 1000


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_shown_in_both_languages(language):
    part = Part(
        dependence(panel_of(np.random.default_rng(4).normal(size=(8, 9))), "y", np.random.default_rng(0))
    )
    ctx = Context(language=language)
    assert len(VIEWS["dependence"].table(part, ctx).rows) == 4
    (sentence,) = VIEWS["dependence"].sentences(part, ctx)
    assert ctx.number(float(part.value.mean_abs[3]), 2) in ctx.say(sentence)


@pytest.mark.parametrize("fault", ["gap", "flat"])
def test_gaps_and_flat_regions_are_refused(fault):
    wide = np.random.default_rng(5).normal(size=(6, 8))
    wide[2] = np.where(np.arange(8) == 3, np.nan, wide[2]) if fault == "gap" else 1.0
    with pytest.raises(DataError, match="has gaps, or does not vary"):
        dependence(panel_of(wide), "y", np.random.default_rng(0))


def twfe(**keys) -> Twfe:
    return Twfe(
        name="m", kind="did", outcome="y", policy="policy", permutation={"draws": 0}, dependence=True, **keys
    )


def treated(wide: np.ndarray) -> Panel:
    """Return a panel whose first third of regions is treated from the seventh year on."""
    panel = panel_of(wide)
    start = np.full(len(wide), np.nan)
    start[: len(wide) // 3] = 2007
    return Panel(panel.frame, panel.groups, {"policy": pd.Series(start, index=panel.entities)})


def test_the_residuals_of_a_model_are_those_of_dummies():
    wide = np.random.default_rng(7).normal(size=(12, 9)) + np.outer(np.arange(12) % 3, np.sin(np.arange(9)))
    panel = treated(wide)
    found = twfe().fit(panel, Stream(0, "m")).value(Dependence)
    code, time = panel.entity_codes, panel.time_codes
    d = (code < 4) & (panel.years >= 2007)
    x = np.column_stack([d, np.eye(12)[code], np.eye(9)[time]]).astype(float)
    left = panel.column("y") - x @ np.linalg.lstsq(x, panel.column("y"), rcond=None)[0]
    assert found.residuals and found.test == ("mean |r|",) and found.effects == ("both",)
    assert found.statistic[0] == pytest.approx(float(statistics(left.reshape(12, 9)).mean_abs))
    fixed = PanelRegression(
        name="m", kind="panel", outcome="y", regressors=("z",), time_effects=False, dependence=True
    )
    data = panel.with_columns(pd.DataFrame({"z": np.cos(np.arange(108.0))}, index=panel.frame.index))
    raw = fixed.fit(data, Stream(0, "m")).value(Dependence)
    assert raw.test == ("CD", "LM", "scaled LM")
    x = np.column_stack([data.column("z"), np.eye(12)[code]])
    left = data.column("y") - x @ np.linalg.lstsq(x, data.column("y"), rcond=None)[0]
    assert raw.statistic[0] == pytest.approx(float(statistics(left.reshape(12, 9)).cd))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_residuals_are_named_as_such(language):
    fit = twfe().fit(treated(np.random.default_rng(10).normal(size=(12, 9))), Stream(0, "m"))
    ctx = Context(language=language).of(fit, "m")
    part = fit.part("dependence")
    words = {"en": "residuals of y", "zh": "y 的残差"}[language]
    assert ctx.show(VIEWS["dependence"].table(part, ctx).rows[0].cells[0]) == words
    assert words in ctx.say(VIEWS["dependence"].sentences(part, ctx)[0])


def test_a_model_of_an_unbalanced_panel_says_why_not():
    panel = treated(np.random.default_rng(8).normal(size=(12, 9)))
    fit = twfe().fit(panel.rows(np.arange(108) != 17), Stream(0, "m"))
    assert fit.value(Dependence) is None
    assert any("not every region has every year" in str(note) for note in fit.notes)


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_the_size_on_residuals_of_a_model(rho):
    """300 panels of 30 independent regions in 13 years, 10 of them treated: rejected at 5 % in at most 8 %."""
    rng = np.random.default_rng(9)
    rejected = 0
    for wide in panels((300, 30, 13), rho, rng):
        swept = (
            TwoWay(policy="policy", where="here").fit(twfe().sample(treated(wide))).fit.resid.reshape(30, 13)
        )
        found = null(30, 13, nearest(swept, rng), 199, rng)
        rejected += p_value(float(statistics(swept).mean_abs), found) <= 0.05
    assert rejected / 300 <= 0.08


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_the_size_after_region_and_year_effects(rho):
    """300 panels of 30 independent regions in 13 years: rejected at 5 % in at most 8 %."""
    rng = np.random.default_rng(6)
    rejected = 0
    for wide in panels((300, 30, 13), rho, rng):
        found = null(30, 13, nearest(wide, rng), 199, rng)
        rejected += p_value(float(statistics(wide).mean_abs), found) <= 0.05
    assert rejected / 300 <= 0.08
