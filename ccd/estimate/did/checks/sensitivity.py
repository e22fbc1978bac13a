"""Sensitivity of an event study to violations of parallel trends (Rambachan & Roth 2023)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from pydantic import Field
from scipy.special import ndtri

from ccd.arrays import FloatArray
from ccd.estimate.did.checks.flci import flci
from ccd.estimate.did.checks.relative import excludes_zero, relative_interval
from ccd.estimate.did.effects import Finding
from ccd.results import Breakdown, Part, Sensitivity
from ccd.spec import Spec
from ccd.streams import Stream
from ccd.words import text

#: Standard normal draws behind the least-favourable critical value.
DRAWS = 10_000
ALPHA = 0.05
#: A breakdown value above this is reported as infinite.
CEILING = 1e6
#: Smallest eigenvalue of a correlation matrix that still counts as positive.
SINGULAR = 1e-8


class SensitivitySpec(Spec):
    """``sensitivity = { relative = [0.5, 1, 1.5, 2], smoothness = [...] }``."""

    relative: tuple[float, ...] = Field(default=(0.5, 1.0, 1.5, 2.0))
    """Bounds M on the largest change of the trend, relative to the largest before treatment; [] = none."""
    smoothness: tuple[float, ...] | None = None
    """Bounds M on its second differences, in units of the outcome; none: 0, half and all of the largest seen."""


class Studied(NamedTuple):
    """Consecutive event times: ``leads`` coefficients up to e = -2, then effects from e = 0."""

    beta: FloatArray
    matrix: FloatArray
    leads: int

    @property
    def effects(self) -> int:
        """Return the number of effects."""
        return len(self.beta) - self.leads


def consecutive(event_time: FloatArray, beta: FloatArray, matrix: FloatArray) -> Studied:
    """Return the run of event times around e = -1 without gaps (e = -1 itself is 0 by construction)."""
    known = {int(e) for e in event_time} - {-1}
    first, last = -1, -1
    while first - 1 in known:
        first -= 1
    while last + 1 in known:
        last += 1
    wanted = [e for e in range(first, last + 1) if e != -1]
    at = [int(np.flatnonzero(event_time == e)[0]) for e in wanted]
    return Studied(beta[at], matrix[np.ix_(at, at)], -1 - first)


def sensitivity(
    event_time: FloatArray, beta: FloatArray, matrix: FloatArray, spec: SensitivitySpec, stream: Stream
) -> Finding:
    """Return the part ``sensitivity``: 95 % intervals of the mean effect, and of e = 0, by restriction and M.

    ``event_time``, ``beta`` (k,) and ``matrix`` (k, k) are the estimated event times that are shown. Among
    the details are the breakdown values: the least M at which the interval holds zero.
    """
    studied = consecutive(event_time, beta, matrix)
    if not studied.leads or not studied.effects:
        note = text("Sensitivity needs a lead and an effect next to event time -1: not computed")
        return Finding(notes=(note,))
    if np.linalg.eigvalsh(correlation(studied.matrix))[0] < SINGULAR:
        note = text("The event study's covariance is singular (too few clusters): sensitivity not computed")
        return Finding(notes=(note,))
    normal = stream("sensitivity").standard_normal((DRAWS, len(studied.beta)))
    bends = spec.smoothness if spec.smoothness is not None else _seen(studied)
    rows: list[tuple[str, str, float, float, float, float]] = []
    broken: list[Breakdown] = []
    for target, weights in _targets(studied.effects).items():
        post = np.concatenate([np.zeros(studied.leads), weights])
        centre = float(post @ studied.beta)
        half = float(ndtri(1 - ALPHA / 2) * np.sqrt(post @ studied.matrix @ post))
        rows.append((target, "none", 0.0, centre, centre - half, centre + half))
        for m in spec.relative:
            interval = relative_interval(studied.beta, studied.matrix, weights, m, normal, ALPHA)
            rows.append((target, "relative", m, centre, *interval))
        for m in bends:
            rows.append((target, "smoothness", m, centre, *flci(studied.beta, studied.matrix, weights, m)))
        broken.append(breakdown(studied, target, weights, normal, abs(centre) - half > 0))
    value = Sensitivity(
        target=tuple(row[0] for row in rows),
        restriction=tuple(row[1] for row in rows),
        m=np.array([row[2] for row in rows]),
        estimate=np.array([row[3] for row in rows]),
        conf_low=np.array([row[4] for row in rows]),
        conf_high=np.array([row[5] for row in rows]),
        leads=studied.leads,
        effects=studied.effects,
        breakdowns=tuple(broken),
    )
    return Finding((Part(value),), {"sensitivity": value.scalars()})


def correlation(matrix: FloatArray) -> FloatArray:
    """Return the correlation matrix (k, k) of a covariance."""
    spread = np.sqrt(np.diag(matrix))
    return np.asarray(matrix / np.outer(spread, spread))


def breakdown(
    studied: Studied, target: str, weights: FloatArray, normal: FloatArray, significant: bool
) -> Breakdown:
    """Return the least M of each restriction at which the interval holds zero; 0 when it does at M = 0."""
    beta, matrix = studied.beta, studied.matrix

    def relative(m: float) -> bool:
        return excludes_zero(beta, matrix, weights, m, normal, ALPHA)

    def smooth(m: float) -> bool:
        low, high = flci(beta, matrix, weights, m)
        return low > 0 or high < 0

    scale = float(np.sqrt(np.diag(matrix)).mean())
    return Breakdown(
        target,
        relative=_breakdown(relative, 1.0) if significant else 0.0,
        smoothness=_breakdown(smooth, scale) if smooth(0.0) else 0.0,
    )


def _breakdown(excludes: Callable[[float], bool], start: float) -> float | None:
    low, high = 0.0, start
    while excludes(high):
        low, high = high, 2 * high
        if high > CEILING * start:
            return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if excludes(middle) else (low, middle)
    return high


def _targets(effects: int) -> dict[str, FloatArray]:
    mean = np.full(effects, 1 / effects)
    return {"mean": mean} if effects == 1 else {"mean": mean, "e0": np.eye(effects)[0]}


def _seen(studied: Studied) -> tuple[float, ...]:
    """Return 0, half and all of the largest second difference of the leads (with e = -1 at 0)."""
    path = np.append(studied.beta[: studied.leads], 0.0)
    if len(path) < 3:
        return (0.0,)
    largest = float(np.abs(np.diff(path, 2)).max())
    return (0.0, largest / 2, largest)
