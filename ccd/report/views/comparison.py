"""Shape ``comparison``: one estimate by several roads, samples or settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ccd.report.figures import coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part, ctx: Context) -> Table:
    """Return label, estimate with stars, standard error, p-value, interval and N; facts ``title`` heads it."""
    columns = {
        "label": FrameColumn(text("Specification"), "name"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "p_value": FrameColumn(text("p-value"), "p"),
        "conf_low": FrameColumn(text("95% low"), "number"),
        "conf_high": FrameColumn(text("95% high"), "number"),
        "nobs": FrameColumn(text("N"), "count"),
    }
    title = part.facts.get("title")
    shown = title if isinstance(title, Text) else text("{name} side by side", name=Name(part.name))
    return frame_table(part.name, shown, part.frame, columns, (*part.notes, *ctx.style.star_notes()))


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the estimates with 95 % intervals, the first row (the baseline) in the accent."""
    frame = part.frame[pd.notna(part.frame["estimate"])]
    if frame.empty:
        return None
    labels = [label if isinstance(label, Text) else Name(label) for label in frame["label"]]
    return coefficient_plot(
        [ctx.say(label) for label in labels],
        frame["estimate"],
        frame["conf_low"],
        frame["conf_high"],
        xlabel=ctx.say(text("Estimate with 95% interval")),
        highlight=(0,),
    )


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return how far the estimates agree: what the facts of the comparison count."""
    facts: Mapping[str, Any] = part.facts
    if "away_from_zero" in facts:
        return (_range(facts, ctx),)
    if "adjusted" not in facts:
        return ()
    said = [
        text(
            "{count} columns adjust for the matching columns; their estimates run from {lowest} to {highest}, against "
            "{unmatched} without matching.",
            count=str(facts["adjusted"]),
            lowest=ctx.number(facts["lowest"]),
            highest=ctx.number(facts["highest"]),
            unmatched=ctx.number(facts["unmatched"]),
        ),
        text("{count} of them differ from zero at 5%.", count=str(facts["significant"]))
        if facts["significant"]
        else text("None of them differs from zero at 5%."),
    ]
    if not facts["same_sign"]:
        said.append(text("They do not agree on the sign."))
    elif facts["intervals_share_a_value"]:
        said.append(text("They agree on the sign, and their 95% intervals have values in common."))
    else:
        said.append(text("They agree on the sign, but their 95% intervals have no value in common."))
    return tuple(said)


def _range(facts: Mapping[str, Any], ctx: Context) -> Text:
    low, high = (facts[f"{end}_label"] for end in ("lowest", "highest"))
    return text(
        "In {count} specifications the effect of {term} lies between {lowest} ({low}) and {highest} ({high}); in "
        "{away} of them its 95% interval leaves out zero.",
        count=str(facts["count"]),
        term=Name(facts["term"]),
        lowest=ctx.number(facts["lowest"]),
        low=low if isinstance(low, Text) else Name(low),
        highest=ctx.number(facts["highest"]),
        high=high if isinstance(high, Text) else Name(high),
        away=str(facts["away_from_zero"]),
    )


VIEW = View(table, figure, sentences)
