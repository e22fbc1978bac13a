"""Groups, moderator, mechanism, lags, cells and means under permuted cohorts: batches against whole refits."""

from dataclasses import replace

import numpy as np
import pytest

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.checks.heterogeneity import equality
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.linear.resample import critical_value
from ccd.estimate.rows.deals import dealt, in_space, ways
from ccd.results import Aggregates, AttGt, Margins, Mechanism, Moderator
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of

STREAM = Stream(1, "m")
DRAWS = 39


def panel(missing: int = 0):
    """Panel of 24 regions with two groups of twelve, a channel and a moderator."""
    found = panel_of(missing=missing)
    rng = np.random.default_rng(9)
    code = found.entity_codes
    d = found.years >= found.cohort("policy").to_numpy()[code]
    found.frame["m"] = 0.3 * d + rng.normal(size=len(d)) + rng.normal(size=code.max() + 1)[code]
    found.frame["z"] = rng.normal(size=code.max() + 1)[code]
    found.groups["half"] = np.where(code % 2 == 0, "a", "b")
    return found


def by_hand(t, estimate, error, drawn):
    """p-value and interval counted from the definition."""
    half = critical_value(drawn, 0.95) * error
    return (
        (1 + np.sum(np.abs(drawn) >= abs(t) * (1 - 1e-10))) / (len(drawn) + 1),
        estimate - half,
        estimate + half,
    )


@pytest.mark.parametrize("keys", [{}, {"vcov": "hc1"}, {"cluster": ("province", "year")}, {"weight": "w"}])
@pytest.mark.parametrize("missing", [0, 20])
def test_groups_are_whole_fits_under_deals_within_groups(keys, missing):
    data = panel(missing)
    data.frame["w"] = np.random.default_rng(3).uniform(0.5, 2, len(data.frame))
    one = model(heterogeneity="half", permutation={"draws": DRAWS}, **keys)
    found = one.fit(data, STREAM).part("heterogeneity").value
    sample = one.sample(data)
    group = sample.panel.group("half").to_numpy()
    own = group[np.unique(sample.entity, return_index=True)[1]]
    cohorts = dealt(sample, DRAWS, STREAM, np.unique(own, return_inverse=True)[1])
    for cohort in cohorts:  # every group keeps its cohorts
        for key in "ab":
            left, right = np.sort(cohort[own == key]), np.sort(sample.entity_cohort[own == key])
            assert np.array_equal(left, right, equal_nan=True)
    fits = [one.by_group(with_cohorts(sample, cohort), group, ["a", "b"]) for cohort in cohorts]
    drawn = np.array([fit.estimate / np.sqrt(np.diag(fit.matrix)) for fit in fits])
    for j in range(2):
        t = found.estimate[j] / found.std_error[j]
        hand = by_hand(t, found.estimate[j], found.std_error[j], drawn[:, j])
        assert (found.p_value[j], found.conf_low[j], found.conf_high[j]) == pytest.approx(hand, rel=1e-8)
    walds = np.array([equality(*fit).statistic for fit in fits])
    assert found.equality.p_value == (1 + np.sum(walds >= found.equality.statistic * (1 - 1e-10))) / (
        DRAWS + 1
    )
    assert found.equality.draws == DRAWS and found.equality.p_analytic != found.equality.p_value
    assert found.p_analytic == pytest.approx(
        model(heterogeneity="half", permutation={"draws": 0}, **keys)
        .fit(data, STREAM)
        .part("heterogeneity")
        .value.p_value
    )


def test_groups_of_other_estimators_are_fitted_alone_and_a_group_of_few_ways_stays_analytic():
    data = panel()
    code = data.entity_codes
    first = [
        int(np.flatnonzero(data.cohort("policy").isna())[0]),
        int(np.flatnonzero(data.cohort("policy").notna())[0]),
    ]
    data.groups["half"] = np.where(np.isin(code, first), "two", "rest")
    one = Imputation(
        name="m",
        kind="did",
        estimator="imputation",
        outcome="y",
        policy="policy",
        heterogeneity="half",
        permutation={"draws": DRAWS},
    )
    part = one.fit(data, STREAM).part("heterogeneity")
    row = dict(zip(part.value.group, range(2), strict=True))
    assert part.value.p_value[row["two"]] == part.value.p_analytic[row["two"]]
    assert any("fewer than 20 ways" in str(note) for note in part.notes)
    sample = one.sample(data)
    group = sample.panel.group("half").to_numpy()
    own = group[np.unique(sample.entity, return_index=True)[1]]
    cohorts = dealt(sample, DRAWS, STREAM, np.unique(own, return_inverse=True)[1])
    rest = sample.rows(group == "rest")
    drawn = [one.effect(with_cohorts(rest, cohort[own == "rest"]), STREAM) for cohort in cohorts]
    t = np.array([effect.estimate / effect.std_error for effect in drawn])
    j = row["rest"]
    observed = part.value.estimate[j] / part.value.std_error[j]
    assert part.value.p_value[j] == by_hand(observed, 0, 1, t)[0]


