"""A first study from the columns of a file: what can be told is written, what is guessed says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from ccd.cells import as_text, to_floats
from ccd.cells.spec import MergeSpec
from ccd.draft.first_model import models, most_known
from ccd.draft.guess import HEADS, Guess, coupled, guesses_of, is_control
from ccd.draft.lines import Line, quoted
from ccd.draft.marks import RUN, Marks, marks_of
from ccd.draft.sections import choices, joins, leftover, policy, read_so, subsystems
from ccd.draft.shape import entity_column, folded, time_column, usable_columns, whole_years
from ccd.draft.span import span_of
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
    merges: Sequence[MergeSpec] = (),
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
    every, table = table, table[kept]
    read = _read(table, table[entity], table[time], [entity, time, *others])
    window, beyond = None, dict[str, tuple[str, ...]]()
    if not coupled(guesses_of(read.usable, labels)):
        columns, years = (
            every.drop(columns=[*read.marks.others(), entity, time, *others]),
            to_floats(every[time]),
        )
        span = span_of(columns, every[entity], years, labels)
        if span is not None:
            table, empty = every[span.rows(every[entity], years)], {}
            full = (int(years.min()), int(years.max()))
            window = span.years if span.years != full else None
            beyond = dict(span.out)
            read = _read(table, table[entity], table[time], [entity, time, *others])
    first, last = int(read.years.min()), int(read.years.max())
    marks, usable, unused = read.marks, read.usable, read.unused
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
        *_exclude(empty, beyond, first, last),
        Line(
            f"years = [{window[0]}, {window[1]}]",
            text("guessed: where columns of known names are most nearly complete"),
        )
        if window
        else Line(f"# years = [{first}, {last}]", text("an inclusive range")),
        *joins(merges),
        Line(),
        *subsystems(guesses, heads, usable, marks.gaps),
        *leftover(unused, [c for c in usable if c not in {g.column for g in guesses}], marks),
        *policy(marks),
        *choices(policy=bool(marks.dated or marks.dummies)),
    ]
    body = "\n".join(line.render(language) for line in lines) + "\n"
    if not coupled(guesses):  # a model leaves rows with missing cells out, an index cannot
        controls = rest = most_known(read.columns, table[entity])
    asked = models(marks, controls, rest, coupled=coupled(guesses), language=language)
    told = [
        text(
            "guessed: joined to it: {table}",
            table=tuple(filter(None, (merge.path, merge.sheet))),
        )
        for merge in merges
    ]
    told += [text("guessed: {key} = {value}", key="entity", value=f"{entity}, time = {time}")]
    if window:
        told.append(
            text(
                "guessed: years = {first} to {last}, where known columns are most nearly complete",
                first=window[0],
                last=window[1],
            )
        )
    told += [
        text("guessed: left out: {region}, never filled: {columns}", region=region, columns=never)
        for region, never in empty.items()
    ]
    told += [
        text(
            "guessed: left out: {count} {count:region|regions} that cannot be filled in {columns}",
            count=len(regions),
            columns=columns,
        )
        for columns, regions in _together(beyond).items()
    ]
    wanted = {heads, *(g.column for g in guesses)}
    gaps = {column: cells for column, cells in marks.gaps.items() if column in wanted}
    told += _told(guesses, gaps, [*marks.dated, *marks.dummies][:1], unused)
    return Sketch(body, tuple(told), asked)


class _Read(NamedTuple):
    """The columns beside region and year, what they say, and those that an index can take."""

    columns: pd.DataFrame
    years: Any
    marks: Marks
    usable: list[str]
    unused: Mapping[str, Text]


def _read(table: pd.DataFrame, regions: pd.Series[Any], times: pd.Series[Any], keys: Sequence[str]) -> _Read:
    years = to_floats(times)
    columns = table.drop(columns=list(keys))
    marks = marks_of(columns, regions, years)
    columns = columns.drop(columns=[*marks.others()])
    filled = columns.copy()
    for column in marks.gaps:  # a transform will fill them: here any figure counts as filled
        known = filled[column].dropna()
        numeric = pd.api.types.is_numeric_dtype(known)  # one faulty cell makes words of all
        filled[column] = filled[column].fillna(known.median() if numeric else known.iloc[0])
    whole = {
        column: whole_years(filled[column], years, regions.nunique()) for column in map(str, filled.columns)
    }
    usable, unused = usable_columns(filled, whole)
    return _Read(columns, years, marks, usable, unused)


def _wanted(columns: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """Return the columns that an index would take, and the one of heads."""
    every = list(map(str, columns.columns))
    named = {folded(name) for name in HEADS}
    known = {guess.column for guess in guesses_of(every, labels)}
    return [column for column in every if column in known or folded(column) in named]


def _exclude(
    empty: Mapping[str, tuple[str, ...]], beyond: Mapping[str, tuple[str, ...]], first: int, last: int
) -> Iterator[Line]:
    """Yield the regions left out, and above them the columns in which they have no cell or cannot be filled."""
    if not empty and not beyond:
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
    for columns, regions in _together(beyond).items():
        yield Line(
            "",
            text(
                "{columns}: no number in {first}, in {last} or in a run of years longer than {run}, in {regions}",
                columns=columns,
                first=first,
                last=last,
                run=RUN,
                regions=regions,
            ),
        )
    yield Line(
        f"exclude = [{', '.join(map(quoted, (*empty, *beyond)))}]",
        text("guessed: an index needs every cell of a column"),
    )


def _together(beyond: Mapping[str, tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return columns -> the regions that cannot be filled in just these."""
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for region, columns in beyond.items():
        found[columns] = (*found.get(columns, ()), region)
    return found


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
