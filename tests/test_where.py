"""Conditions on rows: what they keep, what they refuse and where, and missing cells."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.errors import DataError, StudyFaults
from ccd.estimate.rows.condition import ConditionError, columns_of, condition
from ccd.estimate.rows.where import truth
from ccd.panel import Panel
from ccd.study import parse_study
from tests.conftest import make_panel

NAN = float("nan")


@pytest.fixture
def panel() -> Panel:
    """Four regions in three years; x is missing in r3 2002, code looks like a number."""
    entity = np.repeat(["r1", "r2", "r3", "r4"], 3)
    return make_panel(
        {"x": [1, 2, 3, 4, 5, 6, 7, NAN, 9, 10, 11, 12], "code": np.repeat([11.0, 12.0, 13.0, 14.0], 3)},
        entity,
        np.tile([2001, 2002, 2003], 4),
        groups={
            "area": np.repeat(["East", "East", "West", "O'Brien"], 3),
            "per head": np.repeat(["a", "b"], 6),
        },
    )


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("x > 5", [5, 6, 8, 9, 10, 11]),
        ("not x > 5", [0, 1, 2, 3, 4]),
        ("5 < x", [5, 6, 8, 9, 10, 11]),
        ("3 <= x <= 5", [2, 3, 4]),
        ("area == 'East' and year >= 2002", [1, 2, 4, 5]),
        ("area != 'East' and year == 2001", [6, 9]),
        ("area == 'West' or year == 2001 and x < 4", [0, 6, 7, 8]),
        ("(area == 'West' or year == 2001) and x < 8", [0, 3, 6]),
        ("region in ['r1', 'r4'] and year in [2001, 2003]", [0, 2, 9, 11]),
        ("region not in ('r1', 'r2', 'r3')", [9, 10, 11]),
        ('area == "O\'Brien"', [9, 10, 11]),
        ("`per head` == 'b' and not (x >= 9)", [6]),
        ("code == '12'", [3, 4, 5]),
        ("code == 12", [3, 4, 5]),
        ("x >= -1e0 and x < 2.5", [0, 1]),
        ("x > 100 or year > 2000", list(range(12))),
    ],
)
def test_a_condition_keeps_its_rows(panel, written, kept):
    assert np.flatnonzero(truth(condition(written), panel, "m").holds).tolist() == kept


def test_a_missing_cell_leaves_open_what_it_would_decide(panel):
    assert np.flatnonzero(truth(condition("x > 5 or year == 2003"), panel, "m").unknown).tolist() == [7]
    assert not truth(condition("x > 5 or year == 2002"), panel, "m").unknown.any()
    assert np.flatnonzero(truth(condition("not x in [1, 2]"), panel, "m").unknown).tolist() == [7]
    assert not truth(condition("x > 5 and year == 2001"), panel, "m").unknown.any()


def test_chinese_names_and_values():
    own = make_panel({"年鉴": [1, 2]}, ["甲", "乙"], [2001, 2001], groups={"地区": ["东部", "西部"]})
    east = own.frame.index.get_level_values(0) == "甲"
    assert truth(condition("地区 == '东部' and 年鉴 >= 1"), own, "m").holds.tolist() == east.tolist()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("area = 'East'", "character 6: '=' is not understood; write =="),
        ("x > 1 & year > 2000", "character 7: '&' is not understood; write and"),
        ("x > 1 || x < 0", "character 7: '||' is not understood; write or"),
        ("area == ‘East’", "character 9: '‘' is not understood; write text in straight quotes: 'East'"),
        ("area == 'East", "character 9: ''' is not understood; close the quotes"),
        ("x + 1 > 2", "character 3: '+' is not understood; conditions compare and do not compute"),
        ("x > １", "character 5: '１' is not understood; write digits as 0-9"),
        ("x >", "character 4: a column, a number or text in quotes is expected, not the end"),
        ("x > 1 year > 2", "character 7: 'and', 'or' or the end is expected, not 'year'"),
        ("(x > 1", "character 7: ')' is expected, not the end"),
        ("x", "character 2: ==, !=, <, <=, >, >= or in is expected, not the end"),
        ("area > 'East'", "character 6: text has no order"),
        ("1 < 2", "a comparison needs a column on one side"),
        ("x in [1, 'a']", "a list holds numbers or text, not both"),
        ("x in 3", "character 6: '[' is expected, not '3'"),
        ("x not 3", "character 7: 'in' is expected, not '3'"),
        ("__import__('os')", "character 11: ==, !=, <, <=, >, >= or in is expected, not '('"),
    ],
)
def test_a_fault_points_to_its_place(written, said):
    with pytest.raises(ConditionError) as error:
        condition(written)
    assert said in str(error.value)


def test_columns_know_whether_they_are_text():
    found = columns_of(condition("area == 'East' and (x > 1 or year in [2001])"))
    assert [(column.name, textual) for column, textual in found] == [
        ("area", True),
        ("x", False),
        ("year", False),
    ]


@pytest.mark.parametrize(
    ("written", "what", "where", "fix"),
    [
        ("x > 1 and aera == 'East'", "no column 'aera'", "m, where, character 11", "did you mean 'area'"),
        ("area == 'Wst'", "has no value 'Wst'", "m, where, character 1", "did you mean 'West'"),
        ("area == East", "no column 'East'", "m, where, character 9", "text stands in quotes: 'East'"),
        ("area > 3", "holds text and is compared with numbers", "m, where, character 1", "quotes"),
    ],
)
def test_the_data_refuse_what_they_do_not_hold(panel, written, what, where, fix):
    with pytest.raises(DataError) as error:
        truth(condition(written), panel, "m")
    assert what in error.value.what
    assert error.value.where == where
    assert fix in error.value.fix


def test_a_study_says_where_a_condition_is_wrong(tmp_path):
    model = {"name": "m", "kind": "panel", "outcome": "y", "regressors": ["x"], "where": "x = 1"}
    raw = {"data": {"path": "p.csv", "entity": "r", "time": "t"}, "models": [model]}
    with pytest.raises(StudyFaults) as error:
        parse_study(raw, tmp_path / "s.toml")
    assert error.value.where == "s.toml, models.m.where"
    assert "character 3: '=' is not understood; write ==" in error.value.what
