"""The keys of ``kind = "dml"``."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from ccd.errors import SpecError
from ccd.estimate.dml.estimate import estimate
from ccd.estimate.dml.learners import Learner
from ccd.estimate.dml.plan import Plan
from ccd.estimate.rows.sampling import Sampling
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, text


class Dml(Sampling):
    """The effect of a policy or of a column with controls in whatever form a learner finds, cross-fitted by region."""

    needs: ClassVar[tuple[str, ...]] = ("sklearn.linear_model",)
    does: ClassVar[Text] = text("the effect of a policy by double machine learning")
    kind: Literal["dml"]
    policy: str | None = None
    """Policy whose effect is estimated; or name a treatment."""
    treatment: str | None = None
    """Column whose effect is estimated, instead of a policy."""
    controls: tuple[str, ...] = Field(min_length=1)
    """Columns that the learners adjust for."""
    learner: Learner | tuple[Learner, ...] = "lasso"
    """What learns outcome and treatment from the controls; several stand side by side, the first leads."""
    form: Literal["within", "difference", "cre"] = "within"
    """How region effects leave: demeaned, differenced, or by the regions' means among the controls."""
    effects: Literal["both", "entity"] = "both"
    """Region and year effects, or region effects alone."""
    model: Literal["plr", "irm"] = "plr"
    """One effect for all (partially linear), or effects that differ by region (long differences of one cohort)."""
    score: Literal["partialling-out", "iv-type"] = "partialling-out"
    """plr: the moment that the effect solves."""
    folds: int = Field(default=5, ge=2, le=20)
    """Folds of regions; what is learnt on the others predicts a fold."""
    repeats: int = Field(default=20, ge=1, le=1000)
    """Splits into folds; the median is the estimate."""
    expand: Literal[1, 2] = 2
    """1: the controls alone; 2: their squares and products too."""

    @field_validator("form", mode="before")
    @classmethod
    def _no_dummies(cls, written: Any) -> Any:
        if written in ("dummies", "lsdv"):
            raise SpecError(
                text(
                    "region dummies among the features of a learner, with folds of rows, reject a true null in "
                    "every draw (bias 1.5 where sd(y|x) is 1): take within, difference or cre"
                )
            )
        return written

    @field_validator("learner")
    @classmethod
    def _named_once(cls, listed: Any) -> Any:
        if isinstance(listed, tuple) and (not listed or len(set(listed)) < len(listed)):
            raise SpecError(text("name one learner, or several, each once"))
        return listed

    @model_validator(mode="after")
    def _one_treatment(self) -> Self:
        if (self.policy is None) == (self.treatment is None):
            raise SpecError(text("name a policy, or a treatment column"))
        if self.model == "irm" and self.policy is None:
            raise SpecError(text('model = "irm" compares treated regions with others: name a policy'))
        if self.model == "irm" and (self.form != "within" or self.score != "partialling-out"):
            raise SpecError(text('form and score belong to model = "plr"'))
        return self

    @property
    def learners(self) -> tuple[Learner, ...]:
        """Return the learners, the leading one first."""
        return self.learner if isinstance(self.learner, tuple) else (self.learner,)

    def columns(self) -> tuple[str, ...]:
        """Return outcome, treatment and controls."""
        own = (self.outcome, *((self.treatment,) if self.treatment else ()), *self.controls)
        return (*own, *(self.spillover.columns() if self.spillover else ()))

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and that of the neighbours."""
        own = (self.policy,) if self.policy else ()
        return (*own, *(self.spillover.policies() if self.spillover else ()))

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the model and of its form."""
        return ("dml", "dml:irm" if self.model == "irm" else f"dml:{self.form}")

    def plan(self) -> Plan:
        """Return what is asked as a value."""
        return Plan(
            name=self.name,
            outcome=self.outcome,
            policy=self.policy,
            treatment=self.treatment,
            controls=self.controls,
            learners=self.learners,
            form=self.form,
            years=self.effects == "both",
            model=self.model,
            score=self.score,
            folds=self.folds,
            repeats=self.repeats,
            expand=self.expand,
        )

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate. Raises DataError or EstimationError, also where too few are treated to cross-fit."""
        named = (*((self.treatment,) if self.treatment else ()), *self.controls)
        prepared = self.prepare(panel, named)
        return estimate(self.plan(), prepared, prepared.notes[len(panel.notes) :], stream)
