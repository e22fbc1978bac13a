"""What a check after a fit finds, and how it is added to the estimate; the effects that checks fit again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.results import Estimate, Part, Value
from ccd.words import Text, text


class Effect(NamedTuple):
    """The headline effect: estimate, standard error, degrees of freedom of its t (inf = normal)."""

    estimate: float
    std_error: float
    df: float = float("inf")


class GroupEffects(NamedTuple):
    """Effects (k,) of groups, their covariance (k, k), and the degrees of freedom of their t."""

    estimate: FloatArray
    matrix: FloatArray
    df: float


@dataclass(frozen=True)
class Finding:
    """What one check adds to an estimate: parts, details for summary.json, p-values and notes.

    ``failed`` holds the notes on what could not be computed.
    """

    parts: tuple[Part[Value], ...] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    p_values: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    failed: tuple[Text, ...] = ()


class Check(NamedTuple):
    """A question to ask of an estimate: what it is called, and how it is answered.

    ``ask`` raises EstimationError where there is no answer.
    """

    words: Text
    ask: Callable[[], Finding]


def answered(check: Check) -> Finding:
    """Return what a check finds, or the note that says why it finds nothing."""
    try:
        return check.ask()
    except EstimationError as error:
        note = text("{check} could not be computed: {why}", check=check.words, why=error.said[0])
        return Finding(notes=(note,), failed=(note,))


def added(estimate: Estimate, found: Sequence[Finding]) -> Estimate:
    """Return the estimate with what checks found."""
    details, p_values = dict(estimate.details), dict(estimate.p_values)
    for finding in found:
        details.update(finding.details)
        p_values.update(finding.p_values)
    return replace(
        estimate,
        details=details,
        p_values=p_values,
        parts=(*estimate.parts, *(part for finding in found for part in finding.parts)),
        notes=(*estimate.notes, *(note for finding in found for note in finding.notes)),
        failed=(*estimate.failed, *(note for finding in found for note in finding.failed)),
    )


def statistics(estimate: FloatArray, std_error: FloatArray) -> FloatArray:
    """Return estimate / std_error, nan where a draw is not identified."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(std_error > 0, estimate / std_error, np.nan))
