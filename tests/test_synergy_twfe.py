"""Synergy as an interaction against explicit dummies, and beside the imputation form where effects grow."""

from __future__ import annotations

import numpy as np
import pytest
from simulated_policies import factorial

from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.streams import Stream

STREAM = Stream(1, "s")


def twfe(policies=("a", "b"), **keys) -> SynergyTwfe:
    return SynergyTwfe(
        name="s", kind="synergy", outcome="y", policies=policies, **{"controls": ("x",), **keys}
    )


def on(panel, policies):
    years = panel.years
    return {p: (years >= panel.cohort(p).to_numpy()[panel.entity_codes]).astype(float) for p in policies}


def dummies(panel, columns):
    entity, time = panel.entity_codes, panel.years - panel.years.min()
    x = np.column_stack(
        [*columns, panel.column("x"), np.eye(entity.max() + 1)[entity], np.eye(time.max() + 1)[time]]
    )
    y = panel.column("y")
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    return beta, y - x @ beta, x


@pytest.mark.parametrize("keep", [1.0, 0.85])
def test_equals_explicit_dummies(keep) -> None:
    panel = factorial(2, growth=0.1, keep=keep)
    d = on(panel, "ab")
    beta, resid, x = dummies(panel, [d["a"], d["b"], d["a"] * d["b"]])
    estimate = twfe().fit(panel, STREAM)
    assert estimate.terms.frame()["term"].tolist() == ["a", "b", "synergy", "x"]
    assert estimate.terms.frame()["estimate"].to_numpy() == pytest.approx(beta[:4], abs=1e-9)
    # Clustered by region, by hand: K counts four slopes, a constant and the years less one.
    n, g, k = len(resid), len(panel.entities), 4 + 1 + len(panel.times) - 1
    bread = np.linalg.pinv(x.T @ x)
    scores = np.array([(x * resid[:, None])[panel.entity_codes == i].sum(axis=0) for i in range(g)])
    matrix = g / (g - 1) * (n - 1) / (n - k) * bread @ scores.T @ scores @ bread
    assert estimate.terms.frame()["std_error"].to_numpy() == pytest.approx(
        np.sqrt(np.diag(matrix)[:4]), rel=1e-8
    )


def test_three_policies_sum_their_products() -> None:
    panel = factorial(3, n=90, alone=(1.0, 0.5, 0.2))
    d = on(panel, "abc")
    a, b, c = d["a"], d["b"], d["c"]
    beta, _, _ = dummies(panel, [a, b, c, a * b, a * c, b * c, a * b * c])
    found = twfe(("a", "b", "c")).fit(panel, STREAM).terms.frame().set_index("term")["estimate"]
    wanted = {
        **dict(zip("abc", beta[:3], strict=True)),
        "synergy:a+b": beta[3],
        "synergy:a+c": beta[4],
        "synergy:b+c": beta[5],
        "synergy_triple": beta[6],
        "synergy": beta[3:7].sum(),
        "x": beta[7],
    }
    assert found.to_dict() == pytest.approx(wanted, abs=1e-9)


def test_event_study_and_orders_split_the_interaction() -> None:
    panel = factorial(4, n=60)
    d = on(panel, "ab")
    both = d["a"] * d["b"]
    begun = np.maximum(panel.cohort("a").to_numpy(), panel.cohort("b").to_numpy())[panel.entity_codes]
    since = np.where(both > 0, panel.years - begun, -1)
    seen = np.unique(since[since >= 0])
    beta, _, _ = dummies(panel, [d["a"], d["b"], *(since == k for k in seen)])
    estimate = twfe().fit(panel, STREAM)
    events = estimate.part("event_study").frame
    assert events["event_time"].tolist() == seen.tolist()
    assert events["estimate"].to_numpy() == pytest.approx(beta[2 : 2 + len(seen)], abs=1e-9)
    assert twfe(window=(0, 1)).fit(panel, STREAM).part("event_study").frame["event_time"].tolist() == [0, 1]


def test_states_hold_the_sum_of_what_acts() -> None:
    estimate = twfe().fit(factorial(5, n=50), STREAM)
    means = estimate.part("states").frame.set_index("state")["mean_effect"]
    terms = estimate.terms.frame().set_index("term")["estimate"]
    assert means["a+b"] == pytest.approx(terms["a"] + terms["b"] + terms["synergy"], abs=1e-12)
    assert np.isnan(means["none"])


def test_growth_of_single_effects_is_no_synergy_at_matched_exposure() -> None:
    # No noise and no synergy: each policy gives its effect plus 0.1 for each year since it began.
    panel = factorial(6, n=60, growth=0.1, synergy=0.0, noise=0.0)
    keys = {"name": "s", "kind": "synergy", "outcome": "y", "policies": ("a", "b"), "controls": ("x",)}
    imputed = SynergyImputation(**keys, bootstrap=10, permutations=0).fit(panel, STREAM)
    assert imputed.term("synergy").estimate == pytest.approx(0, abs=1e-9)
    assert abs(twfe().fit(panel, STREAM).term("synergy").estimate) > 0.01


def test_the_two_orders_differ_by_what_their_rows_do() -> None:
    frame = twfe().fit(factorial(4, n=60), STREAM).part("order").frame
    shown = {str(label): value for label, value in zip(frame["label"], frame["estimate"], strict=True)}
    wanted = shown["a, then b"] - shown["b, then a"]
    assert shown["difference: a first less b first"] == pytest.approx(wanted, abs=1e-9)
