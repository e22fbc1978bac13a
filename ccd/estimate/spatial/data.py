"""The arrays of a spatial panel model: its balanced sample, its weights, its regressors and their lags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.autoregressive.spectrum import Spectrum
from ccd.estimate.autoregressive.sweep import lag
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.estimate.rows.space import refuse_gaps, weights_of, wide
from ccd.estimate.spatial.spec import SpatialSpec
from ccd.panel import Panel
from ccd.results import Named, Neighbouring, SampleSize, Term
from ccd.spatial_weights import SpatialWeights
from ccd.words import text


def size(sample: Sample) -> SampleSize:
    """Return the size of a sample that no policy treats."""
    return replace(sample.size(), treated_entities=None, cohorts=None)


@dataclass(frozen=True)
class Data:
    """Outcome ``y`` (N, T) and regressors ``x`` (N, T, k) of a balanced sample, with ``weights``."""

    sample: Sample
    weights: SpatialWeights
    spectrum: Spectrum
    y: FloatArray
    x: FloatArray
    columns: tuple[str, ...]

    def with_lags(self, lagged: Sequence[str]) -> tuple[FloatArray, tuple[Term, ...]]:
        """Return the regressors and the lags of ``lagged``, (N, T, k + m), and their terms."""
        place = [self.columns.index(name) for name in lagged]
        terms: list[Term] = [Named(name) for name in self.columns]
        terms += [Neighbouring(Named(name)) for name in lagged]
        return np.concatenate([self.x, lag(self.weights.matrix, self.x[:, :, place])], axis=2), tuple(terms)


def data_of(spec: SpatialSpec, panel: Panel, cluster: str = "", *, alone: bool = False) -> Data:
    """Return the arrays of a model; ``alone`` allows regions without a neighbour.

    Raises EstimationError naming missing cells, DataError for regions that the weights do not link.
    """
    where = text("model '{name}'", name=spec.name)
    prepared = spec.prepare(panel, spec.x)
    refuse_gaps(prepared, spec.columns(), where=where)
    sample = draw_sample(prepared, spec.outcome, spec.x, cluster=(cluster,) if cluster else (), where=where)
    sample = replace(sample, notes=(*prepared.notes[len(panel.notes) :], *sample.notes))
    weights = weights_of(sample.panel, spec.weights, (spec.outcome,), where=where, alone=alone)
    y, x, columns = wide(sample.panel, sample.y), wide(sample.panel, sample.x), spec.x
    if spec.effects == "none":
        x, columns = np.concatenate([np.ones((*y.shape, 1)), x], axis=2), ("const", *columns)
    return Data(sample, weights, Spectrum(weights, where), y, x, columns)
