"""Shapes ``clubs`` and ``club_tests``: who converges with whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, DASHES, RULE, canvas, legend_above, year_axis
from ccd.report.marks import mark_paths
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import ClubMembers, ClubTests, Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def club_name(number: int) -> Text:
    """Return what a club is called."""
    return text("club {number}", number=number) if number else text("in no club")


def numbers(found: ClubMembers) -> list[int]:
    """Return the clubs in their order, those in none last."""
    return sorted({int(one) for one in found.club}, key=lambda number: (number == 0, number))


def figure(part: Part[ClubMembers], ctx: Context) -> Figure:
    """Return the relative transition of every region, thin, and the mean of its club, thick."""
    found = part.value
    drawn, axes = canvas(3.6)
    for k, number in enumerate(numbers(found)):
        paths = found.paths[found.club == number]
        colour = COLOURS[k % len(COLOURS)] if number else RULE
        for path in paths:
            axes.plot(found.times, path, color=colour, linewidth=0.5, alpha=0.45)
        middle = np.median(paths, axis=0)
        style = DASHES[k % len(DASHES)]
        label = ctx.say(text("{club} ({count})", club=club_name(number), count=len(paths)))
        axes.plot(found.times, middle, color=colour, linewidth=2.2, linestyle=style, label=label)
    axes.axhline(1, color=RULE, linewidth=0.8, zorder=0)
    year_axis(axes, found.times)
    mark_paths(axes, found.entity, found.times, found.paths)
    axes.set_ylabel(ctx.say(text("{variable} over the mean of its year", variable=Name(found.variable))))
    legend_above(axes)
    return drawn


def caption(part: Part[ClubMembers], ctx: Context) -> Text:
    """Return what the paths are."""
    return text(
        "Relative transition paths of {variable}; thick: the median of a club",
        variable=Name(part.value.variable),
    )


def sentences(part: Part[ClubMembers], ctx: Context) -> Sequence[Text]:
    """Return the members of each club."""
    found = part.value
    return tuple(
        text(
            "{club}: {members}.",
            club=club_name(number),
            members=names(one for one, own in zip(found.entity, found.club, strict=True) if own == number),
        )
        for number in numbers(found)
    )


def test_table(part: Part[ClubTests], ctx: Context) -> Table:
    """Return the log t test of all regions and of each club."""
    found = part.value
    columns = [
        Column(text("Club"), found.club),
        Column(text("Regions"), found.members, "count"),
        Column("b", found.b, "number"),
        Column(text("Standard error"), found.std_error, "number"),
        Column("t", found.t, "number", 2),
    ]
    title = text("Log t tests of convergence of {variable}", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


VIEW = View(None, figure, sentences, caption)
TESTS = View(test_table)
