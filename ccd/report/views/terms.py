"""Shape ``terms``: every coefficient of one model."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, interval_heads, tabulate, unstarred
from ccd.results import Part, Terms
from ccd.words import Name, text


def table(part: Part[Terms], ctx: Context) -> Table:
    """Return term, estimate with stars, standard error, statistic, p-value and interval."""
    terms = part.value
    low, high = interval_heads(terms.level)
    columns = (
        Column(text("Term"), [term.words for term in terms.term]),
        Column(text("Estimate"), terms.estimate, "estimate"),
        Column(text("Std. error"), terms.std_error, "number"),
        Column(text("Statistic"), terms.statistic, "number", 2),
        Column(text("p-value"), terms.p_value, "p"),
        Column(low, terms.conf_low, "number"),
        Column(high, terms.conf_high, "number"),
    )
    title = text("Estimates of model {model}", model=Name(ctx.model or part.name))
    if part.name == "coefficients":
        title = text("Coefficients of model {model}", model=Name(ctx.model))
    notes = (*part.notes, *unstarred(terms.p_value, terms.starred))
    return tabulate(part.name, title, columns, notes, p_value=terms.starred)


VIEW = View(table=table)
