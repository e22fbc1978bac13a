"""Best thresholds given others: the data and every bootstrap draw go through the same few lines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.threshold.scan.buffers import Buffers
from ccd.estimate.threshold.scan.exact import Scan

#: A refinement must lower the sum of squares by this share of it, or the incumbent stays.
GAIN = 1e-12
#: Rows times places of one block: two megabytes, which a cache holds.
BLOCK = 1 << 18

#: Thresholds of a model at most.
MOST = 3


@dataclass(frozen=True)
class Optima:
    """Thresholds of W outcomes: ``slots`` (W, m) in the order found, sums of squares ``ssr`` (W,).

    ``found`` (W,) is false where the trim left no place for the last threshold.
    """

    slots: IntArray
    ssr: FloatArray
    found: BoolArray


@dataclass
class Search:
    """W outcomes seen through ``b`` (p, W, width) and ``base`` (W,), their sums of squares without threshold.

    With ``shared`` what is found about fixed thresholds is kept for outcomes to come, which may fix the same.
    """

    scan: Scan
    b: FloatArray
    base: FloatArray
    room: Buffers
    shared: bool = True
    _standing: dict[int, IntArray] = field(default_factory=dict)

    def gains(self, slots: IntArray, rows: IntArray, fixed: list[int]) -> tuple[FloatArray, FloatArray]:
        """Return how far each candidate lowers the sum of squares beside fixed thresholds, (R, width).

        ``rows`` (R,) are the outcomes looked at, ``fixed`` the columns of ``slots`` (R, m) that stand.
        Second value (R,): what these lower it by together. The trim is not looked at here. The next call
        overwrites the first array.
        """
        if fixed and self.shared and self.scan.memory.serves(slots[:, fixed]):
            return self._beside(slots[:, fixed], rows)
        p, at = self.scan.p, np.arange(len(rows))
        b = self.b if len(rows) == len(self.base) else self.b[:, rows]
        square = self.scan.square[:, :, None]
        explained = np.zeros(len(rows))
        swept = 0
        for f in fixed:
            crossed = self._crossing(f, slots[:, f], rows)
            for k in range(p):  # Gram-Schmidt: one column v_k(g_f) after the other leaves b(g) and A(g)
                column = self._column(crossed[k], swept, k, slots[:, f])
                part = b[k, at, slots[:, f]] / column[k, at, slots[:, f]]
                explained += part**2
                b, square = self._sweep(b, square, column, part, first=not swept)
                swept += 1
        return quadratic(b, square, self.scan.floor, self.room), explained

    def _beside(self, slots: IntArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return what ``gains`` does beside thresholds at ``slots`` (R, m), outcome by outcome."""
        room, total = self.room, self.room.total[: len(rows)]
        explained = np.empty(len(rows))
        for r, one in enumerate(self.scan.beside(slots, room)):
            explained[r] = one.gain(self.b[:, rows[r]], room.swept_b[:, 0], room.work[0], total[r])
        return total, explained

    def _column(self, crossed: FloatArray, swept: int, k: int, slots: IntArray) -> FloatArray:
        """Return u'v(g) (p, R, width), u being v_k(g_f) orthogonal to the ``swept`` columns and of length 1."""
        count = len(slots)
        at = np.arange(count)
        columns, work = self.room.columns[:, :, :count], self.room.columns_work[:, :count]
        column: FloatArray = columns[swept]
        left = crossed
        for done in columns[:swept]:
            np.multiply(done, done[k, at, slots][:, None], out=work)
            left = np.subtract(left, work, out=column)
        length = np.sqrt(np.maximum(left[k, at, slots], self.scan.floor[k, slots]))
        np.multiply(left, (1.0 / length)[:, None], out=column)
        return column

    def _sweep(
        self, b: FloatArray, square: FloatArray, column: FloatArray, part: FloatArray, *, first: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Return b(g) and A(g) without one fixed column of unit length; the ``first`` time they move to buffers."""
        room, count = self.room, len(part)
        left_b, left_square = room.swept_b[:, :count], room.swept_square[:, :, :count]
        for j in range(len(b)):
            work = left_b[j] if first else room.work[:count]
            np.multiply(column[j], part[:, None], out=work)
            np.subtract(b[j], work, out=left_b[j])
            for k in range(j, len(b)):
                work = left_square[j, k] if first else room.work[:count]
                np.multiply(column[j], column[k], out=work)
                np.subtract(square[j, k], work, out=left_square[j, k])
        return left_b, left_square

    def best(self, slots: IntArray, rows: IntArray, fixed: list[int]) -> Optima:
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
        return Optima(chosen[:, None], ssr, found)

    def extend(self, fitted: Optima | None = None) -> Optima:
        """Return ``fitted`` with its best further threshold (none yet: the best single one)."""
        rows = np.arange(len(self.base))
        slots = np.empty((len(rows), 0), dtype=np.intp) if fitted is None else fitted.slots
        more = self.best(slots, rows, list(range(slots.shape[1])))
        found = more.found if fitted is None else more.found & fitted.found
        return Optima(np.hstack([slots, more.slots]), more.ssr, found)

    def refine(self, fitted: Optima) -> Optima:
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
        return Optima(slots, ssr, fitted.found)

    def _crossing(self, position: int, slots: IntArray, rows: IntArray) -> FloatArray:
        """Return K(h, .) (p, p, R, width) of the thresholds at ``slots`` (R,), computed once while they stand."""
        size = len(self.base)
        held = self.room.crossed[position, :, :, :size]
        standing = self._standing.setdefault(position, np.full(size, -1))
        new = np.flatnonzero(standing[rows] != slots)
        if len(new) == size:
            self.scan.cross(slots, held, self.room)
        elif len(new):
            some = self.room.anew[:, :, : len(new)]
            held[:, :, rows[new]] = self.scan.cross(slots[new], some, self.room)
        standing[rows[new]] = slots[new]
        return held if len(rows) == size else held[:, :, rows]


def quadratic(b: FloatArray, square: FloatArray, floor: FloatArray, room: Buffers) -> FloatArray:
    """Return b'A^-1 b (W, width) at every place, by elimination; the next call overwrites it.

    ``b`` (p, W, width) and ``square`` (p, p, 1 or W, width), A above its diagonal, stay as they are; ``floor``
    (p, width) is put for a pivot that only rounding holds from zero.
    """
    p, count = len(b), b.shape[1]
    left_b = list(b)
    left = [list(row) for row in square]
    total, term = room.total[:count], room.term[:count]
    for j in range(p):
        pivot = np.maximum(left[j][j], floor[j])
        for k in range(j + 1, p):
            share = left[j][k] / pivot
            left_b[k] = left_b[k] - share * left_b[j]
            for other in range(k, p):
                left[k][other] = left[k][other] - share * left[j][other]
        out = term if j else total
        np.multiply(left_b[j], left_b[j], out=out)
        out /= pivot
        if j:
            total += term
    return total
