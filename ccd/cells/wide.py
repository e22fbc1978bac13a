"""Wide sheets, whose columns are years, as one row a region and year and one column an indicator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ccd.cells.lines import Lines, Place, Places, lines_of
from ccd.cells.names import as_text, blanked, entities, no_name
from ccd.cells.spec import DataSpec
from ccd.cells.years import year_of
from ccd.errors import DataError, Words, raise_all, suggest
from ccd.words import Name, Text, names, text


@dataclass(frozen=True)
class Block:
    """One indicator of one sheet: its region by row, its years by column, its cells (n, t) and their lines."""

    indicator: str
    regions: Any
    years: Mapping[str, int]
    table: pd.DataFrame
    lines: Lines
    source: Words


def long_table(sheets: Mapping[str, pd.DataFrame], spec: DataSpec, source: str) -> pd.DataFrame:
    """Return the sheets as one table; a region-year without any cell has no row.

    An indicator is named as its sheet (as the file, where that has no sheets), or by the cells of the column
    ``indicator``. Columns that are neither are kept where they say one thing of each region. Raises DataError for
    sheets without years or regions, and where an indicator of a region stands in two rows.
    """
    blocks = list(_blocks(sheets, spec, source))
    regions = pd.Index(list(dict.fromkeys(region for block in blocks for region in block.regions)))
    years = sorted({year for block in blocks for year in block.years.values()})
    size = len(regions) * len(years)
    columns: dict[str, Any] = {}
    places: dict[str, Place] = {}
    notes: list[Text] = []
    for block in blocks:
        if block.indicator not in columns:
            columns[block.indicator] = np.full(size, None, dtype=object)
            heads = np.full(size, "", dtype=object)
            places[block.indicator] = Place(block.source, np.zeros(size, dtype=np.intp), heads)
        _put(block, regions, years, columns[block.indicator], places[block.indicator])
    if spec.indicator is None:
        notes += _absent(blocks, regions)
    known = np.any([[cell is not None for cell in cells] for cells in columns.values()], axis=0)
    fixed, said = _fixed(sheets, blocks, regions, spec)
    by_region = np.repeat(np.arange(len(regions)), len(years))
    first = np.max([place.rows for place in places.values()], axis=0)
    keys = {spec.entity: regions.to_numpy()[by_region], spec.time: np.tile(years, len(regions))}
    held = {name: cells[by_region] for name, cells in fixed.items()}
    whole = pd.DataFrame({**keys, **held, **columns})
    places |= {name: Place(source, first) for name in (*keys, *held)}
    table = whole[known]
    attrs = {key: value for one in sheets.values() for key, value in one.attrs.items() if key != "first_line"}
    table.attrs.update({**attrs, "places": Places(places), "notes": [*notes, *said]})
    return table


def _blocks(sheets: Mapping[str, pd.DataFrame], spec: DataSpec, source: str) -> Iterator[Block]:
    """Yield the indicators of all sheets. Raises DataError with what is wrong in any of them."""
    faults: list[DataError] = []
    blocks: list[Block] = []
    for sheet, table in sheets.items():
        named: Words = text("{file}, sheet {sheet}", file=source, sheet=sheet) if len(sheets) > 1 else source
        fault = _unfit(table, spec, named)
        if fault is not None:
            faults.append(fault)
            continue
        lines = lines_of(table, source)
        years = _years(table, spec)
        regions = blanked(table[spec.entity])
        regions = regions.ffill() if spec.merged else regions
        if regions.isna().any():
            faults.append(no_name(regions, spec.entity, lines))
            continue
        found = entities(table, regions)
        if spec.indicator is None:
            blocks.append(Block(sheet, found, years, table, lines, named))
            continue
        which = table[spec.indicator].map(as_text, na_action="ignore")
        if which.isna().any():
            faults.append(
                DataError(
                    text("the name of the indicator is empty"),
                    where=lines.at(which.index[which.isna().to_numpy()][0], spec.indicator),
                    fix=text("fill it in, or leave rows of remarks out with [data] skip_footer = N"),
                )
            )
            continue
        for name in dict.fromkeys(which):
            rows = (which == name).to_numpy()
            blocks.append(Block(str(name), found[rows], years, table[rows], lines, named))
    faults += _repeated(blocks)
    raise_all(faults)
    yield from blocks


def _unfit(table: pd.DataFrame, spec: DataSpec, source: Words) -> DataError | None:
    """Return why a sheet cannot be made long."""
    known = [*map(str, table.columns)]
    for name in (spec.entity, *((spec.indicator,) if spec.indicator else ())):
        if name not in known:
            return DataError(
                text("there is no column '{column}'", column=name),
                where=text("{file}, header", file=source),
                fix=text(
                    "{near}columns are: {columns}", near=suggest(name, known), columns=tuple(known[:40])
                ),
            )
    years = [year for year in (year_of(head) for head in known) if year is not None]
    if not years or len(set(years)) < len(years):
        what = text("no column is a year") if not years else text("a year stands in two columns")
        return DataError(
            what,
            where=text("{file}, header", file=source),
            fix=text(
                "with wide = true the years are columns, such as 2011 or 2011年; a title above needs skip_rows"
            ),
        )
    return None


def _years(table: pd.DataFrame, spec: DataSpec) -> dict[str, int]:
    keys = (spec.entity, spec.entity_label, spec.indicator)
    found = {str(head): year_of(head) for head in table.columns if head not in keys}
    return {head: year for head, year in found.items() if year is not None}


def _repeated(blocks: list[Block]) -> Iterator[DataError]:
    """Yield an error of each indicator that a region has in two rows, of one sheet or of two."""
    seen: dict[tuple[str, str], Text] = {}
    told: set[str] = set()
    for block in blocks:
        for record, region in zip(block.table.index, block.regions, strict=True):
            place = text("{file}, row {row}", file=block.source, row=block.lines.row(record, ""))
            before = seen.setdefault((block.indicator, region), place)
            if before is not place and block.indicator not in told:
                told.add(block.indicator)
                yield DataError(
                    text("{indicator} of {region} stands in two rows",
                         indicator=Name(block.indicator), region=Name(region)),
                    where=text("{place} and {other}", place=before, other=place),
                    fix=text("keep one; where rows are indicators, name their column: [data] indicator"),
                )  # fmt: skip


def _put(block: Block, regions: pd.Index[Any], years: list[int], cells: Any, place: Place) -> None:
    """Write the cells of a block where they belong among all region-years."""
    at = regions.get_indexer(block.regions) * len(years)
    lines = block.table.index.to_numpy() + block.lines.first
    for head, year in block.years.items():
        to = at + years.index(year)
        column = blanked(block.table[head])
        cells[to] = column.astype(object).where(column.notna(), None).to_numpy()
        place.rows[to] = lines
        if place.columns is not None:
            place.columns[to] = head


def _absent(blocks: list[Block], regions: pd.Index[Any]) -> list[Text]:
    """Return a note of each indicator whose sheet lacks regions that another has."""
    lacking = ((block, regions.difference(block.regions, sort=False)) for block in blocks)
    return [
        text("{indicator} has no row for {regions}", indicator=Name(block.indicator), regions=names(gone))
        for block, gone in lacking
        if len(gone)
    ]


def _fixed(
    sheets: Mapping[str, pd.DataFrame], blocks: list[Block], regions: pd.Index[Any], spec: DataSpec
) -> tuple[dict[str, Any], list[Text]]:
    """Return what other columns say of each region, (N,), and a note of those that say several things."""
    made = {block.indicator for block in blocks}
    found: dict[str, Any] = {}
    several: list[str] = []
    for sheet in sheets.values():
        years = _years(sheet, spec)
        of = regions.get_indexer(entities(sheet, blanked(sheet[spec.entity]).ffill()))
        for column in map(str, sheet.columns):
            if column in (spec.entity, spec.indicator, *years) or column in made:
                continue
            cells = found.setdefault(column, np.full(len(regions), None, dtype=object))
            own = blanked(sheet[column])
            for i, cell in zip(of[own.notna()], own.dropna(), strict=True):
                if cells[i] is not None and as_text(cells[i]) != as_text(cell):
                    several.append(column)
                cells[i] = cell if cells[i] is None else cells[i]
    notes = []
    if several:
        left = names(dict.fromkeys(several))
        notes = [text("Columns that say several things of one region are left out: {columns}", columns=left)]
    return {name: cells for name, cells in found.items() if name not in several}, notes
