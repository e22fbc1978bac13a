"""Running sums over sorted candidates for many rows at once, in an order that vector units like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray

#: Neighbours in a running sum stand this many steps apart ...
STEPS = 16
#: ... in segments of at most this many places, so that a few rows of one fit into the cache.
SEGMENT = 16384


@dataclass(frozen=True)
class Blocks:
    """Where each of M candidates stands in rows of ``width`` places (the rest are pads).

    A running sum is a chain of additions, each waiting for the last. Here candidates c and c + 1 stand
    ``columns`` places apart, so that one addition of two contiguous stretches advances ``columns`` chains
    of ``STEPS`` links, which are then joined. ``slot`` (M,) is the place of each candidate.
    """

    columns: int
    segments: int
    slot: IntArray

    @property
    def span(self) -> int:
        """Return the places of one segment."""
        return STEPS * self.columns

    @property
    def width(self) -> int:
        """Return the places of a row."""
        return self.span * self.segments

    def part(self, segment: int) -> slice:
        """Return the places of one segment."""
        return slice(segment * self.span, (segment + 1) * self.span)

    def candidates(self, segment: int) -> slice:
        """Return the candidates of one segment."""
        return slice(segment * self.span, min((segment + 1) * self.span, len(self.slot)))

    def spread(self, values: FloatArray, fill: float = 0.0) -> FloatArray:
        """Return ``values`` (..., M) in their places, (..., width), pads filled."""
        out = np.full((*values.shape[:-1], self.width), fill)
        out[..., self.slot] = values
        return out

    def candidate(self, slots: IntArray) -> IntArray:
        """Return the candidates that stand at ``slots``."""
        segment, place = np.divmod(slots, self.span)
        step, column = np.divmod(place, self.columns)
        return np.asarray(segment * self.span + column * STEPS + step)

    def accumulate(self, rows: FloatArray, carry: FloatArray) -> FloatArray:
        """Turn increments ``rows`` (W, span) of one segment into running sums, in place.

        ``carry`` (W,) holds the sums before the segment; returns those after it.
        """
        view = rows.reshape(len(rows), STEPS, self.columns)
        ends = np.empty((len(rows), self.columns + 1))
        ends[:, 0] = carry
        np.sum(view, axis=1, out=ends[:, 1:])
        np.cumsum(ends, axis=1, out=ends)
        view[:, 0] += ends[:, :-1]
        for step in range(1, STEPS):
            view[:, step] += view[:, step - 1]
        return ends[:, -1]


def blocks(size: int) -> Blocks:
    """Return the places of ``size`` candidates."""
    segments = max(1, -(-size // SEGMENT))
    columns = -(-size // (segments * STEPS))
    span = STEPS * columns
    segment, rest = np.divmod(np.arange(size), span)
    column, step = np.divmod(rest, STEPS)
    return Blocks(columns, segments, segment * span + step * columns + column)


@dataclass(frozen=True)
class RunningSum:
    """The sums over o <= g of weight_o * source[unit_o], for every candidate g and many sources.

    The terms up to the first candidate are summed apart (``head``). ``single``: one term a candidate
    stands in its place; otherwise terms stand in order and ``starts`` cuts them by candidate.
    """

    blocks: Blocks
    head_unit: IntArray
    head_weight: FloatArray
    unit: IntArray
    weight: FloatArray
    starts: IntArray | None

    def start(self, source: FloatArray, column: int) -> FloatArray:
        """Return the sums (W,) of ``source`` (W, units) up to the first candidate."""
        return np.asarray(source[:, self.head_unit] @ self.head_weight[column])

    def segment(
        self, source: FloatArray, column: int, segment: int, carry: FloatArray, out: FloatArray
    ) -> None:
        """Put the sums of one segment into ``out`` (W, span); ``carry`` (W,) is moved past it."""
        if self.starts is None:
            part = self.blocks.part(segment)
            np.take(source, self.unit[part], axis=1, mode="clip", out=out)
            out *= self.weight[column, part]
        else:
            self._tied(source, column, segment, self.starts, out)
        carry[:] = self.blocks.accumulate(out, carry)

    def _tied(self, source: FloatArray, column: int, segment: int, starts: IntArray, out: FloatArray) -> None:
        within = self.blocks.candidates(segment)
        cuts = starts[within.start : within.stop + 1]
        first, last = int(cuts[0]), int(cuts[-1])
        terms = np.take(source, self.unit[first:last], axis=1, mode="clip")
        terms *= self.weight[column, first:last]
        filled = np.flatnonzero(np.diff(cuts))
        out[:] = 0.0
        if len(filled):
            places = self.blocks.slot[within][filled] - segment * self.blocks.span
            out[:, places] = np.add.reduceat(terms, cuts[:-1][filled] - first, axis=1)


def running_sum(blocks_: Blocks, stop: IntArray, unit: IntArray, weight: FloatArray) -> RunningSum:
    """Return the running sum of terms in candidate order.

    ``stop`` (M,) counts the terms with o <= g; ``unit`` (r,) and ``weight`` (p, r) describe them. Terms of
    one candidate and unit are merged first.
    """
    cut = int(stop[0])
    rest = int(stop[-1])
    head_unit, head_weight = _merged(unit[:cut], weight[:, :cut])
    owner = np.repeat(np.arange(1, len(stop)), np.diff(stop))
    key = owner * (int(unit.max(initial=0)) + 1) + unit[cut:rest]
    if np.all(np.diff(stop) == 1):
        places = blocks_.slot[1:]
        units = np.zeros(blocks_.width, dtype=np.intp)
        units[places] = unit[cut:rest]
        weights = np.zeros((len(weight), blocks_.width))
        weights[:, places] = weight[:, cut:rest]
        return RunningSum(blocks_, head_unit, head_weight, units, weights, None)
    merged, merged_weight = _merged(key, weight[:, cut:rest])
    size = int(unit.max(initial=0)) + 1
    owner, units = merged // size, merged % size
    starts = np.searchsorted(owner, np.arange(len(stop) + 1))
    return RunningSum(blocks_, head_unit, head_weight, units, merged_weight, starts)


def _merged(key: IntArray, weight: FloatArray) -> tuple[IntArray, FloatArray]:
    distinct, where = np.unique(key, return_inverse=True)
    sums = [np.bincount(where, column, minlength=len(distinct)) for column in weight]
    table = np.array(sums, dtype=np.float64).reshape(len(weight), len(distinct))
    return np.asarray(distinct, dtype=np.intp), np.asarray(table)
