"""What the keys and choices of a menu are called on a page; the csv files keep them as a study writes them."""

from __future__ import annotations

from ccd.methods import entries
from ccd.report.views.base import Context
from ccd.words import Name, Text, text

#: Keys of a menu in words.
KEYS = {
    "data.years": text("years"),
    "data.exclude": text("regions left out"),
    "index.scale": text("scale"),
    "index.weights": text("weights"),
    "index.shift": text("shift of the entropy"),
    "coupling.formula": text("coupling formula"),
    "coupling.contribution": text("contributions"),
    "model.controls": text("controls"),
    "model.estimator": text("estimator"),
    "model.outcome": text("outcome"),
    "model.fixed_effects": text("fixed effects"),
    "model.years": text("years of the model"),
}
#: Keys whose choices have a title among the methods, by what it begins with there.
TITLED = {
    "index.scale": "scale",
    "index.weights": "weights",
    "coupling.formula": "formula",
    "model.estimator": "did",
}
#: Lists and tables that hold nothing.
NOTHING = ("[]", "{}")


def named(key: str) -> Text | Name:
    """Return what a key is called; as the study labels it where there are no words for it."""
    return KEYS.get(key, Name(key))


def titled(key: str, level: str, ctx: Context) -> str:
    """Return what a choice is called: its title among the methods, ``none`` for nothing, else as it is written."""
    if level in NOTHING:
        return ctx.say(text("no {key}", key=named(key)))
    title = entries().get(f"{TITLED.get(key, '')}:{level}", {}).get("title")
    return level if title is None else str(title[ctx.language == "zh"])
