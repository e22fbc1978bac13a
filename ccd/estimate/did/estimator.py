"""What every difference-in-differences estimator can be asked: an estimate, and to fit it again."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError, EstimationError
from ccd.estimate.contrasts.compare import refitted
from ccd.estimate.did.checks.carry import carried
from ccd.estimate.did.checks.dealt_tables import Tables, tables_dealt
from ccd.estimate.did.checks.permuted_study import Redrawn, Shown, cells_of, means_of
from ccd.estimate.did.checks.run import checked, leading, led
from ccd.estimate.did.effects import (
    Check,
    Difference,
    Effect,
    GroupEffects,
    added,
    answered,
    effect_of,
    with_cohorts,
)
from ccd.estimate.did.notes import measured_after
from ccd.estimate.did.sampling import draw
from ccd.estimate.did.spec import DidSpec
from ccd.estimate.linear.dealt_outcomes import dealt_outcomes, weights_of
from ccd.estimate.rows.doses import redealt
from ccd.estimate.rows.event_study import shows_an_effect
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Aggregates, AttGt, Estimate, EventCovariance, EventStudy, SampleSize
from ccd.streams import Stream
from ccd.words import Text, text

#: Draws times region-years that are worth sharing out, about two seconds where all draws are made at once.
HEAVY = 20_000_000
#: Permutations of an effect whose draws are made at once.
DEALS = 4999
#: How much longer a draw takes that is a fit of its own.
EACH = 80


class Estimator(DidSpec):
    """An estimator: it says how to ``estimate`` a sample, and the checks fit it again where they need to."""

    one_base: ClassVar[bool] = (
        True  # leads and effects of the event study are relative to the same event time
    )

    always_permuted: ClassVar[bool] = False  # the permutation leads however many regions are treated
    why_permuted: ClassVar[Text] = text("few regions are treated")
    batches: ClassVar[bool] = False  # whether all permutations of the effect are made at once
    deals: ClassVar[int] = 999  # permutations that few treated regions ask for; each is a fit of its own
    study_deals: ClassVar[int] = 499  # the same for the event study, which costs more

    linear: ClassVar[bool] = False  # whether ``scores`` are linear in the outcome: outcomes can be dealt
    tabled: ClassVar[bool] = False  # whether ``tables`` are so too: all that stands beside the headline

    def block(self, sample: Sample) -> int:
        """Return how many draws are made at a time: of these sizes are the blocks that processes share."""
        return DEALS + 1 if self.deals_outcomes(sample) else 500 if self.batches else 50

    def own_deals(self, sample: Sample) -> int:
        """Return the permutations that few treated regions ask for: many where they are made at once."""
        return DEALS if self.deals_outcomes(sample) else self.deals

    def deals_outcomes(self, sample: Sample) -> bool:
        """Tell whether to deal cohorts is to deal outcomes: balanced, no regressors or weights, clustered by region."""
        plain = self.linear and sample.balanced and sample.weight is None and not sample.x.shape[1]
        own = len(sample.clusters) == 1 and np.array_equal(sample.clusters[0], sample.entity)
        return plain and own and not self.adjusts()

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the headline effect and what each region (N,) adds to its error, the root of the sum of squares.

        Of estimators that are ``linear`` in the outcome; regions that the estimate leaves out have 0.
        """
        raise NotImplementedError

    def tables(self, sample: Sample) -> Tables:
        """Return all effects beside the headline with what each region adds to their errors, where ``tabled``."""
        raise NotImplementedError

    def divides(self, panel: Panel, *, headline: bool) -> bool:
        """Tell whether the draws of the checks take so long that processes should share them."""
        try:
            sample = self.sample(panel)
            draws = leading(self, sample)
        except (DataError, EstimationError):
            return False  # the fit says why
        if not headline:
            draws = max(draws, *(one.draws for one in (self.permutation, self.placebo) if one is not None), 0)
        at_once = self.batches or self.deals_outcomes(sample)
        return draws * len(panel.frame) * (1 if at_once else EACH) > HEAVY

    def sample(self, panel: Panel) -> Sample:
        """Return the rows the model is estimated on (METHODS 3). Raises EstimationError when there are none."""
        return draw(self, panel, self.policy, self.cluster, self.reads())

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with its event study. Raises DataError or EstimationError."""
        sample = self.sample(panel)
        estimate = self.estimate(sample, stream)
        if self.window is not None and not shows_an_effect(estimate.value(EventStudy)):
            raise self.fail(
                text(
                    "no event time that is estimated lies in the window [{first}, {last}]",
                    first=self.window[0],
                    last=self.window[1],
                ),
                fix=text("widen the window: event times are years since the first treated year"),
            )
        notes = (*estimate.notes, *measured_after(self.reads().controls, sample))
        found = checked(self, sample, replace(estimate, notes=notes), stream)
        return replace(found, notes=(*found.notes, *self.afterwards(sample, found)))

    def afterwards(self, sample: Sample, estimate: Estimate) -> list[Text]:
        """Return what is said of an estimate once the p-values that lead are known."""
        return []

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the policy's term with the p-value and interval that lead, and no check beside it."""
        sample = self.sample(panel)
        return led(self, sample, self.alone(sample, stream), stream)

    def alone(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the estimate without what stands beside its terms, where a method can leave that out."""
        return self.estimate(sample, stream)

    @abstractmethod
    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the estimate on a sample already drawn. Raises EstimationError."""

    def acting(self, sample: Sample) -> Sample:
        """Return the sample in which only regions have a cohort whose outcome the policy may move."""
        return sample

    def strata(self, sample: Sample) -> IntArray | None:
        """Return the groups (N,) of regions within which cohorts are permuted; None: over all regions."""
        return None

    @property
    def last_lead(self) -> int:
        """Return the last event time that is tested as a lead: -2, since e = -1 is the base of most."""
        return -2

    def of_trend(self, sample: Sample, stream: Stream) -> dict[int, float]:
        """Return what the event study shows, by event time, of a difference in trends of 1 a year without noise.

        The outcome is t - g in regions that are ever treated and 0 in the others. Every estimator with leads is
        linear in the outcome, so that a trend of slope s moves each lead by s times this (the mean that the power
        of Roth 2022 needs). Empty where such an outcome cannot be fitted.
        """
        cohort = self.acting(sample).cohort
        trend = np.where(np.isfinite(cohort), sample.years - cohort, 0.0)
        try:
            study = self.event_effects(replace(sample, y=trend), stream)
        except EstimationError:
            return {}
        return (
            {}
            if study is None
            else dict(zip(study.event_time.tolist(), study.estimate.tolist(), strict=True))
        )

    def event_effects(self, sample: Sample, stream: Stream) -> EventStudy | None:
        """Return the event study alone, without draws; faster where a method can. Raises EstimationError."""
        return self.estimate(sample, stream).value(EventStudy)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the headline effect alone, for the checks that fit again; faster where a method can."""
        return effect_of(self.estimate(sample, stream))

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of the effect under each row of ``cohorts`` (R, N; nan = never).

        nan where a draw cannot be estimated. Methods that can batch their draws override this.
        """
        if self.deals_outcomes(sample) and one_multiset(cohorts):
            return self._outcomes_dealt(sample, cohorts)
        found = np.full((len(cohorts), 2), np.nan)
        for r, drawn in enumerate(redealt(sample, cohorts, stream)):
            with suppress(EstimationError):
                found[r] = self.effect(drawn, stream)[:2]
        return found[:, 0], found[:, 1]

    def _outcomes_dealt(self, sample: Sample, cohorts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) under each row of ``cohorts`` (R, N), permutations of each other, at once."""
        wide, group, first = self._grid(sample, cohorts)

        def fit(y: FloatArray) -> tuple[FloatArray, FloatArray]:
            estimate, psi = self.scores(replace(first, y=y[sample.entity, sample.time]))
            return np.array([estimate]), psi[:, None]

        found = np.full((len(cohorts), 2), np.nan)
        with suppress(EstimationError):  # in one deal as in all
            for rows, estimate, psi in dealt_outcomes(weights_of(fit, group[0], wide.shape[1]), wide, group):
                found[rows, 0] = estimate[:, 0]
                found[rows, 1] = np.sqrt(np.einsum("ri,ri->r", psi[:, :, 0], psi[:, :, 0]))
        return found[:, 0], found[:, 1]

    def _grid(self, sample: Sample, cohorts: FloatArray) -> tuple[FloatArray, IntArray, Sample]:
        """Return the outcome (N, T), the number of each region's cohort (R, N), and the sample under the first deal."""
        _, group = np.unique(np.where(np.isnan(cohorts), np.inf, cohorts), return_inverse=True)
        wide = np.empty((len(sample.panel.entities), len(sample.panel.times)))
        wide[sample.entity, sample.time] = sample.y
        return wide, group.reshape(cohorts.shape).astype(np.intp), with_cohorts(sample, cohorts[0])

    def reassigned_terms(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimates and errors (R, k) of all the policy's terms; the first k terms, the headline leading."""
        estimate, error = self.reassigned(sample, cohorts, stream)
        return estimate[:, None], error[:, None]

    def at_once(self, sample: Sample) -> bool:
        """Tell whether the event study is batched over draws; by default where outcomes can be dealt."""
        return self.tabled and self.deals_outcomes(sample)

    def events_reassigned(
        self, sample: Sample, event_time: IntArray, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return effects (R, k) at ``event_time`` (k,) and covariance (R, k, k) under each row of ``cohorts`` (R, N).

        nan where a draw does not show all of these event times. Methods that can batch their draws override this.
        """
        return self.tables_reassigned(sample, Shown(event_time), cohorts, stream)[:2]

    def tables_reassigned(self, sample: Sample, shown: Shown, cohorts: FloatArray, stream: Stream) -> Redrawn:
        """Return event studies, and t of cells and means, under each row of ``cohorts`` (R, N).

        A fit each, unless outcomes can be dealt.
        """
        if self.at_once(sample) and one_multiset(cohorts):
            wide, group, first = self._grid(sample, cohorts)

            def fit(y: FloatArray) -> tuple[FloatArray, FloatArray]:
                made = self.tables(replace(first, y=y[sample.entity, sample.time]))
                return made.estimate, made.psi

            with suppress(EstimationError):
                return tables_dealt(self.tables(first), fit, shown, wide, group)
            return Redrawn.empty(len(cohorts), shown)
        found = Redrawn.empty(len(cohorts), shown)
        for r, drawn in enumerate(redealt(sample, cohorts, stream)):
            with suppress(EstimationError):
                one = self.estimate(drawn, stream)
                study, covariance = one.value(EventStudy), one.value(EventCovariance)
                if study is not None and covariance is not None:
                    times = covariance.event_time
                    if np.isin(shown.event_time, times).all():
                        place = np.searchsorted(times, shown.event_time)
                        found.beta[r] = study.estimate[np.searchsorted(study.event_time, shown.event_time)]
                        found.matrix[r] = covariance.matrix[np.ix_(place, place)]
                cells, means = one.value(AttGt), one.value(Aggregates)
                if cells is not None:
                    found.cells[r] = _looked_up(shown.cells, cells_of(cells), cells.statistic)
                    if cells.before is not None and cells.before.statistic is not None:
                        found.before[r] = cells.before.statistic
                if means is not None:
                    found.means[r] = _looked_up(shown.means, means_of(means), means.statistic)
        return found

    def by_group(
        self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str]
    ) -> GroupEffects | None:
        """Return the effects of the ``kept`` groups of rows from one fit; None: fit each group alone."""
        return None

    def stands_on(self, sample: Sample) -> SampleSize:
        """Return the size of the sample."""
        return sample.size()

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others.

        nan where a draw cannot be estimated. Methods that can batch their draws override this.
        """
        return refitted(lambda rows: self.effect(rows, stream), sample, inside)

    def apart(self, sample: Sample, first: BoolArray) -> Difference | None:
        """Return the difference of the effects on the rows ``first`` (n,) and the others; None: no regression."""
        return None

    def groups_reassigned(
        self,
        sample: Sample,
        group: NDArray[np.object_],
        kept: Sequence[str],
        cohorts: FloatArray,
        stream: Stream,
    ) -> tuple[FloatArray, FloatArray]:
        """Return ``by_group`` under each row of ``cohorts`` (R, N): effects (R, k) and covariances (R, k, k).

        nan where a draw does not identify all groups. Methods with ``by_group`` that can batch override this.
        """
        k = len(kept)
        beta, matrix = np.full((len(cohorts), k), np.nan), np.full((len(cohorts), k, k), np.nan)
        within = np.unique(group[np.unique(sample.entity, return_index=True)[1]], return_inverse=True)[1]
        for r, drawn in enumerate(redealt(sample, cohorts, stream, within)):
            with suppress(EstimationError):
                found = self.by_group(drawn, group, kept)
                if found is not None:
                    beta[r], matrix[r] = found.estimate, found.matrix
        return beta, matrix

    def carried(self, estimate: Estimate, drawn: FloatArray) -> Estimate:
        """Return the estimate with its error under ``drawn`` (B, 2), effects with D held and with D made anew."""
        regions = estimate.sample.entities
        where = text("model '{name}', {key}", name=self.name, key="carry")
        asked = Check(text("Carried error"), lambda: carried(effect_of(estimate), drawn, regions, where))
        return added(estimate, [answered(asked)])

    def own_checks(self, sample: Sample, deals: int, stream: Stream) -> tuple[Check, ...]:
        """Return what this estimator alone can be asked after its fit."""
        return ()


def one_multiset(cohorts: FloatArray) -> bool:
    """Tell whether the rows of ``cohorts`` (R, N) are permutations of each other."""
    known = np.sort(np.where(np.isnan(cohorts), np.inf, cohorts), axis=1)
    return bool((known == known[0]).all())


def _looked_up(wanted: Sequence[Hashable], keys: Sequence[Hashable], statistic: FloatArray) -> FloatArray:
    """Return the statistics of the ``wanted`` keys, nan where there is none or it is not finite."""
    if wanted != keys:
        place = {key: j for j, key in enumerate(keys)}
        padded = np.append(statistic, np.nan)
        statistic = padded[[place.get(key, -1) for key in wanted]]
    return np.where(np.isfinite(statistic), statistic, np.nan)
