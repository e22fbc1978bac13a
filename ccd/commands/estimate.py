"""`ccd estimate STUDY`: the models."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Fresh, Jobs, Json, Only, Out, Quiet, Seed, Set, StudyArg, Verbose


def estimate(
    study: StudyArg,
    out: Out = None,
    only: Only = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    fresh: Fresh = False,
) -> int:
    """Estimate the models alone."""
    from ccd import pipeline

    options = options_of(
        "estimate", study, only=only, set_=set_, seed=seed, jobs=jobs, force=force, fresh=fresh
    )
    return written(partial(pipeline.run_models, study, out, options), json=json, quiet=quiet, verbose=verbose)
