"""`ccd multiverse STUDY`: every combination of choices."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Fresh, Jobs, Json, Out, Quiet, Scheduler, Seed, Set, StudyArg, Verbose


def multiverse(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    scheduler: Scheduler = "",
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    fresh: Fresh = False,
) -> int:
    """Run every combination of the choices in section multiverse; a run that was stopped goes on where it was."""
    from ccd import pipeline

    options = options_of(
        "multiverse", study, set_=set_, seed=seed, jobs=jobs, force=force, fresh=fresh, scheduler=scheduler
    )
    return written(
        partial(pipeline.run_multiverse, study, out, options), json=json, quiet=quiet, verbose=verbose
    )
