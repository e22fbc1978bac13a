"""What the words of a command ask for, and how a command that writes a folder goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ccd.commands.options import LANGUAGE
from ccd.errors import UsageError
from ccd.words import text

if TYPE_CHECKING:
    from ccd.pipeline import Options, Run, Watch


def options_of(
    command: str,
    study: Path,
    *,
    only: list[str] | None = None,
    set_: list[str] | None = None,
    seed: int | None = None,
    jobs: int | None = 1,
    force: bool = False,
    fresh: bool = False,
    scheduler: str = "",
) -> Options:
    """Return what was asked for, with the words that ask for it again. Raises UsageError."""
    from ccd.pipeline import Options

    for item in set_ or []:
        if "=" not in item:
            raise UsageError(
                text("'{item}' is not KEY=VALUE", item=item),
                where="--set",
                fix=text("write it as index.weights=critic"),
            )
    words = ["ccd", command, study.name]
    for flag, values in (("--only", only), ("--set", set_)):
        words += [word for value in values or [] for word in (flag, value)]
    words += [] if seed is None else ["--seed", str(seed)]
    return Options(
        tuple(only or ()), tuple(set_ or ()), seed, jobs, force, fresh, tuple(words), scheduler=scheduler
    )


def written(write: Callable[[Watch], Run], *, json: bool, quiet: bool, verbose: bool) -> int:
    """Write a folder under a watch of the steps, show what came of it, and return the exit code."""
    from ccd import terminal

    with terminal.progress(quiet, LANGUAGE) as watch:
        done = write(watch)
    return terminal.report(done, json=json, quiet=quiet, verbose=verbose)
