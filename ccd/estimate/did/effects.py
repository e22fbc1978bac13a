"""What every post-fit check needs of a model: to fit its effect again on other rows or other cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate, Part
from ccd.streams import Stream
from ccd.words import Text


class Effect(NamedTuple):
    """The headline effect: estimate, standard error, degrees of freedom of its t (inf = normal)."""

    estimate: float
    std_error: float
    df: float = float("inf")


def effect_of(estimate: Estimate) -> Effect:
    """Return the headline effect of an estimate."""
    leading = estimate.leading
    return Effect(
        leading.estimate, leading.std_error, float("inf") if estimate.df is None else float(estimate.df)
    )


class Refit(Protocol):
    """A model that can fit its headline effect again."""

    @property
    def name(self) -> str:
        """Return the model's name."""

    @property
    def policy(self) -> str:
        """Return the policy, the headline term."""

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the headline effect on ``sample``. Raises EstimationError."""

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) under each row of ``cohorts`` (R, N; nan = never)."""


@dataclass(frozen=True)
class Finding:
    """What one check adds to an estimate: parts, facts for summary.json, p-values and notes."""

    parts: tuple[Part, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    p_values: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()


def with_cohorts(sample: Sample, cohort: FloatArray) -> Sample:
    """Return the sample with other first treated years of its entities, ``cohort`` (N,)."""
    return replace(sample, cohort=cohort[sample.entity])


def statistics(estimate: FloatArray, std_error: FloatArray) -> FloatArray:
    """Return estimate / std_error, nan where a draw is not identified."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(std_error > 0, estimate / std_error, np.nan))
