"""Shape ``document_matrix``: documents by instrument and factor, as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import canvas, heat_map
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import DocumentMatrix, Part
from ccd.words import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[DocumentMatrix], ctx: Context) -> Table:
    """Return documents, their share and strength, one row a cell."""
    found = part.value
    columns = (
        Column(text("Instrument"), [found.words[name] for name in found.instrument]),
        Column(text("Factor"), [found.words[name] for name in found.factor]),
        Column(text("Documents"), found.documents, "count"),
        Column(text("Share of documents"), found.share, "number", 2),
        Column(text("Strength x score"), found.strength, "number", 0),
    )
    return tabulate(part.name, text("Policy instruments by factor"), columns, part.notes)


def figure(part: Part[DocumentMatrix], ctx: Context) -> Figure:
    """Return the number of documents in each cell as colour and figure; an empty cell shows 0."""
    found = part.value
    instruments, factors = list(dict.fromkeys(found.instrument)), list(dict.fromkeys(found.factor))
    drawn, axes = canvas(0.9 + 0.55 * len(instruments), 5.2)
    values = np.asarray(found.documents, dtype=float).reshape(len(instruments), len(factors))
    heat_map(
        axes,
        values,
        [ctx.say(found.words[name]) for name in instruments],
        [ctx.say(found.words[name]) for name in factors],
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
