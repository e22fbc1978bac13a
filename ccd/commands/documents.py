"""`ccd documents STUDY`: the policy documents."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Json, Out, Quiet, Set, StudyArg, Verbose


def documents(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Measure the policy documents of a study alone."""
    from ccd import pipeline

    options = options_of("documents", study, set_=set_, force=force)
    return written(
        partial(pipeline.run_documents, study, out, options), json=json, quiet=quiet, verbose=verbose
    )
