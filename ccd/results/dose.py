"""What an intensity adds to difference-in-differences: the dose response, and the weights of a regression on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.arrays import FloatArray
from ccd.results.term import Term
from ccd.results.value import Aside, Floats, Ints, Value
from ccd.words import Text, text


@dataclass(frozen=True)
class MeanSlope(Term):
    """The mean over treated regions of the slope of a policy's dose response."""

    of: Term

    @property
    def name(self) -> str:
        """Return ``POLICY slope``."""
        return f"{self.of} slope"

    @property
    def words(self) -> Text:
        """Return the policy and that it is the slope."""
        return text("{policy}, slope by intensity", policy=self.of.words)


@dataclass(frozen=True)
class DoseResponse(Value):
    """The effect and its slope at doses ``at`` (rows), with 95 % intervals.

    ``weight`` is what two-way fixed effects put on the slope there. ``doses`` are those of the treated regions,
    ``intensity`` their column.
    """

    shape: ClassVar[str] = "dose"

    at: Floats
    estimate: Floats
    slope: Floats
    std_error: Floats
    slope_std_error: Floats
    weight: Floats
    conf_low: Floats
    conf_high: Floats
    slope_conf_low: Floats
    slope_conf_high: Floats
    intensity: str
    doses: Aside[FloatArray]


@dataclass(frozen=True)
class DoseWeights(Value):
    """The weight of two-way fixed effects on the slope of the dose response at each dose (rows).

    ``regions`` have the dose, ``share`` is the part of the coefficient that the step up to it makes; shares sum to 1.
    """

    shape: ClassVar[str] = "dose_weights"

    at: Floats
    regions: Ints
    weight: Floats
    share: Floats
