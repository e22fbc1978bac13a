"""How Stata writes names, texts, comments and conditions so that nothing of a study is run as code."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.estimate.rows.condition import condition
from ccd.export.condition import Syntax, expression
from ccd.export.job import Job

#: What a Stata string cannot hold as it is: quotes, macros, escapes, and what is no character.
UNSAFE = frozenset("\"'`$\\")


def quoted(words: str) -> str:
    """Return a string expression; quotes, macro signs, backslashes and control characters by their code."""
    parts: list[str] = []
    plain = ""
    for char in words:
        if char in UNSAFE or not char.isprintable():
            parts += [f'"{plain}"'] if plain else []
            parts.append(f"uchar({ord(char)})")
            plain = ""
        else:
            plain += char
    parts += [f'"{plain}"'] if plain or not parts else []
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def comment(words: str) -> str:
    """Return one line of comment; what Stata reads even there (macros, block comments, joins) is written otherwise."""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    for sign, other in (("`", "\u2018"), ("$", "\uff04"), ("\\", "\uff3c")):
        line = line.replace(sign, other)
    while "//" in line or "/*" in line or "*/" in line:
        line = line.replace("//", "/ /").replace("/*", "/ *").replace("*/", "* /")
    return f"* {line}".rstrip().replace("*/", "* /").replace("/*", "/ *")


def holds(written: str, job: Job) -> str:
    """Return a condition of the study as an expression."""

    def number(name: str) -> str:
        own = job.column(name)
        return f"real({own})" if name in job.textual else own

    def words(name: str) -> str:
        own = job.column(name)
        return own if name in job.textual else f'strofreal({own}, "%18.0g")'

    syntax = Syntax(number, words, quoted, lambda name: f"!missing({job.column(name)})")
    return expression(condition(written), syntax)


def among(name: str, values: Sequence[object], job: Job) -> str:
    """Return the expression that a column takes one of ``values``, 1 and 1.0 being the same."""
    own = job.column(name)
    shown = own if name in job.textual else f'strofreal({own}, "%18.0g")'
    each = (f"{value:.15g}" if isinstance(value, int | float) else str(value) for value in values)
    return "(" + " | ".join(f"{shown} == {quoted(value)}" for value in each) + ")"
