"""Shape ``nuisance``: how well each learner predicts regions that it has not seen."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Nuisance, Part
from ccd.words import text


def table(part: Part[Nuisance], ctx: Context) -> Table:
    """Return one row a learner and target: R2 and root mean squared error out of fold."""
    found = part.value
    columns = (
        Column(text("Learner"), found.learner),
        Column(text("Target"), found.target),
        Column(text("R2 out of fold"), found.r2, "number", 3),
        Column(text("RMSE out of fold"), found.rmse, "number"),
    )
    note = text("Medians over splits; regions of a fold are predicted by what was learnt on the others")
    return tabulate(
        part.name,
        text("What the learners know of regions that they have not seen"),
        columns,
        (*part.notes, note),
    )


VIEW = View(table)
