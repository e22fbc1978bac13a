"""Products of columns, for interactions and squares."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from ccd.panel import Panel
from ccd.spec import Spec
from ccd.transforms.operation import Made, Operation


class Powers(Spec):
    """Keys of products."""

    product: tuple[str, ...] | None = Field(default=None, min_length=2)
    """Columns multiplied with each other."""
    square: str | None = None
    """Column multiplied with itself."""


def _product(panel: Panel, spec: Powers, name: str) -> Made:
    return Made(np.prod([panel.column(column) for column in spec.product or ()], axis=0))


def _square(panel: Panel, spec: Powers, name: str) -> Made:
    return Made(np.square(panel.column(str(spec.square))))


OPERATIONS = {"product": Operation(_product, measures_all=True), "square": Operation(_square)}
