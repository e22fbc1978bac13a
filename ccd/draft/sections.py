"""The sections of a drafted study, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ccd.cells.spec import MergeSpec
from ccd.draft.guess import Guess, coupled
from ccd.draft.lines import Line, key, quoted
from ccd.draft.marks import Marks
from ccd.words import Text, text

#: Cells of a column to be filled that are listed above it; a run lists them all.
LISTED = 12
#: Keys with which a file is read -> what is said of them.
READ_SO = {
    "sheet": text("of the workbook"),
    "skip_rows": text("guessed: lines above the names of the columns"),
    "skip_footer": text("guessed: rows below the last record"),
    "merged": text("guessed: an empty region repeats the one above"),
    "wide": text("guessed: the years are columns"),
    "indicator": text("guessed: names of the indicators"),
}


def read_so(keys: Mapping[str, Any]) -> Iterator[Line]:
    """Yield the keys with which the file is read."""
    for name, value in keys.items():
        shown = quoted(value) if isinstance(value, str) else str(value).lower()
        yield Line(f"{name} = {shown}", READ_SO[name])


def joins(merges: Sequence[MergeSpec]) -> Iterator[Line]:
    """Yield a ``[[data.merge]]`` for each sheet or file that is joined."""
    for merge in merges:
        yield Line()
        yield Line("[[data.merge]]", text("guessed: the same regions"))
        if merge.path:
            yield Line(f"path = {quoted(merge.path)}", text("relative to this file"))
        for name in ("sheet", "skip_rows", "skip_footer"):
            if value := getattr(merge, name):
                yield Line(f"{name} = {quoted(value) if isinstance(value, str) else value}", READ_SO[name])
        if isinstance(merge.on, dict) and merge.on:
            pairs = ", ".join(f"{key(ours)} = {quoted(theirs)}" for ours, theirs in merge.on.items())
            yield Line(f"on = {{ {pairs} }}", text("guessed: ours = theirs"))
        if merge.columns:
            listed = ", ".join(map(quoted, merge.columns))
            yield Line(f"columns = [{listed}]", text("without those that are there already"))


def policy(marks: Marks) -> Iterator[Line]:
    """Yield the section of the policy that a column dates, where one does."""
    for column in (*marks.dated, *marks.dummies)[:1]:
        dated = column in marks.dated
        what = text("guessed: first treated years") if dated else text("guessed: 0/1, switching on once")
        yield Line("[policies.pilot]")
        yield Line(f"column = {quoted(column)}", what)
        yield Line()


def subsystems(
    guesses: list[Guess], heads: str | None, usable: list[str], gaps: Mapping[str, tuple[str, ...]]
) -> Iterator[Line]:
    """Yield subsystems with the transforms that they need; without two, lines to be filled in."""
    if not coupled(guesses):
        yield Line("", text("Describe at least two subsystems, + for more is better, - for less is better:"))
        for place, columns in enumerate((usable[0::2], usable[1::2])):
            yield Line(f"# [subsystems.{('first', 'second')[place]}]")
            yield from (Line(f'# {key(column)} = "+"') for column in columns)
        yield Line()
        return
    wanted = {heads, *(g.column for g in guesses)}
    filled = {column: f"{column}_filled" for column in gaps if column in wanted}
    source = {g.column: filled.get(g.column, g.column) for g in guesses}
    names = {g.column: f"{g.column}_pc" if g.total and heads else source[g.column] for g in guesses}
    total = bool(heads) and any(g.total for g in guesses)
    if filled or total:
        if total:
            yield Line(
                "",
                text("Totals would make D little more than the size of a region: they are taken per head."),
            )
        yield Line("[transforms]")
        for column, name in filled.items():
            cells = gaps[column]
            yield Line(
                "",
                text(
                    "{count} {count:cell is|cells are} missing: {cells}",
                    count=len(cells),
                    cells=(*cells[:LISTED], *(["..."] if len(cells) > LISTED else [])),
                ),
            )
            yield Line(
                f"{key(name)} = {{ interpolate = {quoted(column)} }}",
                text("guessed: between the years around them"),
            )
        by = "" if heads == "population" else f", by = {quoted(filled.get(heads or '', heads or ''))}"
        for g in guesses:
            if g.total and heads:
                made = f"{{ per_capita = {quoted(source[g.column])}{by} }}"
                yield Line(f"{key(names[g.column])} = {made}", text("guessed"))
        yield Line()
    for subsystem in dict.fromkeys(g.subsystem for g in guesses):
        yield Line(f"[subsystems.{subsystem}]", text('guessed; "+": more is better, "-": less is better'))
        for g in guesses:
            if g.subsystem == subsystem:
                yield Line(
                    f'{key(names[g.column])} = "{g.direction}"', text("guessed from {why}", why=g.reason)
                )
        yield Line()


def leftover(unused: Mapping[str, Text], rest: list[str], marks: Marks) -> Iterator[Line]:
    """Yield as comments the columns that nothing above takes."""
    others = (*marks.dated, *marks.dummies)[1:]
    if marks.coordinates:
        yield Line("", text("coordinates: {columns}", columns=marks.coordinates))
    if marks.groups:
        yield Line(
            "",
            text("groups of regions, for where, subset and heterogeneity: {columns}", columns=marks.groups),
        )
    if others:
        yield Line("", text("other dates or switches of policies: {columns}", columns=others))
    for column, reason in unused.items():
        yield Line("", text("not used: {column}: {why}", column=column, why=reason))
    if rest:
        yield Line(
            "", text("columns of numbers left, for indicators or controls: {columns}", columns=tuple(rest))
        )
    if unused or rest or marks.others():
        yield Line()


def choices(*, policy: bool) -> Iterator[Line]:
    """Yield index, coupling and output as they are by default; without a policy, how one is asked for."""
    yield Line("[index]")
    yield Line('scale = "minmax"', text("over all region-years"))
    yield Line('weights = "entropy"', text("or critic, cv, pca, entropy-critic, game, equal, given"))
    yield Line()
    yield Line("[coupling]")
    yield Line('formula = "standard"', text("wang2021 and fan2024 always stand beside it"))
    yield Line()
    if not policy:
        yield from _ask()
    yield Line("[output]")
    yield Line('formats = ["csv", "tex", "html"]', text("also docx, xlsx, md"))
    yield Line('figures = ["png"]', text("also svg, pdf; [] draws none"))


def _ask() -> Iterator[Line]:
    yield Line(
        "",
        text(
            "A policy and its effect on D: take the marks away and name your own (ccd policies lists the bundled)."
        ),
    )
    yield Line("# [policies.pilot]")
    yield Line(
        '# registry = "low_carbon"', text('or: column = "a column of first treated years, blank = never"')
    )
    yield Line("#")
    yield Line("# [[models]]")
    yield Line('# name = "baseline"')
    yield Line('# kind = "did"')
    yield Line('# outcome = "D"', text("C, T, D, a subsystem, or a column"))
    yield Line('# policy = "pilot"')
    yield Line("# controls = []")
    yield Line()
