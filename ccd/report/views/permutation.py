"""Shape ``permutation``: t-statistics under cohorts dealt to other regions, against the true one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.report.figures import COLOURS, SOFT, canvas, density_plot
from ccd.report.views.base import Context, View
from ccd.results import Part, Permutation
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(part: Part[Permutation], ctx: Context) -> Figure:
    """Return the distribution of t with the true one marked and the critical values dotted."""
    found = part.value
    drawn, axes = canvas()
    axes.hist(found.known, bins=40, density=True, color=SOFT, edgecolor="white", linewidth=0.4)
    density_plot(axes, {}, {ctx.say(text("observed t")): found.observed})
    words = text("t-statistic under permuted cohorts")
    if found.critical is not None:
        words = text("t-statistic under permuted cohorts (dotted: 5% critical values)")
        for side in (-1, 1):
            axes.axvline(side * found.critical, color=COLOURS[0], linewidth=0.8, linestyle=":")
    axes.set_xlabel(ctx.say(words))
    axes.set_ylabel(ctx.say(text("Density")))
    return drawn


def sentences(part: Part[Permutation], ctx: Context) -> Sequence[Text]:
    """Return what the permutation says, and whether it is the headline p-value."""
    found, estimate = part.value, ctx.estimate
    values = {
        "draws": str(found.draws),
        "p": ctx.p_value(found.p_value),
        "statistic": ctx.number(found.observed, 2),
    }
    if found.critical is not None and found.observed_estimate is None:
        dealt = text(
            "When the same cohorts are dealt to regions at random ({draws} times), |t| exceeds "
            "{critical} in 5% of the deals; the observed t is {statistic} (p {p}).",
            critical=ctx.number(found.critical, 2),
            **values,
        )
    else:
        dealt = text(
            "The same start years are dealt to regions at random ({draws} times); the observed t is "
            "{statistic} (p {p}).",
            **values,
        )
    said = [dealt]
    if estimate is not None and estimate.headline_p == "permutation":
        said.append(
            text(
                "The p-value of {policy} and its interval are this test's: with few treated regions the "
                "analytic ones are too narrow.",
                policy=estimate.headline.words,
            )
        )
    return tuple(said)


def caption(part: Part[Permutation], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Permutation of the cohorts over regions: distribution of t")


VIEW = View(figure=figure, sentences=sentences, caption=caption)
