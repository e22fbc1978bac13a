"""Shapes ``rings`` and ``bands``: effects by distance from treated regions, and who lies in which band."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, RULE, canvas
from ccd.report.maps import ground
from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, some, tabulate
from ccd.results import BandMap, Part, RingEffects
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIGNS = {"+": text("radiation"), "-": text("siphon"), "none": text("none")}
#: Colours of rings from the nearest on; of treated, clean and left-out regions.
NEAR = ("#c8501e", "#e08a57", "#f0b894", "#f8dcc9")
TREATED, CLEAN, LEFT = "#12304f", "#e6e6e6", "#ffffff"
YEARS = 6


def table(part: Part[RingEffects], ctx: Context) -> Table:
    """Return one row a ring, the treated regions first."""
    found = part.value
    columns = (
        Column(text("Ring"), found.label),
        Column(text("Estimate"), found.estimate, "estimate"),
        Column(text("Std. error"), found.std_error, "number"),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("95% low"), found.conf_low, "number"),
        Column(text("95% high"), found.conf_high, "number"),
        Column(text("Region-years"), found.cells, "count"),
        Column(text("Regions"), found.regions, "count"),
        Column(text("Spillover"), ["" if k == 0 else SIGNS[s] for k, s in enumerate(found.sign)]),
    )
    title = text("Effects on {outcome} by distance from treated regions", outcome=Name(found.outcome))
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, title, columns, notes, p_value=found.p_value)


def figure(part: Part[RingEffects], ctx: Context) -> Figure:
    """Return the effects with intervals, from the treated regions outwards."""
    found = part.value
    drawn, axes = canvas(2.9)
    at = np.arange(len(found.ring))
    colours = [TREATED, *(COLOURS[1] for _ in at[1:])]
    for k in at:
        axes.plot([k, k], [found.conf_low[k], found.conf_high[k]], color=colours[k])
        axes.plot(k, found.estimate[k], "s" if k == 0 else "o", color=colours[k])
    axes.axhline(0, color=RULE, linewidth=0.6)
    axes.set_xticks(at, [ctx.say(text("treated")), *found.ring[1:]])
    axes.set_xlim(-0.5, len(at) - 0.5)
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=Name(found.outcome))))
    axes.set_xlabel(ctx.say(text("Distance from the nearest treated region")))
    return drawn


def caption(part: Part[RingEffects], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Effects on treated regions and on the rings around them, with 95% intervals")


def sentences(part: Part[RingEffects], ctx: Context) -> Sequence[Text]:
    """Return for each ring whether the policy radiates into it, drains it, or neither."""
    found = part.value
    said = {
        "+": text("the interval lies above zero, so the policy radiates"),
        "-": text("the interval lies below zero, so the policy drains"),
        "none": text("the interval holds zero, so these data show neither radiation nor siphon"),
    }
    return [
        text(
            "{ring}: {estimate} on {outcome} (95% interval {low} to {high}, {regions} "
            "{regions:region|regions}): {verdict}.",
            ring=found.label[k],
            estimate=ctx.number(found.estimate[k]),
            outcome=Name(found.outcome),
            low=ctx.number(found.conf_low[k]),
            high=ctx.number(found.conf_high[k]),
            regions=int(found.regions[k]),
            verdict=said[found.sign[k]],
        )
        for k in range(1, len(found.ring))
    ]


def bands(part: Part[BandMap], ctx: Context) -> Figure | None:
    """Return tile maps of the bands in selected years."""
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Patch

    found = part.value
    base = ground(dict.fromkeys(found.region), ctx.boundaries)
    if base is None:
        return None
    shades = [NEAR[min(k, len(NEAR) - 1)] for k in range(len(found.bands))]
    colours = {
        "treated": TREATED,
        "clean": CLEAN,
        "donut": LEFT,
        **dict(zip(found.bands, shades, strict=True)),
    }
    years = some([int(year) for year in np.unique(found.year)], YEARS)
    rows = -(-len(years) // 3)
    drawn, axes = canvas(0.5 + 2.1 * rows, rows=rows, columns=3, squeeze=False)
    for place in axes.flat[len(years) :]:
        place.set_axis_off()
    for place, year in zip(axes.flat, years, strict=False):
        own = np.flatnonzero(found.year == year)
        shown = {found.region[k]: to_rgb(colours[found.band[k]]) for k in own}
        base.draw(place, shown, ctx.language, title=str(year))
    labels = [("treated", ctx.say(text("treated")))]
    labels += [(band, ctx.say(_with_unit(band, km=found.km))) for band in found.bands]
    labels.append(("clean", ctx.say(text("clean"))))
    patches = [Patch(color=colours[band], label=words) for band, words in labels]
    drawn.legend(handles=patches, loc="outside lower center", ncols=min(5, len(patches)))
    return drawn


def _with_unit(band: str, *, km: bool) -> Text:
    return text("{band} km", band=band) if km else text("{band} borders", band=band)


def bands_caption(part: Part[BandMap], ctx: Context) -> Text:
    """Return what the map shows."""
    return text("Bands around regions treated by {policy}, selected years", policy=Name(part.value.policy))


VIEW = View(table, figure, sentences, caption)
BANDS = View(figure=bands, caption=bands_caption)
