"""Two-way least squares and its errors: against dummies, linearmodels and statsmodels, and closed forms."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import make_panel
from linearmodels.panel import PanelOLS

from ccd.errors import EstimationError
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.absorb import distinct, residualise
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.grid import shape_of
from ccd.estimate.linear.hac import conley, driscoll_kraay, near
from ccd.estimate.linear.ols import codes, demean, least_squares
from ccd.estimate.linear.vcov import hc1, nested, parameters, positive
from ccd.space.distance import distances, pairs_within
from ccd.streams import Stream


def panel_of(seed=3, n=24, t=8, missing=0, cohorts=(2004.0, 2006.0, np.nan)):
    """A staggered panel with heteroskedastic, serially correlated errors; ``missing`` rows leave at random."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(n), t), np.tile(np.arange(2001, 2001 + t), n)
    start = np.repeat(np.resize(cohorts, n), t)
    x = rng.normal(size=(n * t, 2)) + 0.3 * rng.normal(size=n)[entity][:, None]
    e = rng.normal(size=n * t) * (1 + 0.5 * (time >= start)) + rng.normal(size=n)[entity]
    y = 0.4 * (time >= start) + x @ [0.3, -0.2] + 0.05 * time + e
    keep = np.sort(rng.permutation(n * t)[missing:])
    lon, lat = rng.uniform(100, 120, n)[entity], rng.uniform(25, 40, n)[entity]
    columns = {"y": y, "x1": x[:, 0], "x2": x[:, 1], "w": rng.uniform(0.5, 2, n * t), "lon": lon, "lat": lat}
    return make_panel(
        {k: v[keep] for k, v in columns.items()},
        [f"r{i:02d}" for i in entity[keep]],
        time[keep],
        start[keep],
        {"province": np.array([f"p{i // 4}" for i in entity])[keep]},
    )


def model(**keys) -> Twfe:
    keys = {"controls": ("x1", "x2"), "permutation": {"draws": 0}, **keys}
    return Twfe(name="m", kind="did", outcome="y", policy="policy", **keys)


def regressors(panel) -> pd.DataFrame:
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    frame = panel.frame[["x1", "x2"]].copy()
    frame.insert(0, "policy", (panel.years >= start).astype(float))
    return frame


def dummies(panel, *more) -> np.ndarray:
    """Regressors, then a constant and all but one dummy of region, year and ``more``."""
    blocks = [regressors(panel).to_numpy(), np.ones((len(panel.frame), 1))]
    for group in (panel.entity_codes, codes(panel.years), *more):
        blocks.append(np.eye(group.max() + 1)[group][:, 1:])
    return np.column_stack(blocks)


@pytest.mark.parametrize("missing", [0, 30])
@pytest.mark.parametrize("weight", [None, "w"])
def test_estimates_are_those_of_linearmodels_and_errors_differ_by_the_known_factor(missing, weight):
    panel = panel_of(missing=missing)
    estimate = model(weight=weight).fit(panel, Stream(0, "m"))
    frame = panel.frame.set_axis(panel.frame.index.set_names(["i", "t"]))
    weights = {} if weight is None else {"weights": frame["w"]}
    peer = PanelOLS(
        frame["y"], regressors(panel).set_axis(frame.index), entity_effects=True, time_effects=True, **weights
    ).fit(cov_type="clustered", cluster_entity=True)
    assert estimate.terms.frame()["estimate"].to_numpy() == pytest.approx(peer.params.to_numpy(), abs=1e-10)
    n, g = len(panel.frame), len(panel.entities)
    t = len(panel.times)
    nested_k, peer_k = 3 + 1 + (t - 1), 3 + (g + t - 1)
    assert estimate.summary()["k"] == nested_k
    # PanelOLS: G/(G-1) is off by default, its df counts the nested region effects
    peer_factor, own = n / (n - peer_k), g / (g - 1) * (n - 1) / (n - nested_k)
    expected = peer.std_errors.to_numpy() * np.sqrt(own / peer_factor)
    assert estimate.terms.frame()["std_error"].to_numpy() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("missing", [0, 30])
