"""Coupling of indices built by hand: columns, zero rules, contributions, and what stands beside D."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel

from ccd.coupling.build import CouplingSpec, couple
from ccd.coupling.grades import Cuts
from ccd.errors import DataError, StudyError
from ccd.results import IndexResult, Weights

INDEX = ["region", "year"]


def made(u, entity, time, cohort=None, z=None, weights=None, scale="minmax"):
    """Return a panel and an index result that holds the indices ``u`` (columns A, B, ...)."""
    u = np.asarray(u, float)
    names = list("ABCDEF"[: u.shape[1]])
    panel = make_panel({"x": np.zeros(len(u))}, entity, time, cohort)
    frame = pd.DataFrame(u, columns=names, index=pd.MultiIndex.from_arrays([entity, time], names=INDEX))
    scores = frame.sort_index()
    weights = weights or [(name, name.lower(), 1.0) for name in names]
    subsystem, indicator, weight = zip(*weights, strict=True)
    scaled = pd.DataFrame(scores.to_numpy() if z is None else z, index=scores.index, columns=list(indicator))
    empty = np.full(len(weight), np.nan)
    weighed = Weights(subsystem, indicator, ("+",) * len(weight), empty, empty, np.array(weight))
    return panel, IndexResult(scores, scaled, weighed, scale, "entropy")


def part(result, name):
    return next(part for part in result.parts if part.name == name)


def test_columns_and_numbers_of_coupling_csv():
    panel, index = made([[0.1, 0.4], [0.36, 0.36]], ["r", "r"], [2001, 2002])
    found = couple(panel, index, CouplingSpec())
    table = part(found, "coupling").frame
    assert list(table.columns[:11]) == [
        *INDEX,
        *("C", "T", "D", "grade", "bottleneck", "C_wang2021", "D_wang2021", "C_fan2024", "D_fan2024"),
    ]
    first = table.iloc[0]
    # C = 2 sqrt(.04)/.5 = .8, T = .25, D = sqrt(.2); wang: sqrt(.7 * .25); fan: 1 - 2 * .15
    assert (first["C"], first["T"]) == (pytest.approx(0.8), pytest.approx(0.25))
    assert first["D"] == pytest.approx(np.sqrt(0.2))
    assert first["D_wang2021"] == pytest.approx(np.sqrt(np.sqrt(0.175) * 0.25))
    assert first["D_fan2024"] == pytest.approx(np.sqrt(0.7 * 0.25))
    assert first["grade"] == "near imbalance"
    assert first["bottleneck"] == "A"
    assert table["bottleneck"].iloc[1] == "synchronous"
    assert table["D"].iloc[1] == pytest.approx(0.6)
    assert table["grade"].iloc[1] == "primary coordination"
    assert table["lowest"].iloc[1] == "A; B"


@pytest.mark.parametrize("formula", ["wang2021", "fan2024"])
def test_another_formula_takes_the_headline_columns(formula):
    panel, index = made([[0.1, 0.4], [0.3, 0.5]], ["r", "r"], [2001, 2002])
    usual = couple(panel, index, CouplingSpec()).frame
    found = couple(panel, index, CouplingSpec(formula=formula)).frame
    np.testing.assert_array_equal(found["D"], usual[f"D_{formula}"])
    np.testing.assert_array_equal(found["C"], usual[f"C_{formula}"])
    np.testing.assert_array_equal(found["D_standard"], usual["D"])
    np.testing.assert_array_equal(found["C_standard"], usual["C"])


def test_contributions_enter_t_and_not_c():
    panel, index = made([[0.1, 0.4]], ["r"], [2001])
    found = couple(panel, index, CouplingSpec(contribution={"B": 3, "A": 1}))
    assert found.frame["T"].iloc[0] == pytest.approx(0.25 * 0.1 + 0.75 * 0.4)
    assert found.frame["C"].iloc[0] == pytest.approx(0.8)
    assert found.contribution == {"A": 0.25, "B": 0.75}


def test_equal_contributions_are_symmetric():
    rng = np.random.default_rng(3)
    u = rng.uniform(size=(6, 3))
    one = couple(*made(u, ["r"] * 6, range(2001, 2007)), CouplingSpec()).frame
    two = couple(*made(u[:, ::-1], ["r"] * 6, range(2001, 2007)), CouplingSpec()).frame
    np.testing.assert_allclose(one["D"], two["D"], rtol=1e-13)


def test_a_zero_index_is_flagged_and_has_no_part_in_what_moved():
    panel, index = made([[0.0, 0.4], [0.2, 0.3], [0.2, 0.4], [0.0, 0.0]], ["r", "r", "r", "s"], [1, 2, 3, 3])
    found = couple(panel, index, CouplingSpec())
    assert list(found.frame["zero"]) == [True, False, False, True]
    assert list(found.frame["D"][[True, False, False, True]]) == [0.0, 0.0]
    assert found.frame["D_fan2024"].iloc[0] == pytest.approx(np.sqrt(0.6 * 0.2))
    assert np.isnan(found.frame["C"].iloc[3])
    notes = [str(note) for note in found.notes]
    assert "2 region-years have an index of zero" in notes[1]
    assert "r 1, s 3" in notes[1]
    assert notes[-1] == "2 region-years with D = 0 left out of what moved D"
    moved = part(found, "changes_regions").frame
    assert [tuple(row) for row in moved[["label", "first", "last"]].to_numpy()] == [("r", 2, 3)]


@pytest.mark.parametrize(
    ("u", "spec", "fault", "words"),
    [
        ([[0.1, 1.2]], {}, DataError, "index 'B' is 1.2, outside"),
        ([[0.1, np.nan]], {}, DataError, "index 'B' is nan, outside"),
        ([[0.1]], {}, StudyError, "two subsystems or more"),
        ([[0.1, 0.2]], {"contribution": {"A": 1, "C": 1}}, StudyError, "no subsystem 'C'"),
        ([[0.1, 0.2]], {"contribution": {"A": 1}}, StudyError, "B: no positive contribution"),
        ([[0.1, 0.2]], {"contribution": {"A": 1, "B": 0}}, StudyError, "B: no positive contribution"),
    ],
)
def test_what_cannot_be_coupled(u, spec, fault, words):
    with pytest.raises(fault, match=words):
        couple(*made(u, ["r"], [2001]), CouplingSpec(**spec))


def test_z_scores_are_refused():
    with pytest.raises(StudyError, match="z-scores cannot be coupled"):
        couple(*made([[0.1, 0.2]], ["r"], [2001], scale="zscore"), CouplingSpec())


def test_obstacles_are_means_over_regions_by_year():
    # contributions .5; region r: z = (.5, 0, .5): (.25, .2, .15)/.6; region s: z = (1, 1, 0): (0, 0, .3)/.3
    weights = [("A", "a", 1.0), ("B", "b1", 0.4), ("B", "b2", 0.6)]
    z = np.array([[0.5, 0.0, 0.5], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    panel, index = made([[0.5, 0.3], [1, 0.4], [1, 1]], ["r", "s", "t"], [2001] * 3, z=z, weights=weights)
    found = part(couple(panel, index, CouplingSpec()), "obstacles")
    assert list(found.frame.columns) == ["year", "indicator", "degree", "subsystem"]
    expected = [(25 / 60 + 0) / 2, (20 / 60 + 0) / 2, (15 / 60 + 1) / 2]
    np.testing.assert_allclose(found.frame["degree"], expected)
    assert "1 region-year has every indicator at its best" in str(found.notes[0])


def test_grades_count_every_class_in_every_year():
    panel, index = made(np.tile([[0.04], [0.36], [0.36]], 2), ["r", "s", "t"], [2001] * 3)
    found = part(couple(panel, index, CouplingSpec(grades="five")), "grades").frame
    assert list(found["count"]) == [0, 1, 0, 2, 0]  # D = .2 and .6 stand on the lower limits
    np.testing.assert_allclose(found["share"], [0, 1 / 3, 0, 2 / 3, 0])
    own = CouplingSpec(grades=Cuts(cuts=(0.5,), names=("low", "high")))
    frame = part(couple(panel, index, own), "grades").frame
    assert list(zip(frame["grade"], frame["count"], frame["interval"], strict=True)) == [
        ("low", 1, "[0, 0.5)"),
        ("high", 2, "[0.5, 1]"),
    ]


def test_closure_is_printed():
    panel, index = made([[0.1, 0.4]], ["r"], [2001])
    note = couple(panel, index, CouplingSpec(grades="five")).notes[0]
    assert "[0, 0.2) serious imbalance" in str(note)
    assert "[0.8, 1] high coordination" in str(note)
    assert "[0.8, 1] 高度协调" in note.render("zh")


def test_degeneration_under_a_critical_value():
    panel, index = made([[0.1, 0.4], [0.3, 0.2]], ["r", "r"], [2001, 2002])
    found = couple(panel, index, CouplingSpec(critical=0.2))
    assert list(found.frame["degenerate"]) == [True, False]
    listed = part(found, "degenerate").frame
    assert listed.to_numpy().tolist() == [["r", 2001, "A", 0.1]]
    assert any("1 of 2 region-years" in str(note) for note in found.notes)
    assert "degenerate" not in couple(panel, index, CouplingSpec()).frame


def moved_panel():
    rng = np.random.default_rng(2)
    entity = np.repeat(["r", "s", "t"], 3)
    u = rng.uniform(0.1, 0.9, (9, 2))
    cohort = np.repeat([2002.0, np.nan, 2009.0], 3)
    return made(u, entity, np.tile([2001, 2002, 2003], 3), cohort)


def test_changes_by_region_period_and_policy_add_up():
    panel, index = moved_panel()
    found = couple(panel, index, CouplingSpec())
    d = found.frame["D"].unstack()
    for name in ("changes_regions", "changes_periods", "changes_policies"):
        frame = part(found, name).frame
        np.testing.assert_allclose(frame["log_C"] + frame["log_T"], frame["log_D"], atol=1e-14)
        np.testing.assert_allclose(frame["level_C"] + frame["level_T"], frame["level_D"], atol=1e-14)
        np.testing.assert_allclose(frame["share_T"], frame["log_T"] / frame["log_D"])
    regions = part(found, "changes_regions").frame.set_index("label")
    np.testing.assert_allclose(regions["level_D"], d[2003] - d[2001])
    np.testing.assert_allclose(regions["log_D"], np.log(d[2003] / d[2001]))
    periods = part(found, "changes_periods").frame
    assert list(periods["label"]) == ["2001-2002", "2002-2003", "2001-2003"]
    assert list(zip(periods["first"], periods["last"], strict=True)) == [
        (2001, 2002),
        (2002, 2003),
        (2001, 2003),
    ]
    np.testing.assert_allclose(
        periods["level_D"], [(d[b] - d[a]).mean() for a, b in ((2001, 2002), (2002, 2003), (2001, 2003))]
    )
    policies = part(found, "changes_policies").frame
    assert list(policies["label"]) == ["treated", "control", "treated less control"]
    change = d[2003] - d[2001]
    np.testing.assert_allclose(
        policies["level_D"],
        [change["r"], change[["s", "t"]].mean(), change["r"] - change[["s", "t"]].mean()],
    )
    assert list(policies["nobs"]) == [1, 2, 3]
    assert set(policies["first"]) == {2001}
    assert set(policies["last"]) == {2003}
    assert set(policies["policy"]) == {"policy"}


def test_regions_absent_at_one_end_leave_the_period():
    panel, index = made([[0.2, 0.3]] * 2 + [[0.4, 0.3]] * 3, list("rsrst"), [2001, 2001, 2002, 2002, 2002])
    frame = part(couple(panel, index, CouplingSpec()), "changes_periods").frame
    assert list(frame["nobs"]) == [2]


def test_one_year_has_no_changes():
    panel, index = made([[0.2, 0.3], [0.4, 0.3]], ["r", "s"], [2001, 2001])
    assert not [part for part in couple(panel, index, CouplingSpec()).parts if part.shape == "changes"]
