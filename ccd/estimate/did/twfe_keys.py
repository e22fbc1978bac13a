"""The keys of two-way fixed-effects difference-in-differences."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.estimate.did.checks.wild import WildSpec
from ccd.estimate.did.sampling import Reads, listed
from ccd.estimate.did.spec import DidRegression
from ccd.estimate.rows.across import AcrossRegions
from ccd.estimate.rows.dependence import ResidualTests
from ccd.estimate.rows.effects import CROSS
from ccd.words import text


class TwfeKeys(AcrossRegions, ResidualTests, DidRegression):
    """What a study may say of a two-way fixed-effects regression."""

    fixed_effects: tuple[str, ...] = ()
    """More fixed effects: a column, or several joined by " x ", such as "region3 x year"."""
    trends: Literal["entity"] | None = None
    """A linear trend for every entity."""
    controls_by_year: tuple[str, ...] = ()
    """Columns whose mean before the earliest treatment is interacted with year dummies."""
    other_policies: tuple[str, ...] = ()
    """Policies whose own treatment dummy enters as a control."""
    anticipation: int = Field(default=0, ge=0)
    """Years before treatment that are left out, so that the base is not what regions did in advance."""
    mechanism: tuple[str, ...] = ()
    """Channels: the effect on each, and the share of the effect that runs through it."""
    mechanism_draws: int = Field(default=499, ge=19)
    """Cluster bootstrap draws behind the interval of that share."""
    mechanism_interaction: bool = False
    """Whether a channel may matter more under the policy: what runs through it without and with treatment."""
    moderator: str = ""
    """Column that the effect may vary with."""
    intensity: str | None = None
    """Column, one value a region, that says how strongly the policy works there: the effect is that of one unit."""
    wild: WildSpec | None = None
    """Wild cluster bootstrap: { draws = 9999, signs = "webb", null = 0.0, interval = true }."""

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        if self.wild is not None and len(listed(self.cluster)) > 1:
            raise SpecError(text("the wild cluster bootstrap takes one cluster column"))
        for key in ("mechanism", "moderator"):
            if self.intensity is not None and getattr(self, key):
                raise SpecError(
                    text("{key} goes with a policy that is on or off: leave {key} or intensity out", key=key)
                )
        if self.mechanism_interaction and not self.mechanism:
            raise SpecError(text("mechanism_interaction goes with channels: name them under mechanism"))
        return self

    def reads(self) -> Reads:
        """Return controls, the columns interacted with years, the weight, and the years left out."""
        return Reads(
            self.controls, self.controls_by_year, weight=self.weight or "", anticipation=self.anticipation
        )

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the estimator and its checks, that of an intensity among them."""
        first, *others = super().methods()
        return (first, *(("did:intensity",) if self.intensity else ()), *others)

    def columns(self) -> tuple[str, ...]:
        """Return the numeric columns that the model reads."""
        named = (self.moderator, self.intensity)
        beside = (*self.mechanism, *(name for name in named if name))
        return (*super().columns(), *(self.coordinates or ()), *beside)

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns read as groups, those of more fixed effects among them."""
        crossed = (name.strip() for effect in self.fixed_effects for name in effect.split(CROSS))
        return tuple(dict.fromkeys((*super().group_columns(), *crossed)))

    def adjusts(self) -> tuple[str, ...]:
        """Return controls and the columns interacted with years."""
        return self.reads().regressors

    def taken_before(self) -> tuple[str, ...]:
        """Return the columns interacted with years, at their mean before treatment."""
        return tuple(name for name in self.controls_by_year if name not in self.controls)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, that of the neighbours, and the others that enter as controls."""
        return (*super().policies_read(), *self.other_policies)
