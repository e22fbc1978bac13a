"""Shape ``scores``: the subsystem indices of three subsystems, as shares in a triangle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray
from ccd.report.figures import COLOURS, RULE, canvas
from ccd.report.marks import mark_points
from ccd.report.views.base import Context, View
from ccd.results import Part, Scores
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = float(np.sqrt(3) / 2)
#: Corners of the triangle: first subsystem left, second right, third above.
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, HEIGHT]])
#: More regions than this stand without the line from one year to the other.
LINES = 60


def figure(part: Part[Scores], ctx: Context) -> Figure | None:
    """Return each region's point in the first (open) and last year (filled); None but for three subsystems.

    A point's nearness to a corner is that subsystem's share in the sum of the three indices.
    """
    found = part.value
    if len(found.scores) != 3:
        return None
    years = [int(found.year.min()), int(found.year.max())]
    drawn, axes = canvas(5.2, width=5.6)
    _triangle(axes, [ctx.say(Name(name)) for name in found.scores])
    u = np.column_stack(list(found.scores.values()))
    rows = [{found.entity[k]: k for k in np.flatnonzero(found.year == year)} for year in years]
    both = [name for name in rows[0] if name in rows[1]]
    points = [place(u[[own[name] for name in both]]) for own in rows]
    for point in points:
        mark_points(axes, both, point)
    if len(points[0]) <= LINES:
        lines = np.stack(points, axis=1)
        axes.plot(*lines.transpose(2, 1, 0), color=RULE, linewidth=0.6, zorder=1)
    axes.plot(*points[0].T, "o", markerfacecolor="white", markeredgecolor=COLOURS[0], label=str(years[0]))
    axes.plot(*points[1].T, "o", color=COLOURS[0], label=str(years[1]))
    axes.legend(loc="upper left")
    return drawn


def place(u: FloatArray) -> FloatArray:
    """Return the points (m, 2) in the triangle of non-negative indices u (m, 3); nan where all are zero."""
    total = u.sum(axis=1, keepdims=True)
    share = np.divide(u, total, out=np.full_like(u, np.nan), where=total > 0)
    return np.asarray(share @ CORNERS)


def _triangle(axes: Axes, names: list[str]) -> None:
    for step in (0.2, 0.4, 0.6, 0.8):
        for k in range(3):
            low, high = CORNERS[k], CORNERS[(k + 1) % 3]
            apex = CORNERS[(k + 2) % 3]
            ends = np.array([low + step * (apex - low), high + step * (apex - high)])
            axes.plot(*ends.T, color="#e3e6ea", linewidth=0.6, zorder=0)
            x, y = ends[1]
            axes.annotate(f"{step:g}", (x, y), xytext=_outward(k), textcoords="offset points",
                          ha="center", va="center", fontsize=6.5, color=RULE)  # fmt: skip
    axes.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color=RULE, linewidth=0.8, zorder=0)
    for (x, y), name, (dx, dy) in zip(CORNERS, names, ((-4, -12), (4, -12), (0, 8)), strict=True):
        axes.annotate(name, (x, y), xytext=(dx, dy), textcoords="offset points", ha="center",
                      va="center", weight="bold")  # fmt: skip
    axes.set_aspect("equal")
    axes.set_axis_off()


def _outward(k: int) -> tuple[float, float]:
    """Return where the number of a grid line stands, seen from its end on the triangle's side."""
    return ((9.0, 2.0), (-9.0, 3.0), (0.0, -7.0))[k]


def caption(part: Part[Scores], ctx: Context) -> Text:
    """Return what a point means."""
    return text("Shares of the subsystems in the sum of their indices")


VIEW = View(figure=figure, caption=caption)