@pytest.mark.parametrize("missing", [0, 20])
def test_moderator_and_margins_are_whole_fits(missing):
    data = panel(missing)
    one, plain = (model(moderator="z", permutation={"draws": draws}) for draws in (DRAWS, 0))
    fit, analytic = one.fit(data, STREAM), plain.fit(data, STREAM)
    found, along = fit.value(Moderator), fit.value(Margins)
    sample = one.sample(data)
    refits = [
        plain.own_checks(with_cohorts(sample, c), 0, STREAM)[0].ask() for c in dealt(sample, DRAWS, STREAM)
    ]
    drawn = np.array([one.parts[0].value.statistic for one in refits])
    margins = np.array([one.parts[1].value.statistic for one in refits])
    for j in range(2):
        hand = by_hand(found.statistic[j], found.estimate[j], found.std_error[j], drawn[:, j])
        assert (found.p_value[j], found.conf_low[j], found.conf_high[j]) == pytest.approx(hand, rel=1e-8)
    for j in range(5):
        hand = by_hand(along.statistic[j], along.estimate[j], along.std_error[j], margins[:, j])
        assert (along.p_value[j], along.conf_low[j], along.conf_high[j]) == pytest.approx(hand, rel=1e-8)
    assert np.array_equal(found.p_analytic, analytic.value(Moderator).p_value)
    assert found.product_p == found.p_value[1] == fit.summary()["p_values"]["moderator"]


def test_a_channel_has_the_p_of_its_own_regression():
    data = panel()
    keys = {"permutation": {"draws": DRAWS}}
    found = model(mechanism=("m",), **keys).fit(data, STREAM).value(Mechanism)
    alone = model(**keys).model_copy(update={"outcome": "m"}).fit(data, STREAM)
    assert found.effect_p_value[0] == alone.leading.p_value
    assert found.effect_p_analytic[0] == pytest.approx(alone.p_values["analytic"])
    low, high = found.indirect_low[0], found.indirect_high[0]
    assert low < found.indirect[0] < high
    plain = model(mechanism=("m",), permutation={"draws": 0}).fit(data, STREAM).value(Mechanism)
    assert plain.effect_p_analytic is None and plain.indirect[0] == found.indirect[0]


def test_lags_have_the_p_of_a_policy_that_began_then():
    data = panel()
    one = model(lags=(0, 1), permutation={"draws": DRAWS})
    fit = one.fit(data, STREAM)
    found = fit.part("lags").value
    assert found.p_value[0] == fit.leading.p_value and found.conf_low[0] == pytest.approx(
        fit.leading.conf_low
    )
    sample = one.sample(data)
    later = replace(
        sample, cohort=np.where(sample.cohort + 1 > sample.panel.times[-1], np.nan, sample.cohort + 1)
    )
    drawn = [one.effect(with_cohorts(later, c), STREAM) for c in dealt(later, DRAWS, STREAM)]
    t = np.array([effect.estimate / effect.std_error for effect in drawn])
    assert found.p_value[1] == by_hand(found.estimate[1] / found.std_error[1], 0, 1, t)[0]


@pytest.mark.parametrize("bands", [False, True])
def test_cells_and_means_are_whole_fits(bands):
    keys = {"bootstrap": {"draws": 99}} if bands else {}
    one = CallawaySantAnna(
        name="m",
        kind="did",
        estimator="callaway-santanna",
        outcome="y",
        policy="policy",
        permutation={"draws": DRAWS},
        **keys,
    )
    data = panel()
    fit, sample = one.fit(data, STREAM), one.sample(data)
    plain = one.model_copy(update={"bootstrap": None})
    refits = [plain.estimate(with_cohorts(sample, c), STREAM) for c in dealt(sample, DRAWS, STREAM)]
    for kind in (AttGt, Aggregates):
        found = fit.value(kind)
        drawn = np.array([refit.value(kind).statistic for refit in refits])
        for j in range(len(found.estimate)):
            hand = by_hand(found.statistic[j], found.estimate[j], found.std_error[j], drawn[:, j])
            assert (found.p_value[j], found.conf_low[j], found.conf_high[j]) == pytest.approx(hand)
        assert (found.p_analytic != found.p_value).any()
        if bands and kind is AttGt:
            half = critical_value(np.abs(drawn).max(axis=1), 0.95) * found.std_error
            assert found.band_high - found.estimate == pytest.approx(half)
    cells = dict(
        zip(zip(fit.value(AttGt).cohort, fit.value(AttGt).time, strict=True), range(999), strict=False)
    )
    means = fit.value(Aggregates)
    whole = means.aggregation.index("simple")
    assert means.p_value[whole] == fit.leading.p_value  # the same mean, the same deals
    assert len(cells) == len(fit.value(AttGt).cohort)


def test_the_first_deals_of_a_long_run_are_those_of_a_short_one():
    sample = model().sample(panel())
    strata = np.arange(len(sample.entity_cohort)) % 2
    for own in (None, strata):
        short, long = (dealt(sample, draws, STREAM, own) for draws in (39, 499))
        assert np.array_equal(short, long[:39], equal_nan=True)
    swapped = dealt(sample, 39, STREAM, 1 - strata)
    assert np.array_equal(swapped, dealt(sample, 39, STREAM, strata), equal_nan=True)
    first = in_space(sample, 5, np.random.default_rng(0))
    assert np.array_equal(first, in_space(sample, 50, np.random.default_rng(0))[:5], equal_nan=True)


def test_ways_to_deal():
    assert ways(np.array([2004.0, np.nan, np.nan])) == pytest.approx(3)
    assert ways(np.array([2004.0, 2005.0, np.nan, np.nan])) == pytest.approx(12)


def test_two_way_warns_of_lone_cohorts():
    lone = np.array([2004.0, *[2006.0] * 8, *[np.nan] * 15])
    fit = model().fit(panel_of(cohorts=lone), STREAM)
    assert any("Cohorts of one region (2004)" in str(note) for note in fit.notes)
