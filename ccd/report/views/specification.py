"""Shapes ``tests`` and ``first_stage`` of panel regressions."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import FirstStage, Part, SpecificationTests
from ccd.words import Text, names, text


def table(part: Part[SpecificationTests], ctx: Context) -> Table:
    """Return one row a test."""
    tests = part.value
    columns = (
        Column(text("Test"), tests.label),
        Column(text("Test statistic"), tests.statistic, "number", 3),
        Column(text("Degrees of freedom"), tests.df, "count"),
        Column(text("p-value"), tests.p_value, "p"),
    )
    return tabulate(part.name, text("Specification tests"), columns, part.notes)


def first_stage(part: Part[FirstStage], ctx: Context) -> Table:
    """Return the first-stage coefficients."""
    terms = part.value.terms
    columns = (
        Column(text("Endogenous"), names(part.value.endogenous)),
        Column(text("Instrumental variable"), [term.words for term in terms.term]),
        Column(text("Estimate"), terms.estimate, "estimate"),
        Column(text("Std. error"), terms.std_error, "number"),
        Column(text("p-value"), terms.p_value, "p"),
    )
    notes = (*part.notes, *ctx.style.star_notes())
    return tabulate(part.name, text("First stage"), columns, notes, p_value=terms.starred)


def sentences(part: Part[SpecificationTests], ctx: Context) -> Sequence[Text]:
    """Return which model the tests leave standing."""
    return [] if part.value.verdict is None else [part.value.verdict]


VIEW = View(table, sentences=sentences)
FIRST_STAGE = View(first_stage)
