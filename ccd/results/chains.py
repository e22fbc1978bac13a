"""The values of chains: where innovation sits against where industry sits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.arrays import FloatArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Mismatch(Value):
    """Of each region and year (rows): its shares of innovation ``s`` and industry ``q`` and their location quotients.

    ``quadrant``: both, innovation, industry or neither, by quotients of at least 1.
    """

    shape: ClassVar[str] = "mismatch"

    time: Ints
    entity: Keys
    s: Floats
    q: Floats
    lq_innovation: Floats
    lq_industry: Floats
    quadrant: Keys
    innovation: str
    industry: str


@dataclass(frozen=True)
class Chains(Value):
    """Measures of a year (rows) with 95 % intervals: dissimilarity, transport and centres_apart (km), hhi, cr3, gini.

    And gini_unweighted, ellison_glaeser, krugman and cosine. ``group`` is what they are of: all regions, groups of
    regions, or a column.
    """

    shape: ClassVar[str] = "chains"

    time: Ints
    measure: Keys
    group: Keys
    estimate: Floats
    conf_low: Floats
    conf_high: Floats


@dataclass(frozen=True)
class Centres(Value):
    """The centres of innovation and industry by year and side (rows) in degrees; ``places`` (N, 2) are the regions."""

    shape: ClassVar[str] = "centres"

    time: Ints
    side: Keys
    lon: Floats
    lat: Floats
    places: Aside[FloatArray]
    innovation: str


@dataclass(frozen=True)
class Flows(Value):
    """The least transport from innovation to industry in ``year``: share and km from region to region (rows).

    ``longitude`` and ``latitude`` are those of ``regions``.
    """

    shape: ClassVar[str] = "flows"

    origin: Keys
    destination: Keys
    share: Floats
    km: Floats
    year: int
    regions: Aside[tuple[str, ...]]
    longitude: Aside[FloatArray]
    latitude: Aside[FloatArray]

    def frame(self) -> pd.DataFrame:
        """Return the columns; from and to under their own names, one of which is a word of Python."""
        return super().frame().rename(columns={"origin": "from", "destination": "to"})
