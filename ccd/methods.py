"""What each choice means: formulas, words and citations, for the appendix of a report and ``ccd explain``."""

from __future__ import annotations

import re
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


def mentioned(words: str) -> tuple[str, ...]:
    """Return the keys of the works that ``words`` name by a surname and the year after it."""
    found = []
    for key, work in citations().items():
        surnames = [re.escape(person.partition(",")[0]) for person in _plain(work["author"]).split(" and ")]
        if re.search(rf"({'|'.join(surnames)})[^().;。；]{{0,60}}{work['year']}", words):
            found.append(key)
    return tuple(found)


def reference(key: str, language: Language = "en") -> str:
    """Return a work as a line of a reference list; on Chinese pages as GB/T 7714-2015 asks."""
    work = citations()[key]
    if language == "zh":
        return _gbt(work)
    title = f" {_plain(work['title'])}." if "title" in work else ""
    numbers = str(work.get("volume", ""))
    numbers += f"({work['number']})" if "number" in work else ""
    numbers += f": {work['pages']}" if "pages" in work else ""
    journal = f" {_plain(work['journal'])}{' ' + numbers if numbers else ''}."
    return f"{_plain(work['author']).replace(' and ', '; ')} ({work['year']}).{title}{journal}"


#: Type of a work -> its mark in GB/T 7714.
MARKS: Mapping[str, str] = {"article": "[J]", "techreport": "[R]", "book": "[M]"}


def _gbt(work: Entry) -> str:
    """Return a work as GB/T 7714-2015 writes it: SURNAME I, three authors at most, title[J]. journal, year, .."""
    if "zh" in work:
        said = str(work["zh"])
    else:
        people = _plain(work["author"]).split(" and ")
        authors = ", ".join(_initials(person) for person in people[:3]) + (
            ", et al" if len(people) > 3 else ""
        )
        mark = MARKS[work["type"]]
        title = f"{_plain(work['title'])}{mark}. " if "title" in work else ""
        said = f"{authors}. {title}{_plain(work['journal'])}{'' if title else mark}"
    numbers = f", {work['volume']}" if "volume" in work else ""
    if "number" in work:
        numbers += f"({work['number']})" if numbers else f", ({work['number']})"
    numbers += f": {work['pages']}" if "pages" in work else ""
    return f"{said}, {work['year']}{numbers}."


def _initials(person: str) -> str:
    """Return ``SURNAME A B`` of ``Surname, Anna B.``; a name without a comma is a surname."""
    last, _, first = person.partition(", ")
    words = [word for part in first.split() for word in part.split("-") if word]
    return " ".join([last.upper(), *(word[0] for word in words)])


def bibtex(keys: Iterable[str]) -> str:
    """Return the works as a BibTeX file."""
    made = []
    for key in keys:
        work = {field: value for field, value in citations()[key].items() if field != "zh"}
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
