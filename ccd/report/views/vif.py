"""Shape ``vif``: variance inflation and condition number, raw and after the fixed effects."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Number, Row, Table, Word
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Collinearity, Part
from ccd.words import Name, Text, text


def table(part: Part[Collinearity], ctx: Context) -> Table:
    """Return one row a column, the mean, and the condition number."""
    found = part.value
    columns = (
        Column(text("Variable"), [Name(name) for name in found.variable]),
        Column(text("VIF"), found.raw, "number", 2),
        Column(text("VIF after region and year effects"), found.within, "number", 2),
    )
    note = text(
        "Region-years: {count}; condition number of columns scaled to length one, raw with the constant (Belsley, Kuh "
        "and Welsch 1980)",
        count=found.nobs,
    )
    made = tabulate(part.name, text("Collinearity of the regressors"), columns, (*part.notes, note))
    last = (
        (
            text("Mean"),
            float(np.mean(found.raw)),
            float(np.nanmean(found.within)) if known(found) else np.nan,
        ),
        (text("Condition number"), found.condition_raw, found.condition_within),
    )
    more = tuple(
        Row((Word(word), Number(raw, 2), Number(within, 2)), rule=not j)
        for j, (word, raw, within) in enumerate(last)
    )
    return Table(made.name, made.title, made.align, made.head, (*made.rows, *more), made.notes)


def known(found: Collinearity) -> bool:
    """Tell whether any column has something of its own after the effects."""
    return bool(np.isfinite(found.within).any())


def sentences(part: Part[Collinearity], ctx: Context) -> Sequence[Text]:
    """Return the largest factor before and after the effects."""
    found = part.value
    if not known(found):
        return ()
    return (
        text(
            "The largest variance inflation is {raw} raw and {within} after region and year effects.",
            raw=ctx.number(float(found.raw.max()), 2),
            within=ctx.number(float(np.nanmax(found.within)), 2),
        ),
    )


VIEW = View(table, None, sentences)
