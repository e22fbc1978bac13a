"""Like with like: the effect of policies together less the effects of each at the same exposure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.synergy.states import States


@dataclass(frozen=True)
class Contrast:
    """tau of the cells in ``target`` less the means of tau in smaller states at the same exposure.

    For each smaller state: its coefficient, the cells that make its means (n,), and every cell's code of
    the exposures to its policies (n,), -1 where one of them is not in force.
    """

    target: BoolArray
    states: tuple[int, ...]
    coefficients: tuple[float, ...]
    donors: tuple[BoolArray, ...]
    keys: tuple[IntArray, ...]

    def excess(self, tau: FloatArray, weight: FloatArray) -> FloatArray:
        """Return tau + sum of coefficient x mean (n,); nan outside the target and where no mean exists.

        ``weight`` (n,) are the multiplicities of a bootstrap draw, 0 for cells that do not count.
        """
        rows = self._rows
        own = np.where(weight[rows] > 0, tau[rows], np.nan)
        for coefficient, mean, key in zip(
            self.coefficients, self._by_code(tau, weight), self.keys, strict=True
        ):
            own = own + coefficient * mean[key[rows] + 1]
        value = np.full(len(tau), np.nan)
        value[rows] = own
        return value

    def means(self, tau: FloatArray, weight: FloatArray) -> list[FloatArray]:
        """Return, for each smaller state, the mean of tau at each cell's exposure (n,), nan where there is none."""
        return [mean[key + 1] for mean, key in zip(self._by_code(tau, weight), self.keys, strict=True)]

    def _by_code(self, tau: FloatArray, weight: FloatArray) -> list[FloatArray]:
        """Return, for each smaller state, the mean of tau by code of the exposure, the first (none) being nan."""
        found = []
        for rows, key, whole in zip(self._donor_rows, self._donor_keys, self.keys, strict=True):
            size = int(whole.max()) + 2
            own = weight[rows]
            mass = np.bincount(key, own, size)
            total = np.bincount(key, own * tau[rows], size)
            mass[0] = 0
            found.append(np.divide(total, mass, out=np.full(size, np.nan), where=mass > 0))
        return found

    @cached_property
    def _rows(self) -> IntArray:
        return np.flatnonzero(self.target)

    @cached_property
    def _donor_rows(self) -> tuple[IntArray, ...]:
        return tuple(np.flatnonzero(donor) for donor in self.donors)

    @cached_property
    def _donor_keys(self) -> tuple[IntArray, ...]:
        return tuple(key[rows] + 1 for rows, key in zip(self._donor_rows, self.keys, strict=True))

    def weights(self, chosen: BoolArray, weight: FloatArray) -> FloatArray:
        """Return the weights on tau (n,) of the weighted mean of ``excess`` over ``chosen`` cells (n,)."""
        used = chosen & np.isfinite(self.excess(np.zeros(len(weight)), weight))
        share = np.where(used, weight, 0) / weight[used].sum()
        result = share.copy()
        for coefficient, donor, key in zip(self.coefficients, self.donors, self.keys, strict=True):
            size = int(key.max()) + 2
            wanted = np.bincount(key + 1, share, size)
            mass = np.bincount(key[donor] + 1, weight[donor], size)
            rate = np.divide(wanted, mass, out=np.zeros(size), where=mass > 0)
            result += np.where(donor, coefficient * weight * rate[key + 1], 0)
        return np.asarray(result)


Match = Literal["exposure", "cohort"]


def contrast(states: States, state: int, *, pairs: bool = False, match: Match = "exposure") -> Contrast:
    """Return the contrast of ``state``: each policy alone taken off, at that policy's exposure.

    ``match = "cohort"`` asks for the same first year too (so the same calendar year), which effects that
    differ between cohorts need. With ``pairs`` it is what no smaller set gives (inclusion-exclusion over
    all proper subsets at the exposures to all their policies): the three-way interaction of three policies.
    """
    inside = [s for s in states.sets if s != state and s & state == s]
    if pairs:
        coefficient = {s: float((-1) ** (state.bit_count() - s.bit_count())) for s in inside}
    else:
        coefficient = {s: -1.0 for s in inside if s.bit_count() == 1}
    return Contrast(
        target=states.state == state,
        states=tuple(coefficient),
        coefficients=tuple(coefficient.values()),
        donors=tuple(states.state == s for s in coefficient),
        keys=tuple(_codes(states, states.members(s), match) for s in coefficient),
    )


def _codes(states: States, policies: Sequence[int], match: Match) -> IntArray:
    since = states.exposure[:, list(policies)]
    inside = np.asarray(np.isfinite(since).all(axis=1))
    columns = list(since.T)
    if match == "cohort":
        columns += list((states.start[states.entity][:, list(policies)] - states.years.min()).T)
    base = int(states.years.max() - states.years.min()) + 1
    code = np.zeros(len(since), dtype=np.intp)
    for column in columns:
        code = code * base + np.where(inside, column, 0).astype(np.intp)
    return np.asarray(np.where(inside, code, -1))


def mean_by(
    values: FloatArray, weight: FloatArray, groups: Collection[BoolArray] | Collection[IntArray]
) -> FloatArray:
    """Return the weighted mean of the finite ``values`` (n,) in each group of rows; nan where there is none.

    A group is a mask (n,), or the places of its rows.
    """
    heavy = np.where(np.isfinite(values), weight, 0.0)
    safe = np.where(heavy > 0, values, 0.0)
    mass = np.array([heavy[rows].sum() for rows in groups])
    product = heavy * safe
    total = np.array([product[rows].sum() for rows in groups])
    return np.asarray(np.divide(total, mass, out=np.full(len(mass), np.nan), where=mass > 0))
