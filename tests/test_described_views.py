"""Tables, figures and sentences of description, indices and coupling, from values written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.bundled import bundled_rows, policy_labels, policy_names
from ccd.policies import registry_policies
from ccd.report.labels import Labels
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import (
    ByGroup,
    ByYear,
    Cells,
    Changes,
    Coupling,
    Degree,
    Density,
    DocumentMatrix,
    GradeCounts,
    Obstacles,
    Part,
    Scores,
    Weights,
    WeightsBefore,
)
from ccd.words import Name, text

YEARS = np.array([2001, 2002])


def cells(value, ctx=None, name="") -> list[list[str]]:
    """Return heads and rows of a value's table as they are printed."""
    ctx = ctx or Context()
    table = VIEWS[value.shape].table(Part(value, name), ctx)
    heads = [[ctx.show(head.cell) for head in row] for row in table.head]
    return [*heads, *([ctx.show(cell) for cell in row.cells] for row in table.rows)]


def figure(value, ctx=None):
    return VIEWS[value.shape].figure(Part(value), ctx or Context())


def said(value) -> list[str]:
    return [str(sentence) for sentence in VIEWS[value.shape].sentences(Part(value), Context())]


def by_year(d, degrees=("C", "T", "D")) -> ByYear:
    means = {name: np.array(d) for name in degrees}
    spread = np.array([0.1, 0.2]) if means else None
    return ByYear(YEARS, {"roads": np.array([0.5, 0.6])}, means, spread, spread)


def test_means_by_year_in_a_table_and_two_panels():
    value = by_year([0.25, 0.75])
    assert cells(value) == [
        ["Year", "roads", "C", "T", "D", "Std. dev. of D", "CV of D"],
        ["2001", "0.5000", "0.2500", "0.2500", "0.2500", "0.1000", "0.1000"],
        ["2002", "0.6000", "0.7500", "0.7500", "0.7500", "0.2000", "0.2000"],
    ]
    left, right = figure(value).axes
    assert (left.get_title(), right.get_title()) == (
        "Subsystem indices",
        "Coupling coordination",
    )
    assert [line.get_label() for line in right.get_lines()] == ["C", "T", "D"]
    np.testing.assert_array_equal(left.get_lines()[0].get_ydata(), [0.5, 0.6])


def test_means_of_an_index_alone_have_one_panel_and_no_sentence():
    value = by_year([], degrees=())
    assert len(figure(value).axes) == 1
    assert said(value) == []


@pytest.mark.parametrize(
    ("d", "words"),
    [
        ([0.25, 0.5], "rose from 0.250 in 2001 to 0.500 in 2002"),
        ([0.5, 0.25], "fell from 0.500 in 2001 to 0.250 in 2002"),
    ],
)
def test_where_the_mean_of_d_went(d, words):
    assert said(by_year(d)) == [f"Mean D {words}."]


def test_groups_stand_side_by_side_and_a_group_without_a_year_has_a_dash():
    value = ByGroup(
        np.array([2001, 2001, 2002]), ("west", "east", "west"), np.array([0.1, 0.2, 0.3]), np.ones(3), np.ones(3, int),
        column="part",
    )  # fmt: skip
    assert cells(value) == [
        ["Year", "east", "west"],
        ["2001", "0.2000", "0.1000"],
        ["2002", "–", "0.3000"],
    ]
    lines = {line.get_label(): line.get_ydata().tolist() for line in figure(value).axes[0].get_lines()}
    assert lines == {"west": [0.1, 0.3], "east": [0.2]}
    assert str(VIEWS["by_group"].caption(Part(value), Context())) == "Mean D by part"


def test_densities_are_named_by_their_group_and_their_axis_by_the_variable():
    value = Density(("b", "b", "a", "a"), np.array([0.0, 1, 0, 1]), np.array([1.0, 2, 3, 4]), Name("x"))
    axes = figure(value, Context(label=Labels({"x": "Roads", "b": "Before"}))).axes[0]
    assert axes.get_xlabel() == "Roads"
    assert {line.get_label(): line.get_ydata().tolist() for line in axes.get_lines()} == {
        "Before": [1, 2],
        "a": [3, 4],
    }


def weights() -> Weights:
    half = np.array([0.25, 0.75, 1.0])
    return Weights(("A", "A", "B"), ("x", "y", "z"), ("+", "-", "+"), half, 1 - half, half)


