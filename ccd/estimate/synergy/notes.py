"""What is said of a synergy by imputation: its matches, its draws, and what its paths show."""

from __future__ import annotations

import numpy as np

from ccd.estimate.synergy.exposure import Match
from ccd.results import Caveat, PolicyPaths
from ccd.words import Figure, Name, Text, text

LIKE = {
    "exposure": text("years since it began"),
    "cohort": text("years since it began and cohort"),
}
#: Below this share of matched cells the headline speaks of a minority.
HALF = 0.5


def of_matching(match: Match, share: float, unidentified: int) -> list[Text]:
    """Return which cells are compared, what share of them has a like, and how many have no y0."""
    notes = [
        text(
            "Synergy compares cells under all policies with cells under each alone at the same {match}: "
            "{share}% of them have such a match",
            match=LIKE[match],
            share=Figure(100 * share, 0),
        )
    ]
    if share < HALF:
        notes.append(text("Less than half of the cells are matched: the synergy speaks of a minority"))
    if unidentified:
        notes.append(
            text(
                "{count} {count:cell|cells} left out: no untreated region identifies {count:its|their} year",
                count=unidentified,
            )
        )
    return notes


def of_minority(share: float) -> tuple[Caveat, ...]:
    """Return the caveat that less than half of the cells have a like."""
    if not share < HALF:
        return ()
    words = text(
        "it speaks of a minority: {share}% of the region-years with all policies have a match",
        share=Figure(100 * share, 0),
    )
    return (Caveat("support", words),)


def of_bootstrap(draws: int, failed: int) -> Text:
    """Return how the standard errors were made."""
    if not failed:
        return text(
            "Standard errors from {draws} cluster bootstrap draws that refit all; intervals are estimate +- 1.96 se",
            draws=draws,
        )
    return text(
        "Standard errors from {draws} cluster bootstrap draws that refit all ({failed} failed: a state "
        "was empty); intervals are estimate +- 1.96 se",
        draws=draws,
        failed=failed,
    )


def of_permutation(draws: int, failed: int, cluster: str) -> list[Text]:
    """Return how the permutation p-value and the interval that inverts it came about."""
    if failed:
        made = text(
            "p and interval of the synergy from {draws} permutations of the start years over regions (p in steps of "
            "1/{steps}), after the effects of each policy alone were taken off ({failed} failed)",
            draws=draws,
            steps=draws - failed + 1,
            failed=failed,
        )
    else:
        made = text(
            "p and interval of the synergy from {draws} permutations of the start years over regions (p in steps of "
            "1/{steps}), after the effects of each policy alone were taken off",
            draws=draws,
            steps=draws + 1,
        )
    notes = [made]
    if cluster:
        notes.append(
            text("Permutations exchange regions one by one, whatever {column} joins", column=Name(cluster))
        )
    return notes


def of_gaps(paths: PolicyPaths) -> list[Text]:
    """Return a note for each policy: did later adders differ while it acted alone?"""
    found = []
    for policy, gap, error in zip(paths.policies, paths.gap, paths.gap_error, strict=True):
        if np.isfinite(gap):
            values = {"policy": Name(policy), "gap": Figure(abs(float(gap))), "error": Figure(float(error))}
            found.append(
                text(
                    "The effect of {policy} alone was {gap} less (se {error}) in regions that later took up another "
                    "policy than, as long after, in those that never did",
                    **values,
                )
                if gap < 0
                else text(
                    "The effect of {policy} alone was {gap} more (se {error}) in regions that later took up another "
                    "policy than, as long after, in those that never did",
                    **values,
                )
            )
        else:
            found.append(
                text(
                    "{policy}: no region that later took up another policy can be set beside one that never did",
                    policy=Name(policy),
                )
            )
    return found
