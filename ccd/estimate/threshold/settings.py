"""What a panel threshold model is asked to do, apart from the rows it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccd.errors import EstimationError, Words
from ccd.words import Text, text

Signs = Literal["rademacher", "webb"]
Form = Literal["wild", "block"]
FORMS: tuple[Form, ...] = ("wild", "block")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The keys of a panel threshold model that its fit reads; ``Threshold`` says what each means.

    ``regimes`` are the regime-dependent columns (none under a policy), ``clusters`` the cluster columns (none: the
    entity), ``deals`` the permutations that lead the policy's effects where few regions are treated.
    """

    name: str
    outcome: str
    threshold: str
    regimes: tuple[str, ...]
    policy: str | None
    controls: tuple[str, ...]
    clusters: tuple[str, ...]
    number: Literal["auto", 1, 2, 3]
    level: float
    trim: float
    time_effects: bool
    regime_intercept: bool
    bootstrap: int
    resampling: tuple[Form, ...]
    signs: Signs | Literal["auto"]
    joint: bool
    threshold_lag: int
    threshold_base: int | Literal["before"] | None
    allow_post_treatment: bool
    deals: int = 999

    @property
    def where(self) -> Words:
        """Return what errors call the model."""
        return text("model '{name}'", name=self.name)

    def fail(self, what: Text, fix: Text) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=self.where, fix=fix)
