"""Stacked difference-in-differences with clean controls and corrective weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.checks.dealt_tables import Tables
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.group_time.aggregate import aggregates_part
from ccd.estimate.did.notes import lone_cohorts
from ccd.estimate.did.sampling import Reads
from ccd.estimate.linear.ols import Fit, codes, group_sums, least_squares, unidentified
from ccd.estimate.linear.vcov import Vcov, cluster, parameters
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.influence import few_clusters
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.weights import region_weights
from ccd.results import Estimate, SampleSize
from ccd.streams import Stream
from ccd.words import Text, names, text


@dataclass(frozen=True)
class Stack:
    """Rows of all sub-experiments: ``row`` of the sample, event time, unit of the stack, treated, weight (m,)."""

    row: IntArray
    event: IntArray
    unit: IntArray
    treated: BoolArray
    weight: FloatArray


@dataclass(frozen=True)
class Regression:
    """The fit on the stack: effects at the ``shown`` event times first, then the controls' slopes."""

    shown: list[int]
    fit: Fit
    vcov: Vcov
    notes: list[Text]
    stack: Stack

    def mean(self, controls: int) -> FloatArray:
        """Return the weights, (1 + controls, k + controls), of the mean effect from e = 0 on, and of the slopes."""
        k = len(self.shown)
        weights = np.zeros((1 + controls, k + controls))
        weights[0, :k] = np.asarray(self.shown) >= 0
        weights[0] /= weights[0].sum()
        weights[1:, k:] = np.eye(controls)
        return weights


