"""Shape ``correlations``: the matrix below its diagonal, with stars, and as tiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray
from ccd.report.colours import colour_map
from ccd.report.figures import INK, WORST_TO_BEST, canvas
from ccd.report.table import BLANK, Align, Cell, Estimated, Head, Row, Table, Word
from ccd.report.tiles import luminance
from ccd.report.views.base import Context, View
from ccd.results import Correlations, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: More variables than this are tiles without numbers, and heads of more than SHORT are numbers.
NUMBERED, SHORT = 12, 4


def table(part: Part[Correlations], ctx: Context) -> Table:
    """Return the lower triangle with stars; columns are numbered as the rows are where there are many."""
    found = part.value
    values, p_values = matrix(found)
    size = len(found.variables)
    numbered = size > SHORT
    rows = []
    for j, name in enumerate(found.variables):
        head = text("({number}) {column}", number=j + 1, column=Name(name)) if numbered else Name(name)
        own: list[Cell] = [Word(head)]
        own += [Estimated(float(values[j, k]), float(p_values[j, k])) for k in range(j)]
        own.append(Estimated(1.0))
        own += [BLANK] * (size - j - 1)
        rows.append(Row(tuple(own)))
    heads = [Word(f"({k + 1})") if numbered else Word(Name(name)) for k, name in enumerate(found.variables)]
    columns: tuple[Align, ...] = ("d",)
    align: tuple[Align, ...] = ("l", *columns * size)
    head_row = (Head(BLANK), *map(Head, heads))
    notes = (*part.notes, *about(found), *ctx.style.star_notes())
    return Table(part.name, title(found), align, (head_row,), tuple(rows), notes)


def title(found: Correlations) -> Text:
    """Return the name of the matrix."""
    return text("Pearson correlations") if found.method == "pearson" else text("Spearman rank correlations")


def about(found: Correlations) -> tuple[Text, ...]:
    """Return the rows behind the correlations, and what their stars take for granted."""
    low, high = int(found.nobs.min()), int(found.nobs.max())
    if low == high:
        counted = text("Region-years: {count}", count=low)
    else:
        counted = text("Region-years: {low} to {high}, those that have both columns", low=low, high=high)
    return counted, text("p-values take region-years as independent")


def matrix(found: Correlations) -> tuple[FloatArray, FloatArray]:
    """Return correlations and p-values as square matrices; the diagonal is 1, its p nan."""
    place = {name: j for j, name in enumerate(found.variables)}
    values, p_values = np.eye(len(place)), np.full((len(place), len(place)), np.nan)
    for j in range(len(found.first)):
        a, b = place[found.first[j]], place[found.second[j]]
        values[a, b] = values[b, a] = found.correlation[j]
        p_values[a, b] = p_values[b, a] = found.p_value[j]
    return values, p_values


def figure(part: Part[Correlations], ctx: Context) -> Figure:
    """Return the lower triangle as tiles: blue together, orange against each other, with their numbers."""
    found = part.value
    values, _ = matrix(found)
    size = len(values)
    side = min(6.3, 1.9 + 0.52 * size)
    drawn, axes = canvas(0.78 * side + 0.4, width=side + 0.7)
    colours = colour_map(WORST_TO_BEST)
    shown = np.where(np.tri(size, dtype=bool), values, np.nan)
    mesh = axes.pcolormesh(shown, cmap=colours, vmin=-1, vmax=1, edgecolors="white", linewidth=0.8)
    if size <= NUMBERED:
        for j in range(size):
            for k in range(j):
                if np.isfinite(values[j, k]):
                    dark = luminance(tuple(colours((values[j, k] + 1) / 2))) < 0.45
                    axes.text(
                        k + 0.5, j + 0.5, ctx.number(float(values[j, k]), 2), ha="center", va="center",
                        fontsize=8 if size <= 8 else 7, color="white" if dark else INK,
                    )  # fmt: skip
    words = [ctx.say(Name(name)) for name in found.variables]
    axes.set_yticks(np.arange(size) + 0.5, words)
    long = max(map(len, words)) > 60 // size
    axes.set_xticks(
        np.arange(size) + 0.5, words, rotation=40 if long else 0, ha="right" if long else "center"
    )
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_aspect("equal")
    drawn.colorbar(mesh, ax=axes, shrink=0.7, aspect=28).outline.set_visible(False)
    return drawn


def caption(part: Part[Correlations], ctx: Context) -> Text:
    """Return what the tiles are."""
    return title(part.value)


def sentences(part: Part[Correlations], ctx: Context) -> Sequence[Text]:
    """Return the strongest correlation."""
    found = part.value
    size = np.abs(found.correlation)
    if not np.isfinite(size).any():
        return ()
    j = int(np.nanargmax(size))
    return (
        text(
            "The strongest correlation is that of {first} and {second}, {value}.",
            first=Name(found.first[j]),
            second=Name(found.second[j]),
            value=ctx.number(float(found.correlation[j]), 2),
        ),
    )


VIEW = View(table, figure, sentences, caption)
