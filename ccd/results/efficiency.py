"""The values of efficiency: scores by region and year, and productivity change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.results.value import Floats, Ints, Keys, Value


@dataclass(frozen=True)
class Efficiency(Value):
    """Scores of each region and year (rows) with all inputs and outputs.

    ``crs`` and ``vrs`` are under constant and variable returns, ``scale`` their ratio, ``sbm`` and ``super`` count
    slacks (``super`` above 1 tells efficient units apart). Of two stages ``whole`` is ``first`` times ``second``.
    ``corrected`` is ``crs`` less its bootstrapped bias, with its 95 % interval.
    """

    shape: ClassVar[str] = "efficiency"

    entity: Keys
    time: Ints
    crs: Floats
    vrs: Floats
    scale: Floats
    sbm: Floats
    super: Floats
    whole: Floats | None
    first: Floats | None
    second: Floats | None
    name: str
    frontier: str
    orientation: str
    corrected: Floats | None = None
    conf_low: Floats | None = None
    conf_high: Floats | None = None


@dataclass(frozen=True)
class Malmquist(Value):
    """Productivity change of each region against the year before (rows); above 1 is growth.

    ``index`` is ``efficiency`` (``pure`` times ``scale``) times ``technical``; ``frontiers`` are global or adjacent.
    """

    shape: ClassVar[str] = "malmquist"

    entity: Keys
    time: Ints
    index: Floats
    efficiency: Floats
    pure: Floats
    scale: Floats
    technical: Floats
    frontiers: str
