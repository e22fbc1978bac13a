"""Slow: what the intervals of spatial models cover, and what their tests reject without an effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from ccd.estimate.autoregressive.likelihood import spatial_lag
from ccd.estimate.autoregressive.lm import multipliers
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import Effects
from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.estimate.linear.resample import p_value
from ccd.panel import Panel
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream

pytestmark = pytest.mark.slow
N, T = 30, 13
AT = [(i, j) for i in range(5) for j in range(6)]
RAW = np.array([[float(abs(i - k) + abs(j - m) == 1) for k, m in AT] for i, j in AT])
BOTH = Effects(entity=True, time=True)


def weights() -> SpatialWeights:
    return SpatialWeights("w", "matrix", tuple(f"r{i:02}" for i in range(N)), sparse.csr_array(RAW))


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6])
def test_intervals_of_the_corrected_likelihood_cover(rho):
    """1,000 replications: the simulation error is 0.7 points; the likelihood with dummies covers far less."""
    spectrum, rng, inside, short = Spectrum(weights(), "here"), np.random.default_rng(11), [], []
    inverse = np.linalg.inv(np.eye(N) - rho * spectrum.matrix.toarray())
    for _ in range(1000):
        x = rng.normal(size=(N, T, 1))
        y = inverse @ (x[:, :, 0] + rng.normal(size=(N, 1)) + rng.normal(size=T) + rng.normal(size=(N, T)))
        for effects, found in ((BOTH, inside), (Effects(True, True, corrected=False), short)):
            fit = spatial_lag(y, x, spectrum, effects, ["x"], "here")
            error = np.sqrt(np.diag(fit.covariance))
            found.append(np.abs(fit.coefficients - [rho, 1.0]) <= 1.96 * error[:2])
    covered = np.mean(inside, axis=0)
    assert (covered > 0.93).all() and (covered < 0.97).all(), covered
    assert np.mean(short, axis=0)[0] < 0.9


def test_multipliers_keep_their_size():
    """2,000 replications without dependence: the simulation error is 0.5 points."""
    rng, w = np.random.default_rng(12), weights().matrix
    found, classic = [], []
    for _ in range(2000):
        x = rng.normal(size=(N, T, 2))
        y = x @ [1.0, 0.5] + rng.normal(size=(N, 1)) + rng.normal(size=T) + rng.normal(size=(N, T))
        found.append(np.array(multipliers(y, x, w, BOTH)) > 3.8415)
        classic.append(np.array(multipliers(y, x, w, BOTH, classic=True)) > 3.8415)
    rejected = np.mean(found, axis=0)
    assert (rejected > 0.03).all() and (rejected < 0.07).all(), rejected
    assert (np.mean(classic, axis=0)[:2] > 0.08).all()


@pytest.mark.parametrize("estimator", ["slx", "sdm"])
def test_permutations_keep_their_size_where_errors_persist(estimator):
    """300 replications with AR(1) errors of .7 and no effect: the simulation error is 1.3 points."""
    own, rng, stream = weights(), np.random.default_rng(13), Stream(1, "m")
    kind = SpatialSlxDid if estimator == "slx" else SpatialLagDid
    keys = {"name": "m", "kind": "did", "estimator": estimator, "outcome": "y", "policy": "p", "weights": "w"}
    model = kind.model_validate(keys)
    index = pd.MultiIndex.from_product([own.regions, range(2001, 2001 + T)], names=["region", "year"])
    start = np.full(N, np.nan)
    start[[2, 5, 9, 14, 17, 21, 26, 28]] = [2004, 2004, 2004, 2006, 2006, 2006, 2008, 2008]
    found, analytic = [], []
    for _ in range(300):
        u = rng.normal(size=(N, T))
        for t in range(1, T):
            u[:, t] = 0.7 * u[:, t - 1] + np.sqrt(1 - 0.49) * u[:, t]
        frame = pd.DataFrame({"y": (u + rng.normal(size=(N, 1))).ravel()}, index=index)
        cohort = pd.Series(start, index=list(own.regions))
        sample = model.sample(Panel(frame, pd.DataFrame(index=index), {"p": cohort}, weights={"w": own}))
        cohorts = rng.permuted(np.tile(start, (200, 1)), axis=1)
        estimate, error = model.reassigned_terms(sample, np.vstack([start, cohorts]), stream)
        t_all = estimate / error
        found.append([p_value(one[0], one[1:][np.isfinite(one[1:])]) <= 0.05 for one in t_all.T])
        analytic.append(np.abs(t_all[0]) > 2.045)
    rejected = np.mean(found, axis=0)
    print(estimator, "permutation", rejected, "clustered", np.mean(analytic, axis=0))  # noqa: T201
    assert (rejected > 0.02).all() and (rejected < 0.08).all(), rejected
