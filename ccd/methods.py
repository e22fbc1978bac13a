"""What each choice means: formulas, words and citations, for the appendix of a report and ``ccd explain``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ccd.words import Language

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Method:
    """One choice explained: ``formulas`` in LaTeX, ``words`` in one language, keys of ``citations``."""

    key: str
    title: str
    words: str
    formulas: tuple[str, ...] = ()
    citations: tuple[str, ...] = ()


@cache
def entries() -> Mapping[str, Entry]:
    """Return every explained choice by its key, such as ``weights:entropy``."""
    return _toml("methods.toml")


@cache
def citations() -> Mapping[str, Entry]:
    """Return every cited work by its key."""
    return _toml("citations.toml")


#: How BibTeX writes what a page prints as one letter.
LETTERS = {"{\\'e}": "é", "{\\`a}": "à", "{\\`O}": "Ò", "{\\oe}": "œ", "--": "–"}


def _toml(name: str) -> Mapping[str, Entry]:
    return tomllib.loads(files("ccd").joinpath(name).read_text(encoding="utf-8"))


def explain(
    keys: Iterable[str], language: Language, own: Mapping[str, Entry] | None = None
) -> tuple[Method, ...]:
    """Return the explanations of ``keys`` in their order, each once; ``own`` are entries beside methods.toml.

    Raises KeyError for an unknown key.
    """
    known = {**entries(), **(own or {})}
    place = 1 if language == "zh" else 0
    return tuple(
        Method(
            key,
            known[key]["title"][place],
            known[key][language],
            tuple(known[key]["formulas"]),
            tuple(known[key].get("cite", ())),
        )
        for key in dict.fromkeys(keys)
    )


def cited(methods: Iterable[Method]) -> tuple[str, ...]:
    """Return the keys of all works that ``methods`` cite, in the order of first use."""
    return tuple(dict.fromkeys(key for method in methods for key in method.citations))


def reference(key: str) -> str:
    """Return a work as a line of a reference list."""
    work = citations()[key]
    title = f" {_plain(work['title'])}." if "title" in work else ""
    numbers = str(work.get("volume", ""))
    numbers += f"({work['number']})" if "number" in work else ""
    numbers += f": {work['pages']}" if "pages" in work else ""
    journal = f" {_plain(work['journal'])}{' ' + numbers if numbers else ''}."
    return f"{_plain(work['author']).replace(' and ', '; ')} ({work['year']}).{title}{journal}"


def bibtex(keys: Iterable[str]) -> str:
    """Return the works as a BibTeX file."""
    made = []
    for key in keys:
        work = dict(citations()[key])
        kind = work.pop("type")
        journal = work.pop("journal")
        work[{"techreport": "institution", "book": "publisher"}.get(kind, "journal")] = journal
        lines = [
            f"  {field} = {{{str(value).replace('&', chr(92) + '&')}}}," for field, value in work.items()
        ]
        made.append("\n".join([f"@{kind}{{{key},", *lines, "}"]))
    return "\n\n".join(made) + "\n" if made else ""


def _plain(words: str) -> str:
    """Return words without the LaTeX accents that BibTeX needs."""
    for latex, letter in LETTERS.items():
        words = words.replace(latex, letter)
    return words
