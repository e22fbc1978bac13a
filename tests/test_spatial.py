"""Spatial panel models: published numbers, explicit dummies and transforms, dense impacts, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.linalg import helmert
from scipy.optimize import minimize_scalar

from ccd.errors import DataError, EstimationError
from ccd.estimate.autoregressive.impacts import Multiplier, impacts
from ccd.estimate.autoregressive.likelihood import spatial_error, spatial_lag
from ccd.estimate.autoregressive.lm import multipliers
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import Effects, lag
from ccd.estimate.spatial.likelihood import SpatialLikelihood
from ccd.estimate.spatial.slx import SpatialSlx
from ccd.estimate.spatial.specification import verdict
from ccd.panel import Panel
from ccd.results import Impacts, SpecificationTests
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream

HERE = Path(__file__).parent
PATH = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], dtype=float)
NONE = Effects(entity=False, time=False)


def weights(raw: np.ndarray, standardise: str = "row", **more: object) -> SpatialWeights:
    regions = tuple(f"r{i:03}" for i in range(len(raw)))
    return SpatialWeights("w", "matrix", regions, sparse.csr_array(raw), standardise, **more)  # type: ignore[arg-type]


def spectrum(raw: np.ndarray, standardise: str = "row") -> Spectrum:
    return Spectrum(weights(raw, standardise), "here")


def lattice(rows: int, columns: int) -> np.ndarray:
    at = [(i, j) for i in range(rows) for j in range(columns)]
    return np.array([[float(abs(i - k) + abs(j - m) == 1) for k, m in at] for i, j in at])


def nearest(n: int, k: int, seed: int = 4) -> np.ndarray:
    at = np.random.default_rng(seed).uniform(size=(n, 2))
    apart = np.linalg.norm(at[:, None] - at, axis=2) + 9 * np.eye(n)
    return (apart <= np.sort(apart, axis=1)[:, k - 1 : k]).astype(float)


def simulated(w: np.ndarray, t: int, rho: float, seed: int = 1, k: int = 2, *, errors: bool = False):
    """y (N, T), x (N, T, k) of a panel with region and year effects."""
    n, rng = len(w), np.random.default_rng(seed)
    x = rng.normal(size=(n, t, k)) + rng.normal(size=(n, 1, 1))
    mean = x @ np.arange(1.0, k + 1) + rng.normal(size=(n, 1)) + rng.normal(size=(1, t))
    inverse, u = np.linalg.inv(np.eye(n) - rho * w), rng.normal(size=(n, t))
    return (mean + inverse @ u if errors else inverse @ (mean + u)), x


def test_impacts_of_the_path_by_hand():
    s = spectrum(PATH)
    found = impacts(
        s, np.array([0.5, 1.0, 0.5]), np.eye(3) * 1e-12, [1], [2], np.random.default_rng(0), "here"
    )
    assert found.estimate.ravel() == pytest.approx([1.4, 1.6, 3.0], abs=1e-10)
    assert s.log_determinant(0.5) == pytest.approx(-0.352220594, abs=1e-9)


def columbus():
    libpysal = pytest.importorskip("libpysal")
    data = libpysal.io.open(libpysal.examples.get_path("columbus.dbf"))
    w = libpysal.io.open(libpysal.examples.get_path("columbus.gal")).read()
    y = np.array(data.by_col("CRIME"))[:, None]
    x = np.stack([np.ones(49), np.array(data.by_col("INC")), np.array(data.by_col("HOVAL"))], axis=1)[:, None]
    return y, x, spectrum(w.full()[0])


def test_columbus():
    y, x, s = columbus()
    names = ["const", "INC", "HOVAL"]
    sar = spatial_lag(y, x, s, NONE, names, "here")
    assert sar.rho == pytest.approx(0.423325418, abs=1e-8)
    both = np.concatenate([x, lag(s.matrix, x[:, :, 1:])], axis=2)
    sdm = spatial_lag(y, both, s, NONE, [*names, "WINC", "WHOVAL"], "here")
    assert sdm.rho == pytest.approx(0.403462598, abs=1e-8)
    found = impacts(
        s, sdm.coefficients, sdm.covariance[:-1, :-1], [2, 3], [4, 5], np.random.default_rng(0), "here"
    )
    assert found.estimate[:2, 0] == pytest.approx([-1.024987840, -1.495926040], abs=1e-7)


def provinces(year: int):
    table = pd.read_csv(HERE.parent / "data" / "provinces.csv")
    table = table[table["year"] == year].sort_values("adcode")
    codes = table["adcode"].astype(str).tolist()
    raw = np.zeros((len(codes),) * 2)
    for row in pd.read_csv(HERE.parent / "data" / "adjacency.csv", dtype=str).itertuples():
        i, j = codes.index(row.adcode_a), codes.index(row.adcode_b)
        raw[i, j] = raw[j, i] = 1.0
    y = np.log(table["gdp_pc"].to_numpy())[:, None]
    x = np.stack(
        [np.ones(len(y)), np.log(table["fisc_exp"].to_numpy()), table["urban_rate"].to_numpy()], axis=1
    )
    return y, x[:, None], spectrum(raw)


@pytest.mark.parametrize("year", [2011, 2017, 2023])
def test_one_year_of_provinces_is_that_of_spatialreg(year):
    stored = json.loads((HERE / "reference" / "space.json").read_text(encoding="utf-8"))["results"]
    y, x, s = provinces(year)
    names = ["const", "x", "c"]
    durbin = np.concatenate([x, lag(s.matrix, x[:, :, 1:])], axis=2)
    for name, fit, own in (
        ("lag", spatial_lag(y, x, s, NONE, names, "here"), [0, 2, 3]),
        ("error", spatial_error(y, x, s, NONE, names, "here"), [0, 2, 3]),
        ("durbin", spatial_lag(y, durbin, s, NONE, [*names, "wx", "wc"], "here"), [0, 2, 3, 4, 5]),
    ):
        peer = stored[f"{name} {year}"]
        theirs = [v for k, v in peer["estimate"].items() if k != "(Intercept)"]
        errors = [v for k, v in peer["std_error"].items() if k != "(Intercept)"]
        # its optimiser stops at 1e-8 of its own scale: rho to 1e-5
        assert fit.coefficients[own] == pytest.approx(theirs, rel=2e-3, abs=2e-5)
        assert np.sqrt(np.diag(fit.covariance))[own] == pytest.approx(errors, rel=2e-3)
        assert fit.log_likelihood == pytest.approx(peer["fit"]["loglik"], abs=1e-8)
        assert fit.sigma2 == pytest.approx(peer["fit"]["s2"], rel=1e-4)
    tests = multipliers(y, x, s.matrix, NONE)
    peer = stored[f"residuals {year}"]["lagrange"]
    assert tests == pytest.approx([peer[k] for k in ("LMlag", "LMerr", "RLMlag", "RLMerr")], abs=1e-9)


def dense(y, x, w, entity, time, *, errors, transform):
    """rho that maximises the likelihood over explicit dummies, or over an explicit Helmert transform."""
    n, t = y.shape
    wy, wx = w @ y, np.einsum("ij,jtk->itk", w, x)

    def rows(a):
        if transform:
            a = np.einsum("st,it...->is...", helmert(t), a) if entity else a
            a = np.einsum("mi,it...->mt...", helmert(n), a) if time else a
        return a.reshape(a.shape[0] * a.shape[1], -1)

    blocks = (
        []
        if transform
        else [np.kron(np.eye(n), np.ones((t, 1)))] * entity + [np.kron(np.ones((n, 1)), np.eye(t))] * time
    )
    own_t = t - 1 if transform and entity else t
    wn = helmert(n) @ w @ helmert(n).T if transform and time else w

    def negative(rho):
        left = rows(y - rho * wy)[:, 0]
        right = np.hstack([rows(x - rho * wx) if errors else rows(x), *blocks])
        resid = left - right @ np.linalg.lstsq(right, left, rcond=None)[0]
        _, logdet = np.linalg.slogdet(np.eye(len(wn)) - rho * wn)
        return len(left) / 2 * np.log(resid @ resid) - own_t * logdet

    centre = minimize_scalar(negative, bounds=(-0.95, 0.95), method="bounded", options={"xatol": 1e-9}).x
    # the derivative's root by central differences and bisection: a maximum is flat to 1e-8
    low, high = centre - 1e-3, centre + 1e-3

    def slope(r):
        return (negative(r + 1e-4) - negative(r - 1e-4)) - (negative(r + 2e-4) - negative(r - 2e-4)) / 8

    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return middle


@pytest.mark.parametrize("errors", [False, True])
@pytest.mark.parametrize("transform", [False, True])
@pytest.mark.parametrize(
    ("raw", "standardise", "entity", "time"),
    [
        (lattice(3, 4), "row", True, True),
        (nearest(12, 3), "row", True, True),
        (nearest(12, 3), "row", False, True),
        (lattice(3, 4) * np.outer(np.arange(1, 13), np.arange(1, 13)), "spectral", True, False),
        (nearest(12, 3), "spectral", False, False),
    ],
)
def test_the_likelihood_is_that_of_dummies_or_of_a_transform(
    raw, standardise, entity, time, transform, errors
):
    s = spectrum(raw, standardise)
    w = s.matrix.toarray()
    y, x = simulated(w, 5, 0.4, errors=errors)
    if not entity and not time:
        x = np.concatenate([np.ones((*y.shape, 1)), x], axis=2)
    fit = spatial_error if errors else spatial_lag
    effects = Effects(entity, time, corrected=transform)
    found = fit(y, x, s, effects, ["const"] + ["x"] * 9, "here")
    wanted = dense(y, x, w, entity, time, errors=errors, transform=transform)
    assert found.rho == pytest.approx(wanted, abs=2e-8)


def test_spectral_lags_with_dummies():
    s = spectrum(nearest(12, 3), "spectral")
    y, x = simulated(s.matrix.toarray(), 5, 0.3)
    found = spatial_lag(y, x, s, Effects(entity=True, time=True, corrected=False), ["a", "b"], "here")
    assert found.rho == pytest.approx(
        dense(y, x, s.matrix.toarray(), True, True, errors=False, transform=False), abs=2e-8
    )


def test_information_is_the_expected_hessian_of_the_helmert_data():
    s = spectrum(nearest(10, 3))
    y, x = simulated(s.matrix.toarray(), 4, 0.4)
    found = spatial_lag(y, x, s, Effects(entity=True, time=True), ["a", "b"], "here")
    hn, ht = helmert(10), helmert(4)
    wn = hn @ s.matrix.toarray() @ hn.T
    g = wn @ np.linalg.inv(np.eye(9) - found.rho * wn)
    xs = np.einsum("mi,st,itk->msk", hn, ht, x)
    gxb = (g @ (xs @ found.beta)).ravel()
    z = xs.reshape(-1, 2)
    s2 = found.sigma2
    information = np.zeros((4, 4))
    information[0, 0] = 3 * (np.trace(g @ g) + np.sum(g * g)) + gxb @ gxb / s2
    information[0, 1:3] = information[1:3, 0] = z.T @ gxb / s2
    information[0, 3] = information[3, 0] = 3 * np.trace(g) / s2
    information[1:3, 1:3] = z.T @ z / s2
    information[3, 3] = 27 / (2 * s2**2)
    assert found.covariance == pytest.approx(np.linalg.inv(information), rel=1e-9)


def test_multipliers_are_scores_of_the_helmert_data():
    w = weights(nearest(10, 3)).matrix
    y, x = simulated(w.toarray(), 4, 0.3)
    hn, ht = helmert(10), helmert(4)
    wn = hn @ w.toarray() @ hn.T
    ys, xs = hn @ y @ ht.T, np.einsum("mi,st,itk->msk", hn, ht, x)
    z = xs.reshape(-1, 2)
    beta = np.linalg.lstsq(z, ys.ravel(), rcond=None)[0]
    e = ys - xs @ beta
    s2 = np.sum(e * e) / e.size
    tr = np.trace(wn)
    s_l, s_e = np.sum(e * (wn @ ys)) / s2 - 3 * tr, np.sum(e * (wn @ e)) / s2 - 3 * tr
    moved = (wn @ (xs @ beta)).ravel()
    moved -= z @ np.linalg.lstsq(z, moved, rcond=None)[0]
    j_e = 3 * (np.sum(wn * wn.T) + np.sum(wn * wn) - 2 * tr**2 / 9)
    j_l = j_e + moved @ moved / s2
    found = multipliers(y, x, w, Effects(entity=True, time=True))
    assert found == pytest.approx(
        [
            s_l**2 / j_l,
            s_e**2 / j_e,
            (s_l - s_e) ** 2 / (j_l - j_e),
            (s_e - s_l * j_e / j_l) ** 2 / (j_e * (1 - j_e / j_l)),
        ]
    )


@pytest.mark.parametrize("standardise", ["row", "spectral"])
def test_impacts_are_those_of_the_dense_inverse(standardise):
    s = spectrum(nearest(12, 3), standardise)
    w = s.matrix.toarray()
    rho, b, h = 0.37, 1.2, -0.4
    whole = np.linalg.inv(np.eye(12) - rho * w) @ (b * np.eye(12) + h * w)
    direct, total = np.trace(whole) / 12, whole.sum() / 12
    theta, tiny = np.array([rho, b, h]), np.eye(3) * 1e-14
    found = impacts(s, theta, tiny, [1], [2], np.random.default_rng(1), "here")
    assert found.estimate.ravel() == pytest.approx([direct, total - direct, total], abs=1e-10)


@pytest.mark.parametrize("standardise", ["row", "spectral"])
def test_interpolated_means_are_those_of_each_rho(standardise):
    multiplier = Multiplier(spectrum(nearest(12, 3), standardise))
    rho = np.linspace(0.1, 0.6, 7)
    assert multiplier.of(rho) == pytest.approx(np.array([multiplier.at(r) for r in rho]).T, rel=1e-5)


def test_draws_agree_with_the_delta_method_where_rho_is_sure():
    s = spectrum(lattice(7, 7))
    y, x = simulated(s.matrix.toarray(), 12, 0.4)
    both = np.concatenate([x, lag(s.matrix, x)], axis=2)
    fit = spatial_lag(y, both, s, Effects(entity=True, time=True), list("abcd"), "here")
    assert np.sqrt(fit.covariance[0, 0]) < 0.05
    found = impacts(
        s, fit.coefficients, fit.covariance[:-1, :-1], [1, 2], [3, 4], np.random.default_rng(2), "here"
    )
    assert found.std_error == pytest.approx(found.std_error_delta, rel=0.1)
    assert found.again == 0


def test_sparse_factors_give_what_eigenvalues_give(monkeypatch):
    raw = lattice(6, 7)
    exact = spectrum(raw)
    y, x = simulated(exact.matrix.toarray(), 5, 0.4)
    effects = Effects(entity=True, time=True)
    want = spatial_lag(y, x, exact, effects, ["a", "b"], "here")
    drawn = impacts(
        exact, want.coefficients, want.covariance[:-1, :-1], [1], [None], np.random.default_rng(1), "here"
    )
    monkeypatch.setattr("ccd.estimate.autoregressive.spectrum.EIGEN", 10)
    monkeypatch.setattr("ccd.estimate.autoregressive.spectrum.BLOCK", 16)
    large = spectrum(raw)
    found = spatial_lag(y, x, large, effects, ["a", "b"], "here")
    assert found.rho == pytest.approx(want.rho, abs=1e-8)
    assert found.covariance == pytest.approx(want.covariance, rel=1e-6)
    again = impacts(
        large, want.coefficients, want.covariance[:-1, :-1], [1], [None], np.random.default_rng(1), "here"
    )
    assert again.estimate == pytest.approx(drawn.estimate, abs=1e-10)
    assert again.std_error == pytest.approx(drawn.std_error, rel=1e-4)


def panel(rho: float = 0.4, *, errors: bool = False, t: int = 8, seed: int = 1) -> Panel:
    w = weights(lattice(4, 5))
    y, x = simulated(w.matrix.toarray(), t, rho, seed, errors=errors)
    index = pd.MultiIndex.from_product([w.regions, range(2001, 2001 + t)], names=["region", "year"])
    frame = pd.DataFrame({"y": y.ravel(), "a": x[:, :, 0].ravel(), "b": x[:, :, 1].ravel()}, index=index)
    return Panel(frame, pd.DataFrame(index=index), weights={"w": w})


def model(**keys: object) -> SpatialLikelihood:
    return SpatialLikelihood.model_validate(
        {"name": "m", "kind": "spatial", "outcome": "y", "weights": "w", "x": ("a", "b"), **keys}
    )


STREAM = Stream(3, "m")


def test_an_estimate_holds_coefficients_impacts_and_tests():
    found = model().fit(panel(), STREAM)
    assert [str(term) for term in found.terms.term] == ["a", "b", "a_neighbours", "b_neighbours", "rho"]
    assert found.sample.treated_entities is None
    value = found.value(Impacts)
    direct, indirect, total = value.estimate[:3]
    assert value.effect[:3] == ("direct", "indirect", "total") and direct + indirect == pytest.approx(total)
    row = {str(term): value for term, value in zip(found.terms.term, found.terms.estimate, strict=True)}
    assert total == pytest.approx((row["a"] + row["a_neighbours"]) / (1 - row["rho"]))
    tests = found.value(SpecificationTests)
    assert tests.test[4:] == ("lr_sar", "wald_sar", "lr_sem", "wald_sem")
    assert tests.statistic[4] == pytest.approx(tests.statistic[5], rel=0.2)  # both test h = 0
    assert "spatial lag model is left standing" in str(tests.verdict)
    short = found.details["uncorrected"]
    assert isinstance(short, dict) and short["rho"] < row["rho"]


def test_reductions_are_differences_of_likelihoods():
    sdm, sar, sem = (model(estimator=e).fit(panel(errors=True), STREAM) for e in ("sdm", "sar", "sem"))
    tests = dict(
        zip(sdm.value(SpecificationTests).test, sdm.value(SpecificationTests).statistic, strict=True)
    )
    level = {one.estimator: one.details["log_likelihood"] for one in (sdm, sar, sem)}
    assert tests["lr_sar"] == pytest.approx(2 * (level["sdm"] - level["sar"]))
    assert tests["lr_sem"] == pytest.approx(2 * (level["sdm"] - level["sem"]))
    assert "spatial error model is left standing" in str(sdm.value(SpecificationTests).verdict)
    impacts = sem.value(Impacts)
    assert impacts.estimate[1] == 0 and impacts.estimate[0] == sem.terms.estimate[0]


def test_slx_is_the_dummy_regression():
    data = panel()
    found = SpatialSlx.model_validate(
        {
            "name": "m",
            "kind": "spatial",
            "estimator": "slx",
            "outcome": "y",
            "weights": "w",
            "x": ("a", "b"),
            "durbin": ("b",),
        }
    ).fit(data, STREAM)
    w = data.weights["w"].matrix.toarray()
    b = data.frame["b"].to_numpy().reshape(20, 8)
    x = np.column_stack([data.frame["a"], data.frame["b"], (w @ b).ravel()])
    dummies = pd.get_dummies(data.frame.index.to_frame().astype(str), drop_first=True).to_numpy(dtype=float)
    beta = np.linalg.lstsq(
        np.column_stack([x, dummies, np.ones(160)]), data.frame["y"].to_numpy(), rcond=None
    )[0][:3]
    assert found.terms.estimate == pytest.approx(beta)
    impacts = found.value(Impacts)
    assert impacts.estimate.tolist() == pytest.approx(
        [beta[0], 0, beta[0], beta[1], beta[2], beta[1] + beta[2]]
    )
    assert found.df == 19
    v = found.covariance
    assert impacts.std_error[5] == pytest.approx(np.sqrt(v[1, 1] + v[2, 2] + 2 * v[1, 2]))


def test_without_effects_a_constant_stands_beside():
    found = model(estimator="sar", effects="none").fit(panel(), STREAM)
    assert str(found.terms.term[0]) == "const"
    assert set(found.value(Impacts).variable) == {"a", "b"}


def test_cells_that_are_missing_are_named():
    data = panel()
    data.frame.loc[("r003", 2004), "a"] = np.nan
    with pytest.raises(EstimationError, match="r003 2004 has no 'a'"):
        model().foresee(data)
    gone = data.rows(np.arange(160) != 5)
    with pytest.raises(EstimationError, match="r000 2006 has no row"):
        model().fit(gone, STREAM)


def test_islands_weights_of_the_outcome_and_rows_are_refused():
    data = panel()
    alone = weights(lattice(4, 5))
    with pytest.raises(DataError, match="r003"):
        model(drop=("r002", "r004", "r008")).fit(data, STREAM)
    made = SpatialWeights("w", "economic", alone.regions, alone.raw, columns=("y",))
    with pytest.raises(DataError, match="made of 'y'"):
        model().foresee(Panel(data.frame, data.groups, weights={"w": made}))
    spectral = Panel(data.frame, data.groups, weights={"w": weights(lattice(4, 5), "spectral")})
    with pytest.raises(EstimationError, match="rows of 'w' that sum to 1"):
        model().fit(spectral, STREAM)
    assert model(effects="entity").fit(spectral, STREAM).nobs == 160
    assert model(correction="none", estimator="sar").fit(spectral, STREAM).nobs == 160
    with pytest.raises(EstimationError, match="rows of 'w'"):
        model(correction="none", estimator="sem").fit(spectral, STREAM)


def test_what_cannot_be_told_apart_is_named():
    data = panel()
    same = data.with_columns(pd.DataFrame({"b": 2 * data.frame["a"]}, index=data.frame.index))
    with pytest.raises(EstimationError, match="b, b_neighbours: collinear"):
        model().fit(same, STREAM)
    with pytest.raises(ValueError, match="not in x"):
        model(durbin=("c",))


def test_a_bound_is_refused():
    data = panel()
    w = data.weights["w"].matrix.toarray()
    smooth = np.linalg.inv(np.eye(20) - 0.9999999 * w) @ np.random.default_rng(0).normal(size=(20, 8)) * 1e3
    data.frame["y"] = smooth.ravel()
    with pytest.raises(EstimationError, match="rho has no maximum inside its range"):
        model(estimator="sar", effects="none").fit(data, STREAM)


def test_a_dense_matrix_of_many_regions_is_refused():
    raw = sparse.csr_array(np.ones((2001, 2001)) - np.eye(2001))
    w = SpatialWeights("w", "economic", tuple(map(str, range(2001))), raw)
    with pytest.raises(EstimationError, match="dense, with 2001 regions"):
        Spectrum(w, "here")


def test_the_sentence_follows_the_tests():
    p = {"lm_lag": 0.01, "lm_error": 0.01, "robust_lm_lag": 0.01, "robust_lm_error": 0.5}
    assert "spatial lag model" in str(verdict(p))
    assert "spatial error model" in str(verdict(p | {"robust_lm_lag": 0.5, "robust_lm_error": 0.01}))
    assert "start from the spatial Durbin" in str(verdict(p | {"robust_lm_error": 0.01}))
    assert "without space" in str(verdict(p | {"lm_lag": 0.5, "lm_error": 0.5}))
    assert "Durbin model is left standing" in str(verdict(p | {"lr_sar": 0.01, "lr_sem": 0.01}))
    assert "neither SAR" in str(verdict(p | {"lr_sar": 0.2, "lr_sem": 0.3}))
