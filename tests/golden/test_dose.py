"""Intensity and dose response by hand: weights, a straight line, errors by a plain loop, deals, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from pydantic import TypeAdapter, ValidationError

from ccd.bundled import bundled_rows
from ccd.errors import EstimationError
from ccd.estimate import Model
from ccd.estimate.did.dose_response.weights import slope_weights, weights_by_dose
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.doses import dealt_doses, redealt
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import DoseResponse, DoseWeights, EventStudy, Permutation
from ccd.streams import Stream

STREAM = Stream(1, "m")
QUIET = {"permutation": {"draws": 0}}


def made(n=60, t=6, cohorts=(2004,), noise=0.5, effect=lambda d: 1.5 * d, seed=1):
    """Return n regions in years from 2001 on, cohorts and never treated in turn, doses from .5 to 3."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(n), t), np.tile(np.arange(2001, 2001 + t), n)
    own = np.array([*cohorts, np.nan], float)[np.arange(n) % (len(cohorts) + 1)]
    dose = rng.uniform(0.5, 3.0, n)
    y = rng.normal(size=n)[entity] + 0.1 * (time - 2001) + noise * rng.normal(size=n * t)
    y = y + np.where(time >= own[entity], effect(dose[entity]), 0.0)
    columns = {"y": y, "dose": dose[entity], "wave": dose[entity] + 0.01 * time}
    return make_panel(columns, [f"r{i:03d}" for i in entity], time, own[entity])


def model(estimator="dose", **keys):
    section = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy", "intensity": "dose"}
    section = {key: one for key, one in {**section, **QUIET, **keys}.items() if one is not None}
    return TypeAdapter(Model).validate_python({**section, "estimator": estimator})


def fitted(panel, *named, **keys):
    return model(*named, **keys).fit(panel, STREAM)


def test_weights_by_hand():
    """Doses 0, 0, 1, 3: mean 1, variance 3/2; (2 - 1) 1/2 / (3/2) up to 1, (3 - 1) 1/4 / (3/2) from there to 3."""
    dose = np.array([0.0, 3.0, 0.0, 1.0])
    np.testing.assert_allclose(slope_weights(dose, np.array([0.5, 1.0, 2.0, 3.0])), 1 / 3)
    found = weights_by_dose(dose)
    np.testing.assert_allclose(found.share, [1 / 3, 2 / 3])
    assert found.at.tolist() == [1, 3]
    assert found.regions.tolist() == [1, 1]
    sized = weights_by_dose(dose, np.array([2.0, 2.0, 1.0, 1.0]))
    np.testing.assert_allclose(sized.share, weights_by_dose(np.array([0.0, 0, 0, 1, 3, 3])).share)


def test_the_coefficient_is_the_weighted_mean_of_steps():
    panel = made(effect=lambda d: np.sin(2 * d))
    found = fitted(panel, "twfe")
    weights = found.value(DoseWeights)
    y = panel.frame["y"].to_numpy().reshape(60, 6)
    change = y[:, 3:].mean(axis=1) - y[:, :3].mean(axis=1)
    dose = np.where(panel.cohort("policy").notna(), panel.frame["dose"].to_numpy()[::6], 0.0)
    level = [change[dose == d].mean() for d in (0.0, *weights.at)]
    slope = np.diff(level) / np.diff(weights.at, prepend=0.0)
    assert weights.share.sum() == pytest.approx(1)
    assert found.leading.estimate == pytest.approx(weights.share @ slope, abs=1e-12)
    assert found.details["intensity"] == "dose"
    assert str(found.headline) == "policy x dose"


def test_event_study_of_an_intensity_is_dummies_times_the_dose():
    panel = made(cohorts=(2003, 2005))
    study = fitted(panel, "twfe").value(EventStudy)
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    event, dose = panel.years - start, panel.frame["dose"].to_numpy()
    shown = [e for e in study.event_time.tolist() if e != -1]
    dummies = [pd.get_dummies(codes).to_numpy(float) for codes in (panel.entity_codes, panel.years)]
    x = np.column_stack([*((event == e) * dose for e in shown), *dummies])
    beta = np.linalg.lstsq(x, panel.frame["y"].to_numpy(), rcond=None)[0][: len(shown)]
    np.testing.assert_allclose(study.estimate[study.event_time != -1], beta, atol=1e-10)


def test_a_straight_line_is_found():
    found = fitted(made(noise=0.0, cohorts=(2003, 2005)))
    curve = found.value(DoseResponse)
    np.testing.assert_allclose(curve.estimate, 1.5 * curve.at, atol=1e-10)
    np.testing.assert_allclose(curve.slope, 1.5, atol=1e-9)
    assert curve.at[[0, -1]].tolist() == curve.doses[[0, -1]].tolist()
    assert found.terms.estimate == pytest.approx([1.5 * curve.doses.mean(), 1.5])
    assert [str(one) for one in found.terms.term] == ["policy", "policy slope"]


