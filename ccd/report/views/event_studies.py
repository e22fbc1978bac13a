"""Shape ``event_studies``: the event studies of several estimators in one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import RULE, canvas, interval_plot, zero_line
from ccd.report.views.base import Context, View
from ccd.results import EventStudies, Part
from ccd.words import Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: How far apart the estimators of one event time stand, together.
SPREAD = 0.7


def figure(part: Part[EventStudies], ctx: Context) -> Figure:
    """Return effects with 95 % intervals, the estimators next to each other at every event time."""
    drawn, axes = canvas(4.2)
    zero_line(axes)
    axes.axvline(-0.5, color=RULE, linewidth=0.8, linestyle=":")
    found = part.value
    labels = list(dict.fromkeys(found.label))
    for order, label in enumerate(labels):
        rows = [j for j, one in enumerate(found.label) if one == label]
        interval_plot(
            axes,
            found.event_time[rows],
            found.estimate[rows],
            found.conf_low[rows],
            found.conf_high[rows],
            order=order,
            label=ctx.say(label),
            shift=SPREAD * (order / max(len(labels) - 1, 1) - 0.5),
        )
    times = found.event_time
    axes.set_xticks(np.arange(int(times.min()), int(times.max()) + 1))
    axes.set_xlabel(ctx.say(text("Years since first treated")))
    axes.set_ylabel(ctx.say(text("Effect on {outcome}", outcome=ctx.measured(found.outcome))))
    drawn.legend(loc="outside upper center", ncols=3)
    return drawn


def caption(part: Part[EventStudies], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Event studies by estimator, with 95% intervals")


VIEW = View(figure=figure, caption=caption)
