"""What an export closes with: how many models the script repeats, and which have no counterpart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ccd.terminal.closing import failed
from ccd.terminal.console import print_json, say
from ccd.words import text

if TYPE_CHECKING:
    from ccd.pipeline import Export


def exported(done: Export, *, json: bool, quiet: bool) -> int:
    """Say what was written, and return 5 where ccd could not estimate a model, else 0."""
    made, spoken = done.exported, done.results.language
    without = tuple(name for name, coded in made.coded.items() if not coded)
    if json:
        print_json(
            {
                "out": done.out.as_posix(),
                "files": sorted(made.files),
                "repeated": [name for name, coded in made.coded.items() if coded],
                "without_counterpart": list(without),
                "notes": [str(note) for note in made.notes],
            }
        )
    elif not quiet:
        for note in made.notes:
            say(note, spoken)
        say(
            text(
                "{files} in {out}; {count} of {all} models repeated",
                files=tuple(sorted(made.files)),
                out=done.out.as_posix(),
                count=len(made.coded) - len(without),
                all=len(made.coded),
            ),
            spoken,
        )
        if without:
            say(text("without a counterpart, as comments: {names}", names=without), spoken)
    return failed(done.results)
