"""Panel threshold regression (Hansen 1999): exact search, bootstrap tests, sets, slopes by regime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import named
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.sampling import Sampling
from ccd.estimate.threshold import warnings as warn
from ccd.estimate.threshold.parts import curve_parts, regimes_part, slopes_part, thresholds_part
from ccd.estimate.threshold.policy import beside, measured_after
from ccd.estimate.threshold.sample import ThresholdSample, draw
from ccd.estimate.threshold.scan.exact import Scan
from ccd.estimate.threshold.scan.joint import LIMIT, joint
from ccd.estimate.threshold.scan.search import Search
from ccd.estimate.threshold.scan.sets import Curve, curves
from ccd.estimate.threshold.terms import Slopes, slopes
from ccd.estimate.threshold.tests import Plan, Stage, next_stage, start, tests_frame, with_draws
from ccd.panel import Panel
from ccd.results import TERM_COLUMNS, Estimate, Part, loose, loosely
from ccd.streams import Stream
from ccd.words import Text, text

MOST = 3
#: Two thresholds (2,) and the sum of squares they leave.
Pair = tuple[FloatArray, float]
#: Regions that every regime asks for.
PER_REGIME = 5
#: Clusters below which Rademacher signs have too few patterns.
FEW_CLUSTERS = 12


class Threshold(Sampling):
    """``kind = "threshold"``: slopes that depend on whether a column lies above or below estimated values."""

    kind: Literal["threshold"]
    threshold: str
    """Column whose values split the sample: the lower regime is q <= g."""
    regime: str | tuple[str, ...] = ()
    """Columns whose slope depends on the regime."""
    policy: str | None = None
    """Policy whose effect depends on the regime; instead of ``regime``."""
    controls: tuple[str, ...] = ()
    """Columns with the same slope in every regime."""
    number: Literal["auto", 1, 2, 3] = "auto"
    """Thresholds of the model; auto stops at the first F that does not reject."""
    level: float = Field(default=0.05, gt=0, lt=1)
    """Level of the tests under auto."""
    trim: float = Field(default=0.05, gt=0, lt=0.5)
    """Share of the rows that every regime keeps."""
    time_effects: bool = True
    """Whether year effects enter beside region effects."""
    regime_intercept: bool = False
    """Whether the level too depends on the regime."""
    bootstrap: int = Field(default=999, ge=0)
    """Draws of each bootstrap; 0 turns the tests off."""
    resampling: tuple[Literal["wild", "block"], ...] = Field(default=("wild", "block"), min_length=1)
    """wild (the headline): signs by cluster; block: residual rows of another region (balanced panels)."""
    signs: Literal["auto", "rademacher", "webb"] = "auto"
    """Signs of the wild bootstrap; auto takes Webb's under 12 clusters."""
    cluster: str | tuple[str, ...] = ()
    """Column, or two, to cluster by; none: the entity."""
    joint: bool = True
    """Whether the joint optimum of two thresholds is searched for beside the sequential one."""
    threshold_lag: int = Field(default=0, ge=0)
    """Years by which the threshold column is lagged."""
    threshold_base: int | Literal["before"] | None = None
    """Threshold column at its value in a year, or at its mean before the policy's first year in the panel."""
    allow_post_treatment: bool = False
    """Whether the threshold column may be measured after treatment (a warning stays)."""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        regimes = self.regimes()
        if bool(regimes) == (self.policy is not None):
            raise ValueError("name either regime (columns) or policy")
        if len(set(regimes)) < len(regimes):
            raise ValueError("regime: name each column once")
        both = sorted(set(regimes) & set(self.controls))
        if both:
            raise ValueError(f"{', '.join(both)}: either in regime or in controls, not in both")
        if self.number == "auto" and not self.bootstrap:
            raise ValueError('number = "auto" needs bootstrap draws: set bootstrap, or number = 1, 2 or 3')
        if self.threshold_base == "before" and self.policy is None:
            raise ValueError('threshold_base = "before" goes with policy: name a year')
        if self.threshold_base is not None and self.threshold_lag:
            raise ValueError("threshold_base and threshold_lag exclude each other")
        if self.spillover is not None and self.policy is None:
            raise ValueError("spillover goes with policy")
        if self.spillover is not None and self.spillover.how != "drop":
            raise ValueError('threshold knows spillover with how = "drop" only')
        return self

    def regimes(self) -> tuple[str, ...]:
        """Return the regime-dependent columns; none under a policy."""
        return (self.regime,) if isinstance(self.regime, str) else self.regime

    def columns(self) -> tuple[str, ...]:
        """Return outcome, threshold variable, regime columns and controls."""
        return (self.outcome, self.threshold, *self.regimes(), *self.controls)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and that of the neighbours."""
        named_ = (self.policy,) if self.policy else ()
        return (*named_, *((self.spillover.policy,) if self.spillover else ()))

    def clusters(self) -> tuple[str, ...]:
        """Return the cluster columns; none stands for the entity."""
        return (self.cluster,) if isinstance(self.cluster, str) else self.cluster

    def least_entities(self, treated: int) -> int:
        """Return how many treated regions each regime of a policy keeps: 5, or 10 % if that is more."""
        return max(PER_REGIME, ceil(0.10 * treated))

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with tests, thresholds, curves and slopes (METHODS 6).

        Raises EstimationError for a threshold variable with fewer than three values, regimes too thin for
        the trim, collinear columns, too few regions.
        """
        data, scan = draw(self, panel)
        after = [] if self.policy is None else measured_after(self, panel, data.sample)
        plan, notes = self._plan(data.sample)
        search = start(scan)
        stages, chosen, more = self._stages(data, search, plan, stream)
        known = np.where(data.counted, data.q, np.nan)
        found = {stage.number: curves(scan, search, stage, known) for stage in stages}
        pair, large = self._pair(scan, stages)
        del scan, search  # the moments at every candidate are the larger part of the memory
        result = Fitted(self, data, stages, chosen, found, plan, pair)
        return result.estimate([*after, *notes, *more, *large], made_of=panel.made_of)

    def _pair(self, scan: Scan, stages: Sequence[Stage]) -> tuple[Pair | None, list[Text]]:
        """Return the joint optimum of two where two were tested; a note where there are too many candidates."""
        if not self.joint or not any(stage.number == 2 for stage in stages):
            return None, []
        size = scan.candidates.size
        if size <= LIMIT:
            return joint(scan), []
        note = text(
            "The joint optimum of two thresholds was not searched for: {count} candidates are more than {limit}",
            count=size,
            limit=LIMIT,
        )
        return None, [note]

    def _plan(self, sample: Sample) -> tuple[Plan, list[Text]]:
        """Return how to draw, with notes on what cannot be drawn."""
        notes: list[Text] = []
        forms = list(dict.fromkeys(self.resampling))
        if "block" in forms and not sample.balanced:
            if forms == ["block"]:
                raise self.fail(
                    "the block bootstrap needs a balanced panel", fix='take resampling = ["wild"]'
                )
            forms.remove("block")
            notes.append(text("No block bootstrap, p_block is empty: the panel is unbalanced"))
        coarse = [group for group in sample.clusters if nested(sample.entity, group)]
        cluster: IntArray = coarse[0] if coarse else sample.entity
        if not coarse:
            notes.append(text("Bootstrap signs are drawn by region: no cluster column holds whole regions"))
        size = int(cluster.max()) + 1
        signs = self.signs
        if signs == "auto":
            signs = "webb" if size < FEW_CLUSTERS else "rademacher"
        if self.bootstrap and "wild" in forms:
            notes.append(
                text(
                    "Wild bootstrap: {draws} draws of {signs} signs for {count} clusters, residuals of the null model",
                    draws=self.bootstrap,
                    signs=signs,
                    count=size,
                )
            )
        return Plan(self.bootstrap, forms, cluster, signs), notes

    def _stages(
        self, data: ThresholdSample, search: Search, plan: Plan, stream: Stream
    ) -> tuple[list[Stage], int, list[Text]]:
        """Return the tests made, the number of thresholds chosen, and notes."""
        stages: list[Stage] = []
        notes: list[Text] = []
        headline = "wild" if "wild" in plan.forms else "block"
        last = MOST if self.number == "auto" else self.number
        for number in range(1, last + 1):
            why = self._too_few(data, number)
            before = stages[-1] if stages else None
            stage = None if why else next_stage(search, before)
            if stage is None:
                problem = why or f"no value leaves room for {number + 1} regimes (trim, ties)"
                if self.number != "auto" or number == 1:
                    raise self.fail(problem, fix="ask for fewer thresholds, or a smaller trim")
                notes.append(
                    text(
                        "{number} thresholds not tested: the sample is too small or the trim too large",
                        number=number,
                    )
                )
                break
            stage = with_draws(search.scan, stage, before, plan, stream)
            stages.append(stage)
            if self.number == "auto" and stage.p(headline) > self.level:
                return stages, number - 1, notes
        return stages, stages[-1].number, notes

    def _too_few(self, data: ThresholdSample, number: int) -> str:
        regions = len(np.unique(data.sample.entity[data.counted]))
        if regions >= PER_REGIME * (number + 1):
            return ""
        return f"{regions} regions are too few for {number + 1} regimes of {PER_REGIME} at least"


