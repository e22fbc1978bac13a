"""Shapes ``mismatch``, ``chains`` and ``flows``: where innovation sits against where industry sits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import ACCENT, COLOURS, RULE, canvas, legend_above
from ccd.report.marks import mark_rows
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, shortened, tabulate
from ccd.results import Centres, Chains, Flows, Mismatch, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUADRANTS = {
    "both": text("both"),
    "innovation": text("innovation only"),
    "industry": text("industry only"),
    "neither": text("neither"),
}
MEASURES = {
    "dissimilarity": text("Dissimilarity"),
    "transport": text("Least transport (km)"),
    "hhi": text("HHI"),
    "cr3": text("CR3"),
    "gini": text("Locational Gini"),
    "gini_unweighted": text("Gini of quotients, unweighted"),
    "centres_apart": text("Centres apart (km)"),
    "krugman": text("Krugman index of structures, mean of pairs"),
    "cosine": text("Cosine of structures, mean of pairs"),
    "ellison_glaeser": text("Ellison-Glaeser index"),
}
#: Flows drawn, the largest.
DRAWN = 15


def table(part: Part[Mismatch], ctx: Context) -> Table:
    """Return the regions of the last year, the widest mismatch first."""
    found = part.value
    last = np.flatnonzero(found.time == found.time.max())
    rows = last[np.argsort(found.q[last] - found.s[last], kind="stable")]
    columns = (
        Column(text("Region"), [Name(found.entity[k]) for k in rows]),
        Column(text("Share of innovation"), found.s[rows], "number"),
        Column(text("Share of industry"), found.q[rows], "number"),
        Column(text("Location quotient of innovation"), found.lq_innovation[rows], "number", 2),
        Column(text("Location quotient of industry"), found.lq_industry[rows], "number", 2),
        Column(text("At least 1"), [QUADRANTS[found.quadrant[k]] for k in rows]),
    )
    title = text(
        "{innovation} against {industry}, {year}",
        innovation=Name(found.innovation),
        industry=Name(found.industry),
        year=int(found.time.max()),
    )
    return tabulate(part.name, title, columns, part.notes)


def figure(part: Part[Mismatch], ctx: Context) -> Figure:
    """Return the shares of the last year as a strip, a row a region."""
    found = part.value
    last = np.flatnonzero(found.time == found.time.max())
    rows = last[np.argsort(found.s[last] - found.q[last], kind="stable")]
    drawn, axes = canvas(0.8 + 0.17 * len(rows))
    at = np.arange(len(rows))
    axes.hlines(at, found.s[rows], found.q[rows], color=RULE, linewidth=1.0, zorder=1)
    axes.plot(found.s[rows], at, "o", color=COLOURS[0], label=ctx.say(Name(found.innovation)))
    axes.plot(found.q[rows], at, "s", color=ACCENT, label=ctx.say(Name(found.industry)))
    axes.set_yticks(at, [ctx.label(found.entity[k]) for k in rows], fontsize=7)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_xlim(left=0)
    mark_rows(axes, [found.entity[k] for k in rows])
    axes.set_xlabel(ctx.say(text("Share of all regions")))
    axes.legend(loc="lower right")
    return drawn


def caption(part: Part[Mismatch], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Shares of innovation and industry, {year}", year=int(part.value.time.max()))


def measures(part: Part[Chains], ctx: Context) -> Table:
    """Return the measures of the first and the last year."""
    found = part.value
    rows = np.flatnonzero((found.time == found.time.min()) | (found.time == found.time.max()))
    columns = (
        Column(text("Year"), found.time[rows], "count"),
        Column(text("Measure"), [MEASURES[found.measure[k]] for k in rows]),
        Column(text("Of"), [Name(found.group[k]) for k in rows]),
        Column(text("Estimate"), found.estimate[rows], "number"),
        Column(text("95% low"), found.conf_low[rows], "number"),
        Column(text("95% high"), found.conf_high[rows], "number"),
    )
    note = text("The first and the last year; {file}.csv holds all", file=part.name)
    return tabulate(
        part.name, text("Innovation against industry: measures by year"), columns, (*part.notes, note)
    )


def sentences(part: Part[Chains], ctx: Context) -> Sequence[Text]:
    """Return what share would have to move, with its interval, in the last year."""
    found = part.value
    (k,) = (
        k
        for k in np.flatnonzero(found.time == found.time.max())
        if (found.measure[k], found.group[k]) == ("dissimilarity", "all")
    )
    return (
        text(
            "In {year} a share of {estimate} (95% interval {low} to {high}) would have to move for innovation to sit "
            "where industry sits.",
            year=int(found.time[k]),
            estimate=ctx.number(float(found.estimate[k])),
            low=ctx.number(float(found.conf_low[k])),
            high=ctx.number(float(found.conf_high[k])),
        ),
    )


def centre_table(part: Part[Centres], ctx: Context) -> Table:
    """Return the centres by side and year."""
    found = part.value
    columns = (
        Column(text("Of"), [Name(name) for name in found.side]),
        Column(text("Year"), found.time, "count"),
        Column(text("Longitude"), found.lon, "number", 3),
        Column(text("Latitude"), found.lat, "number", 3),
    )
    return tabulate(part.name, centre_caption(part, ctx), columns, part.notes)


def centre_caption(part: Part[Centres], ctx: Context) -> Text:
    """Return whose centres move."""
    found = part.value
    return text(
        "Centres of innovation and industry, {first}-{last}",
        first=int(found.time.min()),
        last=int(found.time.max()),
    )


def paths(part: Part[Centres], ctx: Context) -> Figure:
    """Return the paths of both centres, the last year with a larger mark."""
    found = part.value
    drawn, axes = canvas(4.0)
    sides = np.array(found.side)
    for name, colour, marker in zip(
        dict.fromkeys(found.side), (COLOURS[0], ACCENT), ("o", "s"), strict=False
    ):
        rows = np.flatnonzero(sides == name)
        axes.plot(
            found.lon[rows], found.lat[rows], color=colour, marker=marker, markersize=3, label=ctx.label(name)
        )
        axes.plot(found.lon[rows[-1]], found.lat[rows[-1]], marker, color=colour, markersize=6)
        for k, off, side in ((rows[0], (6, 4), "left"), (rows[-1], (-6, -10), "right")):
            axes.annotate(str(found.time[k]), (found.lon[k], found.lat[k]), xytext=off, ha=side,
                          textcoords="offset points", fontsize=7, color=colour)  # fmt: skip
    axes.set_aspect(1 / np.cos(np.radians(found.lat.mean())), adjustable="datalim")
    axes.margins(x=0.2, y=0.15)
    axes.set_xlabel(ctx.say(text("Longitude")))
    axes.set_ylabel(ctx.say(text("Latitude")))
    legend_above(axes, 1)
    return drawn


def flows(part: Part[Flows], ctx: Context) -> Table:
    """Return one row a flow, the largest first."""
    found = part.value
    rows, notes = shortened(part, len(found.share))
    columns = (
        Column(text("From"), [Name(found.origin[k]) for k in rows]),
        Column(text("To"), [Name(found.destination[k]) for k in rows]),
        Column(text("Share"), found.share[rows], "number"),
        Column(text("km"), found.km[rows], "number", 0),
    )
    return tabulate(
        part.name,
        text("Least transport from innovation to industry, {year}", year=found.year),
        columns,
        notes,
    )


def flow_map(part: Part[Flows], ctx: Context) -> Figure | None:
    """Return the largest flows as arrows between the places of the regions; None where nothing moves."""
    found = part.value
    if not len(found.share):
        return None
    drawn, axes = canvas(4.6)
    at = {name: (found.longitude[k], found.latitude[k]) for k, name in enumerate(found.regions)}
    axes.plot(found.longitude, found.latitude, "o", color=RULE, markersize=3, zorder=1)
    ends: set[str] = set()
    for k in range(min(DRAWN, len(found.share)) - 1, -1, -1):
        start, end = at[found.origin[k]], at[found.destination[k]]
        ends |= {found.origin[k], found.destination[k]}
        style = {
            "arrowstyle": "-|>",
            "color": COLOURS[0],
            "linewidth": 0.4 + 3.2 * found.share[k] / found.share[0],
            "alpha": 0.75,
            "shrinkA": 3,
            "shrinkB": 3,
            "connectionstyle": "arc3,rad=0.12",
        }
        axes.annotate("", end, start, arrowprops=style)
    for name in sorted(ends):
        axes.annotate(ctx.label(name), at[name], xytext=(4, 3), textcoords="offset points", fontsize=7)
    low, high = axes.get_ylim()
    axes.set_aspect(1 / max(0.2, float(np.cos(np.radians((low + high) / 2)))))
    axes.set_axis_off()
    return drawn


def flow_caption(part: Part[Flows], ctx: Context) -> Text:
    """Return what the map shows."""
    return text(
        "Least transport from innovation to industry, {year}: the {count} largest flows, as wide as their shares",
        year=part.value.year,
        count=min(DRAWN, len(part.value.share)),
    )


VIEW = View(table, figure, None, caption)
MEASURED = View(measures, None, sentences)
CENTRES = View(centre_table, paths, None, centre_caption)
FLOWS = View(flows, flow_map, None, flow_caption)
