"""The keys of every spatial panel model."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.estimate.autoregressive.sweep import Effects
from ccd.estimate.rows.sampling import Sampling
from ccd.estimate.rows.space import refuse_gaps, weights_of
from ccd.panel import Panel
from ccd.words import Text, text


class SpatialSpec(Sampling):
    """The keys of every ``kind = "spatial"`` model: an outcome on regressors, its neighbours among them."""

    does: ClassVar[Text] = text("a spatial panel model")
    kind: Literal["spatial"]
    weights: str
    """Spatial weights, by their name under [weights]."""
    x: tuple[str, ...] = Field(min_length=1)
    """Regressors; the first is the headline of slx."""
    effects: Literal["both", "entity", "time", "none"] = "both"
    """Fixed effects of regions and years."""

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.x)) < len(self.x):
            raise SpecError(text("x names a column twice"))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the outcome and the regressors."""
        return (self.outcome, *self.x)

    def weights_read(self) -> tuple[str, ...]:
        """Return the weights."""
        return (*super().weights_read(), self.weights)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy of the neighbours, when they are left out."""
        return self.spillover.policies() if self.spillover else ()

    def adjusts(self) -> tuple[str, ...]:
        """Return the regressors."""
        return self.x

    def taken_out(self, *, corrected: bool = True) -> Effects:
        """Return the effects as the numbers take them."""
        return Effects(self.effects in ("both", "entity"), self.effects in ("both", "time"), corrected)

    def effect_names(self) -> tuple[str, ...]:
        """Return what is absorbed."""
        own = self.taken_out()
        return (*(("entity",) if own.entity else ()), *(("time",) if own.time else ()))

    def foresee(self, panel: Panel) -> None:
        """Raise for a panel that is not balanced, and for weights that leave a region alone."""
        where = text("model '{name}'", name=self.name)
        prepared = self.prepare(panel, self.x)
        refuse_gaps(prepared, self.columns(), where=where)
        weights_of(prepared, self.weights, (self.outcome,), where=where, alone=True)


class Durbin(SpatialSpec):
    """The keys of the models that hold lags of regressors."""

    durbin: tuple[str, ...] | None = None
    """Regressors whose neighbours' mean enters too; none named: all of x."""

    @model_validator(mode="after")
    def _durbin_of_x(self) -> Self:
        strange = [name for name in self.durbin or () if name not in self.x]
        if strange:
            raise SpecError(text("durbin names '{strange}', which is not in x", strange=strange[0]))
        if self.durbin is not None and not self.durbin:
            raise SpecError(text("durbin is empty: without lagged regressors the model is sar or plain"))
        return self

    @property
    def lagged(self) -> tuple[str, ...]:
        """Return the regressors whose lags enter."""
        return self.x if self.durbin is None else self.durbin