@pytest.mark.parametrize(("kind", "cov"), [("hc1", "HC1"), ("iid", "nonrobust")])
def test_hc1_and_iid_are_those_of_statsmodels_on_dummies(missing, kind, cov):
    panel = panel_of(missing=missing)
    estimate = model(vcov=kind).fit(panel, Stream(0, "m"))
    peer = sm.OLS(panel.column("y"), dummies(panel)).fit(cov_type=cov)
    assert estimate.terms.frame()["estimate"].to_numpy() == pytest.approx(peer.params[:3], abs=1e-10)
    assert estimate.terms.frame()["std_error"].to_numpy() == pytest.approx(peer.bse[:3], rel=1e-9)


def brute_cluster(panel, x, groups, k):
    """One-way sandwich of the dummy regression by a plain loop over clusters."""
    y = panel.column("y")
    bread = np.linalg.pinv(x.T @ x, rcond=1e-10, hermitian=True)  # dummies of nested effects are collinear
    e = y - x @ (bread @ (x.T @ y))
    meat = sum(
        np.outer(x[groups == g].T @ e[groups == g], x[groups == g].T @ e[groups == g])
        for g in np.unique(groups)
    )
    return (bread @ meat @ bread)[:3, :3], len(np.unique(groups))


@pytest.mark.parametrize("missing", [0, 30])
def test_coarser_clusters(missing):
    panel = panel_of(missing=missing)
    estimate = model(cluster="province").fit(panel, Stream(0, "m"))
    province = codes(panel.group("province").to_numpy())
    n, k = len(panel.frame), 3 + 1 + len(panel.times) - 1
    matrix, g = brute_cluster(panel, dummies(panel), province, k)
    factor = g / (g - 1) * (n - 1) / (n - k)
    assert estimate.terms.frame()["std_error"].to_numpy() == pytest.approx(
        np.sqrt(factor * np.diag(matrix)), rel=1e-8
    )
    assert estimate.summary()["clusters"] == [6]


