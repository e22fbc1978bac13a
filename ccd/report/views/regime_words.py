"""The words that the views of a panel threshold model share: models and regimes with their values."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.views.base import Context, places
from ccd.results import Part
from ccd.words import Name, Text, text

MODELS = {1: text("Single threshold"), 2: text("Double threshold"), 3: text("Triple threshold")}


def thresholds_of(part: Part) -> list[float]:
    """Return the thresholds among the facts of a part, ascending."""
    listed = part.facts.get("thresholds", [])
    return [float(value) for value in listed] if isinstance(listed, list) else []


def shown(values: Sequence[float], ctx: Context) -> list[str]:
    """Return values of the threshold variable with enough decimals to tell them apart."""
    digits = places(values)
    return [ctx.number(value, digits) for value in values]


def regime(column: str, place: int, values: Sequence[str]) -> Text:
    """Return regime ``place`` (0..m) as words: the column's label and the thresholds ``values`` (m)."""
    if not values:
        return text("all")
    if place == 0:
        return text("{column} ≤ {value}", column=Name(column), value=values[0])
    if place == len(values):
        return text("{column} > {value}", column=Name(column), value=values[-1])
    return text("{low} < {column} ≤ {value}", low=values[place - 1], column=Name(column), value=values[place])
