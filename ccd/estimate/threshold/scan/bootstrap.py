"""The bootstrap of Hansen's F: every draw re-estimates its thresholds, a block of draws at a time.

Regressors do not change between draws, so of a draw only b*(g) = v(g)'e* is new. Residuals e are those of
the null model (m thresholds): the residuals of the alternative double the size when a policy is the
regime-dependent column.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.threshold.scan.blocks import RunningSum, running_sum
from ccd.estimate.threshold.scan.buffers import Buffers, buffers
from ccd.estimate.threshold.scan.exact import Scan
from ccd.estimate.threshold.scan.search import BLOCK, MOST, Optima, Search, quadratic
from ccd.progress import tell

#: Webb (2014): six points of mean 0 and variance 1.
WEBB = np.array([-np.sqrt(1.5), -1.0, -np.sqrt(0.5), np.sqrt(0.5), 1.0, np.sqrt(1.5)])
Signs = Literal["rademacher", "webb"]


@dataclass(frozen=True)
class Null:
    """A model of m thresholds at ``slots`` (m,): ``resid`` (n,), ``jump`` (m, p) the slopes' steps.

    ``drift`` (p, width) is v(g)' of what the steps explain, ``energy`` its square.
    """

    slots: IntArray
    resid: FloatArray
    jump: FloatArray
    drift: FloatArray
    energy: float


def observed(scan: Scan) -> Search:
    """Return the data themselves as the one row of a search."""
    stop, order = scan.candidates.stop, scan.candidates.order
    sums = running_sum(scan.blocks, stop, order, np.ascontiguousarray(scan.x[order].T))
    nothing = np.zeros((1, scan.model.basis.shape[1]))
    room = scan.buffers(1, MOST)
    b = scan.products(sums, scan.model.resid[None], nothing, room)
    return Search(scan, b, np.array([scan.model.ssr]), room)


def null_model(scan: Scan, slots: IntArray) -> Null:
    """Return the model with the thresholds at ``slots`` (m,): the null of the next test."""
    m, p = len(slots), scan.p
    if not m:
        return Null(slots, scan.model.resid, np.empty((0, p)), np.zeros((p, scan.blocks.width)), 0.0)
    columns = np.column_stack([split_column(scan, slot, k) for slot in slots for k in range(p)])
    q, r = np.linalg.qr(columns)
    jump = np.linalg.solve(r, q.T @ scan.model.resid).reshape(m, p)
    fitted = columns @ jump.ravel()
    cross = scan.cross(slots, np.empty((p, p, m, scan.blocks.width)), scan.buffers(m, 0))
    drift = np.einsum("mk,kjmw->jw", jump, cross)
    return Null(slots, scan.model.resid - fitted, jump, drift, float(fitted @ fitted))


def split_column(scan: Scan, slot: int, column: int) -> FloatArray:
    """Return v(g) (n,): x 1(q <= g) less its fit on the effects and the other regressors."""
    rows = scan.candidates.order[: scan.candidates.stop[scan.blocks.candidate(np.array([slot]))[0]]]
    out = np.zeros(len(scan.x))
    out[rows] = scan.x[rows, column]
    entity, counts = scan.model.entity, scan.model.counts
    out -= (np.bincount(entity, out, minlength=len(counts)) / counts)[entity]
    for _ in range(2):
        out -= scan.model.basis @ (out @ scan.model.basis)
    return out


class Resampling(ABC):
    """Draws of e*: ``source`` rows for the running sums, Q0'e* (W, K0) and e*'e* (W,)."""

    sums: RunningSum

    @abstractmethod
    def draw(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Return the next ``count`` draws as source rows (W, units); one call of ``rng`` a draw."""

    @abstractmethod
    def residuals(self, source: FloatArray) -> FloatArray:
        """Return e* (W, n)."""

    @abstractmethod
    def moments(self, source: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return Q0'e* (W, K0) and e*'e* (W,)."""


class Wild(Resampling):
    """Each cluster's residuals times one sign (Cameron, Gelbach & Miller 2008), the null imposed."""

    def __init__(self, scan: Scan, resid: FloatArray, cluster: IntArray, signs: Signs) -> None:
        order = scan.candidates.order
        weight = (scan.x[order] * resid[order, None]).T
        self.cluster, self.resid, self.size, self.signs = cluster, resid, int(cluster.max()) + 1, signs
        self.sums = running_sum(scan.blocks, scan.candidates.stop, cluster[order], weight)
        basis = scan.model.basis
        parts = [np.bincount(cluster, column * resid, minlength=self.size) for column in basis.T]
        self.loads = np.array(parts).reshape(basis.shape[1], self.size).T
        self.squares = np.bincount(cluster, resid**2, minlength=self.size)

    def draw(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Return signs (W, clusters); Rademacher's are the bits of random bytes."""
        if self.signs == "webb":
            picks = [rng.integers(0, len(WEBB), self.size, dtype=np.int8) for _ in range(count)]
            return np.asarray(WEBB[np.array(picks)])
        size = -(-self.size // 8)
        raw = np.frombuffer(b"".join(rng.bytes(size) for _ in range(count)), dtype=np.uint8)
        bits = np.unpackbits(raw.reshape(count, size), axis=1)[:, : self.size]
        return np.asarray(2.0 * bits - 1.0)

    def residuals(self, source: FloatArray) -> FloatArray:
        """Return e* (W, n)."""
        return np.asarray(source[:, self.cluster] * self.resid)

    def moments(self, source: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return Q0'e* (W, K0) and e*'e* (W,)."""
        return np.ascontiguousarray(source @ self.loads), np.asarray(source**2 @ self.squares)


class Block(Resampling):
    """Each entity takes the residual row of another one (Hansen 1999); balanced panels only."""

    def __init__(self, scan: Scan, resid: FloatArray) -> None:
        order = scan.candidates.order
        self.basis, self.size = scan.model.basis, len(scan.model.counts)
        self.table = resid.reshape(self.size, -1)
        self.sums = running_sum(
            scan.blocks, scan.candidates.stop, order, np.ascontiguousarray(scan.x[order].T)
        )

    def draw(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Return e* (W, n), a row of the residual table for each entity."""
        rows = [self.table[rng.integers(0, self.size, self.size)].ravel() for _ in range(count)]
        return np.array(rows)

    def residuals(self, source: FloatArray) -> FloatArray:
        """Return e* (W, n)."""
        return source

    def moments(self, source: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return Q0'e* (W, K0) and e*'e* (W,)."""
        return np.ascontiguousarray(source @ self.basis), np.einsum("wn,wn->w", source, source)


def bootstrap(
    scan: Scan,
    null: Null,
    resampling: Resampling,
    rng: np.random.Generator,
    draws: int,
    within: slice | None = None,
) -> FloatArray:
    """Return F*_{m+1} of ``draws`` draws, or of those ``within``, under the null model of m thresholds."""
    begun, end, _ = (within or slice(None)).indices(draws)
    for _ in range(begun):
        resampling.draw(rng, 1)
    width = scan.blocks.width if len(null.slots) else scan.blocks.span
    size = min(int(np.clip(BLOCK // width, 4, 64)), end - begun)
    out = np.empty(end - begun)
    room = draw_buffers(scan, null, size)
    for start in range(begun, end, size):
        tell("draws", start, draws)
        source = resampling.draw(rng, min(size, end - start))
        out[start - begun : start - begun + len(source)] = replicate(scan, null, resampling, source, room)
    tell("draws", end, draws)
    return out


def draw_buffers(scan: Scan, null: Null, rows: int) -> Buffers:
    """Return the arrays of ``replicate`` for at most ``rows`` draws."""
    fixed = len(null.slots)
    if fixed:
        return scan.buffers(rows, fixed)
    return buffers(scan.p, rows, scan.blocks.span, scan.blocks.span, 0)  # a segment at a time


def replicate(
    scan: Scan, null: Null, resampling: Resampling, source: FloatArray, room: Buffers
) -> FloatArray:
    """Return F*_{m+1} (W,) of given draws, their m and m + 1 thresholds estimated anew."""
    basis_sums, energy = resampling.moments(source)
    base = energy - np.einsum("wk,wk->w", basis_sums, basis_sums)
    df = scan.model.df
    if not len(null.slots):
        gain = _largest(scan, resampling.sums, source, basis_sums, room)
        return np.asarray(df * gain / (base - gain))
    b = scan.products(resampling.sums, source, basis_sums, room)
    base += null.energy + 2 * np.einsum("mj,jwm->w", null.jump, b[:, :, null.slots])
    b += null.drift[:, None, :]
    return statistics(Search(scan, b, base, room), len(null.slots) + 1)[1]


def statistics(search: Search, number: int) -> tuple[list[Optima], FloatArray]:
    """Return the fits of 1..number thresholds, all but the last refined, and F_number (W,) (METHODS 6).

    F compares the refined model of number - 1 thresholds with its best extension, not refined. Where the trim
    leaves no room for the extension, F is 0.
    """
    fits: list[Optima] = []
    null = search.base
    for m in range(1, number + 1):
        more = search.extend(fits[-1] if fits else None)
        f = np.where(more.found, search.scan.model.df * (null - more.ssr) / more.ssr, 0.0)
        fits.append(search.refine(more) if m < number else more)
        null = fits[-1].ssr
    return fits, f


def _largest(
    scan: Scan, sums: RunningSum, source: FloatArray, basis_sums: FloatArray, room: Buffers
) -> FloatArray:
    """Return max_g b'A^-1 b (W,) without keeping b: a segment of candidates at a time."""
    p = scan.p
    most = np.zeros(len(source))
    carry = [sums.start(source, j) for j in range(p)]
    for segment in range(scan.blocks.segments):
        part = scan.blocks.part(segment)
        b = room.products[:, : len(source)]
        for j in range(p):
            sums.segment(source, j, segment, carry[j], b[j])
            scan.subtract_loading(b[j], j, segment, basis_sums)
        gain = quadratic(b, scan.square[:, :, None, part], scan.floor[:, part], room)
        np.maximum(most, gain.max(axis=1), out=most)
    return most


def p_value(statistic: float, draws: FloatArray) -> float:
    """Return (1 + #{F* >= F}) / (B + 1); a draw equal to F but for rounding counts."""
    return float((1 + np.sum(draws >= statistic * (1 - 1e-10))) / (len(draws) + 1))


def critical_value(draws: FloatArray, alpha: float) -> float:
    """Return the order statistic of ``draws`` at 1 - alpha (Davidson & MacKinnon); nan if B is too small."""
    rank = ceil((1 - alpha) * (len(draws) + 1) - 1e-9)
    return float(np.sort(draws)[rank - 1]) if rank <= len(draws) else float("nan")
