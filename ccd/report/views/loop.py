"""Shape ``loop`` and what stands beside it: projections, Granger tests, modes by region, coupling of the stages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import (
    ACCENT,
    COLOURS,
    INK,
    RULE,
    canvas,
    interval_plot,
    line_plot,
    year_axis,
    zero_line,
)
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Granger, Loop, LoopModes, LoopYears, Part, Projections, stage_words
from ccd.words import Figure, Name, P, Text, names, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawn

YES, NO = text("yes"), text("no")
PLACES: Mapping[str, Text] = {
    "forward": text("along the ring"),
    "closing": text("closes the ring"),
    "reverse": text("against the ring"),
}
MODES: Mapping[str, Text] = {
    "push": text("push"),
    "pull": text("pull"),
    "spiral": text("spiral"),
    "neither": text("neither"),
}


def table(part: Part[Loop], ctx: Context) -> Table:
    """Return one row an arrow: its projection, its one-sided p, whether it is found."""
    found = part.value
    columns = (
        Column(text("Arrow"), [arrow.words for arrow in found.arrows]),
        Column(text("Direction"), [PLACES[place] for place in found.place]),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("One-sided p"), found.p_value, "p"),
        Column(text("Found at 5%"), [YES if one else NO for one in found.found]),
    )
    note = text(
        "Standard deviations of the later stage {at} {at:year|years} on for one of the earlier, region and year "
        "effects out, given {lags} earlier {lags:year|years} of both; split-panel jackknife, errors from redrawn "
        "regions",
        at=found.at,
        lags=found.lags,
    )
    read = text(
        "Stages: {stages}",
        stages=tuple(
            text("{stage} = {column}", stage=stage_words(stage), column=Name(column))
            for stage, column in zip(found.stages, found.columns, strict=True)
        ),
    )
    return tabulate(part.name, text("Arrows of the loop"), columns, (*part.notes, note, read))


def sentences(part: Part[Loop], ctx: Context) -> Sequence[Text]:
    """Return which arrows are found and which are not, whether the ring is, and what comes back of a shock."""
    found = part.value
    own = [k for k, place in enumerate(found.place) if place != "reverse"]
    against = [k for k, place in enumerate(found.place) if place == "reverse"]
    yes, no = ([k for k in own if bool(found.found[k]) is wanted] for wanted in (True, False))
    values = {
        "at": found.at,
        "found": _listed(found, yes),
        "missed": _listed(found, no),
        "count": len(yes),
        "all": len(own),
        "p": P(found.p_loop),
    }
    if not no:
        first = text("All {all} arrows of the ring are found after {at} {at:year|years}: {found}; the ring is closed "
                     "(p {p}).",
                     **values)  # fmt: skip
    elif not yes:
        first = text(
            "None of the {all} arrows of the ring is found after {at} {at:year|years}: {missed}; the ring is not "
            "closed (p {p}).",
            **values,
        )
    else:
        first = text(
            "{count} of the {all} arrows of the ring {count:is|are} found after {at} {at:year|years}: {found}; not "
            "found: {missed}. The ring is not closed (p {p}).",
            **values,
        )
    gain = text(
        "Once round the ring leaves {gain} of a shock (95% interval {low} to {high}).",
        gain=Figure(found.gain),
        low=Figure(found.gain_low),
        high=Figure(found.gain_high),
    )
    back = [k for k in against if found.found[k]]
    if not back:
        return first, gain, text("No arrow against the ring is found.")
    return first, gain, text("Found against the ring: {found}.", found=_listed(found, back))


def _listed(found: Loop, rows: Sequence[int]) -> tuple[Text, ...]:
    return tuple(
        text(
            "{arrow} ({estimate})", arrow=found.arrows[k].words, estimate=Figure(float(found.estimate[k]), 2)
        )
        for k in rows
    )


def figure(part: Part[Loop], ctx: Context) -> Drawn:
    """Return the stages on a ring, clockwise from the top; arrows that are found are solid, the others dashed."""
    found = part.value
    drawn, axes = canvas(4.3, width=5.4)
    count = len(found.stages)
    turn = [math.pi / 2 - 2 * math.pi * k / count for k in range(count)]
    at = {name: (1.35 * math.cos(a), math.sin(a)) for name, a in zip(found.stages, turn, strict=True)}
    widest = float(np.abs(found.estimate).max())
    for k, arrow in enumerate(found.arrows):
        _arrow(axes, found, k, at[arrow.source], at[arrow.target], widest, ctx)
    for name, column in zip(found.stages, found.columns, strict=True):
        said = ctx.say(stage_words(name))
        under = ctx.label(column)
        box = {"boxstyle": "round,pad=0.45", "facecolor": "white", "edgecolor": INK, "linewidth": 0.9}
        words = said if under == said else f"{said}\n{_wrapped(under)}"
        axes.text(*at[name], words, ha="center", va="center", fontsize=8, bbox=box, zorder=5)
    for colour, style, meaning in (
        (COLOURS[0], "-", text("along the ring, found")),
        (ACCENT, "-", text("against the ring, found")),
        (RULE, "--", text("not found")),
    ):
        axes.plot([], [], color=colour, linestyle=style, linewidth=1.6, label=ctx.say(meaning))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=3)
    axes.set_xlim(-2.0, 2.0)
    axes.set_ylim(-1.3, 1.3)
    axes.set_axis_off()
    return drawn


def _wrapped(words: str) -> str:
    from textwrap import fill

    return fill(words, 24 if words.isascii() else 12)


def _arrow(
    axes: object,
    found: Loop,
    k: int,
    start: tuple[float, float],
    end: tuple[float, float],
    widest: float,
    ctx: Context,
) -> None:
    """Draw one arrow, bent outwards along the ring and inwards against it, its estimate beside its middle."""
    back, own = found.place[k] == "reverse", bool(found.found[k])
    bend = 0.22
    style = {
        "arrowstyle": "-|>",
        "color": (ACCENT if back else COLOURS[0]) if own else RULE,
        "linewidth": 0.8 + 2.2 * abs(float(found.estimate[k])) / widest,
        "linestyle": "-" if own else (0, (4, 3)),
        "shrinkA": 34,
        "shrinkB": 34,
        "mutation_scale": 11,
        "connectionstyle": f"arc3,rad={-bend}",
    }
    axes.annotate("", end, start, arrowprops=style, zorder=2)  # type: ignore[attr-defined]
    # the middle of the curve: half the control point's way off the chord
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    dx, dy = end[0] - start[0], end[1] - start[1]
    x, y = x - dy * bend / 2, y + dx * bend / 2
    axes.text(  # type: ignore[attr-defined]
        x, y, ctx.number(float(found.estimate[k]), 2), ha="center", va="center", fontsize=8,
        color=INK if own else "#6a6a6a", fontweight="bold" if own else "normal",
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none"}, zorder=4,
    )  # fmt: skip


def caption(part: Part[Loop], ctx: Context) -> Text:
    """Return what the ring shows."""
    return text(
        "Arrows of the loop after {at} {at:year|years}: jackknifed projections in standard deviations, solid where "
        "found at 5% (one-sided)",
        at=part.value.at,
    )


def projections(part: Part[Projections], ctx: Context) -> Table:
    """Return one row an arrow and horizon."""
    found = part.value
    each = len(found.horizon) // len(found.arrows)
    columns = (
        Column(text("Arrow"), [arrow.words for arrow in found.arrows for _ in range(each)]),
        Column(text("Years on"), found.horizon, "count"),
        Column(text("Estimate"), found.estimate, "number"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
        Column(text("Fixed effects, plain"), found.plain, "number"),
    )
    note = text(
        "Plain fixed effects are biased in few years, the more the longer the horizon (Mei, Sheng and Shi 2023)"
    )
    return tabulate(part.name, projections_caption(part, ctx), columns, (*part.notes, note))


def projections_caption(part: Part[Projections], ctx: Context) -> Text:
    """Return what is projected."""
    return text(
        "Local projections between the stages of the loop, with 95% intervals; crosses: plain fixed effects"
    )


def projections_figure(part: Part[Projections], ctx: Context) -> Drawn:
    """Return one panel an arrow: the slopes by horizon with their intervals, plain ones as crosses."""
    found = part.value
    count = len(found.arrows)
    wide = min(4, count)
    rows = -(-count // wide)
    drawn, axes = canvas(0.5 + 1.75 * rows, rows=rows, columns=wide, squeeze=False, sharey=True)
    each = len(found.horizon) // count
    for place in axes.flat[count:]:
        place.set_axis_off()
    for k, place in enumerate(axes.flat[:count]):
        own = slice(k * each, (k + 1) * each)
        zero_line(place)
        interval_plot(
            place, found.horizon[own], found.estimate[own], found.conf_low[own], found.conf_high[own]
        )
        place.plot(found.horizon[own], found.plain[own], "x", color=ACCENT, markersize=4)
        place.set_xticks(found.horizon[own])
        place.set_xlim(0.5, each + 0.5)
        arrow = found.arrows[k]
        place.set_title(
            f"{ctx.say(stage_words(arrow.source))}\n→ {ctx.say(stage_words(arrow.target))}",
            loc="center",
            fontsize=8,
            fontweight="normal",
        )
        if k + wide >= count:
            place.set_xlabel(ctx.say(text("Years on")))
    return drawn


def granger(part: Part[Granger], ctx: Context) -> Table:
    """Return one row an arrow."""
    found = part.value
    columns = (
        Column(text("Arrow"), [arrow.words for arrow in found.arrows]),
        Column(text("Lags"), found.K, "count"),
        Column(text("Mean Wald"), found.Wbar, "number", 3),
        Column("Zbar", found.Zbar, "number", 3),
        Column("Ztilde", found.Ztilde, "number", 3),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("p of Ztilde"), found.p_asymptotic, "p"),
    )
    note = text(
        "Null: no region's later stage is foretold by the earlier (Dumitrescu and Hurlin 2012); p by redrawn years, "
        "all regions at once; that of Ztilde rejects too often in few years"
    )
    return tabulate(part.name, text("Granger tests of the arrows"), columns, (*part.notes, note))


def modes(part: Part[LoopModes], ctx: Context) -> Table:
    """Return one row a region."""
    found = part.value
    columns = (
        Column(text("Region"), [Name(entity) for entity in found.entity]),
        Column(text("p, along"), found.forward, "p"),
        Column(text("p, against"), found.reverse, "p"),
        Column(text("Mode"), [MODES[mode] for mode in found.mode]),
    )
    title = text("{arrow} by region: push, pull or spiral", arrow=found.arrow.words)
    notes = (*part.notes, *((_indicative(found),) if found.indicative else ()))
    return tabulate(part.name, title, columns, notes)


def _indicative(found: LoopModes) -> Text:
    return text(
        "Indicative: {years} {years:year|years} of one region are few; 1 in 20 regions is named by chance",
        years=found.years,
    )


def modes_sentences(part: Part[LoopModes], ctx: Context) -> Sequence[Text]:
    """Return which regions are pushed, pulled or spiral."""
    found = part.value
    said = []
    for mode in ("push", "pull", "spiral"):
        own = [entity for entity, one in zip(found.entity, found.mode, strict=True) if one == mode]
        if own:
            said.append(text("{mode}: {regions}", mode=MODES[mode], regions=names(own)))
    rest = found.mode.count("neither")
    values = {"arrow": found.arrow.words, "rest": rest, "modes": tuple(said), "years": found.years}
    if not said:
        return (text("{arrow}: no region is pushed, pulled or in a spiral at 5%.", **values),)
    if found.indicative:
        return (
            text(
                "{arrow} by region: {modes}; neither in {rest}. With {years} {years:year|years} that is indicative.",
                **values,
            ),
        )
    return (text("{arrow} by region: {modes}; neither in {rest}.", **values),)


def years(part: Part[LoopYears], ctx: Context) -> Table:
    """Return C and D by year."""
    found = part.value
    columns = (
        Column(text("Year"), found.time, "count"),
        Column("C", found.C, "number"),
        Column("D", found.D, "number"),
    )
    return tabulate(part.name, years_caption(part, ctx), columns, part.notes)


def years_caption(part: Part[LoopYears], ctx: Context) -> Text:
    """Return what the years show."""
    return text("Coupling C and coupling coordination D of the stages of the loop, means over regions")


def years_figure(part: Part[LoopYears], ctx: Context) -> Drawn:
    """Return C and D by year."""
    found = part.value
    drawn, axes = canvas(2.8)
    line_plot(axes, {"C": (found.time, found.C), "D": (found.time, found.D)})
    year_axis(axes, found.time)
    return drawn


VIEW = View(table, figure, sentences, caption)
PROJECTIONS = View(projections, projections_figure, None, projections_caption)
GRANGER = View(granger)
MODES_VIEW = View(modes, None, modes_sentences)
YEARS = View(years, years_figure, None, years_caption)
