"""`ccd verify OUT`: a result against its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import Json, said
from ccd.words import text


def verify(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=said(text("A folder that ccd run wrote.")))],
    json: Json = False,
) -> None:
    """Compare a result with the hashes in its manifest."""
    from ccd import terminal

    terminal.verify(out, json=json)