@dataclass(frozen=True)
class Fitted:
    """All that a fit found, before it becomes an Estimate."""

    model: Threshold
    data: ThresholdSample
    stages: Sequence[Stage]
    chosen: int
    curves: dict[int, list[Curve]]
    plan: Plan
    pair: Pair | None

    @property
    def values(self) -> FloatArray:
        """Return the chosen thresholds, ascending."""
        listed = self.curves.get(self.chosen, [])
        return np.array([self.data.candidates.value[curve.estimate] for curve in listed])

    def estimate(self, notes: list[Text], made_of: Mapping[str, frozenset[str]]) -> Estimate:
        """Return the Estimate with its parts, facts, notes and warnings."""
        model, data = self.model, self.data
        fitted = slopes(data, model.threshold, self.values, time_effects=model.time_effects)
        together = self.pair[0] if self.pair else None
        parts: list[Part] = [
            self._tests(),
            thresholds_part(data, self.curves, together),
            slopes_part(data, fitted, model.threshold, self.values, model.controls),
            *curve_parts(self.curves, data, model.threshold, self.chosen),
            regimes_part(data, model.threshold, self.values),
        ]
        if model.policy is not None:
            parts.append(beside(model, data, fitted, self.values))
        terms = fitted.frame[list(TERM_COLUMNS)]
        return loosely(
            kind=model.kind,
            estimator="hansen",
            outcome=model.outcome,
            headline=str(terms["term"].iloc[0]),
            terms=terms,
            vcov=named(fitted.vcov.matrix, list(terms["term"])),
            facts=self._facts(fitted),
            notes=(
                *data.notes,
                fitted.vcov.note,
                *self._standing(),
                *notes,
                *self._warnings(made_of),
            ),
            parts=tuple(parts),
        )

    def _tests(self) -> Part:
        facts: dict[str, object] = {
            "level": self.model.level,
            "chosen": self.chosen,
            "auto": self.model.number == "auto",
            "draws": self.plan.draws,
            "threshold": self.model.threshold,
        }
        return loose("threshold_tests", tests_frame(self.stages, self.data.df), "tests", facts)

    def _facts(self, fitted: Slopes) -> dict[str, object]:
        model, effects = self.model, ["entity", "time"] if self.model.time_effects else ["entity"]
        p_values: dict[str, float] = {"analytic": float(fitted.frame["p_value"].iloc[0])}
        for stage in self.stages:
            p_values |= {f"F{stage.number}_{form}": stage.p(form) for form in stage.draws}
        return {
            **self.data.sample.facts(),
            "threshold": model.threshold,
            "number": self.chosen,
            "thresholds": self.values.tolist(),
            **{f"g{k}": float(value) for k, value in enumerate(self.values, start=1)},
            "candidates": self.data.candidates.size,
            "least_in_regime": self.data.candidates.least,
            "r2_within": fitted.r2,
            "vcov": fitted.vcov.kind,
            "clusters": list(fitted.vcov.clusters),
            "df": fitted.vcov.df,
            "controls": list(model.controls),
            "effects": effects,
            "bootstrap": {"draws": self.plan.draws, "forms": list(self.plan.forms), "signs": self.plan.signs},
            "p_values": p_values,
            **self._joint(),
        }

    def _standing(self) -> list[Text]:
        """Return the notes that hold for every threshold model."""
        return [
            text(
                "p-values of the slopes are analytic and take the thresholds as known; those of the tests are the "
                "bootstrap's"
            ),
            text("Sets by likelihood ratio assume errors without serial correlation (Hansen 1999)"),
        ]

    def _warnings(self, made_of: Mapping[str, frozenset[str]]) -> list[Text]:
        model, data = self.model, self.data
        listed = self.curves.get(self.chosen, [])
        return [
            *warn.disagreement(self.stages, model.level),
            *warn.search(data, model.threshold, model.bootstrap),
            *warn.positions(data, listed, model.threshold),
            *warn.sets(data, listed, model.threshold),
            *warn.regimes(data, self.values, model.threshold),
            *warn.outcome(data.sample.y, model.outcome),
            *warn.components(made_of, model.outcome, model.threshold),
            *self._apart(),
        ]

    def _joint(self) -> dict[str, object]:
        if self.pair is None:
            return {}
        return {"joint": {"thresholds": self.pair[0].tolist(), "ssr": self.pair[1]}}

    def _apart(self) -> list[Text]:
        """Return the warning that the sequential estimates of two are not the joint optimum."""
        if self.pair is None:
            return []
        two = next(stage for stage in self.stages if stage.number == 2)
        values = np.array([self.data.candidates.value[curve.estimate] for curve in self.curves[2]])
        return list(warn.joint(two, values, *self.pair))
