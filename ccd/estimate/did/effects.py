"""What every post-fit check needs of a model: to fit its effect again on other rows or other cohorts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.linear.studentised import studentised
from ccd.estimate.rows.nuisance import Nuisance
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate, Part, Value
from ccd.streams import Stream
from ccd.words import Text


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


class Difference(NamedTuple):
    """The difference of the effects of two groups, by stacked scores and as an interaction (None: there is none)."""

    stacked: Effect
    interacted: Effect | None


def effect_of(estimate: Estimate) -> Effect:
    """Return the headline effect of an estimate."""
    leading = estimate.leading
    return Effect(
        leading.estimate, leading.std_error, float("inf") if estimate.df is None else float(estimate.df)
    )


def infer_each(effects: Sequence[Effect]) -> Inference:
    """Return inference on ``effects`` (k), each by its own degrees of freedom."""
    each = [infer(np.array([e.estimate]), np.array([e.std_error]), e.df) for e in effects]
    return Inference(*(np.concatenate(column) for column in zip(*each, strict=True)))


def permuted_each(
    each: Inference, drawn: Sequence[FloatArray]
) -> tuple[Inference, FloatArray | None, BoolArray]:
    """Return inference on effects (k) led by their t* ``drawn``, k arrays (R,), the analytic p-values, and who is not.

    No draws leave everything as it is, and no analytic p-values beside.
    """
    if not drawn:
        return each, None, np.zeros(len(each.estimate), dtype=bool)
    led = studentised(each.estimate, each.std_error, np.column_stack(drawn))
    over = led.over(each.p_value, each.conf_low, each.conf_high)
    moved = each._replace(p_value=over.p_value, conf_low=over.conf_low, conf_high=over.conf_high)
    return moved, each.p_value, ~led.known


class Refit(Protocol):
    """A model that can fit its headline effect again."""

    @property
    def name(self) -> str:
        """Return the model's name."""

    @property
    def policy(self) -> str:
        """Return the policy, the headline term."""

    @property
    def block(self) -> int:
        """Return how many draws are made at a time: of these sizes are the blocks that processes share."""

    def acting(self, sample: Sample) -> Sample:
        """Return the sample in which only regions have a cohort whose outcome the policy may move."""

    def strata(self, sample: Sample) -> IntArray | None:
        """Return the groups (N,) of regions within which cohorts are permuted; None: over all regions."""

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the headline effect on ``sample``. Raises EstimationError."""

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) under each row of ``cohorts`` (R, N; nan = never)."""

    def reassigned_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimates and errors (R, k) of all the policy's terms, the headline first."""

    def by_group(
        self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str]
    ) -> GroupEffects | None:
        """Return the effects of the ``kept`` groups of rows from one fit; None: fit each group alone."""

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others."""

    def apart(self, sample: Sample, first: BoolArray) -> Difference | None:
        """Return the difference of the effects on the rows ``first`` (n,) and the others; None: no regression."""

    def groups_reassigned(
        self,
        sample: Sample,
        group: NDArray[np.object_],
        kept: Sequence[str],
        cohorts: FloatArray,
        stream: Stream,
    ) -> tuple[FloatArray, FloatArray]:
        """Return ``by_group`` under each row of ``cohorts`` (R, N): effects (R, k) and covariances (R, k, k)."""


class Regression(Protocol):
    """A regression of the outcome on the policy's dummy and other regressors, on any sample."""

    @property
    def policy(self) -> str:
        """Return the policy, the name of the first regressor."""

    def design(self, sample: Sample) -> AbsorbingDesign:
        """Return what the regression takes out and how its errors are made."""

    def nuisance(self, sample: Sample) -> Nuisance:
        """Return the regressors beside the policy."""


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


def with_cohorts(sample: Sample, cohort: FloatArray) -> Sample:
    """Return the sample with other first treated years of its entities, ``cohort`` (N,)."""
    return replace(sample, cohort=cohort[sample.entity])


def statistics(estimate: FloatArray, std_error: FloatArray) -> FloatArray:
    """Return estimate / std_error, nan where a draw is not identified."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(std_error > 0, estimate / std_error, np.nan))
