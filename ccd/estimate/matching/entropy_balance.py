"""Entropy balancing: control weights that meet the treated means exactly and else stay as even as they can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.estimate.matching.pool import Lent, Pool, Settings
from ccd.words import text

#: What errors call the place where no caller names it.
WHERE = text("entropy balancing")

#: Largest gap between a weighted control mean and its target, in standard deviations.
GAP = 1e-9


@dataclass(frozen=True)
class Tilt:
    """Weights proportional to base x exp(x'lambda): ``weight`` (c,) sums to one with ``base`` inside."""

    weight: FloatArray
    gap: float


def match_entropy(pool: Pool, settings: Settings) -> Lent:
    """Return entropy-balancing weights on the means of the columns (Hainmueller 2012, Pol. Anal. 20).

    Every treated row is matched; the weights sum to the number of treated rows.
    """
    del settings
    number = float(pool.treated_count.sum())
    everyone = pool.treated_count > 0
    target = np.average(pool.treated_x, axis=0, weights=pool.treated_count)
    tilt = exponential_tilt(pool.control_x, target, pool.control_count, pool.names)
    per_row = np.divide(
        tilt.weight, pool.control_count, out=np.zeros_like(tilt.weight), where=pool.control_count > 0
    )
    return Lent(number * per_row, everyone)


def exponential_tilt(
    x: FloatArray,
    target: FloatArray,
    base: FloatArray | None = None,
    names: Sequence[str] = (),
    where: Words = WHERE,
) -> Tilt:
    """Return weights (c,) minimising sum w ln(w/base) with sum w = 1 and sum w x = ``target`` (k,).

    Newton on the dual ln sum base exp((x - target)'lambda), convex, with halved steps. Raises
    EstimationError when the target is no weighted mean of the rows of ``x`` (c, k), with the ``names`` (k)
    of the columns that it lies outside of.
    """
    often = np.ones(len(x)) if base is None else base
    centred = x - target
    spread = np.sqrt(np.maximum(np.average(centred**2, axis=0, weights=often), np.finfo(float).tiny))
    z = centred / spread
    multiplier = np.zeros(x.shape[1])
    weight, value = _dual(z, often, multiplier)
    for _ in range(200):
        gradient = weight @ z
        if np.abs(gradient).max(initial=0.0) < 1e-13:
            break
        curvature = (z * weight[:, None]).T @ z - np.outer(gradient, gradient)
        step = np.linalg.lstsq(curvature, gradient, rcond=1e-14)[0]
        size, decrement = 1.0, float(step @ gradient)
        trial, trial_value = _dual(z, often, multiplier - step)
        while trial_value > value - 1e-4 * size * decrement + 1e-14 * (1 + abs(value)) and size > 1e-8:
            size /= 2
            trial, trial_value = _dual(z, often, multiplier - size * step)
        if size <= 1e-8 or float(np.abs(multiplier).max(initial=0.0)) > 1e4:
            break
        multiplier, weight, value = multiplier - size * step, trial, trial_value
    gap = float(np.abs(weight @ z).max(initial=0.0))
    if gap > GAP:
        raise _infeasible(z[often > 0], names, where)
    return Tilt(weight, gap)


def _dual(z: FloatArray, base: FloatArray, multiplier: FloatArray) -> tuple[FloatArray, float]:
    index = z @ multiplier
    top = float(index[base > 0].max())
    raw = base * np.exp(np.where(base > 0, index - top, -np.inf))
    total = float(raw.sum())
    return raw / total, top + float(np.log(total))


def _infeasible(z: FloatArray, names: Sequence[str], where: Words) -> EstimationError:
    outside = [
        str(n) for n, column in zip(names, z.T, strict=False) if column.min() >= 0 or column.max() <= 0
    ]
    told = (
        text(": the treated mean of {columns} lies outside the controls' range", columns=tuple(outside))
        if outside
        else ""
    )
    return EstimationError(
        text("no weights on the controls give the treated means{told}", told=told),
        where=where,
        fix=text(
            "match on fewer columns, drop treated regions outside the controls' range, or use the kernel"
        ),
    )
