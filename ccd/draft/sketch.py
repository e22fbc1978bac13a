"""A first study from the columns of a file: what can be told is written, what is guessed says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ccd.cells import to_floats
from ccd.draft.guess import HEADS, Guess, coupled, guesses_of, is_control, window_of
from ccd.draft.marks import Marks, marks_of
from ccd.draft.shape import entity_column, folded, time_column, usable_columns, whole_years
from ccd.draft.tidy import tidied

#: Columns left out that are told on the screen; the file holds them all.
SHOWN = 6


@dataclass(frozen=True)
class Sketch:
    """The text of a study file, its guesses in plain words, and first models of which one may be estimable."""

    text: str
    guesses: tuple[str, ...]
    models: tuple[str, ...] = ()

    def with_model(self, model: str) -> str:
        """Return the study with a model above its output."""
        return self.text.replace("[output]", f"{model}\n[output]", 1)


def sketch_study(table: pd.DataFrame, path: str, title: str, keys: Mapping[str, Any] | None = None) -> Sketch:
    """Return a study of ``table`` that can be run as it stands; ``path`` is the data file in its words.

    Years and regions are guessed from names and contents, subsystems from the codebook (names in Chinese
    and English) and from parts of names. A column with a missing or faulty cell, or without variation, is
    not used, and the reason stands beside it. Raises DataError when no columns identify the rows.
    """
    keys, labels = keys or {}, table.attrs.get("labels", {})
    table = tidied(table)
    time = time_column(table, path)
    entity, others = entity_column(table, time, path)
    years = to_floats(table[time])
    first, last = int(years.min()), int(years.max())
    columns = table.drop(columns=[entity, time, *others])
    marks = marks_of(columns, table[entity], years)
    columns = columns.drop(columns=[*marks.others()])
    for column in marks.gaps:  # a transform will fill them: here any figure counts as filled
        columns[column] = columns[column].fillna(columns[column].median())
    whole = {
        column: whole_years(columns[column], years, table[entity].nunique())
        for column in map(str, columns.columns)
    }
    window = None
    usable, unused = usable_columns(columns, whole)
    if not coupled(guesses_of(usable, labels)):
        window = window_of(whole, sorted(set(years.astype(int).tolist())))
    if window:
        usable, unused = usable_columns(columns[(years >= window[0]) & (years <= window[1])], whole)
    heads = next((c for name in HEADS for c in usable if folded(c) == folded(name)), None)
    guesses = [g for g in guesses_of(usable, labels) if g.column != heads]
    rest = [c for c in usable if c not in {g.column for g in guesses} and c != heads]
    controls = [c for c in rest if is_control(c)] or rest
    lines = [
        f"# Drafted by ccd init from {path}: {len(table)} rows, {len(table.columns)} columns.",
        '# What is marked "guessed" is a guess: look it over before you believe a number.',
        f"title = {quoted(title)}",
        f'language = "{"zh" if _chinese(table, entity) else "en"}"    # en or zh: the same numbers',
        "seed = 0    # of every random draw",
        "",
        "[data]",
        f"path = {quoted(path)}    # relative to this file",
        *_read_so(keys),
        f"entity = {quoted(entity)}    # guessed: {table[entity].nunique()} regions"
        + (f"; {', '.join(others)} would do as well" if others else ""),
        f"time = {quoted(time)}    # guessed: {first} to {last}",
        *(f"# entity_label = {quoted(name)}    # names of the regions to be shown" for name in others[:1]),
        "# exclude = []    # regions left out",
        f"years = [{window[0]}, {window[1]}]    # guessed: where most columns of known names are complete"
        if window
        else f"# years = [{first}, {last}]    # an inclusive range",
        "",
        *_subsystems(guesses, heads, usable, marks.gaps),
        *_leftover(unused, [c for c in usable if c not in {g.column for g in guesses}], marks),
        *_policy(marks),
        *_choices(policy=bool(marks.dated or marks.dummies)),
    ]
    told = [f"guessed: entity = {entity}, time = {time}"]
    for subsystem in dict.fromkeys(g.subsystem for g in guesses):
        named = ", ".join(g.column for g in guesses if g.subsystem == subsystem)
        told.append(f"guessed: {subsystem}: {named}")
    if not coupled(guesses):
        told.append("no two subsystems could be guessed: describe them under [subsystems]")
    if window:
        told.insert(1, f"guessed: years = {window[0]} to {window[1]}, where most known columns are complete")
    for column, cells in marks.gaps.items():
        listed = ", ".join(cells[:SHOWN]) + (", ..." if len(cells) > SHOWN else "")
        told.append(f"guessed: {column} is interpolated: {listed}")
    for column in (*marks.dated, *marks.dummies)[:1]:
        told.append(f"guessed: policy: {column}")
    told += [f"not used: {column}: {reason}" for column, reason in list(unused.items())[:SHOWN]]
    if len(unused) > SHOWN:
        told.append(f"not used: {len(unused) - SHOWN} more columns, each with its reason in the file")
    body = "\n".join(map(_one_line, lines)) + "\n"
    if not coupled(guesses):  # a model leaves rows with missing cells out, an index cannot
        controls = rest = most_known(columns, table[entity])
    asked = models(marks, controls, rest, coupled=coupled(guesses))
    return Sketch(body, tuple(map(_one_line, told)), asked)


def quoted(word: str) -> str:
    """Return a TOML string."""
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(line: str) -> str:
    """Return a line whose comment holds no break: heads of spreadsheet columns do."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", line)


