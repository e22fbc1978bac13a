"""Shape ``thresholds``: estimated thresholds of each model and the sets of values not rejected."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Align, Count, Number, Row, Table, Word, heads
from ccd.report.views.base import Context, View, places
from ccd.report.views.regime_words import MODELS, shown
from ccd.results import Part
from ccd.words import Name, Text, text

VALUES = ("estimate", "next_value", "conf_low", "conf_high", "conf_low_robust", "conf_high_robust")

HEADS = (
    text("Model"),
    text("Threshold"),
    text("Threshold estimate"),
    text("Next value"),
    text("95% low"),
    text("95% high"),
    text("Runs"),
    text("Robust low"),
    text("Robust high"),
    text("Rows below"),
    text("Regions below"),
)


def table(part: Part, ctx: Context) -> Table:
    """Return estimate, sets, runs and rows below for every threshold of every model."""
    listed = part.frame[["estimate", "conf_low", "conf_high"]].to_numpy().ravel()
    digits = places([float(value) for value in listed])
    rows = []
    for row in part.frame.to_dict("records"):
        number, k = int(row["number"]), int(row["threshold"])
        cells = [Number(float(row[key]), digits) for key in VALUES]
        rows.append(
            Row(
                (
                    Word(MODELS[number] if k == 1 else ""),
                    Word(f"g{k}"),
                    *cells[:4],
                    Count(int(row["runs"])),
                    *cells[4:],
                    Count(int(row["n_below"])),
                    Count(int(row["entities_below"])),
                ),
                rule=k == 1 and number > 1,
            )
        )
    note = text(
        "The lower regime is q <= estimate, any value from the estimate up to the next one gives the same regimes; "
        "sets {{LR <= 7.35}} by their hull, in so many runs; robust: LR divided by eta2 (Hansen 2000)"
    )
    numbers: tuple[Align, ...] = tuple("d" for _ in HEADS[2:])
    return Table(
        part.name,
        text("Threshold estimates"),
        ("l", "l", *numbers),
        (heads(HEADS),),
        tuple(rows),
        (*part.notes, note),
    )


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return the thresholds of the chosen model with their sets."""
    estimate = ctx.estimate
    number = int(str(estimate.facts.get("number", 0))) if estimate is not None else 0
    own = part.frame[part.frame["number"] == number]
    if own.empty or estimate is None:
        return ()
    column = Name(str(estimate.facts.get("threshold", "")))
    said: list[Text] = []
    for row in own.to_dict("records"):
        value, low, high = shown([float(row[k]) for k in ("estimate", "conf_low", "conf_high")], ctx)
        values = {"k": int(row["threshold"]), "column": column, "value": value, "low": low, "high": high}
        if int(row["runs"]) == 1:
            said.append(text("g{k} of {column} is {value}; the 95% set runs from {low} to {high}.", **values))
        else:
            said.append(
                text(
                    "g{k} of {column} is {value}; the 95% set lies between {low} and {high} in {runs} pieces, so it is "
                    "not an interval.",
                    runs=int(row["runs"]),
                    **values,
                )
            )
    together = own["joint"].to_numpy(dtype=float) if "joint" in own else np.empty(0)
    if np.isfinite(together).any() and not np.allclose(together, own["estimate"]):
        said.append(
            text(
                "The joint optimum of two lies elsewhere: {values}.", values=tuple(shown(list(together), ctx))
            )
        )
    return said


VIEW = View(table=table, sentences=sentences)
