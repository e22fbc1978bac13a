"""Sentences as data: an English template, its values, and its Chinese by the same template."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal

Language = Literal["en", "zh"]
Labeller = Callable[[str], str]


#: Characters that break a line, and those that no page or console may be given: controls, marks that turn the order of
#: what follows round (U+200E and U+200F, which set no more than the side of one word, stay), halves of characters.
_BREAKS = re.compile(r"[\t-\r\x1c-\x1e\x85\u2028\u2029]+")
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def seen(words: str) -> str:
    """Return words without the characters that are seen nowhere and change what stands around them."""
    return words if words.isprintable() else _HIDDEN.sub("", words)


def visible(words: str) -> str:
    """Return words as ``seen``, on one line."""
    return words if words.isprintable() else seen(_BREAKS.sub(" ", words))


class Name(str):
    """A column, entity or model name: shown by its label, in the language of the page."""

    __slots__ = ()


@dataclass(frozen=True)
class Figure:
    """A number in a sentence, printed in the decimals of the page (``digits``: in so many)."""

    value: float
    digits: int | None = None


@dataclass(frozen=True)
class P:
    """A p-value in a sentence: ``= 0.012`` or ``< 0.001``."""

    value: float


#: Prints a number of a sentence as the page prints its numbers.
Printer = Callable[["Figure | P"], str]


def plain_number(number: Figure | P) -> str:
    """Return a number of a sentence where no page decides: four decimals, p-values three."""
    value = number.value
    if isinstance(number, P):
        return "< 0.001" if value < 0.0005 else f"= {value:.3f}"
    places = 4 if number.digits is None else number.digits
    shown = f"{value:.{places}f}"
    if float(shown) == 0 and abs(value) > 1e-12:
        return f"{value:.1e}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


@dataclass(frozen=True)
class Text:
    """A sentence: ``template`` with named ``{fields}``, and their values."""

    template: str
    values: tuple[tuple[str, object], ...] = ()

    def render(self, language: Language = "en", label: Labeller = str, number: Printer = plain_number) -> str:
        """Return the sentence in ``language``; names pass through ``label``, figures through ``number``.

        A field with two words, ``{count:row|rows}``, prints the first where its value is 1 and the second otherwise.
        A value may be a whole number, a :class:`Figure`, a :class:`P`, a string, a :class:`Name`, another
        :class:`Text`, or a tuple of these (joined with commas). Raises KeyError when zh.toml lacks the template.
        """
        template = self.template if language == "en" else chinese()[self.template]
        shown = {key: _show(value, language, label, number) for key, value in self.values}
        return _FORMATTER.vformat(template, (), shown) if "|" in template else template.format(**shown)

    def __str__(self) -> str:
        """Return the English sentence with plain names."""
        return self.render()


class _Counted(Formatter):
    """Formats as ``str.format`` does, and picks the word of ``{count:one|many}`` that goes with the number."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, bar, many = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return one if str(value) == "1" else many


_FORMATTER = _Counted()


def text(template: str, **values: object) -> Text:
    """Return a sentence as data; ``template`` must be a literal that zh.toml also has."""
    return Text(template, tuple((key, _freeze(value)) for key, value in values.items()))


def names(values: object) -> tuple[Name, ...]:
    """Return ``values`` (an iterable of strings) as names, in order."""
    return tuple(Name(value) for value in values)  # type: ignore[attr-defined]


def crossed(name: str) -> Text | Name:
    """Return the words of a column, or of several joined by `` x ``: those of the columns, crossed."""
    first, joined_by, second = name.partition(" x ")
    if not joined_by:
        return Name(name)
    return text("{first} × {second}", first=Name(first), second=crossed(second))


def _freeze(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _show(value: object, language: Language, label: Labeller, number: Printer) -> object:
    if isinstance(value, Text):
        return value.render(language, label, number)
    if isinstance(value, Figure | P):
        return number(value)
    if isinstance(value, Name):
        return label(value)
    if isinstance(value, tuple):
        return ("、" if language == "zh" else ", ").join(
            str(_show(item, language, label, number)) for item in value
        )
    return value


@cache
def chinese() -> Mapping[str, str]:
    """Return English template -> Chinese template, from every section of zh.toml."""
    sections = tomllib.loads(files("ccd").joinpath("zh.toml").read_text(encoding="utf-8"))
    return {english: zh for section in sections.values() for english, zh in section.items()}
