"""What every model is: a section of the study that fits itself to a panel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, get_args

from pydantic import Field

from ccd.errors import EstimationError
from ccd.methods import Entry
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.spec import Spec
from ccd.streams import Stream
from ccd.words import Text, text


class ModelSpec(Spec):
    """The keys that every model has."""

    name: str = Field(pattern=r"^[^\W_][\w.\-]*$")
    """Name of the model: its folder under models/."""
    outcome: str = "D"
    """C, T, D, a subsystem, or a column."""

    does: ClassVar[Text]  # what a model of this kind estimates, as the page says it
    label: ClassVar[Text | None] = None  # the estimator in words; None: by its name
    alone_by_default: ClassVar[bool] = True  # else a section without ``estimator`` runs all of its kind
    by_default: ClassVar[bool] = True  # whether it is among those
    side_by_side: ClassVar[bool] = (
        False  # whether estimators of one section make a table and a figure together
    )
    explained: ClassVar[Mapping[str, Entry]] = {}  # keys of ``methods`` that methods.toml does not have
    needs: ClassVar[tuple[str, ...]] = ()  # heavy modules, imported before the clock of ``fit`` starts

    def imports(self) -> tuple[str, ...]:
        """Return the heavy modules that ``fit`` will import under the keys of this model."""
        return self.needs

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the panel that the model reads as numbers."""
        return (self.outcome,)

    def row_columns(self) -> tuple[str, ...]:
        """Return the columns of numbers that decide which rows the model sees, the time column among them."""
        return ()

    def policies_read(self) -> tuple[str, ...]:
        """Return the policies that the model reads."""
        return ()

    def weights_read(self) -> tuple[str, ...]:
        """Return the spatial weights that the model reads."""
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
        return (kind_of(type(self)),)

    @abstractmethod
    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate on ``panel``. Raises DataError or EstimationError."""

    def forewarns(self, panel: Panel) -> tuple[Text, ...]:
        """Return what ``ccd check`` says of the model before it is fitted. Raises DataError or EstimationError."""
        return ()

    def chosen_rows(self, panel: Panel) -> Panel:
        """Return the region-years that the model's keys choose. Raises DataError for what is not there."""
        return panel

    def foresee(self, panel: Panel) -> None:
        """Raise DataError or EstimationError for what is wrong and can be told without a fit."""
        self.chosen_rows(panel)

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return an estimate that need hold no more than the headline term and nobs, equal to those of ``fit``.

        For the many fits that show one row each. Raises DataError or EstimationError.
        """
        return self.fit(panel, stream)

    def divides(self, panel: Panel, *, headline: bool) -> bool:
        """Tell whether the model has draws that other processes should make, in blocks (``ccd.split``)."""
        return False

    def fail(self, what: Text, fix: Text) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=text("model '{name}'", name=self.name), fix=fix)


def kind_of(model: type[ModelSpec]) -> str:
    """Return what a section writes as ``kind`` for this model."""
    return str(get_args(model.model_fields["kind"].annotation)[0])


def tags_of(model: type[ModelSpec]) -> tuple[str, ...]:
    """Return ``kind``, or ``kind-estimator`` for each estimator that a model serves."""
    kind, estimator = kind_of(model), model.model_fields.get("estimator")
    return (
        (kind,) if estimator is None else tuple(f"{kind}-{name}" for name in get_args(estimator.annotation))
    )
