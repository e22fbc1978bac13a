"""Consoles that never break, and JSON on stdout."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ccd.errors import Words, in_language
from ccd.language import wished
from ccd.plain import to_json
from ccd.words import Language, visible

if TYPE_CHECKING:
    from rich.console import Console


def console(*, stderr: bool) -> Console:
    """Return a console that never breaks on characters that its encoding lacks, nor lines where nobody looks."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    width = None if stream.isatty() else 500
    return Console(file=stream, highlight=False, soft_wrap=True, emoji=False, width=width)


def say(words: Words, language: Language = "en", *, stderr: bool = False) -> None:
    """Write a line in the language that CCD_LANG asks for, else in that of the study."""
    console(stderr=stderr).print(told(words, language), markup=False)


def told(words: Words, language: Language = "en") -> str:
    """Return words in the language that CCD_LANG asks for, else in that of the study."""
    return visible(in_language(words, wished() or language))


def print_json(value: object) -> None:
    """Write one JSON object to stdout, in characters that any console has."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(to_json(value, only_ascii=not utf8))
