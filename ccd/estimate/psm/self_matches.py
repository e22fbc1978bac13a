"""Designs by row: matches of a region with itself in another year, or with a treated region's own past."""

from __future__ import annotations

import numpy as np

from ccd.estimate.matching import Matched, Pairs
from ccd.estimate.psm.design import MatchingDesign
from ccd.estimate.rows.sample import Sample
from ccd.words import Figure, Text, text


def self_matches(design: MatchingDesign, matched: Matched, pairs: Pairs | None, sample: Sample) -> list[Text]:
    """Return the warning of designs by row: matches of a region with itself, or with a treated region's past."""
    if not design.by_year:
        return []
    later = np.isfinite(sample.cohort)
    lent = np.where(design.treated, 0.0, matched.weight)
    past = lent @ later / lent.sum() if lent.sum() else 0.0
    if pairs is None:
        return [
            text(
                "A share of {share} of the controls' weight comes from treated regions' own past",
                share=Figure(float(past), 3),
            )
        ]
    same = design.entity[pairs.treated] == design.entity[pairs.control]
    others = later[pairs.control] & ~same
    found = [
        text(
            "Of {total} matches, {same} are a region with itself in another year and {past} with another treated "
            "region's own past, which hold a share of {share} of the controls' weight (Xie and others 2021)",
            total=len(same),
            same=int(same.sum()),
            past=int(others.sum()),
            share=Figure(float(past), 3),
        )
    ]
    changing = _changing(design, pairs)
    if changing and design.separate:
        found.append(
            text(
                "{count} treated {count:region is|regions are} matched with other controls in one year "
                "than in the next",
                count=changing,
            )
        )
    return found


def _changing(design: MatchingDesign, pairs: Pairs) -> int:
    """Return how many regions have a set of partners that is not the same in all their years."""
    sets: dict[int, dict[float, set[int]]] = {}
    for i, j in zip(pairs.treated, pairs.control, strict=True):
        years = sets.setdefault(int(design.entity[i]), {})
        years.setdefault(float(design.when[i]), set()).add(int(design.entity[j]))
    return sum(len({frozenset(s) for s in years.values()}) > 1 for years in sets.values())
