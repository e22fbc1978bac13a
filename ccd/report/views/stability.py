"""Shape ``stability``: how the effect moves as controls enter, and what that says of selection on the unseen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Stability
from ccd.words import Name, Text, text


def table(part: Part[Stability], ctx: Context) -> Table:
    """Return one row a column of the stepwise table."""
    found = part.value
    columns = (
        Column(text("Model"), [Name(model) for model in found.model]),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Within R²"), found.r2, "number", 3),
        Column(text("Largest R²"), found.r2_max, "number", 3),
        Column(text("Effect at δ = 1"), found.bound, "number"),
        Column(text("δ of no effect"), found.delta, "number", 2),
    )
    how = text(
        "Against the first column, whose rows all share; δ: selection on what is not seen over selection on the "
        "controls; largest R²: 1.3 times that with the controls, at most 1; linear form of Oster (2019), which takes "
        "the unseen to bear on policy and outcome in the proportions of the controls"
    )
    title = text(
        "Selection on what is not seen: {term} on {outcome}", term=found.term, outcome=Name(found.outcome)
    )
    return tabulate(part.name, title, columns, (*part.notes, how))


def sentences(part: Part[Stability], ctx: Context) -> Sequence[Text]:
    """Return what the last column says: where the effect would lie, and what would make it zero."""
    found = part.value
    last, bound, delta = (float(column[-1]) for column in (found.estimate, found.bound, found.delta))
    if np.isnan(bound):
        return ()
    said = {
        "model": Name(found.model[-1]),
        "low": ctx.number(min(last, bound)),
        "high": ctx.number(max(last, bound)),
    }
    if delta < 0:
        return (
            text(
                "{model}: were what is not seen to move the effect as the controls did, it would lie between {low} and "
                "{high}; the controls move it away from 0, so only selection of the other sign ({delta}) undoes it.",
                **said,
                delta=ctx.number(delta, 2),
            ),
        )
    return (
        text(
            "{model}: were what is not seen to move the effect as the controls did, it would lie between {low} and "
            "{high}; {delta} times the selection on the controls makes it 0.",
            **said,
            delta=ctx.number(delta, 2),
        ),
    )


VIEW = View(table, None, sentences)