class Stacked(Estimator):
    """``estimator = "stacked"``: Wing, Freedman & Hollingsworth (2024).

    One sub-experiment per cohort: the cohort and the regions untreated through its whole window, weighted so
    that controls stand for cohorts as the treated do. y on unit and event-time effects and treated x event
    time; errors are clustered by the original region.
    """

    linear: ClassVar[bool] = True
    tabled: ClassVar[bool] = True
    label: ClassVar[Text | None] = text("Stacked")
    estimator: Literal["stacked"]
    controls: tuple[str, ...] = ()
    """Time-varying control columns."""

    def reads(self) -> Reads:
        """Return the controls and the weight."""
        return Reads(self.controls, weight=self.weight or "")

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the mean effect over the window's years from treatment on, and its event study (METHODS 3)."""
        found = self.regress(sample)
        shown, fit, vcov = found.shown, found.fit, found.vcov
        k = len(shown)
        mean = found.mean(len(self.controls))
        beta, matrix = mean @ fit.beta, mean @ vcov.matrix @ mean.T
        std_error = np.sqrt(np.diag(matrix))
        labels = mean_labels(shown)
        estimate = assemble(
            self,
            sample,
            beta,
            matrix,
            vcov.df,
            vcov=vcov.kind,
            clusters=vcov.clusters,
            terms=self.controls,
            effects=("entity", "event_time"),
            r2_within=fit.r2,
            details={"window": [min(shown[0], -1), shown[-1]], "stacked_rows": len(fit.resid)},
            parts=[
                *event_study(shown, fit.beta[:k], vcov.matrix[:k, :k], vcov.df, base={-1}),
                aggregates_part(
                    labels,
                    np.concatenate([beta[[0, 0]], fit.beta[:k]]),
                    np.concatenate([std_error[[0, 0]], vcov.std_error[:k]]),
                    vcov.df,
                ),
            ],
            notes=[*found.notes, *lone_cohorts(sample)],
        )
        return replace(estimate, sample=size_of(sample, found.stack))

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the mean effect alone."""
        found = self.regress(sample)
        mean = found.mean(len(self.controls))[0]
        error = float(np.sqrt(mean @ found.vcov.matrix @ mean))
        return Effect(float(mean @ found.fit.beta), error, found.vcov.df)

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the mean effect and what each region adds to its error."""
        found = self.regress(sample)
        mean = found.mean(0)[0]
        return float(mean @ found.fit.beta), self.by_region(sample, found) @ mean

    def tables(self, sample: Sample) -> Tables:
        """Return effects by event time and their means with what each region adds to their errors."""
        found = self.regress(sample)
        mean, every = found.mean(0), np.eye(len(found.shown))
        weights = np.vstack([every, mean, mean, every])
        psi = self.by_region(sample, found) @ weights.T
        return Tables(found.shown, (), mean_labels(found.shown), weights @ found.fit.beta, psi)

    def by_region(self, sample: Sample, found: Regression) -> FloatArray:
        """Return what each region adds to the errors of the coefficients, (N, k)."""
        regions = sample.entity[found.stack.row]
        sums = group_sums(found.fit.scores, regions, len(sample.panel.entities)) @ found.fit.bread
        total = float(np.sum(sums**2))  # the factor is the same of all
        return np.asarray(sums * np.sqrt(float(np.trace(found.vcov.matrix)) / total if total else 0.0))

    def regress(self, sample: Sample) -> Regression:
        """Return the weighted regression of the stack."""
        first, last, notes = self.reach(sample)
        stack, left = self.stack(sample, first, last)
        shown = [e for e in range(first, last + 1) if e != -1]
        focus = [stack.treated & (stack.event == e) for e in shown]
        raw = np.column_stack([*focus, *sample.x[stack.row].T]).astype(float)
        effects = [stack.unit, stack.event - first]
        both = within(np.column_stack([sample.y[stack.row], raw]), stack.weight, last - first + 1)
        self.refuse(both[:, 1:], raw, len(shown), stack.weight)
        fit = least_squares(both[:, 0], both[:, 1:], stack.weight)
        groups = [codes(group[stack.row]) for group in sample.clusters]
        vcov = cluster(fit, groups, parameters(raw.shape[1], effects, groups))
        few = few_clusters(groups, where=text("model '{name}'", name=self.name))
        return Regression(shown, fit, vcov, [*notes, *left, vcov.note, *few], stack)

    def reach(self, sample: Sample) -> tuple[int, int, list[Text]]:
        """Return the window: the study's, or the widest that every cohort can fill."""
        if self.window is not None:
            first, last = self.window
            if not first <= -1 <= last - 1:
                raise self.fail(
                    text(
                        "the window [{first}, {last}] does not reach from before treatment to after it",
                        first=first,
                        last=last,
                    ),
                    fix=text("window = [first, last] with first <= -1 and last >= 0"),
                )
            return first, last, []
        cohorts = np.unique(sample.cohort[np.isfinite(sample.cohort)])
        times = sample.panel.times
        first, last = int(times[0] - cohorts.min()), int(times[-1] - cohorts.max())
        note = text(
            "No window given: stacked from {first} to {last}, the widest that every cohort fills",
            first=first,
            last=last,
        )
        return first, last, [note]

    def stack(self, sample: Sample, first: int, last: int) -> tuple[Stack, list[Text]]:
        """Return the sub-experiments of the cohorts that fill the window and have clean controls."""
        cohorts = np.unique(sample.cohort[np.isfinite(sample.cohort)]).astype(int)
        weight = region_weights(sample, where=text("model '{name}'", name=self.name))
        often = np.ones(len(sample.entity_cohort)) if weight is None else weight
        place = np.full((len(sample.entity_cohort), len(sample.panel.times)), -1, dtype=np.intp)
        place[sample.entity, sample.time] = np.arange(len(sample.y))
        position = {year: t for t, year in enumerate(sample.panel.times)}
        inside, lost, partial = [], [], 0
        for g in cohorts:
            years = range(int(g) + first, int(g) + last + 1)
            if not all(year in position for year in years):
                lost.append(int(g))
                continue
            cells = place[:, [position[year] for year in years]]
            whole = (cells >= 0).all(axis=1)
            treated = sample.entity_cohort == g
            clean = np.isnan(sample.entity_cohort) | (sample.entity_cohort > g + last)
            partial += int(((treated | clean) & ~whole).sum())
            if not (treated & whole).any() or not (clean & whole).any():
                lost.append(int(g))
                continue
            inside.append((_Units.of(cells, often, treated & whole), _Units.of(cells, often, clean & whole)))
        if not inside:
            raise self.fail(
                text(
                    "no cohort fills the window [{first}, {last}] with regions untreated through it",
                    first=first,
                    last=last,
                ),
                fix=text("a shorter window"),
            )
        return _stacked(inside, first), self.left_out(lost, partial)

    def left_out(self, lost: Sequence[int], partial: int) -> list[Text]:
        """Return the notes on cohorts and regions that do not fill the window."""
        notes = []
        if lost:
            notes.append(
                text(
                    "Cohorts that do not fill the window with clean controls, left out of the stack: {cohorts}",
                    cohorts=names(map(str, lost)),
                )
            )
        if partial:
            notes.append(
                text(
                    "{count} {count:time|times} a region was not seen in every year of a window and left "
                    "that sub-experiment",
                    count=partial,
                )
            )
        return notes

    def refuse(self, x: FloatArray, raw: FloatArray, effects: int, weight: FloatArray) -> None:
        """Raise EstimationError naming controls that unit and event-time effects absorb or others imply."""
        absorbed, collinear = unidentified(x, raw, weight)
        blamed = [self.controls[j - effects] for j in (*absorbed, *collinear) if j >= effects]
        if blamed:
            raise self.fail(
                text(
                    "{blamed}: not told apart from unit and event-time effects in the stack",
                    blamed=tuple(blamed),
                ),
                fix=text("leave it out, or take a column that varies within regions differently over time"),
            )


