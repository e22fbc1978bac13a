"""The command line: read the words, call, and say what went wrong."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import typer

from ccd.commands import app
from ccd.commands.spoken import fault
from ccd.errors import CcdError, UsageError
from ccd.language import never_break_on_characters, spoken
from ccd.words import text

INTERRUPTED = 130
#: Typer carries its own copy of click in some versions; its public exception leads to the base of both.
_ClickException: type[Exception] = typer.BadParameter.__mro__[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors become three lines on stderr."""
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    never_break_on_characters()
    try:
        result = app(args=words, standalone_mode=False, prog_name="ccd")
        sys.stdout.flush()
    except CcdError as error:
        sys.stderr.write(f"{error.render(spoken(words))}\n")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the reader of our output has seen enough; typer exits by itself
        with suppress(BrokenPipeError):  # completions of the shell are still to be said
            sys.stdout.flush()
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return 0
    except _ClickException as error:
        sys.stderr.write(f"{fault(error).render(spoken(words))}\n")
        return UsageError.exit_code
    if result == INTERRUPTED:  # some versions of typer turn Ctrl-C into this code, others raise
        sys.stderr.write(f"{text('interrupted; nothing was written').render(spoken(words))}\n")
    return result if isinstance(result, int) else 0
