"""Sensitivity of an event study to violations of parallel trends (Rambachan & Roth 2023)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
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
    value = restricted(studied, spec, _targets(studied.effects), stream)
    return Finding((Part(value),), {"sensitivity": value.scalars()})


def sensitivity_of(
    betahat: FloatArray,
    sigma: FloatArray,
    num_pre: int,
    num_post: int,
    *,
    relative: Sequence[float] = (0.5, 1.0, 1.5, 2.0),
    smoothness: Sequence[float] | None = None,
    weights: FloatArray | None = None,
    seed: int = 1,
) -> Sensitivity:
    """Return 95 % intervals under violations of parallel trends of any event study (Rambachan & Roth 2023).

    ``betahat`` (num_pre + num_post,) holds the leads from the earliest to e = -2, then the effects from e = 0 on,
    all relative to e = -1; ``sigma`` (num_pre + num_post, num_pre + num_post) is their covariance. ``relative``
    are the bounds M on the largest change of the trend relative to the largest before treatment, ``smoothness``
    those on its second differences in units of the outcome (None: 0, half and all of the largest seen).
    ``weights`` (num_post,) say which mean of the effects is meant (None: the equal mean, and e = 0). The draws
    behind critical values come from ``seed``. ``frame()`` of the value has a row per target, restriction and M;
    ``breakdowns`` the least M at which an interval holds zero (None: there is none). Raises EstimationError
    where shapes do not fit or the covariance is singular.

    >>> import numpy as np
    >>> from ccd.estimate.did import sensitivity_of
    >>> beta, sigma = np.array([0.05, -0.02, 1.0, 1.2]), np.diag([0.01, 0.01, 0.02, 0.02])
    >>> found = sensitivity_of(beta, sigma, 2, 2, relative=[1.0])
    >>> found.target[:2], found.restriction[:2]
    (('mean', 'mean'), ('none', 'relative'))
    >>> [round(float(x), 3) for x in (found.estimate[0], found.conf_low[0], found.conf_high[0])]
    [1.1, 0.904, 1.296]
    """
    where = "sensitivity_of"
    beta, matrix = np.asarray(betahat, dtype=np.float64), np.asarray(sigma, dtype=np.float64)
    size = num_pre + num_post
    if num_pre < 1 or num_post < 1 or beta.shape != (size,) or matrix.shape != (size, size):
        raise EstimationError(
            text(
                "betahat {beta} and sigma {sigma} do not hold {num_pre} leads and {num_post} effects",
                beta=beta.shape,
                sigma=matrix.shape,
                num_pre=num_pre,
                num_post=num_post,
            ),
            where=where,
            fix=text("give num_pre + num_post estimates, e = -1 left out, and their covariance"),
        )
    if (
        not np.isfinite(beta).all()
        or not np.isfinite(matrix).all()
        or not np.allclose(matrix, matrix.T, rtol=1e-8)
    ):
        raise EstimationError(
            text("betahat or sigma has missing numbers, or sigma is not symmetric"),
            where=where,
            fix=text("look at sigma"),
        )
    if (np.diag(matrix) <= 0).any() or np.linalg.eigvalsh(correlation(matrix))[0] < SINGULAR:
        raise EstimationError(
            text("sigma is singular"),
            where=where,
            fix=text("leave out event times whose estimates imply one another"),
        )
    targets = _targets(num_post) if weights is None else {"given": np.asarray(weights, dtype=np.float64)}
    if any(one.shape != (num_post,) or not one.any() for one in targets.values()):
        raise EstimationError(
            text("weights are for {num_post} effects", num_post=num_post),
            where=where,
            fix=text("give one for each, not all of them 0"),
        )
    bends = None if smoothness is None else tuple(smoothness)
    spec = SensitivitySpec(relative=tuple(relative), smoothness=bends)
    return restricted(Studied(beta, matrix, num_pre), spec, targets, Stream(seed, "sensitivity"))


def restricted(
    studied: Studied, spec: SensitivitySpec, targets: Mapping[str, FloatArray], stream: Stream
) -> Sensitivity:
    """Return the interval of each of ``targets`` (weights on the effects) by restriction and M, and breakdowns."""
    from scipy.special import ndtri

    normal = stream("sensitivity").standard_normal((DRAWS, len(studied.beta)))
    bends = spec.smoothness if spec.smoothness is not None else _seen(studied)
    rows: list[tuple[str, str, float, float, float, float]] = []
    broken: list[Breakdown] = []
    for target, weights in targets.items():
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
    return Sensitivity(
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
