"""The section that asks how far choices move D and the effect: ``[multiverse]``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text


class MultiverseSpec(Spec):
    """``[multiverse]``: every combination of choices, and what each does to D and to an effect."""

    model: str = ""
    """Name of the model whose effect is followed; none: D alone."""
    draws: int = Field(default=999, ge=0)
    """Permutations of the cohorts in the joint test; 0: none."""
    effect: Literal["sd", "raw"] = "sd"
    """What the curve shows: effects in standard deviations of each specification's own outcome, or as they are."""
    sample: int = Field(default=0, ge=0)
    """Specifications drawn without replacement, the study as it stands among them; 0: all."""
    vary: dict[str, tuple[Any, ...]] = Field(min_length=1)
    """Dotted key -> its choices; ``model.KEY`` is a key of ``model``. Every combination is a specification."""

    @model_validator(mode="after")
    def _menus(self) -> MultiverseSpec:
        """Refuse factors without choices, choices written twice, and keys of a model where none is named."""
        for key, levels in self.vary.items():
            if not levels:
                raise SpecError(text("'{key}' lists no choice", key=key))
            if any(level in levels[:k] for k, level in enumerate(levels)):
                raise SpecError(text("'{key}' lists a choice twice", key=key))
            if key.startswith("model.") and not self.model:
                raise SpecError(text("'{key}' is a key of a model: name it with model = ", key=key))
        return self
