"""What a difference in trends makes of each estimator's leads: worked by hand, and from two fits of noisy outcomes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from conftest import make_panel
from scipy import stats

from ccd.estimate import MODELS
from ccd.estimate.linear.pretrend import detectable_slope, joint_test
from ccd.results import EventCovariance, EventStudy
from tests.golden.staggered import STREAM, random_panel

CASES = [
    ("twfe", {}),
    ("twfe", {"controls": ("x1",), "window": (-3, 2), "bin_ends": True}),
    ("twfe", {"anticipation": 1, "vcov": "hc1"}),
    ("twfe", {"weight": "size", "wild": {"draws": 99}}),
    ("sun-abraham", {"controls": ("x1",)}),
    ("stacked", {"window": (-3, 1)}),
    ("imputation", {"controls": ("x1",)}),
    ("gardner", {"controls": ("x1",)}),
    ("dcdh", {}),
    ("callaway-santanna", {"covariates": ("z1",), "bootstrap": {"draws": 99}}),
    ("callaway-santanna", {"control_group": "not-yet", "base_period": "universal"}),
    ("callaway-santanna", {"anticipation": 1}),
]
IDS = [" ".join([name, *keys]) for name, keys in CASES]


def model(estimator, **keys):
    spec = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y", **keys}
    return MODELS[f"did-{estimator}"].model_validate(spec)


def leads(spec, sample):
    study = spec.estimate(sample, STREAM).value(EventStudy)
    return dict(zip(study.event_time.tolist(), study.estimate, strict=True))


@pytest.mark.parametrize("drop", [0.0, 0.03])
@pytest.mark.parametrize(("name", "keys"), CASES, ids=IDS)
def test_a_trend_added_to_a_noisy_outcome_moves_the_leads_by_the_map(name, keys, drop):
    spec, slope = model(name, **keys), 0.37
    sample = spec.sample(random_panel(n=60, drop=drop))
    trend = np.where(np.isfinite(sample.cohort), sample.years - sample.cohort, 0.0)
    without, moved = leads(spec, sample), leads(spec, replace(sample, y=sample.y + slope * trend))
    shift = spec.of_trend(sample, STREAM)
    assert shift.keys() == without.keys()
    before = [e for e in without if e <= spec.last_lead]
    assert before
    for e in before:
        assert moved[e] - without[e] == pytest.approx(slope * shift[e], abs=1e-8)


def one_cohort(first=2001, treated=2, never=2):
    """Return regions over 2001-2007 (``treated`` from 2005 on), noise of their own."""
    rng = np.random.default_rng(5)
    n, years = treated + never, np.arange(first, 2008)
    entity, time = np.repeat(np.arange(n), len(years)), np.tile(years, n)
    start = np.repeat([2005.0] * treated + [np.nan] * never, len(years))
    return make_panel({"y": rng.normal(size=len(time))}, entity, time, start)


@pytest.mark.parametrize(
    ("name", "keys", "expected"),
    [
        ("twfe", {}, {-4: -3, -3: -2, -2: -1}),
        ("sun-abraham", {}, {-4: -3, -3: -2, -2: -1}),
        ("stacked", {}, {-4: -3, -3: -2, -2: -1}),
        ("imputation", {}, {-4: -3, -3: -2, -2: -1}),
        ("dcdh", {}, {-4: -3, -3: -2, -2: -1}),
        ("callaway-santanna", {"base_period": "universal"}, {-4: -3, -3: -2, -2: -1}),
        ("callaway-santanna", {}, {-3: 1, -2: 1, -1: 1}),
        # Residuals of e = -4 .. -1 about region and year: the mean -2.5 leaves, and years take one half.
        ("gardner", {}, {-4: -0.75, -3: -0.25, -2: 0.25}),
    ],
)  # fmt: skip
def test_leads_under_a_slope_of_one_by_hand(name, keys, expected):
    spec = model(name, **keys)
    shift = spec.of_trend(spec.sample(one_cohort()), STREAM)
    found = {e: value for e, value in shift.items() if e <= spec.last_lead}
    assert found == pytest.approx(expected, abs=1e-9)


def test_no_slope_is_detectable_where_a_trend_moves_no_lead():
    """Without never treated regions t - g is a year effect less a region effect."""
    panel = random_panel(never=0.0)
    spec = model("imputation")
    shift = spec.of_trend(spec.sample(panel), STREAM)
    assert [shift[e] for e in shift if e <= -2] == pytest.approx([0] * sum(e <= -2 for e in shift), abs=1e-9)
    facts = spec.fit(panel, STREAM).summary()["pretrend"]
    assert facts["slope_50"] is None and facts["p_value"] is not None


def test_a_varying_base_tests_the_year_before_treatment_too():
    spec = model("callaway-santanna")
    estimate = spec.fit(random_panel(n=60), STREAM)
    facts = estimate.summary()["pretrend"]
    study, covariance = estimate.value(EventStudy), estimate.value(EventCovariance)
    lead = covariance.event_time < 0
    assert (facts["first"], facts["last"], facts["q"]) == (-5, -1, 5)
    matrix = covariance.matrix[np.ix_(lead, lead)]
    place = np.searchsorted(study.event_time, covariance.event_time[lead])
    assert facts["p_value"] == joint_test(study.estimate[place], matrix, np.inf).p_value
    assert facts["slope_50"] == pytest.approx(detectable_slope(np.ones(5), matrix, 0.5))
    universal = model("callaway-santanna", base_period="universal")
    assert universal.fit(random_panel(n=60), STREAM).summary()["pretrend"]["last"] == -2


def test_years_of_anticipation_are_not_leads():
    keys = {"anticipation": 1, "base_period": "varying"}
    facts = model("callaway-santanna", **keys).fit(random_panel(n=60), STREAM).summary()["pretrend"]
    assert facts["last"] == -2
    facts = model("callaway-santanna", **{**keys, "base_period": "universal"}).fit(random_panel(n=60), STREAM)
    assert facts.summary()["pretrend"]["last"] == -3


def test_the_wald_test_of_all_cells_before_treatment_by_hand():
    """One cohort against never treated regions: the cells are the changes of the three years before."""
    panel = one_cohort(treated=9, never=11)
    analytic = model("callaway-santanna", permutation={"draws": 0})
    facts = analytic.fit(panel, STREAM).summary()["pre_treatment_cells"]
    y = panel.frame["y"].unstack()
    treated = panel.cohort("policy").loc[y.index].notna().to_numpy()
    change = np.diff(y.to_numpy()[:, :4], axis=1)
    one, zero = change[treated], change[~treated]
    gap = one.mean(axis=0) - zero.mean(axis=0)
    matrix = np.cov(one.T, bias=True) / 9 + np.cov(zero.T, bias=True) / 11
    wald = gap @ np.linalg.solve(matrix, gap)
    assert (facts["q"], facts["first"], facts["last"]) == (3, -3, -1)
    assert 3 * facts["statistic"] == pytest.approx(wald)
    assert facts["p_value"] == pytest.approx(stats.chi2.sf(wald, 3))
