"""One local projection: long differences of switchers and clean controls on a dummy and year effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.ols import demean, group_sums, least_squares, unidentified


class Unprojected(ValueError):
    """A horizon that cannot be estimated: ``columns`` are the covariates at fault, none: no region to compare."""

    def __init__(self, columns: tuple[int, ...] = ()) -> None:
        super().__init__(f"covariates {columns}" if columns else "no comparison")
        self.columns = columns


@dataclass(frozen=True)
class Difference:
    """Rows of one horizon: ``change`` (m,), ``treated`` (m,), ``year`` and ``entity`` codes (m,), ``x`` (m, p).

    ``weight`` (m,) weighs the rows.
    """

    change: FloatArray
    treated: BoolArray
    year: IntArray
    entity: IntArray
    x: FloatArray
    weight: FloatArray

    def compared(self) -> Difference:
        """Return the rows of years that have a clean control."""
        return self._of_years(self.weight * ~self.treated)

    def switching(self) -> Difference:
        """Return the rows of years in which a region begins."""
        return self._of_years(self.weight * self.treated)

    def _of_years(self, weight: FloatArray) -> Difference:
        """Return the rows of years in which ``weight`` (m,) is not 0 throughout."""
        kept = np.bincount(self.year, weight, int(self.year.max(initial=-1)) + 1)[self.year] > 0
        if kept.all():
            return self
        return Difference(
            self.change[kept],
            self.treated[kept],
            self.year[kept],
            self.entity[kept],
            self.x[kept],
            self.weight[kept],
        )


@dataclass(frozen=True)
class Projection:
    """An effect, the influence of each region on it, ``psi`` (N,), and what its small-sample factor counts.

    ``factor_k`` is K, 0 where the error has no factor; ``seen`` (N,) tells which regions have a row.
    """

    effect: float
    psi: FloatArray
    rows: int
    switchers: int
    factor_k: int
    seen: BoolArray


def project(rows: Difference, size: int, *, equal: bool) -> Projection:
    """Return the effect of one horizon in a panel of ``size`` regions (Dube, Girardi, Jorda & Taylor 2023).

    Least squares of the change on the dummy, year effects and x weighs the comparison of each year by its
    variance. ``equal`` weighs it by its treated: rows by 1/(1 - share treated of the year), or with x by what
    the clean controls' regression on year effects and x leaves of the treated (regression adjustment), whose
    error has no small-sample factor. Raises Unprojected.
    """
    rows = rows.compared()
    d = rows.treated.astype(float)
    if not d.any():
        raise Unprojected
    if equal and rows.x.shape[1]:
        return _adjusted(rows, size)
    if equal:  # the others weigh nothing, and count neither in n nor in K
        rows = rows.switching()
        d = rows.treated.astype(float)
    weight, year = rows.weight, _dense(rows.year)
    if equal:
        total = np.bincount(year, weight)
        weight = weight * (total / (total - np.bincount(year, weight * d)))[year]
    raw = np.column_stack([d, rows.x])
    swept = demean(np.column_stack([rows.change, raw]), [year], weight)
    absorbed, collinear = unidentified(swept[:, 1:], raw, weight)
    blamed = tuple(j - 1 for j in sorted((*absorbed, *collinear)) if j)
    if blamed or absorbed or collinear:
        raise Unprojected(blamed)
    fit = least_squares(swept[:, 0], swept[:, 1:], weight)
    psi = np.bincount(rows.entity, fit.scores @ fit.bread[:, 0], size)
    k = raw.shape[1] + 1 + int(year.max())
    return Projection(float(fit.beta[0]), np.asarray(psi), len(d), int(d.sum()), k, _seen(rows, size))


def _adjusted(rows: Difference, size: int) -> Projection:
    """Return the mean of what the controls' regression leaves of the treated, with its influence."""
    clean, d = ~rows.treated, rows.treated * rows.weight
    year = _dense(rows.year)
    z = np.column_stack([year[:, None] == np.arange(int(year.max()) + 1), rows.x]).astype(float)
    root = np.sqrt(rows.weight[clean])[:, None]
    x = demean(rows.x[clean], [_dense(rows.year[clean])], rows.weight[clean])
    lost = unidentified(x, rows.x[clean], rows.weight[clean])
    if lost[0] or lost[1]:
        raise Unprojected(tuple(sorted((*lost[0], *lost[1]))))
    q, r = np.linalg.qr(z[clean] * root)
    beta = np.linalg.solve(r, q.T @ (rows.change[clean, None] * root))[:, 0]
    resid = rows.change - z @ beta
    effect = float(d @ resid / d.sum())
    reach = np.linalg.solve(r, np.linalg.solve(r.T, d @ z))
    own = d * (resid - effect) - clean * rows.weight * resid * (z @ reach)
    psi = group_sums(own[:, None] / d.sum(), rows.entity, size)[:, 0]
    return Projection(effect, psi, len(d), int(rows.treated.sum()), 0, _seen(rows, size))


def _seen(rows: Difference, size: int) -> BoolArray:
    """Return which of ``size`` regions have a row, (N,)."""
    return np.asarray(np.bincount(rows.entity, minlength=size) > 0)


def _dense(codes: IntArray) -> IntArray:
    """Return codes without gaps."""
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)
