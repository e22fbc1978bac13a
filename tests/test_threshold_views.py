"""What a reader sees of a panel threshold model: sentences, tables, labels, and the bundled study."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from ccd.readers import read_table
from ccd.report.models import models_table
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import (
    Named,
    Part,
    Regime,
    Results,
    ResultsTable,
    Split,
    Thresholds,
    ThresholdTests,
    distinct_figures,
)
from ccd.study import load_study
from ccd.vary.run import evaluate
from tests.test_threshold import fit, names, panel_of

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
    one = np.ones(1)
    columns = [field.name for field in fields(ThresholdTests) if field.name.startswith(("ssr", "crit", "p_"))]
    given = {name: np.array([value]) for name, value in values.items()}
    settings = {"level": 0.05, "chosen": 1, "auto": False, "draws": 99, "threshold": "q"}
    own = {"number": np.array([1]), "F": np.array([20.0]), "df": np.array([100])}
    return Part(ThresholdTests(**(dict.fromkeys(columns, one) | own | given | settings)), "tests")


def sentences(part):
    return " ".join(str(sentence) for sentence in VIEWS["threshold_tests"].sentences(part, Context()))


def test_a_rejection_by_block_alone_is_no_evidence():
    words = sentences(part_of_tests(p_wild=0.2, p_block=0.01))
    assert "F = 20.00, p = 0.200: no significant threshold at 5%." in words
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
    assert tests.width == 7
    assert [ctx.show(row.cells[0]) for row in tests.rows] == ["Single threshold", "", "Double threshold", ""]
    assert [ctx.show(row.cells[2]) for row in tests.rows] == ["Wild bootstrap", "Block bootstrap"] * 2
    thresholds = VIEWS["thresholds"].table(estimate.part("thresholds"), ctx)
    shown = [ctx.show(row.cells[0]) for row in thresholds.rows]
    assert shown == ["Single threshold, γ1", "Double threshold, γ1", "Double threshold, γ2"]
    assert thresholds.width == 8
    slopes = VIEWS["regime_slopes"].table(estimate.part("slopes"), ctx)
    regimes = [ctx.show(row.cells[1]) for row in slopes.rows[:6:2]]
    low, high = (f"{g:.4f}" for g in estimate.details["thresholds"])
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
    thresholds = estimate.value(Thresholds)
    (first,) = np.flatnonzero((thresholds.number == 2) & (thresholds.threshold == 1))
    assert len(axes.patches) == thresholds.runs[first] == len(estimate.part("lr_2_1").value.low)
    slopes = VIEWS["regime_slopes"].figure(estimate.part("slopes"), ctx).axes[0]
    assert len(slopes.get_xticks()) == 3  # two thresholds make three regimes
    regimes = VIEWS["regimes"].figure(estimate.part("regimes"), ctx).axes[0]
    assert len(regimes.get_legend_handles_labels()[1]) == 3
    linear = fit(panel_of(jump=0.0), number="auto", bootstrap=99)
    assert VIEWS["regime_slopes"].figure(linear.part("slopes"), context(linear)) is None
    assert VIEWS["regimes"].table(linear.part("regimes"), context(linear)) is None
    assert draw(linear.part("lr_1_1"), context(linear)) is not None


def test_terms_are_named_by_letters_and_shown_with_values():
    split = Split("q", (0.1, 0.25))
    label = {"x": "R&D", "q": "Strength"}.get
    terms = [Regime(Named("x"), split, r) for r in range(3)]
    assert [term.name for term in terms] == ["x [q <= g1]", "x [g1 < q <= g2]", "x [q > g2]"]
    assert [term.words.render("en", label) for term in terms] == [
        "R&D × I(Strength ≤ 0.1000)",
        "R&D × I(0.1000 < Strength ≤ 0.2500)",
        "R&D × I(Strength > 0.2500)",
    ]
    assert [term.shared.render("zh", label) for term in terms] == [
        "R&D×I(Strength ≤ γ1)",
        "R&D×I(γ1 < Strength ≤ γ2)",
        "R&D×I(Strength > γ2)",
    ]


def test_values_keep_three_figures_and_are_told_apart():
    assert [distinct_figures([v])[0].digits for v in (0.0077, 0.5, 123.4, 0.00001, 14000.0)] == [
        5,
        4,
        1,
        7,
        0,
    ]
    near = Split("q", (1.000011, 1.000012))
    assert [figure.digits for figure in distinct_figures(near.thresholds)] == [6, 6]
    assert str(near.words(1)) == "1.000011 < q ≤ 1.000012"
    assert str(near.rounded(0)) == "q ≤ 1.000011"
    assert str(Split("q", (0.0077051,)).rounded(1)) == "q > 0.007705"


def test_a_table_of_models_gives_a_regime_one_row_whatever_its_values():
    """Two models of one threshold column with other thresholds: the row shows g1, the models' own tables values."""
    one, two = fit(panel_of()), fit(panel_of(seed=2))
    assert one.details["thresholds"] != two.details["thresholds"]
    results = Results("s", "S", "en", panel_of(), None, None, {"one": one, "two": two})
    table = models_table(ResultsTable("t", ("one", "two")), results, Context())
    said = [Context().show(row.cells[0]) for row in table.rows]
    assert said[:4] == ["x × I(q ≤ γ1)", "", "x × I(q > γ1)", ""]
    assert all(Context().show(cell) for cell in table.rows[0].cells)
    (g,), (h,) = one.details["thresholds"], two.details["thresholds"]
    last = [Context().show(cell) for cell in table.rows[-1].cells]
    assert last == ["Threshold γ1", f"{g:.4f}", f"{h:.4f}"]
    terms = VIEWS["terms"].table(Part(one.terms), context(one))
    assert Context().show(terms.rows[0].cells[0]) == f"x × I(q ≤ {g:.4f})"


def test_the_bundled_study_runs():
    """Few draws: what is tested is that the study stands on real data, and what it must say."""
    study = load_study(
        ROOT / "configs" / "threshold.toml",
        [f"models.{name}.bootstrap=39" for name in ("by_technology", "by_factor", "degeneration")],
    )
    results = evaluate(study, read_table(ROOT / "data" / "provinces.csv"))
    policy = results.estimates["by_technology"]
    assert names(policy)[:2] == [
        "new_area [technology <= g1]",
        "new_area [technology > g1]",
    ]
    assert policy.entities == 26
    assert len(policy.part("policy_regimes").frame) == 6
    assert any("technology is a component of D" in str(note) for note in policy.notes)
    assert any("few" in str(note) or "candidate values only" in str(note) for note in policy.notes)
    degenerate = results.estimates["degeneration"]
    weakest = results.index.scores.min(axis=1)
    assert degenerate.sample.first_year == 2012
    value = degenerate.part("thresholds").frame["estimate"].iloc[0]
    assert np.isclose(weakest, value, rtol=1e-12).any()
