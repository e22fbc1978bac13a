"""Shape ``starts``: synthetic control on predictors from many starting points."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Starts
from ccd.words import Name, Text, text


def table(part: Part[Starts], ctx: Context) -> Table:
    """Return the loss and the effect that each start ends at."""
    found = part.value
    columns = (
        Column(text("Start"), found.start, "count"),
        Column(text("Loss before the date"), found.loss, "auto"),
        Column(text("Estimate"), found.estimate, "number"),
    )
    note = text("Loss of weights fitted to the outcome alone: {floor}", floor=ctx.number(found.floor))
    return tabulate(part.name, text("Synthetic control on predictors"), columns, (*part.notes, note))


def sentences(part: Part[Starts], ctx: Context) -> Sequence[Text]:
    """Return what the search found, how far its ends lie apart, and the weights at its best."""
    found = part.value
    weighted = [(name, w) for name, w in zip(found.region, found.weight, strict=True) if w > 0.001]
    return (
        text(
            "On predictors the effect is {best} where the loss is least; over {count} starts it runs from {lowest} to "
            "{highest}.",
            best=ctx.number(found.best),
            count=str(len(found.start)),
            lowest=ctx.number(found.lowest),
            highest=ctx.number(found.highest),
        ),
        text(
            "Donors there: {weights}.",
            weights=tuple(
                text("{region} {weight}", region=Name(name), weight=ctx.number(float(w), 3))
                for name, w in weighted[:8]
            ),
        ),
        text(
            "Predictors there: {weights}.",
            weights=tuple(
                text("{region} {weight}", region=Name(name), weight=ctx.number(float(w), 3))
                for name, w in zip(found.predictor, found.v, strict=True)
            ),
        ),
    )


VIEW = View(table, sentences=sentences)
