"""Shape ``lr_curve``: the likelihood ratio over the values of the threshold variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray
from ccd.report.figures import ACCENT, COLOURS, INK, RULE, SOFT, canvas
from ccd.report.views.base import Context, View
from ccd.results import LrCurve, Part
from ccd.words import Figure, Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawn

#: The curve is shown up to this many times the critical value; what lies above is rejected anyhow.
TOP = 6


def figure(part: Part[LrCurve], ctx: Context) -> Drawn | None:
    """Return the curve of the chosen model with the 5 % line, the set shaded run by run, other thresholds."""
    curve = part.value
    if not curve.chosen:
        return None
    drawn, axes = canvas(3.2)
    top = min(float(curve.lr.max()) * 1.08, TOP * curve.critical)
    top = max(top, 1.5 * curve.critical)
    _shade(axes, curve, top)
    for ratio, colour, width in ((curve.lr_robust, COLOURS[6], 0.9), (curve.lr, COLOURS[0], 1.2)):
        axes.plot(*_broken(curve, ratio), color=colour, linewidth=width, drawstyle="steps-post")
    axes.axhline(curve.critical, color=ACCENT, linewidth=1.0, linestyle="--")
    for value in curve.others:
        axes.axvline(value, color=RULE, linewidth=1.0, linestyle=":")
    axes.plot([curve.estimate], [0], marker="v", color=ACCENT, markersize=6, clip_on=False, zorder=5)
    axes.set_ylim(0, top)
    axes.set_xlim(float(curve.value.min()), curve.until)
    axes.annotate(
        ctx.say(text("5%: {value}", value=Figure(curve.critical, 2))),
        (1, curve.critical), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
        va="center", color=ACCENT, fontsize=8, annotation_clip=False,
    )  # fmt: skip
    axes.set_xlabel(ctx.say(ctx.measured(curve.column)))
    axes.set_ylabel(ctx.say(text("Likelihood ratio")))
    _key(axes, ctx)
    return drawn


def _broken(curve: LrCurve, ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return values and ``ratio`` with a gap at every other threshold: next to it nothing is allowed."""
    others = np.array(curve.others)
    at = np.searchsorted(curve.value, others)
    value, ratio = np.append(curve.value, curve.until), np.append(ratio, ratio[-1])
    return np.insert(value, at, others), np.insert(ratio, at, np.nan)


def _shade(axes: Axes, curve: LrCurve, top: float) -> None:
    """Shade each run of the set, and draw it as a bar on the axis so that a single value is seen too."""
    for low, high in zip(curve.low, curve.high, strict=True):
        axes.axvspan(low, high, facecolor=SOFT, edgecolor=SOFT, linewidth=1.0, zorder=0)
        axes.plot(
            [low, high], [top * 0.012] * 2, color=INK, linewidth=2.4, solid_capstyle="projecting", zorder=4
        )


def _key(axes: Axes, ctx: Context) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], color=COLOURS[0], linewidth=1.2, label=ctx.say(text("LR"))),
        Line2D([], [], color=COLOURS[6], linewidth=0.9, label=ctx.say(text("robust LR"))),
        Patch(facecolor=SOFT, label=ctx.say(text("95% set"))),
        Line2D([], [], color=ACCENT, marker="v", linestyle="", label=ctx.say(text("Estimate"))),
    ]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2, handlelength=1.6
    )


def caption(part: Part[LrCurve], ctx: Context) -> Text:
    """Return which threshold of which column the curve belongs to."""
    curve = part.value
    return text(
        "Likelihood ratio of threshold {k} of {number} of {column}; values below the line are not rejected at 5% "
        "({runs} runs)",
        k=curve.threshold,
        number=curve.number,
        column=Name(curve.column),
        runs=len(curve.low),
    )


VIEW = View(figure=figure, caption=caption)
