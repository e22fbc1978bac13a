"""`ccd verify OUT`: a result against its manifest, a package against its hashes or a run of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import LANGUAGE, Json, Quiet, Verbose, said
from ccd.errors import UsageError
from ccd.words import text


def verify(
    out: Annotated[
        Path,
        typer.Argument(metavar="OUT", help=said(text("A folder that ccd run wrote, or a zip of ccd pack."))),
    ],
    rerun: Annotated[
        bool,
        typer.Option(
            "--rerun", metavar="", help=said(text("Run the package again and compare its numbers."))
        ),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Compare a result with the hashes in its manifest, or a package with its hashes or with a run of it."""
    from ccd import pipeline, terminal

    if rerun and out.is_dir():
        raise UsageError(
            text("a folder is not run again"),
            where="--rerun",
            fix=text("pack it first: ccd pack {out}", out=str(out)),
        )
    if rerun:
        with terminal.progress(quiet, LANGUAGE) as watch:
            found = pipeline.rerun(out, watch)
        return terminal.compared(found, json=json, verbose=verbose, to=None)
    if out.is_file():
        terminal.verified(pipeline.inspect(out), out, json=json)
    else:
        terminal.verify(out, json=json)
    return 0
