"""Shape ``propensity``: the coefficients of the propensity score."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Propensity
from ccd.words import text


def table(part: Part[Propensity], ctx: Context) -> Table:
    """Return term, coefficient with stars, standard error, z and p; the note has pseudo-R2 and LR chi2."""
    score, terms = part.value, part.value.terms
    columns = (
        Column(text("Term"), [term.words for term in terms.term]),
        Column(text("Estimate"), terms.estimate, "estimate"),
        Column(text("Std. error"), terms.std_error, "number"),
        Column(text("Statistic"), terms.statistic, "number", 2),
        Column(text("p-value"), terms.p_value, "p"),
    )
    note = text(
        "{link} by maximum likelihood; pseudo-R2 {r2}, LR chi2 {chi2} (p {p})",
        link=score.link.capitalize(),
        r2=ctx.number(score.pseudo_r2, 3),
        chi2=ctx.number(score.chi2, 2),
        p=ctx.p_value(score.p_value),
    )
    notes = (*part.notes, note, *ctx.style.star_notes())
    return tabulate(part.name, text("Propensity score"), columns, notes, p_value=terms.starred)


VIEW = View(table)
