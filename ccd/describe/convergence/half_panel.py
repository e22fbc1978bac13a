"""Panel beta convergence with region and year effects, its half-panel jackknife and bootstrap over regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray


@dataclass(frozen=True)
class PanelSlopes:
    """Slopes (p,) by fixed effects and by the half-panel jackknife, with bootstrap errors; ``failed`` draws lost."""

    fixed: FloatArray
    jackknife: FloatArray
    fixed_error: FloatArray
    jackknife_error: FloatArray
    failed: int


class Window:
    """The cross-products of one window of transitions, ready to be weighted by region."""

    def __init__(self, y: FloatArray, x: FloatArray) -> None:
        """Take y (N, n) and x (N, n, p): within regions demeaned, so that weights of regions leave it as it is."""
        data = np.concatenate([x, y[:, :, None]], axis=2)
        data = data - data.mean(axis=1, keepdims=True)
        self.inner = np.einsum("itp,itq->ipq", data, data)
        self.flat = data.reshape(len(data), -1)
        self.shape = data.shape[1:]

    def slopes(self, weights: FloatArray) -> FloatArray:
        """Return the slopes under weights (B, N) of regions, (B, p); nan where they are not identified."""
        regions, width = weights.shape[1], self.shape[1]
        total = weights.sum(axis=1)
        inner = (weights @ self.inner.reshape(regions, -1)).reshape(-1, width, width)
        mean = (weights @ self.flat).reshape(-1, *self.shape) / total[:, None, None]
        cross = inner - total[:, None, None] * np.einsum("btp,btq->bpq", mean, mean)
        gram, right = cross[:, :-1, :-1], cross[:, :-1, -1]
        size = np.sqrt(np.einsum("bpp->bp", gram).clip(0))
        found = np.full(right.shape, np.nan)
        known = (size > 1e-9 * np.sqrt(np.einsum("ipp->p", self.inner)[:-1]).clip(1e-300)).all(axis=1)
        scale = np.where(known[:, None], size, 1)
        scaled = gram / (scale[:, :, None] * scale[:, None, :])
        known &= np.abs(np.linalg.det(np.where(known[:, None, None], scaled, np.eye(width - 1)))) > 1e-10
        if known.any():
            solved = np.linalg.solve(scaled[known], (right / scale)[known][:, :, None])[:, :, 0]
            found[known] = solved / scale[known]
        return found


def half_panel(y: FloatArray, x: FloatArray, draws: int, random: np.random.Generator) -> PanelSlopes | None:
    """Return slopes of y (N, n) on x (N, n, p) with region and year effects; None where they are not identified.

    2b - (b_1 + b_2)/2, over n transitions whose halves share the middle level; with n odd the mean over both ways
    to split (Dhaene and Jochmans 2015, eq. 3.3). Regions are drawn whole.
    """
    n = y.shape[1]
    if n < 4:
        return None
    cuts = (n // 2,) if n % 2 == 0 else (n // 2, n // 2 + 1)
    windows = [Window(y, x), *(Window(y[:, a:b], x[:, a:b]) for c in cuts for a, b in ((0, c), (c, n)))]
    regions = len(y)
    drawn = random.integers(0, regions, (draws, regions))
    weights = np.zeros((draws + 1, regions))
    weights[0] = 1
    np.add.at(weights, (np.arange(1, draws + 1)[:, None], drawn), 1)
    found = [window.slopes(weights) for window in windows]
    fixed = found[0]
    jackknife = 2 * fixed - np.mean(found[1:], axis=0)
    if np.isnan(jackknife[0]).any():
        return None
    kept = np.isfinite(jackknife[1:]).all(axis=1)
    if kept.sum() < draws / 2:
        return None
    return PanelSlopes(
        fixed[0],
        jackknife[0],
        fixed[1:][kept].std(axis=0, ddof=1),
        jackknife[1:][kept].std(axis=0, ddof=1),
        int((~kept).sum()),
    )
