"""What every model is: a section of the study that fits itself to a panel."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from pydantic import Field

from ccd.errors import EstimationError
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.spec import Spec
from ccd.streams import Stream


class ModelSpec(Spec):
    """The keys that every model has."""

    name: str = Field(pattern=r"^[^\W_][\w.\-]*$")
    """Name of the model: its folder under models/."""
    outcome: str = "D"
    """C, T, D, a subsystem, or a column."""

    needs: ClassVar[tuple[str, ...]] = ()  # heavy modules, imported before the clock of ``fit`` starts

    def imports(self) -> tuple[str, ...]:
        """Return the heavy modules that ``fit`` will import under the keys of this model."""
        return self.needs

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the panel that the model reads as numbers."""
        return (self.outcome,)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policies that the model reads."""
        return ()

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the panel that the model reads as groups: of clusters, effects, subsets."""
        return ()

    def adjusts(self) -> tuple[str, ...]:
        """Return the columns that the model controls for or matches on."""
        return ()

    def taken_before(self) -> tuple[str, ...]:
        """Return those of ``adjusts`` whose values are from before the treatment: they may hold the outcome."""
        return ()

    def methods(self) -> tuple[str, ...]:
        """Return the keys of ``ccd.methods`` that explain the model: its kind, and each check it may run."""
        kind, estimator = getattr(self, "kind", ""), getattr(self, "estimator", "")
        checks = ["permutation"] if kind == "did" else []  # it leads by itself where few regions are treated
        checks += [key for key in ("placebo", "sensitivity") if getattr(self, key, None)]
        return (f"did:{estimator}" if kind == "did" else kind, *(f"check:{key}" for key in checks))

    @abstractmethod
    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate on ``panel``. Raises DataError or EstimationError."""

    def chosen_rows(self, panel: Panel) -> Panel:
        """Return the region-years that the model's keys choose. Raises DataError for what is not there."""
        return panel

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return an estimate that need hold no more than the headline term and nobs, equal to those of ``fit``.

        For the many fits that show one row each. Raises DataError or EstimationError.
        """
        return self.fit(panel, stream)

    def fail(self, what: str, fix: str) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=f"model '{self.name}'", fix=fix)
