"""A bootstrap of whole clusters as products: the Gram matrix of each draw from moments made once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.ols import WELL, group_sums
from ccd.estimate.linear.vcov import nested

#: A column of which a draw leaves less than this share has nothing of its own that its Gram matrix could show.
LEFT = 1e-8


@dataclass(frozen=True)
class ClusterDraws:
    """Moments of q columns less their region means: weights of regions by year (N, T), and sums by cluster.

    ``cluster`` (N,) is the cluster of each region, ``by_year`` (G, T q) and ``squares`` (G, q q) are its weighted sums.
    """

    counts: FloatArray
    cluster: IntArray
    by_year: FloatArray
    squares: FloatArray

    def gram(self, times: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Return X'WX (B, q, q) less region and year effects when cluster g counts ``times`` (B, G) times.

        And tell of which draws (B,) it is exact enough to solve from: no column absorbed, none nearly collinear.
        """
        size = self.counts.shape[1]
        q = self.by_year.shape[1] // size
        whole = (times @ self.squares).reshape(-1, q, q)
        sums = (times @ self.by_year).reshape(-1, size, q)
        share = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), np.finfo(float).tiny)
        found = np.empty_like(whole)
        for b, own in enumerate(times[:, self.cluster]):
            normal = np.diag(own @ self.counts) - (share * own[:, None]).T @ self.counts
            level = np.linalg.pinv(normal, rcond=1e-12, hermitian=True) @ sums[b]
            found[b] = whole[b] - sums[b].T @ level
        before, after = (np.einsum("bjj->bj", each) for each in (whole, found))
        exact = ((after > LEFT * before) & (before > 0)).all(axis=1)
        scale = np.sqrt(np.where(exact[:, None], after, 1.0))
        correlation = found / scale[:, :, None] / scale[:, None, :]
        exact[exact] = np.linalg.eigvalsh(correlation[exact]).min(axis=1) > WELL
        return found, exact


def cluster_draws(design: AbsorbingDesign, columns: FloatArray, cluster: IntArray) -> ClusterDraws | None:
    """Return the moments of ``columns`` (n, q); None where clusters cut regions, or more than both effects leave."""
    if len(design.effects) > 2 or design.trend is not None or not nested(design.effects[0], cluster):
        return None
    entity, time = design.effects
    n, t, g, q = int(entity.max()) + 1, int(time.max()) + 1, int(cluster.max()) + 1, columns.shape[1]
    w = np.ones(len(entity)) if design.weight is None else design.weight
    z = design.residualise(columns)  # the effects of every draw span these, so this only spares digits
    counts = np.asarray(np.bincount(entity * t + time, w, n * t), dtype=np.float64).reshape(n, t)
    of_region = np.zeros(n, dtype=np.intp)
    of_region[entity] = cluster
    weighted = z * w[:, None]
    by_year = group_sums(weighted, cluster * t + time, g * t).reshape(g, t * q)
    pairs = (weighted[:, :, None] * z[:, None, :]).reshape(len(z), -1)
    return ClusterDraws(counts, of_region, by_year, group_sums(pairs, cluster, g))
