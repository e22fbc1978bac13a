"""Shape ``event_studies``: the event studies of several estimators in one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import RULE, canvas, interval_plot, zero_line
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: How far apart the estimators of one event time stand, together.
SPREAD = 0.7


def figure(part: Part, ctx: Context) -> Figure:
    """Return effects with 95 % intervals, the estimators next to each other at every event time."""
    drawn, axes = canvas(4.2)
    zero_line(axes)
    axes.axvline(-0.5, color=RULE, linewidth=0.8, linestyle=":")
    labels = list(dict.fromkeys(part.frame["label"]))
    for order, label in enumerate(labels):
        rows = part.frame[[one == label for one in part.frame["label"]]]
        interval_plot(
            axes,
            rows["event_time"],
            rows["estimate"],
            rows["conf_low"],
            rows["conf_high"],
            order=order,
            label=ctx.say(label),
            shift=SPREAD * (order / max(len(labels) - 1, 1) - 0.5),
        )
    times = part.frame["event_time"]
    axes.set_xticks(np.arange(int(times.min()), int(times.max()) + 1))
    axes.set_xlabel(ctx.say(text("Years since first treated")))
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(part.facts["outcome"]))))
    drawn.legend(loc="outside upper center", ncols=3)
    return drawn


def caption(part: Part, ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Event studies by estimator, with 95% intervals")


VIEW = View(figure=figure, caption=caption)
