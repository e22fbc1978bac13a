"""`ccd run STUDY`: the whole study."""

from __future__ import annotations

from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import (
    DryRun,
    Force,
    Fresh,
    Jobs,
    Json,
    Only,
    Out,
    Quiet,
    Scheduler,
    Seed,
    Set,
    StudyArg,
    Verbose,
)


def run(
    study: StudyArg,
    out: Out = None,
    only: Only = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    scheduler: Scheduler = "",
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    fresh: Fresh = False,
    dry_run: DryRun = False,
) -> int:
    """Run a whole study: index, coupling, models, tables, figures, report."""
    from ccd import pipeline, terminal

    options = options_of(
        *("run", study),
        only=only, set_=set_, seed=seed, jobs=jobs, force=force, fresh=fresh, scheduler=scheduler,
    )  # fmt: skip
    if dry_run:
        terminal.check(study, options, json=json, out=out)
        return 0
    return written(partial(pipeline.run, study, out, options), json=json, quiet=quiet, verbose=verbose)
