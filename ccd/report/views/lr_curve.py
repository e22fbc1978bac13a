"""Shape ``lr_curve``: the likelihood ratio over the values of the threshold variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray
from ccd.report.figures import ACCENT, COLOURS, INK, RULE, SOFT, canvas
from ccd.report.views.base import Context, View
from ccd.results import Part
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The curve is shown up to this many times the critical value; what lies above is rejected anyhow.
TOP = 6


def listed(part: Part, key: str) -> list[float]:
    """Return a list of numbers among the facts."""
    values = part.facts.get(key, [])
    return [float(value) for value in values] if isinstance(values, list) else []


def figure(part: Part, ctx: Context) -> Figure | None:
    """Return the curve of the chosen model with the 5 % line, the set shaded run by run, other thresholds."""
    if not part.facts.get("chosen"):
        return None
    frame, critical = part.frame, float(str(part.facts["critical"]))
    drawn, axes = canvas(3.2)
    top = min(float(frame["lr"].max()) * 1.08, TOP * critical)
    top = max(top, 1.5 * critical)
    _shade(axes, part, top)
    for name, colour, width in (("lr_robust", COLOURS[6], 0.9), ("lr", COLOURS[0], 1.2)):
        axes.plot(*_broken(part, name), color=colour, linewidth=width, drawstyle="steps-post")
    axes.axhline(critical, color=ACCENT, linewidth=1.0, linestyle="--")
    for value in listed(part, "others"):
        axes.axvline(value, color=RULE, linewidth=1.0, linestyle=":")
    estimate = float(str(part.facts["estimate"]))
    axes.plot([estimate], [0], marker="v", color=ACCENT, markersize=6, clip_on=False, zorder=5)
    axes.set_ylim(0, top)
    low, high = float(frame["value"].min()), float(str(part.facts["until"]))
    axes.set_xlim(low, high)
    axes.annotate(
        ctx.say(text("5%: {value}", value=ctx.number(critical, 2))),
        (1, critical), xycoords=("axes fraction", "data"), xytext=(4, 0), textcoords="offset points",
        va="center", color=ACCENT, fontsize=8, annotation_clip=False,
    )  # fmt: skip
    axes.set_xlabel(ctx.say(ctx.measured(part.facts["column"])))
    axes.set_ylabel(ctx.say(text("Likelihood ratio")))
    _key(axes, ctx)
    return drawn


def _broken(part: Part, column: str) -> tuple[FloatArray, FloatArray]:
    """Return values and curve with a gap at every other threshold: next to it nothing is allowed."""
    value, curve = part.frame["value"].to_numpy(float), part.frame[column].to_numpy(float)
    others = np.array(listed(part, "others"))
    at = np.searchsorted(value, others)
    until = float(str(part.facts["until"]))  # the last value stands for all up to the next one
    value, curve = np.append(value, until), np.append(curve, curve[-1])
    return np.insert(value, at, others), np.insert(curve, at, np.nan)


def _shade(axes: Axes, part: Part, top: float) -> None:
    """Shade each run of the set, and draw it as a bar on the axis so that a single value is seen too."""
    for low, high in zip(listed(part, "low"), listed(part, "high"), strict=True):
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


def caption(part: Part, ctx: Context) -> Text:
    """Return which threshold of which column the curve belongs to."""
    runs = len(np.asarray(listed(part, "low")))
    return text(
        "Likelihood ratio of threshold {k} of {number} of {column}; values below the line are not rejected at 5% "
        "({runs} runs)",
        k=int(str(part.facts["threshold"])),
        number=int(str(part.facts["number"])),
        column=Name(str(part.facts["column"])),
        runs=runs,
    )


VIEW = View(figure=figure, caption=caption)
