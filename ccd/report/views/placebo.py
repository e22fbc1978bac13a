"""Shape ``placebo``: estimates under made-up treatments, against the true one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import SOFT, canvas, density_plot, interval_plot, zero_line
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: How the placebos were made, in words.
BY: Mapping[str, Text] = {
    "space": text("regions permuted"),
    "time": text("dates moved ahead"),
    "mixed": text("regions and dates drawn"),
}


def figure(part: Part, ctx: Context) -> Figure:
    """Return the density of the draws (facts ``density``: {"at", "density"}; else bars), the true effect marked.

    Dates moved ahead (facts ``by`` = "time") are a few estimates, shown one by one with their 95 %
    intervals.
    """
    if part.facts.get("by") == "time":
        return _by_date(part, ctx)
    drawn, axes = canvas()
    estimate = ctx.estimate
    marks = {}
    if estimate is not None:
        marks[ctx.say(text("true effect"))] = estimate.leading.estimate
    curve = part.facts.get("density")
    curves = {"": (curve["at"], curve["density"])} if isinstance(curve, Mapping) else {}
    axes.hist(part.frame["estimate"], bins=30, density=True, color=SOFT, edgecolor="white", linewidth=0.4)
    density_plot(axes, curves, marks)
    axes.set_xlabel(ctx.say(text("Placebo estimate")))
    axes.set_ylabel(ctx.say(text("Density")))
    return drawn


def _by_date(part: Part, ctx: Context) -> Figure:
    drawn, axes = canvas()
    frame = part.frame
    zero_line(axes)
    interval_plot(axes, -frame["draw"], frame["estimate"], frame["conf_low"], frame["conf_high"])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(ctx.say(text("Years by which the dates are moved")))
    axes.set_ylabel(ctx.say(text("Placebo estimate")))
    return drawn


def sentences(part: Part, ctx: Context) -> Sequence[Text]:
    """Return how often a placebo is as large as the true effect (facts ``p_value``), or the smallest p by date."""
    smallest = part.facts.get("p_smallest")
    if isinstance(smallest, float):
        return (
            text(
                "With the dates moved 1 to {count} years ahead and treated years left out, the smallest p-value of an "
                "effect is {p}.",
                count=str(len(part.frame)),
                p=ctx.number(smallest, 3),
            ),
        )
    p_value = part.facts.get("p_value")
    if not isinstance(p_value, float):
        return ()
    return (
        text(
            "Of {draws} placebo draws, a share of {p} is at least as large in absolute value as the true effect.",
            draws=str(len(part.frame)),
            p=ctx.number(p_value, 3),
        ),
    )


def caption(part: Part, ctx: Context) -> Text:
    """Return how the placebo was made (facts ``by``)."""
    return text("Placebo estimates ({by})", by=BY.get(str(part.facts.get("by")), Name(part.name)))


VIEW = View(figure=figure, sentences=sentences, caption=caption)
