"""Shapes ``pmc`` and ``pmc_surface``: the PMC index of documents, and its 3 x 3 surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.colours import colour_map
from ccd.report.figures import INK, SEQUENTIAL
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Pmc, PmcSurface
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRADES = {
    "perfect": text("perfect"),
    "excellent": text("excellent"),
    "acceptable": text("acceptable"),
    "poor": text("poor"),
}


def table(part: Part[Pmc], ctx: Context) -> Table:
    """Return the main variables, the index and the grade of each document, the best first."""
    index = part.value
    order = sorted(range(len(index.document)), key=lambda d: (-index.pmc[d], index.document[d]))
    columns = (
        Column(text("Document"), [index.document[d] for d in order]),
        *(
            Column(Name(variable), index.main[order, j], "number", 2)
            for j, variable in enumerate(index.variables)
        ),
        Column(text("PMC"), index.pmc[order], "number", 2),
        Column(text("Grade"), [GRADES[index.grade[d]] for d in order]),
    )
    return tabulate(part.name, text("PMC index of policy documents"), columns, part.notes)


def surface(part: Part[PmcSurface], ctx: Context) -> Figure:
    """Return the 3 x 3 surfaces of the mean of all documents, the best and the poorest."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawn

    index = part.value
    shown = {ctx.say(text("Mean of documents")): index.mean}
    shown |= {index.documents[d]: index.values[d] for d in (index.best, index.poorest)}
    drawn = Drawn(figsize=(6.3, 2.6))
    FigureCanvasAgg(drawn)
    at = np.arange(1, 4)
    for place, (title, grid) in enumerate(shown.items(), start=1):
        axes = drawn.add_subplot(1, len(shown), place, projection="3d")
        colours = {"cmap": colour_map(SEQUENTIAL), "vmin": 0, "vmax": 1}
        axes.plot_surface(*np.meshgrid(at, at), grid, edgecolor=INK, linewidth=0.3, **colours)
        axes.set(zlim=(0, 1), xticks=at, yticks=at, title=title)
        axes.tick_params(labelsize=6, pad=-2)
    drawn.subplots_adjust(left=0.01, right=0.97, bottom=0.06, top=0.9, wspace=0.08)
    return drawn


def caption(part: Part[PmcSurface], ctx: Context) -> Text:
    """Return what the surface shows."""
    return text("PMC surface: nine main variables, row by row")


VIEW = View(table)
SURFACE = View(figure=surface, caption=caption)
