"""From the cells of a table to a Panel: nothing is guessed, every faulty cell is named."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import BoolArray
from ccd.errors import DataError, suggest
from ccd.panel import Panel
from ccd.spec import Spec
from ccd.words import Name, Text, text

SHOWN = 5


class DataSpec(Spec):
    """``[data]``: which file, which columns are region and year, which rows are used."""

    path: str
    """The data file, relative to the study file: csv, xlsx, dta or parquet."""
    entity: str
    """Column of the regions (names or codes; read as text)."""
    time: str
    """Column of the years."""
    entity_label: str | None = None
    """Column with the names of the regions to be shown in tables and figures."""
    sheet: str | None = None
    """Sheet of a workbook that has several."""
    exclude: tuple[str, ...] = ()
    """Regions left out."""
    years: tuple[int, int] | None = None
    """First and last year used, both included."""
    missing: tuple[str, ...] = ()
    """Markers that stand for a missing cell, such as ".."; an empty cell always does."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Column = its name in the paper."""
    units: dict[str, str] = Field(default_factory=dict)
    """Column = its unit, shown in the data summary and on the axes of figures."""


def make_panel(
    table: pd.DataFrame,
    spec: DataSpec,
    source: str,
    numeric: Collection[str],
    made: Collection[str] = (),
) -> Panel:
    """Return the panel of ``table``; ``source`` names the file, ``made`` the columns made later, in messages.

    Columns in ``numeric`` must be numbers in every row used (an empty cell is missing); of the others,
    those that are numbers throughout join the frame and the rest the groups. Labels are the study's, then
    Stata's, then the entities' by ``entity_label``. Raises DataError naming file, row, column and cell.
    """
    lines = Lines(source, int(table.attrs.get("first_line", 2)))
    _require(table, spec, numeric, made, source)
    entity = to_entities(table, spec.entity, lines)
    time = to_years(table[spec.time], lines)
    keep = _used(table, entity, time, spec, source)
    table, entity, time = table[keep], entity[keep], time[keep]
    refuse_duplicates(entity, time, table.index, lines)
    order = _order(entity, time)
    table, entity, time = table.iloc[order], entity[order], time[order]
    index = pd.MultiIndex.from_arrays([entity, time], names=[spec.entity, spec.time])
    if len(index.unique(0)) < 2 or len(index.unique(1)) < 2:
        few = "region" if len(index.unique(0)) < 2 else "year"
        raise DataError(
            f"the data hold one {few} only", where=source, fix=f"a panel needs at least two {few}s"
        )
    _refuse_units(table, spec, made, source)
    frame, groups, marked = _columns(table, spec, numeric, lines)
    labels = {**table.attrs.get("labels", {}), **spec.labels}
    return Panel(
        frame.set_axis(index, axis=0),
        groups.set_axis(index, axis=0),
        labels={**_entity_labels(table, entity, spec, source), **labels},
        units=spec.units,
        source=source,
        notes=(*_guessed_encoding(table, source), *_unbalanced(index), *marked),
    )


def _guessed_encoding(table: pd.DataFrame, source: str) -> tuple[Text, ...]:
    """Return the note of a file that is not UTF-8: bytes of other encodings may pass for GB18030 too."""
    if table.attrs.get("encoding") != "GB18030":
        return ()
    return (text("{file} is not UTF-8 and was read as GB18030", file=Name(source)),)


@dataclass(frozen=True)
class Lines:
    """Where a record stands: ``first`` is the line of record 0 in ``source``."""

    source: str
    first: int

    def at(self, position: Any, column: str) -> str:
        """Return the place of one cell."""
        return f"{self.source}, row {int(position) + self.first}, column {column}"


def _require(
    table: pd.DataFrame, spec: DataSpec, numeric: Collection[str], made: Collection[str], source: str
) -> None:
    known = [str(name) for name in table.columns]
    wanted = [spec.entity, spec.time, *([spec.entity_label] if spec.entity_label else []), *numeric]
    for name in dict.fromkeys(wanted):
        if name not in known:
            raise DataError(
                f"there is no column '{name}'",
                where=f"{source}, header",
                fix=f"{suggest(name, [*known, *made])}columns are: {', '.join(known[:40])}",
            )
    if spec.entity == spec.time:
        raise DataError(
            "entity and time are the same column",
            where=f"{source}, column {spec.time}",
            fix="name two columns",
        )


def _refuse_units(table: pd.DataFrame, spec: DataSpec, made: Collection[str], source: str) -> None:
    known = [*map(str, table.columns), *made]
    for name in spec.units:
        if name not in known:
            raise DataError(
                f"there is no column '{name}' to have a unit",
                where=f"study, [data.units]; {source}, header",
                fix=f"{suggest(name, known)}name a column of the data, or one that the study makes",
            )


