"""Which pairs of policies a panel can tell apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.ols import codes
from ccd.estimate.synergy.exposure import contrast
from ccd.estimate.synergy.sample import FEW
from ccd.estimate.synergy.states import States, starts
from ccd.panel import Panel
from ccd.results import Part, PolicyOverlap
from ccd.words import Text, text


class Pair(NamedTuple):
    """Two policies: the regions that ever have each, those always treated, and the others by state.

    ``regions`` maps a state (none, the first, the second, both) to those it identifies.
    """

    first: str
    second: str
    ever: tuple[int, int]
    always: int
    regions: Mapping[int, int]
    matched: float

    @property
    def identified(self) -> bool:
        """Tell whether every state has a region, and some cell with both policies its like under each alone."""
        return min(self.regions.values()) > 0 and self.matched > 0


def overlap(panel: Panel, policies: Sequence[str]) -> tuple[Part[PolicyOverlap], ...]:
    """Return, for each pair of policies, who has which and whether synergy is identified; nothing for one."""
    if len(policies) < 2:
        return ()
    pairs = [pair_of(panel, a, b) for a, b in combinations(policies, 2)]
    none, only_first, only_second, both = (
        np.array([pair.regions[s] for pair in pairs], dtype=np.intp) for s in (0, 1, 2, 3)
    )
    value = PolicyOverlap(
        first=tuple(pair.first for pair in pairs),
        second=tuple(pair.second for pair in pairs),
        regions_first=np.array([pair.ever[0] for pair in pairs], dtype=np.intp),
        regions_second=np.array([pair.ever[1] for pair in pairs], dtype=np.intp),
        always=np.array([pair.always for pair in pairs], dtype=np.intp),
        none=none,
        only_first=only_first,
        only_second=only_second,
        both=both,
        matched=np.array([pair.matched for pair in pairs]),
        identified=np.array([pair.identified for pair in pairs]),
        verdict=tuple(verdict(pair) for pair in pairs),
    )
    return (Part(value, "overlap"),)


def pair_of(panel: Panel, first: str, second: str) -> Pair:
    """Return the regions of one pair by state, after those that are always treated left, and the matched share.

    A pair is identified when each alone, both, and none have a region, and a region with both has its like
    under each alone at the same exposure; cells in years in which no region is under none do not count.
    """
    start = starts(panel, (first, second))
    earliest = np.nanmin(np.column_stack([start, np.full(len(start), np.inf)]), axis=1)
    rows = (earliest > panel.times[0])[panel.entity_codes]
    kept = panel.rows(rows) if rows.any() else panel
    states = States((first, second), starts(kept, (first, second)), kept.entity_codes, kept.years)
    known = identified_cells(states) if rows.any() else np.zeros(len(states.state), dtype=bool)
    regions = {s: states.entities((states.state == s) & known) for s in (0, 1, 2, 3)}
    matched = 0.0
    if min(regions.values()) > 0:
        compared = contrast(states, states.full)
        value = compared.excess(np.zeros(len(known)), known.astype(np.float64))
        matched = float(np.isfinite(value).sum() / compared.target.sum())
    ever = int(np.sum(start[:, 0] <= panel.times[-1])), int(np.sum(start[:, 1] <= panel.times[-1]))
    return Pair(first, second, ever, int(np.sum(earliest <= panel.times[0])), regions, matched)


def identified_cells(states: States) -> BoolArray:
    """Return the cells (n,) whose untreated outcome some region under none identifies."""
    time = codes(states.years)
    none = np.empty((len(time), 0))
    return impute(np.zeros(len(time)), none, states.entity, time, states.state == 0).imputable


def verdict(pair: Pair) -> Text:
    """Return whether synergy of a pair is identified, and if not, or barely, why."""
    regions = pair.regions
    if not regions[0]:
        return text("no: every region is under one of them from the first year on")
    if not regions[3]:
        return text("no: no region has both")
    if not (regions[1] and regions[2]):
        return text("no: one of them never acts alone")
    if not pair.matched:
        return text("no: nothing is matched at the same exposure")
    fewest = min(regions[1], regions[2], regions[3])
    if fewest < FEW:
        return text("barely: a state rests on {count} {count:region|regions}", count=fewest)
    return text("yes")
