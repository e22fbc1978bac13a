"""What a reader sees of a panel threshold model: sentences, tables, labels, and the bundled study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.evaluate import evaluate
from ccd.readers import read_table
from ccd.report.labels import Labels
from ccd.report.views import VIEWS
from ccd.report.views.base import Context, places, valued
from ccd.report.views.lr_curve import listed
from ccd.results import COLUMNS, loose
from ccd.study import load_study
from tests.test_threshold import fit, panel_of

ROOT = Path(__file__).parents[1]


def context(estimate):
    return Context().of(estimate, "m")


def said(estimate, part, language="en"):
    return " ".join(
        sentence.render(language) for sentence in VIEWS[estimate.part(part).shape].sentences(
            estimate.part(part), context(estimate)
        )
    )  # fmt: skip


def part_of_tests(**values):
    row = dict.fromkeys(COLUMNS["threshold_tests"], 1.0) | {"number": 1, "F": 20.0} | values
    return loose("threshold_tests", pd.DataFrame([row]), "tests", {"level": 0.05, "chosen": 1, "auto": False})


def sentences(part):
    return " ".join(str(sentence) for sentence in VIEWS["threshold_tests"].sentences(part, Context()))


def test_a_rejection_by_block_alone_is_no_evidence():
    words = sentences(part_of_tests(p_wild=0.2, p_block=0.01))
    assert "not rejected at 5%, which does not show that there is no further threshold" in words
    assert "no evidence of a threshold" in words
    assert "because the study asks for it" in words
    agreed = sentences(part_of_tests(p_wild=0.01, p_block=0.01))
    assert "rejected at 5%." in agreed
    assert "evidence" not in agreed
    assert "keeps its size" in sentences(part_of_tests(p_wild=0.01, p_block=0.3))


def test_sentences_exist_in_both_languages():
    estimate = fit(panel_of(seed=3, jump=0.15), number=2)
    for part in ("tests", "thresholds", "slopes"):
        assert said(estimate, part)
        assert any("\u4e00" <= char <= "\u9fff" for char in said(estimate, part, "zh"))
    assert "so it is not an interval" in said(estimate, "thresholds")


def test_tables_are_laid_out_as_in_journals():
    estimate = fit(panel_of(), number=2, controls=("c",))
    ctx = context(estimate)
    tests = VIEWS["threshold_tests"].table(estimate.part("tests"), ctx)
    assert [head.span for head in tests.head[0]] == [1, 1, 4, 4]
    assert [ctx.show(row.cells[0]) for row in tests.rows] == ["Single threshold", "Double threshold"]
    thresholds = VIEWS["thresholds"].table(estimate.part("thresholds"), ctx)
    assert [ctx.show(row.cells[1]) for row in thresholds.rows] == ["g1", "g1", "g2"]
    slopes = VIEWS["regime_slopes"].table(estimate.part("slopes"), ctx)
    regimes = [ctx.show(row.cells[1]) for row in slopes.rows[:6:2]]
    low, high = (f"{g:.4f}" for g in estimate.facts["thresholds"])
    assert regimes == [f"q ≤ {low}", f"{low} < q ≤ {high}", f"q > {high}"]
    assert ctx.show(slopes.rows[0].cells[2]).startswith(f"{estimate.terms.frame()['estimate'][0]:.4f}")
    counts = VIEWS["regimes"].table(estimate.part("regimes"), ctx)
    assert len(counts.rows) == 8


def test_figures_are_drawn_for_the_chosen_model_only():
    estimate = fit(panel_of(), number=2)
    ctx = context(estimate)
    draw = VIEWS["lr_curve"].figure
    assert draw(estimate.part("lr_1_1"), ctx) is None
    drawn = draw(estimate.part("lr_2_1"), ctx)
    axes = drawn.axes[0]
    dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
    assert dashed[0].get_ydata()[0] == pytest.approx(7.352, abs=5e-4)
    runs = estimate.part("thresholds").frame.query("number == 2 and threshold == 1")["runs"].iloc[0]
    assert len(axes.patches) == runs == len(listed(estimate.part("lr_2_1"), "low"))
    assert VIEWS["regime_slopes"].figure(estimate.part("slopes"), ctx) is not None
    assert VIEWS["regimes"].figure(estimate.part("regimes"), ctx) is not None
    linear = fit(panel_of(jump=0.0), number="auto", bootstrap=99)
    assert VIEWS["regime_slopes"].figure(linear.part("slopes"), context(linear)) is None
    assert VIEWS["regimes"].table(linear.part("regimes"), context(linear)) is None
    assert draw(linear.part("lr_1_1"), context(linear)) is not None


def test_labels_hold_the_values():
    labels = Labels({"x": "R&D", "q": "Strength"})
    assert labels("x [g1 < q <= g2]") == "R&D [g1 < Strength ≤ g2]"
    assert valued(labels, ["0.1", "0.25"])("x [g1 < q <= g2]") == "R&D [0.1 < Strength ≤ 0.25]"
    assert valued(labels, ["0.1"])("x") == "R&D"
    estimate = fit(panel_of())
    (g,) = estimate.facts["thresholds"]
    assert context(estimate).label("x [q > g1]") == f"x [q > {g:.4f}]"
    assert [places([v]) for v in (0.0077, 0.5, 123.4, 0.00001)] == [5, 4, 1, 7]


def test_the_bundled_study_runs():
    """Few draws: what is tested is that the study stands on real data, and what it must say."""
    study = load_study(
        ROOT / "configs" / "threshold.toml",
        [f"models.{name}.bootstrap=39" for name in ("by_technology", "by_factor", "degeneration")],
    )
    results = evaluate(study, read_table(ROOT / "data" / "provinces.csv"))
    policy = results.estimates["by_technology"]
    assert policy.terms.frame()["term"].tolist()[:2] == [
        "new_area [technology <= g1]",
        "new_area [technology > g1]",
    ]
    assert policy.facts["entities"] == 26
    assert len(policy.part("policy_regimes").frame) == 6
    assert any("technology is a component of D" in str(note) for note in policy.notes)
    assert any("few" in str(note) or "candidate values only" in str(note) for note in policy.notes)
    degenerate = results.estimates["degeneration"]
    weakest = results.index.scores.min(axis=1)
    assert degenerate.facts["first_year"] == 2012
    value = degenerate.part("thresholds").frame["estimate"].iloc[0]
    assert np.isclose(weakest, value, rtol=1e-12).any()