def to_entities(table: pd.DataFrame, column: str, lines: Lines) -> Any:
    """Return the regions as text, shape (n,): codes keep their zeros, 110000.0 is 110000."""
    values = _blanked(table[column])
    missing = values.isna()
    if missing.any():
        raise DataError(
            "the name of the region is empty",
            where=lines.at(values.index[missing.to_numpy()][0], column),
            fix="fill it in, or delete the row if it is a remark",
        )
    codes, distinct = pd.factorize(values)
    named = table.attrs.get("values", {}).get(column, {})
    return np.array([as_text(named.get(value, value)) for value in distinct], dtype=object)[codes]


def as_text(value: object) -> str:
    """Return a cell as text: whole numbers without a decimal point, no blanks around."""
    shown = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()
    return shown[:-2] if re.fullmatch(r"\d+\.0", shown) else shown


def to_years(values: pd.Series[Any], lines: Lines) -> Any:
    """Return the years, shape (n,), whole numbers of four digits."""
    years = to_floats(values)
    bad = ~((years >= 1000) & (years <= 2999) & (years == np.floor(years)))
    if bad.any():
        cell = values[bad].iloc[0]
        shown = "an empty cell" if pd.isna(cell) else f"'{cell}'"
        more = int(bad.sum()) - 1
        raise DataError(
            f"{shown} is not a year" + (f" (and {more} more)" if more else ""),
            where=lines.at(values.index[bad][0], str(values.name)),
            fix="write years as 2011; delete rows of remarks under the table",
        )
    return years.astype(np.int64)


def _used(table: pd.DataFrame, entity: Any, time: Any, spec: DataSpec, source: str) -> BoolArray:
    """Return the rows that exclude and years leave, shape (n,)."""
    keep = np.ones(len(table), dtype=bool)
    shown = table[spec.entity_label].astype(str).to_numpy() if spec.entity_label else entity
    known = sorted({*entity, *shown})
    for name in spec.exclude:
        here = (entity == name) | (shown == name)
        if not here.any():
            raise DataError(
                f"'{name}' is excluded but not in the data",
                where=f"{source}, column {spec.entity}",
                fix=f"{suggest(name, known)}take it out of [data] exclude",
            )
        keep &= ~here
    if spec.years is not None:
        first, last = spec.years
        if first > last or first < time.min() or last > time.max():
            raise DataError(
                f"the years {first} to {last} are not all in the data",
                where=f"{source}, column {spec.time}",
                fix=f"the data run from {time.min()} to {time.max()}; write [data] years = [first, last]",
            )
        keep &= (time >= first) & (time <= last)
    if not keep.any():
        raise DataError("no row is left", where=source, fix="look at [data] exclude and years")
    return keep


def refuse_duplicates(entity: Any, time: Any, index: pd.Index[Any], lines: Lines) -> None:
    """Raise DataError where a region-year stands in several rows, naming them."""
    keys = pd.MultiIndex.from_arrays([entity, time])
    twice = keys.duplicated(keep=False)
    if twice.any():
        first = keys[twice][0]
        rows = [int(i) + lines.first for i in index[keys == first]]
        pairs = len(keys[twice].unique())
        raise DataError(
            f"{first[0]} {first[1]} stands in {len(rows)} rows"
            + (f" (and {pairs - 1} more region-years are repeated)" if pairs > 1 else ""),
            where=f"{lines.source}, rows {', '.join(map(str, rows[:SHOWN]))}",
            fix="keep one row per region and year, or take the code of the region as entity",
        )


def _order(entity: Any, time: Any) -> Any:
    """Return the order of rows by entity (as text), then year."""
    codes, distinct = pd.factorize(entity)
    rank = np.empty(len(distinct), dtype=np.intp)
    rank[sorted(range(len(distinct)), key=lambda i: str(distinct[i]))] = np.arange(len(distinct))
    return np.lexsort([time, rank[codes]])


def _unbalanced(index: pd.MultiIndex) -> list[Text]:
    """Return a note that counts the region-years that have no row."""
    full = pd.MultiIndex.from_product([index.unique(0), index.unique(1)])
    if len(full) == len(index):
        return []
    gone = full.difference(index)
    return [
        text(
            "The panel is not balanced: {count} {count:region-year has|region-years have} no row "
            "({where}{more})",
            count=len(gone),
            where=tuple(f"{entity} {year}" for entity, year in gone[:SHOWN]),
            more=", ..." if len(gone) > SHOWN else "",
        )
    ]


