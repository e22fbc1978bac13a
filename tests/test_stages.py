"""S-curves, stages and their demand: NIST's certified values, rules by hand, second roads, the chapter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from ccd.bundled import bundled_rows
from ccd.describe.stages.additive import fit_additive, least_squares
from ccd.describe.stages.curve import COARSE, Grid, fit_curve, logistic
from ccd.describe.stages.hype import peak_and_trough, smoothed, stage_of, stage_shares
from ccd.describe.stages.naming import CLIMB, INDUSTRY, Named, by_quotient, declining, named, thirds
from ccd.report.table import Word
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.study import parse_study
from ccd.vary.run import evaluate

YEARS = np.arange(2011, 2024)
#: NIST StRD Ratkowsky2: pasture yield over time, y = b1 / (1 + exp(b2 - b3 x)); certified values of its web page.
X = np.array([9, 14, 21, 28, 42, 57, 63, 70, 79])
Y = np.array([8.93, 10.80, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08])
B = {"b1": 72.462237576, "b2": 2.6180768402, "b3": 0.067359200066}
SD = {"b1": 1.7340283401, "b2": 0.088295217536, "b3": 0.0034465663377}
RSS = 8.0565229338


def curve(rate, logit, k=100.0, years=YEARS):
    return k * logistic(rate * (years - years[-1]) + logit)


def noisy(rate, logit, sd, seed):
    return curve(rate, logit) * np.exp(sd * np.random.default_rng(seed).normal(size=len(YEARS)))


def test_additive_errors_give_the_certified_values_of_ratkowsky2():
    (k, rate, logit), covariance, sse = least_squares(Grid(X), Y)
    assert k == pytest.approx(B["b1"], rel=1e-8)
    assert rate == pytest.approx(B["b3"], rel=1e-8)
    assert 79 * rate - logit == pytest.approx(B["b2"], rel=1e-8)
    assert sse == pytest.approx(RSS, rel=1e-9)
    turn = np.array([0, 79, -1])
    assert np.sqrt(covariance[0, 0]) == pytest.approx(SD["b1"], rel=1e-6)
    assert np.sqrt(covariance[1, 1]) == pytest.approx(SD["b3"], rel=1e-6)
    assert np.sqrt(turn @ covariance @ turn) == pytest.approx(SD["b2"], rel=1e-6)
    found = fit_additive(Grid(X), Y)
    assert found.inflection == pytest.approx(B["b2"] / B["b3"], rel=1e-7)
    assert found.low < found.logit < found.high
    assert not found.open


def test_a_curve_without_errors_is_found_again():
    grid = Grid(YEARS)
    rate, logit = grid.rates[500], grid.logits[140]
    found = fit_curve(grid, curve(rate, logit))
    assert (found.rate, found.logit) == pytest.approx((rate, logit))
    assert np.exp(found.log_k) == pytest.approx(100)
    assert found.inflection == pytest.approx(2023 - logit / rate)
    assert found.high - found.low < 0.15
    assert found.weight.sum() == pytest.approx(1)
    assert found.mass(0.1, 0.9) == pytest.approx(1)


def test_the_profile_is_that_of_an_optimiser():
    """S(L) by a search over the rate at fixed L, ln K as a mean: the set and the weights follow from it."""
    y = noisy(0.4, 0.5, 0.05, 1)
    grid = Grid(YEARS)
    found = fit_curve(grid, y)

    def least(logit):
        def sse(log_rate):
            gap = np.log(y) + np.log1p(np.exp(-(np.exp(log_rate) * (YEARS - 2023) + logit)))
            return float(((gap - gap.mean()) ** 2).sum())

        span = np.log(np.array([0.3, 30]) / 12)
        starts = np.linspace(*span, 60)
        near = starts[int(np.argmin([sse(s) for s in starts]))]
        return minimize_scalar(sse, bracket=(near - 0.05, near + 0.05)).fun

    profile = np.array([least(logit) for logit in grid.logits[::5]])
    s2 = profile.min() / 10
    inside = grid.logits[::5][profile - profile.min() <= s2 * 4.9646]  # F(1, 10) at 95 %
    assert found.low == pytest.approx(inside[0], abs=0.3)
    assert found.high == pytest.approx(inside[-1], abs=0.3)
    weight = np.exp(-(profile - profile.min()) / (2 * s2))
    assert found.weight[::5] / found.weight[::5].sum() == pytest.approx(weight / weight.sum(), abs=0.02)


def test_draws_find_the_least_squares_of_the_coarser_grid():
    grid = Grid(YEARS)
    y = np.log(np.column_stack([noisy(0.3, logit, 0.1, 7) for logit in (-1.0, 0.3, 2.0)]))
    rate, logit = grid.best(y)
    for k in range(3):
        gap = grid.curves[::COARSE] - (y[:, k] - y[:, k].mean())
        i, j = np.unravel_index((gap**2).sum(axis=2).argmin(), gap.shape[:2])
        assert (rate[k], logit[k]) == (grid.rates[::COARSE][i], grid.logits[j])


def test_growth_without_a_ceiling_has_an_open_set():
    found = fit_curve(Grid(YEARS), 5 * np.exp(0.2 * (YEARS - 2011)) * np.exp(0.02 * np.cos(YEARS * 2.0)))
    assert found.open
    assert np.isnan(found.inflection_low)


def test_rates_that_do_not_rise_have_no_additive_curve():
    assert fit_additive(Grid(YEARS), curve(0.5, 0)[::-1].copy()) is None


def test_smoothing_by_hand():
    assert smoothed(np.array([1.0, 3, 5, 9])).tolist() == [2, 3, 17 / 3, 7]


@pytest.mark.parametrize(
    ("m", "expected"),
    [
        ([1, 2, 3, 4], (-1, -1)),
        ([1, 5, 4.5, 4.1], (-1, -1)),  # a fall of 18 %
        ([1, 5, 4.5, 4.0], (1, -1)),  # of 20 %
        ([1, 5, 4.5, 6, 3], (3, -1)),  # passed before it fell far enough
        ([1, 5, 3, 3.4, 3.2], (1, -1)),  # a rise of 8 % of the peak
        ([1, 5, 3, 3.5, 3.2], (1, 2)),  # of 10 %
        ([1, 5, 3, 4, 2], (1, -1)),  # the lowest point is the last
        ([1, 5, 3, 9, 2, 4], (1, 4)),  # the first peak stays
    ],
)
def test_peak_and_trough_by_hand(m, expected):
    assert peak_and_trough(np.array(m, dtype=float)) == expected


FLAT, STEEP = np.zeros(8), np.linspace(0, 7, 8)


@pytest.mark.parametrize(
    ("m", "share", "log_y", "stage"),
    [
        ([1, 1, 1, 1, 1, 1.5, 2, 3], 0.05, STEEP, "emergence"),
        ([1, 1, 1, 1, 1, 1.5, 2, 3], 0.05, FLAT, "expectation"),  # hopes grow, the technology does not
        ([1, 1, 1, 1, 1, 1.5, 2, 3], 0.2, STEEP, "expectation"),
        ([1, 5, 4, 3, 3.2, 3.3, 3.4, 4.2], 0.2, STEEP, "recovery"),
        ([1, 5, 4, 3, 3.2, 3.3, 3.4, 4.2], 0.5, STEEP, "production"),
        ([1, 5, 4, 3, 3, 3, 3, 3], 0.2, STEEP, "trough"),
        ([1, 2, 3, 4, 5, 4, 3.8, 3.9], 0.2, STEEP, "trough"),
        ([1, 2, 3, 4, 5, 4, 4, 4.1], 0.2, STEEP, "expectation"),  # fallen by a fifth, and near the peak
    ],
)
def test_the_five_stages_by_hand(m, share, log_y, stage):
    assert stage_of(np.array(m, dtype=float), share, log_y) == stage


def test_probabilities_of_five_stages_are_shares_of_draws():
    grid, y = Grid(YEARS), noisy(0.5, 1.0, 0.03, 3)
    e = np.array([1, 2, 4, 8, 10, 8, 5, 3, 3.5, 4.5, 5, 5.5, 6])
    found = stage_shares(grid, fit_curve(grid, y), y, e, 200, np.random.default_rng(1))
    assert sum(found.values()) == pytest.approx(1)
    assert found["production"] > 0.9
    again = stage_shares(grid, fit_curve(grid, y), y, e, 200, np.random.default_rng(1))
    assert found == again


def test_names_by_hand():
    assert named({"a": 0.1, "b": 0.85, "c": 0.05}) == Named("b", "", 0.85)
    assert named({"a": 0.45, "b": 0.5, "c": 0.05}) == Named("b", "a", pytest.approx(0.95))
    assert by_quotient(0.5, INDUSTRY)[:2] == ("growth", "")
    assert by_quotient(0.49, CLIMB)[:2] == ("emergence", "")
    assert by_quotient(float("nan"), INDUSTRY)[:2] == ("start", "growth")


def test_thirds_of_the_share():
    found = thirds(fit_curve(Grid(YEARS), curve(0.5, 4.0)), INDUSTRY)
    assert found["maturity"] == pytest.approx(1)
    assert [*found] == ["start", "growth", "maturity"]


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([5, 8, 10, 10, 10, 10, 9, 8, 7, 6], True),
        ([5, 8, 10, 10, 10, 10, 9.8, 9.6, 9.4, 9.3], False),  # above .9 of the maximum
        ([5, 8, 10, 10, 6, 6, 6, 6, 6, 6], False),  # low, and falling no longer
        ([9, 8, 7], False),  # one trailing mean alone
    ],
)
def test_decline_by_hand(y, expected):
    assert declining(np.array(y, dtype=float)) == expected


def test_the_demand_table_has_fifteen_cells_in_two_languages():
    rows = bundled_rows("policy_demand.csv")
    assert len({(row["technology"], row["industry"]) for row in rows}) == 20
    inside = [row for row in rows if row["named"] == "yes"]
    assert len(inside) == 15
    for row in rows:
        words = [row[f"{key}{end}"] for key in ("time", "space", "institution") for end in ("", "_zh")]
        assert all(words) == any(words) == (row["named"] == "yes")
    outside = {(row["technology"], row["industry"]) for row in rows if row["named"] == "no"}
    assert outside == {
        ("emergence", "growth"),
        ("expectation", "growth"),
        ("trough", "start"),
        ("trough", "maturity"),
        ("recovery", "decline"),
    }


def table():
    """Four regions: past the trough and mature; open growth; a zero; nine years."""
    hype = np.array([1, 2, 4, 8, 10, 8, 5, 3, 3.5, 4.5, 5, 5.5, 6])
    rows = []
    for region, tech, own in (
        ("grown", curve(0.6, 2.0), curve(0.7, 4.0)),
        ("young", 3 * np.exp(0.2 * (YEARS - 2011)), 0.01 * np.exp(0.2 * (YEARS - 2011))),
        ("zero", np.r_[0.0, curve(0.5, 1.0)[1:]], curve(0.5, 1.0)),
        ("short", np.r_[np.full(4, np.nan), curve(0.5, 1.0)[4:]], curve(0.5, 1.0)),
    ):
        wave = np.exp(0.01 * np.cos(YEARS * 2.0))
        rows += [
            (region, t, a, b, c, 10.0)
            for t, a, b, c in zip(YEARS, tech * wave, own * wave, hype, strict=True)
        ]
    return pd.DataFrame(rows, columns=["region", "year", "tech", "own", "hype", "people"])


def told(**keys):
    raw = {
        "data": {"path": "x.csv", "entity": "region", "time": "year"},
        "stages": {"ict": {"technology": "tech", "industry": "own", **keys}},
    }
    return evaluate(parse_study(raw, Path("s.toml")), table())


def test_the_chapter():
    results = told(expectation="hype", base="people", draws=100)
    (chapter,) = results.chapters
    assert chapter.room == "stages_ict"
    parts = {part.name: part for part in chapter.parts}
    stages = parts["stages"].frame.set_index(["entity", "side"])
    assert stages.stage["grown", "technology"] == "production"
    assert stages.stage["grown", "industry"] == "maturity"
    assert stages.open["young", "industry"]
    assert stages.stage["young", "industry"] == "start"  # a quotient of nearly nothing
    assert np.isnan(stages.probability["young", "industry"])
    assert stages.share["grown", "technology"] == pytest.approx(logistic(np.array(2.0)), abs=0.02)
    assert [str(note) for note in chapter.notes] == [
        "tech has no curve (under 10 years, a figure that is not above 0, a gap in expectation, or no fit): "
        "short, zero"
    ]
    told_of = {*parts["stage_probabilities"].frame[["entity", "side"]].itertuples(index=False, name=None)}
    assert ("young", "industry") not in told_of  # a rule decides there
    assert ("grown", "industry") in told_of
    leads = parts["stage_leads"].frame.set_index("entity")
    assert leads.lead["grown"] == pytest.approx((2023 - 4 / 0.7) - (2023 - 2 / 0.6), abs=0.3)
    assert leads.conf_low["grown"] <= leads.lead["grown"] <= leads.conf_high["grown"]
    demand = parts["demand"].frame.set_index(["technology", "industry"])
    assert demand.regions["production", "maturity"] == "grown"
    assert "stages" in [method.key for method in results.methods]


def test_without_expectation_there_are_three_stages_and_no_words():
    (chapter,) = told().chapters
    parts = {part.name: part for part in chapter.parts}
    stages = parts["stages"].frame.set_index(["entity", "side"])
    assert stages.stage["young", "technology"] == "emergence"
    assert stages.other["young", "technology"] == "climb"  # no base tells them apart
    demand = parts["demand"].value
    assert {*demand.technology} == {*CLIMB}
    assert not any(demand.time)
    assert any("hype is not told apart" in str(note) for note in parts["stages"].notes)


def test_errors_in_levels():
    stages = told(errors="additive").chapters[0].parts[0].frame.set_index(["entity", "side"])
    assert stages.share["grown", "technology"] == pytest.approx(logistic(np.array(2.0)), abs=0.02)


def test_no_region_with_a_curve_is_an_error():
    raw = {
        "data": {"path": "x.csv", "entity": "region", "time": "year", "years": [2018, 2023]},
        "stages": {"ict": {"technology": "tech", "industry": "own"}},
    }
    results = evaluate(parse_study(raw, Path("s.toml")), table())
    assert str(results.failures["stages.ict"].what) == (
        "no region has 10 years above 0 of a column of the stages"
    )


def test_the_words_of_a_cell_are_those_of_the_page():
    (part,) = (p for p in told(expectation="hype", draws=100).chapters[0].parts if p.name == "demand")
    for language, words in (("en", "Seek the next technology"), ("zh", "下一代技术")):
        ctx = Context(language=language)
        shown = VIEWS["demand"].table(part, ctx)
        cells = [ctx.show(cell) for row in shown.rows for cell in row.cells if isinstance(cell, Word)]
        assert any(words in cell for cell in cells)


def test_ccd_data_says_where_the_words_of_the_cells_come_from(capsys):
    from ccd.cli import main

    assert main(["data"]) == 0
    lines = capsys.readouterr().out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("policy_demand.csv: 20 rows"))
    assert "Fenn 1995" in lines[at + 1]
