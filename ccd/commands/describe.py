"""`ccd describe STUDY`: variables in space and time."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Json, Out, Quiet, Set, StudyArg, Verbose


def describe(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Describe variables of a study in space and time alone."""
    from ccd import pipeline

    options = options_of("describe", study, set_=set_, force=force)
    return written(
        partial(pipeline.run_describe, study, out, options), json=json, quiet=quiet, verbose=verbose
    )
