"""Shape ``roots``: tests of unit roots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, UnitRoots
from ccd.words import Name, Text, text

TERMS: Mapping[str, Text] = {"none": text("no constant"), "drift": text("drift"), "trend": text("trend")}


def table(part: Part[UnitRoots], ctx: Context) -> Table:
    """Return one row a variable and test."""
    found = part.value
    columns = (
        Column(text("Variable"), [Name(variable) for variable in found.variable]),
        Column(text("Test"), list(found.test)),
        Column(text("Lags"), found.lags, "count"),
        Column(text("Terms"), [TERMS[one] for one in found.terms]),
        Column(text("Test statistic"), found.statistic, "number", 3),
        Column(text("p-value"), found.p_value, "p"),
    )
    return tabulate(part.name, text("Panel unit roots"), columns, (*part.notes, *_nulls(found)))


def _nulls(found: UnitRoots) -> Sequence[Text]:
    """Return the null in words, and what the tests that are there take for granted."""
    tests = set(found.test)
    if tests == {"CIPS"}:
        return [
            text(
                "Null: a unit root in every region; CIPS of Pesaran (2007), p from simulated panels of this size"
            )
        ]
    said = [
        text(
            "Null: a unit root in every region, against none in some of them (Levin, Lin and Chu: in none, all "
            "returning at one speed)"
        )
    ]
    if tests & {"IPS", "Choi", "Maddala-Wu"}:
        said.append(
            text(
                "IPS, Choi and Maddala-Wu: moments and p of a region's t from 20,000 simulated walks of as many years; "
                "they take regions to move independently, and reject too often where they do not"
            )
        )
    if "CIPS" in tests:
        said.append(
            text("CIPS of Pesaran (2007) allows for one common factor; p from simulated panels of this size")
        )
    return said


def sentences(part: Part[UnitRoots], ctx: Context) -> Sequence[Text]:
    """Return, of variables with several tests, which of them reject a unit root in every region."""
    found = part.value
    said = []
    for variable in dict.fromkeys(found.variable):
        own = [j for j, one in enumerate(found.variable) if one == variable]
        rejecting = tuple(found.test[j] for j in own if found.p_value[j] <= LEVEL)
        if len(own) < 2:
            continue
        if rejecting:
            said.append(
                text(
                    "{variable}: {tests} reject a unit root in every region at 5%.",
                    variable=Name(variable),
                    tests=rejecting,
                )
            )
        else:
            said.append(
                text(
                    "{variable}: no test rejects a unit root in every region at 5%.", variable=Name(variable)
                )
            )
    return said


#: The level that the sentences name.
LEVEL = 0.05

VIEW = View(table, None, sentences)
