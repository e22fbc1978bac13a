"""Shape ``group_means``: variables in two groups of regions, with tests and standardised differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.report.table import Align, Cell, Number, PValue, Row, Table, Word, decimals, heads
from ccd.report.views.base import Context, View
from ccd.results import GroupMeans, Part
from ccd.words import Name, Text, text


def table(part: Part[GroupMeans], ctx: Context) -> Table:
    """Return one row a variable and pair of groups; the names of two groups alone head their columns."""
    found = part.value
    pairs = dict.fromkeys(zip(found.first, found.second, strict=True))
    alone = len(pairs) == 1
    words: list[Text | Name | str] = [text("Variable")]
    words += list(next(iter(pairs))) if alone else [text("Groups"), text("First group"), text("Second group")]
    words += [text("Difference"), text("t"), text("p-value"), text("Rank test p"), text("Std. difference")]
    rows = []
    for j, variable in enumerate(found.variable):
        means = [float(found.mean_first[j]), float(found.mean_second[j])]
        digits = decimals(means)
        new = not j or found.variable[j - 1] != variable
        cells: list[Cell] = [Word(Name(variable) if new else "")]
        if not alone:
            cells.append(Word(text("{first} - {second}", first=found.first[j], second=found.second[j])))
        cells += [Number(mean, digits) for mean in means]
        cells += [Number(float(found.difference[j]), digits), Number(float(found.statistic[j]), 2)]
        cells += [PValue(float(found.p_value[j])), PValue(float(found.p_rank[j]))]
        cells.append(Number(float(found.std_diff[j]), 2))
        rows.append(Row(tuple(cells), rule=bool(j) and new and not alone))
    align: tuple[Align, ...] = ("l", *(() if alone else ("l",)), *("d",) * 7)
    notes = (*part.notes, *about(found))
    title = text("Means by {column}", column=Name(found.by))
    return Table(part.name, title, align, (heads(words),), tuple(rows), notes)


def about(found: GroupMeans) -> tuple[Text, ...]:
    """Return what is counted and how it is tested."""
    how = text(
        "Welch's t, the rank test of Mann, Whitney and Wilcoxon, and the difference in units of "
        "sqrt((s1^2 + s2^2)/2)"
    )
    if found.unit == "region":
        return text("Each region counts once, by its mean over the years"), how
    return text("Region-years count as if independent"), how


def sentences(part: Part[GroupMeans], ctx: Context) -> Sequence[Text]:
    """Return the variables whose groups are far apart."""
    found = part.value
    with np.errstate(invalid="ignore"):
        apart = np.abs(found.std_diff) > 0.25
    listed = tuple(dict.fromkeys(Name(name) for name, far in zip(found.variable, apart, strict=True) if far))
    if not listed:
        return (text("No variable differs between the groups of {column} by more than 0.25 standard deviations.",
                     column=Name(found.by)),)  # fmt: skip
    return (
        text(
            "The groups of {column} differ by more than 0.25 standard deviations in {variables}.",
            column=Name(found.by),
            variables=listed,
        ),
    )


VIEW = View(table, None, sentences)
