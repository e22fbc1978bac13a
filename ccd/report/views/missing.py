"""Shape ``missing``: missing cells by variable, and their map by region and year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import shades
from ccd.report.figures import RULE, SEQUENTIAL, canvas
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, some, tabulate
from ccd.results import Missing, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The map names at most so many regions.
NAMED = 45


def table(part: Part[Missing], ctx: Context) -> Table | None:
    """Return the variables with missing cells; nothing where none is missing."""
    found = part.value
    some_missing = np.flatnonzero(found.missing)
    if not len(some_missing):
        return None
    columns = (
        Column(text("Variable"), [Name(found.variable[j]) for j in some_missing]),
        Column(text("Missing"), found.missing[some_missing], "count"),
        Column(text("Percent"), 100 * found.share[some_missing], "number", 1),
        Column(text("Regions"), found.entities[some_missing], "count"),
        Column(text("First year"), found.first[some_missing], "count"),
        Column(text("Last year"), found.last[some_missing], "count"),
    )
    return tabulate(part.name, text("Missing cells"), columns, part.notes)


def figure(part: Part[Missing], ctx: Context) -> Figure | None:
    """Return regions by years, the darker the more variables are missing; crossed where there is no row."""
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.patches import Patch

    found = part.value
    if not (found.cells != 0).any():
        return None
    rows = np.flatnonzero((found.cells != 0).any(axis=1))  # complete regions would only make the map taller
    cells = found.cells[rows]
    levels = sorted({int(value) for value in cells.ravel() if value >= 0})
    colours = ["#ffffff" if level == 0 else None for level in levels]
    dark = iter(shades(SEQUENTIAL[2:], max(sum(level > 0 for level in levels), 2)))
    painted = [colour or next(dark) for colour in colours] or ["#ffffff"]
    drawn, axes = canvas(min(8.0, 1.3 + 0.17 * max(len(rows), 3)))
    shown = np.ma.masked_less(cells, 0)
    bounds = [level - 0.5 for level in levels] + [(levels[-1] if levels else 0) + 0.5]
    norm = BoundaryNorm(bounds, len(painted)) if len(painted) > 1 else None
    axes.set_facecolor("#e4e4e4")
    axes.pcolormesh(shown, cmap=ListedColormap(painted), norm=norm, edgecolors=RULE, linewidth=0.25)
    absent = np.argwhere(cells < 0)
    axes.plot(absent[:, 1] + 0.5, absent[:, 0] + 0.5, "x", color=RULE, markersize=3)
    named = some(list(range(len(rows))), NAMED)
    axes.set_yticks(np.array(named) + 0.5, [ctx.say(Name(found.regions[rows[j]])) for j in named], fontsize=7)
    step = max(1, -(-len(found.years) // 14))
    at = np.arange(len(found.years))[::step]
    axes.set_xticks(at + 0.5, [str(year) for year in found.years[::step]])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    key = [
        Patch(facecolor=colour, edgecolor=RULE, linewidth=0.4, label=str(level))
        for colour, level in zip(painted, levels, strict=False)
    ]
    if len(absent):
        key.append(Patch(facecolor="#e4e4e4", edgecolor=RULE, linewidth=0.4, label=ctx.say(text("no row"))))
    title = ctx.say(text("Variables missing"))
    axes.legend(handles=key, title=title, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0)
    return drawn


def caption(part: Part[Missing], ctx: Context) -> Text:
    """Return what the map shows."""
    return text("Missing cells by region and year (regions with any)")


def sentences(part: Part[Missing], ctx: Context) -> Sequence[Text]:
    """Return how many cells are missing."""
    found = part.value
    total, rows = int(found.missing.sum()), found.nobs
    absent = (
        (text("{count} {count:region-year has|region-years have} no row.", count=found.absent),)
        if found.absent
        else ()
    )
    if not total:
        return (
            text(
                "No cell is missing (variables: {variables}; region-years: {rows}).",
                variables=len(found.variable),
                rows=rows,
            ),
            *absent,
        )
    return (
        text(
            "{count} {count:cell is|cells are} missing, in {variables} of {all} variables.",
            count=total,
            variables=int(np.count_nonzero(found.missing)),
            all=len(found.variable),
        ),
        *absent,
    )


VIEW = View(table, figure, sentences, caption)
