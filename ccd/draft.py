"""A first study from the columns of a file: what can be told is written, what is guessed says so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from ccd.bundled import bundled_rows
from ccd.cells import as_text, to_floats
from ccd.errors import DataError

#: Names that columns of years, regions and heads go by, the likeliest first.
YEARS = ("year", "年份", "年", "年度", "time", "period", "date", "时间", "t")
REGIONS = (
    *("province", "city", "county", "region", "entity", "area", "省份", "城市", "县域", "地区", "区域"),
    *(
        "省",
        "市",
        "县",
        "name",
        "province_en",
        "city_zh",
        "province_zh",
        "prefecture",
        "id",
        "adcode",
        "code",
    ),
)
HEADS = (
    "population",
    "pop",
    "resident_population",
    "年末常住人口",
    "常住人口",
    "人口",
    "总人口",
    "年末总人口",
)
#: Parts of names that hint at a subsystem where the codebook does not know the column.
HINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "technology": (
            *("patent", "r&d", "rd_", "techno", "innov"),
            *("专利", "研发", "技术", "创新", "科研"),
        ),
        "factor": (
            *("employ", "labor", "labour", "capital", "invest", "road", "rail", "loan", "要素"),
            *("就业", "从业", "人员", "投资", "公路", "铁路", "资本", "贷款", "科学技术支出"),
        ),
        "industry": (
            *("industr", "gdp_pc", "value_added", "output", "产业", "工业", "增加值"),
            *("人均地区生产总值", "人均gdp"),
        ),
    }
)
#: Columns left out that are told on the screen; the file holds them all.
SHOWN = 6
#: Units of the codebook that grow with the size of a region.
TOTALS = ("piece", "1e8 yuan", "1e4 persons")


@dataclass(frozen=True)
class Sketch:
    """The text of a study file, and its guesses in plain words."""

    text: str
    guesses: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """One indicator: the column, the subsystem, its direction, why, and whether it grows with size."""

    column: str
    subsystem: str
    direction: str
    reason: str
    total: bool


def sketch_study(table: pd.DataFrame, path: str, title: str, sheet: str | None = None) -> Sketch:
    """Return a study of ``table`` that can be run as it stands; ``path`` is the data file in its words.

    Years and regions are guessed from names and contents, subsystems from the codebook (names in Chinese
    and English) and from parts of names. A column with a missing or faulty cell, or without variation, is
    not used, and the reason stands beside it. Raises DataError when no columns identify the rows.
    """
    time = _time(table, path)
    entity, others = _entity(table, time, path)
    years = to_floats(table[time])
    first, last = int(years.min()), int(years.max())
    columns = table.drop(columns=[entity, time, *others])
    whole = {
        column: _whole_years(columns[column], years, table[entity].nunique())
        for column in map(str, columns.columns)
    }
    window = None
    usable, unused = _usable(columns, whole)
    if not _coupled(_guesses(usable)):
        window = _window(whole, sorted(set(years.astype(int).tolist())))
    if window:
        usable, unused = _usable(columns[(years >= window[0]) & (years <= window[1])], whole)
    heads = next((c for name in HEADS for c in usable if folded(c) == folded(name)), None)
    guesses = [g for g in _guesses(usable) if g.column != heads]
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
    if not _coupled(guesses):
        told.append("no two subsystems could be guessed: describe them under [subsystems]")
    if window:
        told.insert(1, f"guessed: years = {window[0]} to {window[1]}, where most known columns are complete")
    told += [f"not used: {column}: {reason}" for column, reason in list(unused.items())[:SHOWN]]
    if len(unused) > SHOWN:
        told.append(f"not used: {len(unused) - SHOWN} more columns, each with its reason in the file")
    return Sketch("\n".join(lines) + "\n", tuple(told))


def folded(name: str) -> str:
    """Return a column name without units in brackets, blanks, punctuation and case."""
    return re.sub(r"[\W_]", "", re.sub(r"[(（\[].*?[)）\]]", "", name)).casefold()


def quoted(word: str) -> str:
    """Return a TOML string."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def key(word: str) -> str:
    """Return a TOML key, quoted where it must be."""
    return word if re.fullmatch(r"[A-Za-z0-9_-]+", word) else quoted(word)


def _time(table: pd.DataFrame, path: str) -> str:
    found = []
    for column in map(str, table.columns):
        years = to_floats(table[column])
        whole = np.isfinite(years).all() and (years == np.floor(years)).all()
        if whole and years.min() >= 1000 and years.max() <= 2999 and years.min() < years.max():
            found.append(column)
    named = [c for name in YEARS for c in found if folded(c) == folded(name)]
    if not found:
        raise DataError(
            "no column holds years",
            where=f"{path}, header",
            fix="one row per region and year is needed, with a column of years such as 2011",
        )
    return (named or found)[0]


