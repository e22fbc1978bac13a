"""Spatial models and description beside spreg and esda, one thread, one run; CPU seconds, the best of three.

python benchmarks/space.py
"""

from __future__ import annotations

import os

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import sparse

from ccd.estimate.autoregressive.impacts import impacts
from ccd.estimate.autoregressive.likelihood import spatial_lag
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import Effects, lag
from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.panel import Panel
from ccd.space.autocorrelation import moments, permuted_moran
from ccd.space.description import draw_orders
from ccd.space.local import local
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream

STREAM = Stream(1, "benchmark")


def near(n: int, k: int = 5, seed: int = 1) -> sparse.csr_array:
    """Return the k nearest of n random places, either way."""
    from sklearn.neighbors import kneighbors_graph

    at = np.random.default_rng(seed).uniform(size=(n, 2))
    found = kneighbors_graph(at, k)
    return sparse.csr_array(found.maximum(found.T))


def weights(n: int) -> SpatialWeights:
    """Return row-standardised weights of n regions."""
    return SpatialWeights("w", "matrix", tuple(f"r{i:05}" for i in range(n)), near(n))


def best(run: Callable[[], object], repeats: int = 3) -> float:
    """Return the least CPU seconds of some runs."""
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        run()
        spent.append(time.process_time() - began)
    return min(spent)


def durbin(n: int, t: int, *, peer: bool) -> str:
    """Return one line on the spatial Durbin model with two-way effects and its impacts."""
    own = weights(n)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(n, t, 2))
    s = sparse.eye_array(n, format="csc") - 0.4 * own.matrix
    y = sparse.linalg.spsolve(s, x @ [1.0, 0.5] + rng.normal(size=(n, t)))

    def ours() -> None:
        spectrum = Spectrum(SpatialWeights("w", "matrix", own.regions, own.raw), "benchmark")
        both = np.concatenate([x, lag(spectrum.matrix, x)], axis=2)
        fit = spatial_lag(y, both, spectrum, Effects(entity=True, time=True), list("abcd"), "benchmark")
        impacts(spectrum, fit.coefficients, fit.covariance[:-1, :-1], [1, 2], [3, 4], rng, "benchmark")

    spent = best(ours)
    if not peer:
        return f"sdm {n} x {t}: {spent:.2f} s"
    import spreg
    from libpysal.weights import WSP, WSP2W

    w = WSP2W(WSP(sparse.csr_matrix(own.raw)))
    w.transform = "r"
    lagged = lag(own.matrix, x)
    columns = np.concatenate([x, lagged], axis=2)
    columns = columns - columns.mean(axis=0)  # spreg knows entity effects alone: years are taken out before
    flat_y, flat_x = (y - y.mean(axis=0)).T.reshape(-1, 1), columns.transpose(1, 0, 2).reshape(-1, 4)
    theirs = best(lambda: spreg.Panel_FE_Lag(flat_y, flat_x, w), 1)
    return f"sdm {n} x {t}: {spent:.2f} s, spreg {theirs:.2f} s, ratio {theirs / spent:.1f}"


def described(n: int = 280, t: int = 15, draws: int = 999) -> list[str]:
    """Return lines on LISA and Moran with permutations."""
    import esda
    from libpysal.weights import WSP, WSP2W

    own = weights(n)
    x = np.random.default_rng(3).normal(size=(t, n))
    w = WSP2W(WSP(sparse.csr_matrix(own.raw)))
    w.transform = "r"
    orders = draw_orders(n, draws, STREAM, "b")
    prepared = moments(own.matrix)
    ours = best(lambda: local(x, own.matrix, draw_orders(n - 1, draws, STREAM, "b")))
    theirs = best(
        lambda: [esda.Moran_Local(row, w, permutations=draws, n_jobs=1, keep_simulations=False) for row in x],
        1,
    )
    own_moran = best(lambda: [permuted_moran(row, prepared, orders) for row in x])
    their_moran = best(lambda: [esda.Moran(row, w, permutations=draws) for row in x], 1)
    return [
        f"LISA {n} x {t}, B = {draws}: {ours:.2f} s, esda {theirs:.2f} s, ratio {theirs / ours:.1f}",
        f"Moran {n} x {t}, B = {draws}: {own_moran:.2f} s, esda {their_moran:.2f} s, "
        f"ratio {their_moran / own_moran:.1f}",
    ]


def permuted() -> list[str]:
    """Return lines on 999 permutations of spatial difference-in-differences."""
    lines = []
    for n, t, treated, kind, more in (
        (280, 20, 40, SpatialSlxDid, {"estimator": "slx"}),
        (30, 13, 12, SpatialLagDid, {"estimator": "sdm"}),
    ):
        own, rng = weights(n), np.random.default_rng(4)
        index = pd.MultiIndex.from_product([own.regions, range(2001, 2001 + t)], names=["region", "year"])
        frame = pd.DataFrame({"y": rng.normal(size=n * t)}, index=index)
        start = np.where(np.arange(n) < treated, 2005.0 + np.arange(n) % 4, np.nan)
        cohort = pd.Series(start, index=list(own.regions))
        data = Panel(frame, pd.DataFrame(index=index), {"p": cohort}, weights={"w": own})
        keys = {"name": "m", "kind": "did", "outcome": "y", "policy": "p", "weights": "w", **more}
        model = kind.model_validate(keys)
        sample = model.sample(data)
        cohorts = rng.permuted(np.tile(sample.entity_cohort, (999, 1)), axis=1)
        spent = best(lambda m=model, s=sample, c=cohorts: m.reassigned_terms(s, c, STREAM))
        lines.append(f"{more['estimator']} {n} x {t}, 999 permutations: {spent:.2f} s")
    return lines


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for line in permuted():
        print(line, flush=True)
    print(durbin(2800, 10, peer=False), flush=True)
    print(durbin(280, 20, peer=True), flush=True)
    for line in described():
        print(line, flush=True)
    print(durbin(1000, 15, peer=True), flush=True)