def key(word: str) -> str:
    """Return a TOML key, quoted where it must be."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else quoted(word)


def _read_so(keys: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys with which the file is read."""
    said = {
        "sheet": "of the workbook",
        "skip_rows": "guessed: lines above the names of the columns",
        "skip_footer": "guessed: rows below the last record",
        "merged": "guessed: an empty region repeats the one above",
        "wide": "guessed: the years are columns",
        "indicator": "guessed: names of the indicators",
    }
    for name, value in keys.items():
        shown = quoted(value) if isinstance(value, str) else str(value).lower()
        yield f"{name} = {shown}    # {said[name]}"


def _policy(marks: Marks) -> Iterator[str]:
    for column in (*marks.dated, *marks.dummies)[:1]:
        what = "first treated years" if column in marks.dated else "0/1, switching on once"
        yield "[policies.pilot]"
        yield f"column = {quoted(column)}    # guessed: {what}"
        yield ""


def most_known(columns: pd.DataFrame, regions: pd.Series[Any]) -> list[str]:
    """Return the columns of numbers that move within regions, those with the most cells first."""
    found = {}
    for name in map(str, columns.columns):
        values = to_floats(columns[name])
        if np.isfinite(values).sum() == columns[name].notna().sum() and _moves(columns[name], regions):
            found[name] = int(np.isfinite(values).sum())
    return sorted(found, key=lambda name: -found[name])


def _moves(cells: pd.Series[Any], regions: pd.Series[Any]) -> bool:
    return cells.nunique() > 2 and bool((cells.groupby(regions.to_numpy()).nunique() > 1).any())


def models(marks: Marks, controls: list[str], rest: list[str], *, coupled: bool) -> tuple[str, ...]:
    """Return first models, the likeliest first; whether one can be estimated is for the caller to try."""
    policy = bool(marks.dated or marks.dummies)
    outcomes = ["D"] if coupled else rest[:3]
    found = []
    for outcome in outcomes:
        others = [column for column in controls if column != outcome][:3]
        for some in dict.fromkeys((tuple(others), ())):
            if policy:
                found.append(_model("did", outcome, 'policy = "pilot"    # guessed', some))
            elif some:
                first, more = quoted(some[0]), some[1:]
                found.append(_model("panel", outcome, f"regressors = [{first}]    # guessed", more))
    return tuple(found)


def _model(kind: str, outcome: str, of: str, controls: tuple[str, ...]) -> str:
    lines = (
        "[[models]]",
        'name = "baseline"    # of its table and its files',
        f'kind = "{kind}"    # guessed',
        f"outcome = {quoted(outcome)}    # guessed: C, T, D, a subsystem, or a column",
        of,
        f"controls = [{', '.join(map(quoted, controls))}]    # guessed: columns of numbers that are no indicators",
    )
    return "\n".join(map(_one_line, lines)) + "\n"


