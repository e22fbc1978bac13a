"""The keys and the sample of estimators that need the neighbours of every region-year."""

from __future__ import annotations

from typing import ClassVar

from ccd.arrays import FloatArray
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.spec import DidRegression
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.space import refuse_gaps, weights_of
from ccd.panel import Panel
from ccd.spatial_weights import SpatialWeights
from ccd.words import text


class SpatialKeys(DidRegression, Estimator):
    """What the estimators with weights share: a balanced sample, and W among its regions."""

    lonely: ClassVar[bool] = False  # whether a region may have no neighbour
    weighs: ClassVar[bool] = False
    redraws: ClassVar[bool] = False

    weights: str
    """Spatial weights, by their name under [weights]."""

    def weights_read(self) -> tuple[str, ...]:
        """Return the weights."""
        return (*super().weights_read(), self.weights)

    def sample(self, panel: Panel) -> Sample:
        """Return the sample. Raises EstimationError where it is not balanced, naming cells."""
        where = text("model '{name}'", name=self.name)
        refuse_gaps(self.chosen_rows(panel), (self.outcome, *self.controls), where=where)
        sample = super().sample(panel)
        refuse_gaps(sample.panel, (self.outcome, *self.controls), where=where)
        return sample

    def among(self, sample: Sample) -> SpatialWeights:
        """Return W among the regions of the sample. Raises DataError naming those without a neighbour."""
        where = text("model '{name}'", name=self.name)
        return weights_of(sample.panel, self.weights, (self.outcome,), where=where, alone=self.lonely)

    def foresee(self, panel: Panel) -> None:
        """Raise for gaps and for regions without a neighbour."""
        self.among(self.sample(panel))


def treated(sample: Sample) -> FloatArray:
    """Return D of a balanced sample, (N, T)."""
    return sample.treated.astype(float).reshape(len(sample.panel.entities), -1)
