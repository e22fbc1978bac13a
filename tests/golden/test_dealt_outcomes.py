"""Cohorts dealt by dealing outcomes: every draw equals a fit of its own, and where it cannot, each draw is one."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.checks.permuted_study import shown_of
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.lp_did import LpDid
from ccd.estimate.did.stacked import Stacked
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.linear.dealt_outcomes import dealt_outcomes, weights_of
from ccd.estimate.linear.resample import p_value
from ccd.estimate.rows.deals import dealt
from ccd.panel import Panel
from ccd.results import Permutation
from ccd.streams import Stream
from tests.conftest import make_panel

STREAM = Stream(1, "m")
N, T = 20, 9
ALL = [
    (Imputation, "imputation", {}),
    (Gardner, "gardner", {}),
    (SunAbraham, "sun-abraham", {}),
    (Etwfe, "etwfe", {}),
    (Dcdh, "dcdh", {}),
    (Stacked, "stacked", {"window": (-2, 2)}),
    (Stacked, "stacked", {}),
    (CallawaySantAnna, "callaway-santanna", {}),
    (CallawaySantAnna, "callaway-santanna", {"control_group": "not-yet", "anticipation": 1}),
    (LpDid, "lp-did", {}),
    (LpDid, "lp-did", {"weighting": "equal", "control_group": "never"}),
]


def world(first=(2004, 2004, 2004, 2006, 2006, 2008), seed=3) -> Panel:
    rng = np.random.default_rng(seed)
    cohort = np.full(N, np.nan)
    cohort[: len(first)] = first
    entity, year = np.repeat(np.arange(N), T), np.tile(np.arange(2001, 2001 + T), N)
    y = rng.normal(size=(N, T)).cumsum(axis=1).ravel() + 0.4 * (year >= cohort[entity])
    columns = {"y": y, "x": rng.normal(size=N * T), "w": rng.uniform(1, 2, N)[entity]}
    names = [f"r{i:02d}" for i in entity]
    return make_panel(
        columns, names, year, cohort[entity], {"half": np.array([f"h{i // 2}" for i in entity])}
    )


def model(cls, name, **more):
    return cls(name="m", kind="did", estimator=name, outcome="y", policy="policy", **more)


@pytest.mark.parametrize(("cls", "name", "more"), ALL)
@pytest.mark.parametrize("first", [(2004, 2004, 2004, 2006, 2006, 2008), (2005, 2005, 2005, 2007)])
def test_every_draw_is_a_fit(cls, name, more, first):
    one = model(cls, name, **more)
    sample = one.sample(world(first))
    cohorts = dealt(sample, 12, STREAM)
    assert one.deals_outcomes(sample)
    at_once = np.column_stack(one.reassigned(sample, cohorts, STREAM))
    each = [one.effect(with_cohorts(sample, cohort), STREAM)[:2] for cohort in cohorts]
    np.testing.assert_allclose(at_once, each, rtol=1e-10, atol=1e-13)
    estimate, psi = one.scores(sample)
    effect = one.effect(sample, STREAM)
    np.testing.assert_allclose([estimate, np.sqrt(psi @ psi)], effect[:2], rtol=1e-10)


@pytest.mark.parametrize(("cls", "name", "more"), [ALL[0], ALL[2], ALL[7]])
def test_cohorts_that_an_estimate_leaves_out_add_nothing(cls, name, more):
    """A cohort that begins in the second year has no year before it with two years of anticipation."""
    one = model(cls, name, **({**more, "anticipation": 2} if cls is CallawaySantAnna else more))
    sample = one.sample(world((2003, 2003, 2005, 2005, 2007, 2007)))
    cohorts = dealt(sample, 8, STREAM)
    at_once = np.column_stack(one.reassigned(sample, cohorts, STREAM))
    each = [one.effect(with_cohorts(sample, cohort), STREAM)[:2] for cohort in cohorts]
    np.testing.assert_allclose(at_once, each, rtol=1e-10)


@pytest.mark.parametrize(("cls", "name"), [(SunAbraham, "sun-abraham"), (Etwfe, "etwfe"), (Dcdh, "dcdh")])
def test_without_a_never_treated_region(cls, name):
    one = model(cls, name)
    sample = one.sample(world(tuple([2004] * 7 + [2006] * 6 + [2008] * 7)))
    cohorts = dealt(sample, 8, STREAM)
    at_once = np.column_stack(one.reassigned(sample, cohorts, STREAM))
    each = [one.effect(with_cohorts(sample, cohort), STREAM)[:2] for cohort in cohorts]
    np.testing.assert_allclose(at_once, each, rtol=1e-10)


def test_the_p_is_that_of_the_loop_for_the_same_deals():
    one = model(Imputation, "imputation", permutation={"draws": 199})
    panel = world()
    found = one.fit(panel, STREAM)
    sample = one.sample(panel)
    drawn = [one.effect(with_cohorts(sample, c), STREAM) for c in dealt(sample, 199, STREAM)]
    t = np.array([e.estimate / e.std_error for e in drawn])
    assert found.p_values["permutation"] == p_value(found.leading.estimate / found.leading.std_error, t)


def test_few_treated_regions_get_4999_deals_where_they_are_made_at_once_and_999_where_not():
    panel = world()
    for more, draws in (({}, 4999), ({"controls": ("x",)}, 999)):
        one = model(Imputation, "imputation", **more)
        found = one.headline(panel, STREAM)
        assert one.own_deals(one.sample(panel)) == draws
        assert any(f"({draws} draws" in str(note) for note in found.notes)
    value = model(Dcdh, "dcdh").fit(panel, STREAM).value(Permutation)
    assert value is not None
    assert value.draws == 4999


@pytest.mark.parametrize(
    "more", [{"controls": ("x",)}, {"weight": "w"}, {"cluster": "half"}, {"drop": ()}], ids=str
)
def test_where_outcomes_cannot_be_dealt_each_draw_is_a_fit(more):
    panel = world()
    if "drop" in more:  # a hole
        panel = panel.rows(np.arange(N * T) != 5)
    one = model(Imputation, "imputation", **more)
    sample = one.sample(panel)
    assert not one.deals_outcomes(sample)
    cohorts = dealt(sample, 3, STREAM)
    each = [one.effect(with_cohorts(sample, cohort), STREAM)[:2] for cohort in cohorts]
    np.testing.assert_array_equal(np.column_stack(one.reassigned(sample, cohorts, STREAM)), each)


def test_dates_that_are_moved_are_no_deals():
    one = model(Imputation, "imputation")
    sample = one.sample(world())
    cohorts = np.vstack([sample.entity_cohort, sample.entity_cohort - 1])
    each = [one.effect(with_cohorts(sample, cohort), STREAM)[:2] for cohort in cohorts]
    np.testing.assert_array_equal(np.column_stack(one.reassigned(sample, cohorts, STREAM)), each)


def test_weights_are_read_off_by_cohort():
    """Two cohorts: the estimate is the difference of their means, psi each region's deviation over their number."""
    group, rng = np.array([0, 0, 0, 1, 1, 2]), np.random.default_rng(1)
    y = rng.normal(size=(6, 2))

    def fit(values):
        change, psi = values[:, 1] - values[:, 0], np.zeros(6)
        for side, sign in ((group == 0, 1), (group == 1, -1)):
            psi[side] = sign * (change[side] - change[side].mean()) / side.sum()
        return np.array([change[:3].mean() - change[3:5].mean()]), psi[:, None]

    found = weights_of(fit, group, 2)
    np.testing.assert_allclose(found.estimate[0], [[-1 / 3, 1 / 3], [1 / 2, -1 / 2], [0, 0]])
    deals = np.array([group, [2, 1, 0, 0, 1, 0]])
    (_, estimate, own), one = next(dealt_outcomes(found, y, deals)), fit(y)
    np.testing.assert_allclose(estimate[0], one[0])
    np.testing.assert_allclose(own[0], one[1])
    change = y[:, 1] - y[:, 0]
    np.testing.assert_allclose(estimate[1, 0], change[[2, 3, 5]].mean() - change[[1, 4]].mean())


