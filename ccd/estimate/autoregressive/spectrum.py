"""ln|I - rho W| and the traces of G = W (I - rho W)^-1: by eigenvalues, or by sparse factors where N is large."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, Words
from ccd.spatial_weights import EIGEN, SpatialWeights
from ccd.words import text

if TYPE_CHECKING:
    from scipy import sparse

#: Regions above which a dense W is refused.
DENSEST = 2000
#: Columns that one block of solves holds.
BLOCK = 256


class Traces(NamedTuple):
    """tr G, tr GG and |G|^2, with J = I - 11'/N on both sides where year effects are transformed away."""

    g: float
    gg: float
    square: float


@dataclass(frozen=True)
class Spectrum:
    """What likelihoods ask of W: the range of rho, ln|S|, its slope, S^-1 and G."""

    weights: SpatialWeights
    where: Words

    def __post_init__(self) -> None:
        if len(self.weights.regions) > DENSEST and self.weights.dense:
            raise EstimationError(
                text(
                    "the weights '{name}' are dense, with {count} regions",
                    name=self.weights.name,
                    count=len(self.weights.regions),
                ),
                where=self.where,
                fix=text("take a smaller cut-off, the nearest regions, or common borders"),
            )

    @property
    def matrix(self) -> sparse.csr_array:
        """Return W (N, N)."""
        return self.weights.matrix

    @property
    def size(self) -> int:
        """Return N."""
        return len(self.weights.regions)

    @property
    def exact(self) -> bool:
        """Tell whether eigenvalues are at hand."""
        return self.size <= EIGEN

    @cached_property
    def values(self) -> FloatArray:
        """Return the eigenvalues of W (N,), real or complex."""
        return self.weights.eigenvalues

    @cached_property
    def range(self) -> tuple[float, float]:
        """Return the open interval of rho: (1/w_min, 1/w_max) of the real eigenvalues; (-1, 1) where N is large."""
        if not self.exact:
            return -1.0, 1.0
        real = (
            self.values.real[np.abs(self.values.imag) < 1e-10]
            if np.iscomplexobj(self.values)
            else self.values
        )
        low, high = float(real.min()), float(real.max())
        return (1 / low if low < -1e-12 else -1.0), 1 / high

    def log_determinant(self, rho: float) -> float:
        """Return ln|I - rho W|."""
        if self.exact:
            return float(np.log(np.abs(1 - rho * self.values)).sum())
        return float(np.log(np.abs(self._factor(rho).U.diagonal())).sum())

    def trace(self, rho: float) -> float:
        """Return tr G."""
        if self.exact:
            return float((self.values / (1 - rho * self.values)).sum().real)
        if rho not in self._known:
            self._known[rho] = float(np.trace(self.lagged_inverse(rho)))
        return self._known[rho]

    @cached_property
    def _known(self) -> dict[float, float]:
        """Return the traces already made, by rho: each costs N solves."""
        return {}

    def inverse_apply(self, rho: float, right: FloatArray) -> FloatArray:
        """Return (I - rho W)^-1 ``right`` (N, ..)."""
        columns = right.reshape(self.size, -1)
        if self.exact:
            return np.asarray(np.linalg.solve(self._s(rho).toarray(), columns).reshape(right.shape))
        return np.asarray(self._factor(rho).solve(columns).reshape(right.shape))

    def lagged_inverse(self, rho: float) -> FloatArray:
        """Return G = W (I - rho W)^-1, (N, N)."""
        if self.exact:
            w = self.matrix.toarray()
            return np.asarray(np.linalg.solve(np.eye(self.size) - rho * w, w))  # S^-1 W = W S^-1
        factor, found = self._factor(rho), np.empty((self.size, self.size))
        for start in range(0, self.size, BLOCK):
            stop = min(self.size, start + BLOCK)
            found[:, start:stop] = factor.solve(self.matrix[:, start:stop].toarray())
        return found

    def traces(self, rho: float, c: int) -> tuple[Traces, FloatArray]:
        """Return the traces at ``rho``, those of J G J for ``c`` = 1, and G (N, N)."""
        g = self.lagged_inverse(rho)
        square, trace, twice = float(np.sum(g * g)), float(np.trace(g)), float(np.sum(g * g.T))
        self._known[rho] = trace
        if c:
            square -= float(np.sum(g.sum(axis=0) ** 2)) / self.size
            trace, twice = trace - 1 / (1 - rho), twice - 1 / (1 - rho) ** 2
        return Traces(trace, twice, square), g

    def _s(self, rho: float) -> Any:
        from scipy import sparse

        return sparse.eye_array(self.size, format="csc") - rho * self.matrix

    def _factor(self, rho: float) -> Any:
        from scipy import sparse
        from scipy.sparse.linalg import splu

        return splu(sparse.csc_matrix(self._s(rho)))
