"""Shape ``document_matrix``: documents by instrument and factor, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, heat_map
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return documents, their share and strength, one row a cell."""
    columns = {
        "instrument": FrameColumn(text("Instrument"), "name"),
        "factor": FrameColumn(text("Factor"), "name"),
        "documents": FrameColumn(text("Documents"), "count"),
        "share": FrameColumn(text("Share of documents"), "number", 2),
        "strength": FrameColumn(text("Strength x score"), "number", 0),
    }
    return frame_table(part.name, text("Policy instruments by factor"), part.frame, columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return the number of documents in each cell as colour and figure; an empty cell shows 0."""
    instruments = list(dict.fromkeys(part.frame["instrument"]))
    factors = list(dict.fromkeys(part.frame["factor"]))
    wide = part.frame.pivot(index="instrument", columns="factor", values="documents").loc[
        instruments, factors
    ]
    drawn, axes = canvas(0.9 + 0.55 * len(instruments), 5.2)
    values = wide.to_numpy(dtype=float)
    heat_map(
        axes,
        values,
        [ctx.say(Name(word)) for word in instruments],
        [ctx.say(Name(word)) for word in factors],
        label=ctx.say(text("Documents")),
        low=0,
    )
    for (row, column), value in np.ndenumerate(values):
        dark = value > 0.5 * max(values.max(), 1)
        axes.text(
            column + 0.5,
            row + 0.5,
            f"{value:.0f}",
            ha="center",
            va="center",
            color="white" if dark else "black",
        )
    return drawn


VIEW = View(table, figure)
