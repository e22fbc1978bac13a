"""`ccd export STUDY`: the models as a script for Stata or R."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.asked import options_of
from ccd.commands.options import LANGUAGE, Force, Fresh, Jobs, Json, Only, Quiet, Seed, Set, StudyArg, said
from ccd.words import text


def export(
    study: StudyArg,
    code: Annotated[
        str, typer.Option("--code", metavar="stata|r", help=said(text("The language of the script.")))
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT", help=said(text("Output folder; results/<study>-<code> otherwise."))
        ),
    ] = None,
    only: Only = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    json: Json = False,
    quiet: Quiet = False,
    force: Force = False,
    fresh: Fresh = False,
) -> int:
    """Write the panel and a script that repeats each model in Stata or R."""
    from ccd import pipeline, terminal

    options = options_of(
        "export", study, only=only, set_=set_, seed=seed, jobs=jobs, force=force, fresh=fresh
    )
    with terminal.progress(quiet, LANGUAGE) as watch:
        done = pipeline.run_export(study, out, code, options, watch)
    return terminal.exported(done, json=json, quiet=quiet)