@pytest.mark.parametrize("missing", [0, 30])
def test_two_way_clusters_are_v1_plus_v2_less_v12(missing):
    panel = panel_of(missing=missing)
    estimate = model(cluster=("region", "year")).fit(panel, Stream(0, "m"))
    x, n = dummies(panel), len(panel.frame)
    first, g1 = brute_cluster(panel, x, panel.entity_codes, 0)
    second, g2 = brute_cluster(panel, x, panel.years, 0)
    both, _ = brute_cluster(panel, x, np.arange(n), 0)
    g, k = min(g1, g2), 3 + 1  # region nested in the first, year in the second
    matrix = g / (g - 1) * (n - 1) / (n - k) * (first + second - both)
    values, vectors = np.linalg.eigh(matrix)
    matrix = (vectors * np.clip(values, 0, None)) @ vectors.T
    assert estimate.terms.frame()["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(matrix)), rel=1e-8)
    assert estimate.summary()["df"] == g - 1


@pytest.mark.parametrize("missing", [0, 30])
def test_two_way_demeaning_is_the_residual_on_dummies(missing):
    panel = panel_of(missing=missing)
    effects = [panel.entity_codes, codes(panel.years)]
    raw = panel.frame[["y", "x1"]].to_numpy()
    w = panel.column("w")
    d = np.column_stack([np.eye(e.max() + 1)[e] for e in effects])
    for weight in (None, w):
        root = np.ones(len(w)) if weight is None else np.sqrt(w)
        slope = np.linalg.lstsq(d * root[:, None], raw * root[:, None], rcond=None)[0]
        assert demean(raw, effects, weight) == pytest.approx(raw - d @ slope, abs=1e-10)


@pytest.mark.parametrize("missing", [0, 30])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("trend", [False, True])
def test_any_number_of_effects_and_trends_are_projected_out(missing, weighted, trend):
    panel = panel_of(missing=missing, n=20)
    province = codes(panel.group("province").to_numpy())
    year = codes(panel.years)
    effects = [panel.entity_codes, year, codes(province * 100 + year)]
    raw, w = panel.frame[["y", "x1"]].to_numpy(), panel.column("w")
    blocks = [np.eye(e.max() + 1)[e] for e in effects]
    if trend:
        blocks.append(blocks[0] * (panel.years - 2004)[:, None])
    d, root = np.column_stack(blocks), np.sqrt(w) if weighted else np.ones(len(w))
    slope = np.linalg.lstsq(d * root[:, None], raw * root[:, None], rcond=None)[0]
    found = residualise(raw, effects, w if weighted else None, panel.years.astype(float) if trend else None)
    assert found == pytest.approx(raw - d @ slope, abs=1e-9)


def test_effects_implied_by_finer_ones_are_not_counted_twice():
    panel = panel_of()
    province, year = codes(panel.group("province").to_numpy()), codes(panel.years)
    crossed = codes(province * 100 + year)
    assert len(distinct([panel.entity_codes, year, crossed])) == 2
    assert len(distinct([panel.entity_codes, year, year])) == 2
    assert len(distinct([panel.entity_codes, year])) == 2
    assert nested(panel.entity_codes, province)
    assert not nested(province, panel.entity_codes)
    # region nested in the cluster; province x year (6 x 8 levels) stands for year
    assert parameters(3, distinct([panel.entity_codes, year, crossed]), [panel.entity_codes]) == 3 + 1 + 47
    assert parameters(3, [panel.entity_codes, year]) == 3 + 1 + 23 + 7


@pytest.mark.parametrize("keys", [{"fixed_effects": ("province x year",)}, {"trends": "entity"}])
def test_more_effects_against_dummies(keys):
    panel = panel_of()
    estimate = model(**keys).fit(panel, Stream(0, "m"))
    year = codes(panel.years)
    if "trends" in keys:
        more = np.eye(24)[panel.entity_codes] * (panel.years - 2004)[:, None]
    else:
        crossed = codes(codes(panel.group("province").to_numpy()) * 100 + year)
        more = np.eye(crossed.max() + 1)[crossed]
    x = np.column_stack([dummies(panel), more])
    beta = np.linalg.lstsq(x, panel.column("y"), rcond=None)[0]
    assert estimate.terms.frame()["estimate"].to_numpy() == pytest.approx(beta[:3], abs=1e-9)
    matrix, g = brute_cluster(panel, x, panel.entity_codes, 0)
    n = len(panel.frame)
    factor = g / (g - 1) * (n - 1) / (n - estimate.summary()["k"])
    assert estimate.terms.frame()["std_error"].to_numpy() == pytest.approx(
        np.sqrt(factor * np.diag(matrix)), rel=1e-7
    )


def test_pre_period_controls_by_year_and_other_policies():
    panel = panel_of()
    other = panel.cohorts["policy"].copy()
    other[:] = np.resize([2003.0, np.nan, 2005.0, np.nan, 2007.0], len(other))
    panel = type(panel)(panel.frame, panel.groups, {**panel.cohorts, "other": other})
    estimate = model(controls=("x1",), controls_by_year=("x2",), other_policies=("other",)).fit(
        panel, Stream(0, "m")
    )
    before = panel.frame[panel.years < 2004]["x2"].groupby(level=0).mean()
    base = before.to_numpy()[panel.entity_codes]
    year = codes(panel.years)
    by_year = base[:, None] * np.eye(8)[year][:, 1:]
    on = (panel.years >= other.to_numpy()[panel.entity_codes]).astype(float)
    d = regressors(panel)
    x = np.column_stack([d["policy"], d["x1"], on, dummies(panel)[:, 3:], by_year])
    beta = np.linalg.lstsq(x, panel.column("y"), rcond=None)[0]
    assert list(estimate.terms.frame()["term"]) == ["policy", "x1", "other"]
    assert estimate.terms.frame()["estimate"].to_numpy() == pytest.approx(beta[:3], abs=1e-9)
    assert estimate.summary()["k"] == 3 + 7 + 1 + 7


def fitted(panel):
    x = demean(regressors(panel).to_numpy(), [panel.entity_codes, codes(panel.years)])
    y = demean(panel.frame[["y"]].to_numpy(), [panel.entity_codes, codes(panel.years)])[:, 0]
    return least_squares(y, x)


@pytest.mark.parametrize("missing", [0, 30])
def test_driscoll_kraay_is_the_double_sum_over_years(missing):
    panel = panel_of(missing=missing, t=17)
    fit, year = fitted(panel), codes(panel.years)
    found = driscoll_kraay(fit, year, 4)
    meat = np.zeros((3, 3))
    for a in range(17):
        for b in range(17):
            weight = max(0.0, 1 - abs(a - b) / 3)  # floor(17^.25) = 2 lags
            meat += weight * np.outer(fit.scores[year == a].sum(0), fit.scores[year == b].sum(0))
    n = len(year)
    expected = 17 / 16 * (n - 1) / (n - 4) * fit.bread @ meat @ fit.bread
    assert found.matrix == pytest.approx(expected, rel=1e-10)
    assert found.df == 16
    # linearmodels' kernel covariance is the same sum times n / (n - effects)
    frame = panel.frame.set_axis(panel.frame.index.set_names(["i", "t"]))
    peer = PanelOLS(
        frame["y"], regressors(panel).set_axis(frame.index), entity_effects=True, time_effects=True
    ).fit(cov_type="kernel", kernel="bartlett", bandwidth=2, debiased=False)
    raw = np.sqrt(n / (n - (24 + 17 - 1)) * np.diag(fit.bread @ meat @ fit.bread))
    assert peer.std_errors.to_numpy() == pytest.approx(raw, rel=1e-8)


def test_conley_is_the_double_sum_over_near_pairs_and_hc1_at_cutoff_zero():
    panel = panel_of()
    fit, year = fitted(panel), codes(panel.years)
    lon, lat = panel.column("lon"), panel.column("lat")
    far = distances(lon, lat)
    meat = np.zeros((3, 3))
    for i in range(len(year)):
        for j in range(len(year)):
            if year[i] == year[j] and far[i, j] <= 300:
                meat += np.outer(fit.scores[i], fit.scores[j])
    n = len(year)
    expected = n / (n - 30) * fit.bread @ meat @ fit.bread
    values, vectors = np.linalg.eigh(expected)
    expected = (vectors * np.clip(values, 0, None)) @ vectors.T
    assert conley(fit, near(year, lon, lat, 300.0), 30).matrix == pytest.approx(expected, rel=1e-9)
    assert conley(fit, near(year, lon, lat, 0.0), 30, 0.0).matrix == pytest.approx(
        hc1(fit, 30).matrix, rel=1e-10
    )
    estimate = model(vcov="conley", coordinates=("lon", "lat")).fit(panel, Stream(0, "m"))
    assert estimate.summary()["k"] == 3 + 1 + 23 + 7


def test_conley_follows_places_that_move_and_refuses_missing_ones():
    panel = panel_of()
    fit, year = fitted(panel), codes(panel.years)
    lon, lat = panel.column("lon") + year, panel.column("lat").copy()
    meat = np.zeros((3, 3))
    for t in range(8):
        rows = np.flatnonzero(year == t)
        meat += fit.scores[rows].T @ (distances(lon[rows], lat[rows]) <= 200) @ fit.scores[rows]
    n = len(year)
    expected = positive(n / (n - 30) * fit.bread @ meat @ fit.bread)
    assert conley(fit, near(year, lon, lat, 200.0), 30, 200.0).matrix == pytest.approx(expected, rel=1e-9)
    lat[5] = np.nan
    holed = panel.with_columns(pd.DataFrame({"lat": lat}, index=panel.frame.index))
    with pytest.raises(EstimationError, match="'lat' is missing"):
        model(vcov="conley", coordinates=("lon", "lat")).fit(holed, Stream(0, "m"))


@pytest.mark.parametrize("cutoff", [0.0, 1.0, 700.0, 5000.0, 20015.0, 30000.0])
def test_the_tree_finds_the_pairs_that_all_distances_give(cutoff):
    rng = np.random.default_rng(8)
    lon, lat = rng.uniform(-180, 180, 60), rng.uniform(-90, 90, 60)
    lon[:3], lat[:3] = [10.0, 10.0, -170.0], [50.0, 50.0, -50.0]  # one place twice, and its antipode
    i, j = pairs_within(lon, lat, cutoff)
    found = np.zeros((60, 60), dtype=int)
    np.add.at(found, (i, j), 1)
    assert np.array_equal(found, distances(lon, lat) <= cutoff)


def test_great_circle_between_beijing_and_shanghai():
    far = distances(np.array([116.407, 121.474]), np.array([39.904, 31.230]))
    assert far[0, 1] == pytest.approx(1067.3, abs=1.0)  # published great-circle distance
    assert far[0, 0] == 0


def test_absorbed_and_collinear_columns_are_named():
    panel = panel_of()
    frame = panel.frame.assign(
        area=panel.entity_codes.astype(float), double=2 * panel.frame["x1"] + panel.years
    )
    panel = type(panel)(frame, panel.groups, panel.cohorts)
    with pytest.raises(EstimationError, match="area: no variation"):
        model(controls=("area",)).fit(panel, Stream(0, "m"))
    with pytest.raises(EstimationError, match="double: collinear"):
        model(controls=("x1", "double")).fit(panel, Stream(0, "m"))


def test_fitting_twice_is_equal_and_the_outcome_scales():
    panel = panel_of(missing=10)
    first = model().fit(panel, Stream(0, "m"))
    again = model().fit(panel, Stream(0, "m"))
    pd.testing.assert_frame_equal(first.terms.frame(), again.terms.frame())
    scaled = type(panel)(panel.frame.assign(y=1000 * panel.frame["y"]), panel.groups, panel.cohorts)
    larger = model().fit(scaled, Stream(0, "m"))
    assert larger.terms.frame()["estimate"].to_numpy() == pytest.approx(
        1000 * first.terms.frame()["estimate"].to_numpy()
    )
    assert larger.terms.frame()["p_value"].to_numpy() == pytest.approx(
        first.terms.frame()["p_value"].to_numpy()
    )


def test_design_knows_when_entity_and_year_are_all():
    panel = panel_of()
    year = codes(panel.years)
    plain = AbsorbingDesign((panel.entity_codes, year), (panel.entity_codes,), year)
    assert plain.plain
    assert not AbsorbingDesign((panel.entity_codes, year, year), (panel.entity_codes,), year).plain
    assert not AbsorbingDesign(
        (panel.entity_codes, year), (panel.entity_codes,), year, weight=panel.column("w")
    ).plain


@pytest.mark.parametrize("order", ["grid", "years first", "a row less"])
def test_full_grids_are_swept_and_summed_as_any_rows_are(order):
    rng = np.random.default_rng(3)
    entity, year = np.repeat(np.arange(9), 6), np.tile(np.arange(6), 9)
    keep = np.arange(54 - (order == "a row less"))
    place = np.argsort(year, kind="stable") if order == "years first" else keep
    entity, year = entity[place], year[place]
    assert (shape_of(entity, year) == (9, 6)) is (order == "grid")
    y, x = rng.normal(size=len(place)) + 5, rng.normal(size=(len(place), 2)) + entity[:, None]
    dummies = np.column_stack([np.eye(9)[entity], np.eye(6)[year]])
    left = (
        np.column_stack([y, x]) - dummies @ np.linalg.lstsq(dummies, np.column_stack([y, x]), rcond=None)[0]
    )
    design = AbsorbingDesign((entity, year), (entity,), year)
    fit, vcov = design.regress(y, (x[:, 0], x[:, 1:]), ["a", "b"])
    assert design.regress(y, x, ["a", "b"])[0].beta == pytest.approx(fit.beta, abs=0)
    assert fit.beta == pytest.approx(np.linalg.lstsq(left[:, 1:], left[:, 0], rcond=None)[0], rel=1e-12)
    e = left[:, 0] - left[:, 1:] @ fit.beta
    sums = np.array([sum(left[i, 1:] * e[i] for i in np.flatnonzero(entity == g)) for g in range(9)])
    bread = np.linalg.inv(left[:, 1:].T @ left[:, 1:])
    factor = 9 / 8 * (len(y) - 1) / (len(y) - (2 + 1 + 5))
    assert vcov.matrix == pytest.approx(factor * bread @ sums.T @ sums @ bread, rel=1e-10)
    assert demean(np.empty((len(place), 0)), [entity, year]).shape == (len(place), 0)


@pytest.mark.parametrize("blend", [0.0, 0.99, 1 - 1e-4])
def test_slopes_are_those_of_householder_however_alike_the_columns(blend):
    rng = np.random.default_rng(4)
    x = rng.normal(size=(200, 3)) * [1.0, 1e4, 1.0]
    x[:, 2] = blend * x[:, 0] + (1 - blend) * x[:, 2]
    y = x @ [1.0, 1e-4, 2.0] + rng.normal(size=200)
    q, r = np.linalg.qr(x)
    fit = least_squares(y, x)
    assert fit.resid == pytest.approx(y - q @ (q.T @ y), abs=1e-9)
    assert fit.bread == pytest.approx(np.linalg.inv(r) @ np.linalg.inv(r).T, rel=1e-7)
