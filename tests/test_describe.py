"""Description: summaries by hand, groups of regions, ranking."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from scipy.integrate import trapezoid

from ccd.density import density_curve, kernel_density
from ccd.describe import describe
from ccd.results import CouplingResult, IndexResult, Weights

D = np.array([0.1, 0.2, 0.3, 0.6, 0.5, 0.4])


def study(d=D, groups=None):
    entity, time = np.repeat(["r", "s", "t"], 2), np.tile([2001, 2002], 3)
    groups = groups or {"part": np.repeat(["East", "East", "West"], 2)}
    panel = make_panel({"x": [1, 2, 3, 4, np.nan, 6]}, entity, time, groups=groups)
    frame = pd.DataFrame({"C": 2 * d, "T": d / 2, "D": d}, index=panel.frame.index)
    scores = pd.DataFrame({"A": d / 3}, index=panel.frame.index)
    one = np.ones(1)
    index = IndexResult(scores, scores, Weights(("A",), ("a",), ("+",), one, one, one), "minmax", "equal")
    return {p.name: p for p in describe(panel, index, coupled(frame), ["x", "D"])}


def coupled(frame):
    return CouplingResult(frame, "standard", {"A": 1.0})


def test_the_summary_leaves_missing_cells_out():
    frame = study()["summary"].frame.set_index("variable")
    assert list(frame.index) == ["A", "C", "T", "D", "x"]
    # 1, 2, 3, 4, 6: mean 3.2, squares of deviations 4.84 + 1.44 + .04 + .64 + 7.84 = 14.8, over 4
    np.testing.assert_allclose(frame.loc["x"].astype(float), [5, 3.2, np.sqrt(3.7), 1, 3, 6])


def test_the_summary_of_one_cell_and_of_none():
    panel = make_panel({"one": [2.0, np.nan], "none": [np.nan, np.nan]}, ["r", "r"], [2001, 2002])
    frame = describe(panel, None, None, ["one", "none"])[0].frame.set_index("variable")
    np.testing.assert_array_equal(frame.loc["one"].astype(float), [1, 2, np.nan, 2, 2, 2])
    np.testing.assert_array_equal(frame.loc["none"].astype(float), [0, *[np.nan] * 5])


@pytest.mark.parametrize(
    ("cohort", "treated"),
    [([2002, np.nan, 2003], ["r"]), ([2001, 2002, 2002], None), ([np.nan, 2003, np.nan], None)],
)
def test_degrees_of_the_regions_a_policy_reaches(cohort, treated):
    entity, time = np.repeat(["r", "s", "t"], 2), np.tile([2001, 2002], 3)
    panel = make_panel({"x": np.zeros(6)}, entity, time, np.repeat(np.array(cohort, float), 2))
    frame = pd.DataFrame(dict.fromkeys("CTD", D), index=panel.frame.index)
    parts = {p.name: p for p in describe(panel, None, coupled(frame), [])}
    assert ("by_policy_policy" in parts) == (treated is not None)
    if treated:
        rows = parts["by_policy_policy"].frame.set_index(["year", "group"])["mean"]
        assert rows[2001, "treated"] == pytest.approx(0.1)
        assert rows[2002, "control"] == pytest.approx((0.6 + 0.4) / 2)


def test_means_by_year():
    frame = study()["by_year"].frame
    assert list(frame.columns) == ["year", "A", "C", "T", "D", "std_dev_D", "cv_D"]
    np.testing.assert_allclose(frame["D"], [0.3, 0.4])
    np.testing.assert_allclose(frame["A"], [0.1, 0.4 / 3])
    np.testing.assert_allclose(frame["std_dev_D"], [0.2, 0.2])
    np.testing.assert_allclose(frame["cv_D"], [2 / 3, 0.5])


def test_degrees_by_group_of_regions():
    found = study()["by_part"]
    assert found.value.column == "part"
    assert [tuple(row) for row in found.frame[["year", "group", "nobs"]].to_numpy()] == [
        (2001, "East", 2),
        (2001, "West", 1),
        (2002, "East", 2),
        (2002, "West", 1),
    ]
    np.testing.assert_allclose(found.frame["mean"], [0.2, 0.5, 0.4, 0.4])


@pytest.mark.parametrize(
    "values",
    [["a", "b", "a", "a", "b", "b"], list("uuvvww"), ["a"] * 6],
    ids=["varies within a region", "one a region", "one group"],
)
def test_columns_that_group_no_regions(values):
    parts = study(groups={"part": np.array(values)})
    assert "by_part" not in parts


def test_the_ranking_is_by_the_last_year():
    found = study()["ranking"]
    assert list(found.frame["region"]) == ["s", "t", "r"]
    np.testing.assert_allclose(found.frame["last"], [0.6, 0.4, 0.2])
    np.testing.assert_allclose(found.frame["change"], [0.3, -0.1, 0.1])
    np.testing.assert_allclose(found.frame["mean"], [0.45, 0.45, 0.15])
    assert list(found.frame["rank"]) == [1, 2, 3]
    assert (found.value.first_year, found.value.last_year) == (2001, 2002)


def test_the_density_of_d_integrates_to_one():
    rng = np.random.default_rng(4)
    values = rng.beta(20, 20, 500)
    grid = np.linspace(0, 1, 401)
    found, width = kernel_density(values, grid)
    assert trapezoid(found, grid) == pytest.approx(1.0, abs=1e-6)
    at = 0.5
    by_hand = np.mean(np.exp(-0.5 * ((at - values) / width) ** 2)) / (width * np.sqrt(2 * np.pi))
    assert found[200] == pytest.approx(by_hand, rel=1e-12)


def test_a_density_curve_reaches_a_sixth_of_the_range_beyond_the_values():
    grid, found = density_curve([2.0, 5.0, np.nan, 8.0], points=5)
    np.testing.assert_allclose(grid, [1, 3, 5, 7, 9])
    np.testing.assert_allclose(found, kernel_density(np.array([2.0, 5.0, 8.0]), grid)[0])


def test_two_values_have_a_density_and_one_has_none():
    grid = np.array([0.5])
    # sd of (0, 1) is sqrt(.5), IQR .5: width .9 * min(.7071, .3731) * 2^-.2
    width = 0.9 * 0.5 / 1.34 * 2**-0.2
    found = kernel_density(np.array([0.0, 1.0]), grid)
    assert found[1] == pytest.approx(width)
    assert found[0][0] == pytest.approx(np.exp(-0.125 / width**2) / (width * np.sqrt(2 * np.pi)))
    assert np.isnan(kernel_density(np.array([1.0]), grid)[0]).all()


def test_half_the_values_equal_take_the_bandwidth_of_the_rest():
    values = np.array([1.0, 1, 1, 1, 5])
    assert kernel_density(values, values)[1] == pytest.approx(0.9 * values.std(ddof=1) * 5**-0.2)


def test_the_density_part_has_one_curve_a_year():
    found = study()["density"].value
    curves = found.curves()
    assert list(curves) == ["2001", "2002"]
    assert str(found.variable) == "D"
    for year, own in (("2001", D[[0, 2, 4]]), ("2002", D[[1, 3, 5]])):
        at, curve = curves[year]
        assert (at[0], at[-1], len(at)) == (0, 1, 201)
        width = 0.9 * min(own.std(ddof=1), np.subtract(*np.quantile(own, [0.75, 0.25])) / 1.34) * 3**-0.2
        by_hand = np.exp(-0.5 * ((at[:, None] - own) / width) ** 2).mean(axis=1) / (
            width * np.sqrt(2 * np.pi)
        )
        np.testing.assert_allclose(curve, by_hand, rtol=1e-12)


def test_densities_are_of_the_first_and_last_year_and_two_between():
    years = np.arange(2001, 2011)
    panel = make_panel({"x": np.zeros(20)}, np.repeat(["r", "s"], 10), np.tile(years, 2))
    frame = pd.DataFrame({name: np.linspace(0.1, 0.9, 20) for name in "CTD"}, index=panel.frame.index)
    parts = {p.name: p for p in describe(panel, None, coupled(frame), [])}
    groups = dict.fromkeys(parts["density"].frame["group"].astype(str))
    assert list(groups) == ["2001", "2004", "2007", "2010"]


def test_a_study_without_an_index_has_a_summary_alone():
    panel = make_panel({"x": [1, 2]}, ["r", "r"], [2001, 2002])
    parts = describe(panel, None, None, ["x"])
    assert [part.name for part in parts] == ["summary"]
