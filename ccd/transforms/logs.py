"""Natural logarithms."""

from __future__ import annotations

import numpy as np

from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation, refuse
from ccd.words import text


class Logs(Spec):
    """Keys of the logarithms."""

    log: str | None = None
    """Natural logarithm of a column; every value must be positive."""
    log1p: str | None = None
    """Natural logarithm of 1 plus a column; no value may be negative."""


def _log(panel: Panel, spec: Logs, name: str) -> Made:
    column = str(spec.log)
    values = panel.column(column)
    refuse(
        panel,
        name,
        column,
        values <= 0,
        text("has no logarithm"),
        text("shares and counts with zeros stay as is"),
    )
    return Made(np.log(values))


def _log1p(panel: Panel, spec: Logs, name: str) -> Made:
    column = str(spec.log1p)
    values = panel.column(column)
    refuse(panel, name, column, values < 0, text("is negative, and log1p is for counts and amounts from 0 on"),
           text("mend the cell, or take the column as it is"))  # fmt: skip
    return Made(np.log1p(values))


OPERATIONS = {"log": Operation(_log), "log1p": Operation(_log1p)}
