"""The values of a loop: its arrows, projections, Granger tests, what leads in each region, its stages by year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from ccd.results.term import Term
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Value
from ccd.words import Name, Text, text

#: The stages of the field's own loop in words; others stand by their names.
STAGES: Mapping[str, Text] = {
    "policy": text("Policy"),
    "innovation": text("Innovation"),
    "upgrading": text("Upgrading"),
    "response": text("Policy response"),
}


def stage_words(name: str) -> Text | Name:
    """Return a stage of a loop in words."""
    return STAGES.get(name, Name(name))


#: What an arrow is: one of the ring, from its last stage to the first, or against the ring.
Place = Literal["forward", "closing", "reverse"]


@dataclass(frozen=True)
class Arrow(Term):
    """From one stage to another; ``name`` is what csv files print."""

    source: str
    target: str
    place: Place = "forward"

    @property
    def name(self) -> str:
        """Return ``source -> target``."""
        return f"{self.source} -> {self.target}"

    @property
    def words(self) -> Text:
        """Return both stages with an arrow between."""
        return text("{source} → {target}", source=stage_words(self.source), target=stage_words(self.target))


Arrows = Aside[tuple[Arrow, ...]]


@dataclass(frozen=True)
class Loop(Value):
    """Each arrow (rows): its projection at ``at`` years, one-sided ``p_value`` and whether it is ``found`` at 5 %.

    ``arrow`` and ``place`` name it. ``p_loop`` is the largest p of the ring's arrows, ``gain`` their product.
    """

    shape: ClassVar[str] = "loop"

    arrow: Keys
    place: Keys
    estimate: Floats
    std_error: Floats
    p_value: Floats
    found: Bools
    at: int
    lags: int
    closed: bool
    p_loop: float
    gain: float
    gain_low: float
    gain_high: float
    stages: Aside[tuple[str, ...]]
    columns: Aside[tuple[str, ...]]
    arrows: Arrows


@dataclass(frozen=True)
class Projections(Value):
    """Slope of each arrow (rows) at each horizon: jackknifed ``estimate`` with its error, ``plain`` fixed effects.

    In standard deviations of the later stage for one of the earlier, both without region and year effects.
    """

    shape: ClassVar[str] = "projections"

    arrow: Keys
    horizon: Ints
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    plain: Floats
    arrows: Arrows


@dataclass(frozen=True)
class Granger(Value):
    """Dumitrescu and Hurlin's test of each arrow (rows) with ``K`` lags.

    ``p_value`` is by panels redrawn under the null, ``p_asymptotic`` that of ``Ztilde``.
    """

    shape: ClassVar[str] = "granger"

    arrow: Keys
    K: Ints
    Wbar: Floats
    Zbar: Floats
    Ztilde: Floats
    p_value: Floats
    p_asymptotic: Floats
    arrows: Arrows


@dataclass(frozen=True)
class LoopModes(Value):
    """Of each region (rows) the p-values of the arrow ``forward`` and of its reverse, and the mode they make at 5 %.

    ``mode``: push (forward alone), pull (reverse alone), spiral (both) or neither; ``indicative``: of few years.
    """

    shape: ClassVar[str] = "loop_modes"

    entity: Keys
    forward: Floats
    reverse: Floats
    mode: Keys
    arrow: Aside[Arrow]
    years: int
    indicative: bool


@dataclass(frozen=True)
class LoopYears(Value):
    """Mean coupling C and coupling coordination D of the stages by year (rows), each scaled to [0, 1] first."""

    shape: ClassVar[str] = "loop_years"

    time: Ints
    C: Floats
    D: Floats
