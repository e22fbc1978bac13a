"""Maximum likelihood of the spatial lag (SAR, SDM) and the spatial error (SEM) of a balanced panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.estimate.autoregressive.maximum import Squares, maximise
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import Effects, flat, lag
from ccd.estimate.linear.ols import unidentified
from ccd.words import text


@dataclass(frozen=True)
class SpatialFit:
    """rho, beta (k,) and sigma2 with their covariance (k + 2, k + 2) in the order rho, beta, sigma2.

    ``resid`` (N, T) are the residuals of the swept data, ``log_likelihood`` the whole one, ``size`` N* and T*.
    """

    rho: float
    beta: FloatArray
    sigma2: float
    covariance: FloatArray
    resid: FloatArray
    log_likelihood: float
    size: tuple[int, int]

    @property
    def coefficients(self) -> FloatArray:
        """Return rho and beta, (k + 1,)."""
        return np.concatenate([[self.rho], self.beta])


def spatial_lag(
    y: FloatArray, x: FloatArray, spectrum: Spectrum, effects: Effects, names: Sequence[str], where: Words
) -> SpatialFit:
    """Return the fit of y = rho Wy + x b + effects + u; ``y`` (N, T), ``x`` (N, T, k) with WX among its columns.

    Every lag is taken of the raw column and swept after. Information as in Lee & Yu (2010, J. Econometrics 154,
    section 3). Raises EstimationError for columns that cannot be told apart, and at a bound.
    """
    wy = lag(spectrum.matrix, y)
    swept = effects.sweep(x)
    identified(swept, x, names, where)
    z = flat(swept)
    y0, y1 = flat(effects.sweep(y)), flat(effects.sweep(wy))
    q, r = np.linalg.qr(z)
    e0, e1 = y0 - q @ (q.T @ y0), y1 - q @ (q.T @ y1)
    a, b, d = float(e0 @ e0), float(e0 @ e1), float(e1 @ e1)
    n, t = effects.size(*y.shape)

    def squares(rho: float) -> Squares:
        return Squares(a - 2 * rho * b + rho**2 * d, 2 * (rho * d - b))

    rho, value = maximise(spectrum, squares, n, t, effects.c, where)
    beta = np.linalg.solve(r, q.T @ (y0 - rho * y1))
    resid = e0 - rho * e1
    sigma2 = float(resid @ resid) / (n * t)
    traces, g = spectrum.traces(rho, effects.c)
    fitted = x @ beta
    moved = flat(effects.sweep((g @ fitted.reshape(len(g), -1)).reshape(fitted.shape)))
    k = z.shape[1]
    information = np.zeros((k + 2, k + 2))
    information[0, 0] = t * (traces.gg + traces.square) + float(moved @ moved) / sigma2
    information[0, 1:-1] = information[1:-1, 0] = z.T @ moved / sigma2
    information[0, -1] = information[-1, 0] = t * traces.g / sigma2
    information[1:-1, 1:-1] = z.T @ z / sigma2
    information[-1, -1] = n * t / (2 * sigma2**2)
    return SpatialFit(
        rho, beta, sigma2, inverted(information), resid.reshape(y.shape), whole(value, n, t), (n, t)
    )


def spatial_error(
    y: FloatArray, x: FloatArray, spectrum: Spectrum, effects: Effects, names: Sequence[str], where: Words
) -> SpatialFit:
    """Return the fit of y = x b + effects + u, u = rho Wu + e; arrays as in ``spatial_lag``."""
    matrix, (n, t) = spectrum.matrix, effects.size(*y.shape)
    identified(effects.sweep(x), x, names, where)
    z, wz = flat(effects.sweep(x)), flat(effects.sweep(lag(matrix, x)))
    y0, y1 = flat(effects.sweep(y)), flat(effects.sweep(lag(matrix, y)))
    q, r = np.linalg.qr(z)
    root = np.linalg.inv(r)
    start = root @ (q.T @ y0)
    left, right = np.column_stack([y0 - z @ start, q]), np.column_stack([y1 - wz @ start, wz @ root])
    m0, m1, m2 = left.T @ left, left.T @ right + right.T @ left, right.T @ right

    def solved(rho: float) -> tuple[FloatArray, Squares]:
        m = m0 - rho * m1 + rho**2 * m2
        v = np.concatenate([[1.0], -np.linalg.solve(m[1:, 1:], m[1:, 0])])
        return -v[1:], Squares(float(v @ m @ v), float(v @ (2 * rho * m2 - m1) @ v))

    rho, value = maximise(spectrum, lambda rho: solved(rho)[1], n, t, effects.c, where)
    beta = start + root @ solved(rho)[0]
    filtered = z - rho * wz
    resid = y0 - rho * y1 - filtered @ beta
    sigma2 = float(resid @ resid) / (n * t)
    traces, _ = spectrum.traces(rho, effects.c)
    k = z.shape[1]
    information = np.zeros((k + 2, k + 2))
    information[0, 0] = t * (traces.gg + traces.square)
    information[0, -1] = information[-1, 0] = t * traces.g / sigma2
    information[1:-1, 1:-1] = filtered.T @ filtered / sigma2
    information[-1, -1] = n * t / (2 * sigma2**2)
    return SpatialFit(
        rho, beta, sigma2, inverted(information), resid.reshape(y.shape), whole(value, n, t), (n, t)
    )


def identified(swept: FloatArray, x: FloatArray, names: Sequence[str], where: Words) -> None:
    """Raise EstimationError for a column of ``swept`` (N, T, k) that has nothing of its own left, naming it."""
    constant = [name == "const" for name in names]
    absorbed, collinear = unidentified(flat(swept), flat(x))
    absorbed = [j for j in absorbed if not constant[j]]
    if absorbed:
        raise EstimationError(
            text(
                "{columns}: no variation is left after the fixed effects",
                columns=tuple(names[j] for j in absorbed),
            ),
            where=where,
            fix=text("leave it out, or take a column that varies within regions differently over time"),
        )
    if collinear:
        raise EstimationError(
            text(
                "{collinear}: collinear with the other regressors and their lags",
                collinear=tuple(names[j] for j in collinear),
            ),
            where=where,
            fix=text("leave it out of x or of durbin"),
        )


def inverted(information: FloatArray) -> FloatArray:
    """Return the inverse of an information matrix, scaled so that units do not matter."""
    scale = 1 / np.sqrt(np.diag(information))
    return np.asarray(np.linalg.inv(information * scale * scale[:, None]) * scale * scale[:, None])


def whole(value: float, n: int, t: int) -> float:
    """Return the log likelihood with its constant."""
    return float(value - n * t / 2 * (1 + np.log(2 * np.pi) - np.log(n * t)))
