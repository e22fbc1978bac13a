"""The moments of a panel threshold model at every candidate, in one pass over the sorted observations.

Hansen (1999), J. Econometrics 93, 345-368. With v_j(g) = the part of x_j 1(q <= g) that entity effects and
the other regressors leave, the sums of squares of all candidates need b(g) = v(g)'y, A(g) = v(g)'v(g) and,
once a threshold h is fixed, K(h, g) = v(h)'v(g); all are running sums over observations in the order of q.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.ols import TOLERANCE
from ccd.estimate.threshold.scan.beside import Beside, Memory, beside
from ccd.estimate.threshold.scan.blocks import Blocks, RunningSum, blocks, running_sum
from ccd.estimate.threshold.scan.buffers import Buffers, buffers
from ccd.estimate.threshold.scan.candidates import Candidates


@dataclass(frozen=True)
class Projected:
    """What is left of a linear panel model: ``basis`` (n, K0) orthonormal columns, ``resid`` (n,), ``ssr``.

    ``entity`` (n,) are codes, sorted; ``counts`` (N,) their rows; ``dependent`` the columns of [z, x] that
    entity and year effects or earlier columns imply (then nothing else is to be used).
    """

    basis: FloatArray
    resid: FloatArray
    ssr: float
    df: int
    entity: IntArray
    counts: IntArray
    dependent: tuple[int, ...]


def project(
    y: FloatArray, regressors: FloatArray, entity: IntArray, time: IntArray | None = None
) -> Projected:
    """Return ``y`` (n,) less its fit on entity effects, year effects (``time`` codes) and regressors (n, k).

    ``df`` = n - N - (years - 1 with year effects), the divisor of sigma2 in Hansen (1999, eq. 12).
    Entities are codes in ascending order. Accuracy: Householder QR.
    """
    counts = np.bincount(entity)
    years = 0 if time is None else int(time.max())
    basis, lost = _basis(regressors, entity, counts, time, years)
    resid = np.array(y, dtype=np.float64)
    _demean(resid, entity, counts)
    for _ in range(2):  # the second sweep removes what rounding left
        resid -= basis @ (resid @ basis)
    df = len(y) - len(counts) - years
    dependent = tuple(j - years for j in lost if j >= years)
    return Projected(basis, resid, float(resid @ resid), df, entity, counts, dependent)


def _demean(column: FloatArray, entity: IntArray, counts: IntArray) -> None:
    column -= (np.bincount(entity, column, minlength=len(counts)) / counts)[entity]


def _basis(
    regressors: FloatArray, entity: IntArray, counts: IntArray, time: IntArray | None, years: int
) -> tuple[FloatArray, list[int]]:
    """Return an orthonormal basis (n, K0) of demeaned year dummies and regressors, and the columns left out.

    A column is left out when less than a share 1e-8 of its deviations stays beside earlier columns.
    """
    from scipy.linalg import qr

    keep = list(range(years + regressors.shape[1]))
    lost: list[int] = []
    while keep:
        basis: FloatArray = np.empty((len(entity), len(keep)), order="F")
        for place, j in enumerate(keep):
            column = basis[:, place]
            column[:] = time == j + 1 if time is not None and j < years else regressors[:, j - years]
            spread = np.linalg.norm(column - column.mean())
            _demean(column, entity, counts)
            column /= max(spread, np.finfo(float).tiny)
        q, r = qr(basis, mode="economic", check_finite=False, overwrite_a=True)
        weak = np.flatnonzero(np.abs(np.diag(r)) <= 10 * TOLERANCE)
        if not len(weak):
            return np.asarray(q), lost
        lost.append(keep.pop(int(weak[0])))
    return np.empty((len(entity), 0), order="F"), lost


@dataclass(frozen=True)
class Scan:
    """The moments at each candidate, in the places of ``blocks``; ``x`` (n, p) depends on the regime.

    ``moment`` (p, p, width) are running sums of x x'; ``loading`` (p, segments, K0, span) is C(g);
    ``square`` (p, p, width) is A(g), infinite on the diagonal at pads and at the ``degenerate`` candidates
    that identify nothing; ``floor`` (p, width) is the least pivot that is not rounding.
    """

    model: Projected
    x: FloatArray
    candidates: Candidates
    blocks: Blocks
    moment: FloatArray
    loading: FloatArray
    square: FloatArray
    floor: FloatArray
    cross_sums: RunningSum
    degenerate: int

    @cached_property
    def number(self) -> IntArray:
        """Return the candidate at each place (width,)."""
        return self.blocks.candidate(np.arange(self.blocks.width))

    @property
    def p(self) -> int:
        """Return the number of regime-dependent columns."""
        return int(self.x.shape[1])

    def buffers(self, rows: int, fixed: int) -> Buffers:
        """Return the arrays of a search over ``rows`` outcomes beside at most ``fixed`` thresholds."""
        return buffers(self.p, rows, self.blocks.width, self.blocks.span, fixed)

    def subtract_loading(self, rows: FloatArray, column: int, segment: int, basis_sums: FloatArray) -> None:
        """Take C(g)'c off ``rows`` (W, span) of one segment, in place; ``basis_sums`` c is (W, K0)."""
        from scipy.linalg.blas import dgemm

        if self.loading.shape[2]:
            dgemm(
                -1.0,
                self.loading[column, segment].T,
                basis_sums.T,
                beta=1.0,
                c=rows.T,
                overwrite_c=1,
            )

    def products(
        self, sums: RunningSum, source: FloatArray, basis_sums: FloatArray, room: Buffers
    ) -> FloatArray:
        """Return b(g) = v(g)'e (p, W, width) for residual rows e given by ``source`` and Q0'e (W, K0).

        The array is that of ``room``: the next call overwrites it.
        """
        out = room.products[:, : len(source)]
        for j in range(self.p):
            self._fill(out[j], sums, source, j, j, basis_sums, room)
        return out

    def _fill(
        self,
        out: FloatArray,
        sums: RunningSum,
        source: FloatArray,
        term: int,
        column: int,
        basis_sums: FloatArray,
        room: Buffers,
    ) -> None:
        carry = sums.start(source, term)
        whole = self.blocks.segments == 1
        for segment in range(self.blocks.segments):
            rows = out if whole else room.segment[: len(source)]
            sums.segment(source, term, segment, carry, rows)
            self.subtract_loading(rows, column, segment, basis_sums)
            if not whole:
                out[:, self.blocks.part(segment)] = rows

    def cross(self, slots: IntArray, out: FloatArray, room: Buffers) -> FloatArray:
        """Return K(h, g) in ``out`` (p, p, W, width): rows of h at ``slots`` (W,), columns of every g."""
        distinct, where = np.unique(slots, return_inverse=True)
        if len(distinct) == len(slots):
            self._cross(slots, out, room)
        else:
            few = room.distinct[:, :, : len(distinct)]
            self._cross(distinct, few, room)
            for k in range(self.p):
                for j in range(self.p):
                    np.take(few[k, j], where, axis=0, mode="clip", out=out[k, j])
        return out

    @cached_property
    def memory(self) -> Memory:
        """Return what draws have found out about fixed thresholds."""
        return Memory()

    def beside(self, slots: IntArray, room: Buffers) -> list[Beside]:
        """Return the moments beside each row of thresholds at ``slots`` (R, m); what earlier draws found is used."""
        memory = self.memory
        rows = [tuple(int(slot) for slot in row) for row in slots]
        wanted = {row for row in rows if row not in memory.found}
        new = sorted({slot for row in wanted for slot in row} - set(memory.crossed))
        held = {slot: memory.crossed[slot] for row in wanted for slot in row if slot in memory.crossed}
        for start in range(0, len(new), len(room.low)):
            some = new[start : start + len(room.low)]
            crossed = self.cross(np.array(some, dtype=np.intp), room.anew[:, :, : len(some)], room)
            for r, slot in enumerate(some):
                held[slot] = crossed[:, :, r].copy()
                memory.keep_crossed(slot, held[slot])
        made = {row: beside(row, held.__getitem__, self.square, self.floor) for row in sorted(wanted)}
        result = [made.get(row) or memory.found[row] for row in rows]
        for row, one in made.items():
            memory.keep(row, one)
        return result

    def _cross(self, slots: IntArray, out: FloatArray, room: Buffers) -> None:
        fixed = self.blocks.candidate(slots)
        low = room.low[: len(slots)]
        for k in range(self.p):
            sums = self._entity_sums(fixed, k)
            loading = self._loading_at(slots, k)
            for j in range(self.p):
                self._fill(out[k, j], self.cross_sums, sums, j, j, loading, room)
                at = self.moment[k, j, slots][:, None]
                if k == j:  # a running sum of squares never falls
                    np.minimum(self.moment[k, j], at, out=low)
                else:
                    before = self.number <= fixed[:, None]
                    low[:] = np.where(before, self.moment[k, j], at)
                out[k, j] += low

    def _entity_sums(self, candidates: IntArray, column: int) -> FloatArray:
        """Return -s_i(h) (W, N): sums of x_k over an entity's rows with q <= h (signed for running sums)."""
        entity = self.model.entity[self.candidates.order]
        weight = -self.x[self.candidates.order, column]
        size = len(self.model.counts)
        stops = self.candidates.stop[candidates]
        return np.array([np.bincount(entity[:s], weight[:s], minlength=size) for s in stops])

    def _loading_at(self, slots: IntArray, column: int) -> FloatArray:
        segment, place = np.divmod(slots, self.blocks.span)
        return np.ascontiguousarray(self.loading[column, segment, :, place])


