"""The views of the did checks: what they print are fields, in both languages; figures draw what the frame holds."""

import pytest

from ccd.estimate import MODELS
from ccd.estimate.did.side_by_side import side_by_side, spread_of
from ccd.evaluate.fit import fit_one
from ccd.report.figures import drawing, find_fonts
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of


@pytest.fixture(scope="module")
def estimate():
    keys = {
        "controls": (),
        "permutation": {"draws": 19},
        "placebo": {"draws": 19},
        "leave_out": "province",
        "sensitivity": {"relative": (0.5, 1.0), "smoothness": (0.0, 0.1)},
        "window": (-4, 3),
    }
    return model(**keys).fit(panel_of(n=40), Stream(0, "m"))


def said(part, estimate, language="en"):
    ctx = Context(language=language).of(estimate, "m")
    return [ctx.say(sentence) for sentence in VIEWS[part.shape].sentences(part, ctx)]


@pytest.mark.parametrize(
    "name", ["bacon", "permutation", "placebo", "sensitivity", "leave_out", "event_study"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_part_has_words_and_a_figure(estimate, name, language):
    part, ctx = estimate.part(name), Context(language=language).of(estimate, "m")
    view = VIEWS[part.shape]
    assert said(part, estimate, language)
    with drawing(find_fonts()):
        figure = view.figure(part, ctx)
        drawn = [one for axes in figure.axes for one in (*axes.lines, *axes.collections, *axes.patches)]
        assert len(drawn) > len(figure.axes)  # the data, beside a rule of zero
    if view.table is not None:
        assert len(view.table(part, ctx).rows) == len(part.frame)
    if view.caption is not None:
        assert ctx.say(view.caption(part, ctx))


def test_sentences_state_the_facts(estimate):
    bacon = estimate.part("bacon")
    weight = bacon.frame.loc[bacon.frame["type"] == "later vs earlier", "weight"].sum()
    assert any(f" {100 * weight:.1f}% of the weight" in line for line in said(bacon, estimate))
    permutation = estimate.part("permutation")
    assert f"({len(permutation.frame)} times)" in said(permutation, estimate)[0]
    assert "its interval are this test's" in said(permutation, estimate)[1]
    left = estimate.part("leave_out")
    low = left.frame.loc[left.frame["estimate"].idxmin()]
    assert f"{low['estimate']:.4f} (without {low['left_out']})" in said(left, estimate)[0]
    assert "joint nullity of the leads" in said(estimate.part("event_study"), estimate)[0]


def test_dates_moved_ahead_have_their_own_figure():
    estimate = model(placebo={"by": "time", "shifts": 2}).fit(panel_of(), Stream(0, "m"))
    part = estimate.part("placebo")
    assert "moved up to 2 years ahead" in said(part, estimate)[0]
    with drawing(find_fonts()):
        figure = VIEWS["placebo"].figure(part, Context().of(estimate, "m"))
    marks = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"]
    assert list(marks[0].get_xdata()) == [-1, -2]


def test_estimators_stand_side_by_side():
    keys = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy", "permutation": {"draws": 0}}
    made = [
        fit_one(MODELS[f"did-{e}"].model_validate({**keys, "estimator": e}), panel_of(), 0)[0]
        for e in ("twfe", "imputation")
    ]
    table, studies = side_by_side("all", made)
    with drawing(find_fonts()):
        figure = VIEWS["event_studies"].figure(studies, Context())
        forest = VIEWS["comparison"].figure(table, Context()).axes[0]
    assert [tick.get_text() for tick in forest.get_yticklabels()] == ["Two-way fixed effects", "Imputation"]
    shown = [axes.get_title("left") for axes in figure.axes if axes.get_title("left")]
    assert shown == ["Two-way fixed effects", "Imputation"]
    low, high = {axes.get_ylim() for axes in figure.axes if axes.get_visible()}.pop()
    assert low < 0 < high
    value = table.value
    found = spread_of(value.label, value.estimate, value.conf_low, value.conf_high)
    assert found.lowest == table.frame["estimate"].min()
    away = ((table.frame["conf_low"] > 0) | (table.frame["conf_high"] < 0)).sum()
    line = said(table, None)[0]
    words = f"in {away} of them its 95% interval leaves out zero" if away else "every 95% interval holds zero"
    assert words in line
    assert side_by_side("one", made[:1]) == ()
