"""`ccd data`: the bundled files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import Json, said
from ccd.words import text


def data(
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help=said(text("Copy the files into this new folder.")))
    ] = None,
    json: Json = False,
) -> None:
    """List the bundled data files and their columns, or copy them."""
    from ccd import output, terminal

    if out is not None:
        output.copy_data(out)
    terminal.data(json=json)
