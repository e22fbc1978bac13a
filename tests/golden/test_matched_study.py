"""The event study on matched regions: dummies by hand, and whole fits of every deal."""

from contextlib import suppress

import numpy as np
import pytest

from ccd.errors import EstimationError
from ccd.estimate.linear.pretrend import joint_test
from ccd.estimate.psm.event_study import events
from ccd.estimate.psm.sample import draw
from ccd.estimate.rows.deals import dealt
from ccd.results import EventCovariance, EventStudy, MatchingWeights
from tests.golden.test_permuted_effects import by_hand
from tests.golden.test_permuted_matching import DRAWS, START, STREAM, matched, panel


def weighted(data, fit):
    """Rows (region, year) of matched regions with weight, as a frame."""
    units = fit.value(MatchingWeights)
    weight = dict(zip(units.entity, units.weight, strict=True))
    frame = data.frame.reset_index(names=["region", "year"])
    start = data.cohort("policy")
    frame["w"] = frame["region"].map(weight).fillna(0.0)
    frame["event"] = frame["year"] - frame["region"].map(start)
    return frame[frame["w"] > 0]


def test_effects_are_those_of_a_regression_on_dummies():
    data = panel()
    fit = matched(permutation={"draws": 0}).fit(data, STREAM)
    rows = weighted(data, fit)
    shown = fit.value(EventCovariance).event_time
    columns = [rows["event"] == e for e in shown]
    columns += [rows["region"] == r for r in rows["region"].unique()]
    columns += [rows["year"] == t for t in sorted(rows["year"].unique())[1:]]
    root = np.sqrt(rows["w"].to_numpy())
    x = np.column_stack(columns).astype(float) * root[:, None]
    by_dummies = np.linalg.lstsq(x, rows["y"].to_numpy() * root, rcond=None)[0][: len(shown)]
    study = fit.value(EventStudy)
    found = study.estimate[np.isin(study.event_time, shown)]
    assert found == pytest.approx(by_dummies, abs=1e-9)
    assert study.base == (-1,) and shown.tolist() == [-4, -3, -2, 0, 1, 2, 3]
    counts = [rows.loc[rows["event"] == e, "region"].nunique() for e in study.event_time]
    assert study.behind.tolist() == counts
    lead = shown <= -2
    matrix = fit.value(EventCovariance).matrix[np.ix_(lead, lead)]
    test = joint_test(found[lead], matrix, fit.df)
    assert study.pretrend.p_value == test.p_value == fit.p_values["pretrend"]
    assert study.pretrend.loading == pytest.approx((-3.0, -2.0, -1.0))  # a trend moves a lead by e + 1
    assert fit.summary()["pretrend"]["statistic"] == test.statistic


@pytest.mark.parametrize("design", ["base", "cohort"])
def test_leads_and_intervals_on_matched_regions_follow_the_deals(design):
    data = panel()
    one, plain = matched(design=design), matched(design=design, permutation={"draws": 0})
    fit, alone = one.fit(data, STREAM), plain.fit(data, STREAM)
    study, analytic = fit.value(EventStudy), alone.value(EventStudy)
    sample, _ = draw(data, one.question())
    times = fit.value(EventCovariance).event_time
    t, walds = {int(e): [] for e in times}, []
    for cohorts in dealt(sample, DRAWS, STREAM):
        with suppress(EstimationError):
            again = plain.fit(panel(cohorts), STREAM).value(EventStudy)
            for e, statistic in zip(again.event_time, again.statistic, strict=True):
                if int(e) in t and np.isfinite(statistic):
                    t[int(e)].append(statistic)
            if again.pretrend.q == study.pretrend.q:
                walds.append(again.pretrend.statistic)
    for e, drawn in t.items():
        place = int(np.flatnonzero(study.event_time == e)[0])
        hand = by_hand(study.statistic[place], study.estimate[place], study.std_error[place], np.array(drawn))
        found = (study.p_value[place], study.conf_low[place], study.conf_high[place])
        assert found == pytest.approx(hand, rel=1e-7), e
        assert study.p_analytic[place] == analytic.p_value[place]
    test = study.pretrend
    assert test.draws == len(walds) > 20
    assert test.p_value == (1 + np.sum(np.array(walds) >= test.statistic * (1 - 1e-10))) / (len(walds) + 1)
    assert fit.p_values["pretrend"] == test.p_value and test.p_analytic == analytic.pretrend.p_value
    assert fit.p_values["pretrend_analytic"] == test.p_analytic
    assert f"({DRAWS} draws, p in steps of 1/{DRAWS + 1})" in str(fit.part("event_study").notes[0])


def test_without_a_lead_to_identify_there_is_no_event_study_and_a_note():
    data = panel(np.where(np.isfinite(START), 2003.0, np.nan))
    one = matched(permutation={"draws": 0})
    sample, design = draw(data, one.question())
    nobody = design.row_weights(design.treated.astype(float), sample)
    with pytest.raises(EstimationError):
        events(sample, nobody, one.question())
