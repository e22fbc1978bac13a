"""Shape ``policy_overlap``: for each pair of policies, who has which, and whether synergy is identified."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, PolicyOverlap
from ccd.words import names, text


def table(part: Part[PolicyOverlap], ctx: Context) -> Table:
    """Return one row a pair."""
    pairs = part.value
    columns = (
        Column(text("First"), names(pairs.first)),
        Column(text("Second"), names(pairs.second)),
        Column(text("Always treated"), pairs.always, "count"),
        Column(text("Neither yet"), pairs.none, "count"),
        Column(text("First alone"), pairs.only_first, "count"),
        Column(text("Second alone"), pairs.only_second, "count"),
        Column(text("Both"), pairs.both, "count"),
        Column(text("Matched share"), pairs.matched, "number", 2),
        Column(text("Identified"), pairs.verdict),
    )
    return tabulate(part.name, text("Pairs of policies: regions by state"), columns, part.notes)


VIEW = View(table)
