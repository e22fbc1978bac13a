"""The keys of every panel regression."""

from __future__ import annotations

from typing import ClassVar, Literal

from ccd.estimate.rows.across import AcrossRegions
from ccd.estimate.rows.sampling import Sampling
from ccd.words import Text, text


class PanelSpec(AcrossRegions, Sampling):
    """The keys of every ``kind = "panel"`` model: an outcome on regressors and controls."""

    does: ClassVar[Text] = text("a panel regression")
    kind: Literal["panel"]
    controls: tuple[str, ...] = ()
    """Control columns."""
    time_effects: bool = True
    """Whether year dummies enter."""

    def named_columns(self) -> tuple[str, ...]:
        """Return every column on the right-hand side, the headline first."""
        return self.controls

    def columns(self) -> tuple[str, ...]:
        """Return the numeric columns that the model reads."""
        return (self.outcome, *self.named_columns(), *(self.coordinates or ()))

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset and of the clusters."""
        return tuple(dict.fromkeys((*super().group_columns(), *self.cluster_columns())))

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy of the neighbours, when they are left out."""
        return self.spillover.policies() if self.spillover else ()
