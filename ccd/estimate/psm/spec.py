"""Difference-in-differences on matched regions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import FloatArray
from ccd.estimate.linear.inference import inference, named, terms_frame
from ccd.estimate.matching import Settings, match
from ccd.estimate.matching.pool import KernelName, MatcherName, SupportName
from ccd.estimate.matching.score import LinkName
from ccd.estimate.model import ModelSpec
from ccd.estimate.psm.bootstrap import Pipeline, draws
from ccd.estimate.psm.columns import Regression, Setting, comparison, weighted_did
from ccd.estimate.psm.design import DESIGNS, Design, base_design, lagged_outcomes, with_values
from ccd.estimate.psm.notes import refuse_unmatched, remarks
from ccd.estimate.psm.parts import (
    LISTED_PAIRS,
    all_pairs,
    balance_part,
    density_part,
    pairs_part,
    score_part,
    self_matches,
    support_part,
    unit_names,
    weights_part,
)
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.panel import Panel
from ccd.results import Estimate, Part, loosely
from ccd.streams import Stream
from ccd.words import Text, names, text

NORMAL = float("inf")


class PsmDid(ModelSpec):
    """``kind = "psm-did"``: match on pre-treatment values, then two-way DID under the matching weights."""

    kind: Literal["psm-did"]
    policy: str
    """Policy whose effect is estimated; its name is the effect's term."""
    match_on: tuple[str, ...] = Field(min_length=1)
    """Columns that treated and controls are made alike in."""
    design: Literal["base", "cohort", "year-by-year", "pooled"] = "base"
    """When values are compared: once before any treatment, before each cohort's, every year, or all years at once."""
    base_year: int | None = None
    """Year whose values are matched on (design base); none: means over the years before the first treatment."""
    score: LinkName = "logit"
    """Model of the propensity score, by maximum likelihood."""
    matcher: MatcherName = "kernel"
    """How controls are chosen and weighed."""
    kernel: KernelName = "epanechnikov"
    """Kernel of kernel and local linear matching."""
    bandwidth: float = Field(default=0.06, gt=0)
    """Bandwidth of the kernel, on the probability."""
    neighbours: int = Field(default=1, ge=1)
    """Controls for each treated region (nearest, mahalanobis); ties come on top."""
    replacement: bool = True
    """Whether a control may serve several treated regions (nearest)."""
    caliper: float | None = Field(default=None, gt=0)
    """Largest distance of a match on the score (nearest, radius, mahalanobis)."""
    caliper_scale: Literal["score", "sd"] = "score"
    """Unit of the caliper: the probability, or its standard deviation."""
    common_support: SupportName = "minmax"
    """Which treated are dropped: beyond the controls' range, also where controls are thinnest, or none."""
    trim: float = Field(default=5.0, gt=0, lt=100)
    """Percent of the treated that common_support = "trim" drops."""
    exact: str = ""
    """Column within which regions are matched, e.g. region3."""
    controls: tuple[str, ...] = ()
    """Time-varying control columns of the regression."""
    cluster: str | tuple[str, ...] = ()
    """Column, or two, to cluster by; none: the entity."""
    allow_post_treatment: bool = False
    """Accept a base_year in which some region is already treated."""
    bootstrap: int = Field(default=0, ge=0)
    """Draws of a cluster bootstrap of score, matching and regression (kernel, entropy-balance); 0: none."""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        if len(set(self.match_on)) < len(self.match_on):
            raise ValueError("match_on: name each column once")
        if self.matcher == "radius" and self.caliper is None:
            raise ValueError("radius matching needs caliper, e.g. caliper = 0.05")
        if self.matcher == "local-linear" and self.kernel == "gaussian":
            raise ValueError('local linear matching takes a kernel with an end, e.g. kernel = "epanechnikov"')
        if self.base_year is not None and self.design != "base":
            raise ValueError('base_year belongs to design = "base"')
        if self.bootstrap and self.matcher not in ("kernel", "entropy-balance"):
            raise ValueError(
                "bootstrap is for kernel and entropy-balance: it fails for matching to neighbours "
                "(Abadie and Imbens 2008)"
            )
        return self

    def columns(self) -> tuple[str, ...]:
        """Return outcome, matching columns and controls."""
        return (self.outcome, *self.match_on, *self.controls)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy."""
        return (self.policy,)

    @property
    def where(self) -> str:
        """Return where errors stand."""
        return f"model '{self.name}'"

    def settings(self) -> Settings:
        """Return how to match; the caliper still in its own unit."""
        return Settings(
            self.matcher,
            self.kernel,
            self.bandwidth,
            self.neighbours,
            self.replacement,
            self.caliper,
            self.common_support,
            self.trim,
        )

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the matched DID with balance, partners and the columns beside it (METHODS 4)."""
        sample, design = self.draw(panel)
        pipeline = Pipeline(
            design, self.score, self.match_on, self.settings(), self.caliper_scale, self.where
        )
        fitted, units, settings = pipeline.scored(None)
        matched = match(units, settings)
        refuse_unmatched(design, units, matched, settings, unit_names(design, sample), self.where)
        keys = [self.policy, *self.controls]
        regression = weighted_did(sample, design.row_weights(matched.weight, sample), keys, self.where)
        terms, matrix, facts, notes = self.infer(regression, keys, sample, pipeline, stream)
        setting = Setting(
            sample, design, matched, units, self.base(panel, sample, design), keys, self.match_on,
            self.outcome, self.where,
        )  # fmt: skip
        parts, own, said = self.parts(setting, settings, terms, regression)
        if fitted is not None:
            parts.append(score_part(fitted, self.match_on))
        return loosely(
            kind=self.kind,
            estimator=self.matcher,
            outcome=self.outcome,
            headline=self.policy,
            terms=terms,
            vcov=named(matrix, keys),
            facts={**sample.facts(), **self.size(regression, sample), **facts, **own},
            notes=(
                *sample.notes,
                *self.lagged(panel),
                *design.notes,
                *remarks(design, units, matched, settings, unit_names(design, sample)),
                *said,
                *notes,
            ),
            parts=tuple(parts),
        )

    def draw(self, panel: Panel) -> tuple[Sample, Design]:
        """Return the rows and the units to be matched. Raises EstimationError when they cannot be compared."""
        for column in self.match_on:
            panel.column(column)  # a wrong name is told with the right one beside it
        clusters = (self.cluster,) if isinstance(self.cluster, str) else self.cluster
        sample = draw_sample(
            panel,
            self.outcome,
            self.controls,
            self.policy,
            tuple(c for c in clusters if c),
            where=self.where,
        )
        self.refuse_post_treatment(panel, sample)
        sample, lost = with_values(panel, sample, self.match_on, self.design, self.base_year)
        cohort = sample.entity_cohort
        if np.isfinite(cohort).all() and self.design in ("base", "year-by-year"):
            raise self.fail(
                "every region is treated at some time, so nobody is left to be matched with",
                fix='design = "cohort" compares with regions not treated yet',
            )
        if np.isnan(cohort).all():
            raise self.fail(
                "no treated region has values of the matching columns before treatment",
                fix="a panel that begins earlier, or other columns",
            )
        design = DESIGNS[self.design](panel, sample, self.match_on, self.exact, self.base_year, self.where)
        return _noted(sample, lost), design

    def refuse_post_treatment(self, panel: Panel, sample: Sample) -> None:
        """Raise EstimationError when the base year is outside the panel, or a region is treated by then."""
        if self.base_year is None:
            return
        if self.base_year not in panel.times:
            raise self.fail(
                f"base_year {self.base_year} is not in the panel ({panel.times[0]} to {panel.times[-1]})",
                fix="name a year of the panel before the policy begins",
            )
        first = int(np.nanmin(sample.cohort))
        if self.base_year >= first and not self.allow_post_treatment:
            raise self.fail(
                f"{', '.join(self.match_on)} would be measured in {self.base_year}, but '{self.policy}' begins in "
                f"{first}: the policy may have moved what is matched on",
                fix=f"base_year before {first}, or allow_post_treatment = true",
            )

    def base(self, panel: Panel, sample: Sample, design: Design) -> Design:
        """Return the units of the base design, which the doubly robust columns take their covariates from."""
        if self.design == "base":
            return design
        return base_design(panel, sample, self.match_on, "", None, self.where)

    def infer(
        self, regression: Regression, keys: list[str], sample: Sample, pipeline: Pipeline, stream: Stream
    ) -> tuple[pd.DataFrame, FloatArray, dict[str, object], list[Text]]:
        """Return terms, covariance, facts and notes: weights as fixed, or a bootstrap of the whole."""
        terms = terms_frame(keys, regression.beta, regression.vcov)
        analytic = float(terms["p_value"].iloc[0])
        facts: dict[str, object] = {
            "vcov": regression.vcov.kind,
            "clusters": list(regression.vcov.clusters),
            "df": float("inf") if self.bootstrap else regression.vcov.df,
            "p_values": {"analytic": analytic},
        }
        notes = [regression.vcov.note]
        if not self.bootstrap:
            notes.append(
                text(
                    "Standard errors take the matching weights as fixed; intervals cover too often, the more so the "
                    "more the matching columns explain of the trends"
                )
            )
            return terms, regression.vcov.matrix, facts, notes
        found = draws(pipeline, sample, keys, self.bootstrap, stream("bootstrap"))
        matrix = np.atleast_2d(np.cov(found, rowvar=False))
        terms = inference(keys, regression.beta, np.sqrt(np.diag(matrix)), NORMAL)
        facts["vcov"] = "bootstrap"
        facts["p_values"] = {"bootstrap": float(terms["p_value"].iloc[0]), "analytic": analytic}
        facts["bootstrap"] = {"draws": self.bootstrap, "failed": self.bootstrap - len(found)}
        notes = [
            text(
                "Standard errors from {draws} bootstrap draws of clusters through score, matching and regression "
                "({failed} draws failed); inference normal",
                draws=self.bootstrap,
                failed=self.bootstrap - len(found),
            )
        ]
        return terms, matrix, facts, notes

    def parts(
        self, s: Setting, settings: Settings, terms: pd.DataFrame, regression: Regression
    ) -> tuple[list[Part], dict[str, object], list[Text]]:
        """Return the tables, the facts of the balance, and the warnings on who is matched with whom."""
        pairs = all_pairs(s.units, settings)
        labels = unit_names(s.design, s.sample)
        balance, summary = balance_part(s.design, s.matched, self.match_on)
        support = support_part(s.units, s.matched, labels)
        summary["off_support"] = support.facts["off_support"]
        found = [comparison(s, self.matcher, terms, regression.nobs)]
        if pairs is not None and 0 < len(pairs.share) <= LISTED_PAIRS:
            found.append(pairs_part(s.design, s.units, pairs, s.sample))
        found += [balance, density_part(s.units, s.matched), support]
        found.append(weights_part(s.design, s.units, s.matched, pairs, s.sample))
        warned = self_matches(s.design, s.matched, pairs, s.sample)
        return found, {"balance_summary": summary, "design": self.design}, warned

    def lagged(self, panel: Panel) -> list[Text]:
        """Return the warning that outcomes of earlier years are matched on."""
        found = lagged_outcomes(panel, self.outcome, self.match_on)
        if not found:
            return []
        return [
            text(
                "{columns}: the outcome of earlier years is matched on, and what stood out by chance falls back to "
                "the mean afterwards (regression to the mean)",
                columns=names(found),
            )
        ]

    def size(self, regression: Regression, sample: Sample) -> dict[str, object]:
        """Return the rows and regions of the regression, and of the sample before matching."""
        return {
            "nobs": regression.nobs,
            "entities": regression.entities,
            "nobs_unmatched": len(sample.y),
            "entities_unmatched": len(sample.panel.entities),
            "r2_within": regression.r2,
            "controls": list(self.controls),
        }


def _noted(sample: Sample, notes: list[Text]) -> Sample:
    return replace(sample, notes=(*sample.notes, *notes))
