"""What fixed thresholds leave of A(g): it does not depend on the outcome, so draws that fix the same ones share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Bytes of moments that are kept for later draws.
MEMORY = 1 << 27
#: Places that are looked at together, so that what is read twice is still in the cache.
STRETCH = 8192


@dataclass(frozen=True)
class Beside:
    """The moments beside fixed thresholds, ready for any outcome.

    ``columns`` (p, s, width) are u'v(g) of the fixed columns u, orthogonal and of length 1, ``place`` (s,) their
    columns and slots; ``share`` (p, p, width) and ``inverse`` (p, width) are the elimination of what is left of A(g).
    """

    columns: FloatArray
    place: tuple[tuple[int, int], ...]
    share: FloatArray
    inverse: FloatArray

    def gain(self, b: FloatArray, left: FloatArray, work: FloatArray, out: FloatArray) -> float:
        """Put how far each candidate lowers the sum of squares into ``out`` (width,); return what the fixed do.

        ``b`` (p, width) stays; ``left`` (p, width) and ``work`` (width,) are overwritten.
        """
        parts = np.empty(len(self.place))
        for c, (k, slot) in enumerate(self.place):
            parts[c] = (b[k, slot] - parts[:c] @ self.columns[k, :c, slot]) / self.columns[k, c, slot]
        for part in range(0, b.shape[1], STRETCH):
            at = slice(part, part + STRETCH)
            self._stretch(at, parts, b[:, at], left[:, at], work[at], out[at])
        return float(parts @ parts)

    def _stretch(
        self, at: slice, parts: FloatArray, b: FloatArray, left: FloatArray, work: FloatArray, out: FloatArray
    ) -> None:
        for j in range(len(b)):
            np.dot(parts, self.columns[j, :, at], out=work)
            np.subtract(b[j], work, out=left[j])
            for k in range(j):
                np.multiply(self.share[k, j, at], left[k], out=work)
                left[j] -= work
            term = work if j else out
            np.multiply(left[j], left[j], out=term)
            term *= self.inverse[j, at]
            if j:
                out += term


def beside(
    slots: Iterable[int], cross: Callable[[int], FloatArray], square: FloatArray, floor: FloatArray
) -> Beside:
    """Return the moments beside thresholds at ``slots``, one after the other, by Gram-Schmidt.

    ``cross`` gives K(h, g) (p, p, width) of a slot; ``square`` (p, p, width) is A(g) above its diagonal and ``floor``
    (p, width) the least pivot that is not rounding.
    """
    p = len(square)
    columns: list[FloatArray] = []
    place = []
    left = square.copy()
    for slot in slots:
        crossed = cross(slot)
        for k in range(p):
            column = crossed[k].copy()
            for done in columns:
                column -= done * done[k, slot]
            column /= np.sqrt(max(column[k, slot], floor[k, slot]))
            for j in range(p):
                for other in range(j, p):
                    left[j, other] -= column[j] * column[other]
            columns.append(column)
            place.append((k, slot))
    share, inverse = np.zeros_like(left), np.empty_like(floor)
    for j in range(p):
        pivot = np.maximum(left[j, j], floor[j])
        np.divide(1.0, pivot, out=inverse[j])
        for k in range(j + 1, p):
            np.divide(left[j, k], pivot, out=share[j, k])
            for other in range(k, p):
                left[k, other] -= share[j, k] * left[j, other]
    return Beside(np.stack(columns, axis=1), tuple(place), share, inverse)


@dataclass
class Memory:
    """Moments by slot and by slots, the oldest forgotten beyond ``limit`` bytes."""

    limit: int = MEMORY
    crossed: dict[int, FloatArray] = field(default_factory=dict)
    found: dict[tuple[int, ...], Beside] = field(default_factory=dict)

    def serves(self, slots: IntArray) -> bool:
        """Tell whether most rows of ``slots`` (R, m) are known, or the same as others: thresholds that stand out."""
        new = {tuple(row) for row in slots.tolist()} - set(self.found)
        return 3 * len(new) <= 2 * len(slots)

    def keep(self, slots: tuple[int, ...], one: Beside) -> None:
        """Keep the moments beside ``slots``."""
        self.found[slots] = one
        size = one.share.nbytes + one.inverse.nbytes + one.columns.nbytes
        while len(self.found) > max(self.limit // size, 1):
            del self.found[next(iter(self.found))]

    def keep_crossed(self, slot: int, crossed: FloatArray) -> None:
        """Keep K(h, g) of a slot."""
        self.crossed[slot] = crossed
        while len(self.crossed) > max(self.limit // crossed.nbytes, 1):
            del self.crossed[next(iter(self.crossed))]