def scan(model: Projected, x: FloatArray, candidates: Candidates) -> Scan:
    """Return the moments at every candidate; ``x`` (n, p) are the regime-dependent columns."""
    order, stop = candidates.order, candidates.stop
    places = blocks(len(stop))
    entity, counts = model.entity[order], model.counts
    p, width = x.shape[1], places.width
    share = 1.0 / counts[entity]
    xs = np.ascontiguousarray(x[order].T)
    before = [_sums_before(column, entity, len(counts)) for column in xs]
    moment, square = np.zeros((p, p, width)), np.zeros((p, p, width))
    loading = np.empty((p, places.segments, model.basis.shape[1], places.span))
    at = stop - 1
    for j in range(p):
        for k in range(j, p):
            product = xs[j] * xs[k]
            moment[j, k] = moment[k, j] = places.spread(np.cumsum(product)[at])
            product -= (product + before[j] * xs[k] + xs[j] * before[k]) * share
            square[j, k] = places.spread(np.cumsum(product)[at])
    for column in range(model.basis.shape[1]):
        sorted_column = model.basis[:, column][order]
        rows = [places.spread(np.cumsum(sorted_column * xs[j])[at]) for j in range(p)]
        for j in range(p):
            loading[j, :, column] = rows[j].reshape(places.segments, places.span)
            for k in range(j, p):
                square[j, k] -= rows[j] * rows[k]
    degenerate, floor = _settle(square, moment, places)
    sums = running_sum(places, stop, entity, xs * share)
    return Scan(model, x, candidates, places, moment, loading, square, floor, sums, degenerate)


