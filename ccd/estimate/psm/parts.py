"""The tables of PSM-DID: weights, partners, balance, densities, common support."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccd.estimate.linear.inference import inference
from ccd.estimate.matching import (
    Matched,
    Pairs,
    Score,
    Settings,
    Units,
    balance_summary,
    balance_table,
    density,
    partners,
    rule_of_thumb,
)
from ccd.estimate.psm.design import Design
from ccd.estimate.rows.sample import Sample
from ccd.results import Part, loose
from ccd.words import Text, names, text

#: Matches are found one by one, to be counted, up to this many treated times controls of a stratum.
FOUND_PAIRS = 10_000_000
#: And listed by name up to this many matches.
LISTED_PAIRS = 50_000
#: Bias beyond this percentage is called unbalanced.
LIMIT = 10.0
GRID = 201
BINS = 20


def all_pairs(units: Units, settings: Settings) -> Pairs | None:
    """Return who is matched with whom, None where the sample is too large for that or the matcher has no pairs."""
    strata = np.zeros(len(units.score), dtype=np.intp) if units.strata is None else units.strata
    treated, control = (np.bincount(strata, member) for member in (units.treated, ~units.treated))
    if treated @ control > FOUND_PAIRS or settings.matcher == "entropy-balance":
        return None
    return partners(units, settings)


def weights_part(design: Design, units: Units, matched: Matched, pairs: Pairs | None, sample: Sample) -> Part:
    """Return one row a unit: score, weight, support, and the names of its matches, the closest first."""
    labels = unit_names(design, sample)
    partner = [""] * len(labels)
    notes: tuple[Text, ...] = ()
    if pairs is not None and len(pairs.share) > LISTED_PAIRS:
        notes = (text("{count} matches are too many to be listed by name", count=len(pairs.share)),)
    elif pairs is not None:
        for mine, theirs in ((pairs.treated, pairs.control), (pairs.control, pairs.treated)):
            lists: dict[int, list[str]] = {}
            for i, j in zip(mine, theirs, strict=True):
                lists.setdefault(int(i), []).append(labels[j])
            for i, found in lists.items():
                partner[i] = "; ".join(found)
    frame = pd.DataFrame(
        {
            "entity": np.array(sample.panel.entities)[design.entity],
            "year" if design.by_year else "cohort": design.when,
            "treated": design.treated.astype(int),
            "score": units.score,
            "weight": matched.weight,
            "on_support": matched.on_support.astype(int),
            "matched_with": partner,
        }
    )
    return loose("matching_weights", frame, "weights", notes=notes)


def pairs_part(design: Design, units: Units, pairs: Pairs, sample: Sample) -> Part:
    """Return one row a match: the treated unit, its control, the share that the control lends, both scores."""
    entities = np.array(sample.panel.entities)[design.entity]
    columns: dict[str, object] = {
        "treated": entities[pairs.treated],
        "control": entities[pairs.control],
        "share": pairs.share,
        "score_treated": units.score[pairs.treated],
        "score_control": units.score[pairs.control],
    }
    if design.by_year:
        columns["year_treated"] = design.when[pairs.treated].astype(int)
        columns["year_control"] = design.when[pairs.control].astype(int)
    elif design.periods is not None:
        columns["cohort"] = design.when[pairs.treated].astype(int)
    first = np.unique(pairs.treated, return_index=True)[1]
    facts = {"treated": len(first), "pairs": len(pairs.share)}
    return loose("matches", pd.DataFrame(columns), "matches", facts)


def balance_part(design: Design, matched: Matched, columns: Sequence[str]) -> tuple[Part, dict[str, object]]:
    """Return the balance table and its summary (the ``balance_summary`` of summary.json)."""
    frame = balance_table(design.x, design.treated, matched.weight, columns)
    lender = None if design.by_year else design.entity
    summary = balance_summary(design.x, design.treated, matched.weight, frame, lender)
    over = frame.loc[frame["bias_after"].abs() > LIMIT, "variable"]
    facts = {
        "limit": LIMIT,
        "over": names(over),
        "over_before": names(frame.loc[frame["bias_before"].abs() > LIMIT, "variable"]),
        **summary,
    }
    return loose("balance", frame, "balance", facts), summary


def density_part(units: Units, matched: Matched) -> Part:
    """Return the densities of the score in both groups before and after, on one grid and one bandwidth."""
    grid = np.linspace(0, 1, GRID)
    bandwidth = rule_of_thumb(units.score)
    frames = []
    for stage, weight in (("before", np.ones(len(units.score))), ("after", matched.weight)):
        for group, member in (("treated", units.treated), ("control", ~units.treated)):
            curve = density(units.score[member], weight[member], grid, bandwidth)
            frames.append(pd.DataFrame({"stage": stage, "group": group, "at": grid, "density": curve}))
    facts = {"bandwidth": bandwidth}
    return loose("score_density", pd.concat(frames, ignore_index=True), "score_density", facts)


def support_part(units: Units, matched: Matched, labels: Sequence[str]) -> Part:
    """Return counts of units by bins of the score: controls, treated on and off support."""
    edges = np.linspace(0, 1, BINS + 1)
    groups = {
        "control": ~units.treated,
        "treated_on": units.treated & matched.on_support,
        "treated_off": units.treated & ~matched.on_support,
    }
    counts = {name: np.histogram(units.score[member], edges)[0] for name, member in groups.items()}
    frame = pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})
    off = [labels[int(i)] for i in np.flatnonzero(groups["treated_off"])]
    control = units.score[~units.treated]
    facts = {
        "off_support": names(dict.fromkeys(off)),
        "control_low": float(control.min()),
        "control_high": float(control.max()),
    }
    return loose("common_support", frame, "common_support", facts)


def score_part(score: Score, columns: Sequence[str]) -> Part:
    """Return the coefficients of the score with normal inference."""
    k = len(columns) + 1
    error = np.sqrt(np.diag(score.vcov))[:k]
    frame = inference(["const", *columns], score.beta[:k], error, float("inf"))
    facts = {"pseudo_r2": score.pseudo_r2, "chi2": score.chi2, "p_value": score.p_value, "link": score.link}
    return loose("propensity", frame, "score", facts)


def self_matches(design: Design, matched: Matched, pairs: Pairs | None, sample: Sample) -> list[Text]:
    """Return the warning of designs by row: matches of a region with itself, or with a treated region's past."""
    if not design.by_year:
        return []
    later = np.isfinite(sample.cohort)
    lent = np.where(design.treated, 0.0, matched.weight)
    past = lent @ later / lent.sum() if lent.sum() else 0.0
    if pairs is None:
        return [
            text(
                "A share of {share:.3f} of the controls' weight comes from treated regions' own past",
                share=float(past),
            )
        ]
    same = design.entity[pairs.treated] == design.entity[pairs.control]
    others = later[pairs.control] & ~same
    found = [
        text(
            "Of {total} matches, {same} are a region with itself in another year and {past} with another treated "
            "region's own past, which hold a share of {share:.3f} of the controls' weight (Xie and others 2021)",
            total=len(same),
            same=int(same.sum()),
            past=int(others.sum()),
            share=float(past),
        )
    ]
    changing = _changing(design, pairs)
    if changing and design.separate:
        found.append(
            text(
                "{count} treated regions are matched with other controls in one year than in the next",
                count=changing,
            )
        )
    return found


def _changing(design: Design, pairs: Pairs) -> int:
    """Return how many regions have a set of partners that is not the same in all their years."""
    sets: dict[int, dict[float, set[int]]] = {}
    for i, j in zip(pairs.treated, pairs.control, strict=True):
        years = sets.setdefault(int(design.entity[i]), {})
        years.setdefault(float(design.when[i]), set()).add(int(design.entity[j]))
    return sum(len({frozenset(s) for s in years.values()}) > 1 for years in sets.values())


def unit_names(design: Design, sample: Sample) -> list[str]:
    """Return the name of each unit (n): its region, with the year where units are region-years."""
    entities = np.array(sample.panel.entities)[design.entity]
    if design.by_year:
        return [f"{e} {int(w)}" for e, w in zip(entities, design.when, strict=True)]
    return [str(e) for e in entities]