@pytest.mark.parametrize("knots", [0, 2])
def test_curve_and_errors_by_a_plain_loop(knots):
    """Truncated powers span the same cubic splines; HC0 of the treated and the variance of the never treated mean."""
    panel = made()
    found = fitted(panel, knots=knots)
    curve = found.value(DoseResponse)
    y = panel.frame["y"].to_numpy().reshape(60, 6)
    change, dose = y[:, 3:].mean(axis=1) - y[:, 2], panel.frame["dose"].to_numpy()[::6]
    treated = panel.cohort("policy").notna().to_numpy()
    inner = np.quantile(dose[treated], np.linspace(0, 1, knots + 2)[1:-1])

    def powers(d, order):
        one = [np.ones_like(d), d, d**2, d**3] if order == 0 else [0 * d, 0 * d + 1, 2 * d, 3 * d**2]
        more = [np.maximum(d - k, 0) ** (3 - order) * (3 if order else 1) for k in inner]
        return np.column_stack([*one, *more])

    x = powers(dose[treated], 0)
    gap = change[treated] - change[~treated].mean()
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ gap
    resid = gap - x @ beta
    v = bread @ sum(e**2 * np.outer(r, r) for e, r in zip(resid, x, strict=True)) @ bread
    j, n0 = bread @ x.sum(axis=0), (~treated).sum()
    v = v + np.outer(j, j) * change[~treated].var() / n0
    for order, (estimate, error) in enumerate(
        [(curve.estimate, curve.std_error), (curve.slope, curve.slope_std_error)]
    ):
        at = powers(curve.at, order)
        np.testing.assert_allclose(estimate, at @ beta, rtol=1e-6)
        np.testing.assert_allclose(error, np.sqrt(np.einsum("ij,jk,ik->i", at, v, at)), rtol=1e-6)
    slope = powers(dose[treated], 1).mean(axis=0)
    both = change[treated].var() / treated.sum() + change[~treated].var() / n0
    np.testing.assert_allclose(found.terms.estimate, [gap.mean(), slope @ beta], rtol=1e-7)
    np.testing.assert_allclose(found.terms.std_error, np.sqrt([both, slope @ v @ slope]), rtol=1e-7)


def test_clusters_sum_influences():
    panel = made()
    pairs = pd.DataFrame({"pair": [f"p{i // 4}" for i in panel.entity_codes]}, index=panel.frame.index)
    paired = replace(panel, groups=pairs)
    found, alone = fitted(paired, cluster="pair"), fitted(panel)
    assert found.clusters == (15,)
    assert found.leading.estimate == alone.leading.estimate
    assert found.leading.std_error != alone.leading.std_error
    sample = model(cluster="pair").sample(paired)
    one = model(cluster="pair")
    cohorts = dealt(sample, 6, STREAM)
    estimate, error = one.reassigned_terms(sample, cohorts, STREAM)
    plain = model().reassigned_terms(model().sample(panel), cohorts, STREAM)
    np.testing.assert_allclose(estimate, plain[0], rtol=1e-9)
    assert (np.abs(error / plain[1] - 1) > 1e-6).any()


def test_doses_are_dealt_with_their_cohorts():
    panel = made(cohorts=(2003, 2005))
    sample = model().sample(panel)
    cohorts = dealt(sample, 50, STREAM)
    doses = dealt_doses(sample, cohorts, STREAM)
    assert ((doses == 0) == np.isnan(cohorts)).all()
    own = sample.entity_cohort
    for g in (2003, 2005):
        want = np.sort(sample.entity_dose[own == g])
        for cohort, dose in zip(cohorts, doses, strict=True):
            assert np.sort(dose[cohort == g]).tolist() == want.tolist()
    assert len(np.unique(doses[:, 0])) > 10
    assert np.array_equal(doses, dealt_doses(sample, cohorts, STREAM))
    moved = np.where(cohorts == 2003, 2002.0, cohorts)  # dates drawn anew: all doses among all treated
    pooled = dealt_doses(sample, moved, STREAM)
    assert (np.sort(pooled, axis=1) == np.sort(doses, axis=1)).all()
    fewer = cohorts.copy()
    fewer[0, np.flatnonzero(np.isfinite(fewer[0]))[0]] = np.nan
    lost = dealt_doses(sample, fewer, STREAM)
    assert np.isnan(lost[0]).any()
    assert np.isfinite(lost[1:]).all()


def test_doses_stay_in_their_strata():
    sample = model().sample(made(n=80))
    strata = (np.arange(80) >= 40).astype(np.intp)
    cohorts = dealt(sample, 20, STREAM, strata)
    doses = dealt_doses(sample, cohorts, STREAM, strata)
    for s in (0, 1):
        known = np.isfinite(sample.entity_cohort) & (strata == s)
        want = np.sort(sample.entity_dose[known])
        for cohort, dose in zip(cohorts, doses, strict=True):
            assert np.sort(dose[np.isfinite(cohort) & (strata == s)]).tolist() == want.tolist()


