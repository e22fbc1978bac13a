"""Shape ``comparison``: one estimate by several roads, samples or settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import coefficient_plot
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, interval_heads, percent, tabulate, unstarred
from ccd.results import Agreement, Comparison, Part, Spread
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def table(part: Part[Comparison], ctx: Context) -> Table:
    """Return label, estimate with stars, standard error, p-value, interval and N."""
    found = part.value
    low, high = interval_heads(found.level)
    columns = (
        Column(text("Specification"), found.label),
        Column(text("Estimate"), found.estimate, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(low, found.conf_low, "number"),
        Column(high, found.conf_high, "number"),
        Column(text("N"), found.nobs, "count"),
    )
    title = found.title or text("{name} side by side", name=Name(part.name))
    notes = (*part.notes, *unstarred(found.p_value, found.starred), *ctx.style.star_notes())
    return tabulate(part.name, title, columns, notes, p_value=found.starred)


def figure(part: Part[Comparison], ctx: Context) -> Figure | None:
    """Return the estimates with their intervals, the baseline of a robustness table in the accent."""
    found = part.value
    known = np.flatnonzero(~np.isnan(found.estimate))
    if not len(known):
        return None
    return coefficient_plot(
        [ctx.say(found.label[j]) for j in known],
        found.estimate[known],
        found.conf_low[known],
        found.conf_high[known],
        xlabel=ctx.say(text("Estimate with {level}% interval", level=percent(found.level))),
        highlight=(0,) if known[0] == 0 and _has_baseline(found) else (),
        beside=[", ".join(ctx.number(value, 2) for value in found.fits[j]) for j in known]
        if found.fits
        else (),
        beside_head=ctx.say(found.fits_head) if found.fits_head is not None else "",
    )


def _has_baseline(found: Comparison) -> bool:
    """Tell whether the first row is the model of the study and the others vary it."""
    return "model" in (found.about or {})


def caption(part: Part[Comparison], ctx: Context) -> Text:
    """Return the title of the table, and what the accent marks."""
    title = part.value.title or text("{name} side by side", name=Name(part.name))
    if _has_baseline(part.value):
        return text("{title} (square: the baseline)", title=title)
    return title


def sentences(part: Part[Comparison], ctx: Context) -> Sequence[Text]:
    """Return how far the estimates agree."""
    found = part.value
    if found.spread is not None:
        return (_range(found.spread, found.term or "", found.level, ctx),)
    return _agreement(found.agreement, ctx) if found.agreement is not None else ()


def _agreement(found: Agreement, ctx: Context) -> Sequence[Text]:
    said = [
        text(
            "{count} columns adjust for the matching columns; their estimates run from {lowest} to {highest}, against "
            "{unmatched} without matching.",
            count=str(found.adjusted),
            lowest=ctx.number(found.lowest),
            highest=ctx.number(found.highest),
            unmatched=ctx.number(found.unmatched),
        ),
        text("{count} of them {count:differs|differ} from zero at 5%.", count=str(found.significant))
        if found.significant
        else text("None of them differs from zero at 5%."),
    ]
    if not found.same_sign:
        said.append(text("They do not agree on the sign."))
    elif found.intervals_share_a_value:
        said.append(text("They agree on the sign, and their 95% intervals have values in common."))
    else:
        said.append(text("They agree on the sign, but their 95% intervals have no value in common."))
    return tuple(said)


def _range(found: Spread, term: Name | Text | str, level: float, ctx: Context) -> Text:
    values = {
        "level": percent(level),
        "count": str(found.count),
        "term": term,
        "lowest": ctx.number(found.lowest),
        "low": found.lowest_label,
        "highest": ctx.number(found.highest),
        "high": found.highest_label,
    }
    if not found.away_from_zero:
        return text(
            "In {count} specifications the effect of {term} lies between {lowest} ({low}) and {highest} ({high}); "
            "every {level}% interval holds zero.",
            **values,
        )
    return text(
        "In {count} specifications the effect of {term} lies between {lowest} ({low}) and {highest} ({high}); in "
        "{away} of them its {level}% interval leaves out zero.",
        away=str(found.away_from_zero),
        **values,
    )


VIEW = View(table, figure, sentences, caption)
