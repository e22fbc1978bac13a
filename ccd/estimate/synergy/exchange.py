"""Permutations of start years on a full grid: what depends on the start years alone is made once for all draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.grid import shape_of
from ccd.estimate.linear.ols import WELL
from ccd.estimate.linear.vcov import nested
from ccd.estimate.synergy.exposure import Match, contrast
from ccd.estimate.synergy.states import States

#: A control of which a draw leaves less than this share is looked at by a fit of its own.
LEFT = 1e-6


@dataclass(frozen=True)
class Exchange:
    """A full grid of N regions by T years, in which regions with the same start years are of one kind (K).

    ``columns`` (1 + p, N, T) are the outcome and the controls, ``sums`` (1 + p, N, T) their running sums over years;
    ``kind`` and ``cluster`` (N,) the regions'. By kind and year (K, T): the ``state``, and the ``weight`` on the
    outcome of the synergy without controls. ``inverse`` (T, T) is the pseudo-inverse of the years' normal matrix.
    What goes by kind and year does not change when regions exchange their start years.
    """

    columns: FloatArray
    sums: FloatArray
    kind: IntArray
    cluster: IntArray
    state: IntArray
    weight: FloatArray
    inverse: FloatArray

    def studentised(self, order: IntArray) -> tuple[float, float] | None:
        """Return the synergy and its standard error when region i begins as region ``order[i]`` did.

        None where the controls are nearly absorbed or collinear among the untreated cells of the draw.
        """
        kind = self.kind[order]
        untreated = (self.state == 0).astype(np.float64)
        free = untreated[kind]
        years = untreated.sum(axis=1)
        share = untreated / years[:, None]
        last = years[kind].astype(np.intp) - 1  # untreated years come first
        left = np.empty_like(self.columns)
        for j, column in enumerate(self.columns):
            mean = self.sums[j, np.arange(len(kind)), last] / years[kind]
            level = self.inverse @ (np.einsum("it,it->t", free, column) - mean @ free)
            np.subtract(column, (mean - (share @ level)[kind])[:, None], out=left[j])
            left[j] -= level
        resid, v = left[0], self.weight[kind]
        if len(left) > 1:
            x = left[1:].reshape(len(left) - 1, -1)
            inner = x * free.ravel()
            gram = inner @ inner.T
            own = np.sqrt(np.diag(gram))
            spread = np.sqrt(np.einsum("jit,jit->j", self.columns[1:], self.columns[1:]))
            if not (own > LEFT * spread).all():
                return None
            if np.linalg.eigvalsh(gram / own / own[:, None])[0] <= WELL:
                return None
            # x @ v may count untreated cells: there v is made of effects, to which x less its effects is orthogonal
            slopes, moved = np.linalg.solve(gram, np.column_stack([inner @ resid.ravel(), x @ v.ravel()])).T
            resid = resid - (slopes @ x).reshape(resid.shape)
            v = v - (moved @ inner).reshape(v.shape)
        state = self.state[kind].ravel()
        count = np.bincount(state)
        mean = np.bincount(state, resid.ravel()) / np.maximum(count, 1)
        mean[0] = 0.0
        score = np.einsum("it,it->i", v, resid - mean[state].reshape(resid.shape))
        by_cluster = np.bincount(self.cluster, score)
        return float(np.sum(v * self.columns[0])), float(np.sqrt(by_cluster @ by_cluster))


def exchange(
    y: FloatArray, x: FloatArray, states: States, time: IntArray, cluster: IntArray, match: Match
) -> Exchange | None:
    """Return what the permutations share; None off a full grid, or where untreated cells do not join all of it."""
    shape = shape_of(states.entity, time)
    if shape is None or not nested(states.entity, cluster):
        return None
    fit = impute(y, np.empty((len(y), 0)), states.entity, time, states.state == 0)
    compared = contrast(states, states.full, match=match)
    weight = np.ones(len(y))
    if not fit.imputable.all() or fit.basis.shape[1] < shape[1] - 1:
        return None
    if not np.isfinite(compared.excess(fit.resid, weight)).any():
        return None
    _, first, kind = np.unique(
        np.nan_to_num(states.start, nan=-1.0), axis=0, return_index=True, return_inverse=True
    )
    columns = np.stack([y, *x.T]).reshape(-1, *shape)
    columns = columns - columns.mean(axis=(1, 2), keepdims=True)
    return Exchange(
        columns=columns,
        sums=np.cumsum(columns, axis=2),
        kind=np.asarray(kind, dtype=np.intp).ravel(),
        cluster=cluster.reshape(shape)[:, 0],
        state=states.state.reshape(shape)[first],
        weight=fit.outcome_weights(compared.weights(compared.target, weight)).reshape(shape)[first],
        inverse=fit.inverse,
    )
