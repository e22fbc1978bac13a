"""Spatial weights: who counts as a neighbour of whom, and by how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import DataError, Words
from ccd.words import text

if TYPE_CHECKING:
    from scipy import sparse

#: Mean radius of the earth (IUGG).
EARTH_KM = 6371.0088
#: Regions up to which eigenvalues stand for ln|I - rho W|.
EIGEN = 1000
#: Share of filled cells above which a matrix is dense.
DENSE = 0.25


def distances(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Return great-circle distances in km (m, m) between points in degrees (m,), by the haversine formula."""
    lon, lat = np.radians(longitude), np.radians(latitude)
    return great_circle(lon[:, None], lat[:, None], lon, lat)


def great_circle(lon: FloatArray, lat: FloatArray, to_lon: FloatArray, to_lat: FloatArray) -> FloatArray:
    """Return distances in km between points in radians, by the haversine formula; shapes broadcast."""
    half = np.sin((lat - to_lat) / 2) ** 2
    half = half + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


@dataclass(frozen=True)
class SpatialWeights:
    """W of ``regions`` (N): row i holds what region i receives from the others; fixed over years, w_ii = 0.

    ``raw`` (N, N) holds the weights before ``standardise`` (``row``, ``spectral`` or ``none``). ``places`` are
    longitude and latitude (N,) where they are known; ``power`` that of a distance. ``island`` says what becomes
    of a region without a link. ``cutoff`` is that of distances in km, ``columns`` what the weights are made of.
    """

    name: str
    kind: str
    regions: tuple[str, ...]
    raw: sparse.csr_array
    standardise: str = "row"
    island: str = "error"
    places: tuple[FloatArray, FloatArray] | None = None
    power: float | None = None
    cutoff: float | None = None
    columns: tuple[str, ...] = ()

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """Return W (N, N) as the study standardises it."""
        from scipy import sparse

        raw = sparse.csr_array(self.raw, dtype=np.float64)
        if self.standardise == "row":
            total = np.asarray(raw.sum(axis=1)).ravel()
            scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
            return sparse.csr_array(sparse.diags_array(scale) @ raw)
        if self.standardise == "spectral":
            return sparse.csr_array(raw / spectral_radius(raw))
        return raw

    @cached_property
    def eigenvalues(self) -> FloatArray:
        """Return the eigenvalues of W, (N,), real or complex.

        Row-standardised weights of a symmetric matrix have those of its symmetric twin D^-1/2 raw D^-1/2
        (Ord 1975), which are real.
        """
        dense = self.raw.toarray()
        if not np.allclose(dense, dense.T, rtol=1e-12, atol=0):
            found = np.linalg.eigvals(self.matrix.toarray())
            return np.asarray(found.real if np.abs(found.imag).max(initial=0) < 1e-13 else found)
        if self.standardise != "row":
            return np.asarray(np.linalg.eigvalsh(self.matrix.toarray()))
        total = dense.sum(axis=1)
        root = np.divide(1.0, np.sqrt(total), out=np.zeros_like(total), where=total > 0)
        return np.asarray(np.linalg.eigvalsh(dense * root[:, None] * root))

    @cached_property
    def islands(self) -> BoolArray:
        """Tell which regions have no link, (N,)."""
        return np.asarray(np.diff(self.raw.indptr) == 0)

    @property
    def links(self) -> FloatArray:
        """Return how many regions each receives from, (N,)."""
        return np.asarray(np.diff(self.raw.indptr), dtype=np.float64)

    @cached_property
    def rows_sum_to_one(self) -> bool:
        """Tell whether every row of W sums to 1."""
        return bool(np.abs(np.asarray(self.matrix.sum(axis=1)).ravel() - 1).max(initial=0) < 1e-12)

    @property
    def dense(self) -> bool:
        """Tell whether so many cells are filled that a sparse form gains nothing."""
        return bool(self.raw.nnz > DENSE * len(self.regions) ** 2)

    def neighbours(self, region: str) -> tuple[str, ...]:
        """Return the regions that ``region`` receives from, in the order of ``regions``."""
        i = self.regions.index(region)
        found = self.raw.indices[self.raw.indptr[i] : self.raw.indptr[i + 1]]
        return tuple(self.regions[j] for j in sorted(found))

    def nearest_km(self) -> FloatArray:
        """Return the distance of each region to the nearest other one, (N,); nan where places are not known."""
        if self.places is None or len(self.regions) < 2:
            return np.full(len(self.regions), np.nan)
        apart = distances(*self.places)
        np.fill_diagonal(apart, np.inf)
        return np.asarray(apart.min(axis=1))

    def among(self, regions: Sequence[str], *, where: Words, alone: bool = False) -> SpatialWeights:
        """Return the weights among ``regions`` alone, in their order, standardised again.

        ``alone`` allows regions without a link that ``island = "zero"`` leaves. Raises DataError naming regions
        that are not there, and those that have no link left.
        """
        if tuple(regions) == self.regions:
            return self.checked(where, alone=alone)
        place = {region: i for i, region in enumerate(self.regions)}
        unknown = [region for region in regions if region not in place]
        if unknown:
            raise DataError(
                text(
                    "the weights '{name}' do not know {unknown}", name=self.name, unknown=tuple(unknown[:5])
                ),
                where=where,
                fix=text(
                    "add {count:it|them} to [weights.{name}]",
                    count=len(unknown),
                    name=self.name,
                ),
            )
        at = np.array([place[region] for region in regions], dtype=np.intp)
        places = None if self.places is None else (self.places[0][at], self.places[1][at])
        cut = replace(self, regions=tuple(regions), raw=self.raw[at][:, at], places=places)
        return cut.checked(where, alone=alone)

    def checked(self, where: Words, *, alone: bool = False) -> SpatialWeights:
        """Return the weights with every region linked. Raises DataError naming those that stay without a link."""
        if not self.islands.any() or (self.island == "zero" and alone):
            return self
        if self.island == "nearest":
            return self._linked(where)
        listed = tuple(region for region, lone in zip(self.regions, self.islands, strict=True) if lone)
        if self.island == "zero":
            raise DataError(
                text(
                    "without a neighbour under the weights '{name}': {listed}", name=self.name, listed=listed
                ),
                where=where,
                fix=text('island = "zero" goes with description and slx alone; take island = "nearest"'),
            )
        raise DataError(
            text("without a neighbour under the weights '{name}': {listed}", name=self.name, listed=listed),
            where=where,
            fix=text(
                'link them, widen the cut-off, or set [weights.{name}] island = "nearest"', name=self.name
            ),
        )

    def _linked(self, where: Words) -> SpatialWeights:
        """Return the weights with each island linked to its nearest region."""
        from scipy import sparse

        if self.places is None:
            raise DataError(
                text(
                    "the weights '{name}' have islands and no coordinates to find the nearest region by",
                    name=self.name,
                ),
                where=where,
                fix=text("name lon and lat under [weights.{name}]", name=self.name),
            )
        apart = distances(*self.places)
        np.fill_diagonal(apart, np.inf)
        raw = self.raw.tolil()
        for i in np.flatnonzero(self.islands):
            for j in np.flatnonzero(apart[i] <= apart[i].min() * (1 + 1e-9)):
                raw[i, j] = 1.0 if self.power is None else apart[i, j] ** -self.power
        return replace(self, raw=sparse.csr_array(raw))


def spectral_radius(raw: sparse.csr_array) -> float:
    """Return the largest absolute eigenvalue of non-negative weights (N, N)."""
    if raw.shape[0] <= EIGEN:
        return float(np.abs(np.linalg.eigvals(raw.toarray())).max())
    from scipy.sparse.linalg import eigs

    start = np.ones(raw.shape[0])  # named, so that the same weights give the same bytes
    return float(np.abs(eigs(raw, k=1, v0=start, return_eigenvectors=False))[0])
