"""What is to be estimated, as plain values: the keys of a study without the study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ccd.estimate.synthetic.design import Asked
from ccd.estimate.synthetic.fitted import Method, Weighting

#: The level of intervals by year where the study names none.
LEVEL = 0.9


@dataclass(frozen=True)
class Plan:
    """An estimator and what is asked of it; ``level`` and ``in_time`` None: by default; ``placebos`` None: all.

    ``beside`` asks for the effects on what the outcome is made of.
    """

    asked: Asked
    outcome: str
    estimator: str
    method: Method
    weighting: Weighting | None
    placebos: int | None
    in_time: tuple[int, ...] | None
    leave_out: bool
    level: float | None
    variance: Literal["placebo", "bootstrap", "jackknife"]
    draws: int
    several_dates: bool
    several_treated: bool
    jackknifed: bool
    predictors: Mapping[str, Literal["mean"] | tuple[int, ...]]
    starts: int
    beside: bool

    @property
    def year_level(self) -> float:
        """Return the level of intervals by year."""
        return LEVEL if self.level is None else self.level
