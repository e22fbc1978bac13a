"""`ccd explain STUDY`: formulas, words and citations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.asked import options_of
from ccd.commands.options import Only, Set, said
from ccd.errors import UsageError
from ccd.words import text


def explain(
    study: Annotated[
        Path | None,
        typer.Argument(metavar="[STUDY]", help=said(text("The study file (TOML).")), show_default=False),
    ] = None,
    only: Only = None,
    set_: Set = None,
    bibtex: Annotated[
        bool, typer.Option("--bibtex", metavar="", help=said(text("Print the references as BibTeX alone.")))
    ] = False,
    keys: Annotated[
        str | None,
        typer.Option(
            "--keys",
            metavar="KIND",
            help=said(text("Print the keys of a kind (did, did-twfe) or a section instead.")),
        ),
    ] = None,
) -> None:
    """Say in formulas, words and citations what a study chose, or which keys a kind of model has."""
    from ccd import pipeline, terminal

    if keys is not None:
        terminal.keys(keys)
        return
    if study is None:
        raise UsageError(
            text("neither a study nor --keys is named"),
            where="ccd explain",
            fix=text("ccd explain STUDY, or ccd explain --keys did"),
        )
    options = options_of("explain", study, only=only, set_=set_)
    terminal.explained(pipeline.explained(study, options), bibtex=bibtex)
