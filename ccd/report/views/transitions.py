"""Shapes ``transitions``, ``chain``, ``passages`` and ``chain_tests``: how regions move between states."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import colour_map
from ccd.report.figures import INK, RULE, SEQUENTIAL, canvas
from ccd.report.table import Table
from ccd.report.tiles import luminance
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import ChainStates, ChainTests, Part, Passages, Transitions
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Transitions], ctx: Context) -> Table:
    """Return one row a lag class and starting state, the probability of each end state."""
    found = part.value
    k = len(found.states)
    starts = np.arange(0, len(found.lag), k)
    columns = []
    if len(starts) > k:
        columns.append(Column(text("Neighbours"), [found.lag[row] for row in starts]))
    columns.append(Column(text("From"), [Name(found.states[found.start[row]]) for row in starts]))
    columns.append(Column(text("Departures"), found.count.reshape(-1, k).sum(axis=1), "count"))
    columns += [
        Column(text("to {state}", state=Name(state)), found.probability[starts + j], "number", 3)
        for j, state in enumerate(found.states)
    ]
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Transitions], ctx: Context) -> Text:
    """Return what moves."""
    return text("Transition probabilities of {variable}", variable=Name(part.value.variable))


def figure(part: Part[Transitions], ctx: Context) -> Figure:
    """Return one square a lag class, probabilities in its cells, rows of few departures grey."""
    from matplotlib.patches import Rectangle

    found = part.value
    k = len(found.states)
    blocks = list(dict.fromkeys(found.lag))
    wide = min(len(blocks), 3)
    rows = -(-len(blocks) // wide)
    drawn, axes = canvas(0.3 + 2.25 * rows if wide > 1 else 3.2, rows=rows, columns=wide, squeeze=False)
    tint = colour_map(SEQUENTIAL)
    for place in axes.flat[len(blocks) :]:
        place.set_axis_off()
    for b, place in enumerate(axes.flat[: len(blocks)]):
        for row in range(b * k * k, (b + 1) * k * k):
            i, j, p = int(found.start[row]), int(found.end[row]), float(found.probability[row])
            grey = bool(found.few[row]) or np.isnan(p)
            colour = (0.9, 0.9, 0.9) if grey else tint(p)[:3]
            place.add_patch(Rectangle((j, i), 1, 1, facecolor=colour, edgecolor="white", linewidth=0.8))
            ink = RULE if grey else ("white" if luminance(colour) < 0.45 else INK)
            said = "–" if np.isnan(p) else f"{p:.2f}"
            place.text(j + 0.5, i + 0.5, said, ha="center", va="center", fontsize=7, color=ink)
        named = [ctx.say(Name(state)) for state in found.states]
        place.set_xlim(0, k)
        place.set_ylim(k, 0)
        place.set_aspect("equal")
        slant = 90 if max(map(len, named)) > 4 else 0
        place.set_xticks(np.arange(k) + 0.5, named, rotation=slant)
        place.set_yticks(np.arange(k) + 0.5, named)
        place.tick_params(length=0)
        place.spines[:].set_visible(False)
        place.set_title(ctx.say(blocks[b]), loc="center", fontsize=8.5)
        if b % wide == 0:
            place.set_ylabel(ctx.say(text("From")))
        if b + wide >= len(blocks):
            place.set_xlabel(ctx.say(text("To")))
    return drawn


def states_table(part: Part[ChainStates], ctx: Context) -> Table:
    """Return each state's bounds, share, long run and stay."""
    found = part.value
    columns = [Column(text("State"), [Name(state) for state in found.state])]
    if not np.isnan(found.low).any():
        columns += [Column(text("From"), found.low, "number"), Column(text("To"), found.high, "number")]
    columns += [
        Column(text("Share of region-years"), found.share, "number", 3),
        Column(text("Long run"), found.ergodic, "number", 3),
        Column(text("Years stayed"), found.sojourn, "number", 1),
    ]
    title = text("States of {variable} and their long run", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


def passages_table(part: Part[Passages], ctx: Context) -> Table:
    """Return the mean years from each state (rows) to the first arrival in another (columns)."""
    found = part.value
    ends = list(dict.fromkeys(found.end))
    starts = list(dict.fromkeys(found.start))
    columns = [Column(text("From"), [Name(state) for state in starts])]
    for end in ends:
        own = [one == end for one in found.end]
        columns.append(Column(text("to {state}", state=Name(end)), found.years[own], "number", 1))
    title = text("Mean years to the first arrival, {variable}", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


def tests_table(part: Part[ChainTests], ctx: Context) -> Table:
    """Return the tests of the chain."""
    found = part.value
    columns = [
        Column(text("Test"), found.test),
        Column(text("Test statistic"), found.statistic, "number", 3),
        Column(text("Degrees of freedom"), found.df, "count"),
        Column("p", found.p_value, "p"),
    ]
    title = text("Is there one chain of {variable}", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


VIEW = View(table, figure, caption=caption)
CHAIN, PASSAGES, TESTS = View(states_table), View(passages_table), View(tests_table)
