"""`ccd pack OUT`: a replication package of a result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import said
from ccd.words import text


def pack(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=said(text("A folder that ccd run wrote.")))],
    study: Annotated[
        Path | None,
        typer.Option(
            "--study", metavar="STUDY", help=said(text("The study that made it, where it is not near."))
        ),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help=said(text("The zip to write; OUT.zip otherwise."))),
    ] = None,
) -> None:
    """Write study, data, results, environment and a README into one zip."""
    from ccd import pipeline

    sys.stdout.write(f"{pipeline.pack(out, study, to).as_posix()}\n")
