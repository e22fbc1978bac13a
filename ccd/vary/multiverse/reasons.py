"""Why a specification has no figures: a sentence that crosses a file of JSON whole, in either language."""

from __future__ import annotations

from typing import Any

from ccd.plain import json_value
from ccd.words import Figure, Name, P, Text


def to_plain(words: object) -> Any:
    """Return a sentence, or a value of one, in plain JSON types."""
    if isinstance(words, Text):
        return {"template": words.template, "values": [[key, to_plain(value)] for key, value in words.values]}
    if isinstance(words, Name):
        return {"name": str(words)}
    if isinstance(words, Figure):
        return {"figure": float(words.value), "digits": words.digits}
    if isinstance(words, P):
        return {"p": float(words.value)}
    if isinstance(words, tuple):
        return [to_plain(one) for one in words]
    return json_value(words)


def from_plain(held: Any) -> Any:
    """Return what ``to_plain`` took."""
    if isinstance(held, list):
        return tuple(map(from_plain, held))
    if not isinstance(held, dict):
        return held
    if "template" in held:
        return Text(held["template"], tuple((key, from_plain(value)) for key, value in held["values"]))
    if "figure" in held:
        return Figure(held["figure"], held["digits"])
    return P(held["p"]) if "p" in held else Name(held["name"])
