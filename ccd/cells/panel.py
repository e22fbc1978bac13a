"""From the cells of a table to a Panel: nothing is guessed, every fault of the table is named at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray
from ccd.cells.columns import columns_of
from ccd.cells.lines import Lines, lines_of
from ccd.cells.looks import SHOWN
from ccd.cells.names import as_text, blanked, entities, folded_together, no_name
from ccd.cells.spec import DataSpec
from ccd.cells.years import dates_read, find_years, no_year
from ccd.errors import DataError, raise_all, suggest
from ccd.panel import Panel
from ccd.words import Name, Text, text


def make_panel(
    table: pd.DataFrame,
    spec: DataSpec,
    source: str,
    numeric: Collection[str],
    made: Collection[str] = (),
    asked: Mapping[str, str] | None = None,
) -> Panel:
    """Return the panel of ``table``; ``source`` names the file, ``made`` the columns made later, in messages.

    Columns in ``numeric`` must be numbers in every row used (an empty cell is missing); of the others,
    those that are numbers throughout join the frame and the rest the groups. Labels are the study's, then
    Stata's, then the entities' by ``entity_label``. ``asked`` says which key of the study names a column. Raises
    DataError, or all of several at once, naming file, row, column and cell.
    """
    lines = lines_of(table, source)
    faults = _missing(table, spec, numeric, made, source, asked or {})
    if {spec.entity, spec.time, spec.entity_label or spec.entity} - {*map(str, table.columns)}:
        raise_all(faults)
    table, found, named = _keys(table, spec, lines, faults)
    keep = _used(table, *found, spec, source, faults)
    table, entity, time = table[keep], found[0][keep], found[1][keep]
    faults += _duplicates(entity, time, table.index, spec.entity, lines)
    order = _order(entity, time)
    table, entity, time = table.iloc[order], entity[order], time[order]
    index = pd.MultiIndex.from_arrays([entity, time], names=[spec.entity, spec.time])
    if len(table) and (len(index.unique(0)) < 2 or len(index.unique(1)) < 2) and not faults:
        faults.append(_too_few(source, regions=len(index.unique(0)) < 2))
    faults += _units(table, spec, made, source)
    columns = columns_of(table, spec, [name for name in numeric if name in table.columns], lines)
    raise_all([*faults, *columns.faults])
    labels = {**table.attrs.get("labels", {}), **spec.labels}
    return Panel(
        columns.frame.set_axis(index, axis=0),
        columns.groups.set_axis(index, axis=0),
        labels={**_entity_labels(table, entity, spec, source), **labels},
        units=spec.units,
        source=source,
        notes=(
            *_guessed_encoding(table, source),
            *table.attrs.get("notes", ()),
            *named,
            *_unbalanced(index),
            *columns.notes,
        ),
    )


def _keys(
    table: pd.DataFrame, spec: DataSpec, lines: Lines, faults: list[DataError]
) -> tuple[pd.DataFrame, tuple[Any, Any], list[Text]]:
    """Return the rows that name a region and a year, both as arrays (n,), and notes; the others become faults."""
    regions = blanked(table[spec.entity])
    if spec.merged:
        regions = regions.ffill()
    nameless = regions.isna().to_numpy()
    if nameless.any():
        faults.append(no_name(regions, spec.entity, lines))
    times, bad = find_years(table[spec.time])
    bad &= ~nameless
    if bad.any():
        faults.append(no_year(table[spec.time], bad, lines))
    good = ~nameless & ~bad
    if not good.any():
        raise_all(faults)
    regions = regions[good]
    notes = [*folded_together(regions), *dates_read(table[spec.time])]
    return table[good], (entities(table, regions), times[good].astype(np.int64)), notes


def _missing(
    table: pd.DataFrame,
    spec: DataSpec,
    numeric: Collection[str],
    made: Collection[str],
    source: str,
    asked: Mapping[str, str],
) -> list[DataError]:
    """Return the errors of columns that are not there, and of one column for region and year."""
    known = [str(name) for name in table.columns]
    keys = {spec.entity: "data.entity", spec.time: "data.time", spec.entity_label or "": "data.entity_label"}
    wanted = [spec.entity, spec.time, *([spec.entity_label] if spec.entity_label else []), *numeric]
    gone = list(dict.fromkeys(name for name in wanted if name not in known))
    faults = []
    if gone:
        asking = dict.fromkeys(asked.get(name, keys.get(name, "")) for name in gone) if asked else {}
        header, nearest = text("{file}, header", file=source), [suggest(n, [*known, *made]) for n in gone]
        more = text(", nor {columns}", columns=tuple(f"'{name}'" for name in gone[1:])) if gone[1:] else ""
        named = tuple(key for key in asking if key)
        faults.append(
            DataError(
                text("there is no column '{column}'{more}", column=gone[0], more=more),
                where=text("{place}; asked for by {key}", place=header, key=named) if named else header,
                fix=text(
                    "{near}columns are: {columns}",
                    near=next((near for near in nearest if near), ""),
                    columns=tuple(known[:40]),
                ),
            )
        )
    if spec.entity == spec.time:
        faults.append(
            DataError(
                text("entity and time are the same column"),
                where=text("{file}, column {column}", file=source, column=spec.time),
                fix=text("name two columns"),
            )
        )
        raise_all(faults)
    return faults


def _too_few(source: str, *, regions: bool) -> DataError:
    if regions:
        what, fix = text("the data hold one region only"), text("a panel needs at least two regions")
    else:
        what, fix = text("the data hold one year only"), text("a panel needs at least two years")
    return DataError(what, where=source, fix=fix)


def _guessed_encoding(table: pd.DataFrame, source: str) -> tuple[Text, ...]:
    """Return the note of a file that is not UTF-8: bytes of other encodings may pass for GB18030 too."""
    if table.attrs.get("encoding") != "GB18030":
        return ()
    return (text("{file} is not UTF-8 and was read as GB18030", file=Name(source)),)


def _units(table: pd.DataFrame, spec: DataSpec, made: Collection[str], source: str) -> list[DataError]:
    known = [*map(str, table.columns), *made]
    return [
        DataError(
            text("there is no column '{column}' to have a unit", column=name),
            where=text("study, [data.units]; {file}, header", file=source),
            fix=text(
                "{near}name a column of the data, or one that the study makes", near=suggest(name, known)
            ),
        )
        for name in spec.units
        if name not in known
    ]


def _used(
    table: pd.DataFrame, entity: Any, time: Any, spec: DataSpec, source: str, faults: list[DataError]
) -> BoolArray:
    """Return the rows that exclude and years leave, shape (n,)."""
    keep = np.ones(len(table), dtype=bool)
    shown = table[spec.entity_label].map(as_text).to_numpy() if spec.entity_label else entity
    known = sorted({*entity, *shown})
    for name in spec.exclude:
        here = (entity == as_text(name)) | (shown == as_text(name))
        if not here.any():
            near = suggest(name, known)
            faults.append(
                DataError(
                    text("'{region}' is excluded but not in the data", region=name),
                    where=text("{file}, column {column}", file=source, column=spec.entity),
                    fix=text("{near}take it out of [data] exclude", near=near),
                )
            )
        keep &= ~here
    if spec.years is not None:
        first, last = spec.years
        if first > last or first < time.min() or last > time.max():
            faults.append(
                DataError(
                    text("the years {first} to {last} are not all in the data", first=first, last=last),
                    where=text("{file}, column {column}", file=source, column=spec.time),
                    fix=text(
                        "the data run from {first} to {last}; write [data] years = [first, last]",
                        first=time.min(),
                        last=time.max(),
                    ),
                )
            )
        else:
            keep &= (time >= first) & (time <= last)
    if not keep.any():
        faults.append(
            DataError(text("no row is left"), where=source, fix=text("look at [data] exclude and years"))
        )
        raise_all(faults)
    return keep


def refuse_duplicates(entity: Any, time: Any, index: pd.Index[Any], lines: Lines) -> None:
    """Raise DataError where a region-year stands in several rows, naming them."""
    raise_all(_duplicates(entity, time, index, "", lines))


def _duplicates(entity: Any, time: Any, index: pd.Index[Any], column: str, lines: Lines) -> list[DataError]:
    keys = pd.MultiIndex.from_arrays([entity, time])
    twice = keys.duplicated(keep=False)
    if not twice.any():
        return []
    first = keys[twice][0]
    rows = [lines.row(i, column) for i in index[keys == first]]
    others = len(keys[twice].unique()) - 1
    return [
        DataError(
            text(
                "{region} {year} stands in {count} {count:row|rows}{more}",
                region=first[0],
                year=first[1],
                count=len(rows),
                more=text(" (and {count} more region-years are repeated)", count=others) if others else "",
            ),
            where=text("{file}, rows {rows}", file=lines.source, rows=tuple(map(str, rows[:SHOWN]))),
            fix=text("keep one row per region and year, or take the code of the region as entity"),
        )
    ]


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
            where=tuple(text("{region} {year}", region=Name(i), year=int(t)) for i, t in gone[:SHOWN]),
            more=", ..." if len(gone) > SHOWN else "",
        )
    ]


def _entity_labels(table: pd.DataFrame, entity: Any, spec: DataSpec, source: str) -> dict[str, str]:
    if spec.entity_label is None:
        return {}
    labels = table[spec.entity_label].map(as_text, na_action="ignore").to_numpy()
    pairs = pd.DataFrame({"entity": entity, "label": labels}).drop_duplicates()
    twice = pairs["entity"].duplicated()
    if twice.any():
        raise DataError(
            text("'{region}' has several names", region=pairs["entity"][twice].iloc[0]),
            where=text("{file}, column {column}", file=source, column=spec.entity_label),
            fix=text("give each region one name, the same in every year"),
        )
    return {str(e): as_text(label) for e, label in zip(pairs["entity"], pairs["label"], strict=True)}
