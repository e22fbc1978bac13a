"""Shape ``thresholds``: estimated thresholds of each model and the sets of values not rejected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Align, Cell, Count, Number, Row, Table, Word, heads
from ccd.report.views.base import Context, View
from ccd.report.views.regime_words import MODELS
from ccd.results import Part, Thresholds, distinct_figures
from ccd.words import Name, Text, text

HEADS = (
    text("Threshold"),
    text("Threshold estimate"),
    text("Next value"),
    text("95% set"),
    text("Runs"),
    text("Robust set"),
    text("Rows below"),
    text("Regions below"),
)


def table(part: Part[Thresholds], ctx: Context) -> Table:
    """Return estimate, sets, runs and rows below for every threshold of every model."""
    value = part.value
    digits = distinct_figures(np.concatenate([value.estimate, value.conf_low, value.conf_high]))[0].digits
    rows = []
    for j, (number, k) in enumerate(zip(value.number, value.threshold, strict=True)):
        cells: tuple[Cell, ...] = (
            Word(text("{model}, {threshold}", model=MODELS[int(number)], threshold=f"γ{k}")),
            *(Number(float(column[j]), digits) for column in (value.estimate, value.next_value)),
            _set(value.conf_low[j], value.conf_high[j], digits, ctx),
            Count(int(value.runs[j])),
            _set(value.conf_low_robust[j], value.conf_high_robust[j], digits, ctx),
            Count(int(value.n_below[j])),
            Count(int(value.entities_below[j])),
        )
        rows.append(Row(cells, rule=k == 1 and number > 1))
    note = text(
        "The lower regime is q ≤ γ, any value from the estimate up to the next one gives the same regimes; "
        "sets {{LR ≤ 7.35}} by their hull, in so many runs, up to the value after the last one kept; "
        "robust: LR divided by the nuisance parameter η² (Hansen 2000)"
    )
    numbers: tuple[Align, ...] = tuple("d" for _ in HEADS[1:])
    return Table(
        part.name,
        text("Threshold estimates"),
        ("l", *numbers),
        (heads(HEADS),),
        tuple(rows),
        (*part.notes, note),
    )


def _set(low: float, high: float, digits: int | None, ctx: Context) -> Cell:
    """Return the hull [low, high) of a set."""
    if np.isnan(low):
        return Number(float("nan"))
    return Word(f"[{ctx.number(float(low), digits)}, {ctx.number(float(high), digits)})")


def sentences(part: Part[Thresholds], ctx: Context) -> Sequence[Text]:
    """Return the thresholds of the chosen model with their sets."""
    value = part.value
    said: list[Text] = []
    for j in value.own:
        shown = distinct_figures([value.estimate[j], value.conf_low[j], value.conf_high[j]])
        values = {
            "k": int(value.threshold[j]),
            "column": Name(value.column),
            **dict(zip(("value", "low", "high"), shown, strict=True)),
        }
        if value.runs[j] == 1:
            said.append(text("γ{k} of {column} is {value}; the 95% set runs from {low} to {high}.", **values))
        else:
            said.append(
                text(
                    "γ{k} of {column} is {value}; the 95% set lies between {low} and {high} in {runs} pieces, so it is "
                    "not an interval.",
                    runs=int(value.runs[j]),
                    **values,
                )
            )
    together = value.joint[value.own]
    if np.isfinite(together).any() and not np.allclose(together, value.estimate[value.own]):
        said.append(
            text("The joint optimum of two lies elsewhere: {values}.", values=distinct_figures(together))
        )
    return said


VIEW = View(table=table, sentences=sentences)
