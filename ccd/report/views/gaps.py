"""Shape ``gaps``: Gini and dominance between groups."""

from __future__ import annotations

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Gaps, Part
from ccd.words import Name, Text, text


def table(part: Part[Gaps], ctx: Context) -> Table:
    """Return one row a year and the Gini between each pair of groups."""
    found = part.value
    pairs = list(dict.fromkeys(zip(found.group, found.other, strict=True)))
    columns = [Column(text("Year"), np.unique(found.time), "count")]
    for one, other in pairs:
        own = [pair == (one, other) for pair in zip(found.group, found.other, strict=True)]
        heading = text("{first} and {second}", first=Name(one), second=Name(other))
        columns.append(Column(heading, found.gini[own], "number"))
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Gaps], ctx: Context) -> Text:
    """Return what is shown."""
    return text("Gini of {variable} between groups", variable=Name(part.value.variable))


VIEW = View(table, caption=caption)