def _columns(
    table: pd.DataFrame, spec: DataSpec, numeric: Collection[str], lines: Lines
) -> tuple[pd.DataFrame, pd.DataFrame, list[Text]]:
    numbers: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    faults: list[tuple[Any, str, object]] = []
    notes: list[Text] = []
    value_labels: Mapping[str, Mapping[float, str]] = table.attrs.get("values", {})
    for name in map(str, table.columns):
        if name in (spec.entity, spec.time):
            continue
        values, marked = _without_markers(_blanked(table[name]), spec.missing)
        found = to_floats(values)
        bad = values.notna().to_numpy() & ~np.isfinite(found)
        if name in numeric or (not bad.any() and name not in value_labels and name != spec.entity_label):
            faults += [(i, name, values.loc[i]) for i in values.index[bad]]
            numbers[name] = found
            if marked:
                notes.append(
                    text(
                        "{count} {count:cell|cells} of {column} marked as missing",
                        count=marked,
                        column=Name(name),
                    )
                )
        else:
            named = value_labels.get(name, {})
            texts[name] = ["" if pd.isna(v) else as_text(named.get(v, v)) for v in values]
    if faults:
        raise _faulty(faults, lines)
    return pd.DataFrame(numbers, index=table.index), pd.DataFrame(texts, index=table.index), notes


def _blanked(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return the cells with those that hold nothing but blanks made missing."""
    if pd.api.types.is_numeric_dtype(values):
        return values
    return values.mask(values.astype(str).str.strip() == "")


def _without_markers(values: pd.Series[Any], markers: Iterable[str]) -> tuple[pd.Series[Any], int]:
    listed = list(markers)
    if not listed or pd.api.types.is_numeric_dtype(values):
        return values, 0
    marked = values.astype(str).str.strip().isin(listed) & values.notna()
    return values.mask(marked), int(marked.sum())


def to_floats(values: pd.Series[Any]) -> Any:
    """Return the cells as floats, shape (n,): missing where empty or not a number."""
    if pd.api.types.is_bool_dtype(values):
        return np.full(len(values), np.nan)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    if values.dtype == object:
        values = values.where(~values.map(lambda cell: isinstance(cell, bool)), None)
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)


#: What is wrong with a cell, by its look, and how to mend it; the first that fits.
LOOKS: tuple[tuple[str, str, str], ...] = (
    (r"[+-]?\d{1,3}([,，_ ]\d{3})+(\.\d+)?", "a thousands separator", "take the separators out"),
    (r"[+-]?\d+,\d+", "a decimal comma", "write a point"),
    (r"[+-]?(?=.*[０-９])[\d．.]+", "full-width digits", "write them as 0-9"),
    (r".*[%％]", "a percent sign", "write the number alone and keep the unit for the codebook"),
    (r"[+-]?inf(inity)?", "an infinite value", "leave the cell empty, or mend what divided by zero"),
    (r"[+-]?\.?\d[\d.]*(e[+-]?\d+)?\s*\D+", "a unit", "write the number alone, all rows in the same unit"),
    (
        r"[\W_]+|n/?a|nan|null|none|#\S+|无|缺失|缺|不详|x",
        "a marker",
        'leave the cell empty if it is missing, or name it under [data]: missing = ["{cell}"]',
    ),
    (r".*", "text", "write a number, or leave the cell empty if it is missing"),
)


def _faulty(faults: list[tuple[Any, str, object]], lines: Lines) -> DataError:
    """Return the error of cells that are not numbers: the first few by place, and how to mend the first."""
    faults = sorted(faults, key=lambda fault: int(fault[0]))
    row, column, cell = faults[0]
    shown = str(cell).strip()
    look, fix = next((look, fix) for form, look, fix in LOOKS if re.fullmatch(form, shown, re.IGNORECASE))
    others = [f"row {int(i) + lines.first} {c} '{v}'" for i, c, v in faults[1:SHOWN]]
    more = f"; also {', '.join(others)}" if others else ""
    more += f" and {len(faults) - SHOWN} more cells" if len(faults) > SHOWN else ""
    return DataError(
        f"'{cell}' is not a number ({look})", where=lines.at(row, column) + more, fix=fix.format(cell=shown)
    )


def _entity_labels(table: pd.DataFrame, entity: Any, spec: DataSpec, source: str) -> dict[str, str]:
    if spec.entity_label is None:
        return {}
    pairs = pd.DataFrame({"entity": entity, "label": table[spec.entity_label].to_numpy()}).drop_duplicates()
    twice = pairs["entity"].duplicated()
    if twice.any():
        raise DataError(
            f"'{pairs['entity'][twice].iloc[0]}' has several names",
            where=f"{source}, column {spec.entity_label}",
            fix="give each region one name, the same in every year",
        )
    return {str(e): as_text(label) for e, label in zip(pairs["entity"], pairs["label"], strict=True)}
