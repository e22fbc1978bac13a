"""Best thresholds given others: the data and every bootstrap draw go through the same few lines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.threshold.scan.blocks import Workspace
from ccd.estimate.threshold.scan.exact import Scan

#: A refinement must lower the sum of squares by this share of it, or the incumbent stays.
GAIN = 1e-12
#: Rows times places of one block: two megabytes, which a cache holds.
BLOCK = 1 << 18

#: A(g) above the diagonal: (j, k) -> (1 or W, width).
Square = dict[tuple[int, int], FloatArray]


@dataclass(frozen=True)
class Fitted:
    """Thresholds of W outcomes: ``slots`` (W, m) in the order found, sums of squares ``ssr`` (W,).

    ``found`` (W,) is false where the trim left no place for the last threshold.
    """

    slots: IntArray
    ssr: FloatArray
    found: BoolArray


@dataclass
class Search:
    """W outcomes seen through ``b`` (p, W, width) and ``base`` (W,), their sums of squares without threshold."""

    scan: Scan
    b: FloatArray
    base: FloatArray
    room: Workspace
    _standing: dict[int, IntArray] = field(default_factory=dict)

    def gains(self, slots: IntArray, rows: IntArray, fixed: list[int]) -> tuple[FloatArray, FloatArray]:
        """Return how far each candidate lowers the sum of squares beside fixed thresholds, (R, width).

        ``rows`` (R,) are the outcomes looked at, ``fixed`` the columns of ``slots`` (R, m) that stand.
        Second value (R,): what these lower it by together. The trim is not looked at here. The next call
        overwrites the first array.
        """
        p, at = self.scan.p, np.arange(len(rows))
        b = [self.b[j] if len(rows) == len(self.base) else self.b[j][rows] for j in range(p)]
        square = {(j, k): self.scan.square[j, k][None] for j in range(p) for k in range(j, p)}
        explained = np.zeros(len(rows))
        swept: list[FloatArray] = []
        for f in fixed:
            crossed = self._crossing(f, slots[:, f], rows)
            for k in range(p):  # Gram-Schmidt: one column v_k(g_f) after the other leaves b(g) and A(g)
                column = self._column(crossed[k], swept, k, slots[:, f])
                part = b[k][at, slots[:, f]] / column[k, at, slots[:, f]]
                explained += part**2
                self._sweep(b, square, column, part, first=not swept)
                swept.append(column)
        return quadratic(b, square, self.scan.floor, self.room), explained

    def _column(self, crossed: FloatArray, swept: list[FloatArray], k: int, slots: IntArray) -> FloatArray:
        """Return u'v(g) (p, R, width), u being v_k(g_f) orthogonal to the swept columns and of length 1."""
        at = np.arange(len(slots))
        column = self.room(f"column {len(swept)}", *crossed.shape)
        work = self.room("column work", *crossed.shape)
        left = crossed
        for done in swept:
            np.multiply(done, done[k, at, slots][:, None], out=work)
            left = np.subtract(left, work, out=column)
        length = np.sqrt(np.maximum(left[k, at, slots], self.scan.floor[k, slots]))
        np.multiply(left, (1.0 / length)[:, None], out=column)
        return column

    def _sweep(
        self, b: list[FloatArray], square: Square, column: FloatArray, part: FloatArray, *, first: bool
    ) -> None:
        """Take one fixed column, of unit length, off b(g) and A(g); the ``first`` leaves the originals alone."""
        shape = column[0].shape
        for j in range(len(b)):
            out = self.room(f"b {j}", *shape)
            work = out if first else self.room("work", *shape)
            np.multiply(column[j], part[:, None], out=work)
            b[j] = np.subtract(b[j], work, out=out)
            for k in range(j, len(b)):
                out = self.room(f"square {j} {k}", *shape)
                work = out if first else self.room("work", *shape)
                np.multiply(column[j], column[k], out=work)
                square[j, k] = np.subtract(square[j, k], work, out=out)

    def best(self, slots: IntArray, rows: IntArray, fixed: list[int]) -> Fitted:
        """Return the best candidate (R, 1) beside the fixed thresholds that the trim allows."""
        gain, explained = self.gains(slots, rows, fixed)
        at = np.arange(len(rows))
        chosen = gain.argmax(axis=1)
        blocks, allowed = self.scan.blocks, self.scan.candidates
        stand = blocks.candidate(slots[:, fixed])
        number = blocks.candidate(chosen)[:, None]
        clash = (number > allowed.left[stand]) & (number < allowed.right[stand])
        for row in np.flatnonzero(clash.any(axis=1)):
            for taken in stand[row]:
                gain[row, blocks.slot[allowed.left[taken] + 1 : allowed.right[taken]]] = -1.0
            chosen[row] = gain[row].argmax()
        most = gain[at, chosen]
        found = most > 0
        ssr = self.base[rows] - explained - np.where(found, most, 0.0)
        return Fitted(chosen[:, None], ssr, found)

    def extend(self, fitted: Fitted | None = None) -> Fitted:
        """Return ``fitted`` with its best further threshold (none yet: the best single one)."""
        rows = np.arange(len(self.base))
        slots = np.empty((len(rows), 0), dtype=np.intp) if fitted is None else fitted.slots
        more = self.best(slots, rows, list(range(slots.shape[1])))
        found = more.found if fitted is None else more.found & fitted.found
        return Fitted(np.hstack([slots, more.slots]), more.ssr, found)

    def refine(self, fitted: Fitted) -> Fitted:
        """Return ``fitted`` with each threshold the best beside the others (Bai 1997), until none moves.

        The incumbent stays unless the sum of squares falls, so the sum of squares never rises.
        """
        slots, ssr = fitted.slots.copy(), fitted.ssr.copy()
        m = slots.shape[1]
        stale = np.repeat(fitted.found[:, None], m, axis=1)
        stale[:, -1] = False
        while m > 1 and stale.any():
            for f in range(m):
                rows = np.flatnonzero(stale[:, f])
                if not len(rows):
                    continue
                again = self.best(slots[rows], rows, [g for g in range(m) if g != f])
                moved = again.found & (again.ssr < ssr[rows] * (1 - GAIN))
                slots[rows[moved], f] = again.slots[moved, 0]
                ssr[rows[moved]] = again.ssr[moved]
                stale[rows[moved]] = True
                stale[rows, f] = False
        return Fitted(slots, ssr, fitted.found)

    def _crossing(self, position: int, slots: IntArray, rows: IntArray) -> FloatArray:
        """Return K(h, .) (p, p, R, width) of the thresholds at ``slots`` (R,), computed once while they stand."""
        p, size, width = self.scan.p, len(self.base), self.scan.blocks.width
        held = self.room(f"crossed {position}", p, p, size, width)
        standing = self._standing.setdefault(position, np.full(size, -1))
        new = np.flatnonzero(standing[rows] != slots)
        if len(new) == size:
            self.scan.cross(slots, held, self.room)
        elif len(new):
            some = self.room("crossed anew", p, p, len(new), width)
            held[:, :, rows[new]] = self.scan.cross(slots[new], some, self.room)
        standing[rows[new]] = slots[new]
        return held if len(rows) == size else held[:, :, rows]


def quadratic(b: list[FloatArray], square: Square, floor: FloatArray, room: Workspace) -> FloatArray:
    """Return b'A^-1 b at every place (W, width), by elimination; ``b`` and ``square`` stay as they are.

    ``floor`` (p, width) is put for a pivot that only rounding holds from zero.
    """
    p, shape = len(b), b[0].shape
    b, square = list(b), dict(square)
    total = room("total", *shape)
    for j in range(p):
        pivot = np.maximum(square[j, j], floor[j])
        for k in range(j + 1, p):
            share = square[j, k] / pivot
            b[k] = b[k] - share * b[j]
            for other in range(k, p):
                square[k, other] = square[k, other] - share * square[j, other]
        term = room("term", *shape) if j else total
        np.multiply(b[j], b[j], out=term)
        term /= pivot
        if j:
            total += term
    return total
