"""Which pairs of policies a panel can tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.ols import codes
from ccd.estimate.synergy.exposure import contrast
from ccd.estimate.synergy.spec import FEW
from ccd.estimate.synergy.states import States, starts
from ccd.panel import Panel
from ccd.results import Part, loose
from ccd.words import Text, text


def overlap(panel: Panel, policies: Sequence[str]) -> tuple[Part, ...]:
    """Return, for each pair of policies, who has which and whether synergy is identified; nothing for one."""
    if len(policies) < 2:
        return ()
    rows = [pair_row(panel, a, b) for a, b in combinations(policies, 2)]
    return (loose("policy_overlap", pd.DataFrame(rows), "overlap", {"years": list(panel.times)}),)


def pair_row(panel: Panel, first: str, second: str) -> dict[str, object]:
    """Return regions by state of one pair, after those that are always treated left, and the verdict.

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
    return {
        "first": first,
        "second": second,
        "regions_first": int(np.sum(start[:, 0] <= panel.times[-1])),
        "regions_second": int(np.sum(start[:, 1] <= panel.times[-1])),
        "always": int(np.sum(earliest <= panel.times[0])),
        "none": regions[0],
        "only_first": regions[1],
        "only_second": regions[2],
        "both": regions[3],
        "matched": matched,
        "identified": min(regions.values()) > 0 and matched > 0,
        "verdict": verdict(regions, matched),
    }


def identified_cells(states: States) -> BoolArray:
    """Return the cells (n,) whose untreated outcome some region under none identifies."""
    time = codes(states.years)
    none = np.empty((len(time), 0))
    return impute(np.zeros(len(time)), none, states.entity, time, states.state == 0).imputable


def verdict(regions: dict[int, int], matched: float) -> Text:
    """Return whether synergy of a pair is identified, and if not, or barely, why."""
    if not regions[0]:
        return text("no: every region is under one of them from the first year on")
    if not regions[3]:
        return text("no: no region has both")
    if not (regions[1] and regions[2]):
        return text("no: one of them never acts alone")
    if not matched:
        return text("no: nothing is matched at the same exposure")
    fewest = min(regions[1], regions[2], regions[3])
    if fewest < FEW:
        return text("barely: a state rests on {count} regions", count=fewest)
    return text("yes")
