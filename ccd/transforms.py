"""New columns that a study declares: log, lag, diff, ratio, per_capita."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.spec import Spec


class TransformSpec(Spec):
    """One new column: exactly one of the five operations."""

    log: str | None = None
    """Natural logarithm of a column; every value must be positive."""
    lag: str | None = None
    """Value of a column ``years`` earlier; missing where that year is."""
    diff: str | None = None
    """Value less that of ``years`` earlier; missing where either is."""
    ratio: tuple[str, str] | None = None
    """First column divided by the second."""
    per_capita: str | None = None
    """Column divided by ``by``."""
    by: str = "population"
    """Column of heads for per_capita."""
    years: int = Field(default=1, ge=1)
    """Years back for lag and diff."""

    @model_validator(mode="after")
    def _one_operation(self) -> TransformSpec:
        operations = ("log", "lag", "diff", "ratio", "per_capita")
        named = [key for key in operations if getattr(self, key) is not None]
        if len(named) != 1:
            raise ValueError(f"name exactly one of {', '.join(operations)}")
        if "by" in self.model_fields_set and self.per_capita is None:
            raise ValueError("by goes with per_capita")
        if "years" in self.model_fields_set and self.lag is None and self.diff is None:
            raise ValueError("years goes with lag or diff")
        return self

    def reads(self) -> tuple[str, ...]:
        """Return the columns that the operation needs."""
        if self.ratio is not None:
            return self.ratio
        if self.per_capita is not None:
            return (self.per_capita, self.by)
        return (str(self.log or self.lag or self.diff),)


def apply_transforms(panel: Panel, specs: Mapping[str, TransformSpec]) -> Panel:
    """Return the panel with one more column per entry, in order: later ones may use earlier ones.

    Raises DataError for an unknown column, a name that is taken, the logarithm of a number that is not
    positive, or a division by zero, naming region and year.
    """
    for name, spec in specs.items():
        if name in panel.frame.columns or name in panel.groups.columns:
            raise DataError(
                f"'{name}' is already a column of the data",
                where=f"study, [transforms] {name}",
                fix="give the new column another name",
            )
        panel = panel.with_columns(pd.DataFrame({name: _value(panel, name, spec)}, panel.frame.index))
    return panel


def transform_sources(specs: Mapping[str, TransformSpec]) -> dict[str, frozenset[str]]:
    """Return for each new column every column it is made of, directly or through other new ones."""
    made: dict[str, frozenset[str]] = {}
    for name, spec in specs.items():
        reads = spec.reads()
        made[name] = frozenset(reads).union(*(made.get(column, frozenset()) for column in reads))
    return made


def _value(panel: Panel, name: str, spec: TransformSpec) -> FloatArray:
    columns = [panel.column(column) for column in spec.reads()]
    first = columns[0]
    if spec.log is not None:
        _refuse(
            panel, name, spec.log, first <= 0, "has no logarithm", "shares and counts with zeros stay as is"
        )
        return np.log(first)
    if spec.lag is not None:
        return panel.lagged([spec.lag], spec.years)[spec.lag].to_numpy()
    if spec.diff is not None:
        return np.asarray(first - panel.lagged([spec.diff], spec.years)[spec.diff].to_numpy())
    _refuse(panel, name, spec.reads()[1], columns[1] == 0, "cannot divide", "mend the cell or leave it empty")
    return np.asarray(first / columns[1])


def _refuse(panel: Panel, name: str, column: str, bad: BoolArray, what: str, fix: str) -> None:
    if bad.any():
        entity, year = panel.frame.index[int(np.argmax(bad))]
        value = panel.column(column)[int(np.argmax(bad))]
        more = f" ({int(bad.sum())} cells in all)" if bad.sum() > 1 else ""
        raise DataError(
            f"{value:g} {what}{more}: [transforms] {name}",
            where=f"{panel.source}, column {column}, {entity} {year}",
            fix=fix,
        )
