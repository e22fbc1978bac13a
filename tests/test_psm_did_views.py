"""How the tables of PSM-DID are shown, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import trapezoid

from ccd.density import kernel_density
from ccd.estimate.psm.columns import Column
from ccd.estimate.psm.comparison import agreement
from ccd.report.figures import drawing, find_fonts, render
from ccd.report.style import Style
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Comparison, Density, Matches, Named, Part, Propensity, ScoreDensity, TermRow
from ccd.words import Name, text
from tests.golden.test_psm_did import fit, world


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "keys", [{}, {"design": "pooled", "matcher": "nearest"}, {"matcher": "entropy-balance"}]
)
def test_every_part_is_shown_in_both_languages(language, keys):
    estimate = fit(world(0, n=50), **keys)
    ctx = Context(language=language, estimate=estimate, model="m")
    with drawing(find_fonts()):
        for part in estimate.parts:
            if part.name in ("weights", "event_vcov"):
                continue
            view = VIEWS[part.shape]
            for sentence in view.sentences(part, ctx) if view.sentences else ():
                assert ctx.say(sentence)
            table = view.table(part, ctx) if view.table else None
            for row in table.rows if table else ():
                assert all(isinstance(ctx.show(cell), str) for cell in row.cells)
            if view.figure:
                figure = view.figure(part, Context(estimate=estimate))
                assert figure is None or len(render(figure, "png")) > 5000


def test_what_the_balance_table_says_is_what_the_page_says():
    estimate = fit(world(2, n=40), matcher="nearest")
    part = estimate.part("balance")
    balance = part.value
    over = [name for name, bias in zip(balance.variable, balance.bias_after, strict=True) if abs(bias) > 10]
    page = " ".join(str(s) for s in VIEWS["balance"].sentences(part, Context()))
    assert over
    assert f"{len(over)} of 2 columns stay more than 10% apart: {', '.join(over)}." in page
    mean = np.abs(balance.bias_after).mean()
    assert f"{mean:.1f}% after it" in page
    b, r, old = balance.after.rubin_b, balance.after.rubin_r, balance.before.rubin_b
    fair = b < 25 and 0.5 < r < 2
    assert f"Rubin's B goes from {old:.1f} to {b:.1f}" in page
    assert f"to {r:.2f}: {'within' if fair else 'outside'} the usual bounds" in page
    assert f"{balance.effective_controls:.1f} evenly weighted ones" in page
    even = fit(world(2, n=200), matcher="entropy-balance").part("balance")
    assert any(
        "No column is more than 10% apart" in str(s) for s in VIEWS["balance"].sentences(even, Context())
    )


def column(estimate: float, half: float, p_value: float) -> Column:
    row = TermRow(Named("policy"), estimate, half / 2, 2.0, p_value, estimate - half, estimate + half)
    return Column(row, 100)


@pytest.mark.parametrize(
    ("others", "counted", "words"),
    [
        (
            {"entropy": column(0.4, 0.3, 0.01), "dr-traditional": column(0.7, 0.2, 0.2)},
            (3, 0.4, 0.7, 2, True, True),
            ["They agree on the sign, and their 95% intervals have values in common."],
        ),
        (
            {"entropy": column(-0.1, 0.2, 0.3), "support": column(-9.0, 0.2, 0.0)},
            (2, -0.1, 0.5, 1, False, False),
            ["1 of them differs from zero at 5%.", "They do not agree on the sign."],
        ),
        (
            {"entropy": column(0.1, 0.05, 0.2)},
            (2, 0.1, 0.5, 1, True, False),
            ["They agree on the sign, but their 95% intervals have no value in common."],
        ),
    ],
)
def test_how_far_the_columns_agree_is_counted_and_said(others, counted, words):
    """The matched column is 0.5 +- 0.2; the unmatched and the support column do not count as adjusted."""
    columns = {"kernel": column(0.5, 0.2, 0.01), "unmatched": column(2.0, 0.1, 0.001), **others}
    found = agreement(columns)
    assert (found.adjusted, found.lowest, found.highest) == counted[:3]
    assert (found.significant, found.same_sign, found.intervals_share_a_value) == counted[3:]
    none = np.full(len(columns), np.nan)
    value = Comparison(tuple(columns), none, none, none, none, none, none, agreement=found)
    page = [str(sentence) for sentence in VIEWS["comparison"].sentences(Part(value), Context())]
    assert "against 2.0000 without matching" in page[0]
    assert set(words) <= set(page)


def test_the_comparison_carries_the_agreement_of_its_own_rows():
    value = fit(world()).value(Comparison)
    rows = [j for j, name in enumerate(value.column) if name not in ("unmatched", "support")]
    assert value.agreement.adjusted == len(rows) == len(value.column) - 2
    assert value.agreement.lowest == value.estimate[rows].min()
    assert value.agreement.highest == value.estimate[rows].max()
    assert value.agreement.unmatched == value.estimate[value.column.index("unmatched")]
    assert value.scalars()["policy"] == "policy"
    assert value.scalars()["adjusted"] == len(rows)


def matches(**more) -> Part[Matches]:
    return Part(
        Matches(
            treated=("a", "a", "b", "a"),
            control=("c", "d", "c", "e"),
            share=np.array([0.75, 0.25, 1.0, 1.0]),
            score_treated=np.array([0.5, 0.5, 0.25, 0.125]),
            score_control=np.array([0.5, 0.4, 0.2, 0.1]),
            **more,
        )
    )


def shown(part: Part) -> list[list[str]]:
    ctx = Context(style=Style(digits=2))
    return [[ctx.show(cell) for cell in row.cells] for row in VIEWS[part.shape].table(part, ctx).rows]


def test_matches_are_listed_by_treated_unit():
    assert matches().value.by_treated() == [[0, 1, 3], [2]]
    apart = matches(cohort=np.array([2004, 2004, 2004, 2006]))
    assert apart.value.by_treated() == [[0, 1], [2], [3]]
    assert apart.value.scalars() == {"treated": 3, "pairs": 4}
    assert shown(apart) == [
        ["a", "0.500", "c (0.75)", "d (0.25)", "2"],
        ["b", "0.250", "c (1.00)", "", "1"],
        ["a", "0.125", "e (1.00)", "", "1"],
    ]
    years = matches(year_treated=np.array([2004] * 4), year_control=np.array([2001, 2002, 2003, 2004]))
    assert shown(years)[1][:3] == ["b 2004", "0.250", "c 2003 (1.00)"]


def test_a_long_list_of_matches_is_left_to_the_file():
    names = tuple(f"r{i}" for i in range(41))
    ones = np.ones(41)
    part = Part(Matches(names, names, ones, ones, ones))
    assert VIEWS["matches"].table(part, Context()) is None


def test_the_score_says_what_it_is_beside_its_coefficients():
    part = fit(world(1)).part("score")
    score = part.value
    assert isinstance(score, Propensity)
    assert part.frame["term"].tolist() == ["const", "x1", "x2"]
    assert set(part.value.scalars()) == {"pseudo_r2", "chi2", "p_value", "link"}
    assert 0 < part.value.scalars()["p_value"] < score.terms.p_value.max()
    table = VIEWS["propensity"].table(part, Context())
    assert f"pseudo-R2 {score.pseudo_r2:.3f}, LR chi2 {score.chi2:.2f}" in str(table.notes[0])
    assert [row.cells[0].word for row in table.rows] == ["const", "x1", "x2"]


def test_densities_are_one_curve_a_group():
    value = fit(world()).value(ScoreDensity)
    at, before = value.curve("before", "treated")
    _, after = value.curve("after", "treated")
    _, control = value.curve("after", "control")
    for curve in (before, after, control):
        assert trapezoid(curve, at) == pytest.approx(1, abs=1e-3)
    apart = [np.abs(after - value.curve(stage, "control")[1]).sum() for stage in ("before", "after")]
    assert apart[1] < apart[0]  # matching brings the controls' scores nearer to those of the treated
    grid = np.linspace(-1, 1, 5)
    curves = [kernel_density(np.linspace(-1, top, 30), grid)[0] for top in (0.5, 1.0)]
    part = Part(Density(("b",) * 5 + ("a",) * 5, np.tile(grid, 2), np.concatenate(curves), Name("D")))
    assert list(part.value.curves()) == ["b", "a"]
    np.testing.assert_array_equal(part.value.curves()["a"][1], curves[1])
    assert str(VIEWS["density"].caption(part, Context())) == str(
        text("Distribution of {variable}", variable="D")
    )
    axes = VIEWS["density"].figure(part, Context()).axes[0]
    assert [line.get_label() for line in axes.lines] == ["b", "a"]
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), curves[1])
