"""How R writes names, texts, comments and conditions so that nothing of a study is run as code."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from ccd.estimate.rows.condition import condition
from ccd.export.condition import Syntax, expression
from ccd.export.job import Job

#: Words that R keeps to itself, and names that its formulas read otherwise.
RESERVED = frozenset(
    ("if", "else", "repeat", "while", "function", "for", "next", "break", "in", "TRUE", "FALSE", "NULL", "Inf",
     "NaN", "NA", "NA_integer_", "NA_real_", "NA_complex_", "NA_character_")
)  # fmt: skip


def names(columns: Iterable[str]) -> dict[str, str]:
    """Return name -> a name of ASCII letters, digits, dots and _ that R takes as it is, each once.

    A name without an ASCII letter becomes ``column1``, ``column2``, .. by its place.
    """
    made: dict[str, str] = {}
    for place, name in enumerate(columns, start=1):
        allowed = "".join(
            char if char.isascii() and (char.isalnum() or char in "_.") else "_" for char in name
        )
        if not any(char.isalpha() for char in allowed):
            allowed = f"column{place}"
        if not allowed[0].isalpha() or allowed in RESERVED:
            allowed = f"x_{allowed}"
        candidate, count = allowed, 2
        while candidate in made.values():
            candidate, count = f"{allowed}_{count}", count + 1
        made[name] = candidate
    return made


def quoted(words: str) -> str:
    """Return a string constant; what is no character leaves by its code."""
    escaped = json.dumps(words.replace("\0", ""), ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in escaped)


def comment(words: str) -> str:
    """Return one line of comment."""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return f"# {line}".rstrip()


def vector(columns: Sequence[str]) -> str:
    """Return a vector of strings."""
    return f"c({', '.join(quoted(column) for column in columns)})"


def holds(written: str, job: Job) -> str:
    """Return a condition of the study as an expression on the rows ``d``."""

    def number(name: str) -> str:
        own = f"d${job.column(name)}"
        return f"as.numeric({own})" if name in job.textual else own

    def words(name: str) -> str:
        return f"as.character(d${job.column(name)})"

    syntax = Syntax(number, words, quoted, lambda name: f"!is.na(d${job.column(name)})")
    return expression(condition(written), syntax)


def among(name: str, values: Sequence[object], job: Job) -> str:
    """Return the expression that a column takes one of ``values``, 1 and 1.0 being the same."""
    each = [f"{value:.15g}" if isinstance(value, int | float) else str(value) for value in values]
    return f"(as.character(d${job.column(name)}) %in% {vector(each)})"