def _subsystems(
    guesses: list[Guess], heads: str | None, usable: list[str], gaps: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    if not coupled(guesses):
        yield "# Describe at least two subsystems, + for more is better, - for less is better:"
        for place, columns in enumerate((usable[0::2], usable[1::2])):
            yield f"# [subsystems.{('first', 'second')[place]}]"
            yield from (f'# {key(column)} = "+"' for column in columns)
        yield ""
        return
    filled = {
        column: f"{column}_filled" for column in gaps if column in {heads, *(g.column for g in guesses)}
    }
    source = {g.column: filled.get(g.column, g.column) for g in guesses}
    names = {c: f"{c}_pc" if next(g for g in guesses if g.column == c).total and heads else s
             for c, s in source.items()}  # fmt: skip
    total = bool(heads) and any(g.total for g in guesses)
    if filled or total:
        if total:
            yield "# Totals would make D little more than the size of a region: they are taken per head."
        yield "[transforms]"
        for column, name in filled.items():
            yield f"# missing in {', '.join(gaps[column])}"
            yield f"{key(name)} = {{ interpolate = {quoted(column)} }}    # guessed: between the years around them"
        by = "" if heads == "population" else f", by = {quoted(filled.get(heads or '', heads or ''))}"
        for g in guesses:
            if g.total and heads:
                yield f"{key(names[g.column])} = {{ per_capita = {quoted(source[g.column])}{by} }}    # guessed"
        yield ""
    for subsystem in dict.fromkeys(g.subsystem for g in guesses):
        yield f'[subsystems.{subsystem}]    # guessed; "+": more is better, "-": less is better'
        for g in guesses:
            if g.subsystem == subsystem:
                yield f'{key(names[g.column])} = "{g.direction}"    # guessed from {g.reason}'
        yield ""


def _leftover(unused: Mapping[str, str], rest: list[str], marks: Marks) -> Iterator[str]:
    for what, columns in (
        ("coordinates", marks.coordinates),
        ("groups of regions, for where, subset and heterogeneity", marks.groups),
        ("other dates or switches of policies", (*marks.dated, *marks.dummies)[1:]),
    ):
        if columns:
            yield f"# {what}: {', '.join(columns)}"
    for column, reason in unused.items():
        yield f"# not used: {column}: {reason}"
    if rest:
        yield f"# columns of numbers left, for indicators or controls: {', '.join(rest)}"
    if unused or rest or marks.others():
        yield ""


def _choices(*, policy: bool) -> Iterator[str]:
    yield from (
        "[index]",
        'scale = "minmax"    # over all region-years',
        'weights = "entropy"    # or critic, cv, pca, entropy-critic, game, equal, given',
        "",
        "[coupling]",
        'formula = "standard"    # wang2021 and fan2024 always stand beside it',
        "",
    )
    if not policy:
        yield from _ask()
    yield from (
        "[output]",
        'formats = ["csv", "tex", "html"]    # also docx, xlsx, md',
        'figures = ["png"]    # also svg, pdf; [] draws none',
    )


def _ask() -> Iterator[str]:
    yield from (
        "# A policy and its effect on D: take the marks away and name your own (ccd policies lists the bundled).",
        "# [policies.pilot]",
        '# registry = "low_carbon"    # or: column = "a column of first treated years, blank = never"',
        "#",
        "# [[models]]",
        '# name = "baseline"',
        '# kind = "did"',
        '# outcome = "D"    # C, T, D, a subsystem, or a column',
        '# policy = "pilot"',
        "# controls = []",
        "",
    )


def _chinese(table: pd.DataFrame, entity: str) -> bool:
    """Tell whether header and names of regions are in Chinese."""
    words: list[Any] = [*table.columns, *table[entity].head(20)]
    return sum(bool(re.search(r"[\u4e00-\u9fff]", str(word))) for word in words) * 2 > len(words)
