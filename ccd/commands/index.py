"""`ccd index STUDY`: indices and weights."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Json, Lock, Out, Quiet, Set, StudyArg, Verbose


def index(
    study: StudyArg,
    out: Out = None,
    lock: Lock = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Compute the subsystem indices and their weights alone."""
    from ccd import pipeline

    options = options_of("index", study, set_=set_, force=force)
    return written(
        partial(pipeline.run_base, study, out, options, coupled=False, lock=lock),
        json=json,
        quiet=quiet,
        verbose=verbose,
    )
