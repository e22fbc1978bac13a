"""A first study from the columns of a file: what can be told is written, what is guessed says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ccd.cells import to_floats
from ccd.draft.guess import HEADS, Guess, coupled, guesses_of, window_of
from ccd.draft.shape import entity_column, folded, time_column, usable_columns, whole_years

#: Columns left out that are told on the screen; the file holds them all.
SHOWN = 6


@dataclass(frozen=True)
class Sketch:
    """The text of a study file, and its guesses in plain words."""

    text: str
    guesses: tuple[str, ...]


def sketch_study(table: pd.DataFrame, path: str, title: str, sheet: str | None = None) -> Sketch:
    """Return a study of ``table`` that can be run as it stands; ``path`` is the data file in its words.

    Years and regions are guessed from names and contents, subsystems from the codebook (names in Chinese
    and English) and from parts of names. A column with a missing or faulty cell, or without variation, is
    not used, and the reason stands beside it. Raises DataError when no columns identify the rows.
    """
    time = time_column(table, path)
    entity, others = entity_column(table, time, path)
    years = to_floats(table[time])
    first, last = int(years.min()), int(years.max())
    columns = table.drop(columns=[entity, time, *others])
    whole = {
        column: whole_years(columns[column], years, table[entity].nunique())
        for column in map(str, columns.columns)
    }
    window = None
    usable, unused = usable_columns(columns, whole)
    if not coupled(guesses_of(usable)):
        window = window_of(whole, sorted(set(years.astype(int).tolist())))
    if window:
        usable, unused = usable_columns(columns[(years >= window[0]) & (years <= window[1])], whole)
    heads = next((c for name in HEADS for c in usable if folded(c) == folded(name)), None)
    guesses = [g for g in guesses_of(usable) if g.column != heads]
    lines = [
        f"# Drafted by ccd init from {path}: {len(table)} rows, {len(table.columns)} columns.",
        '# What is marked "guessed" is a guess: look it over before you believe a number.',
        f"title = {quoted(title)}",
        f'language = "{"zh" if _chinese(table, entity) else "en"}"    # en or zh: the same numbers',
        "seed = 0    # of every random draw",
        "",
        "[data]",
        f"path = {quoted(path)}    # relative to this file",
        *([f"sheet = {quoted(sheet)}"] if sheet else []),
        f"entity = {quoted(entity)}    # guessed: {table[entity].nunique()} regions"
        + (f"; {', '.join(others)} would do as well" if others else ""),
        f"time = {quoted(time)}    # guessed: {first} to {last}",
        *(f"# entity_label = {quoted(name)}    # names of the regions to be shown" for name in others[:1]),
        "# exclude = []    # regions left out",
        f"years = [{window[0]}, {window[1]}]    # guessed: where most columns of known names are complete"
        if window
        else f"# years = [{first}, {last}]    # an inclusive range",
        "",
        *_subsystems(guesses, heads, usable),
        *_leftover(unused, [c for c in usable if c not in {g.column for g in guesses}]),
        *_choices(),
    ]
    told = [f"guessed: entity = {entity}, time = {time}"]
    for subsystem in dict.fromkeys(g.subsystem for g in guesses):
        named = ", ".join(g.column for g in guesses if g.subsystem == subsystem)
        told.append(f"guessed: {subsystem}: {named}")
    if not coupled(guesses):
        told.append("no two subsystems could be guessed: describe them under [subsystems]")
    if window:
        told.insert(1, f"guessed: years = {window[0]} to {window[1]}, where most known columns are complete")
    told += [f"not used: {column}: {reason}" for column, reason in list(unused.items())[:SHOWN]]
    if len(unused) > SHOWN:
        told.append(f"not used: {len(unused) - SHOWN} more columns, each with its reason in the file")
    return Sketch("\n".join(map(_one_line, lines)) + "\n", tuple(map(_one_line, told)))


def quoted(word: str) -> str:
    """Return a TOML string."""
    return json.dumps(word, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(line: str) -> str:
    """Return a line whose comment holds no break: heads of spreadsheet columns do."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", line)


def key(word: str) -> str:
    """Return a TOML key, quoted where it must be."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else quoted(word)


def _subsystems(guesses: list[Guess], heads: str | None, usable: list[str]) -> Iterator[str]:
    if not coupled(guesses):
        yield "# Describe at least two subsystems, + for more is better, - for less is better:"
        for place, columns in enumerate((usable[0::2], usable[1::2])):
            yield f"# [subsystems.{('first', 'second')[place]}]"
            yield from (f'# {key(column)} = "+"' for column in columns)
        yield ""
        return
    names = {g.column: f"{g.column}_pc" if g.total and heads else g.column for g in guesses}
    if heads and any(g.total for g in guesses):
        by = "" if heads == "population" else f", by = {quoted(heads)}"
        yield "# Totals would make D little more than the size of a region: they are taken per head."
        yield "[transforms]"
        for g in guesses:
            if g.total:
                yield f"{key(names[g.column])} = {{ per_capita = {quoted(g.column)}{by} }}    # guessed"
        yield ""
    for subsystem in dict.fromkeys(g.subsystem for g in guesses):
        yield f'[subsystems.{subsystem}]    # guessed; "+": more is better, "-": less is better'
        for g in guesses:
            if g.subsystem == subsystem:
                yield f'{key(names[g.column])} = "{g.direction}"    # guessed from {g.reason}'
        yield ""


def _leftover(unused: Mapping[str, str], rest: list[str]) -> Iterator[str]:
    for column, reason in unused.items():
        yield f"# not used: {column}: {reason}"
    if rest:
        yield f"# columns of numbers left, for indicators or controls: {', '.join(rest)}"
    if unused or rest:
        yield ""


def _choices() -> Iterator[str]:
    yield from (
        "[index]",
        'scale = "minmax"    # over all region-years',
        'weights = "entropy"    # or critic, cv, pca, entropy-critic, game, equal, given',
        "",
        "[coupling]",
        'formula = "standard"    # wang2021 and fan2024 always stand beside it',
        "",
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
        "[output]",
        'formats = ["csv", "tex", "html"]    # also docx, xlsx, md',
        'figures = ["png"]    # also svg, pdf; [] draws none',
    )


def _chinese(table: pd.DataFrame, entity: str) -> bool:
    """Tell whether header and names of regions are in Chinese."""
    words: list[Any] = [*table.columns, *table[entity].head(20)]
    return sum(bool(re.search(r"[\u4e00-\u9fff]", str(word))) for word in words) * 2 > len(words)
