"""`ccd audit TABLE`: which formulas made a published table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.asked import options_of
from ccd.commands.options import LANGUAGE, Force, Json, Set, said
from ccd.errors import UsageError
from ccd.words import text


def audit(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE", help=said(text("csv, xlsx, xls, dta or parquet.")), show_default=False
        ),
    ],
    study: Annotated[
        Path | None,
        typer.Option(
            "--study", metavar="STUDY", help=said(text("The study whose data published weights rest on."))
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict", metavar="", help=said(text("Exit code 5 where no candidate gives a column."))
        ),
    ] = False,
    indices: Annotated[
        str,
        typer.Option(
            "--U", metavar="A,B", help=said(text("Columns of the subsystem indices; U1, U2, .. otherwise."))
        ),
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="ROLE=NAME",
            help=said(text("Which column is C, T, D, grade, indicator or weight; repeatable.")),
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help=said(text("Sheet of a workbook with several.")))
    ] = None,
    skip_rows: Annotated[
        int, typer.Option("--skip-rows", min=0, help=said(text("Lines above the names of the columns.")))
    ] = 0,
    skip_footer: Annotated[
        int, typer.Option("--skip-footer", min=0, help=said(text("Rows below the table.")))
    ] = 0,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help=said(text("Write the parts to this folder.")))
    ] = None,
    set_: Set = None,
    json: Json = False,
    force: Force = False,
) -> int:
    """Say which formulas, contributions, grades and weights made a published table."""
    from ccd import pipeline, terminal

    named = {}
    for item in column or []:
        role, equals, name = item.partition("=")
        if not equals:
            raise UsageError(
                text("'{item}' is not ROLE=NAME", item=item),
                where="--column",
                fix=text("write it as D=degree"),
            )
        named[role.strip()] = name.strip()
    asked = pipeline.Asked(
        sheet, skip_rows, skip_footer, tuple(one.strip() for one in indices.split(",") if one.strip()), named
    )
    options = options_of("audit", table, set_=set_, force=force)
    told, files = pipeline.run_audit(table, study, out, options, asked, LANGUAGE)
    return terminal.audited(
        told, files, "" if out is None else out.as_posix(), json=json, strict=strict, language=LANGUAGE
    )
