"""Shape ``obstacles``: which indicators hold coordination back, by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.report.figures import canvas, heat_map
from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table, some
from ccd.results import Part
from ccd.words import Name, text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

YEARS = 6


def _wide(part: Part) -> pd.DataFrame:
    time = str(part.frame.columns[0])
    wide = part.frame.pivot(index="indicator", columns=time, values="degree")
    return wide.loc[list(dict.fromkeys(part.frame["indicator"]))]


def table(part: Part, ctx: Context) -> Table:
    """Return mean obstacle degrees, one row an indicator and one column a year (at most YEARS of them)."""
    wide = _wide(part)
    columns = {"indicator": FrameColumn(text("Indicator"), "name")}
    columns |= {year: FrameColumn(str(year), "number", 3) for year in some(list(wide.columns), YEARS)}
    return frame_table(part.name, text("Mean obstacle degrees"), wide.reset_index(), columns, part.notes)


def figure(part: Part, ctx: Context) -> Figure:
    """Return a heat map, indicator x year."""
    wide = _wide(part)
    drawn, axes = canvas(0.9 + 0.22 * len(wide))
    rows = [ctx.say(Name(name)) for name in wide.index]
    years = [str(year) for year in wide.columns]
    heat_map(axes, wide, rows, years, label=ctx.say(text("Obstacle degree")), most=7)
    return drawn


VIEW = View(table, figure)
