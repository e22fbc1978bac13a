"""The values of stages: where technology and industry of each region stand on their S-curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Value


@dataclass(frozen=True)
class Stages(Value):
    """The stage of each region and side (rows: technology, industry) at ``time``, its last year.

    ``other`` is a second stage where the first is not sure; ``probability`` is of one or both, missing where a rule
    decides (decline, or growth without a ceiling in sight: ``open``). ``share`` of the ceiling reached with its 95 %
    set; ``inflection`` is the year of half of it.
    """

    shape: ClassVar[str] = "stages"

    entity: Keys
    pair: Keys
    side: Keys
    stage: Keys
    other: Keys
    probability: Floats
    share: Floats
    share_low: Floats
    share_high: Floats
    inflection: Floats
    rate: Floats
    open: Bools
    time: Ints
    technology: str
    industry: str
    expectation: str | None = None
    errors: str = "log"


@dataclass(frozen=True)
class StageProbabilities(Value):
    """The probability of each stage by region and side (rows), but for sides that a rule decides."""

    shape: ClassVar[str] = "stage_probabilities"

    entity: Keys
    side: Keys
    stage: Keys
    probability: Floats


@dataclass(frozen=True)
class StageLeads(Value):
    """By how many years technology passes half of its ceiling before industry (rows: regions), with bounds of 95 %."""

    shape: ClassVar[str] = "stage_leads"

    entity: Keys
    technology: Floats
    industry: Floats
    lead: Floats
    conf_low: Floats
    conf_high: Floats


@dataclass(frozen=True)
class Demand(Value):
    """The cells of technology by industry stage (rows): which regions are there, and what such a cell asks of policy.

    ``named``: the frame speaks of the cell; others lie outside it. The same words in Chinese are for pages.
    """

    shape: ClassVar[str] = "demand"

    technology: Keys
    industry: Keys
    count: Ints
    regions: Keys
    named: Bools
    time: Keys
    space: Keys
    institution: Keys
    unnamed: int
    chinese: Aside[tuple[tuple[str, str, str], ...]]
    members: Aside[tuple[tuple[str, ...], ...]]
    demanded: bool = True