def test_a_subsystem_is_named_once_in_the_table_of_weights():
    assert [row[:3] for row in cells(weights())[1:]] == [["A", "x", "+"], ["", "y", "-"], ["B", "z", "+"]]
    axes = figure(weights()).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["x", "y", "z"]
    assert [bar.get_width() for bar in axes.patches] == [0.25, 0.75, 1.0]
    colours = [bar.get_facecolor() for bar in axes.patches]
    assert colours[0] == colours[1] != colours[2]


def test_weights_before_a_policy_stand_beside_those_of_all_years():
    value = WeightsBefore(("A",), ("x",), np.array([0.5]), np.array([0.25]), ("ftz",), np.array([2012]))
    assert cells(value)[1] == ["ftz", "A", "x", "0.5000", "0.2500", "2012"]


def test_cells_show_what_they_have_and_the_first_sixty():
    count = 61
    value = Cells(("r",) * count, np.arange(count), indicator=("x",) * count, value=np.arange(count) * 100.0)
    shown = cells(value, name="imputed")
    assert shown[0] == ["Region", "Year", "indicator", "value"]
    assert len(shown) == 61
    assert shown[-1][3] == "5900"
    note = VIEWS["cells"].table(Part(value, "imputed"), Context()).notes[-1]
    assert str(note) == "The first 60 of 61; imputed.csv holds all"
    assert cells(Cells(("r",), YEARS[:1], subsystem=("A",), index=np.array([1.5])))[0] == [
        "Region",
        "Year",
        "subsystem",
        "index",
    ]


def changes(by, label, level, policy=None) -> Changes:
    level = np.array(level)
    years = np.full(len(label), 2001)
    return Changes(
        label=tuple(label), first=years, last=years + 9, nobs=years - 2000, log_d=2 * level, log_c=0.5 * level,
        log_t=1.5 * level, level_d=level, level_c=0.25 * level, level_t=0.75 * level,
        share_t=np.where(level == 0, np.nan, 0.75), policy=policy, by=by,
    )  # fmt: skip


def test_changes_are_headed_by_what_their_rows_are():
    tail = ["Change of D", "by C", "by T", "Change of ln D", "by C", "by T", "Share of T"]
    assert cells(changes("region", "r", [0.4])) == [
        ["Region", "From", "To", *tail],
        ["r", "2001", "2010", "0.4000", "0.1000", "0.3000", "0.8000", "0.2000", "0.6000", "0.750"],
    ]
    assert cells(changes("period", ["2001-2010"], [0.0]))[0] == ["Period", "Regions", *tail]
    assert cells(changes("period", ["2001-2010"], [0.0]))[1][-1] == "–"
    policy = changes("policy", ["treated"], [0.1], ("ftz",))
    assert cells(policy)[0] == ["Policy", "", "Regions", *tail]
    assert figure(policy) is None


def test_bars_of_changes_go_from_the_largest_and_leave_the_whole_span_out():
    regions = figure(changes("region", "abc", [0.1, 0.3, -0.2])).axes[0]
    assert [label.get_text() for label in regions.get_yticklabels()] == ["b", "a", "c"]
    np.testing.assert_allclose([bar.get_width() for bar in regions.patches[:3]], [0.225, 0.075, -0.15])
    # the part of C begins where that of T ends, on either side of zero
    np.testing.assert_allclose([bar.get_x() for bar in regions.patches[3:]], [0.225, 0.075, -0.15])
    periods = figure(changes("period", ["1-2", "2-3", "1-3"], [0.1, 0.3, 0.4])).axes[0]
    assert [label.get_text() for label in periods.get_yticklabels()] == ["1-2", "2-3"]


def test_the_sentence_of_changes_is_that_of_the_whole_span():
    value = changes("period", ["1-2", "1-3"], [0.1, 0.2])
    assert said(value) == [
        "From 2001 to 2010 the mean of ln D changed by 0.400, of which 0.300 through T and 0.100 through C."
    ]
    assert said(changes("period", ["1-2"], [0.0])) == []
    assert said(changes("region", "r", [0.1])) == []


def test_grades_are_counted_by_year_and_stacked_to_one():
    value = GradeCounts(
        YEARS,
        ("low", "none", "high"),
        ("[0, 0.3)", "[0.3, 0.6)", "[0.6, 1]"),
        np.array([[3, 0, 1], [1, 0, 3]]),
    )
    assert cells(value) == [
        ["Grade", "Interval of D", "2001", "2002"],
        ["low", "[0, 0.3)", "3", "1"],
        ["none", "[0.3, 0.6)", "0", "0"],
        ["high", "[0.6, 1]", "1", "3"],
    ]
    axes = figure(value).axes[0]
    assert list(axes.get_legend_handles_labels()[1]) == ["low", "high"]
    tops = [bar.get_y() + bar.get_height() for bar in axes.patches]
    np.testing.assert_allclose(tops, [0.75, 0.25, 1, 1])