def _sums_before(values: FloatArray, entity: IntArray, size: int) -> FloatArray:
    """Return, for each value (r,), the sum of the earlier values of its entity."""
    grouped = np.argsort(entity, kind="stable")
    counts = np.bincount(entity, minlength=size)
    starts = np.cumsum(counts) - counts
    row = entity[grouped]
    table = np.zeros((size, int(counts.max(initial=0)) + 1))
    table[row, np.arange(len(entity)) - starts[row] + 1] = values[grouped]
    np.cumsum(table, axis=1, out=table)  # entity by entity: no cancellation between entities
    before = np.empty(len(values))
    before[grouped] = table[row, np.arange(len(entity)) - starts[row]]
    return before


def _settle(square: FloatArray, moment: FloatArray, places: Blocks) -> tuple[int, FloatArray]:
    """Put pads and candidates that identify nothing out of reach, in place; return their number and the floor."""
    p = len(square)
    own = np.array([square[j, j] for j in range(p)])
    lost = np.zeros(places.width, dtype=bool)
    work = square.copy()
    for j in range(p):
        lost |= work[j, j] <= np.maximum(1e-9 * own[j], 1e-11 * moment[j, j])
        pivot = np.where(lost, 1.0, work[j, j])
        for k in range(j + 1, p):
            share = work[j, k] / pivot
            for other in range(k, p):
                work[k, other] -= share * work[j, other]
    degenerate = int(lost[places.slot].sum())
    for j in range(p):
        square[j, j:][:, lost] = 0.0
        square[j, j, lost] = np.inf
    return degenerate, np.where(lost, 1.0, 1e-10 * own)
