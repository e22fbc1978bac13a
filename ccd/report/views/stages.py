"""Shapes ``stages``, ``stage_leads`` and ``demand``: where technology and industry stand, and what that asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import colour_map
from ccd.report.figures import ACCENT, COLOURS, RULE, SEQUENTIAL, canvas, legend_above
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Demand, Part, StageLeads, StageProbabilities, Stages
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDES = {"technology": text("technology"), "industry": text("industry")}
STAGES = {
    "emergence": text("emergence"),
    "expectation": text("expectation"),
    "trough": text("trough"),
    "recovery": text("recovery"),
    "production": text("production"),
    "climb": text("climb"),
    "plateau": text("plateau"),
    "start": text("start"),
    "growth": text("growth"),
    "maturity": text("maturity"),
    "decline": text("decline"),
}
#: Colour of cells outside the frame, light enough for words upon it.
HATCH = "#d0d0d0"
#: Names of regions that a cell of the figure has room for.
ROOM = 4


def stage(found: Stages, k: int) -> Text:
    """Return the stage of a row, or the two likeliest."""
    if not found.other[k]:
        return STAGES[found.stage[k]]
    return text("{first} or {second}", first=STAGES[found.stage[k]], second=STAGES[found.other[k]])


def table(part: Part[Stages], ctx: Context) -> Table:
    """Return a region and side a row."""
    found = part.value
    rows, notes = shortened(part, len(found.entity))
    columns = (
        Column(text("Region"), [Name(found.entity[k]) for k in rows]),
        Column(text("Side"), [SIDES[found.side[k]] for k in rows]),
        Column(text("Stage"), [stage(found, k) for k in rows]),
        Column(text("Probability"), found.probability[rows], "number", 2),
        Column(text("Share of the ceiling"), found.share[rows], "number", 2),
        Column(text("95% low"), found.share_low[rows], "number", 2),
        Column(text("95% high"), found.share_high[rows], "number", 2),
        Column(text("Year of half"), found.inflection[rows], "number", 1),
    )
    title = text(
        "Stages of {technology} and {industry}, {year}",
        technology=Name(found.technology),
        industry=Name(found.industry),
        year=int(found.time.max()),
    )
    return tabulate(part.name, title, columns, notes)


def figure(part: Part[Stages], ctx: Context) -> Figure:
    """Return the shares of both sides with their sets as a strip, a row a region."""
    found = part.value
    side, entity = np.array(found.side), np.array(found.entity)
    listed = list(dict.fromkeys(found.entity))
    share = dict(zip(zip(found.entity, found.side, strict=True), found.share, strict=True))
    listed.sort(key=lambda name: share.get((name, "technology"), 2.0))
    drawn, axes = canvas(0.9 + 0.2 * len(listed))
    for shown, column, colour, marker, off in (
        ("technology", found.technology, COLOURS[0], "o", 0.16),
        ("industry", found.industry, ACCENT, "s", -0.16),
    ):
        rows = np.flatnonzero(side == shown)
        at = np.array([listed.index(name) for name in entity[rows]]) + off
        axes.hlines(
            at, found.share_low[rows], found.share_high[rows], color=colour, linewidth=1.0, alpha=0.55
        )
        axes.plot([], [], marker, color=colour, markersize=3.4, label=ctx.say(Name(column)))
        for rest, inside in ((found.open[rows], "white"), (~found.open[rows], colour)):
            axes.plot(
                found.share[rows][rest],
                at[rest],
                marker,
                color=colour,
                markerfacecolor=inside,
                markersize=3.4,
            )
    for cut in (0.1, 0.9):
        axes.axvline(cut, color=RULE, linewidth=0.6, zorder=0)
    axes.set_yticks(np.arange(len(listed)), [ctx.label(name) for name in listed], fontsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.7, len(listed) - 0.3)
    axes.set_xlim(-0.01, 1.01)
    mark_rows(axes, listed)
    axes.set_xlabel(ctx.say(text("Share of the ceiling reached, 95% set")))
    legend_above(axes, 2)
    return drawn


def caption(part: Part[Stages], ctx: Context) -> Text:
    """Return what the strip shows."""
    return text(
        "Shares of their ceilings that technology and industry have reached, {year}; hollow: no ceiling in sight",
        year=int(part.value.time.max()),
    )


def probabilities(part: Part[StageProbabilities], ctx: Context) -> Table:
    """Return the probability of each stage, a region and side below each other."""
    found = part.value
    rows, notes = shortened(part, len(found.entity))
    columns = (
        Column(text("Region"), [Name(found.entity[k]) for k in rows]),
        Column(text("Side"), [SIDES[found.side[k]] for k in rows]),
        Column(text("Stage"), [STAGES[found.stage[k]] for k in rows]),
        Column(text("Probability"), found.probability[rows], "number", 2),
    )
    return tabulate(part.name, text("Probabilities of stages"), columns, notes)


def leads(part: Part[StageLeads], ctx: Context) -> Table | None:
    """Return a region a row; None where no region has both years."""
    found = part.value
    if not len(found.entity):
        return None
    columns = (
        Column(text("Region"), [Name(name) for name in found.entity]),
        Column(text("Technology"), found.technology, "number", 1),
        Column(text("Industry"), found.industry, "number", 1),
        Column(text("Lead of technology, years"), found.lead, "number", 1),
        Column(text("95% low"), found.conf_low, "number", 1),
        Column(text("95% high"), found.conf_high, "number", 1),
    )
    note = text(
        "Bounds from the 97.5% sets of both years; a dash where the grid of curves does not hold them"
    )
    return tabulate(part.name, text("Year of half of the ceiling"), columns, (*part.notes, note))


def demand(part: Part[Demand], ctx: Context) -> Table | None:
    """Return the cells in which regions are, and what each asks; None where no region is named on both sides."""
    found = part.value
    rows = np.flatnonzero(found.count)
    if not len(rows):
        return None
    words = list(zip(found.time, found.space, found.institution, strict=True))
    if ctx.language == "zh":
        words = list(found.chinese)
    columns = [
        Column(text("Technology"), [STAGES[found.technology[k]] for k in rows]),
        Column(text("Industry"), [STAGES[found.industry[k]] for k in rows]),
        Column(text("Regions"), [text("{regions}", regions=names(found.members[k])) for k in rows]),
    ]
    outside = text("outside the frame")
    heads = (text("Demand in time"), text("Demand in space"), text("Demand in institution"))
    if found.demanded:
        columns += [
            Column(head, [words[k][j] if found.named[k] else outside for k in rows])
            for j, head in enumerate(heads)
        ]
    note = text(
        "{count} {count:region is|regions are} not named on both sides and in no cell", count=found.unnamed
    )
    return tabulate(part.name, text("Cells of technology and industry"), columns, (*part.notes, note))


def cells(part: Part[Demand], ctx: Context) -> Figure:
    """Return the count of regions in each cell of technology by industry stage; cells outside the frame hatched."""
    found = part.value
    rows, columns = list(dict.fromkeys(found.technology)), list(dict.fromkeys(found.industry))
    drawn, axes = canvas(0.7 + 0.62 * len(rows))
    count = found.count.reshape(len(rows), len(columns))
    axes.pcolormesh(
        count,
        cmap=colour_map(SEQUENTIAL[:3]),
        vmin=0,
        vmax=max(1, count.max()),
        edgecolors="white",
        linewidth=1.2,
    )
    for k, size in enumerate(found.count):
        i, j = divmod(k, len(columns))
        if found.demanded and not found.named[k]:
            axes.fill_between(
                [j, j + 1], i, i + 1, facecolor="none", edgecolor=HATCH, hatch="//", linewidth=0
            )
        listed = found.members[k]
        halves = [ctx.say(text("{regions}", regions=names(listed[at : at + 2]))) for at in (0, 2)]
        halves = halves if len(listed) <= ROOM else []
        shown = "\n".join([str(size), *(half for half in halves if half)]) if size else "0"
        axes.text(j + 0.5, i + 0.5, shown, ha="center", va="center", fontsize=7.5, linespacing=1.25)
    axes.set_xticks(np.arange(len(columns)) + 0.5, [ctx.say(STAGES[name]) for name in columns])
    axes.set_yticks(np.arange(len(rows)) + 0.5, [ctx.say(STAGES[name]) for name in rows])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(ctx.say(text("Stage of industry")))
    axes.set_ylabel(ctx.say(text("Stage of technology")))
    return drawn


def counted(part: Part[Demand], ctx: Context) -> Text:
    """Return what the cells count."""
    found = part.value
    if not found.demanded:
        return text("Regions named on both sides, by stage of technology and industry")
    return text(
        "Regions named on both sides, by stage of technology and industry; hatched cells lie outside the frame"
    )


def sentences(part: Part[Demand], ctx: Context) -> Sequence[Text]:
    """Return how many regions are named."""
    found = part.value
    return (
        text(
            "Of {total} {total:region|regions} with both curves {count} {count:is|are} named on both sides.",
            total=int(found.count.sum()) + found.unnamed,
            count=int(found.count.sum()),
        ),
    )


VIEW = View(table, figure, None, caption)
PROBABILITIES = View(probabilities)
LEADS = View(leads)
DEMAND = View(demand, cells, sentences, counted)
