"""Transitions by the state of the neighbours, and a test that holds its size by moving whole paths."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.transitions.chain import states_of
from ccd.describe.transitions.homogeneity import likelihood_ratio


def lag_states(x: FloatArray, mean: FloatArray, k: int) -> IntArray:
    """Return the state 0..k-1 of the neighbours' mean (N, T): own quantiles pooled over region-years.

    ``mean`` (N, N) averages neighbours; x (N, T).
    """
    lag = mean @ x
    cuts = np.quantile(lag, np.arange(1, k) / k)
    return states_of(lag, cuts)


def count_by_lag(states: IntArray, lag: IntArray, k: int, classes: int) -> IntArray:
    """Return the transitions (classes, k, k) of states (N, T) by the neighbours' state at the start."""
    cells = (lag[:, :-1] * k + states[:, :-1]) * k + states[:, 1:]
    return np.bincount(cells.ravel(), minlength=classes * k * k).reshape(classes, k, k)


def permuted_ratios(
    x: FloatArray, states: IntArray, mean: FloatArray, k: int, draws: int, random: np.random.Generator
) -> FloatArray:
    """Return the likelihood ratio (draws,) with whole paths moved to other regions.

    A path keeps its own persistence, which the chi-square distribution forgets: transitions of one region are
    not independent draws.
    """
    counts = np.empty((draws, k, k, k), dtype=np.intp)
    for draw in range(draws):
        order = random.permutation(len(x))
        moved = x[order]
        counts[draw] = count_by_lag(states[order], lag_states(moved, mean, k), k, k)
    return likelihood_ratio(counts)
