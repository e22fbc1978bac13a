"""Shape ``synthetic_paths``: the treated and its synthetic by year, and the gap between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, SOFT, canvas, legend_above, year_axis, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, Extra, View, tabulate
from ccd.results import Part, SyntheticPaths
from ccd.words import Text, names, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def table(part: Part[SyntheticPaths], ctx: Context) -> Table:
    """Return outcome, synthetic, gap, and interval and p of the gap by year."""
    found = part.value
    columns = (
        Column(text("Year"), found.year, "count"),
        Column(text("Treated"), found.treated, "auto"),
        Column(text("Synthetic"), found.synthetic, "auto"),
        Column(text("Gap"), found.gap, "number"),
        Column(text("Low"), found.conf_low, "number"),
        Column(text("High"), found.conf_high, "number"),
        Column(text("p-value"), found.p_value, "p"),
    )
    return tabulate(part.name, _title(part), columns, (*part.notes, *_interval(part.value)))


def _title(part: Part[SyntheticPaths]) -> Text:
    return text("{region} and its synthetic by year", region=names(part.value.region))


def _interval(found: SyntheticPaths) -> tuple[Text, ...]:
    """Return how the intervals by year are made; nothing where there are none."""
    if not np.isfinite(found.conf_low).any():
        return ()
    percent = f"{100 * found.level:.4g}"
    if found.band == "conformal":
        return (text("Conformal intervals of each year at {level}%", level=percent),)
    if found.band == "rank":
        return (
            text("Intervals of each year at {level}% by the rank of the gap among placebos", level=percent),
        )
    made = ERRORS[found.band]
    return (
        text(
            "Intervals of each year at {level}% by the normal; standard errors: {made}",
            level=percent,
            made=made,
        ),
    )


#: Kind of standard errors of several treated regions -> its words.
ERRORS = {
    "placebo": text("placebo draws"),
    "bootstrap": text("bootstrap draws"),
    "jackknife": text("jackknife"),
}


def figure(part: Part[SyntheticPaths], ctx: Context) -> Figure:
    """Return both paths, and the date between its year and the year before."""
    found = part.value
    drawn, axes = canvas()
    axes.plot(found.year, found.treated, color=COLOURS[0], marker="o", label=ctx.say(_treated(found)))
    axes.plot(
        found.year,
        found.synthetic,
        color=ACCENT,
        linestyle="--",
        marker="s",
        label=ctx.say(text("Synthetic")),
    )
    _date_line(axes, found)
    legend_above(axes)
    year_axis(axes, found.year)
    axes.set_ylabel(ctx.say(ctx.measured(ctx.estimate.outcome if ctx.estimate is not None else "")))
    return drawn


def gap_figure(part: Part[SyntheticPaths], ctx: Context) -> Figure:
    """Return the gap by year with its intervals from the date on."""
    found = part.value
    drawn, axes = canvas()
    zero_line(axes)
    known = np.isfinite(found.conf_low)
    if known.any():
        axes.fill_between(
            found.year[known],
            found.conf_low[known],
            found.conf_high[known],
            color=SOFT,
            linewidth=0,
            zorder=-1,
        )
    axes.plot(found.year, found.gap, color=COLOURS[0], marker="o")
    _date_line(axes, found)
    year_axis(axes, found.year)
    outcome = ctx.measured(ctx.estimate.outcome if ctx.estimate is not None else "")
    axes.set_ylabel(ctx.say(text("Treated less synthetic: {outcome}", outcome=outcome)))
    return drawn


def _treated(found: SyntheticPaths) -> Text:
    return text("{regions}", regions=names(found.region[:3]))


def _date_line(axes: Axes, found: SyntheticPaths) -> None:
    """Draw the date below all that is drawn, with room for its year."""
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.07 * (high - low), high)
    axes.axvline(found.date - 0.5, color=RULE, linewidth=0.8, linestyle=":")
    axes.annotate(
        str(found.date),
        (found.date - 0.5, 0),
        xycoords=("data", "axes fraction"),
        xytext=(3, 3),
        textcoords="offset points",
        color=RULE,
        fontsize=8,
    )


def sentences(part: Part[SyntheticPaths], ctx: Context) -> Sequence[Text]:
    """Return how closely the synthetic follows before the date, and in which years the gap leaves zero out."""
    found = part.value
    before = found.year < found.date
    fit = text(
        "Before {date} the synthetic follows {region} within {rmspe} (RMSPE, {count} {count:year|years}).",
        date=str(found.date),
        region=names(found.region),
        rmspe=ctx.number(found.pre_rmspe),
        count=str(int(before.sum())),
    )
    known = np.isfinite(found.conf_low)
    if not known.any():
        return (fit,)
    away = [str(t) for t in found.year[known & ((found.conf_low > 0) | (found.conf_high < 0))]]
    values = {"level": f"{100 * found.level:.4g}", "years": ", ".join(away)}
    if not away:
        return (
            fit,
            text("In no year from then on does the {level}% interval leave out zero.", level=values["level"]),
        )
    return (fit, text("The {level}% interval leaves out zero in {years}.", **values))


def caption(part: Part[SyntheticPaths], ctx: Context) -> Text:
    """Return what both paths show."""
    return text(
        "{region} and its synthetic; the dotted line is the policy of {date}",
        region=names(part.value.region),
        date=str(part.value.date),
    )


def gap_caption(part: Part[SyntheticPaths], ctx: Context) -> Text:
    """Return what the gap shows, and its band."""
    said = _interval(part.value)
    if not said:
        return text("{region} less its synthetic by year", region=names(part.value.region))
    return text("{region} less its synthetic by year. {band}", region=names(part.value.region), band=said[0])


VIEW = View(table, figure, sentences, caption, (Extra("gap", gap_figure, gap_caption),))
