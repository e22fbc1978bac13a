"""Many outcomes under one set of permuted cohorts: what a draw fixes is made once, each outcome costs products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import group_sums

#: A regressor of which less than this share of squares is left is absorbed.
TINY = 1e-10
#: Cells of an array (draws, n) that are worked on at a time.
BATCH = 2_000_000


class SharedDraws(Protocol):
    """Draws prepared for any outcome on the same rows."""

    def __call__(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return estimate and standard error (R,) of ``y`` (n,) under every draw; nan where one is not identified."""


@dataclass(frozen=True)
class TwoWayDraws:
    """Regressions of y on a treatment: ``z`` (R, n) is it less all else under each draw, ``squares`` (R,) its squares.

    ``basis`` (n, k) spans the controls less the effects; ``factor`` is that of the clustered variance.
    """

    design: AbsorbingDesign
    basis: FloatArray
    z: FloatArray
    squares: FloatArray
    factor: float

    def __call__(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return coefficient and clustered error (R,) of ``y`` (n,)."""
        left = self.design.residualise(y[:, None])[:, 0]
        left = left - self.basis @ (self.basis.T @ left)
        group = self.design.clusters[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            beta = self.z @ left / self.squares
        error = np.empty(len(beta))
        step = max(1, BATCH // len(y))
        for start in range(0, len(beta), step):
            own = slice(start, start + step)
            score = self.z[own] * (left - beta[own, None] * self.z[own])
            error[own] = np.sqrt(np.sum(_by_group(score, group) ** 2, axis=1))
        with np.errstate(invalid="ignore"):
            return np.asarray(beta), np.asarray(np.sqrt(self.factor) * error / self.squares)


def two_way_draws(
    design: AbsorbingDesign, nuisance: FloatArray, treatments: FloatArray, slopes: int
) -> TwoWayDraws:
    """Return the draws ``treatments`` (R, n) prepared; ``nuisance`` (n, k) stays, ``slopes`` counts all regressors.

    The design has no weights and one column of clusters (Frisch & Waugh 1933: controls are projected out once).
    """
    basis = np.linalg.qr(design.residualise(nuisance))[0] if nuisance.shape[1] else nuisance
    z = design.residualise(np.ascontiguousarray(treatments.T))
    z = np.ascontiguousarray((z - basis @ (basis.T @ z)).T)
    squares = np.einsum("rn,rn->r", z, z)
    squares = np.where(squares > TINY * np.maximum(treatments.sum(axis=1), 1), squares, np.nan)
    groups, rows = int(design.clusters[0].max()) + 1, treatments.shape[1]
    factor = groups / (groups - 1) * (rows - 1) / (rows - design.parameters(slopes))
    return TwoWayDraws(design, basis, z, squares, factor)


@dataclass(frozen=True)
class ImputedDraws:
    """Means of tau under each draw, what depends on the draw alone: arrays (R, ...) over a grid of N x T cells.

    ``untreated`` (R, N, T) are the cells of the fit, ``shares`` their shares of the region's, ``inverse`` (R, T, T)
    of the years' normal matrix, ``x`` (R, N, T, p) the controls less effects and ``gram`` (R, p, p) their inverse
    Gram matrix, ``weight`` and ``outcome`` (R, N, T) the weights on tau and on y. ``cell`` (n,) places the rows,
    ``group`` (N,) the regions in clusters.
    """

    untreated: BoolArray
    shares: FloatArray
    inverse: FloatArray
    x: FloatArray
    gram: FloatArray
    weight: FloatArray
    outcome: FloatArray
    cell: IntArray
    group: IntArray

    def __call__(self, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the mean of tau and its error (R,) of ``y`` (n,) (Borusyak, Jaravel & Spiess 2024)."""
        draws, n, t = self.untreated.shape
        grid = np.zeros(n * t)
        grid[self.cell] = y - y.mean()
        grid = grid.reshape(n, t)
        estimate, error = np.empty(draws), np.empty(draws)
        step = max(1, BATCH // (n * t))
        for start in range(0, draws, step):
            own = slice(start, start + step)
            estimate[own], error[own] = self._block(own, grid)
        return estimate, error

    def _block(self, own: slice, grid: FloatArray) -> tuple[FloatArray, FloatArray]:
        shares, inside = self.shares[own], self.untreated[own]
        mean = np.einsum("rnt,nt->rn", shares, grid)
        deviation = np.where(inside, grid - mean[:, :, None], 0.0)
        level = np.einsum("rst,rt->rs", self.inverse[own], deviation.sum(axis=1))
        level_of = mean - np.einsum("rnt,rt->rn", shares, level)
        left = grid - level_of[:, :, None] - level[:, None, :]
        if self.x.shape[-1]:
            x = self.x[own]
            slopes = np.einsum(
                "rjk,rntk,rnt->rj", self.gram[own], x, np.where(inside, left, 0.0), optimize=True
            )
            left = left - np.einsum("rntj,rj->rnt", x, slopes)
        weight = self.weight[own]
        estimate = np.einsum("rnt,rnt->r", weight, left)
        psi = np.einsum("rnt,rnt->rn", self.outcome[own], left) - estimate[:, None] * weight.sum(axis=2)
        return estimate, np.sqrt(np.sum(_by_group(psi, self.group) ** 2, axis=1))


def imputed_draws(
    x: FloatArray, entity: IntArray, time: IntArray, treated: BoolArray, group: IntArray
) -> ImputedDraws:
    """Return the draws ``treated`` (R, n) prepared, with controls ``x`` (n, p) and clusters ``group`` (N,).

    A draw that leaves a control unidentified, or no treated cell to impute, has weights nan.
    """
    n, t, p, draws = int(entity.max()) + 1, int(time.max()) + 1, x.shape[1], len(treated)
    cell = np.asarray(entity * t + time, dtype=np.intp)
    untreated = np.zeros((draws, n * t), dtype=bool)
    shares, inverse = np.zeros((draws, n, t)), np.zeros((draws, t, t))
    weight, outcome = np.full((draws, n * t), np.nan), np.full((draws, n * t), np.nan)
    left, gram = np.zeros((draws, n * t, p)), np.zeros((draws, p, p))
    nothing = np.zeros(len(entity))
    for r in np.flatnonzero(~treated.all(axis=1)):
        fit = impute(nothing, x, entity, time, ~treated[r])
        used = treated[r] & fit.imputable
        untreated[r, cell] = ~treated[r] & fit.imputable
        shares[r], inverse[r], gram[r] = fit.shares, fit.inverse, fit.gram
        left[r, cell] = fit.x
        if not used.any() or fit.absorbed or fit.collinear:
            continue
        own = used / used.sum()
        weight[r], outcome[r] = 0.0, 0.0
        weight[r, cell], outcome[r, cell] = own, fit.outcome_weights(own)
        lost = cell[(~treated[r]) & ~fit.imputable]
        outcome[r, lost] = 0.0
    grid = (draws, n, t)
    return ImputedDraws(
        untreated.reshape(grid),
        shares,
        inverse,
        left.reshape(*grid, p),
        gram,
        weight.reshape(grid),
        outcome.reshape(grid),
        cell,
        group,
    )


def _by_group(values: FloatArray, group: IntArray) -> FloatArray:
    """Return the sums of the columns of ``values`` (R, n) by ``group`` (n,), (R, G)."""
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    if (np.diff(group) >= 0).all():
        return np.asarray(np.add.reduceat(values, starts, axis=1))
    return np.asarray(group_sums(np.ascontiguousarray(values.T), group, int(group.max()) + 1).T)