def test_obstacles_show_the_first_and_last_of_many_years():
    years = np.arange(2001, 2012)
    degree = np.column_stack([np.linspace(0, 1, 11), np.linspace(1, 0, 11)])
    value = Obstacles(years, ("x", "y"), ("A", "B"), degree)
    assert cells(value)[0] == ["Indicator", "2001", "2003", "2005", "2007", "2009", "2011"]
    assert cells(value)[1] == ["x", "0.000", "0.200", "0.400", "0.600", "0.800", "1.000"]
    drawn = figure(value).axes[0].collections[0].get_array()
    np.testing.assert_array_equal(np.asarray(drawn).reshape(2, 11), degree.T)


def test_three_indices_are_points_in_a_triangle_and_two_are_not():
    entity, year = ("r", "r", "s"), np.array([2001, 2002, 2001])
    u = {"A": np.array([1.0, 0.0, 1]), "B": np.array([0.0, 1, 1]), "C": np.zeros(3)}
    axes = figure(Scores(entity, year, u)).axes[0]
    points = {line.get_label(): line.get_xydata().tolist() for line in axes.get_lines()}
    assert points["2001"] == [[0.0, 0.0]]  # s has no 2002
    assert points["2002"] == [[1.0, 0.0]]
    assert figure(Scores(entity, year, {"A": u["A"], "B": u["B"]})) is None


def coupling(entity=None) -> Coupling:
    entity = entity or tuple(row["short_zh"] for row in bundled_rows("regions.csv"))
    n = len(entity)
    d = np.r_[np.linspace(0.1, 0.9, n), np.linspace(0.9, 0.1, n)]
    lowest = [("A",), ("B",), ("A", "B")] * n
    even = np.arange(2 * n) == 1
    return Coupling(
        entity=entity * 2, year=np.repeat(YEARS, n), c=d, t=d, d=d, grade=("low",) * (2 * n),
        lowest=tuple(lowest[: 2 * n]), synchronous=even, zero=np.zeros(2 * n, bool), beside={"fan2024": Degree(d, d)},
    )  # fmt: skip


def test_the_heat_map_runs_from_the_highest_d_of_the_last_year():
    axes = figure(coupling(("a", "b", "c"))).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    shown = np.asarray(axes.collections[0].get_array()).reshape(3, 2)
    np.testing.assert_allclose(shown, [[0.1, 0.9], [0.5, 0.5], [0.9, 0.1]])


def test_a_map_of_bottlenecks_tells_ties_and_level_regions_from_single_ones():
    value = coupling()
    extra = {extra.name: extra for extra in VIEWS["coupling"].more}["bottleneck_map"]
    drawn = extra.figure(Part(value), Context(label=Labels({"A": "Science"})))
    legend = drawn.legends[0]
    assert [words.get_text() for words in legend.get_texts()] == [
        "Science",
        "B",
        "Science = B",
        "synchronous",
    ]
    assert len({patch.get_facecolor() for patch in legend.get_patches()}) == 4
    assert value.frame()["bottleneck"].tolist()[:3] == ["A", "synchronous", "A; B"]
    assert value.frame()["lowest"].tolist()[:3] == ["A", "B", "A; B"]


def test_a_factor_of_documents_is_not_the_subsystem_of_its_name():
    words = {"supply": text("supply-side"), "technology": text("technology"), "own": Name("own")}
    value = DocumentMatrix(
        ("supply",) * 2, ("technology", "own"), np.array([3, 0]), np.array([1.0, 0]), np.ones(2), words
    )
    ctx = Context(label=Labels({"technology": "Index of technology", "own": "Own factor"}))
    assert [row[:3] for row in cells(value, ctx)[1:]] == [
        ["supply-side", "technology", "3"],
        ["supply-side", "Own factor", "0"],
    ]
    axes = figure(value, ctx).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["technology", "Own factor"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_policy_of_the_registry_has_its_names(language):
    for names in (policy_names(language), policy_labels(language)):
        assert sorted(names) == list(registry_policies())
        assert all(names.values())
        assert len(set(names.values())) == len(names)
    assert (
        Labels({}, language)("big_data_zone")
        == {"en": "Big-data pilot zone", "zh": "大数据综合试验区"}[language]
    )
    assert Labels({"ftz": "own"}, language)("ftz") == "own"
