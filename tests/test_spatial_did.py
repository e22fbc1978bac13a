"""Difference-in-differences with neighbours: slow roads to the same numbers, rings by hand, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ccd.errors import DataError, EstimationError
from ccd.estimate.autoregressive.impacts import Multiplier
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.spatial.bands import Bands, entered
from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.did.spatial.rings import Rings
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.estimate.did.twfe import Twfe
from ccd.panel import Panel
from ccd.results import BandMap, Comparison, EventStudies, Impacts, Permutation, RingEffects
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream

STREAM = Stream(5, "m")
YEARS = np.arange(2001, 2010)


def line(n: int) -> np.ndarray:
    return np.eye(n, k=1) + np.eye(n, k=-1)


def panel(
    n: int = 14, *, spill: float = 0.0, noise: float = 0.3, seed: int = 2, raw: np.ndarray | None = None
) -> Panel:
    """Regions on the equator, a degree apart; r001, r007 treated from 2004, r010 from 2006; x a control."""
    names, rng = tuple(f"r{i:03}" for i in range(n)), np.random.default_rng(2)
    cohort = pd.Series(np.nan, index=list(names))
    cohort[["r001", "r007"]], cohort["r010"] = 2004.0, 2006.0
    d = (cohort.to_numpy()[:, None] <= YEARS).astype(float)
    w = line(n) / line(n).sum(axis=1, keepdims=True)
    near = (w @ d > 0) & (d == 0)
    x = rng.normal(size=(n, len(YEARS)))
    y = (
        d
        + spill * near
        + 0.5 * x
        + rng.normal(size=(n, 1))
        + rng.normal(size=len(YEARS))
        + noise * rng.normal(size=d.shape)
    )
    index = pd.MultiIndex.from_product([names, YEARS], names=["region", "year"])
    frame = pd.DataFrame(
        {"y": y.ravel(), "x": x.ravel(), "lon": np.repeat(np.arange(n, dtype=float), len(YEARS)), "lat": 0.0},
        index=index,
    )
    frame["lon"], frame["lat"] = np.repeat(np.arange(n, dtype=float), len(YEARS)), 0.0
    weights = SpatialWeights("w", "matrix", names, sparse.csr_array(line(n) if raw is None else raw))
    return Panel(frame, pd.DataFrame(index=index), {"p": cohort}, weights={"w": weights})


def asked(kind: type, **keys: object):
    base = {"name": "m", "kind": "did", "outcome": "y", "policy": "p", **keys}
    return kind.model_validate(base)


def slx(**keys: object) -> SpatialSlxDid:
    return asked(SpatialSlxDid, estimator="slx", weights="w", **keys)


def lagged(estimator: str = "sdm", **keys: object) -> SpatialLagDid:
    return asked(SpatialLagDid, estimator=estimator, weights="w", **keys)


def rings(**keys: object) -> Rings:
    return asked(Rings, **{"estimator": "rings", "lon": "lon", "lat": "lat", "edges": (120.0,), **keys})


@pytest.mark.parametrize("exposure", ["share", "any"])
def test_slx_is_twfe_with_a_column_more(exposure):
    data = panel(spill=0.4)
    model = slx(exposure=exposure, controls=("x",))
    sample = model.sample(data)
    found = model.estimate(sample, STREAM)
    d = sample.treated.reshape(14, -1).astype(float)
    near = data.weights["w"].matrix.toarray() @ d
    near = near > 0 if exposure == "any" else near
    wider = data.with_columns(pd.DataFrame({"near": near.ravel().astype(float)}, index=data.frame.index))
    twfe = asked(Twfe, controls=("near", "x"))
    same = twfe.estimate(twfe.sample(wider), STREAM)
    assert found.terms.estimate == pytest.approx(same.terms.estimate)
    assert found.terms.std_error == pytest.approx(same.terms.std_error)
    assert [str(term) for term in found.terms.term] == ["p", "p_neighbours", "x"]


@pytest.mark.parametrize("exposure", ["share", "any"])
def test_draws_of_slx_are_fits(exposure):
    data, model = panel(), slx(exposure=exposure, controls=("x",))
    sample = model.sample(data)
    cohorts = np.random.default_rng(0).permuted(np.tile(sample.entity_cohort, (7, 1)), axis=1)
    estimate, error = model.reassigned_terms(sample, cohorts, STREAM)
    for r, cohort in enumerate(cohorts):
        one = model.estimate(with_cohorts(sample, cohort), STREAM)
        assert estimate[r] == pytest.approx(one.terms.estimate[:2])
        assert error[r] == pytest.approx(one.terms.std_error[:2])


@pytest.mark.parametrize("estimator", ["sar", "sdm"])
def test_draws_of_a_lag_are_fits_and_impacts_are_those_of_the_likelihood(estimator):
    data, model = panel(), lagged(estimator, controls=("x",))
    sample = model.sample(data)
    spectrum = model.among_spectrum(sample)
    found = model.estimate(sample, STREAM)
    fit, _ = model.likelihood(sample, spectrum)
    inverse, trace, total, _ = Multiplier(spectrum).at(fit.rho)
    h = fit.beta[1] if estimator == "sdm" else 0.0
    direct, whole = fit.beta[0] * inverse + h * trace, (fit.beta[0] + h) * total
    assert found.terms.estimate == pytest.approx([direct, whole - direct, whole], rel=1e-7)
    assert found.value(Impacts).estimate == pytest.approx(found.terms.estimate, rel=1e-7)
    assert found.details["rho"] == pytest.approx(fit.rho, abs=1e-9)
    cohorts = np.random.default_rng(0).permuted(np.tile(sample.entity_cohort, (5, 1)), axis=1)
    estimate, error = model.reassigned_terms(sample, cohorts, STREAM)
    for r, cohort in enumerate(cohorts):
        one = model.estimate(with_cohorts(sample, cohort), STREAM)
        assert estimate[r] == pytest.approx(one.terms.estimate)
        assert error[r] == pytest.approx(one.terms.std_error)


def test_the_error_is_that_of_clustered_least_squares_with_rho_held():
    data, model = panel(), lagged("sdm")
    sample = model.sample(data)
    found = model.estimate(sample, STREAM)
    w, rho = data.weights["w"].matrix.toarray(), float(found.details["rho"])  # type: ignore[arg-type]
    y, d = sample.y.reshape(14, -1), sample.treated.reshape(14, -1).astype(float)
    held = data.with_columns(
        pd.DataFrame({"y": (y - rho * w @ y).ravel(), "near": (w @ d).ravel()}, index=data.frame.index)
    )
    twfe = asked(Twfe, controls=("near",))
    same = twfe.estimate(twfe.sample(held), STREAM)
    inverse, trace, total, _ = Multiplier(Spectrum(data.weights["w"], "here")).at(rho)
    load = np.array([[inverse, trace], [total - inverse, total - trace], [total, total]])
    assert found.terms.estimate == pytest.approx(load @ same.terms.estimate)
    assert found.terms.std_error == pytest.approx(np.sqrt(np.diag(load @ same.covariance @ load.T)))


def test_the_permutation_leads_every_term_of_the_policy():
    found = lagged("sdm", permutation={"draws": 99}, wild={"draws": 49}).fit(panel(), STREAM)
    assert found.headline_p == "permutation"
    part = found.value(Permutation)
    assert part.beside.shape == (99, 2)
    t = found.terms.estimate[2] / found.terms.std_error[2]
    assert found.terms.p_value[2] == pytest.approx(
        (1 + np.sum(np.abs(part.beside[:, 1]) >= abs(t) - 1e-8)) / 100
    )
    assert found.terms.p_analytic is not None
    assert {"direct", "indirect", "total"} <= set(found.details["wild"])  # type: ignore[arg-type]


def test_the_means_over_cells_are_those_of_the_dense_inverse():
    data, model = panel(), lagged("sdm")
    sample = model.sample(data)
    found = model.estimate(sample, STREAM)
    fit, _ = model.likelihood(sample, model.among_spectrum(sample))
    w, d = data.weights["w"].matrix.toarray(), sample.treated.reshape(14, -1).astype(float)
    reached = np.linalg.solve(np.eye(14) - fit.rho * w, fit.beta[0] * d + fit.beta[1] * w @ d)
    assert found.details["effect_on_treated_cells"] == pytest.approx(reached[d > 0].mean())
    assert found.details["effect_on_untreated_cells"] == pytest.approx(reached[d == 0].mean())


def test_bands_by_hand():
    apart = np.abs(np.arange(6)[:, None] - np.arange(6)).astype(float)
    bands = Bands(apart, np.array([1.0, 2.0]), 1.0, np.full(6, np.inf))
    cohort = np.array([2002.0, np.nan, np.nan, np.nan, np.nan, 2003.0])
    states = bands.states(cohort, np.array([2001.0, 2002.0, 2003.0]))
    assert states.tolist() == [[-1, 0, 0], [-1, 1, 1], [-1, 2, 2], [-1, -2, 2], [-1, -1, 1], [-1, -1, 0]]
    since = entered(states, np.array([2001.0, 2002.0, 2003.0]), 2)
    assert since[2].tolist()[1:] == [0, 1] and since[3, 2] == 0 and np.isnan(since[0]).all()
    near = Bands(apart, np.array([1.0]), 0.0, np.array([1.0, np.inf, np.inf, np.inf, np.inf, np.inf]))
    assert near.states(cohort, np.array([2001.0]))[0, 0] == 1


def test_rings_are_means_of_what_clean_cells_do_not_explain():
    data = panel(spill=0.6)
    model = rings(controls=("x",))
    found = model.fit(data, STREAM)
    sample = model.sample(data)
    state = model.states(sample, model.bands(sample))
    clean = state == -1
    dummies = pd.get_dummies(data.frame.index.to_frame().astype(str)).to_numpy(dtype=float)
    z = np.column_stack([dummies, data.frame["x"]])
    tau = sample.y - z @ np.linalg.lstsq(z[clean], sample.y[clean], rcond=None)[0]
    assert found.terms.estimate == pytest.approx([tau[state == 0].mean(), tau[state == 1].mean()])
    value = found.value(RingEffects)
    assert value.ring == ("treated", "0-120") and value.cells.tolist() == [16, 32]
    assert value.regions.tolist() == [3, 6]
    assert value.p_value == pytest.approx(found.terms.p_value[:2])
    assert value.conf_low == pytest.approx(found.terms.conf_low[:2])
    twfe = found.value(Comparison)
    x = np.column_stack([state == 0, state == 1, data.frame["x"], dummies]).astype(float)
    assert twfe.estimate[2:] == pytest.approx(np.linalg.lstsq(x, sample.y, rcond=None)[0][:2])
    assert set(found.value(BandMap).band) == {"treated", "0-120", "clean"}
    studies = found.value(EventStudies)
    assert studies.event_time.tolist() == [0, 1, 2, 3, 4, 5]
    near = np.array([2004, 0, 2004, 0, 0, 0, 2004, 0, 2004, 2006, 0, 2006, 0, 0])[sample.entity]
    same = [tau[(state == 1) & (sample.years - near == e)].mean() for e in range(6)]
    assert studies.estimate == pytest.approx(same)


def test_a_true_spillover_radiates_and_none_does_not():
    strong = rings(permutation={"draws": 0}).fit(panel(30, spill=2.0, noise=0.2), STREAM)
    assert strong.value(RingEffects).sign == ("+", "+")
    drained = rings(permutation={"draws": 0}).fit(panel(30, spill=-2.0, noise=0.2), STREAM)
    assert drained.value(RingEffects).sign[1] == "-"


def test_orders_of_neighbours_are_rings_too():
    by_order, by_km = rings(weights="w", edges=(1.0,), lon=None, lat=None), rings()
    a, b = by_order.fit(panel(), STREAM), by_km.fit(panel(), STREAM)
    assert a.terms.estimate == pytest.approx(b.terms.estimate)
    assert "borders away" in str(a.terms.term[1].words)


def test_regions_treated_throughout_draw_rings_where_asked():
    data = panel()
    cohort = data.cohorts["p"].copy()
    cohort["r013"] = 2000.0
    data = Panel(data.frame, data.groups, {"p": cohort}, weights=data.weights)
    count = {s: rings(sources=s).fit(data, STREAM).value(RingEffects) for s in ("sample", "all")}
    assert count["sample"].cells[1] == 32
    sample = rings(sources="all").sample(data)
    state = rings(sources="all").states(sample, rings(sources="all").bands(sample)).reshape(13, -1)
    assert (state[12] == 1).all()  # next to r013 in every year


def test_no_clean_control_is_refused():
    with pytest.raises(EstimationError, match="no clean region is left in 2004"):
        rings(edges=(2000.0,)).foresee(panel())


def test_a_donut_leaves():
    model = rings(donut=150.0)
    found = model.fit(panel(), STREAM)
    assert "donut" in found.value(BandMap).band
    assert any("beyond the last edge" in str(note) for note in found.notes)


def test_gaps_and_islands_are_foreseen():
    data = panel()
    data.frame.loc[("r003", 2005), "y"] = np.nan
    with pytest.raises(EstimationError, match="r003 2005 has no 'y'"):
        slx().foresee(data)
    lonely = line(14)
    lonely[13] = lonely[:, 13] = 0
    with pytest.raises(DataError, match="r013"):
        lagged().foresee(panel(raw=lonely))


def test_headline_is_that_of_fit():
    model = lagged("sar", permutation={"draws": 49})
    assert model.headline(panel(), STREAM).leading == model.fit(panel(), STREAM).leading


def test_controls_without_treated_neighbours():
    data = panel(spill=0.5)
    by_weights = asked(Twfe, spillover={"weights": "w"})
    by_distance = asked(Twfe, spillover={"within": 120.0, "lon": "lon", "lat": "lat"})
    sample = by_weights.sample(data)
    # r000, r002, r006, r008 from 2004 and r009, r011 from 2006 leave
    assert len(sample.y) == 14 * 9 - 4 * 6 - 2 * 4
    assert by_distance.sample(data).y == pytest.approx(sample.y)
    near = pd.Series(np.nan, index=list(data.entities))
    near[["r000", "r002", "r006", "r008"]], near[["r009", "r011"]] = 2004.0, 2006.0
    known = Panel(data.frame, data.groups, {**data.cohorts, "near": near}, weights=data.weights)
    by_policy = asked(Twfe, spillover={"policy": "near"})
    assert by_policy.sample(known).y == pytest.approx(sample.y)
    assert asked(Imputation, estimator="imputation", spillover={"weights": "w"}).sample(
        data
    ).y == pytest.approx(sample.y)


def test_neighbours_may_have_a_term_of_their_own():
    data = panel(spill=0.5)
    model = asked(Twfe, spillover={"weights": "w", "how": "flag"})
    found = model.estimate(model.sample(data), STREAM)
    assert [str(term) for term in found.terms.term] == ["p", "p_neighbours"]
    assert found.terms.estimate[1] == pytest.approx(0.5, abs=0.3)
    with pytest.raises(ValueError, match="goes with twfe"):
        asked(Imputation, estimator="imputation", spillover={"weights": "w", "how": "flag"})
    with pytest.raises(ValueError, match="one of policy, weights and within"):
        asked(Twfe, spillover={"weights": "w", "within": 3.0})
