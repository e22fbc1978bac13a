"""What moved between two results, in lines, as JSON, or as a file for continuous integration."""

from __future__ import annotations

import sys
from pathlib import Path

from ccd.compared import Comparison, junit
from ccd.compared.junit import line
from ccd.errors import unwritable
from ccd.language import spoken
from ccd.plain import json_value
from ccd.terminal.console import print_json
from ccd.words import Text, text, visible

#: Numbers shown of one file unless all are asked for.
SHOWN = 5
DIFFERENT = 6


def compared(found: Comparison, *, json: bool, verbose: bool, to: Path | None) -> int:
    """Say what moved, and return 6 when something did, else 0. Raises UsageError when ``to`` cannot be written."""
    if to is not None:
        try:
            to.write_text(junit(found), encoding="utf-8", newline="\n")
        except OSError as error:
            raise unwritable(to, error) from error
    if json:
        print_json(as_json(found))
    else:
        language = spoken(sys.argv[1:])
        sys.stdout.writelines(
            f"{visible(one.render(language) if isinstance(one, Text) else one)}\n"
            for one in lines(found, verbose)
        )
    return DIFFERENT if found.differs else 0


def lines(found: Comparison, verbose: bool) -> list[Text | str]:
    """Return the lines of a comparison: why, then each file with its largest steps, then what is the same."""
    said: list[Text | str] = [*found.why]
    said += [text("only in the old result: {name}", name=name) for name in found.gone]
    said += [text("only in the new result: {name}", name=name) for name in found.new]
    for file in found.files:
        numbers, words = file.numbers, file.words
        if file.differs:
            said.append(
                text("{name}: {count} {count:number|numbers} moved", name=file.name, count=len(numbers))
            )
            shown = numbers if verbose else numbers[:SHOWN]
            said += [f"  {line(one)}" for one in shown]
            if len(shown) < len(numbers):
                said.append(text("  ... and {count} more (-v shows all)", count=len(numbers) - len(shown)))
            said += [text("  went: {name}", name=name) for name in file.gone]
            said += [text("  came: {name}", name=name) for name in file.new]
        if words and verbose:
            said.append(text("{name}: other words", name=file.name))
            said += [f"  {line(one)}" for one in words]
    differing = sum(file.differs for file in found.files) + len(found.gone) + len(found.new)
    if differing:
        said.append(
            text(
                "{count} of {all} files differ",
                count=differing,
                all=len(found.files) + len(found.gone) + len(found.new),
            )
        )
    else:
        said.append(text("ok: the numbers of {count} files are the same", count=len(found.files)))
    return said


def as_json(found: Comparison) -> dict[str, object]:
    """Return all that moved, whole."""
    files = [
        {
            "file": file.name,
            "moved": [{**json_value(one), "relative": json_value(one.relative)} for one in file.numbers],
            "words": json_value(file.words),
            "gone": list(file.gone),
            "new": list(file.new),
        }
        for file in found.files
        if file.differs or file.words
    ]
    return {
        "same": not found.differs,
        "why": [str(one) for one in found.why],
        "files": files,
        "gone": list(found.gone),
        "new": list(found.new),
    }
