"""Shape ``modes``: Silverman's test by year."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Modes, Part
from ccd.words import Name, Text, text

#: Below it one mode is rejected.
LEVEL = 0.05


def table(part: Part[Modes], ctx: Context) -> Table:
    """Return one row a year: critical bandwidth and p-value of each number of modes."""
    found = part.value
    columns = [Column(text("Year"), np.unique(found.time), "count")]
    for k in np.unique(found.k):
        own = found.k == k
        columns.append(Column(text("Bandwidth, k = {k}", k=int(k)), found.bandwidth[own], "number"))
        columns.append(Column(text("p-value, k = {k}", k=int(k)), found.p_value[own], "p"))
    return tabulate(part.name, caption(part, ctx), columns, part.notes)


def caption(part: Part[Modes], ctx: Context) -> Text:
    """Return what is tested."""
    return text("Number of modes of {variable}", variable=Name(part.value.variable))


def sentences(part: Part[Modes], ctx: Context) -> Sequence[Text]:
    """Return in which years more than one mode is found: only then is the distribution called polarised."""
    found = part.value
    years = tuple(str(year) for year in found.time[(found.k == 1) & (found.p_value < LEVEL)])
    variable = Name(found.variable)
    if not years:
        return (
            text("In no year is one mode of {variable} rejected: it is not polarised.", variable=variable),
        )
    return (
        text("{variable} is polarised (one mode rejected at 5%) in {years}.", variable=variable, years=years),
    )


VIEW = View(table, None, sentences, caption)
