"""Shape ``moran``: autocorrelation of variables among neighbours, by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, DASHES, MARKERS, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Moran, Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A permutation p at most this marks a year in the figure.
SEEN = 0.05


def series(found: Moran) -> dict[tuple[str, str], list[int]]:
    """Return (variable, weights) -> rows, in their order."""
    rows: dict[tuple[str, str], list[int]] = {}
    for k, key in enumerate(zip(found.variable, found.weights, strict=True)):
        rows.setdefault(key, []).append(k)
    return rows


def table(part: Part[Moran], ctx: Context) -> Table:
    """Return one row a year, variable and weights."""
    found = part.value
    rows, notes = shortened(part, len(found.year))
    columns = [Column(text("Year"), found.year[rows], "count")]
    if len(set(found.variable)) > 1:
        columns.append(Column(text("Variable"), names(found.variable[k] for k in rows)))
    if len(set(found.weights)) > 1:
        columns.append(Column(text("Weights"), names(found.weights[k] for k in rows)))
    columns += [
        Column(text("Moran's I"), found.I[rows], "number", 3),
        Column(text("z-value"), found.z[rows], "number", 2),
        Column(text("p-value"), found.p_value[rows], "p"),
        Column(text("p, permutation"), found.p_permutation[rows], "p"),
        Column(text("Geary's C"), found.C[rows], "number", 3),
        Column(text("p-value"), found.p_C[rows], "p"),
        Column(text("General G"), found.G[rows], "number", 3),
        Column(text("p-value"), found.p_G[rows], "p"),
    ]
    said = text(
        "z and p under randomisation, two-sided; p by {draws} {draws:permutation|permutations}, the same in all years; "
        "G with binary weights",
        draws=found.draws,
    )
    return tabulate(part.name, text("Spatial autocorrelation by year"), columns, (*notes, said))


def figure(part: Part[Moran], ctx: Context) -> Figure | None:
    """Return Moran's I over the years, filled where its permutation p is at most 0.05."""
    found = part.value
    lines = series(found)
    if max(len(rows) for rows in lines.values()) < 2:
        return None
    drawn, axes = canvas(2.9)
    for k, ((variable, weights), rows) in enumerate(lines.items()):
        colour = COLOURS[k % len(COLOURS)]
        label = ctx.say(Name(variable)) if len(set(found.weights)) == 1 else ctx.say(
            text("{variable}, {weights}", variable=Name(variable), weights=Name(weights))
        )  # fmt: skip
        axes.plot(
            found.year[rows], found.I[rows], color=colour, linestyle=DASHES[k % len(DASHES)], label=label
        )
        for row in rows:
            seen = found.p_permutation[row] <= SEEN
            face = colour if seen else "white"
            axes.plot(
                found.year[row], found.I[row], MARKERS[k % len(MARKERS)], color=colour, markerfacecolor=face
            )
    axes.axhline(float(found.expected[0]), color="#9a9a9a", linewidth=0.6)
    axes.set_ylabel(ctx.say(text("Moran's I")))
    axes.xaxis.get_major_locator().set_params(integer=True)
    if len(lines) > 1:
        drawn.legend(loc="outside lower center", ncols=min(3, len(lines)))
    return drawn


def caption(part: Part[Moran], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text(
        "Moran's I by year; filled where its permutation p is at most 0.05, the thin line is its expectation"
    )


def sentences(part: Part[Moran], ctx: Context) -> Sequence[Text]:
    """Return Moran's I in the first and the last year of each variable and weights."""
    found, told = part.value, []
    for (variable, weights), rows in series(found).items():
        first, last = rows[int(np.argmin(found.year[rows]))], rows[int(np.argmax(found.year[rows]))]
        told.append(
            text(
                "Moran's I of {variable} under {weights} is {start} in {first} (permutation p {p_start}) and {end} "
                "in {last} (p {p_end}).",
                variable=Name(variable),
                weights=Name(weights),
                start=ctx.number(found.I[first], 3),
                end=ctx.number(found.I[last], 3),
                first=int(found.year[first]),
                last=int(found.year[last]),
                p_start=ctx.p_value(found.p_permutation[first]),
                p_end=ctx.p_value(found.p_permutation[last]),
            )
        )
    return told


VIEW = View(table=table, figure=figure, sentences=sentences, caption=caption)
