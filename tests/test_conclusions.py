"""What was found: verdicts, caveats in the same breath, ranks; stars only where p-value and interval agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.pretrend import fitted_trend, pretrend
from ccd.evaluate.caveats import caveats
from ccd.evaluate.conclude import conclude
from ccd.report.findings import findings
from ccd.report.models import models_table
from ccd.report.style import Style
from ccd.report.table import Estimated
from ccd.report.views.base import Context
from ccd.results import (
    Caveat,
    Comparison,
    Estimate,
    EventStudy,
    FirstStage,
    Named,
    Part,
    PreTrend,
    Results,
    ResultsTable,
    SampleSize,
    Terms,
    agreed,
    verdict_of,
)
from ccd.words import text
from tests.golden.staggered import STREAM, random_panel

SIZE = SampleSize(
    120, 12, 10, 2010, 2019, outcome_mean=0.5, outcome_std=0.2, treated_entities=5, cohorts={2014: 5}
)


def estimate(value=0.01, error=0.01, *, p=None, name="policy", parts=(), **keys) -> Estimate:
    """Return an estimate with a normal interval, and another p-value where one is given."""
    low, high = value - 1.96 * error, value + 1.96 * error
    p = (0.01 if low > 0 or high < 0 else 0.4) if p is None else p
    arrays = (np.array([v]) for v in (value, error, value / error, p, low, high))
    terms = Terms((Named(name),), *arrays)
    own = {"kind": "did", "estimator": "twfe", "outcome": "D", "sample": SIZE, "vcov": "cluster", **keys}
    return Estimate(
        headline=Named(name), terms=terms, covariance=np.array([[error**2]]), parts=tuple(parts), **own
    )


def results(estimates, comparisons=(), tables=()) -> Results:
    found = Results(
        name="s", title="S", language="en", panel=random_panel(), index=None, coupling=None,
        estimates=estimates, comparisons=tuple(comparisons), tables=tuple(tables),
    )  # fmt: skip
    return replace(found, conclusions=conclude(found))


def robustness(values, *, model="m", trends=None, same=None) -> Part[Comparison]:
    n = len(values)
    nothing = np.full(n, np.nan)
    flags = np.array([k in (trends or ()) for k in range(n)])
    return Part(
        Comparison(
            label=tuple(f"check {k}" for k in range(n)),
            estimate=np.array(values, dtype=float), std_error=nothing, p_value=nothing, conf_low=nothing,
            conf_high=nothing, nobs=np.full(n, 9), same=np.array(same or [True] * n), trends=flags,
            about={"model": model},
        ),
        "robustness",
    )  # fmt: skip


def kinds(found: Estimate, *parts: Part[Comparison]) -> list[str]:
    return [caveat.kind for caveat in caveats(found, parts)]


def study(p_value, t=(2.0, -0.5), behind=(9, 9), **keys) -> Part[EventStudy]:
    """Return an event study with leads at -3 and -2 of the given t and a test of that p."""
    effect = np.array([*t, 0.0, 1.0])
    test = PreTrend(True, 2, 20.0, 3.0, p_value, -3, -2, **keys)
    ones = np.array([1.0, 1.0, np.nan, 1.0])
    return Part(
        EventStudy(np.array([-3, -2, -1, 0]), effect, ones, effect - 2, effect + 2, pretrend=test,
                   behind=np.array([*behind, 9, 9]), base=(-1,))
    )  # fmt: skip


def said(found: Results) -> list[str]:
    return [str(sentence) for _, sentence in findings(found, Context())]


@pytest.mark.parametrize(
    ("p", "low", "high", "verdict"),
    [
        (0.01, 0.1, 1.0, "above"),
        (0.01, -1.0, -0.1, "below"),
        (
            0.05,
            0.1,
            1.0,
            "above",
        ),  # a permutation can give .05 to the digit, and its interval then leaves out zero
        (0.30, -1.0, 1.0, "zero"),
        (0.04, -1.0, 1.0, "apart"),
        (0.20, 0.1, 1.0, "apart"),
        (0.20, np.nan, np.nan, "open"),
    ],
)
def test_verdicts_and_stars_need_p_and_interval(p, low, high, verdict):
    assert verdict_of(p, low, high) == verdict
    starred = agreed(np.array([p]), np.array([low]), np.array([high]))
    assert np.isnan(starred[0]) == (verdict == "apart")


def test_an_insignificant_effect_says_what_it_excludes():
    words = said(results({"m": estimate(0.01, 0.01)}))[0]
    # .01 + 1.96 x .01 = .0296, 6 % of the mean of .5
    assert "not significant; effects above 0.0296 (6% of mean D) or below -0.0096 are rejected" in words
    nothing = replace(SIZE, outcome_mean=0.001)  # a share of a mean near zero says nothing
    assert (
        "effects above 0.0296 or below -0.0096"
        in said(results({"m": estimate(0.01, 0.01, sample=nothing)}))[0]
    )
    assert "positive and significant at 5%." in said(results({"m": estimate(0.1, 0.01)}))[0]


def test_every_kind_of_caveat_stands_in_the_sentence_of_its_effect():
    weak = FirstStage(("x",), estimate().terms, {"x": 7.31}, {"x": 0.1}, ("z",))
    found = estimate(
        0.1, 0.01, parts=[study(0.003), Part(weak)], p_values={"wild": 0.2},
        caveats=(Caveat("support", text("not significant")),),
    )  # fmt: skip
    checks = robustness([0.1, -0.2, -0.1, 0.3], trends=[1])
    assert kinds(found, checks) == ["sign", "sign", "leads", "instrument", "bootstrap", "support"]
    words = said(results({"m": found}, [checks]))[0]
    assert words.startswith("m: the estimated effect of policy on D is 0.1000")
    for clause in (
        "significant at 5%; but with region trends it is -0.2000; ",
        "its sign turns in 2 of 3 robustness checks; ",
        "the leads differ jointly from zero (p = 0.003); ",
        "the instruments of x are weak (first-stage F 7.31, below 10)",
        "the wild bootstrap disagrees (p = 0.200)",
    ):
        assert clause in words


def test_what_holds_of_a_policy_is_said_once_and_objects_to_no_insignificant_effect():
    lone = replace(SIZE, cohorts={2014: 4, 2017: 1})
    one, other = (estimate(sample=lone, parts=[study(0.4)], outcome=outcome) for outcome in ("D", "C"))
    words = said(results({"m": one, "n": other, "p": estimate(sample=lone, name="ftz")}))
    clause = "are rejected; the cohort of 2017 is a single region."
    assert [clause in line for line in words] == [True, False, False, False, True]  # ftz is another policy
    assert "; but" not in "".join(words)
    assert ["treated regions behind" in line for line in words] == [False, True, False, False, False]
    assert (
        words[3] == "Before treatment joint nullity of the leads is not rejected at 5% (F = 3.00, p = 0.400)."
    )
    sure = said(results({"m": estimate(0.1, 0.01, sample=replace(lone, cohorts={2014: 1, 2017: 1}))}))[0]
    assert "significant at 5%; but the cohorts of 2014, 2017 are single regions." in sure


def test_what_does_not_object_is_no_caveat():
    strong = FirstStage(("x",), estimate().terms, {"x": 10.5}, {"x": 0.1}, ("z",))
    found = estimate(0.1, 0.01, parts=[study(0.06), Part(strong)], p_values={"wild": 0.03})
    half = robustness([0.1, -0.2, 0.1], trends=[2])  # one of two turns, not the one with trends
    other = robustness([0.1, -9.0, -9.0], same=[True, False, False])  # of other outcomes
    failed = robustness([0.1, np.nan, 0.2])
    assert kinds(found, half, other, failed) == []


def test_a_rejection_that_rests_on_few_regions_says_so():
    words = [str(c.words) for c in caveats(estimate(parts=[study(0.001, behind=(3, 9))]))]
    assert words == [
        "the leads differ jointly from zero (p = 0.001), the largest of them (event time -3) resting on 3 regions"
    ]
    # the lead of few regions is not the large one
    (plain,) = caveats(estimate(parts=[study(0.001, t=(0.5, 2.0), behind=(3, 9))]))
    assert "resting" not in str(plain.words)
    told = said(results({"m": estimate(parts=[study(0.4, behind=(3, 9))])}))
    assert (
        "not rejected at 5% (F = 3.00, p = 0.400; treated regions behind each event time: -3: 3, -2: 9)"
        in told[1]
    )


def test_leads_that_trend_are_a_caveat_where_their_joint_test_is_silent():
    assert kinds(estimate(parts=[study(0.2, trend=0.01, trend_error=0.002, trend_p=0.001)])) == ["trend"]
    assert kinds(estimate(parts=[study(0.2, trend=0.01, trend_error=0.02, trend_p=0.6)])) == []


def test_the_trend_of_the_leads_is_least_squares_through_the_base():
    rng = np.random.default_rng(3)
    times = np.array([-4.0, -3.0, -2.0, 0.0])
    root = rng.normal(size=(4, 4))
    matrix, beta, shift = root @ root.T, rng.normal(size=4), times + 1
    test = pretrend(times, beta, matrix, np.inf, -2, shift)
    x = shift[:3, None]
    pseudo = np.linalg.pinv(x)
    assert test.trend == pytest.approx(np.linalg.lstsq(x, beta[:3], rcond=None)[0][0])
    assert test.trend_error == pytest.approx(np.sqrt((pseudo @ matrix[:3, :3] @ pseudo.T)[0, 0]))
    assert "trend" not in test.facts()
    slopes, errors = fitted_trend(
        np.array([beta[:3], 2 * beta[:3]]), np.array([matrix[:3, :3]] * 2), shift[:3]
    )
    assert slopes[1] == pytest.approx(2 * test.trend)
    assert errors[0] == errors[1] == pytest.approx(test.trend_error)


def test_the_trend_of_the_leads_follows_the_permutation_too():
    spec = Twfe.model_validate(
        {"name": "m", "kind": "did", "policy": "policy", "outcome": "y", "permutation": {"draws": 199}}
    )
    led = spec.fit(random_panel(), STREAM).value(EventStudy).pretrend
    alone = Twfe.model_validate({**spec.model_dump(exclude_defaults=True), "permutation": {"draws": 0}})
    plain = alone.fit(random_panel(), STREAM).value(EventStudy).pretrend
    assert led.draws == 199
    assert led.trend == plain.trend
    assert led.trend_p != plain.trend_p
    assert led.trend_p * 200 == pytest.approx(round(led.trend_p * 200))  # (1 + count) / (199 + 1)


def test_the_regions_behind_a_lead_are_counted():
    spec = Twfe.model_validate({"name": "m", "kind": "did", "policy": "policy", "outcome": "y"})
    panel = random_panel()
    found = spec.fit(panel, STREAM).value(EventStudy)
    cohort = panel.cohort("policy").to_numpy(dtype=float)
    for e, count in zip(found.event_time, found.behind, strict=True):
        seen = {
            panel.entities[i]
            for i, year in zip(panel.entity_codes, panel.years, strict=True)
            if year - cohort[i] == e
        }
        assert count == len(seen)


def test_the_main_effect_comes_first_then_what_differs_from_zero():
    found = results(
        {
            "other": estimate(0.001, name="zero"),
            "sure": estimate(0.1, 0.01, name="a"),
            "doubted": estimate(0.1, 0.01, name="b", p_values={"wild": 0.3}),
            "m": estimate(0.0, name="main"),
        },
        [robustness([0.0, 0.1])],
    )
    assert [one.model for one in found.conclusions] == ["m", "sure", "doubted", "other"]


def test_models_of_one_effect_are_said_once():
    models = {"m": estimate(0.01), "n": estimate(0.015), "o": estimate(-0.01, parts=[study(0.01)])}
    found = results({**models, "c": estimate(0.01, outcome="C")})
    lead, other = found.conclusions
    assert (lead.model, lead.alike.models, other.model) == ("m", ("n", "o"), "c")
    assert (
        "2 other models put the same effect between -0.0100 (o) and 0.0150 (n); every interval holds zero; the leads "
        "of o differ from zero."
    ) in said(found)


def test_a_significant_term_beside_the_headline_is_said():
    one = estimate(0.0, 0.01)
    row = [np.append(column, value) for column, value in zip(
        (one.terms.estimate, one.terms.std_error, one.terms.statistic, one.terms.p_value, one.terms.conf_low,
         one.terms.conf_high), (0.04, 0.01, 4.0, 0.001, 0.02, 0.06), strict=True)]  # fmt: skip
    wide = replace(one, terms=Terms((*one.terms.term, Named("ftz")), *row), covariance=np.eye(2))
    assert any(
        line.startswith("Beside it ftz has a significant effect of 0.0400")
        for line in said(results({"m": wide}))
    )
    assert len(said(results({"m": replace(wide, controls=("ftz",))}))) == 1


@pytest.mark.parametrize("own, words", [(0.001, ", not by permutation)."), (0.02, ", p = 0.001).")])
def test_a_term_beside_a_permuted_headline_says_whether_its_p_is_too(own, words):
    one = estimate(0.0, 0.01)
    columns = (one.terms.estimate, one.terms.std_error, one.terms.statistic, one.terms.p_value, one.terms.conf_low,
               one.terms.conf_high)  # fmt: skip
    row = [np.append(c, v) for c, v in zip(columns, (0.04, 0.01, 4.0, 0.001, 0.02, 0.06), strict=True)]
    terms = Terms((*one.terms.term, Named("ftz")), *row, p_analytic=np.array([0.3, own]))
    led = replace(one, terms=terms, covariance=np.eye(2), headline_p="permutation")
    (line,) = [line for line in said(results({"m": led})) if line.startswith("Beside it ftz")]
    assert line.endswith(words)


def test_no_stars_where_p_and_interval_disagree_and_each_column_counts_its_own():
    models = {"a": estimate(0.01, 0.02, p=0.001), "b": estimate(0.1, 0.01)}
    models["b"] = replace(
        models["b"], sample=replace(SIZE, treated_entities=3, entities=9, outcome_mean=0.25)
    )
    table = models_table(ResultsTable("t", ("a", "b")), results(models), Context(style=Style()))
    ctx = Context()
    cells = [[ctx.show(cell) for cell in row.cells] for row in table.rows]
    assert cells[0] == ["policy", "0.0100", "0.1000**"]  # of .01 < p, two stars
    assert isinstance(table.rows[0].cells[1], Estimated)
    assert any("No stars where p-value and 95% interval disagree" in str(note) for note in table.notes)
    facts = {row[0]: row[1:] for row in cells}
    assert facts["Regions"] == ["12", "9"]
    assert facts["Treated regions"] == ["5", "3"]
    assert facts["Mean of the outcome"] == ["0.500", "0.250"]
