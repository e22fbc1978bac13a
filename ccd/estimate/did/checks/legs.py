"""The legs of mediation: policy on channel, channel on outcome, direct and total; and their draws of whole clusters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Regression
from ccd.estimate.linear.cluster_draws import cluster_draws
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.rows.sample import Sample
from ccd.progress import told
from ccd.words import text

#: Draws whose Gram matrices are held at once.
CHUNK = 100

T = TypeVar("T")


@dataclass(frozen=True)
class Legs:
    """Effect of the policy on the channel, of the channel on the outcome beside it, direct and in total.

    ``noise`` is the standard deviation of the outcome's residual given the channel over that of the channel's.
    """

    on_channel: float
    on_outcome: float
    direct: float
    total: float
    noise: float

    @property
    def indirect(self) -> float:
        """Return what runs through the channel: the product of the two legs."""
        return self.on_channel * self.on_outcome

    @property
    def share(self) -> float:
        """Return the indirect part of the total effect; nan when there is none."""
        return self.indirect / self.total if self.total else float("nan")


def legs(z: FloatArray) -> Legs:
    """Return the legs from columns ``z`` (r, 3 + k): outcome, policy, channel and controls, less the fixed effects.

    Any rows of the same moments do. total = direct + indirect exactly (Baron & Kenny 1986).
    """
    rest = np.delete(z, [0, 2], axis=1)
    first, left = regressed(z[:, [0, 2]], rest)
    second, own = regressed(z[:, :1], np.column_stack([z[:, 2], rest]))
    noise = np.linalg.norm(own) / np.linalg.norm(left[:, 1])
    (total, on_channel), (on_outcome, direct) = first[0], second[:2, 0]
    return Legs(float(on_channel), float(on_outcome), float(direct), float(total), float(noise))


def regressed(y: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (p, q) of least squares of ``y`` (r, q) on ``x`` (r, p), and the residuals (r, q)."""
    length = np.maximum(np.linalg.norm(x, axis=0), np.finfo(float).tiny)
    beta = np.linalg.lstsq(x / length, y, rcond=None)[0] / length[:, None]
    return beta, y - x @ beta


def standard_t(rng: np.random.Generator, df: float, draws: int) -> FloatArray:
    """Return ``draws`` draws of t(df), normal where ``df`` is infinite."""
    return rng.standard_normal(draws) if np.isinf(df) else rng.standard_t(df, draws)


def swept(design: AbsorbingDesign, columns: FloatArray) -> FloatArray:
    """Return ``columns`` (n, q) less the fixed effects, each row times the root of its weight."""
    left = design.residualise(columns)
    return left if design.weight is None else left * np.sqrt(design.weight)[:, None]


def bootstrapped(
    model: Regression,
    sample: Sample,
    columns: FloatArray,
    solve: Callable[[FloatArray], T],
    draws: int,
    rng: np.random.Generator,
) -> list[T]:
    """Return what ``solve`` makes of ``columns`` (n, q) in each of ``draws`` draws of whole clusters.

    A cluster drawn k times has weight k. ``solve`` takes rows (r, q) that have the moments of the columns less their
    effects. Raises EstimationError when no draw identifies them.
    """
    cluster = sample.clusters[0]
    size = int(cluster.max()) + 1
    treated = np.bincount(cluster, sample.treated.astype(float), size) > 0
    times = np.array([np.bincount(rng.integers(0, size, size), minlength=size) for _ in range(draws)], float)
    times = times[(times[:, treated] > 0).any(axis=1)]
    moments = cluster_draws(model.design(sample), columns, cluster)
    found: list[T] = []
    for start in told(range(0, len(times), CHUNK), "draws", len(times), CHUNK):
        chunk = times[start : start + CHUNK]
        gram, exact = (
            (np.empty(0), np.zeros(len(chunk), dtype=bool)) if moments is None else moments.gram(chunk)
        )
        for b, own in enumerate(chunk):
            z = np.linalg.cholesky(gram[b]).T if exact[b] else _alone(model, sample, own[cluster], columns)
            found += [] if z is None else [solve(z)]
    if not found:
        raise EstimationError(
            text("no bootstrap draw of clusters identifies the channel"),
            where="mechanism",
            fix=text("take a channel that varies within regions, or cluster by a column of more values"),
        )
    return found


def _alone(model: Regression, sample: Sample, times: FloatArray, columns: FloatArray) -> FloatArray | None:
    """Return the swept columns when row i counts ``times`` (n,) times; None where they have not full rank."""
    keep = times > 0
    own = np.ones(len(times)) if sample.weight is None else sample.weight
    part = replace(sample.rows(keep), weight=(own * times)[keep])
    z = swept(model.design(part), columns[keep])
    scaled = z[:, 1:] / np.maximum(np.linalg.norm(z[:, 1:], axis=0), 1e-300)
    return z if np.linalg.matrix_rank(scaled) == scaled.shape[1] else None
