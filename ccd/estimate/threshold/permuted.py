"""The policy's effects by regime under permuted cohorts, at the estimated thresholds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.column_draws import column_draws
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.studentised import LEAST, followed, ratios
from ccd.estimate.rows.deals import dealt, few_treated
from ccd.estimate.rows.influence import entity_clusters, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.threshold.sample import INTERCEPT, ThresholdSample
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.slopes import Slopes, regime_of
from ccd.results import Terms
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: Draws of the imputation, which fits each of them.
FITTED = 499


@dataclass(frozen=True)
class Redraw:
    """Cohorts (R, N) dealt anew, at the thresholds of a fit.

    They are dealt within regimes where a region is in one regime throughout, so that each keeps its cohorts.
    """

    model: Settings
    data: ThresholdSample
    fitted: Slopes
    cohorts: FloatArray

    @property
    def count(self) -> int:
        """Return the number of regimes."""
        return len(self.fitted.split.thresholds) + 1

    def slopes(self) -> FloatArray:
        """Return t (R, m + 1) of the policy's slope in each regime of the threshold model."""
        data, sample = self.data, self.data.sample
        others = [
            np.where(self.fitted.inside == r, data.regime[:, j], 0.0)
            for j, name in enumerate(data.names)
            if name == INTERCEPT
            for r in range(self.count - 1)
        ]
        effects = (sample.entity, sample.time)[: 1 + self.model.time_effects]
        nuisance = np.column_stack([*others, sample.x]) if others else sample.x
        return self._by_regime(sample, effects, nuisance, self.fitted.inside, self.cohorts)

    def with_regime_years(self, sample: Sample, nuisance: FloatArray, inside: IntArray) -> FloatArray:
        """Return t (R, m + 1) of the slopes beside the regime x year effects among ``nuisance`` (n, k)."""
        return self._by_regime(sample, (sample.entity, sample.time), nuisance, inside, self.cohorts)

    def imputed(self) -> FloatArray:
        """Return t (R, m + 1) of the imputation effects by regime; nan beyond FITTED and where not identified."""
        sample = self.data.sample
        drawn = np.full((len(self.cohorts), self.count), np.nan)
        groups = entity_clusters(sample, where=self.model.where)
        for r, cohort in enumerate(self.cohorts[:FITTED]):
            one = replace(sample, cohort=cohort[sample.entity])
            fit = impute(one.y, one.x, one.entity, one.time, ~one.treated)
            used = one.treated & fit.imputable
            seen = np.unique(self.fitted.inside[used])
            if fit.absorbed or fit.collinear or not len(seen):
                continue
            key = np.where(used, np.searchsorted(seen, self.fitted.inside), -1)
            mean, psi = fit.influence(key, len(seen))
            error = np.sqrt(np.diag(influence_vcov(psi, groups)))
            with np.errstate(divide="ignore", invalid="ignore"):
                drawn[r, seen] = np.where(error > 0, mean / error, np.nan)
        return drawn

    def _by_regime(
        self,
        sample: Sample,
        effects: tuple[IntArray, ...],
        nuisance: FloatArray,
        inside: IntArray,
        cohorts: FloatArray,
    ) -> FloatArray:
        own = (inside[:, None] == np.arange(self.count)).astype(float)[:, None, :]
        design = AbsorbingDesign(effects, sample.clusters, sample.time, where=self.model.where)
        years = sample.years.astype(float)
        beta, matrix = column_draws(
            design, sample.y, nuisance, lambda d: d[:, :, None] * own, sample.entity, years, cohorts
        )
        return ratios(beta, matrix)


def redraw(
    model: Settings, data: ThresholdSample, fitted: Slopes, stream: Stream
) -> tuple[Redraw | None, list[Text]]:
    """Return the deals that lead the policy's effects, None where the analytic p-values do, and notes on why."""
    if model.policy is None or model.deals < LEAST or not few_treated(data.sample):
        return None, []
    sample = data.sample
    if not np.isfinite(data.q).all():
        return None, [
            text(
                "Analytic p-values though few regions are treated: {column} is missing in untreated rows, so that "
                "cohorts cannot be dealt to them",
                column=Name(model.threshold),
            )
        ]
    inside = regime_of(data.q, fitted.split)
    first = np.unique(sample.entity, return_index=True)[1]
    fixed = bool((inside == inside[first][sample.entity]).all())
    strata = inside[first] if fixed else None
    return Redraw(model, data, fitted, dealt(sample, model.deals, stream, strata)), []


def led_slopes(redraw: Redraw) -> tuple[Terms, list[Text]]:
    """Return the terms whose policy slopes are led by the permutation, and the note that says so."""
    terms = redraw.fitted.terms
    own = [owner == redraw.model.policy for owner in redraw.fitted.owner]
    drawn = np.full((len(redraw.cohorts), len(terms)), np.nan)
    drawn[:, own] = redraw.slopes()
    led, known = followed(terms, drawn)
    if not known.any():
        return terms, []
    note = text(
        "p-values and intervals of {policy} by regime: studentised permutation of the cohorts ({draws} draws), which "
        "takes the thresholds as known; p-values of the tests are the bootstrap's",
        policy=Name(str(redraw.model.policy)),
        draws=len(redraw.cohorts),
    )
    return led, [note]
