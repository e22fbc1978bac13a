"""Convergence clubs of one variable."""

from __future__ import annotations

import numpy as np

from ccd.describe.convergence.clubs import find_clubs
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import ClubMembers, ClubTests, Part, Value
from ccd.words import text

#: Shorter panels are refused, and below the second number clubs are indicative.
SHORTEST, INDICATIVE = 8, 15


def club_parts(about: About) -> list[Part[Value]]:
    """Return ``clubs`` and ``club_tests``. Raises DataError for fewer than SHORTEST years or a mean not positive."""
    wide = about.wide
    years = len(wide.times)
    if years < SHORTEST:
        raise DataError(
            text(
                "clubs need {fewest} {fewest:year|years}, and there are {years}", fewest=SHORTEST, years=years
            ),
            where=text("study, {key}", key="describe.convergence.clubs"),
            fix=text("set clubs = false"),
        )
    kept, gone = wide.whole()
    if (kept.x.mean(axis=0) <= 0).any():
        raise DataError(
            text("the mean of '{variable}' is not positive", variable=wide.variable),
            where=text("study, {key}", key="describe.convergence.clubs"),
            fix=text("describe a positive variable"),
        )
    found = find_clubs(kept.x)
    club = np.zeros(len(kept.regions), dtype=np.intp)
    for number, one in enumerate(found.clubs, start=1):
        club[one.members] = number
    order = np.lexsort((-kept.x[:, -1], np.where(club == 0, len(found.clubs) + 1, club)))
    members = ClubMembers(
        entity=tuple(kept.regions[i] for i in order),
        club=club[order],
        variable=wide.variable,
        times=wide.times,
        paths=(kept.x / kept.x.mean(axis=0))[order],
    )
    tests = [(text("all regions"), len(club), found.all)]
    if len(found.clubs) > 1 or len(found.diverging):
        tests += [
            (text("club {number}", number=k), len(one.members), one.test)
            for k, one in enumerate(found.clubs, start=1)
        ]
    if found.diverging_test is not None:
        tests.append((text("in no club"), len(found.diverging), found.diverging_test))
    table = ClubTests(
        club=tuple(one[0] for one in tests),
        members=np.array([one[1] for one in tests]),
        b=np.array([one[2].b for one in tests]),
        std_error=np.array([one[2].std_error for one in tests]),
        t=np.array([one[2].t for one in tests]),
        variable=wide.variable,
    )
    notes = [
        text(
            "Convergence is rejected where t < -1.65 (log t test of Phillips and Sul, first third of years cut)"
        )
    ]
    if years < INDICATIVE:
        notes.append(
            text(
                "{years} {years:year|years}: clubs are indicative, a true convergence is rejected 9 to 43% of the time",
                years=years,
            )
        )
    return [Part(members, notes=gone), Part(table, notes=tuple(notes))]
