"""Shape ``dependence``: tests that the regions of a panel move independently."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Dependence, Part
from ccd.words import Name, Text, text

TESTS: Mapping[str, Text] = {
    "CD": text("CD"),
    "LM": text("LM"),
    "scaled LM": text("Scaled LM"),
    "mean |r|": text("Mean |r|"),
}
EFFECTS: Mapping[str, Text] = {"none": text("as it is"), "both": text("region and year")}


def table(part: Part[Dependence], ctx: Context) -> Table:
    """Return one row a variable and test."""
    found = part.value
    columns = (
        Column(text("Variable"), [_of(found, j) for j in range(len(found.variable))]),
        Column(text("Effects taken out"), [EFFECTS[one] for one in found.effects]),
        Column(text("Test"), [TESTS[one] for one in found.test]),
        Column(text("Test statistic"), found.statistic, "number", 3),
        Column(text("p-value"), found.p_value, "p"),
        Column(text("Mean |r|"), found.mean_abs, "number", 3),
    )
    note = text(
        "Null: regions move independently. CD and scaled LM of Pesaran (2004) against the normal, LM of Breusch and "
        "Pagan (1980) against chi-squared, which suits many years and few regions. After year effects CD is about "
        "-sqrt(T/2) whatever the data, so there the mean |r| is set against 999 panels of independent regions with "
        "the same autocorrelation"
    )
    return tabulate(part.name, text("Dependence between regions"), columns, (*part.notes, note))


def _of(found: Dependence, row: int) -> Text | Name:
    """Return what a row is about: a variable, or the residuals of a model of it."""
    name = Name(found.variable[row])
    return text("residuals of {outcome}", outcome=name) if found.residuals else name


def sentences(part: Part[Dependence], ctx: Context) -> Sequence[Text]:
    """Return what is left of dependence after region and year effects."""
    found = part.value
    return [
        text(
            "After region and year effects two regions correlate by {mean} in absolute value on average in "
            "{variable} (p {p} against independent regions).",
            mean=ctx.number(float(found.mean_abs[j]), 2),
            variable=_of(found, j),
            p=ctx.p_value(float(found.p_value[j])),
        )
        for j, effects in enumerate(found.effects)
        if effects == "both"
    ]


VIEW = View(table, None, sentences)
