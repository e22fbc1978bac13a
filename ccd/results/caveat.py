"""What a model's own checks say against its effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccd.words import Text

CaveatKind = Literal[
    "leads", "trend", "sign", "instrument", "support", "bootstrap", "apart", "cohort", "threshold"
]


@dataclass(frozen=True)
class Caveat:
    """What a model's own checks say against its effect, as a clause."""

    kind: CaveatKind
    words: Text
