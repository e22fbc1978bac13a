"""Every warning of a panel threshold model, each provoked and each absent where it should be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.test_threshold import fit, panel_of


def said(estimate, words):
    return any(words in str(note) for note in estimate.notes)


def clean():
    return fit(panel_of(seed=4, entities=60, jump=2.0), bootstrap=999)


def heteroskedastic(seed):
    """No threshold; the error variance goes with x, and x is much larger in a few rows."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=240) ** 3
    return panel_of(seed=seed, jump=0.0, x=lambda c: x, y=lambda c: 0.5 * x + x * rng.normal(size=240))


QUIET = [
    "disagree",
    "component",
    "edge",
    "near another",
    "pieces",
    "spans",
    "thin",
    "candidate values only",
    "bootstrap draws:",
    "joint optimum",
    "lie at its bound",
]


@pytest.mark.parametrize("words", QUIET)
def test_a_clear_threshold_warns_of_nothing(words):
    assert not said(clean(), words)


def test_wild_and_block_disagree():
    estimate = fit(heteroskedastic(0), bootstrap=99)
    row = estimate.part("tests").frame.iloc[0]
    assert row["p_block"] <= 0.05 < row["p_wild"]
    assert said(estimate, "disagree")


def test_the_threshold_is_a_component_of_the_outcome():
    panel = replace(panel_of(), made_of={"y": frozenset({"part"}), "q": frozenset({"part", "heads"})})
    assert said(fit(panel), "q is a component of y")
    panel = replace(panel_of(), made_of={"y": frozenset({"q"})})
    assert said(fit(panel), "q is a component of y")
    panel = replace(panel_of(), made_of={"y": frozenset({"other"}), "q": frozenset({"heads"})})
    assert not said(fit(panel), "component")


def test_the_estimate_lies_at_the_edge():
    rank = np.argsort(np.argsort(np.random.default_rng(0).normal(size=240)))

    def outcome(columns):
        return np.where(rank < 12, 3.0, 0.0) * columns["x"] + 0.1 * columns["c2"]

    estimate = fit(panel_of(q=lambda c: rank.astype(float), y=outcome))
    assert estimate.details["thresholds"] == [11.0]
    assert said(estimate, "lies at the edge")


def test_two_estimates_lie_as_near_as_the_trim_allows():
    rank = np.argsort(np.argsort(np.random.default_rng(0).normal(size=240)))

    def outcome(columns):
        inside = (rank >= 120) & (rank < 132)
        return np.where(inside, 5.0, 0.0) * columns["x"] + 0.1 * columns["c2"]

    estimate = fit(panel_of(q=lambda c: rank.astype(float), y=outcome), number=2)
    assert estimate.details["thresholds"] == [119.0, 131.0]
    assert said(estimate, "as near another threshold")


def test_a_set_in_pieces_and_a_wide_one():
    estimate = fit(panel_of(seed=3, jump=0.15))
    row = estimate.part("thresholds").frame.iloc[0]
    assert row["runs"] > 1
    assert said(estimate, f"in {int(row['runs'])} pieces")
    assert said(estimate, "hardly say")


def test_a_thin_regime():
    rank = np.argsort(np.argsort(np.random.default_rng(0).normal(size=240)))

    def outcome(columns):
        return np.where(rank < 20, 3.0, 0.0) * columns["x"] + 0.1 * columns["c2"]

    assert said(
        fit(panel_of(q=lambda c: rank.astype(float), y=outcome)), "Regime q ≤ γ1 is thin: 20 rows (8.3%)"
    )


def test_few_distinct_values():
    assert said(fit(panel_of(q=lambda c: np.round(c["c2"]))), "candidate values only")


def test_few_draws():
    assert said(fit(panel_of()), "19 bootstrap draws")


def test_the_joint_optimum_differs():
    found = 0
    for seed in range(40):
        estimate = fit(panel_of(seed=seed, entities=16, jump=0.0), number=2, bootstrap=0, trim=0.15)
        two = estimate.part("thresholds").frame.query("number == 2")
        differs = not np.allclose(two["joint"], two["estimate"])
        assert said(estimate, "are not the joint optimum") == differs
        found += differs
    assert found


def test_the_joint_search_can_be_left_out(monkeypatch):
    assert fit(panel_of(), number=2, joint=False).part("thresholds").frame["joint"].isna().all()
    monkeypatch.setattr("ccd.estimate.threshold.fit.LIMIT", 10)
    assert said(fit(panel_of(), number=2), "was not searched for")


def test_the_outcome_lies_at_its_bounds():
    def share(columns):
        return np.clip(0.5 + 0.2 * columns["y"], 0, 1)

    assert said(fit(panel_of(y=share)), "lie at its bound")


def test_collinear_candidates_are_counted():
    def dummy(columns):
        return ((columns["c2"] > 0) & (columns["q"] > 0)).astype(float)

    estimate = fit(panel_of(x=dummy), number=2)
    assert said(estimate, "left out as candidates")
    assert np.isfinite(estimate.part("thresholds").frame["joint"].iloc[-1])
