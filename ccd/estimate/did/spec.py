"""What every difference-in-differences estimator shares: its keys, its sample and its event-study table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import model_validator

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.checks.permutation import PermutationSpec
from ccd.estimate.did.checks.placebo import PlaceboSpec
from ccd.estimate.did.checks.run import checked
from ccd.estimate.did.checks.sensitivity import SensitivitySpec
from ccd.estimate.did.effects import Effect, Finding, effect_of, with_cohorts
from ccd.estimate.linear.inference import inference
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.estimate.rows.sampling import Sampling
from ccd.panel import Panel
from ccd.results import Estimate, Part, loose, loosely
from ccd.streams import Stream
from ccd.words import Text, names, text

EVENT_COLUMNS = ["event_time", "estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]


class DidSpec(Sampling):
    """The keys that all ``kind = "did"`` estimators have; each of them says how to ``estimate`` a sample."""

    needs: ClassVar[tuple[str, ...]] = ("scipy.optimize",)
    one_base: ClassVar[bool] = (
        True  # leads and effects of the event study are relative to the same event time
    )

    kind: Literal["did"]
    policy: str
    """Policy whose effect is estimated; its name is the effect's term."""
    cluster: str | tuple[str, ...] = ()
    """Column, or two, to cluster by; none: the entity."""
    window: tuple[int, int] | None = None
    """Event times shown, [first, last]; all enter the estimate."""
    placebo: PlaceboSpec | None = None
    """Placebo test: { draws = 500, by = "space" | "time" | "mixed" }; draws = 0 turns it off."""
    permutation: PermutationSpec | None = None
    """Studentised permutation: { draws = 999 }; with few treated regions it runs unless draws = 0."""
    leave_out: str = ""
    """Fit again without each ``entity``, each treated ``cohort``, or each value of a column."""
    heterogeneity: str = ""
    """Column of groups of regions: the effect in each, and the test that they are equal."""
    lags: tuple[int, ...] = ()
    """Years by which the policy is taken to begin later, one effect each."""
    sensitivity: SensitivitySpec | None = None
    """Violations of parallel trends: { relative = [0.5, 1, 1.5, 2], smoothness = [..] }."""

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Self:
        if self.window is not None and self.window[0] > self.window[1]:
            raise ValueError("window = [first, last]: the first event time comes before the last")
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the outcome and every numeric column that ``regressors`` and ``weights`` name."""
        return (self.outcome, *self.regressors(), *((self.weights(),) if self.weights() else ()))

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and that of the neighbours."""
        return (self.policy, *((self.spillover.policy,) if self.spillover else ()))

    def regressors(self) -> tuple[str, ...]:
        """Return the columns that every row of the sample must have."""
        return ()

    def prepared(self) -> tuple[str, ...]:
        """Return the columns that ``lag`` and ``winsorise`` change: the regressors."""
        return self.regressors()

    def weights(self) -> str:
        """Return the column of analytic weights, or an empty string."""
        return ""

    def shows(self, event: int) -> bool:
        """Tell whether an event time lies in the window."""
        return self.window is None or self.window[0] <= event <= self.window[1]

    def clusters(self) -> tuple[str, ...]:
        """Return the cluster columns; none stands for the entity."""
        return (self.cluster,) if isinstance(self.cluster, str) else self.cluster

    def sample(self, panel: Panel) -> Sample:
        """Return the rows the model is estimated on (METHODS 3). Raises EstimationError when there are none."""
        prepared = self.prepare(panel, self.prepared())
        sample = draw_sample(
            prepared,
            self.outcome,
            self.regressors(),
            self.policy,
            self.clusters(),
            self.weights() or None,
            where=f"model '{self.name}'",
        )
        if np.ptp(sample.y) == 0:
            raise self.fail(
                f"the outcome '{self.outcome}' is {sample.y[0]:g} in every region-year",
                "name one that varies",
            )
        return replace(sample, notes=(*prepared.notes[len(panel.notes) :], *sample.notes))

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with its event study. Raises DataError or EstimationError."""
        sample = self.sample(panel)
        return checked(self, sample, self.estimate(sample, stream), stream)

    @abstractmethod
    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the estimate on a sample already drawn. Raises EstimationError."""

    def by_group(
        self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str]
    ) -> tuple[FloatArray, FloatArray, float] | None:
        """Return effects (k,) by group, their covariance and df from one fit; None: fit each group alone."""
        return None

    def own_findings(self, sample: Sample, stream: Stream) -> tuple[Finding, ...]:
        """Return what this estimator alone can be asked beside its fit."""
        return ()

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the headline effect alone, for the checks that fit again; faster where a method can."""
        estimate = self.estimate(sample, stream)
        return effect_of(estimate)

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of the effect under each row of ``cohorts`` (R, N; nan = never).

        nan where a draw cannot be estimated. Methods that can batch their draws override this.
        """
        found = np.full((len(cohorts), 2), np.nan)
        for r, cohort in enumerate(cohorts):
            with suppress(EstimationError):
                found[r] = self.effect(with_cohorts(sample, cohort), stream)[:2]
        return found[:, 0], found[:, 1]

    def finish(
        self,
        sample: Sample,
        terms: pd.DataFrame,
        vcov: pd.DataFrame,
        facts: dict[str, object],
        parts: Sequence[Part] = (),
        notes: Sequence[Text] = (),
    ) -> Estimate:
        """Return the Estimate whose headline is the policy's term, the first of ``terms``."""
        p_values = {"analytic": float(terms["p_value"].iloc[0])}
        return loosely(
            kind=self.kind,
            estimator=str(getattr(self, "estimator")),  # noqa: B009
            outcome=self.outcome,
            headline=self.policy,
            terms=terms,
            vcov=vcov,
            facts={**sample.facts(), "p_values": p_values, **facts},
            notes=(*sample.notes, *notes),
            parts=tuple(parts),
        )


