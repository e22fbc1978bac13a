"""What a model of double machine learning asks, as a value that its functions take."""

from __future__ import annotations

from dataclasses import dataclass

from ccd.errors import EstimationError
from ccd.estimate.dml.learners import Learner
from ccd.words import Text, text


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
    def where(self) -> Text:
        """Return how messages name the model."""
        return text("model '{name}'", name=self.name)

    @property
    def term(self) -> str:
        """Return whose effect it is."""
        return self.policy or self.treatment or ""

    def fail(self, what: Text, fix: Text) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=self.where, fix=fix)
