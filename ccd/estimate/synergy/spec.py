"""The keys that both synergy estimators share."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.estimate.rows.sampling import Sampling
from ccd.words import Text, text


class SynergySpec(Sampling):
    """The keys of ``kind = "synergy"``: what two or three policies do together beyond the sum of each alone."""

    does: ClassVar[Text] = text("the synergy of policies")
    alone_by_default: ClassVar[bool] = False
    kind: Literal["synergy"]
    policies: tuple[str, ...] = Field(min_length=2, max_length=3)
    """The two or three policies; their names are the terms of each alone."""
    controls: tuple[str, ...] = ()
    """Time-varying control columns."""
    cluster: str = ""
    """Column to cluster by; none: the entity."""
    window: tuple[int, int] | None = None
    """Years since all policies act that the event study shows, [first, last]; a first below 0 is how far the leads of
    each policy go back."""

    @model_validator(mode="after")
    def _policies_differ(self) -> Self:
        if len(set(self.policies)) < len(self.policies):
            raise SpecError(text("policies: name each policy once"))
        if self.window is not None and self.window[0] > self.window[1]:
            raise SpecError(text("window = [first, last]: the first year comes before the last"))
        if self.spillover is not None and self.spillover.how != "drop":
            raise SpecError(text('synergy knows spillover with how = "drop" only'))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return outcome and controls."""
        return (self.outcome, *self.controls)

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset and of the clusters."""
        return (*super().group_columns(), *((self.cluster,) if self.cluster else ()))

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def policies_read(self) -> tuple[str, ...]:
        """Return the policies that act together, and that of the neighbours."""
        return (*self.policies, *(self.spillover.policies() if self.spillover else ()))