def size_of(sample: Sample, stack: Stack) -> SampleSize:
    """Return what the stack stands on: each region-year once, and the regions that it counts as treated."""
    inside = np.zeros(len(sample.y), dtype=bool)
    inside[stack.row] = True
    treated = np.unique(sample.entity[stack.row[stack.treated]])
    cohorts = sample.entity_cohort[treated]
    return replace(
        sample.rows(inside).size(),
        treated_entities=len(treated),
        cohorts={str(int(g)): int(np.sum(cohorts == g)) for g in np.unique(cohorts)},
    )


class _Units(NamedTuple):
    """Regions of a sub-experiment: their ``cells``, (units x window) row numbers, and ``weight`` (units,)."""

    cells: IntArray
    weight: FloatArray

    @classmethod
    def of(cls, cells: IntArray, weight: FloatArray, chosen: BoolArray) -> _Units:
        """Return the ``chosen`` regions."""
        return cls(cells[chosen], weight[chosen])


def _stacked(inside: Sequence[tuple[_Units, _Units]], first: int) -> Stack:
    """Return the rows of sub-experiments given as treated regions and controls.

    Controls of sub-experiment a weigh (N_a^D / N^D) / (N_a^C / N^C), the treated 1, each times its own weight,
    and N are sums of weights (Wing, Freedman & Hollingsworth 2024).
    """
    all_treated = sum(treated.weight.sum() for treated, _ in inside)
    all_clean = sum(clean.weight.sum() for _, clean in inside)
    blocks, flags, weights = [], [], []
    for treated, clean in inside:
        blocks += [treated.cells, clean.cells]
        flags += [np.ones(len(treated.cells), bool), np.zeros(len(clean.cells), bool)]
        share = (treated.weight.sum() / all_treated) / (clean.weight.sum() / all_clean)
        weights += [treated.weight, share * clean.weight]
    cells = np.vstack(blocks)
    units, width = cells.shape
    return Stack(
        row=cells.ravel(),
        event=np.tile(np.arange(first, first + width), units),
        unit=np.repeat(np.arange(units), width),
        treated=np.repeat(np.concatenate(flags), width),
        weight=np.repeat(np.concatenate(weights), width),
    )


def within(matrix: FloatArray, weight: FloatArray, width: int) -> FloatArray:
    """Return ``matrix`` (m, k) less unit and event-time effects: units of ``width`` rows of one weight each."""
    cube = matrix.reshape(-1, width, matrix.shape[1])
    cube = cube - cube.mean(axis=1, keepdims=True)
    own = weight[::width]
    return np.asarray((cube - np.tensordot(own / own.sum(), cube, axes=1)).reshape(matrix.shape))


def mean_labels(shown: Sequence[int]) -> list[tuple[str, str]]:
    """Return what the means are called: the headline as two, then the event times."""
    return [("simple", "overall"), ("dynamic", "overall"), *(("dynamic", str(e)) for e in shown)]
