"""The columns of a table: numbers into the frame, the rest into groups, every faulty cell named."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ccd.arrays import countable
from ccd.cells.lines import Lines
from ccd.cells.looks import Cell, faults_of
from ccd.cells.names import as_text, blanked
from ccd.cells.numbers import read_numbers, without_markers
from ccd.cells.spec import DataSpec
from ccd.errors import DataError
from ccd.words import Name, Text, text


@dataclass(frozen=True)
class Columns:
    """Numbers and texts by column, what there is to say, and the errors of cells that are not numbers."""

    frame: pd.DataFrame
    groups: pd.DataFrame
    notes: list[Text]
    faults: list[DataError]


def columns_of(table: pd.DataFrame, spec: DataSpec, numeric: Collection[str], lines: Lines) -> Columns:
    """Return the columns beside region and year; those in ``numeric`` must be numbers in every row."""
    numbers: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    faulty: list[Cell] = []
    notes: list[Text] = []
    mended: list[Text] = []
    value_labels: Mapping[str, Mapping[float, str]] = table.attrs.get("values", {})
    delimiter = str(table.attrs.get("delimiter", ","))
    for name in map(str, table.columns):
        if name in (spec.entity, spec.time):
            continue
        values, marked = without_markers(blanked(table[name]), spec.missing)
        found, odd = read_numbers(values, delimiter)
        bad = values.notna().to_numpy() & ~countable(found)
        if name in numeric or (not bad.any() and name not in value_labels and name != spec.entity_label):
            faulty += [Cell(i, name, values.loc[i]) for i in values.index[bad]]
            numbers[name] = found
            if odd.any():
                mended.append(text("{column} ({count})", column=Name(name), count=int(odd.sum())))
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
    if mended:
        notes.append(
            text(
                "Cells with thousands separators or full-width digits read as numbers: {cells}", cells=mended
            )
        )
    return Columns(
        pd.DataFrame(numbers, index=table.index),
        pd.DataFrame(texts, index=table.index),
        notes,
        faults_of(faulty, lines),
    )
