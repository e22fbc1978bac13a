"""The one results table: any set of models side by side, focus terms first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from ccd.report.style import MISSING
from ccd.report.table import BLANK, Align, Bracket, Cell, Count, Estimated, Head, Number, Row, Table, Word
from ccd.report.views.base import Context, errors_of, unstarred
from ccd.results import Estimate, Failure, Results, ResultsTable, Term, Thresholds
from ccd.words import Name, Text, crossed, text

#: What stands in the column of a model that could not be estimated.
DASH = Word(MISSING)
YES, NO = text("yes"), text("no")
#: More models than this stand one a row, where they share their term.
MOST = 8
#: Fixed effect -> the row that says whether a model has it; ``Estimate.effects`` lists a model's own.
EFFECTS: Mapping[str, Text] = {
    "entity": text("Region effects"),
    "time": text("Year effects"),
    "cohort": text("Cohort effects"),
    "event_time": text("Event-time effects"),
    "trends": text("Region trends"),
    "controls_by_year": text("Pre-period controls by year"),
}


def models_table(wanted: ResultsTable, results: Results, ctx: Context) -> Table:
    """Return the table of ``wanted.models``: heads, terms with brackets, controls, effects, sample facts.

    Options: ``groups`` (heads over equal neighbours) and ``show_controls`` (rows, or one yes row).
    """
    models = [(name, results.estimates.get(name) or results.failures[name]) for name in wanted.models]
    if len(models) > MOST and (tall := by_row(wanted, models, ctx)) is not None:
        return tall
    columns = [one if isinstance(one, Estimate) else None for _, one in models]
    estimates = [estimate for estimate in columns if estimate is not None]
    shown, hidden = split_terms(estimates, show=bool(wanted.options.get("show_controls", True)))
    rows = [row for term in shown for row in term_rows(term, columns)]
    if hidden:
        held = [None if e is None else any(t.name in e.controls for t in hidden) for e in columns]
        rows.append(yes_row(text("Controls"), held))
    rows += effect_rows(columns)
    rows += fact_rows(columns)
    if not rows:
        rows.append(Row((Word(text("Estimate")), *(DASH for _ in models))))
    title = text("{title}", title=wanted.title) if wanted.title else text("Estimates side by side")
    failed = (one.note for _, one in models if isinstance(one, Failure))
    split = unstarred(
        np.concatenate([one.terms.p_value for one in estimates] or [np.zeros(0)]),
        np.concatenate([one.terms.starred for one in estimates] or [np.zeros(0)]),
    )
    level = min((one.terms.level for one in estimates), default=0.95)
    notes = (*ctx.style.notes(errors_of(estimates), level), *split, *shared_notes(columns), *failed)
    align = ("l", *("d" for _ in models))
    return Table(wanted.name, title, align, tuple(head_rows(wanted, models)), tuple(rows), notes)  # type: ignore[arg-type]


def by_row(
    wanted: ResultsTable, models: Sequence[tuple[str, Estimate | Failure]], ctx: Context
) -> Table | None:
    """Return a table of one row a model, numbered, outcomes one after the other; None where no one term is shared."""
    estimates = [one for _, one in models if isinstance(one, Estimate)]
    terms = {term.name for one in estimates for term in split_terms([one], show=False)[0]}
    if len(terms) != 1:
        return None
    (term,) = (term for term in estimates[0].terms.term if term.name in terms)
    heads = wanted.headings or tuple(Name(name) for name, _ in models)
    outcomes = list(dict.fromkeys(one.outcome for _, one in models))
    rows: list[Row] = []
    for outcome in outcomes:
        if len(outcomes) > 1:
            rows.append(Row((Word(Name(outcome)), *(BLANK,) * 7), rule=bool(rows)))
        for k, (head, (_, one)) in enumerate(zip(heads, models, strict=True), start=1):
            if one.outcome == outcome:
                named = text("({k}) {model}", k=k, model=head)
                rows.append(Row((Word(named), *_figures(one, ctx))))
    said: tuple[Text, ...] = (
        text("Model"),
        text("Estimate"),
        text("Std. error"),
        _interval_head(estimates),
        text("Observations"),
        text("Regions"),
        text("Treated regions"),
        text("Mean of the outcome"),
    )
    of = Word(Name(outcomes[0])) if len(outcomes) == 1 else BLANK
    head_row = (Head(BLANK), Head(Word(term.shared), 3), Head(of, 4))
    title = text("{title}", title=wanted.title) if wanted.title else text("Estimates side by side")
    failed = (one.note for _, one in models if isinstance(one, Failure))
    split = unstarred(
        np.concatenate([one.terms.p_value for one in estimates]),
        np.concatenate([one.terms.starred for one in estimates]),
    )
    shared = shared_notes([one if isinstance(one, Estimate) else None for _, one in models], by_row=True)
    notes = (*ctx.style.star_notes(), *split, *shared, *failed)
    align: tuple[Align, ...] = ("l", "d", "d", "c", "d", "d", "d", "d")
    return Table(
        wanted.name, title, align, (head_row, tuple(Head(Word(one)) for one in said)), tuple(rows), notes
    )


def _interval_head(estimates: Sequence[Estimate]) -> Text:
    """Return the head of intervals, with their level where it is one."""
    levels = {one.terms.level for one in estimates}
    if len(levels) != 1:
        return text("Interval")
    return text("{level}% interval", level=f"{100 * levels.pop():.3g}")


def _figures(one: Estimate | Failure, ctx: Context) -> tuple[Cell, ...]:
    """Return estimate, error, interval and what a model stands on; dashes for one that failed."""
    if isinstance(one, Failure):
        return (DASH,) * 7
    row = one.leading
    return (
        Estimated(row.estimate, row.starred, np.nan_to_num(row.std_error)),
        Number(row.std_error),
        Word(f"[{ctx.number(row.conf_low)}, {ctx.number(row.conf_high)}]"),
        Count(one.nobs),
        Count(one.entities),
        BLANK if one.treated_entities is None else Count(one.treated_entities),
        _number(one.sample.outcome_mean),
    )


def split_terms(estimates: Sequence[Estimate], *, show: bool) -> tuple[list[Term], list[Term]]:
    """Return the terms that get rows, focus terms first, and those that do not."""
    terms = {term.name: term for estimate in estimates for term in estimate.terms.term}.values()
    held = {name for estimate in estimates for name in estimate.controls}
    focus = [term for term in terms if term.name not in held]
    other = [term for term in terms if term.name in held]
    return (focus + other, []) if show else (focus, other)


def term_rows(term: Term, estimates: Sequence[Estimate | None]) -> Iterable[Row]:
    """Yield the row of estimates of a term and the row of brackets under it."""
    above: list[Cell] = [Word(term.shared)]
    below: list[Cell] = [BLANK]
    for estimate in estimates:
        if estimate is None:
            above.append(DASH)
            below.append(BLANK)
            continue
        place = estimate.terms.place(term.name)
        if place is None:
            above.append(BLANK)
            below.append(BLANK)
            continue
        row = estimate.terms.row(place)
        above.append(Estimated(row.estimate, row.starred, np.nan_to_num(row.std_error)))
        below.append(Bracket(row.std_error, row.statistic, row.p_value, row.conf_low, row.conf_high))
    yield Row(tuple(above))
    yield Row(tuple(below))


def yes_row(words: Text, flags: Sequence[bool | None], *, rule: bool = False) -> Row:
    """Return a row of yes and no; a dash where the question does not arise."""
    said: Mapping[bool | None, Text | str] = {True: YES, False: NO, None: MISSING}
    return Row((Word(words), *(Word(said[flag]) for flag in flags)), rule)


def effect_rows(estimates: Sequence[Estimate | None]) -> list[Row]:
    """Return one row for each fixed effect that a model absorbs; a dash where an estimator has no such effects."""
    listed = list(dict.fromkeys(name for e in estimates if e is not None for name in e.effects or ()))
    rows: list[Row] = []
    for name in listed:
        words = EFFECTS.get(name) or text("{name} effects", name=crossed(name))
        flags = [None if e is None or e.effects is None else name in e.effects for e in estimates]
        rows.append(yes_row(words, flags, rule=not rows))
    return rows


def fact_rows(estimates: Sequence[Estimate | None]) -> list[Row]:
    """Return what each model stands on: observations, (treated) regions, within R2, outcome mean, thresholds."""
    wanted: list[tuple[Text, list[Cell]]] = [
        (text("Observations"), [DASH if e is None else Count(e.nobs) for e in estimates]),
        (text("Regions"), [DASH if e is None else Count(e.entities) for e in estimates]),
        (
            text("Treated regions"),
            [
                DASH if e is None else BLANK if e.treated_entities is None else Count(e.treated_entities)
                for e in estimates
            ],
        ),
        (text("Within R²"), [DASH if e is None else _number(e.r2_within) for e in estimates]),
        (
            text("Mean of the outcome"),
            [DASH if e is None else _number(e.sample.outcome_mean) for e in estimates],
        ),
    ]
    wanted += threshold_rows(estimates)
    shown = [(words, cells) for words, cells in wanted if any(cell not in (BLANK, DASH) for cell in cells)]
    return [Row((Word(words), *cells), rule=not j) for j, (words, cells) in enumerate(shown)]


def threshold_rows(estimates: Sequence[Estimate | None]) -> list[tuple[Text, list[Cell]]]:
    """Return a row for γ1, γ2, .. of the models that have thresholds, with their values."""
    found = [None if estimate is None else estimate.value(Thresholds) for estimate in estimates]
    values = [[] if one is None else [float(g) for g in one.estimate[one.own]] for one in found]
    empty = [DASH if estimate is None else BLANK for estimate in estimates]
    return [
        (
            text("Threshold {name}", name=f"γ{k + 1}"),
            [Number(own[k]) if k < len(own) else none for own, none in zip(values, empty, strict=True)],
        )
        for k in range(max((len(own) for own in values), default=0))
    ]


def _number(value: float | None) -> Cell:
    return BLANK if value is None else Number(value, 3)


def head_rows(
    wanted: ResultsTable, models: Sequence[tuple[str, Estimate | Failure]]
) -> Iterable[tuple[Head, ...]]:
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


def shared_notes(estimates: Sequence[Estimate | None], *, by_row: bool = False) -> tuple[Text, ...]:
    """Return every note of the models once, with the columns (or rows) it belongs to unless it is all of them."""
    found: dict[Text, list[int]] = {}
    for k, estimate in enumerate(estimates, start=1):
        for note in dict.fromkeys(estimate.notes if estimate is not None else ()):
            found.setdefault(note, []).append(k)
    present = sum(estimate is not None for estimate in estimates)
    said: list[Text] = []
    for note, places in found.items():
        numbers = tuple(f"({k})" for k in places)
        if len(places) == present:
            said.append(note)
        elif by_row:
            said.append(text("Model {rows}: {note}", rows=numbers, note=note))
        else:
            said.append(text("Column {columns}: {note}", columns=numbers, note=note))
    return tuple(said)


def in_parts(wanted: ResultsTable, results: Results, ctx: Context) -> tuple[Table, ...]:
    """Return the table of ``wanted.models``, cut into tables of at most ``MOST`` columns each."""
    count = len(wanted.models)
    whole = models_table(wanted, results, ctx)
    if len(whole.align) <= MOST + 1:
        return (whole,)
    parts = -(-count // MOST)
    cuts = [count * k // parts for k in range(parts + 1)]
    groups: Any = wanted.options.get("groups") or ()
    made = []
    for k, (start, stop) in enumerate(pairwise(cuts), start=1):
        options = {**wanted.options, "groups": groups[start:stop]}
        name = wanted.name if k == 1 else f"{wanted.name}_{k}"
        part = ResultsTable(
            name, wanted.models[start:stop], wanted.title, wanted.headings[start:stop], options
        )
        made.append(models_table(part, results, ctx))
    return tuple(made)
