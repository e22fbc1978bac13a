"""The commands that write one part of a study alone: `ccd couple`, `ccd describe`, `ccd documents`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ccd.commands.asked import options_of, written
from ccd.commands.options import Force, Json, Out, Quiet, Set, StudyArg, Verbose


def alone(name: str, run: str, /, **told: bool) -> Callable[..., int]:
    """Return the command NAME, which gives a study to ``ccd.pipeline.RUN`` with what else that is told."""

    def command(
        study: StudyArg,
        out: Out = None,
        set_: Set = None,
        json: Json = False,
        quiet: Quiet = False,
        verbose: Verbose = False,
        force: Force = False,
    ) -> int:
        """Write this part of the study."""
        from ccd import pipeline

        write = partial(
            getattr(pipeline, run), study, out, options_of(name, study, set_=set_, force=force), **told
        )
        return written(write, json=json, quiet=quiet, verbose=verbose)

    command.__name__ = name
    return command


couple = alone("couple", "run_base", coupled=True)
describe = alone("describe", "run_describe")
documents = alone("documents", "run_documents")