class DidRegression(DidSpec):
    """The keys of the estimators that are regressions with controls."""

    controls: tuple[str, ...] = ()
    """Time-varying control columns."""
    bin_ends: bool = False
    """Pool the event times beyond the window into its two ends."""

    @model_validator(mode="after")
    def _bins_need_a_window(self) -> Self:
        if self.bin_ends and self.window is None:
            raise ValueError("bin_ends pools what lies beyond the window: give window = [first, last] too")
        if self.bin_ends and self.window is not None and not self.window[0] < 0 <= self.window[1]:
            raise ValueError("bin_ends needs a window from before the treatment (< 0) to after it (>= 0)")
        return self

    def regressors(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def event_times(self, sample: Sample) -> FloatArray:
        """Return e = t - g of each row (n,), nan for the never treated; pooled at the window by ``bin_ends``."""
        event = sample.years - sample.cohort
        return np.clip(event, *self.window) if self.bin_ends and self.window else np.asarray(event)


def event_study(
    shown: Sequence[int],
    beta: FloatArray,
    matrix: FloatArray,
    df: float,
    *,
    base: Collection[int] = (),
    window: tuple[int, int] | None = None,
) -> tuple[Part, Part]:
    """Return the parts ``event_study`` and ``event_vcov`` of effects ``beta`` (k,) at ``shown`` event times.

    ``matrix`` (k, k) is their covariance and ``base`` the event times that are 0 by construction: they have
    an estimate of 0 and no error. Both parts are limited to ``window``.
    """
    std_error = np.sqrt(np.diag(matrix))
    frame = inference(list(shown), beta, std_error, df).rename(columns={"term": "event_time"})
    zero = pd.DataFrame({"event_time": sorted(base), "estimate": 0.0})
    if len(zero):
        frame = pd.concat([frame, zero])
    frame = frame.sort_values("event_time", ignore_index=True)
    frame["event_time"] = frame["event_time"].astype(int)
    order = np.argsort(np.asarray(shown), kind="stable")
    inside = [int(j) for j in order if window is None or window[0] <= shown[j] <= window[1]]
    covariance = pd.DataFrame(matrix[np.ix_(inside, inside)], columns=[str(shown[j]) for j in inside])
    covariance.insert(0, "event_time", [int(shown[j]) for j in inside])
    if window is not None:
        frame = frame[frame["event_time"].between(*window)].reset_index(drop=True)
    return loose("event_study", frame[EVENT_COLUMNS]), loose("event_vcov", covariance)


def lone_cohorts(sample: Sample) -> list[Text]:
    """Return a warning that names the cohorts of a single region: their own noise is in no analytic error."""
    cohorts, count = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)], return_counts=True)
    lone = cohorts[count == 1].astype(int)
    if not len(lone):
        return []
    return [
        text(
            "Cohorts of one region ({cohorts}): analytic errors by cohort, year or event time are too small",
            cohorts=names(map(str, lone)),
        )
    ]
