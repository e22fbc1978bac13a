"""How far a radial score would move with another sample: the smoothed bootstrap of Simar and Wilson."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.measures.programmes import radial
from ccd.progress import told


@dataclass(frozen=True)
class Corrected:
    """Scores less their bias, and 95 % intervals, (n,) each."""

    score: FloatArray
    low: FloatArray
    high: FloatArray


def bandwidth(scores: FloatArray) -> float:
    """Return h = 1.06 min(sd, IQR/1.34) n^(-1/5) of scores (n,); by the sd alone where half of them are equal."""
    low, high = np.quantile(scores, [0.25, 0.75])
    spread = float(scores.std(ddof=1))
    return float(1.06 * (min(spread, float(high - low) / 1.34) or spread) * len(scores) ** -0.2)


def smoothed(scores: FloatArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return ``draws`` samples of scores (n,) from their density reflected at 1, (draws, n).

    Simar and Wilson (1998, Management Science 44, eq. 4.20 to 4.25): their spread is that of the scores.
    """
    h, spread = bandwidth(scores), float(scores.var(ddof=1))
    chosen = scores[rng.integers(len(scores), size=(draws, len(scores)))]
    moved = chosen + h * rng.standard_normal(chosen.shape)
    reflected = np.where(moved <= 1, moved, 2 - moved)
    mean = chosen.mean(axis=1, keepdims=True)
    drawn = mean + (reflected - mean) / np.sqrt(1 + h**2 / spread) if spread > 0 else chosen
    # far tails of few scores: a score stays above 0
    return np.asarray(np.maximum(drawn, 0.5 * scores.min()))


def bootstrapped(
    x: FloatArray, y: FloatArray, scores: FloatArray, draws: int, rng: np.random.Generator, *, out: bool
) -> Corrected:
    """Return CCR ``scores`` (n,) of units x (n, m), y (n, s) less their bias, with intervals.

    Each draw puts the units at other distances from the frontier and measures them against that sample; intervals are
    the draws' percentiles moved by twice the bias (Simar and Wilson 1998, section 4).
    """
    n = len(x)
    again = np.empty((draws, n))
    for b, drawn in enumerate(told(smoothed(scores, draws, rng), "draws", draws)):
        share = (drawn / scores)[:, None]
        made_x, made_y = (x, y * share) if out else (x / share, y)
        best = undominated(made_x, made_y)
        again[b] = [radial(made_x[best], made_y[best], x[i], y[i], out=out) for i in range(n)]
    bias = again.mean(axis=0) - scores
    low, high = np.quantile(again, [0.025, 0.975], axis=0) - 2 * bias
    return Corrected(scores - bias, low, high)


def undominated(x: FloatArray, y: FloatArray) -> BoolArray:
    """Return the units (n,) that no other beats in every output per input: under constant returns all that matter."""
    ratios = (y[:, :, None] / x[:, None, :]).reshape(len(x), -1)
    order = np.lexsort((*ratios.T,))[::-1]
    kept = np.zeros(len(x), dtype=bool)
    front = np.empty((0, ratios.shape[1]))
    for k in order:  # whoever beats a unit comes before it
        if not (front >= ratios[k]).all(axis=1).any():
            kept[k] = True
            front = np.vstack([front, ratios[k]])
    return kept
