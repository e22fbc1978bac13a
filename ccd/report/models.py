"""The one results table: any set of models side by side, focus terms first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ccd.report.table import BLANK, Bracket, Cell, Count, Estimated, Head, Number, Row, Table, Word
from ccd.report.views.base import Context
from ccd.results import Estimate, Results, ResultsTable
from ccd.words import Name, Text, text

#: The effects of a model that does not say which it has.
TWO_WAY = ("entity", "time")
YES, NO = text("yes"), text("no")
#: Fixed effect -> the row that says whether a model has it; facts ``effects`` lists a model's own.
EFFECTS: Mapping[str, Text] = {
    "entity": text("Region effects"),
    "time": text("Year effects"),
    "trends": text("Region trends"),
    "controls_by_year": text("Pre-period controls by year"),
}


def models_table(wanted: ResultsTable, results: Results, ctx: Context) -> Table:
    """Return the table of ``wanted.models``: heads, terms with brackets, controls, effects, sample facts.

    Options: ``groups`` (heads over equal neighbours) and ``show_controls`` (rows, or one yes row).
    """
    models = [(name, results.estimates[name]) for name in wanted.models]
    estimates = [estimate for _, estimate in models]
    shown, hidden = split_terms(estimates, show=bool(wanted.options.get("show_controls", True)))
    rows = [row for term in shown for row in term_rows(term, estimates)]
    if hidden:
        rows.append(yes_row(text("Controls"), [bool(set(controls(e)) & set(hidden)) for e in estimates]))
    rows += effect_rows(estimates)
    rows += fact_rows(estimates)
    title = text("{title}", title=wanted.title) if wanted.title else text("Estimates side by side")
    notes = (*ctx.style.notes(), *shared_notes(estimates))
    align = ("l", *("d" for _ in models))
    return Table(wanted.name, title, align, tuple(head_rows(wanted, models)), tuple(rows), notes)  # type: ignore[arg-type]


def controls(estimate: Estimate) -> tuple[str, ...]:
    """Return the terms of a model that are controls (facts ``controls``)."""
    listed: Any = estimate.facts.get("controls", ())
    return tuple(str(name) for name in listed)


def split_terms(estimates: Sequence[Estimate], *, show: bool) -> tuple[list[str], list[str]]:
    """Return the terms that get rows, focus terms first, and those that do not."""
    terms = dict.fromkeys(str(term) for estimate in estimates for term in estimate.terms["term"])
    held = {name for estimate in estimates for name in controls(estimate)}
    focus = [term for term in terms if term not in held]
    other = [term for term in terms if term in held]
    return (focus + other, []) if show else (focus, other)


def term_rows(term: str, estimates: Sequence[Estimate]) -> Iterable[Row]:
    """Yield the row of estimates of a term and the row of brackets under it."""
    above: list[Cell] = [Word(Name(term))]
    below: list[Cell] = [BLANK]
    for estimate in estimates:
        if term not in set(estimate.terms["term"]):
            above.append(BLANK)
            below.append(BLANK)
            continue
        row = estimate.term(term)
        above.append(Estimated(row["estimate"], row["p_value"]))
        inside = ("std_error", "statistic", "p_value", "conf_low", "conf_high")
        below.append(Bracket(*(row[key] for key in inside)))
    yield Row(tuple(above))
    yield Row(tuple(below))


def yes_row(words: Text, flags: Sequence[bool], *, rule: bool = False) -> Row:
    """Return a row of yes and no."""
    return Row((Word(words), *(Word(YES if flag else NO) for flag in flags)), rule)


def effect_rows(estimates: Sequence[Estimate]) -> list[Row]:
    """Return one yes row for each fixed effect that a model has; two-way where a model does not say."""
    own: list[Any] = [estimate.facts.get("effects", TWO_WAY) for estimate in estimates]
    listed = list(dict.fromkeys(name for effects in own for name in effects))
    rows: list[Row] = []
    for name in listed:
        words = EFFECTS.get(name, text("{name} effects", name=Name(name)))
        rows.append(yes_row(words, [name in effects for effects in own], rule=not rows))
    return rows


def fact_rows(estimates: Sequence[Estimate]) -> list[Row]:
    """Return observations, regions, within R2 and the outcome's mean, each where a model has it."""
    wanted: list[tuple[Text, str, bool]] = [
        (text("Observations"), "nobs", True),
        (text("Regions"), "entities", True),
        (text("Within R²"), "r2_within", False),
        (text("Mean of the outcome"), "outcome_mean", False),
        *((text("Threshold {name}", name=name), name, False) for name in ("g1", "g2", "g3")),
    ]
    rows: list[Row] = []
    for words, key, whole in wanted:
        values: list[Any] = [estimate.facts.get(key) for estimate in estimates]
        if any(value is not None for value in values):
            digits = None if key in ("g1", "g2", "g3") else 3
            cells = (_fact(value, whole=whole, digits=digits) for value in values)
            rows.append(Row((Word(words), *cells), rule=not rows))
    return rows


def _fact(value: Any, *, whole: bool, digits: int | None = 3) -> Cell:
    if value is None:
        return BLANK
    return Count(int(value)) if whole else Number(float(value), digits)


def head_rows(wanted: ResultsTable, models: Sequence[tuple[str, Estimate]]) -> Iterable[tuple[Head, ...]]:
    """Yield the heads: groups, column numbers, then headings (the study's, or outcome and model)."""
    groups: Any = wanted.options.get("groups") or ()
    if groups:
        yield joined([str(group) for group in groups])
    yield (Head(BLANK), *(Head(Word(f"({k})")) for k in range(1, len(models) + 1)))
    if wanted.headings:
        yield joined(list(wanted.headings))
        return
    yield joined([Name(estimate.outcome) for _, estimate in models])
    yield joined([Name(name) for name, _ in models])


def joined(words: Sequence[str]) -> tuple[Head, ...]:
    """Return a head row that joins equal neighbours, after an empty first column."""
    return (Head(BLANK), *(Head(Word(word), len(list(same))) for word, same in groupby(words)))


def shared_notes(estimates: Sequence[Estimate]) -> tuple[Text, ...]:
    """Return every note of the models once, with the columns it belongs to unless it is all of them."""
    found: dict[Text, list[int]] = {}
    for k, estimate in enumerate(estimates, start=1):
        for note in dict.fromkeys(estimate.notes):
            found.setdefault(note, []).append(k)
    return tuple(
        note
        if len(columns) == len(estimates)
        else text("Column {columns}: {note}", columns=tuple(f"({k})" for k in columns), note=note)
        for note, columns in found.items()
    )
