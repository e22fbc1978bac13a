"""The section that asks how sure a D, a grade and a rank are: ``[intervals]``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text

Source = Literal["rounding", "regions", "indicators", "measurement"]


class IntervalsSpec(Spec):
    """``[intervals]``: D, grades and ranks under what may be otherwise; sources are told apart, never added up."""

    sources: tuple[Source, ...] = ("rounding", "regions", "indicators")
    """What may be otherwise: printed digits, another region, another indicator, errors of measurement."""
    draws: int = Field(default=999, ge=99)
    """Draws of rounding, measurement and the bootstrap."""
    digits: int | dict[str, int] | None = None
    """Decimals of the cells (-2: whole hundreds), of all columns or by column; none: those that a text file prints."""
    cv: float | dict[str, float] | None = None
    """Coefficient of variation of the error of measurement, of all columns or by column."""
    persistence: float = Field(default=0.0, ge=0, le=1)
    """Correlation of the error of measurement from one year to the next."""
    bootstrap: bool = False
    """Beside leaving out each region, draw regions with replacement and fit bounds and weights on them."""

    @model_validator(mode="after")
    def _consistent(self) -> IntervalsSpec:
        """Refuse keys of a source that is not asked for, and a source without what it needs."""
        if not self.sources or len(set(self.sources)) < len(self.sources):
            raise SpecError(text("sources lists each source once, and at least one"))
        if ("measurement" in self.sources) != (self.cv is not None):
            raise SpecError(text('sources = ["measurement"] and cv = 0.02 (or {{ gdp = 0.01 }}) go together'))
        if any(not value > 0 for value in self._errors()):
            raise SpecError(text("cv is positive"))
        if self.persistence and "measurement" not in self.sources:
            raise SpecError(text('persistence goes with sources = ["measurement"]'))
        if self.digits is not None and "rounding" not in self.sources:
            raise SpecError(text('digits go with sources = ["rounding"]'))
        if self.bootstrap and "regions" not in self.sources:
            raise SpecError(text('bootstrap goes with sources = ["regions"]'))
        return self

    def _errors(self) -> tuple[float, ...]:
        if isinstance(self.cv, dict):
            return tuple(self.cv.values()) or (0.0,)
        return () if self.cv is None else (self.cv,)
