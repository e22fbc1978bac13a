"""`ccd couple STUDY`: indices and coupling coordination."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Json, Out, Quiet, Set, StudyArg, Verbose


def couple(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Compute indices and coupling coordination alone."""
    from ccd import pipeline

    options = options_of("couple", study, set_=set_, force=force)
    return written(
        partial(pipeline.run_base, study, out, options, coupled=True), json=json, quiet=quiet, verbose=verbose
    )
