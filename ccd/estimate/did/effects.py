"""What every post-fit check needs of a model: to fit its effect again on other rows or other cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.contrasts.compare import Compared, Difference
from ccd.estimate.contrasts.findings import Check, Effect, Finding, GroupEffects, added, answered, statistics
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.linear.studentised import studentised
from ccd.estimate.rows.nuisance import Nuisance
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate
from ccd.streams import Stream

__all__ = [
    "Check",
    "Difference",
    "Effect",
    "Finding",
    "GroupEffects",
    "Refit",
    "Regression",
    "added",
    "answered",
    "effect_of",
    "infer_each",
    "permuted_each",
    "statistics",
    "with_cohorts",
]


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


class Refit(Compared, Protocol):
    """A model that can fit its headline effect again."""

    @property
    def policy(self) -> str:
        """Return the policy, the headline term."""

    def block(self, sample: Sample) -> int:
        """Return how many draws are made at a time: of these sizes are the blocks that processes share."""

    def acting(self, sample: Sample) -> Sample:
        """Return the sample in which only regions have a cohort whose outcome the policy may move."""

    def deals_outcomes(self, sample: Sample) -> bool:
        """Tell whether all deals of the effect are made at once by dealing the outcomes."""

    def own_deals(self, sample: Sample) -> int:
        """Return the permutations that few treated regions ask for."""

    def strata(self, sample: Sample) -> IntArray | None:
        """Return the groups (N,) of regions within which cohorts are permuted; None: over all regions."""

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


def with_cohorts(sample: Sample, cohort: FloatArray) -> Sample:
    """Return the sample with other first treated years of its entities, ``cohort`` (N,)."""
    return replace(sample, cohort=cohort[sample.entity])
