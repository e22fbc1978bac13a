"""Shape ``mediation``: what runs through each channel if the errors of channel and outcome correlate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.report.figures import COLOURS, canvas, zero_line
from ccd.report.views.base import Context, View
from ccd.results import Mediation, Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Channels that stand beside each other in a row.
ABREAST = 3


def figure(part: Part[Mediation], ctx: Context) -> Figure:
    """Return the curve of each channel over rho with its 95 % band, a cross where it is zero."""
    found = part.value
    channels = tuple(dict.fromkeys(found.channel))
    columns = min(ABREAST, len(channels))
    rows = -(-len(channels) // columns)
    drawn, axes = canvas(
        0.6 + 2.4 * rows, 5.2 if columns == 1 else 7.4, rows, columns, squeeze=False, sharex=True
    )
    of = np.array(found.channel)
    for k, plot in enumerate(axes.ravel()):
        if k >= len(channels):
            plot.set_axis_off()
            continue
        own = of == channels[k]
        rho = found.rho[own]
        zero_line(plot)
        plot.axvline(0, color="0.75", linewidth=0.8, linestyle=":", zorder=0)
        plot.fill_between(
            rho, found.conf_low[own], found.conf_high[own], color=COLOURS[0], alpha=0.18, linewidth=0
        )
        plot.plot(rho, found.acme[own], color=COLOURS[0])
        if rho[0] <= found.zero[k] <= rho[-1]:
            plot.plot(found.zero[k], 0, marker="o", color=COLOURS[1], linestyle="none", zorder=5)
        plot.set_title(ctx.say(Name(channels[k])))
        if k % columns == 0:
            plot.set_ylabel(ctx.say(text("Indirect effect")))
        if k >= len(channels) - columns:
            plot.set_xlabel(ctx.say(text("Correlation of the errors")))
    return drawn


def caption(part: Part[Mediation], ctx: Context) -> Text:
    """Return what curve, band and point show."""
    return text(
        "What runs through the channel if the errors of channel and outcome correlate, with 95% intervals; the point "
        "marks where nothing does"
    )


VIEW = View(figure=figure, caption=caption)
