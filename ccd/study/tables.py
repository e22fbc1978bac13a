"""The sections that set models side by side: ``[[tables]]`` and ``[[robustness]]``."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ccd.spec import Spec


class TableSpec(Spec):
    """``[[tables]]``: models side by side in one table."""

    models: tuple[str, ...] = Field(min_length=1)
    """Names of the models, one column each."""
    name: str = Field(default="", pattern=r"^[\w.\-]*$")
    """File name of the table; none: ``models`` or ``models_2`` and so on."""
    title: str = ""
    """Caption."""
    headings: tuple[str, ...] = ()
    """Head of each column; none: the outcome."""
    groups: tuple[str, ...] = ()
    """Heads over neighbouring columns, one per column; equal neighbours are joined."""
    show_controls: bool = True
    """Whether controls are shown as rows, or as one yes row."""


class RobustnessSpec(Spec):
    """``[[robustness]]``: variations of one model, each evaluated again."""

    model: str
    """Name of the model that is varied."""
    name: str = Field(default="", pattern=r"^[\w.\-]*$")
    """File name of the comparison; none: ``robustness-MODEL``."""
    checks: dict[str, dict[str, Any]] = Field(min_length=1)
    """Label -> dotted keys and their values; ``model.KEY`` is a key of the varied model."""
