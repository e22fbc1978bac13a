"""The keys of a panel threshold regression (Hansen 1999)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.estimate.rows.deals import PermutationSpec
from ccd.estimate.rows.sampling import Sampling
from ccd.estimate.threshold.assemble import assemble
from ccd.estimate.threshold.fit import fit_thresholds
from ccd.estimate.threshold.settings import Settings
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, text

#: Draws times rows above which processes share them: some seconds of work.
HEAVY = 10_000_000


class SearchedPermutation(PermutationSpec):
    """``permutation = { draws = 999 }``."""

    draws: int = Field(default=999, ge=0)
    """Number of permutations, thresholds searched anew in each; 0 turns the test off."""


class Threshold(Sampling):
    """``kind = "threshold"``: slopes that depend on whether a column lies above or below estimated values."""

    does: ClassVar[Text] = text("a panel threshold regression")
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

    permutation: SearchedPermutation | None = None
    """Permutation behind the policy's effects: { draws = 999 }; few treated: it runs unless draws = 0."""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        regimes = self.regimes()
        if bool(regimes) == (self.policy is not None):
            raise SpecError(text("name either regime (columns) or policy"))
        if len(set(regimes)) < len(regimes):
            raise SpecError(text("regime: name each column once"))
        both = sorted(set(regimes) & set(self.controls))
        if both:
            raise SpecError(text("{both}: either in regime or in controls, not in both", both=tuple(both)))
        if self.number == "auto" and not self.bootstrap:
            raise SpecError(
                text('number = "auto" needs bootstrap draws: set bootstrap, or number = 1, 2 or 3')
            )
        if self.threshold_base == "before" and self.policy is None:
            raise SpecError(text('threshold_base = "before" goes with policy: name a year'))
        if self.threshold_base is not None and self.threshold_lag:
            raise SpecError(text("threshold_base and threshold_lag exclude each other"))
        if self.spillover is not None and self.policy is None:
            raise SpecError(text("spillover goes with policy"))
        if self.spillover is not None and self.spillover.how != "drop":
            raise SpecError(text('threshold knows spillover with how = "drop" only'))
        return self

    def regimes(self) -> tuple[str, ...]:
        """Return the regime-dependent columns; none under a policy."""
        return (self.regime,) if isinstance(self.regime, str) else self.regime

    def columns(self) -> tuple[str, ...]:
        """Return outcome, threshold variable, regime columns and controls."""
        return (self.outcome, self.threshold, *self.regimes(), *self.controls)

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset and of the clusters."""
        return (*super().group_columns(), *(name for name in self.clusters() if name))

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and that of the neighbours."""
        named_ = (self.policy,) if self.policy else ()
        return (*named_, *(self.spillover.policies() if self.spillover else ()))

    def clusters(self) -> tuple[str, ...]:
        """Return the cluster columns; none stands for the entity."""
        return (self.cluster,) if isinstance(self.cluster, str) else self.cluster

    def divides(self, panel: Panel, *, headline: bool) -> bool:
        """Tell whether the bootstrap of the tests takes so long that processes should share it."""
        return self.bootstrap * len(panel.frame) > HEAVY

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate with tests, thresholds, curves and slopes (METHODS 6).

        Raises EstimationError for a threshold variable with fewer than three values, regimes too thin for
        the trim, collinear columns, too few regions.
        """
        settings = self.settings()
        prepared = self.prepare(panel, (*self.regimes(), *self.controls))
        found = fit_thresholds(settings, panel, prepared, stream)
        return assemble(settings, found, panel.made_of, stream)

    def settings(self) -> Settings:
        """Return what the fit reads of the keys."""
        return Settings(
            name=self.name,
            outcome=self.outcome,
            threshold=self.threshold,
            regimes=self.regimes(),
            policy=self.policy,
            controls=self.controls,
            clusters=self.clusters(),
            number=self.number,
            level=self.level,
            trim=self.trim,
            time_effects=self.time_effects,
            regime_intercept=self.regime_intercept,
            bootstrap=self.bootstrap,
            resampling=self.resampling,
            signs=self.signs,
            joint=self.joint,
            threshold_lag=self.threshold_lag,
            threshold_base=self.threshold_base,
            allow_post_treatment=self.allow_post_treatment,
            deals=(self.permutation or SearchedPermutation()).draws,
        )
