"""Shape ``propensity``: the coefficients of the propensity score."""

from __future__ import annotations

from ccd.report.table import Table
from ccd.report.views.base import Context, FrameColumn, View, frame_table
from ccd.results import Part
from ccd.words import text


def table(part: Part, ctx: Context) -> Table:
    """Return term, coefficient with stars, standard error, z and p; the note has pseudo-R2 and LR chi2."""
    columns = {
        "term": FrameColumn(text("Term"), "name"),
        "estimate": FrameColumn(text("Estimate"), "estimate"),
        "std_error": FrameColumn(text("Std. error"), "number"),
        "statistic": FrameColumn(text("Statistic"), "number", 2),
        "p_value": FrameColumn(text("p-value"), "p"),
    }
    r2, chi2, p = (float(part.facts[key]) for key in ("pseudo_r2", "chi2", "p_value"))  # type: ignore[arg-type]
    note = text(
        "{link} by maximum likelihood; pseudo-R2 {r2}, LR chi2 {chi2} (p {p})",
        link=str(part.facts["link"]).capitalize(),
        r2=ctx.number(r2, 3),
        chi2=ctx.number(chi2, 2),
        p=ctx.p_value(p),
    )
    notes = (*part.notes, note, *ctx.style.star_notes())
    return frame_table(part.name, text("Propensity score"), part.frame, columns, notes)


VIEW = View(table)
