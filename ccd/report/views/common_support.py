"""Shape ``common_support``: treated and controls by bins of the score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import ACCENT, COLOURS, INK, canvas
from ccd.report.views.base import Context, View
from ccd.results import CommonSupport, Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(part: Part[CommonSupport], ctx: Context) -> Figure:
    """Return bars: treated above the line (off support apart), controls below it."""
    bins = part.value
    drawn, axes = canvas(3.1)
    middle, width = (bins.low + bins.high) / 2, (bins.high - bins.low) * 0.88
    axes.bar(middle, bins.treated_on, width, color=COLOURS[0], label=ctx.say(text("treated, on support")))
    if bins.treated_off.any():
        axes.bar(
            middle, bins.treated_off, width, bottom=bins.treated_on, color=ACCENT, hatch="///",
            edgecolor="white", linewidth=0, label=ctx.say(text("treated, off support")),
        )  # fmt: skip
    axes.bar(middle, -bins.control, width, color=COLOURS[5], label=ctx.say(text("control")))
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set_xlim(0, 1)
    axes.set_xlabel(ctx.say(text("Propensity score")))
    axes.set_ylabel(ctx.say(text("Units")))
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return drawn


def sentences(part: Part[CommonSupport], ctx: Context) -> Sequence[Text]:
    """Return the range of the controls' scores and who lies off support."""
    low, high = ctx.number(part.value.control_low, 3), ctx.number(part.value.control_high, 3)
    off = part.value.off_support
    if not off:
        return (
            text("The controls' scores range from {low} to {high}; no treated unit is off common support.",
                 low=low, high=high),
        )  # fmt: skip
    return (
        text(
            "The controls' scores range from {low} to {high}; off common support, and so in no comparison: {units}.",
            low=low,
            high=high,
            units=off,
        ),
    )


def caption(part: Part[CommonSupport], ctx: Context) -> Text:
    """Return the words under the figure."""
    return text("Common support: treated above, controls below")


VIEW = View(figure=figure, sentences=sentences, caption=caption)
