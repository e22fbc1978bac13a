"""The event study under permuted cohorts: batches against whole refits, and p-values counted by hand."""

import numpy as np
import pytest

from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.linear.pretrend import joint_test
from ccd.estimate.linear.resample import critical_value
from ccd.estimate.linear.studentised import walds
from ccd.estimate.rows.deals import dealt, in_space
from ccd.results import EventCovariance, EventStudy
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of

STREAM = Stream(1, "m")


def refit(one, sample, times, cohorts):
    """Each draw as a whole fit: effects and covariance at ``times``."""
    betas, matrices = [], []
    for cohort in cohorts:
        found = one.estimate(with_cohorts(sample, cohort), STREAM)
        study, covariance = found.value(EventStudy), found.value(EventCovariance)
        assert np.array_equal(covariance.event_time, times)
        betas.append(study.estimate[np.isfinite(study.std_error)])
        matrices.append(covariance.matrix)
    return np.array(betas), np.array(matrices)


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"controls": ()},
        {"cluster": "province"},
        {"window": (-3, 2)},
        {"window": (-3, 2), "bin_ends": True},
    ],
)
@pytest.mark.parametrize("cohorts", [(2004.0, 2006.0, np.nan), (2004.0, 2006.0, 2007.0)])
def test_batched_event_studies_are_whole_fits(keys, cohorts):
    one = model(**keys)
    sample = one.sample(panel_of(cohorts=cohorts))
    assert one.at_once(sample)
    times = one.estimate(sample, STREAM).value(EventCovariance).event_time
    drawn = in_space(sample, 12, np.random.default_rng(0))
    beta, matrix = one.events_reassigned(sample, times, drawn, STREAM)
    whole, wholes = refit(one, sample, times, drawn)
    assert beta == pytest.approx(whole, abs=1e-10)
    assert matrix == pytest.approx(wholes, abs=1e-10)


def test_blocks_of_event_studies_do_not_matter(monkeypatch):
    one = model()
    sample = one.sample(panel_of())
    times = one.estimate(sample, STREAM).value(EventCovariance).event_time
    drawn = in_space(sample, 30, np.random.default_rng(0))
    beta, matrix = one.events_reassigned(sample, times, drawn, STREAM)
    monkeypatch.setattr("ccd.estimate.linear.event_draws.BLOCK", 24 * 8 * 7)
    other, others = one.events_reassigned(sample, times, drawn, STREAM)
    assert other == pytest.approx(beta, abs=1e-12) and others == pytest.approx(matrix, abs=1e-12)


def test_wald_statistics_are_those_of_the_joint_test_and_a_singular_draw_has_none():
    rng = np.random.default_rng(2)
    root = rng.normal(size=(5, 3, 6))
    matrix, beta = root @ root.transpose(0, 2, 1), rng.normal(size=(5, 3))
    matrix[4] = np.ones((3, 3))
    found = walds(beta, matrix)
    expected = [joint_test(b, m, np.inf).statistic for b, m in zip(beta[:4], matrix[:4], strict=True)]
    assert found[:4] == pytest.approx(expected, rel=1e-12) and np.isnan(found[4])
    assert walds(np.array([[3.0, 4.0]]), np.eye(2)[None])[0] == 12.5  # (9 + 16) / 2


@pytest.mark.parametrize(("missing", "draws"), [(0, 39), (20, 29)])
def test_leads_and_intervals_follow_the_permutation(missing, draws):
    one = model(permutation={"draws": draws})
    panel = panel_of(missing=missing)
    found, plain = one.fit(panel, STREAM), model().fit(panel, STREAM)
    study, analytic = found.value(EventStudy), plain.value(EventStudy)
    sample = one.sample(panel)
    assert one.at_once(sample) == (missing == 0)
    times = found.value(EventCovariance).event_time
    beta, matrix = refit(model(), sample, times, dealt(sample, draws, STREAM))
    t = np.abs(beta / np.sqrt(np.einsum("rkk->rk", matrix)))
    for e, column in zip(times, t.T, strict=True):
        place = int(np.flatnonzero(study.event_time == e)[0])
        own = abs(study.statistic[place])
        half = critical_value(column, 0.95) * study.std_error[place]
        assert study.p_value[place] == (1 + np.sum(column >= own)) / (draws + 1)
        assert study.conf_low[place] == pytest.approx(study.estimate[place] - half)
        assert study.conf_high[place] == pytest.approx(study.estimate[place] + half)
        assert study.p_analytic[place] == analytic.p_value[place]
    lead = times <= -2
    walds_ = [
        joint_test(b[lead], m[np.ix_(lead, lead)], 23).statistic for b, m in zip(beta, matrix, strict=True)
    ]
    test = study.pretrend
    assert test.p_value == (1 + np.sum(np.array(walds_) >= test.statistic)) / (draws + 1)
    assert (test.p_analytic, test.draws) == (analytic.pretrend.p_value, draws)
    said = found.summary()
    assert said["p_values"]["pretrend"] == test.p_value == said["pretrend"]["p_value"]
    assert said["p_values"]["pretrend_analytic"] == test.p_analytic
    assert list(study.frame().columns)[-1] == "p_analytic"
    assert any("studentised permutation" in str(note) for note in found.part("event_study").notes)


def test_estimators_that_fit_every_deal_follow_too():
    one = Imputation(name="m", kind="did", estimator="imputation", outcome="y", policy="policy")
    panel = panel_of()
    holed = panel.rows(np.arange(len(panel.frame)) != 3)
    for own, draws, beside in ((holed, 999, 499), (panel, 4999, 4999)):
        found = one.fit(own, STREAM)
        test = found.value(EventStudy).pretrend
        assert test.draws == beside and 0 < test.p_value <= 1
        assert found.summary()["permutation"]["draws"] == draws


def test_many_treated_and_too_few_draws_leave_the_event_study_analytic():
    for panel, draws in ((panel_of(n=60), 49), (panel_of(), 18)):
        study = model(permutation={"draws": draws}).fit(panel, STREAM).value(EventStudy)
        assert study.p_analytic is None and study.pretrend.p_analytic is None
        assert "p_analytic" not in study.frame().columns and "p_analytic" not in study.pretrend.facts()


def test_bands_are_those_of_the_largest_t():
    from ccd.estimate.did.callaway_santanna import CallawaySantAnna

    keys = {"bootstrap": {"draws": 99}, "permutation": {"draws": 19}}
    one = CallawaySantAnna(
        name="m", kind="did", estimator="callaway-santanna", outcome="y", policy="policy", **keys
    )
    study = one.fit(panel_of(), STREAM).value(EventStudy)
    known = np.isfinite(study.std_error)
    assert (study.band_low[known] <= study.conf_low[known] + 1e-12).all()
    assert (study.band_high[known] >= study.conf_high[known] - 1e-12).all()


def test_the_same_leads_under_other_names():
    one, panel = model(permutation={"draws": 39}), panel_of()
    first = one.fit(panel, STREAM).value(EventStudy)
    other = one.model_copy(update={"name": "o"}).fit(panel, Stream(1, "o")).value(EventStudy)
    assert np.array_equal(first.p_value, other.p_value, equal_nan=True)
    assert first.pretrend == other.pretrend
