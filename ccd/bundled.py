"""The bundled data: found in a checkout and in an installed wheel."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ccd.errors import UsageError, suggest
from ccd.words import text

if TYPE_CHECKING:
    from ccd.panel import Panel

#: Coordinates of provinces in degrees, at hand wherever the entities are provinces.
COORDINATES = ("lon_capital", "lat_capital", "lon_centroid", "lat_centroid")
HERE = Path(__file__).resolve().parent


def data_folder() -> Path:
    """Return the folder of the bundled files: ``ccd/data`` in a wheel, ``data`` in a checkout."""
    installed = HERE / "data"
    return installed if installed.is_dir() else HERE.parent / "data"


def data_files() -> tuple[Path, ...]:
    """Return the bundled csv files, sorted by name."""
    return tuple(sorted(data_folder().glob("*.csv")))


def data_path(name: str) -> Path:
    """Return the path of a bundled file such as ``provinces.csv``. Raises UsageError when there is none."""
    path = data_folder() / name
    if not path.is_file():
        known = [file.name for file in data_files()]
        raise UsageError(
            text("no bundled file is called '{name}'", name=name),
            where=text("bundled data"),
            fix=text("{near}there are: {known}", near=suggest(name, known), known=tuple(known)),
        )
    return path


@cache
def bundled_rows(name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of a bundled csv file as dictionaries of strings."""
    with data_path(name).open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


def codebook_labels(language: Literal["en", "zh"]) -> dict[str, str]:
    """Return variable -> name in ``language`` for the columns of the bundled panel."""
    return {row["variable"]: row[f"name_{language}"] for row in bundled_rows("codebook.csv")}


def policy_labels(language: Literal["en", "zh"]) -> dict[str, str]:
    """Return policy of the registry -> what tables and figures call it in ``language``."""
    return {row["policy"]: row[f"label_{language}"] for row in bundled_rows("policy_names.csv")}


def policy_names(language: Literal["en", "zh"]) -> dict[str, str]:
    """Return policy of the registry -> its full name in ``language``."""
    return {row["policy"]: row[f"name_{language}"] for row in bundled_rows("policy_names.csv")}


def province_code(name: str) -> str:
    """Return the adcode of a province by its name (zh full or short, en) or code; empty when it is none."""
    return _province_codes().get(folded(name), "")


@cache
def _province_codes() -> dict[str, str]:
    codes = {}
    for row in bundled_rows("regions.csv"):
        for key in ("adcode", "name_zh", "short_zh", "name_en"):
            codes[folded(row[key])] = row["adcode"]
    return codes


def folded(name: str) -> str:
    """Return a name without blanks, punctuation and case."""
    return re.sub(r"[\W_]", "", name).casefold()


def with_coordinates(panel: Panel, wanted: Iterable[str]) -> Panel:
    """Return the panel with those of COORDINATES that are wanted and not there, where all entities are provinces."""
    import pandas as pd  # not for those who only look up a name

    known = {*panel.frame.columns, *panel.groups.columns}
    missing = [name for name in dict.fromkeys(wanted) if name in COORDINATES and name not in known]
    codes = [province_code(entity) for entity in panel.entities]
    if not missing or not all(codes):
        return panel
    rows = {row["adcode"]: row for row in bundled_rows("regions.csv")}
    columns = {name: [float(rows[codes[i]][name]) for i in panel.entity_codes] for name in missing}
    return panel.with_columns(pd.DataFrame(columns, index=panel.frame.index))
