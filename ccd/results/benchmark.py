"""The values of a benchmark: a region against its peers, and areas of a small table against each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.arrays import FloatArray, IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value


@dataclass(frozen=True)
class Gap(Value):
    """The gap of D between a region and a peer in ``year`` by indicator (rows), in logs and levels.

    The rows of a pair sum to ln D_peer - ln D_entity and D_peer - D_entity; missing where they cannot be split.
    ``what_if`` is D of the region if that indicator alone stood where the peer's stands, ``ends`` (for the figure) D
    of the region with the parts of this and all rows above it.
    """

    shape: ClassVar[str] = "gap"

    entity: Keys
    peer: Keys
    subsystem: Keys
    indicator: Keys
    log: Floats
    level: Floats
    what_if: Floats
    d: Floats
    d_peer: Floats
    ends: Aside[FloatArray]
    year: int
    formula: str


@dataclass(frozen=True)
class Profile(Value):
    """A region in ``year`` by measure (rows): D, C, T, subsystems and indicators.

    ``score`` is in [0, 1], ``value`` of an indicator as found; ``rank`` 1 is the highest of ``regions``; ``peers`` is
    the mean score of the peers, the rest is of all regions. D of the region ``own`` (T,) and of its peers ``others``
    (P, T) over ``years`` is for the figure.
    """

    shape: ClassVar[str] = "profile"

    measure: Keys
    kind: Keys
    value: Floats
    score: Floats
    rank: Floats
    regions: Ints
    peers: Floats
    lowest: Floats
    median: Floats
    highest: Floats
    entity: str
    year: int
    compared: tuple[str, ...]
    years: Aside[IntArray]
    own: Aside[FloatArray]
    others: Aside[FloatArray]


@dataclass(frozen=True)
class Nearest(Value):
    """The regions most like one (rows), by the distance of standardised means of ``on`` over ``first`` to ``last``.

    ``first_treated`` is their own first year under ``policy``, missing for never.
    """

    shape: ClassVar[str] = "nearest"

    entity: Keys
    neighbour: Keys
    rank: Ints
    distance: Floats
    first_treated: Floats
    first: Ints
    last: Ints
    on: tuple[str, ...]
    policy: str | None = None


@dataclass(frozen=True)
class Areas(Value):
    """One area of a small table against each other one by column (rows): own figure, the other's, their ratio."""

    shape: ClassVar[str] = "areas"

    peer: Keys
    column: Keys
    value: Floats
    peer_value: Floats
    ratio: Floats
    area: str


@dataclass(frozen=True)
class AreaRanks(Value):
    """Each area's figure and rank by column (rows), 1 the largest of ``areas``, ties averaged."""

    shape: ClassVar[str] = "area_ranks"

    entity: Keys
    column: Keys
    value: Floats
    rank: Floats
    areas: Ints
    area: str


@dataclass(frozen=True)
class AreaCosines(Value):
    """How alike two areas are in their proportions (rows): cosine of figures over column means."""

    shape: ClassVar[str] = "area_cosines"

    first: Keys
    second: Keys
    cosine: Floats
    area: str
