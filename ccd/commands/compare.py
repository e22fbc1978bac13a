"""`ccd compare OLD NEW`: which numbers moved between two results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import Json, Verbose, said
from ccd.words import text


def compare(
    old: Annotated[Path, typer.Argument(metavar="OLD", help=said(text("A folder that ccd run wrote.")))],
    new: Annotated[Path, typer.Argument(metavar="NEW", help=said(text("The folder to hold against it.")))],
    rtol: Annotated[
        float, typer.Option("--rtol", min=0, help=said(text("Relative step that is still the same number.")))
    ] = 1e-8,
    atol: Annotated[
        float, typer.Option("--atol", min=0, help=said(text("Absolute step that is still the same number.")))
    ] = 1e-12,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help=said(text("Write JUnit XML to FILE too.")))
    ] = None,
    json: Json = False,
    verbose: Verbose = False,
) -> int:
    """Say which numbers moved between two results, by how much and why; exit code 6 when one did."""
    from ccd import compared, terminal

    found = compared.compare(old, new, compared.Tolerance(rtol, atol))
    return terminal.compared(found, json=json, verbose=verbose, to=junit)
