"""The regressions of synergy by two-way fixed effects: products of the policies' dummies, whole and split."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import Words
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.linear.ols import Fit
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.synergy.states import States
from ccd.results import Synergy, Term


def products(states: States) -> FloatArray:
    """Return the products of the policies' dummies (n, sets): singles, pairs, the triple."""
    on = np.isfinite(states.exposure)
    columns = [on[:, list(states.members(s))].all(axis=1) for s in states.sets]
    return np.column_stack(columns).astype(np.float64)


def product_terms(states: States) -> list[Term]:
    """Return the terms of the products in the order of ``states.sets``."""
    found: list[Term] = []
    for state in states.sets:
        if state.bit_count() == 1:
            found.append(states.term(state))
        elif len(states.policies) == 2:
            found.append(Synergy())
        else:
            found.append(
                Synergy("synergy_triple") if state == states.full else Synergy(among=states.acting(state))
            )
    return found


def summed(states: States, k: int) -> FloatArray:
    """Return the rows that make terms of ``k`` coefficients; three policies: synergy sums all products."""
    rows = np.eye(k)
    if len(states.policies) == 2:
        return rows
    several = np.array([s.bit_count() > 1 for s in states.sets], dtype=np.float64)
    whole = np.concatenate([several, np.zeros(k - len(several))])
    place = len(states.sets)
    return np.vstack([rows[:place], whole, rows[place:]])


def regress(sample: Sample, focus: FloatArray, names: Sequence[object], where: Words) -> tuple[Fit, Vcov]:
    """Return the two-way fit of y on ``focus`` (n, k), called ``names`` (k), and the controls, clustered."""
    design = AbsorbingDesign((sample.entity, sample.time), sample.clusters, sample.time, where=where)
    listed = [*(str(name) for name in names), *sample.controls]
    return design.regress(sample.y, np.column_stack([focus, sample.x]), listed)


def state_effects(states: States, fit: Fit, vcov: Vcov) -> tuple[FloatArray, FloatArray]:
    """Return the effect of each of ``states.sets`` and its error (S,): the sum of the products within it."""
    sets = states.sets
    inside = np.array([[float(s & other == other) for other in sets] for s in sets])
    k = len(sets)
    error = np.sqrt(np.diag(inside @ vcov.matrix[:k, :k] @ inside.T))
    return inside @ fit.beta[:k], error


def split(
    sample: Sample, states: States, groups: Sequence[BoolArray], where: Words
) -> tuple[Inference, float]:
    """Return the effect of all policies beyond the sum of each alone in each group of cells, and the df.

    Products of two of three policies act only where the third does not, so that a group's coefficient
    holds all that the policies do together.
    """
    base = products(states)[:, :-1]
    base[states.state == states.full, len(states.policies) :] = 0
    focus = np.column_stack([base, *(rows.astype(np.float64) for rows in groups)])
    names = [f"synergy {k + 1}" for k in range(len(groups))]
    fit, vcov = regress(sample, focus, [*product_terms(states)[:-1], *names], where)
    at = slice(base.shape[1], base.shape[1] + len(groups))
    return infer(fit.beta[at], vcov.std_error[at], vcov.df), vcov.df


def between(sample: Sample, states: States, pair: tuple[BoolArray, BoolArray], where: Words) -> Inference:
    """Return the difference of the interaction between the two orders (1,): its term beside the whole."""
    focus = np.column_stack([products(states), pair[0].astype(np.float64)])
    names: list[object] = [*product_terms(states), "first"]
    rest = (states.state == states.full) & ~pair[0] & ~pair[1]
    if rest.any():  # regions that took both up in one year have a term of their own
        focus = np.column_stack([focus, rest.astype(np.float64)])
        names.append("together")
    fit, vcov = regress(sample, focus, names, where)
    k = len(states.sets)
    return infer(fit.beta[k : k + 1], vcov.std_error[k : k + 1], vcov.df)
