"""Synthetic control on predictors: the search for their weights, from many starting points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.fitted import Paths
from ccd.estimate.synthetic.solver import simplex_weights

#: log10 of the smallest predictor weight, the largest being 1.
LOWEST = -4.0
#: Evaluations of the loss from one start.
EVALUATIONS = 4000


class Searched(NamedTuple):
    """By start (k,): ``loss`` (mean squared gap before), ``estimate``, donors' ``weights`` (k, N0), ``v`` (k, P)."""

    loss: FloatArray
    estimate: FloatArray
    weights: FloatArray
    v: FloatArray


def search(paths: Paths, traits: FloatArray, own: FloatArray, starts: FloatArray) -> Searched:
    """Return where Nelder and Mead's search of log v ends from each of ``starts`` (k, P).

    ``traits`` (P, N0) and ``own`` (P,) are the predictors, scaled; w(v) fits them on the simplex under sqrt(v), and v
    minimises the mean squared gap of the outcome before the date (Abadie and Gardeazabal 2003, appendix B).
    """
    from scipy.optimize import minimize

    y0, y1 = paths.donors[: paths.before], paths.treated[: paths.before]

    def weights_of(z: FloatArray) -> FloatArray:
        root = np.sqrt(_bounded(z))
        r = 1e-10 * float(np.mean(np.sum((root[:, None] * (traits - own[:, None])) ** 2, 0)))
        return simplex_weights(root[:, None] * traits, root * own, max(r, 1e-300))

    def loss(z: FloatArray) -> float:
        return float(np.mean((y1 - y0 @ weights_of(z)) ** 2))

    options = {"maxfev": EVALUATIONS, "maxiter": EVALUATIONS, "xatol": 1e-5, "fatol": 1e-12, "adaptive": True}
    ends = [
        minimize(loss, np.log10(start / start.max()), method="Nelder-Mead", options=options).x
        for start in starts
    ]
    weights = np.array([weights_of(z) for z in ends])
    gap = paths.treated - weights @ paths.donors.T
    return Searched(
        np.mean(gap[:, : paths.before] ** 2, 1),
        np.mean(gap[:, paths.before :], 1),
        weights,
        np.array([_bounded(z) / _bounded(z).sum() for z in ends]),
    )


def scaled(traits: FloatArray, own: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return predictors of donors (P, N0) and the treated (P,) divided by their sd over all regions."""
    sd = np.std(np.column_stack([traits, own]), axis=1, ddof=1)
    sd = np.where(sd > 0, sd, 1.0)
    return traits / sd[:, None], own / sd


def starting_points(
    paths: Paths, traits: FloatArray, own: FloatArray, count: int, rng: np.random.Generator
) -> FloatArray:
    """Return ``count`` starts (count, P): equal, regression-based (Synth's default), and Dirichlet draws."""
    p = len(own)
    x = np.column_stack([np.ones(traits.shape[1] + 1), np.column_stack([traits, own]).T])
    z = np.column_stack([paths.donors[: paths.before], paths.treated[: paths.before]]).T
    beta = np.linalg.lstsq(x, z, rcond=None)[0][1:]
    regression = np.sum(beta**2, 1) + 1e-12
    drawn = rng.dirichlet(np.ones(p), size=max(count - 2, 0))
    return np.vstack([np.full(p, 1 / p), regression / regression.sum(), np.maximum(drawn, 1e-4)])[:count]


def _bounded(z: FloatArray) -> FloatArray:
    return np.asarray(10.0 ** np.maximum(z - z.max(), LOWEST))
