"""The keys of difference-in-differences on matched regions."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.estimate.contrasts.compare import CompareSpec
from ccd.estimate.contrasts.findings import Check, added, answered
from ccd.estimate.linear.binomial import LinkName
from ccd.estimate.matching import Settings
from ccd.estimate.matching.pool import KernelName, MatcherName, SupportName
from ccd.estimate.psm.bootstrap import draws
from ccd.estimate.psm.compared import MatchedGroups, groups_compared
from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.fit import MatchedFit, assemble, headline, match_and_regress
from ccd.estimate.psm.inference import Errors, bootstrapped, fixed_weights
from ccd.estimate.psm.matched_effects import has_matched_effects
from ccd.estimate.psm.permuted import MatchingPermutation, Redraw, led_errors, redraw
from ccd.estimate.psm.pipeline import Pipeline
from ccd.estimate.psm.sample import draw
from ccd.estimate.rows.sampling import Sampling, note_list
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, text


class PsmDid(Sampling):
    """``kind = "psm-did"``: match on pre-treatment values, then two-way DID under the matching weights."""

    does: ClassVar[Text] = text("the effect of a policy by matching and difference-in-differences")
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
    """Whether a control may serve several treated regions (nearest); if not, a region short of neighbours is off."""
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
    permutation: MatchingPermutation | None = None
    """Studentised permutation, matched anew in each draw: { draws = 999 }; few treated: it runs unless draws = 0."""
    compare: CompareSpec | None = None
    """Differences of the effect between groups of regions, each matched anew: { by = COLUMN, draws = 499 }."""
    bootstrap: int = Field(default=0, ge=0)
    """Draws of a cluster bootstrap of score, matching and regression (kernel, entropy-balance); 0: none."""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        if len(set(self.match_on)) < len(self.match_on):
            raise SpecError(text("match_on: name each column once"))
        if self.lag and set(self.match_on) & set(self.controls):
            both = tuple(sorted(set(self.match_on) & set(self.controls)))
            raise SpecError(
                text(
                    "lag moves the controls, and {both} would be matched on lagged too: name it once",
                    both=both,
                )
            )
        if self.spillover is not None and self.spillover.how != "drop":
            raise SpecError(text('psm-did knows spillover with how = "drop" only'))
        if self.matcher == "radius" and self.caliper is None:
            raise SpecError(text("radius matching needs caliper, e.g. caliper = 0.05"))
        if self.matcher == "local-linear" and self.kernel == "gaussian":
            raise SpecError(
                text('local linear matching takes a kernel with an end, e.g. kernel = "epanechnikov"')
            )
        if self.base_year is not None and self.design != "base":
            raise SpecError(text('base_year belongs to design = "base"'))
        if self.bootstrap and self.matcher not in ("kernel", "entropy-balance"):
            raise SpecError(
                text(
                    "bootstrap is for kernel and entropy-balance: it fails for matching to neighbours (Abadie "
                    "and Imbens 2008)"
                )
            )
        return self

    def imports(self) -> tuple[str, ...]:
        """Return statsmodels, which fits the score, and the trees of Mahalanobis matching."""
        trees = ("sklearn.neighbors",) if self.matcher == "mahalanobis" else ()
        return ("statsmodels.discrete.discrete_model", *trees)

    def columns(self) -> tuple[str, ...]:
        """Return outcome, matching columns and controls."""
        return (self.outcome, *self.match_on, *self.controls)

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of clusters, of exact strata and of the groups to compare."""
        by = self.compare.by if self.compare else ""
        named = (*super().group_columns(), *self.clusters(), self.exact, by)
        return tuple(dict.fromkeys(name for name in named if name))

    def adjusts(self) -> tuple[str, ...]:
        """Return the matching columns and the controls of the regression."""
        return tuple(dict.fromkeys((*self.match_on, *self.controls)))

    def taken_before(self) -> tuple[str, ...]:
        """Return the matching columns, which regions are compared in before they are treated."""
        return tuple(name for name in self.match_on if name not in self.controls)

    def methods(self) -> tuple[str, ...]:
        """Return the keys of matching, and of the errors of neighbours where they hold."""
        own = has_matched_effects(self.question(), self.settings())
        compared = ("check:compare",) if self.compare else ()
        return (*super().methods(), *(("psm:abadie-imbens",) if own else ()), *compared)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and that of the neighbours."""
        return (self.policy, *((self.spillover.policy,) if self.spillover else ()))

    def clusters(self) -> tuple[str, ...]:
        """Return the cluster columns, none for the entity."""
        listed = (self.cluster,) if isinstance(self.cluster, str) else self.cluster
        return tuple(name for name in listed if name)

    def question(self) -> Question:
        """Return what is asked, apart from how it is matched."""
        return Question(
            self.outcome,
            self.policy,
            self.match_on,
            self.controls,
            self.clusters(),
            self.design,
            self.base_year,
            self.exact,
            self.allow_post_treatment,
            text("model '{name}'", name=self.name),
        )

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
        prepared = self.prepare(panel, self.controls)
        found, errors, deals = self._matched(panel, prepared, stream)
        estimate = assemble(self.kind, found, errors, prepared, deals)
        if (pairs := self.compare) is None:
            return estimate
        groups = MatchedGroups(self.name, prepared, found.question, self._pipeline(found.design))
        asked = Check(
            text("Differences between groups"),
            lambda: groups_compared(groups, found.sample, pairs, stream),
        )
        return added(estimate, [answered(asked)])

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the effect alone, as ``fit`` gives it, without the tables and columns beside it."""
        found, errors, deals = self._matched(panel, self.prepare(panel, self.controls), stream)
        part = None
        if deals is not None:
            errors, part = led_errors(deals, found.regression, errors)
        return headline(self.kind, found, errors, part is not None)

    def _matched(
        self, panel: Panel, prepared: Panel, stream: Stream
    ) -> tuple[MatchedFit, Errors, Redraw | None]:
        question = self.question()
        sample, design = draw(prepared, question)
        sample = replace(sample, notes=(*note_list(panel, prepared), *sample.notes))
        pipeline = self._pipeline(design)
        found = match_and_regress(pipeline, sample, question)
        asked = self.permutation or MatchingPermutation()
        deals = redraw(panel, sample, question, pipeline, asked.draws, stream)
        if not self.bootstrap:
            return found, fixed_weights(found.regression, question), deals
        drawn = draws(pipeline, sample, question.keys, self.bootstrap, stream("bootstrap"))
        return found, bootstrapped(found.regression, question, drawn, self.bootstrap), deals

    def _pipeline(self, design: MatchingDesign) -> Pipeline:
        where = self.question().where
        return Pipeline(design, self.score, self.match_on, self.settings(), self.caliper_scale, where)
