"""The words for what a wild or multiplier bootstrap draws for each cluster."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.words import Text, text

SIGN_WORDS: Mapping[str, Text] = {
    "rademacher": text("Rademacher signs"),
    "webb": text("Webb's six-point signs"),
    "mammen": text("Mammen's two-point signs"),
}
