"""Shapes ``quantiles`` and ``scale``: effects along the distribution of the outcome, and on its spread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.report.figures import ACCENT, COLOURS, SOFT, canvas, zero_line
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Quantiles, Scale
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Columns of a study that are drawn, two in a row.
PANELS = 6


class Curve(NamedTuple):
    """The rows of one column, and the effect on the mean beside them."""

    name: str
    rows: slice
    mean: float | None


def curves(found: Quantiles) -> Iterator[Curve]:
    """Yield the rows of each column."""
    size = len(found.q) // max(len(found.about), 1)
    for j, name in enumerate(found.about):
        mean = found.mean[j] if j < len(found.mean) else None
        yield Curve(name, slice(j * size, (j + 1) * size), mean)


def table(part: Part[Quantiles], ctx: Context) -> Table:
    """Return one row a quantile, of each column in turn, with bounds where outcomes repeat."""
    found = part.value
    columns = [
        Column(text("Quantile"), found.q, "auto"),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
    ]
    if found.term is not None:
        columns.insert(0, Column(text("Variable"), [Name(one) for one in found.term]))
    beside = (
        (text("Least effect"), found.lower),
        (text("Largest effect"), found.upper),
        (text("Conditional independence"), found.independent),
    )
    columns += [Column(head, values, "number") for head, values in beside if values is not None]
    return tabulate(part.name, title(found), columns, part.notes)


def title(found: Quantiles) -> Text:
    """Return whose quantiles these are."""
    if found.policy:
        return text("Effects on quantiles of {outcome} in treated regions", outcome=Name(found.outcome))
    return text("Effects on quantiles of {outcome}", outcome=Name(found.outcome))


def figure(part: Part[Quantiles], ctx: Context) -> Figure | None:
    """Return the effects against quantiles with their band, the effect on the mean as a line."""
    found = part.value
    if len(found.q) // max(len(found.about), 1) < 2:
        return None
    shown = list(curves(found))[:PANELS]
    many = len(shown) > 1
    rows = -(-len(shown) // 2) if many else 1
    drawn, grid = canvas(
        3.2 if not many else 0.4 + 2.2 * rows, rows=rows, columns=2 if many else 1, squeeze=False
    )
    places: list[Axes] = list(grid.flat)
    for axes in places[len(shown) :]:
        axes.set_axis_off()
    for axes, curve in zip(places, shown, strict=False):
        _draw(axes, found, curve, ctx)
        if many:
            axes.set_title(ctx.say(Name(curve.name)))
    where = text("Quantile of {outcome}", outcome=Name(found.outcome))
    effect = text("Effect on {outcome}", outcome=ctx.measured(found.outcome))
    if many:
        drawn.supxlabel(ctx.say(where), fontsize="medium")
        drawn.supylabel(ctx.say(effect), fontsize="medium")
    else:
        places[0].set_xlabel(ctx.say(where))
        places[0].set_ylabel(ctx.say(effect))
    if any(curve.mean is not None for curve in shown):
        places[0].legend(loc="best")
    return drawn


def _draw(axes: Axes, found: Quantiles, curve: Curve, ctx: Context) -> None:
    """Add one column's effects to its axes."""
    q, own = found.q[curve.rows], curve.rows
    zero_line(axes)
    axes.fill_between(q, found.conf_low[own], found.conf_high[own], color=SOFT, linewidth=0, zorder=-1)
    axes.plot(q, found.estimate[own], "-o", color=COLOURS[0], label=ctx.say(text("at the quantile")))
    if curve.mean is not None:
        axes.axhline(
            curve.mean, color=ACCENT, linestyle="--", linewidth=1.0, label=ctx.say(text("on the mean"))
        )
    step = max(1, -(-len(q) // 10))
    axes.set_xticks(q[::step], [f"{level:g}" for level in q[::step]])


def caption(part: Part[Quantiles], ctx: Context) -> Text:
    """Return what the band and the line are."""
    return text("{title}, with 95% intervals (dashed: on the mean)", title=title(part.value))


def sentences(part: Part[Quantiles], ctx: Context) -> Sequence[Text]:
    """Return for the first column where effects are, from the lowest quantile to the highest."""
    found = part.value
    curve = next(curves(found))
    q, at = found.q[curve.rows], slice(curve.rows.start, curve.rows.stop)
    low, high = found.conf_low[at], found.conf_high[at]
    rows = dict.fromkeys((0, len(q) - 1))
    ends = tuple(
        text(
            "{estimate} at quantile {q} (95% interval {low} to {high})",
            estimate=ctx.number(float(found.estimate[at][j])),
            q=f"{q[j]:g}",
            low=ctx.number(float(low[j])),
            high=ctx.number(float(high[j])),
        )
        for j in rows
    )
    away = _levels(q, (low > 0) | (high < 0))
    said = text(
        "{name} on quantiles of {outcome}: {ends}.",
        name=Name(curve.name),
        outcome=Name(found.outcome),
        ends=ends,
    )
    if not away:
        return said, text("No interval leaves zero out.")
    return said, text("Intervals leave zero out at {levels}.", levels=away)


def _levels(q: FloatArray, chosen: np.ndarray) -> tuple[str, ...]:
    return tuple(f"{level:g}" for level in q[chosen])


def scale(part: Part[Scale], ctx: Context) -> Table:
    """Return one row a column: what it does to the scale and to the location."""
    found = part.value
    columns = (
        Column(text("Variable"), [Name(one) for one in found.term]),
        Column(text("Effect on the scale"), found.estimate, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("Effect on the mean"), found.location, "number"),
        Column(text("Std. error"), found.location_std_error, "number"),
    )
    notes = (
        *part.notes,
        text("Effects rise along the quantiles where the effect on the scale is above zero"),
        *ctx.style.star_notes(),
    )
    return tabulate(part.name, text("Location and scale"), columns, notes, p_value=found.p_value)


VIEW = View(table, figure, sentences, caption)
SCALE = View(scale)
