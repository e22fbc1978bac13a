"""Fixed effects of a balanced panel held wide, and the degrees of freedom that they leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ccd.arrays import FloatArray

if TYPE_CHECKING:
    from scipy import sparse


@dataclass(frozen=True)
class Effects:
    """Which effects are taken out, and whether the likelihood is that of the transformed data (Lee & Yu 2010).

    ``time`` effects leave N* = N - 1 and, ``entity`` effects T* = T - 1; without the correction N and T count whole.
    """

    entity: bool
    time: bool
    corrected: bool = True

    def size(self, n: int, t: int) -> tuple[int, int]:
        """Return N* and T*."""
        less = self.corrected
        return n - int(less and self.time), t - int(less and self.entity)

    @property
    def c(self) -> int:
        """Return 1 where the likelihood loses the eigenvalue 1 of W with the year effects, else 0."""
        return int(self.corrected and self.time)

    def sweep(self, wide: FloatArray) -> FloatArray:
        """Return ``wide`` (N, T, ..) less its region and year means, as the effects have it."""
        found = wide
        if self.entity:
            found = found - found.mean(axis=1, keepdims=True)
        if self.time:
            found = found - found.mean(axis=0, keepdims=True)
        return np.asarray(found)


def lag(matrix: sparse.csr_array, wide: FloatArray) -> FloatArray:
    """Return W ``wide`` for (N, T, ..), year by year."""
    return np.asarray((matrix @ wide.reshape(len(wide), -1)).reshape(wide.shape))


def flat(wide: FloatArray) -> FloatArray:
    """Return (N, T, k) as (N T, k), or (N, T) as (N T,)."""
    return wide.reshape(wide.shape[0] * wide.shape[1], *wide.shape[2:])