@pytest.mark.parametrize("named", ["dose", "twfe"])
def test_draws_are_fits_on_dealt_regions(named):
    one = model(named, **({"knots": 1} if named == "dose" else {}))
    sample = one.sample(made(cohorts=(2003, 2005)))
    cohorts = dealt(sample, 8, STREAM)
    estimate, error = one.reassigned(sample, cohorts, STREAM)
    each = [one.effect(drawn, STREAM) for drawn in redealt(sample, cohorts, STREAM)]
    np.testing.assert_allclose(estimate, [e.estimate for e in each], rtol=1e-9)
    np.testing.assert_allclose(error, [e.std_error for e in each], rtol=1e-9)


def test_permutation_leads_both_terms_and_the_curve():
    panel = made(n=40)
    found = fitted(panel, permutation={"draws": 199})
    plain = fitted(panel)
    assert found.headline_p == "permutation"
    drawn = found.value(Permutation)
    assert drawn.beside.shape == (199, 1)
    t = np.abs(found.terms.statistic[1])
    assert found.terms.p_value[1] == (1 + (np.abs(drawn.beside[:, 0]) >= t).sum()) / 200
    curve, alone = found.value(DoseResponse), plain.value(DoseResponse)
    assert np.array_equal(curve.estimate, alone.estimate)
    assert np.isfinite(curve.slope_conf_low).all()
    assert not np.allclose(curve.conf_low, alone.conf_low)
    assert found.value(EventStudy).pretrend.p_analytic is not None


def test_the_policy_names_the_intensity():
    panel = replace(made(), intensities={"policy": "dose"})
    assert fitted(panel, intensity=None).terms.estimate.tolist() == fitted(panel).terms.estimate.tolist()
    with pytest.raises(EstimationError, match="names an intensity"):
        fitted(made(), intensity=None)


def changed(column):
    panel = made()
    return panel.with_columns(pd.DataFrame({"dose": column(panel)}, index=panel.frame.index))


REFUSED = {
    "changes over the years": lambda p: p.frame["wave"],
    "is missing in treated": lambda p: p.frame["dose"].where(p.entity_codes != 0),
    "is negative": lambda p: p.frame["dose"] - 2,
    "is 0 in treated": lambda p: p.frame["dose"].where(p.entity_codes != 0, 0.0),
    "is the same": lambda p: 0 * p.frame["dose"] + 2,
    "do not tell the columns": lambda p: p.entity_codes % 3 + 1.0,
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_no_dose_is_refused(said):
    with pytest.raises(EstimationError, match=said):
        fitted(changed(REFUSED[said]))


def test_never_treated_need_no_dose_and_an_intensity_of_0_is_one():
    panel = made()
    blank = changed(lambda p: p.frame["dose"].where(p.entity_codes % 2 == 0))
    assert fitted(blank).terms.estimate.tolist() == fitted(panel).terms.estimate.tolist()
    zero = changed(lambda p: p.frame["dose"].where(p.entity_codes != 0, 0.0))
    assert np.isfinite(fitted(zero, "twfe").leading.std_error)


def test_small_cohorts_gaps_and_heaps_are_refused():
    with pytest.raises(EstimationError, match=r"needs 14 treated regions in each cohort.*2004 \(13\)"):
        fitted(made(n=26))
    assert fitted(made(n=28)).details["columns"] == 4
    with pytest.raises(EstimationError, match="needs 16"):
        fitted(made(n=28), knots=2)
    panel = made()
    with pytest.raises(EstimationError, match="not seen in every year"):
        fitted(panel.rows(np.arange(len(panel.frame)) != 7))
    with pytest.raises(EstimationError, match="never treated"):
        staggered = made(cohorts=(2003, 2005))
        fitted(staggered.rows(staggered.cohort("policy").notna().to_numpy()[staggered.entity_codes]))
    with pytest.raises(EstimationError, match="fall together"):
        fitted(changed(lambda p: np.where(p.entity_codes < 50, 1.0, p.frame["dose"])), knots=3)


@pytest.mark.parametrize("keys", [{"mechanism": ("y",)}, {"moderator": "y"}])
def test_an_intensity_goes_without_channels(keys):
    with pytest.raises(ValidationError, match="on or off"):
        model("twfe", **keys)


@pytest.mark.parametrize("named", ["dose", "twfe"])
def test_views_show_curve_and_weights(named):
    found = fitted(made(), named)
    ctx = Context().of(found)
    shape = {"dose": "dose", "twfe": "dose_weights"}[named]
    part = found.part(shape)
    view = VIEWS[shape]
    table = view.table(part, ctx)
    assert len(table.rows) == (11 if named == "dose" else len(part.value.at))
    drawn = view.figure(part, ctx)
    assert drawn is not None
    assert len(drawn.axes) == (4 if named == "dose" else 1)
    assert str(view.caption(part, ctx))


def test_bundled_zone_cities_are_counted_in_the_registry():
    listed = [row["province_adcode"] for row in bundled_rows("policies.csv") if row["policy"] == "niidz"]
    counts = {row["adcode"]: int(row["zone_cities"]) for row in bundled_rows("zone_cities.csv")}
    assert counts == {code: listed.count(code) for code in counts}
    assert sum(counts.values()) == len(listed)