def _entity(table: pd.DataFrame, time: str, path: str) -> tuple[str, list[str]]:
    """Return the column of regions, and others that identify the rows as well."""
    found = []
    for column in map(str, table.columns):
        cells = table[column]
        if column == time or cells.isna().any() or pd.api.types.is_float_dtype(cells):
            continue
        if 2 <= cells.nunique() <= len(table) / 2 and not table.duplicated([column, time]).any():
            found.append(column)
    if not found:
        raise DataError(
            f"no column names the regions: none is unique within each '{time}'",
            where=f"{path}, header",
            fix="one row per region and year is needed; look for repeated rows and empty names",
        )
    rank = {folded(name): place for place, name in reversed(list(enumerate(REGIONS)))}
    numbers = {c: bool(np.isfinite(to_floats(table[c])).all()) for c in found}
    codes = [c for c in found if not numbers[c] or folded(c) in rank]
    found = codes or found
    found.sort(key=lambda c: (numbers[c], rank.get(folded(c), len(rank))))
    return found[0], found[1:]


def _whole_years(cells: pd.Series[Any], years: Any, regions: int) -> frozenset[int]:
    """Return the years in which every region has a number."""
    present = pd.Series(years[np.isfinite(to_floats(cells))]).value_counts()
    return frozenset(int(year) for year, count in present.items() if count == regions)  # type: ignore[call-overload]


def _window(whole: Mapping[str, frozenset[int]], years: list[int]) -> tuple[int, int] | None:
    """Return the years, five or more, in which columns for two subsystems are complete; None: there are none.

    Of all such spans the one with the most complete region-columns, the earliest of equals.
    """
    known = {g.column: g.subsystem for g in _guesses(list(whole))}
    best, found = 0, None
    for i, first in enumerate(years):
        for last in years[i + 4 :]:
            span = [year for year in years if first <= year <= last]
            full = [column for column in known if whole[column].issuperset(span)]
            if len(full) * len(span) > best and len({known[column] for column in full}) > 1:
                best, found = len(full) * len(span), (first, last)
    return found


def _longest(years: frozenset[int]) -> str:
    """Return the longest run of complete years, in words."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    if not runs:
        return "no year is complete"
    run = max(runs, key=len)
    return f"complete in {run[0]} to {run[-1]}" if len(run) > 1 else f"complete in {run[0]} alone"


def _guesses(columns: list[str]) -> list[Guess]:
    return [guess for column in columns if (guess := _guess(column, columns)) is not None]


def _usable(table: pd.DataFrame, whole: Mapping[str, frozenset[int]]) -> tuple[list[str], dict[str, str]]:
    """Return the columns of numbers that an index can take, and why others that look like numbers are not."""
    usable: list[str] = []
    unused: dict[str, str] = {}
    for column in map(str, table.columns):
        cells = table[column]
        values = to_floats(cells)
        faulty = cells.notna().to_numpy() & ~np.isfinite(values)
        if faulty.sum() * 2 > cells.notna().sum():
            continue
        missing = cells.isna().to_numpy()
        if faulty.any():
            cell = as_text(cells[faulty].iloc[0])
            unused[column] = f"{_cells(faulty)} not numbers, {_first(cells, faulty)} ({cell!r})"
        elif missing.any():
            unused[column] = f"{_cells(missing)} missing, {_first(cells, missing)}; {_longest(whole[column])}"
        elif values.min() == values.max():
            unused[column] = "it is the same everywhere"
        elif len(np.unique(values)) == 2:
            unused[column] = "it has two values only"
        else:
            usable.append(column)
    return usable, unused


def _first(cells: pd.Series[Any], which: Any) -> str:
    return f"the first in row {int(cells.index[which][0]) + int(cells.attrs.get('first_line', 2))}"


def _cells(which: Any) -> str:
    return "1 cell is" if which.sum() == 1 else f"{which.sum()} cells are"


def _guess(column: str, usable: list[str]) -> Guess | None:
    own = folded(column)
    for row in bundled_rows("codebook.csv"):
        known = {folded(row[name]) for name in ("variable", "name_zh", "name_en")}
        if own in known:
            if row["subsystem"] == "control" or (row["variable"] == "gdp" and _has(usable, "gdp_pc")):
                return None
            reason = f"codebook: {row['name_en']}"
            return Guess(column, row["subsystem"], row["direction"], reason, row["unit"] in TOTALS)
    for subsystem, hints in HINTS.items():
        hint = next((h for h in hints if h in column.casefold()), None)
        if hint is not None:
            return Guess(column, subsystem, "+", f'"{hint}" in its name; is more better?', False)
    return None


def _has(columns: list[str], variable: str) -> bool:
    row = next(row for row in bundled_rows("codebook.csv") if row["variable"] == variable)
    return bool({folded(c) for c in columns} & {folded(row[n]) for n in ("variable", "name_zh", "name_en")})


def _coupled(guesses: list[Guess]) -> bool:
    return len({g.subsystem for g in guesses}) > 1


def _subsystems(guesses: list[Guess], heads: str | None, usable: list[str]) -> Iterator[str]:
    if not _coupled(guesses):
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
