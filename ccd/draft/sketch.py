"""A first study from the columns of a file: what can be told is written, what is guessed says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ccd.cells import as_text, to_floats
from ccd.draft.first_model import models, most_known
from ccd.draft.guess import HEADS, Guess, coupled, guesses_of, is_control, window_of
from ccd.draft.lines import Line, quoted
from ccd.draft.marks import marks_of
from ccd.draft.sections import choices, leftover, policy, read_so, subsystems
from ccd.draft.shape import entity_column, folded, time_column, usable_columns, whole_years
from ccd.draft.tidy import tidied
from ccd.draft.unfilled import unfilled
from ccd.words import Language, Text, text

#: Columns left out that are told on the screen; the file holds them all.
SHOWN = 6


@dataclass(frozen=True)
class Sketch:
    """The text of a study file, its guesses in words, and first models of which one may be estimable."""

    text: str
    guesses: tuple[Text, ...]
    models: tuple[str, ...] = ()

    def with_model(self, model: str) -> str:
        """Return the study with a model above its output."""
        return self.text.replace("[output]", f"{model}\n[output]", 1)


def sketch_study(
    table: pd.DataFrame,
    path: str,
    title: str,
    keys: Mapping[str, Any] | None = None,
    language: Language = "en",
) -> Sketch:
    """Return a study of ``table`` that can be run as it stands; ``path`` is the data file in its words.

    Years and regions are guessed from names and contents, subsystems from the codebook (names in Chinese
    and English) and from parts of names. A region without one number in such a column is left out. A column
    with a missing or faulty cell, or without variation, is not used, and the reason stands beside it, in
    ``language``. Raises DataError when no columns identify the rows.
    """
    keys, labels = keys or {}, table.attrs.get("labels", {})
    table = tidied(table)
    time = time_column(table, path)
    entity, others = entity_column(table, time, path)
    size, chinese = table.shape, _chinese(table, entity)
    heads_or_known = _wanted(table.drop(columns=[entity, time, *others]), labels)
    empty = unfilled(table, table[entity], to_floats(table[time]), heads_or_known)
    kept = ~table[entity].map(as_text).isin(list(empty))
    table = table[kept]
    years = to_floats(table[time])
    first, last = int(years.min()), int(years.max())
    columns = table.drop(columns=[entity, time, *others])
    marks = marks_of(columns, table[entity], years)
    columns = columns.drop(columns=[*marks.others()])
    for column in marks.gaps:  # a transform will fill them: here any figure counts as filled
        known = columns[column].dropna()
        numeric = pd.api.types.is_numeric_dtype(known)  # one faulty cell makes words of all
        columns[column] = columns[column].fillna(known.median() if numeric else known.iloc[0])
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
    regions = text("guessed: {count} regions", count=int(table[entity].nunique()))
    if others:
        regions = text("{guess}; {columns} would do as well", guess=regions, columns=tuple(others))
    lines = [
        Line(
            "",
            text(
                "Drafted by ccd init from {path}: {rows} {rows:row|rows}, {columns} {columns:column|columns}.",
                path=path,
                rows=size[0],
                columns=size[1],
            ),
        ),
        Line("", text('What is marked "guessed" is a guess: look it over before you believe a number.')),
        Line(f"title = {quoted(title)}"),
        Line(f'language = "{"zh" if chinese else "en"}"', text("en or zh: the same numbers")),
        Line("seed = 0", text("of every random draw")),
        Line(),
        Line("[data]"),
        Line(f"path = {quoted(path)}", text("relative to this file")),
        *read_so(keys),
        Line(f"entity = {quoted(entity)}", regions),
        Line(f"time = {quoted(time)}", text("guessed: {first} to {last}", first=first, last=last)),
        *(
            Line(f"# entity_label = {quoted(name)}", text("names of the regions to be shown"))
            for name in others[:1]
        ),
        *_exclude(empty, first, last),
        Line(
            f"years = [{window[0]}, {window[1]}]",
            text("guessed: where most columns of known names are complete"),
        )
        if window
        else Line(f"# years = [{first}, {last}]", text("an inclusive range")),
        Line(),
        *subsystems(guesses, heads, usable, marks.gaps),
        *leftover(unused, [c for c in usable if c not in {g.column for g in guesses}], marks),
        *policy(marks),
        *choices(policy=bool(marks.dated or marks.dummies)),
    ]
    body = "\n".join(line.render(language) for line in lines) + "\n"
    if not coupled(guesses):  # a model leaves rows with missing cells out, an index cannot
        controls = rest = most_known(columns, table[entity])
    asked = models(marks, controls, rest, coupled=coupled(guesses), language=language)
    told = [text("guessed: {key} = {value}", key="entity", value=f"{entity}, time = {time}")]
    if window:
        told.append(
            text(
                "guessed: years = {first} to {last}, where most known columns are complete",
                first=window[0],
                last=window[1],
            )
        )
    told += [
        text("guessed: left out: {region}, never filled: {columns}", region=region, columns=never)
        for region, never in empty.items()
    ]
    told += _told(guesses, marks.gaps, [*marks.dated, *marks.dummies][:1], unused)
    return Sketch(body, tuple(told), asked)


def _wanted(columns: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """Return the columns that an index would take, and the one of heads."""
    every = list(map(str, columns.columns))
    named = {folded(name) for name in HEADS}
    known = {guess.column for guess in guesses_of(every, labels)}
    return [column for column in every if column in known or folded(column) in named]


def _exclude(empty: Mapping[str, tuple[str, ...]], first: int, last: int) -> Iterator[Line]:
    """Yield the regions left out, and above them the columns in which they have no cell."""
    if not empty:
        yield Line("# exclude = []", text("regions left out"))
        return
    for region, columns in empty.items():
        yield Line(
            "",
            text(
                "{region}: no cell from {first} to {last} in {columns}",
                region=region,
                first=first,
                last=last,
                columns=columns,
            ),
        )
    yield Line(
        f"exclude = [{', '.join(map(quoted, empty))}]", text("guessed: an index needs every cell of a column")
    )


def _told(
    guesses: Sequence[Guess],
    gaps: Mapping[str, tuple[str, ...]],
    policies: Sequence[str],
    unused: Mapping[str, Text],
) -> Iterator[Text]:
    """Yield what the screen says of the columns."""
    for subsystem in dict.fromkeys(g.subsystem for g in guesses):
        named = tuple(g.column for g in guesses if g.subsystem == subsystem)
        yield text("guessed: {subsystem}: {columns}", subsystem=subsystem, columns=named)
    if not coupled(list(guesses)):
        yield text("no two subsystems could be guessed: describe them under [subsystems]")
    for column, cells in gaps.items():
        listed = (*cells[:SHOWN], *(["..."] if len(cells) > SHOWN else []))
        yield text("guessed: {column} is interpolated: {cells}", column=column, cells=listed)
    for column in policies:
        yield text("guessed: policy: {column}", column=column)
    for column, reason in list(unused.items())[:SHOWN]:
        yield text("not used: {column}: {why}", column=column, why=reason)
    if len(unused) > SHOWN:
        yield text(
            "not used: {count} more {count:column|columns}, each with its reason in the file",
            count=len(unused) - SHOWN,
        )


def _chinese(table: pd.DataFrame, entity: str) -> bool:
    """Tell whether header and names of regions are in Chinese."""
    words: list[Any] = [*table.columns, *table[entity].head(20)]
    return sum(bool(re.search(r"[\u4e00-\u9fff]", str(word))) for word in words) * 2 > len(words)
