"""Shapes ``pmc`` and ``pmc_surface``: the PMC index of documents, and its 3 x 3 surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.report.figures import INK, SEQUENTIAL, colour_map
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

GRADES = {
    "perfect": text("perfect"),
    "excellent": text("excellent"),
    "acceptable": text("acceptable"),
    "poor": text("poor"),
}


def table(part: Part, ctx: Context) -> Table:
    """Return the main variables, the index and the grade of each document, the best first."""
    frame = part.frame.sort_values(["pmc", "document"], ascending=[False, True]).reset_index(drop=True)
    grades: list[object] = [GRADES[grade] for grade in frame["grade"]]
    frame = frame.assign(grade=pd.Series(grades, dtype=object))
    variables = [str(c) for c in part.frame.columns[3:]]
    columns = {"document": FrameColumn(text("Document"), "text")}
    columns |= {name: FrameColumn(Name(name), "number", 2) for name in variables}
    columns |= {"pmc": FrameColumn(text("PMC"), "number", 2), "grade": FrameColumn(text("Grade"), "text")}
    return frame_table(part.name, text("PMC index of policy documents"), frame, columns, part.notes)


def surface(part: Part, ctx: Context) -> Figure:
    """Return the 3 x 3 surfaces of the mean of all documents, the best and the poorest."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawn

    totals = part.frame.groupby("document")["value"].sum()
    shown: dict[str, pd.DataFrame] = {ctx.say(text("Mean of documents")): part.frame}
    for document in dict.fromkeys((str(totals.idxmax()), str(totals.idxmin()))):
        shown[document] = part.frame[part.frame["document"] == document]
    drawn = Drawn(figsize=(6.3, 2.6))
    FigureCanvasAgg(drawn)
    at = np.arange(1, 4)
    for place, (title, rows) in enumerate(shown.items(), start=1):
        grid = rows.groupby(["row", "column"])["value"].mean().unstack().to_numpy()
        axes = drawn.add_subplot(1, len(shown), place, projection="3d")
        colours = {"cmap": colour_map(SEQUENTIAL), "vmin": 0, "vmax": 1}
        axes.plot_surface(*np.meshgrid(at, at), grid, edgecolor=INK, linewidth=0.3, **colours)
        axes.set(zlim=(0, 1), xticks=at, yticks=at, title=title)
        axes.tick_params(labelsize=6, pad=-2)
    drawn.subplots_adjust(left=0.01, right=0.97, bottom=0.06, top=0.9, wspace=0.08)
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return what the surface shows."""
    return text("PMC surface: nine main variables, row by row")


VIEW = View(table)
SURFACE = View(figure=surface, caption=caption)
