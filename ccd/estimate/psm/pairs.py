"""Who is matched with whom, found one by one where there are few enough to look at."""

from __future__ import annotations

import numpy as np

from ccd.estimate.matching import Matched, Pairs, Settings, Units, partners
from ccd.estimate.psm.design import MatchingDesign
from ccd.estimate.rows.sample import Sample
from ccd.results import Matches, MatchingWeights, Part
from ccd.words import Text, text

#: Matches are found one by one, to be counted, up to this many treated times controls of a stratum.
FOUND_PAIRS = 10_000_000
#: And listed by name up to this many matches.
LISTED_PAIRS = 50_000


def all_pairs(units: Units, settings: Settings) -> Pairs | None:
    """Return who is matched with whom, None where the sample is too large for that or the matcher has no pairs."""
    strata = np.zeros(len(units.score), dtype=np.intp) if units.strata is None else units.strata
    treated, control = (np.bincount(strata, member) for member in (units.treated, ~units.treated))
    if treated @ control > FOUND_PAIRS or settings.matcher == "entropy-balance":
        return None
    return partners(units, settings)


def weights_part(
    design: MatchingDesign, units: Units, matched: Matched, pairs: Pairs | None, sample: Sample
) -> Part[MatchingWeights]:
    """Return one row a unit: score, weight, support, and the names of its matches, the closest first."""
    notes: tuple[Text, ...] = ()
    if pairs is not None and len(pairs.share) > LISTED_PAIRS:
        notes = (text("{count} matches are too many to be listed by name", count=len(pairs.share)),)
        pairs = None
    value = MatchingWeights(
        entity=_regions(design, sample),
        cohort=None if design.by_year else design.when,
        year=design.when if design.by_year else None,
        treated=design.treated.astype(np.intp),
        score=units.score,
        weight=matched.weight,
        on_support=matched.on_support.astype(np.intp),
        matched_with=_partners(design.labels(sample), pairs),
    )
    return Part(value, "weights", notes)


def _partners(labels: list[str], pairs: Pairs | None) -> tuple[str, ...]:
    """Return the names of each unit's matches (n), those of a treated unit and those of a control."""
    lists: list[list[str]] = [[] for _ in labels]
    if pairs is not None:
        for mine, theirs in ((pairs.treated, pairs.control), (pairs.control, pairs.treated)):
            for i, j in zip(mine, theirs, strict=True):
                lists[i].append(labels[j])
    return tuple("; ".join(found) for found in lists)


def matches_part(
    design: MatchingDesign, units: Units, pairs: Pairs | None, sample: Sample
) -> list[Part[Matches]]:
    """Return one row a match, nothing where there is none or there are too many to be listed."""
    if pairs is None or not 0 < len(pairs.share) <= LISTED_PAIRS:
        return []
    entities, when = _regions(design, sample), design.when
    cohorts = not design.by_year and design.periods is not None
    value = Matches(
        treated=tuple(entities[i] for i in pairs.treated),
        control=tuple(entities[j] for j in pairs.control),
        share=pairs.share,
        score_treated=units.score[pairs.treated],
        score_control=units.score[pairs.control],
        year_treated=when[pairs.treated].astype(np.intp) if design.by_year else None,
        year_control=when[pairs.control].astype(np.intp) if design.by_year else None,
        cohort=when[pairs.treated].astype(np.intp) if cohorts else None,
    )
    return [Part(value)]


def _regions(design: MatchingDesign, sample: Sample) -> tuple[str, ...]:
    return tuple(sample.panel.entities[i] for i in design.entity)
