"""`ccd check STUDY`: read and validate."""

from __future__ import annotations

from ccd.commands.asked import options_of
from ccd.commands.options import Json, Only, Out, Set, StudyArg


def check(study: StudyArg, out: Out = None, only: Only = None, set_: Set = None, json: Json = False) -> None:
    """Read and validate a study and its data; say what will run."""
    from ccd import terminal

    terminal.check(study, options_of("check", study, only=only, set_=set_), json=json, out=out)
