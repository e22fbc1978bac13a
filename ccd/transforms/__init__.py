"""New columns that a study declares: a family of operations a file, one line of it here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

import numpy as np
import pandas as pd
from pydantic import model_validator

from ccd.arrays import FloatArray, countable
from ccd.errors import DataError, SpecError
from ccd.panel import Panel
from ccd.transforms import gaps, logs, powers, prices, ratios, scaling, steps
from ccd.transforms.operation import Operation
from ccd.words import text

#: key -> operation, in the order of the docs.
OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        **logs.OPERATIONS,
        **steps.OPERATIONS,
        **ratios.OPERATIONS,
        **powers.OPERATIONS,
        **scaling.OPERATIONS,
        **prices.OPERATIONS,
        **gaps.OPERATIONS,
    }
)


class TransformSpec(
    gaps.Gaps, prices.Prices, scaling.Scaling, powers.Powers, ratios.Ratios, steps.Steps, logs.Logs
):
    """One new column: exactly one operation, with the keys that go with it."""

    @model_validator(mode="after")
    def _one_operation(self) -> Self:
        named = [key for key in OPERATIONS if getattr(self, key) is not None]
        if len(named) != 1:
            raise SpecError(text("name exactly one of {operations}", operations=tuple(OPERATIONS)))
        own = OPERATIONS[named[0]]
        for key in sorted(self.model_fields_set - {*OPERATIONS, *own.options}):
            of = [name for name, operation in OPERATIONS.items() if key in operation.options]
            raise SpecError(text("{key} goes with {of}", key=key, of=tuple(of)))
        for key in own.needs:
            if getattr(self, key) is None:
                raise SpecError(text("{named} needs {needs}", named=named[0], needs=own.needs))
        return self

    @property
    def operation(self) -> str:
        """Return the key of the operation."""
        return next(key for key in OPERATIONS if getattr(self, key) is not None)

    def reads(self) -> tuple[str, ...]:
        """Return the columns that the operation needs."""
        own = OPERATIONS[self.operation]
        return (*self._named(), *(str(getattr(self, key)) for key in own.columns))

    def measures(self) -> tuple[str, ...]:
        """Return the columns that the new one measures: of a ratio, or per head, the numerator."""
        return self._named() if OPERATIONS[self.operation].measures_all else self._named()[:1]

    def _named(self) -> tuple[str, ...]:
        value = getattr(self, self.operation)
        return (value,) if isinstance(value, str) else tuple(value)


def apply_transforms(panel: Panel, specs: Mapping[str, TransformSpec]) -> Panel:
    """Return the panel with one more column per entry, in order: later ones may use earlier ones.

    Raises DataError for an unknown column, a name that is taken, or what cannot be computed (the logarithm of a
    number that is not positive, a division by zero), naming region and year.
    """
    for name, spec in specs.items():
        if name in panel.frame.columns or name in panel.groups.columns:
            raise DataError(
                text("'{column}' is already a column of the data", column=name),
                where=text("study, [transforms] {name}", name=name),
                fix=text("give the new column another name"),
            )
        with np.errstate(over="ignore", invalid="ignore"):  # what that leads to is refused
            made = OPERATIONS[spec.operation].make(panel, spec, name)
        _refuse_beyond(panel, name, made.values)
        panel = panel.with_columns(pd.DataFrame({name: made.values}, panel.frame.index)).noted(made.notes)
    return panel


def _refuse_beyond(panel: Panel, name: str, values: FloatArray) -> None:
    beyond = np.flatnonzero(~countable(values) & ~np.isnan(values))
    if len(beyond):
        entity, year = panel.frame.index[beyond[0]]
        raise DataError(
            text("[transforms] {name} becomes too large to count with", name=name),
            where=text(
                "{file}, column {column}, {region} {year}",
                file=panel.source,
                column=name,
                region=entity,
                year=year,
            ),
            fix=text("mend the cell or leave it empty"),
        )


def transform_sources(specs: Mapping[str, TransformSpec]) -> dict[str, frozenset[str]]:
    """Return for each new column every column it is made of, directly or through other new ones."""
    made: dict[str, frozenset[str]] = {}
    for name, spec in specs.items():
        reads = spec.reads()
        made[name] = frozenset(reads).union(*(made.get(column, frozenset()) for column in reads))
    return made
