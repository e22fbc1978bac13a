"""The numbers as files: tidy csv and json at full precision, in the layout that DESIGN promises."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccd.plain import guarded, json_value, to_json
from ccd.results import Estimate, Part, Results, Value

if TYPE_CHECKING:
    import pandas as pd


def write_numbers(results: Results, folder: Path) -> None:
    """Write every part as a csv file and every model's summary.json under ``folder``.

    index/, coupling/, describe/, documents/, comparisons/, the room of each chapter and models/NAME/ hold their
    parts; a model also its terms.csv, vcov.csv and summary.json.
    """
    rooms: dict[str, Iterable[Part[Value]]] = {
        "index": results.index.parts if results.index else (),
        "coupling": results.coupling.parts if results.coupling else (),
        "describe": results.describe,
        "documents": results.documents.parts if results.documents else (),
        "comparisons": results.comparisons,
    }
    for chapter in results.chapters:
        rooms[chapter.room] = (*rooms.get(chapter.room, ()), *chapter.parts)
    for room, parts in rooms.items():
        write_parts(parts, folder / room)
    for name, estimate in results.estimates.items():
        own = folder / "models" / name
        write_parts(estimate.parts, own)
        write_csv(estimate.terms.frame(), own / "terms.csv")
        write_csv(estimate.covariance_frame().rename_axis("term").reset_index(), own / "vcov.csv")
        (own / "summary.json").write_text(to_json(summary(estimate)), encoding="utf-8", newline="\n")


def write_parts(parts: Iterable[Part[Value]], folder: Path) -> None:
    """Write each part as NAME.csv in ``folder``."""
    for part in parts:
        write_csv(part.frame, folder / f"{part.name}.csv")


def write_csv(frame: pd.DataFrame, path: Path, encoding: str = "utf-8") -> None:
    """Write a tidy frame: shortest digits that read back as the same number, missing cells empty, no formulas."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([guarded(str(name)) for name in frame.columns])
        # the same bytes as DataFrame.to_csv in half the time, which counts with thousands of counties
        writer.writerows(zip(*(_cells(frame.iloc[:, j]) for j in range(frame.shape[1])), strict=True))


def _cells(column: pd.Series[Any]) -> list[Any]:
    values = column.tolist()
    if column.dtype.kind not in "fiub":
        values = [value if isinstance(value, bool | int | float) else guarded(str(value)) for value in values]
    for row in np.flatnonzero(column.isna().to_numpy()):
        values[row] = None
    return values


def summary(estimate: Estimate) -> dict[str, Any]:
    """Return what summary.json says of a model: its facts, the facts of its parts, and its notes."""
    return {
        **json_value(estimate.summary()),
        "parts": {
            part.name: json_value(part.value.scalars()) for part in estimate.parts if part.value.scalars()
        },
        "notes": [
            str(note) for note in (*estimate.notes, *(n for part in estimate.parts for n in part.notes))
        ],
    }
