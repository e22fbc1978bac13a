"""Effects along the distribution of an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.results.value import Aside, Floats, Keys, Value


@dataclass(frozen=True)
class Quantiles(Value):
    """Effects at quantiles ``q`` of the outcome (rows), with 95 % intervals.

    ``term`` names the column of each row where there are several, the rows of a column together. ``lower``, ``upper``
    and ``independent`` are there where outcomes repeat: bounds, and the effect under conditional independence.
    ``mean`` holds the effect on the mean, by column in the order of the rows; ``policy`` says that the effect is that
    of a policy on the treated.
    """

    shape: ClassVar[str] = "quantiles"

    q: Floats
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    term: Keys | None = None
    lower: Floats | None = None
    upper: Floats | None = None
    independent: Floats | None = None
    outcome: Aside[str] = ""
    about: Aside[tuple[str, ...]] = ()
    mean: Aside[tuple[float, ...]] = ()
    policy: Aside[bool] = False


@dataclass(frozen=True)
class Scale(Value):
    """How the spread of the outcome moves with each column (rows), and ``location``, how its mean does."""

    shape: ClassVar[str] = "scale"

    term: Keys
    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    location: Floats
    location_std_error: Floats
