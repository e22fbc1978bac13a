"""Shape ``placebo``: estimates under made-up treatments, against the true one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import SOFT, canvas, density_plot, interval_plot, zero_line
from ccd.report.views.base import Context, View
from ccd.results import Part, Placebo
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


#: How the placebos were made, in words.
BY: Mapping[str, Text] = {
    "space": text("regions permuted"),
    "time": text("dates moved ahead"),
    "mixed": text("regions and dates drawn"),
}


def figure(part: Part[Placebo], ctx: Context) -> Figure:
    """Return the draws as bars with their density, the true effect marked.

    Dates moved ahead are a few estimates, shown one by one with their 95 % intervals.
    """
    found = part.value
    if found.by == "time":
        return _by_date(part, ctx)
    drawn, axes = canvas()
    curves = {} if found.curve is None else {"": (found.curve.at, found.curve.density)}
    axes.hist(found.estimate, bins=30, density=True, color=SOFT, edgecolor="white", linewidth=0.4)
    density_plot(axes, curves, {ctx.say(_observed(found, ctx)): found.observed})
    axes.set_xlabel(ctx.say(text("Placebo estimate")))
    axes.set_ylabel(ctx.say(text("Density")))
    return drawn


def _observed(found: Placebo, ctx: Context) -> Text:
    """Return the words at the observed estimate, with the share of draws at least as far from zero."""
    if found.tails is None:
        return text("observed estimate")
    return text("observed estimate\np {p} (two-sided)", p=ctx.p_value(found.tails.two_sided))


def _by_date(part: Part[Placebo], ctx: Context) -> Figure:
    found = part.value
    drawn, axes = canvas()
    zero_line(axes)
    if found.conf_low is not None and found.conf_high is not None:
        interval_plot(axes, -found.draw, found.estimate, found.conf_low, found.conf_high)
        for k, p in enumerate(found.p_value if found.p_value is not None else ()):
            axes.annotate(
                ctx.say(text("p {p}", p=ctx.p_value(float(p)))),
                (-found.draw[k], found.conf_high[k]),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                fontsize=8,
            )
        axes.margins(x=0.12, y=0.12)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel(ctx.say(text("Years by which the dates are moved")))
    axes.set_ylabel(ctx.say(text("Placebo estimate")))
    return drawn


def sentences(part: Part[Placebo], ctx: Context) -> Sequence[Text]:
    """Return how often a placebo is as large as the true effect, or the smallest p by date."""
    found = part.value
    if found.p_smallest is not None:
        return (
            text(
                "With the dates moved up to {count} {count:year|years} ahead and treated years left out, "
                "the smallest p-value of an effect is {p}.",
                count=str(len(found.draw)),
                p=ctx.number(found.p_smallest, 3),
            ),
        )
    if found.tails is None:
        return ()
    return (
        text(
            "Of {draws} placebo draws, a share of {p} is at least as large in absolute value as the "
            "observed estimate.",
            draws=str(len(found.draw)),
            p=ctx.number(found.tails.two_sided, 3),
        ),
    )


def caption(part: Part[Placebo], ctx: Context) -> Text:
    """Return how the placebo was made."""
    if part.value.by == "time":
        return text("Placebo estimates ({by}), with 95% intervals", by=BY[part.value.by])
    return text(
        "Placebo estimates ({by}); p is the share of draws at least as large in absolute value",
        by=BY[part.value.by],
    )


VIEW = View(figure=figure, sentences=sentences, caption=caption)
