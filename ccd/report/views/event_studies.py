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

#: Panels in a row.
COLUMNS = 3


def figure(part: Part[EventStudies], ctx: Context) -> Figure:
    """Return one panel an estimator on one scale: effects by event time with 95 % intervals."""
    found = part.value
    labels = list(dict.fromkeys(found.label))
    columns = min(COLUMNS, len(labels))
    rows = -(-len(labels) // columns)
    drawn, grid = canvas(
        0.5 + 1.75 * rows, rows=rows, columns=columns, squeeze=False, sharex=True, sharey=True
    )
    times = np.arange(int(found.event_time.min()), int(found.event_time.max()) + 1)
    step = -(-len(times) // 8)
    for k, axes in enumerate(grid.flat):
        if k >= len(labels):
            axes.set_axis_off()
            continue
        own = [j for j, one in enumerate(found.label) if one == labels[k]]
        zero_line(axes)
        axes.axvline(-0.5, color=RULE, linewidth=0.8, linestyle=":")
        interval_plot(
            axes, found.event_time[own], found.estimate[own], found.conf_low[own], found.conf_high[own]
        )
        axes.set_title(ctx.say(labels[k]), fontsize=7.2)
        axes.set_xticks(times[-int(times[0]) % step :: step])
        axes.tick_params(labelbottom=k + columns >= len(labels))
    drawn.supxlabel(ctx.say(text("Years since first treated")), fontsize=9)
    outcome = text("Effect on {outcome}", outcome=ctx.measured(found.outcome))
    drawn.supylabel(ctx.say(outcome), fontsize=9)
    return drawn


def caption(part: Part[EventStudies], ctx: Context) -> Text:
    """Return what the figure shows."""
    return text("Event studies by estimator, with 95% intervals")


VIEW = View(figure=figure, caption=caption)
