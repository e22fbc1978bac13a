"""The options that commands share, and the language in which help is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ccd.language import spoken
from ccd.words import Text, text

LANGUAGE = spoken(sys.argv[1:])


def said(sentence: Text) -> str:
    """Return a sentence of the help in the language of the command."""
    return sentence.render(LANGUAGE)


StudyArg = Annotated[
    Path, typer.Argument(metavar="STUDY", help=said(text("The study file (TOML).")), show_default=False)
]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", help=said(text("Output folder; results/<study> otherwise.")))
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help=said(text("Fit this model alone; repeatable."))),
]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=said(text("Set a key of the study.")))
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help=said(text("Seed instead of the study's.")))]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, help=said(text("Processes for models (else 1) and figures (else all cores)."))
    ),
]
Json = Annotated[
    bool, typer.Option("--json", metavar="", help=said(text("Print one JSON object on stdout.")))
]
Quiet = Annotated[
    bool, typer.Option("-q", "--quiet", metavar="", help=said(text("Say nothing on stderr but errors.")))
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", metavar="", help=said(text("Say every note on stderr.")))
]
Scheduler = Annotated[
    str,
    typer.Option(
        "--scheduler",
        metavar="ADDRESS",
        help=said(text("A dask cluster, tcp://HOST:PORT, instead of processes.")),
    ),
]
Force = Annotated[
    bool,
    typer.Option("--force", metavar="", help=said(text("Replace a folder that is not an earlier result."))),
]
Lock = Annotated[
    Path | None,
    typer.Option(
        "--lock",
        metavar="FILE",
        help=said(text("Write bounds, weights and formula to FILE, for the key lock of section index.")),
    ),
]
Fresh = Annotated[
    bool,
    typer.Option(
        "--fresh", metavar="", help=said(text("Compute everything anew, what an earlier run kept too."))
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run", metavar="", help=said(text("Read and check, say what would run, write nothing."))
    ),
]
