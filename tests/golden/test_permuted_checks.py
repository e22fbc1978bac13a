"""Leaving out, dates moved ahead and the pre-test of all cells under permuted cohorts, against whole fits."""

import numpy as np
import pytest

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.checks.leave_out import groups
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.linear.resample import critical_value
from ccd.estimate.rows.deals import dealt
from ccd.results import AttGt, LeaveOut, Placebo
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of

STREAM = Stream(1, "m")
ASKED = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy"}


def by_hand(estimate, error, drawn):
    """p = (1 + #{|t*| >= |t|}) / (B + 1), and estimate +- q(|t*|) se."""
    t = np.abs(np.array([e / s for e, s in drawn]))
    half = critical_value(t, 0.95) * error
    return (1 + np.sum(t >= abs(estimate / error))) / (len(t) + 1), estimate - half, estimate + half


@pytest.mark.parametrize("by", ["cohort", "province"])
@pytest.mark.parametrize("estimator", ["twfe", "imputation"])
def test_an_effect_with_one_left_out_has_the_p_of_that_regression(by, estimator):
    keys = {"leave_out": by, "permutation": {"draws": 39}}
    one = model(**keys) if estimator == "twfe" else Imputation(**ASKED, **keys, estimator="imputation")
    panel = panel_of()
    found = one.fit(panel, STREAM)
    left, sample = found.value(LeaveOut), one.sample(panel)
    for j, rows in enumerate(groups(sample, by).values()):
        rest = sample.rows(~rows)
        drawn = [one.effect(with_cohorts(rest, c), STREAM)[:2] for c in dealt(rest, 39, STREAM)]
        expected = by_hand(left.estimate[j], left.std_error[j], drawn)
        assert (left.p_value[j], left.conf_low[j], left.conf_high[j]) == pytest.approx(expected, rel=1e-9)
    plain = type(one)(**{**one.model_dump(), "permutation": {"draws": 0}})
    analytic = plain.fit(panel, STREAM).value(LeaveOut)
    assert left.p_analytic.tolist() == analytic.p_value.tolist() and analytic.p_analytic is None
    assert left.largest_p == left.p_value.max()
    assert "39 draws, p in steps of 1/40" in " ".join(map(str, found.part("leave_out").notes))
    assert not plain.fit(panel, STREAM).part("leave_out").notes


def test_an_estimator_that_fits_every_deal_takes_fewer_for_each_left_out():
    one = Imputation(**ASKED, estimator="imputation", leave_out="cohort")
    panel = panel_of()
    holed = panel.rows(np.arange(len(panel.frame)) != 3)
    for own, said in ((holed, "199 draws, p in steps of 1/200"), (panel, "4999 draws, p in steps of 1/5000")):
        notes = " ".join(map(str, one.fit(own, STREAM).part("leave_out").notes))
        assert said in notes


def test_moved_dates_follow_deals_that_leave_out_what_is_treated_under_them():
    one = model(placebo={"by": "time", "shifts": 2}, permutation={"draws": 29})
    panel = panel_of()
    found = one.fit(panel, STREAM)
    value, sample = found.value(Placebo), one.sample(panel)
    first = panel.times[0]
    for j, k in enumerate(value.draw):
        drawn = []
        for cohort in dealt(sample, 29, STREAM):
            own = cohort[sample.entity]
            untreated = ~(sample.years >= own) & ~(own - k <= first)
            drawn.append(one.effect(with_cohorts(sample, cohort - k).rows(untreated), STREAM)[:2])
        expected = by_hand(value.estimate[j], value.std_error[j], drawn)
        assert (value.p_value[j], value.conf_low[j], value.conf_high[j]) == pytest.approx(expected, rel=1e-9)
    plain = model(placebo={"by": "time", "shifts": 2}, permutation={"draws": 0}).fit(panel, STREAM)
    assert value.p_analytic.tolist() == plain.value(Placebo).p_value.tolist()
    assert value.p_smallest == value.p_value.min()
    assert "29 draws" in " ".join(map(str, found.part("placebo").notes))


def test_the_pre_test_of_all_cells_ranks_the_wald_statistics_of_the_deals():
    one = CallawaySantAnna(**ASKED, estimator="callaway-santanna", permutation={"draws": 39})
    panel = panel_of(cohorts=(2006.0, np.nan))
    found, sample = one.fit(panel, STREAM), one.sample(panel)
    test = found.value(AttGt).before
    walds = [
        one.estimate(with_cohorts(sample, cohort), STREAM).value(AttGt).before.statistic
        for cohort in dealt(sample, 39, STREAM)
    ]
    assert test.p_value == (1 + np.sum(np.array(walds) >= test.statistic * (1 - 1e-10))) / 40
    assert test.p_analytic == one.estimate(sample, STREAM).value(AttGt).before.p_value
    said = found.summary()["pre_treatment_cells"]
    assert (said["p_value"], said["p_analytic"], said["draws"]) == (test.p_value, test.p_analytic, 39)
    notes = " ".join(map(str, found.notes))
    assert (
        "by permutation of the cohorts (39 draws, in steps of 1/40)" in notes
        and "rejects too often" not in notes
    )
    few = CallawaySantAnna(**ASKED, estimator="callaway-santanna", permutation={"draws": 9})
    assert "rejects too often" in " ".join(map(str, few.fit(panel, STREAM).notes))
