"""Local-projections difference-in-differences: a regression of long differences for every event time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.checks.dealt_tables import Tables
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.local_projection import Difference, Projection, Unprojected, project
from ccd.estimate.did.notes import lone_cohorts
from ccd.estimate.did.sampling import Reads
from ccd.estimate.linear.vcov import p_values
from ccd.estimate.rows.event_study import event_study
from ccd.estimate.rows.influence import entity_clusters, few_clusters, influence_vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import spread, spread_all
from ccd.results import Estimate, EventStudy
from ccd.streams import Stream
from ccd.words import Figure, P, Text, text


class Horizons(NamedTuple):
    """Projections of several horizons: effects (k,), their covariance (k, k), and degrees of freedom of t."""

    effect: FloatArray
    matrix: FloatArray
    df: float


class Grid(NamedTuple):
    """A panel: ``y``, ``weight`` (N, T), ``x`` (N, T, p), ``start`` (N,) with inf = never, ``years`` (T,)."""

    y: FloatArray
    weight: FloatArray
    x: FloatArray
    start: FloatArray
    years: IntArray


class LpDid(Estimator):
    """``estimator = "lp-did"``: Dube, Girardi, Jorda & Taylor (2023).

    For every event time h the change from the year before treatment to h years after it, of regions that begin
    in t and regions still untreated in t + h, on a dummy and year effects. The headline is the same with the mean
    outcome of the years from treatment on.
    """

    linear: ClassVar[bool] = True
    tabled: ClassVar[bool] = True
    label: ClassVar[Text | None] = text("Local projections (LP-DiD)")
    estimator: Literal["lp-did"]
    weighting: Literal["variance", "equal"] = "variance"
    """Weigh the comparison of each year by its variance (least squares), or by its treated regions (the ATT)."""
    control_group: Literal["not-yet", "never"] = "not-yet"
    """Regions untreated at the end of each difference, or those never treated."""
    covariates: tuple[str, ...] = ()
    """Columns taken in the last year before treatment; with equal weights they enter by regression adjustment."""

    def reads(self) -> Reads:
        """Return the covariates, which a row may lack, and the weight."""
        return Reads(covariates=self.covariates, weight=self.weight or "")

    def adjusts(self) -> tuple[str, ...]:
        """Return the covariates."""
        return self.covariates

    def taken_before(self) -> tuple[str, ...]:
        """Return the covariates, which are taken in the year before treatment."""
        return self.covariates

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the pooled effect after treatment, and the event study with its covariance (METHODS 3)."""
        grid = self.grid(sample)
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        last = self.reach(sample)
        pooled = self.pooled(grid, 0, last)
        shown, found = self.events(grid)
        if not shown:
            raise self.no_comparison()
        after, study = self.joined([pooled], groups), self.joined(found, groups)
        leads = [e for e in shown if e < -1]
        notes, details = self.before(grid, min(leads), groups) if leads else ([], {})
        return assemble(
            self,
            sample,
            after.effect,
            after.matrix,
            after.df,
            vcov="cluster",
            clusters=[int(g.max()) + 1 for g in groups],
            effects=("time",),
            details={
                "weighting": self.weighting,
                "control_group": self.control_group,
                "pooled": [0, last],
                "pooled_rows": pooled.rows,
                "pooled_switchers": pooled.switchers,
                **details,
            },
            parts=event_study(shown, study.effect, study.matrix, study.df, base={-1}, window=self.window),
            notes=[
                *self.remarks(sample, pooled, last),
                *notes,
                *few_clusters(groups, where=text("model '{name}'", name=self.name)),
                *lone_cohorts(sample),
            ],
        )

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the pooled effect after treatment alone."""
        pooled = self.pooled(self.grid(sample), 0, self.reach(sample))
        found = self.joined([pooled], entity_clusters(sample, where=text("model '{name}'", name=self.name)))
        return Effect(float(found.effect[0]), float(np.sqrt(found.matrix[0, 0])), found.df)

    def scores(self, sample: Sample) -> tuple[float, FloatArray]:
        """Return the pooled effect and what each region adds to its error."""
        pooled = self.pooled(self.grid(sample), 0, self.reach(sample))
        groups = entity_clusters(sample, where=text("model '{name}'", name=self.name))
        error = float(np.sqrt(self.joined([pooled], groups).matrix[0, 0]))
        total = float(np.sqrt(pooled.psi @ pooled.psi))
        return pooled.effect, pooled.psi * (error / total if total else 0.0)

    def tables(self, sample: Sample) -> Tables:
        """Return effects by event time with what each region adds to their errors."""
        shown, found = self.events(self.grid(sample))
        study = self.joined(found, entity_clusters(sample, where=text("model '{name}'", name=self.name)))
        psi = np.column_stack([one.psi for one in found])
        total = np.sum(psi**2, axis=0)
        factor = np.divide(np.diag(study.matrix), total, out=np.zeros(len(total)), where=total > 0)
        return Tables(shown, (), (), study.effect, psi * np.sqrt(factor))

    def event_effects(self, sample: Sample, stream: Stream) -> EventStudy | None:
        """Return the event study without the pooled effects."""
        shown, found = self.events(self.grid(sample))
        study = self.joined(found, entity_clusters(sample, where=text("model '{name}'", name=self.name)))
        return event_study(shown, study.effect, study.matrix, study.df, base={-1}, window=self.window)[
            0
        ].value

    def grid(self, sample: Sample) -> Grid:
        """Return the sample as matrices. Raises EstimationError where years are left out of the panel."""
        years = np.asarray(sample.panel.times, dtype=np.intp)
        if (np.diff(years) > 1).any():
            raise self.fail(
                text("the years have gaps, so that differences over h years are not there"),
                fix=text("a panel of consecutive years, or another estimator"),
            )
        columns = [sample.panel.column(c) for c in self.covariates]
        x = spread_all(sample, np.array(columns).reshape(len(columns), len(sample.y)).T)
        y = spread(sample, sample.y)
        weight = np.ones(y.shape) if sample.weight is None else spread(sample, sample.weight)
        start = np.where(np.isnan(sample.entity_cohort), np.inf, sample.entity_cohort)
        return Grid(y, weight, x, start, years)

    def reach(self, sample: Sample) -> int:
        """Return the last horizon of the pooled effect: the window's, or the last that every cohort reaches."""
        last = int(sample.panel.times[-1] - np.nanmax(sample.cohort))
        return max(last, 0) if self.window is None else max(self.window[1], 0)

    def rows(self, grid: Grid, ends: Sequence[int]) -> Difference:
        """Return the rows of the change from t - 1 to the mean of t + h, h of ``ends``.

        A row counts when every year is seen, and a control when it is untreated in the latest of them and in t.
        """
        t = grid.y.shape[1]
        at = np.arange(max(1, -min(ends)), t - max(*ends, 0))
        late = np.mean([grid.y[:, at + h] for h in ends], axis=0)
        change = late - grid.y[:, at - 1]
        years = grid.years[at]
        treated = grid.start[:, None] == years
        clean = grid.start[:, None] > years + max(*ends, 0)
        if self.control_group == "never":
            clean &= np.isinf(grid.start)[:, None]
        x = grid.x[:, at - 1]
        known = np.isfinite(change) & np.isfinite(grid.weight[:, at]) & np.isfinite(x).all(axis=2)
        entity, place = np.nonzero((treated | clean) & known)
        weight = grid.weight[:, at]
        return Difference(
            change=change[entity, place],
            treated=treated[entity, place],
            year=place,
            entity=entity,
            x=x[entity, place],
            weight=weight[entity, place],
        )

    def pooled(self, grid: Grid, first: int, last: int) -> Projection:
        """Return the effect on the mean outcome of the event times ``first`` to ``last``."""
        try:
            return self.projected(grid, range(first, last + 1))
        except Unprojected as error:
            raise self.no_comparison(error.columns) from error

    def projected(self, grid: Grid, ends: Sequence[int]) -> Projection:
        """Return the projection on the mean of ``ends``. Raises Unprojected."""
        if max(1, -min(ends)) >= grid.y.shape[1] - max(*ends, 0):
            raise Unprojected
        return project(self.rows(grid, ends), len(grid.y), equal=self.weighting == "equal")

    def events(self, grid: Grid) -> tuple[list[int], list[Projection]]:
        """Return every event time but -1 that some comparison shows, and its projection."""
        known = grid.start[np.isfinite(grid.start)]
        first, last = int(grid.years[0] - known.max()), int(grid.years[-1] - known.min())
        if self.window is not None:
            first, last = max(first, self.window[0]), min(last, self.window[1])
        shown, found = [], []
        for h in range(first, last + 1):
            if h == -1:
                continue
            try:
                found.append(self.projected(grid, [h]))
            except Unprojected as error:
                if error.columns:
                    raise self.no_comparison(error.columns) from error
                continue
            shown.append(h)
        return shown, found

    def joined(self, found: Sequence[Projection], groups: Sequence[IntArray]) -> Horizons:
        """Return effects with their clustered covariance, each horizon with its own small-sample factor.

        The degrees of freedom are those of the horizon with the fewest clusters.
        """
        psi = np.column_stack([one.psi for one in found])
        least = [min(len(np.unique(g[one.seen])) for g in groups) for one in found]
        factor = [
            g / (g - 1) * (one.rows - 1) / (one.rows - one.factor_k) if one.factor_k else 1.0
            for g, one in zip(least, found, strict=True)
        ]
        root = np.sqrt(np.array(factor))
        matrix = influence_vcov(psi, groups) * np.outer(root, root)
        return Horizons(np.array([one.effect for one in found]), matrix, float(min(least) - 1))

    def before(
        self, grid: Grid, first: int, groups: Sequence[IntArray]
    ) -> tuple[list[Text], dict[str, object]]:
        """Return the pooled effect before treatment: a note and facts."""
        try:
            found = self.joined([self.projected(grid, range(first, -1))], groups)
        except Unprojected:
            return [], {}
        effect, error = float(found.effect[0]), float(np.sqrt(found.matrix[0, 0]))
        p = float(p_values(np.array(effect / error), found.df)) if error > 0 else float("nan")
        note = text(
            "Pooled before treatment, event times {first} to -2: {effect} (standard error {error}), p {p}",
            first=first,
            effect=Figure(effect),
            error=Figure(error),
            p=P(p),
        )
        facts = {"event_times": [first, -2], "estimate": effect, "std_error": error, "p_value": p}
        return [note], {"pooled_before": facts}

    def remarks(self, sample: Sample, pooled: Projection, last: int) -> list[Text]:
        """Return what the headline pools and weighs, and how many regions that begin are behind it."""
        treated = int(np.isfinite(sample.entity_cohort).sum())
        how = {
            "variance": text("each year's comparison weighs by its variance"),
            "equal": text("each year's comparison weighs by its treated regions"),
        }[self.weighting]
        notes = [
            text(
                "The mean of event times 0 to {last} against the year before treatment, {switchers} of {treated} "
                "treated regions; {weighting}",
                last=last,
                switchers=pooled.switchers,
                treated=treated,
                weighting=how,
            )
        ]
        if pooled.factor_k:
            notes.append(
                text(
                    "Standard errors clustered, each event time with its own factor G/(G-1) x (n-1)/(n-K), year "
                    "effects counted in K"
                )
            )
        else:
            notes.append(
                text("Standard errors of the regression adjustment clustered, without small-sample factor")
            )
        return notes

    def no_comparison(self, columns: Sequence[int] = ()) -> EstimationError:
        """Return the error of a horizon without comparison, or of covariates that are not told apart."""
        if columns:
            blamed = tuple(self.covariates[j] for j in columns)
            return self.fail(
                text("{blamed}: not told apart from year effects", blamed=blamed), fix=text("leave it out")
            )
        return self.fail(
            text("no region that begins can be compared with one untreated to the end of the difference"),
            fix=text("a shorter window, or a panel that ends later"),
        )
