"""Several treated regions: each date against the donors alone, and standard errors by redrawing regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.synthetic.fitted import Fitted, Method, Paths


@dataclass(frozen=True)
class Group:
    """Regions treated from one date on: outcomes (T, k), ``rows`` of the years used, the first ``before`` before it."""

    date: int
    treated: FloatArray
    rows: IntArray
    before: int

    @property
    def count(self) -> int:
        """Return the number of its regions."""
        return int(self.treated.shape[1])

    @property
    def cells(self) -> int:
        """Return treated regions times years from the date on, its weight in the whole."""
        return self.count * (len(self.rows) - self.before)

    def paths(self, donors: FloatArray, members: IntArray | None = None) -> Paths:
        """Return the paths of its mean against ``donors`` (T, N0); ``members`` may repeat or leave out regions."""
        own = self.treated if members is None else self.treated[:, members]
        return Paths(donors[self.rows], own[self.rows].mean(1), self.before, own.shape[1])


class Redrawn(NamedTuple):
    """Estimates (B, G + 1) of B draws, of each group and the whole, and the gaps (B, T_g) of each group.

    ``discarded`` draws were drawn anew.
    """

    estimate: FloatArray
    gap: tuple[FloatArray, ...]
    discarded: int = 0

    @classmethod
    def empty(cls, draws: int, groups: Sequence[Group]) -> Redrawn:
        """Return room for so many draws."""
        return cls(
            np.empty((draws, len(groups) + 1)), tuple(np.empty((draws, len(group.rows))) for group in groups)
        )


def fit_groups(method: Method, donors: FloatArray, groups: Sequence[Group]) -> list[Fitted]:
    """Return the fit of each group against the donors (T, N0)."""
    return [method(group.paths(donors)) for group in groups]


def overall(estimates: FloatArray, groups: Sequence[Group], counts: FloatArray | None = None) -> float:
    """Return the mean of the groups' estimates (G,) by their treated region-years (Clarke et al. 2024)."""
    after = np.array([len(group.rows) - group.before for group in groups], dtype=np.float64)
    size = after * (np.array([group.count for group in groups]) if counts is None else counts)
    return float(size @ estimates / size.sum())


def placebo_draws(
    method: Method, donors: FloatArray, groups: Sequence[Group], draws: int, rng: np.random.Generator
) -> Redrawn:
    """Return the fits of donors drawn as if treated, as many as there are."""
    total = sum(group.count for group in groups)
    found = Redrawn.empty(draws, groups)
    for b in range(draws):
        order = rng.permutation(donors.shape[1])
        rest, start = donors[:, np.sort(order[total:])], 0
        for g, group in enumerate(groups):
            played = Group(
                group.date, donors[:, order[start : start + group.count]], group.rows, group.before
            )
            fit = method(played.paths(rest))
            found.estimate[b, g], found.gap[g][b] = fit.estimate, fit.gap
            start += group.count
        found.estimate[b, -1] = overall(found.estimate[b, :-1], groups)
    return found


def bootstrap_draws(
    method: Method, donors: FloatArray, groups: Sequence[Group], draws: int, rng: np.random.Generator
) -> Redrawn:
    """Return the fits with regions redrawn and weights refitted, and how many draws were discarded.

    A draw without a donor, or without a treated region of some date, is discarded and drawn again.
    """
    sizes = [donors.shape[1], *(group.count for group in groups)]
    owner = np.repeat(np.arange(len(sizes)), sizes)
    place = np.concatenate([np.arange(size) for size in sizes])
    found, discarded = Redrawn.empty(draws, groups), 0
    b = 0
    while b < draws:
        drawn = rng.integers(len(owner), size=len(owner))
        counts = np.bincount(owner[drawn], minlength=len(sizes))
        if (counts == 0).any() or len(np.unique(place[drawn[owner[drawn] == 0]])) < 2:
            discarded += 1
            continue
        own = np.sort(place[drawn[owner[drawn] == 0]])
        for g, group in enumerate(groups):
            members = np.sort(place[drawn[owner[drawn] == g + 1]])
            fit = method(group.paths(donors[:, own], members))
            found.estimate[b, g], found.gap[g][b] = fit.estimate, fit.gap
        found.estimate[b, -1] = overall(found.estimate[b, :-1], groups, counts[1:].astype(np.float64))
        b += 1
    return found._replace(discarded=discarded)


def spread(draws: FloatArray) -> FloatArray:
    """Return the standard deviation (k,) of draws (B, k), over B."""
    return np.asarray(np.std(draws, axis=0))


def jackknife_error(left_out: FloatArray) -> FloatArray:
    """Return the errors (k,) of estimates (n, k) with one region out each: error^2 = (n - 1) / n sum of squares."""
    n = len(left_out)
    return np.asarray(np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean(0)) ** 2, 0)))


def jackknife(donors: FloatArray, groups: Sequence[Group], fits: Sequence[Fitted]) -> Redrawn:
    """Return the fits with one region out each, the donors first.

    Weights stay as fitted; those of the donors left are made to sum to 1 again (Arkhangelsky et al. 2021, algorithm 3).
    """
    n0 = donors.shape[1]
    counts = np.array([group.count for group in groups], dtype=np.float64)
    found = Redrawn.empty(n0 + int(counts.sum()), groups)
    for j in range(n0):
        keep = np.arange(n0) != j
        for g, (group, fit) in enumerate(zip(groups, fits, strict=True)):
            found.gap[g][j] = _fixed(donors[:, keep], group, fit, _rescaled(fit.weights[keep]), None)
    row = n0
    for g, group in enumerate(groups):
        for i in range(group.count):
            for h, fit in enumerate(fits):
                found.gap[h][row] = fit.gap
            members = np.delete(np.arange(group.count), i)
            found.gap[g][row] = _fixed(donors, group, fits[g], fits[g].weights, members)
            row += 1
    for g, group in enumerate(groups):
        found.estimate[:, g] = found.gap[g][:, group.before :].mean(1)
    first = n0
    found.estimate[:n0, -1] = [overall(row, groups) for row in found.estimate[:n0, :-1]]
    for g, group in enumerate(groups):
        fewer = counts.copy()
        fewer[g] -= 1
        own = slice(first, first + group.count)
        found.estimate[own, -1] = [overall(row, groups, fewer) for row in found.estimate[own, :-1]]
        first += group.count
    return found


def _fixed(
    donors: FloatArray, group: Group, fit: Fitted, weights: FloatArray, members: IntArray | None
) -> FloatArray:
    """Return the gap (T_g,) of held weights, less its weighted mean before the date."""
    paths = group.paths(donors, members)
    gap = paths.treated - paths.donors @ weights
    before = np.full(group.before, 1 / group.before) if fit.time_weights is None else fit.time_weights
    return np.asarray(gap - before @ gap[: group.before])


def _rescaled(weights: FloatArray) -> FloatArray:
    total = float(weights.sum())
    return weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
