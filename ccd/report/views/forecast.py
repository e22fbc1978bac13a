"""Shapes ``forecast``, ``forecast_errors`` and ``gm11``: the next years and what errors to expect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, canvas, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, some, tabulate
from ccd.results import Forecast, ForecastErrors, GreyFits, Part
from ccd.words import Name, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

METHODS = {
    "drift": text("drift"),
    "theta": text("theta"),
    "ets": text("damped trend"),
    "gm11": text("GM(1,1)"),
}
#: Regions drawn, from the highest last value to the lowest.
PANELS = 6


def table(part: Part[Forecast], ctx: Context) -> Table:
    """Return the forecasts of the drawn method."""
    found = part.value
    own = np.flatnonzero([method == found.chosen for method in found.method])
    rows, notes = shortened(part, len(own))
    own = own[rows]
    columns = [
        Column(text("Region"), names(found.entity[k] for k in own)),
        Column(text("Year"), found.time[own], "count"),
        Column(text("Forecast"), found.estimate[own], "number"),
        Column(text("Low"), found.conf_low[own], "number"),
        Column(text("High"), found.conf_high[own], "number"),
    ]
    return tabulate(part.name, caption(part, ctx), columns, notes)


def caption(part: Part[Forecast], ctx: Context) -> Text:
    """Return what is forecast by which method."""
    return text(
        "Forecasts of {variable}, {method}",
        variable=Name(part.value.variable),
        method=METHODS[part.value.chosen],
    )


def figure(part: Part[Forecast], ctx: Context) -> Figure:
    """Return fans of a few regions, from the highest to the lowest: 80% inside 95%."""
    found = part.value
    order = np.argsort(-found.history[:, -1], kind="stable")
    shown = some([int(k) for k in order], PANELS)
    rows = -(-len(shown) // 3)
    drawn, axes = canvas(0.4 + 1.7 * rows, rows=rows, columns=3, squeeze=False, sharex=True, sharey=True)
    for place in axes.flat[len(shown) :]:
        place.set_axis_off()
    for k, place in zip(shown, axes.flat, strict=False):
        region = found.regions[k]
        own = np.flatnonzero(
            [pair == (region, found.chosen) for pair in zip(found.entity, found.method, strict=True)]
        )
        last, level = found.years[-1], found.history[k, -1]
        at = np.append(last, found.time[own])
        for low, high, alpha in (
            (found.conf_low, found.conf_high, 0.18),
            (found.low_80, found.high_80, 0.3),
        ):
            place.fill_between(
                at,
                np.append(level, low[own]),
                np.append(level, high[own]),
                color=ACCENT,
                alpha=alpha,
                linewidth=0,
            )
        place.plot(found.years, found.history[k], color=COLOURS[0])
        place.plot(at, np.append(level, found.estimate[own]), color=ACCENT, linestyle="--")
        place.set_title(ctx.say(Name(region)), loc="center", fontsize=8.5)
        year_axis(place, np.append(found.years, found.time[own])[::3])
    for place in axes[:, 0]:
        place.set_ylabel(ctx.say(Name(found.variable)))
    return drawn


def errors(part: Part[ForecastErrors], ctx: Context) -> Table:
    """Return the errors of held-out years."""
    found = part.value
    columns = [
        Column(text("Method"), [METHODS[method] for method in found.method]),
        Column(text("Years ahead"), found.horizon, "count"),
        Column(text("Forecasts"), found.nobs, "count"),
        Column(text("Mean absolute error"), found.mae, "number"),
        Column(text("Root mean squared error"), found.rmse, "number"),
        Column("MASE", found.mase, "number", 3),
        Column(text("Share nearest"), found.share_won, "number", 3),
    ]
    title = text("Errors of forecasts of {variable} in years held out", variable=Name(found.variable))
    return tabulate(part.name, title, columns, part.notes)


def sentences(part: Part[ForecastErrors], ctx: Context) -> Sequence[Text]:
    """Return which method errs least."""
    found = part.value
    own = [k for k, method in enumerate(found.method) if method == found.chosen]
    return (
        text(
            "{method} errs least {years} {years:year|years} ahead: {error} on average.",
            method=METHODS[found.chosen],
            years=int(found.horizon[own[-1]]),
            error=ctx.number(float(found.mae[own[-1]])),
        ),
    )


def fits(part: Part[GreyFits], ctx: Context) -> Table:
    """Return the grey model of each region."""
    found = part.value
    rows, notes = shortened(part, len(found.entity))
    columns = [
        Column(text("Region"), names(found.entity[k] for k in rows)),
        Column("a", found.a[rows], "number"),
        Column("b", found.b[rows], "number"),
        Column(text("Smallest class ratio"), found.ratio_low[rows], "number", 3),
        Column(text("Largest class ratio"), found.ratio_high[rows], "number", 3),
        Column("C", found.C[rows], "number", 3),
        Column("P", found.P[rows], "number", 3),
    ]
    title = text("GM(1,1) of {variable} by region", variable=Name(found.variable))
    return tabulate(part.name, title, columns, notes)


VIEW = View(table, figure, caption=caption)
ERRORS, GREY = View(errors, None, sentences), View(fits)
