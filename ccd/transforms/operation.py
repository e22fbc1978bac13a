"""What one operation is: how its column is made, and which keys go with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.words import Text, text


@dataclass(frozen=True)
class Made:
    """A new column, shape (n,), and what there is to say of it."""

    values: FloatArray
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Operation:
    """``make`` takes the panel, the transform and the new column's name; its own keys are ``options``.

    ``columns`` are those of its options that name columns, ``needs`` those that must be given; ``measures_all`` says
    that the new column measures all that the operation names, and not the first alone.
    """

    make: Callable[[Panel, Any, str], Made]
    options: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    measures_all: bool = False


def refuse(panel: Panel, name: str, column: str, bad: BoolArray, what: Text, fix: Text) -> None:
    """Raise DataError at the first of the ``bad`` cells of ``column``; nothing where there is none."""
    if not bad.any():
        return
    at = int(np.argmax(bad))
    entity, year = panel.frame.index[at]
    count = int(bad.sum())
    raise DataError(
        text(
            "{value:g} {what}{more}: [transforms] {name}",
            value=float(panel.column(column)[at]),
            what=what,
            more=text(" ({count} {count:cell|cells} in all)", count=count) if count > 1 else "",
            name=name,
        ),
        where=text("{file}, column {column}, {region} {year}",
                   file=panel.source, column=column, region=entity, year=year),
        fix=fix,
    )  # fmt: skip


def no_base(panel: Panel, name: str, column: str, year: int, regions: list[str]) -> DataError:
    """Return the error of regions that have no figure in the base year."""
    more = text(" (and {count} more)", count=len(regions) - 1) if len(regions) > 1 else ""
    return DataError(
        text("{region}{more} has no figure above 0 in the base year {year}: [transforms] {name}",
             region=regions[0], more=more, year=year, name=name),
        where=text("{file}, column {column}", file=panel.source, column=column),
        fix=text("take a base year that every region has, or leave these regions out"),
    )  # fmt: skip
