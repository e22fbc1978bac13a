"""`ccd init DATA`: a study file drafted from the columns of a data file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import said
from ccd.words import text


def init(
    data: Annotated[
        list[Path],
        typer.Argument(
            metavar="DATA...",
            help=said(
                text("csv, xlsx, xls, dta or parquet; more files of the same regions are joined to it.")
            ),
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help=said(text("Study file to write; <data>.toml otherwise."))),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help=said(text("Sheet of a workbook with several.")))
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help=said(text("Replace the study file if it exists.")))
    ] = False,
) -> None:
    """Write a commented study file from the columns of a data file."""
    from ccd import pipeline, terminal
    from ccd.language import wished

    terminal.drafted(
        pipeline.init(data[0], out, data[1:], sheet=sheet, force=force, language=wished() or "en")
    )
