"""What a model of double machine learning asks, as a value that its functions take."""

from __future__ import annotations

from dataclasses import dataclass

from ccd.errors import EstimationError
from ccd.estimate.dml.learners import Learner


@dataclass(frozen=True)
class Plan:
    """The keys of the model; ``years`` says whether year effects leave too."""

    name: str
    outcome: str
    policy: str | None
    treatment: str | None
    controls: tuple[str, ...]
    learners: tuple[Learner, ...]
    form: str
    years: bool
    model: str
    score: str
    folds: int
    repeats: int
    expand: int

    @property
    def where(self) -> str:
        """Return how messages name the model."""
        return f"model '{self.name}'"

    @property
    def term(self) -> str:
        """Return whose effect it is."""
        return self.policy or self.treatment or ""

    def fail(self, what: str, fix: str) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=self.where, fix=fix)
