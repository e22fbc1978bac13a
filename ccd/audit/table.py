"""A published table: its columns by name, its numbers with what their digits leave open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ccd.audit.boxes import Printed
from ccd.cells.numbers import read_numbers
from ccd.cells.printed import halves
from ccd.errors import DataError, UsageError, suggest
from ccd.words import Name, text

#: What a column may be called, in small letters, beside what the command names.
ROLES: Mapping[str, tuple[str, ...]] = {
    "C": ("c", "coupling degree", "耦合度", "耦合度c"),
    "T": ("t", "coordination index", "综合协调指数", "协调指数", "协调指数t"),
    "D": ("d", "coupling coordination degree", "耦合协调度", "耦合协调度d"),
    "grade": ("grade", "等级", "协调等级", "耦合协调等级"),
    "indicator": ("indicator", "指标"),
    "weight": ("weight", "权重"),
}
INDEX = re.compile(r"u_?\d+", re.IGNORECASE)
#: Columns in front of U that name a row.
NAMING = 2


@dataclass(frozen=True)
class Published:
    """The table ``source``: indices ``u`` (m, n) of ``names``, what else it prints (m,) by column, names of rows."""

    source: str
    names: tuple[str, ...]
    u: Printed
    printed: Mapping[str, Printed]
    grade: tuple[str, ...]
    rows: tuple[str, ...]


@dataclass(frozen=True)
class PublishedWeights:
    """Weights (k,) that a table prints for indicators."""

    source: str
    indicators: tuple[str, ...]
    weight: Printed


def read_published(
    table: pd.DataFrame, source: str, indices: Sequence[str] = (), named: Mapping[str, str] | None = None
) -> Published | PublishedWeights:
    """Return what a table prints; ``indices`` are its columns U, ``named`` maps C, T, D, grade, weight to a column.

    Raises DataError where there are neither indices nor weights, UsageError for a column that is not there.
    """
    found = _roles(table, source, named or {})
    u = [_column(table, name, source) for name in indices] or [
        str(c) for c in table if INDEX.fullmatch(str(c))
    ]
    if not u and {"indicator", "weight"} <= found.keys():
        rows = table[table[found["indicator"]].notna()]
        listed = tuple(str(cell).strip() for cell in rows[found["indicator"]])
        return PublishedWeights(source, listed, _printed(rows, found["weight"], source))
    if len(u) < 2:
        raise DataError(
            text("the table names no indices U1, U2, ..: without them nothing can be made again"),
            where=text("{file}, header", file=source),
            fix=text(
                "name them: --U a,b (columns are: {columns})",
                columns=tuple(str(name) for name in table.columns),
            ),
        )
    columns = [_printed(table, name, source) for name in u]
    indices_ = Printed(
        np.column_stack([one.value for one in columns]), np.column_stack([one.half for one in columns])
    )
    if (indices_.value < 0).any():
        raise DataError(
            text("an index U is below 0, where no degree of coupling is defined"),
            where=text("{file}, columns {columns}", file=source, columns=tuple(Name(name) for name in u)),
            fix=text("name other columns: --U a,b"),
        )
    roles = [role for role in ("C", "T", "D") if role in found]
    if not roles:
        raise DataError(
            text("the table prints none of C, T and D"),
            where=text("{file}, header", file=source),
            fix=text("name its columns: --column D=NAME"),
        )
    grade = table[found["grade"]] if "grade" in found else pd.Series([""] * len(table))
    return Published(
        source=source,
        names=tuple(str(name) for name in u),
        u=indices_,
        printed={role: _printed(table, found[role], source) for role in roles},
        grade=tuple("" if pd.isna(cell) else str(cell).strip() for cell in grade),
        rows=_rows(table, u, {*map(str, found.values())}),
    )


def _roles(table: pd.DataFrame, source: str, named: Mapping[str, str]) -> dict[str, str]:
    for role in named:
        if role not in ROLES:
            raise UsageError(
                text("'{role}' is no column of a table that can be audited", role=role),
                where="--column",
                fix=text("{near}one of: {roles}", near=suggest(role, ROLES), roles=tuple(ROLES)),
            )
    found = {role: _column(table, name, source) for role, name in named.items()}
    for role, words in ROLES.items():
        known = [name for name in table.columns if str(name).strip().lower() in words]
        if role not in found and known:
            found[role] = known[0]
    return found


def _column(table: pd.DataFrame, name: str, source: str) -> str:
    if name in table.columns:
        return name
    known = [str(column) for column in table.columns]
    raise UsageError(
        text("there is no column '{column}'", column=name),
        where=text("{file}, header", file=source),
        fix=text("{near}columns are: {columns}", near=suggest(name, known), columns=tuple(known)),
    )


def _printed(table: pd.DataFrame, name: str, source: str) -> Printed:
    cells = table[name]
    value, _ = read_numbers(cells)
    bad = np.flatnonzero(np.isnan(value) & cells.notna().to_numpy())
    if len(bad):
        line = int(bad[0]) + int(table.attrs.get("first_line", 2))
        raise DataError(
            text("'{cell}' is no number", cell=str(cells.iloc[bad[0]])),
            where=text("{file}, row {row}, column {column}", file=source, row=line, column=name),
            fix=text("correct the cell, or leave it empty"),
        )
    return Printed(value, halves(cells.where(cells.notna(), "")))


def _rows(table: pd.DataFrame, u: Sequence[str], taken: set[str]) -> tuple[str, ...]:
    """Return the names of the rows: the cells in front of the first index, or their numbers."""
    before = list(table.columns[: list(table.columns).index(u[0])])
    naming = [name for name in before if str(name) not in taken][:NAMING]
    if not naming:
        return tuple(f"{k + 1}" for k in range(len(table)))
    cells = table[naming].astype(object).where(table[naming].notna(), "")
    return tuple(" ".join(_short(cell) for cell in row) for row in cells.to_numpy())


def _short(cell: object) -> str:
    return f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
