"""Shape ``by_year``: means of the indices, C, T and D by year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import canvas, line_plot, year_axis
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import ByYear, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A wider table leaves the coefficient of variation to the csv.
COLUMNS = 8


def table(part: Part[ByYear], ctx: Context) -> Table:
    """Return one row a year."""
    found = part.value
    means = {**found.indices, **found.degrees}
    columns = [Column(text("Year"), found.year, "count")]
    columns += [Column(Name(name), values, "number") for name, values in means.items()]
    if found.std_dev is not None:
        columns.append(Column(text("Std. dev. of D"), found.std_dev, "number"))
    if found.cv is not None and len(columns) < COLUMNS:
        columns.append(Column(text("CV of D"), found.cv, "number"))
    return tabulate(part.name, text("Means by year"), columns, part.notes)


def figure(part: Part[ByYear], ctx: Context) -> Figure:
    """Return the subsystem indices beside C, T and D (only the former where nothing is coupled)."""
    found = part.value
    titled = [
        (text("Subsystem indices"), found.indices),
        (text("Coupling coordination"), found.degrees),
    ]
    panels = [(title, means) for title, means in titled if means]
    drawn, axes = canvas(3.0, columns=len(panels), squeeze=False)
    for k, (title, means) in enumerate(panels):
        series = {ctx.say(Name(name)): (found.year, values) for name, values in means.items()}
        line_plot(axes[0, k], series)
        year_axis(axes[0, k], found.year)
        axes[0, k].set_title(ctx.say(title))
        axes[0, k].set_ylim(bottom=0)
    axes[0, 0].set_ylabel(ctx.say(text("Mean over regions")))
    return drawn


def sentences(part: Part[ByYear], ctx: Context) -> Sequence[Text]:
    """Return where the mean of D began and ended."""
    found = part.value
    if "D" not in found.degrees:
        return ()
    before, after = (float(found.degrees["D"][k]) for k in (0, -1))
    values = {
        "first": int(found.year[0]),
        "last": int(found.year[-1]),
        "before": ctx.number(before, 3),
        "after": ctx.number(after, 3),
    }
    if after >= before:
        return (text("Mean D rose from {before} in {first} to {after} in {last}.", **values),)
    return (text("Mean D fell from {before} in {first} to {after} in {last}.", **values),)


VIEW = View(table, figure, sentences)