@pytest.mark.parametrize(("cls", "name", "more"), ALL)
def test_all_that_stands_beside_the_headline_is_that_of_a_fit(cls, name, more, monkeypatch):
    one = model(cls, name, permutation={"draws": 0}, **more)
    sample = one.sample(world())
    shown = shown_of(one.estimate(sample, STREAM))
    assert len(shown.event_time)
    assert bool(shown.cells) == (cls not in (Stacked, LpDid))
    assert bool(shown.means) == (cls is not LpDid)
    cohorts = dealt(sample, 6, STREAM)
    assert one.at_once(sample)
    at_once = one.tables_reassigned(sample, shown, cohorts, STREAM)
    monkeypatch.setattr(cls, "tabled", False)
    each = one.tables_reassigned(sample, shown, cohorts, STREAM)
    for fast, slow in zip(at_once, each, strict=True):
        np.testing.assert_allclose(fast, slow, rtol=1e-8, atol=1e-12)
    assert np.isfinite(at_once.beta).all()


def test_the_pre_test_of_all_cells_is_that_of_a_fit(monkeypatch):
    one = model(CallawaySantAnna, "callaway-santanna", permutation={"draws": 0})
    sample = one.sample(world((2003, 2003, 2003, 2003, 2005, 2005, 2005, 2005)))
    shown = shown_of(one.estimate(sample, STREAM))
    cohorts = dealt(sample, 5, STREAM)
    at_once = one.tables_reassigned(sample, shown, cohorts, STREAM).before
    monkeypatch.setattr(CallawaySantAnna, "tabled", False)
    each = one.tables_reassigned(sample, shown, cohorts, STREAM).before
    assert np.isfinite(at_once).all()
    np.testing.assert_allclose(at_once, each, rtol=1e-8)
