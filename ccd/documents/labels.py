"""What document columns are called in tables and figures."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from ccd.documents.mix import PREFIX
from ccd.documents.spec import DocumentsSpec
from ccd.words import Name, Text, text

WORDS: Mapping[str, Text] = {
    "supply": text("supply-side"),
    "demand": text("demand-side"),
    "environment": text("environment-side"),
    "technology": text("technology"),
    "talent": text("talent"),
    "capital": text("capital"),
    "platform": text("platform"),
}


def word(name: str) -> Text | Name:
    """Return an instrument or factor in words; a user's own stands by its name."""
    return WORDS.get(name, Name(name))


def labels(spec: DocumentsSpec) -> dict[str, Text]:
    """Return the label of each document column."""
    found = {
        "in_force": text("Policy documents in force"),
        "issued": text("Policy documents issued"),
        "valid_share": text("Share of policy documents still valid"),
        "renewed": text("Share of ended policy documents that were renewed"),
        "strength": text("Policy strength"),
        "strength_issued": text("Strength of policies issued"),
        "U_strength": text("Policy strength (scaled)"),
        "C": text("Coupling degree of the policy instruments"),
        "T": text("Comprehensive index of the policy instruments"),
        "D": text("Coupling coordination of the policy instruments"),
        "factors_C": text("Coupling degree of policy over the factors"),
        "factors_T": text("Comprehensive index of policy over the factors"),
        "factors_D": text("Coupling coordination of policy over the factors"),
        "pmc": text("Mean PMC index in force"),
    }
    for name in (*spec.instruments, *spec.factors):
        found[name] = text("Policy strength: {word}", word=word(name))
        found[f"{name}_issued"] = text("Strength of policies issued: {word}", word=word(name))
        found[f"U_{name}"] = text("Policy strength (scaled): {word}", word=word(name))
    for i in spec.instruments:
        for f in spec.factors:
            found[f"{i}_{f}"] = text("Policy strength: {first} x {second}", first=word(i), second=word(f))
    for a, b in (*combinations(spec.instruments, 2), *combinations(spec.factors, 2)):
        found[f"PS_{a}_{b}"] = text("Product synergy: {first} x {second}", first=word(a), second=word(b))
    return {PREFIX + key: label for key, label in found.items()}
