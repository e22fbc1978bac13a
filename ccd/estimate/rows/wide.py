"""A sample as matrices of entities by years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.rows.sample import Sample


@dataclass(frozen=True)
class Wide:
    """``y`` (N, T) with nan where a region-year is not seen, ``cohort`` (N,) nan = never, ``years`` (T,).

    ``weight`` (N,) are weights of the regions, of mean 1; None: each counts once.
    """

    y: FloatArray
    cohort: FloatArray
    years: IntArray
    weight: FloatArray | None = None

    @property
    def seen(self) -> BoolArray:
        """Tell which region-years are seen, (N, T)."""
        return np.isfinite(self.y)

    @property
    def cohorts(self) -> IntArray:
        """Return the cohorts, sorted."""
        return np.unique(self.cohort[np.isfinite(self.cohort)]).astype(np.intp)


def widen(sample: Sample) -> Wide:
    """Return the sample as matrices, entities and years sorted."""
    return Wide(spread(sample, sample.y), sample.entity_cohort, np.asarray(sample.panel.times, dtype=np.intp))


def spread(sample: Sample, values: FloatArray) -> FloatArray:
    """Return ``values`` (n,) as a matrix (N, T), nan where a region-year is not seen."""
    wide = np.full((len(sample.panel.entities), len(sample.panel.times)), np.nan)
    wide[sample.entity, sample.time] = values
    return wide


def spread_regions(sample: Sample, kept: Sample, values: FloatArray) -> FloatArray:
    """Return ``values`` (N', ..) of the regions of ``kept`` for all those of ``sample`` (N, ..), 0 for the others."""
    if kept is sample or len(values) == len(sample.panel.entities):
        return values
    wide = np.zeros((len(sample.panel.entities), *values.shape[1:]))
    wide[np.isin(sample.panel.entities, kept.panel.entities)] = values
    return wide


def spread_weight(sample: Sample) -> FloatArray | None:
    """Return the weights as a matrix (N, T), nan where a region-year is not seen; None: the sample has none."""
    return None if sample.weight is None else spread(sample, sample.weight)


def spread_all(sample: Sample, matrix: FloatArray) -> FloatArray:
    """Return the columns of ``matrix`` (n, p) as an array (N, T, p), nan where a region-year is not seen."""
    wide = np.full((len(sample.panel.entities), len(sample.panel.times), matrix.shape[1]), np.nan)
    wide[sample.entity, sample.time] = matrix
    return wide
