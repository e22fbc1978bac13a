"""The calendar of policies and which pairs are identified, by hand and on the bundled provinces."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel

from ccd.cli import main
from ccd.describe import timeline
from ccd.estimate.synergy.overlap import overlap
from ccd.panel import Panel

# Five regions, 2001 to 2004. n: neither. a: policy a from 2002. b: b from 2003. ab: a from 2002, b from 2003.
# late: a from 2009, after the panel. always: a in 2001.
START = {
    "n": (np.nan, np.nan),
    "a": (2002.0, np.nan),
    "b": (np.nan, 2003.0),
    "ab": (2002.0, 2003.0),
    "late": (2009.0, np.nan),
    "always": (2001.0, np.nan),
}


def panel(start=START) -> Panel:
    names = sorted(start)
    one = make_panel(
        {"y": np.zeros(4 * len(names))}, np.repeat(names, 4), list(range(2001, 2005)) * len(names)
    )
    cohorts = {p: pd.Series({n: start[n][k] for n in names}) for k, p in enumerate("ab")}
    return Panel(one.frame, one.groups, cohorts)


def pair(start=START) -> dict:
    return overlap(panel(start), ("a", "b"))[0].frame.iloc[0].to_dict()


def test_calendar_by_hand() -> None:
    frame = timeline(panel(), ("a", "b"))[0].frame.set_index(["region", "year"])
    assert frame.loc[("ab", 2002), ["count", "a", "b"]].tolist() == [1, 1, 0]
    assert frame.loc[("ab", 2003), ["count", "a", "b"]].tolist() == [2, 1, 1]
    assert frame.loc["late", "count"].sum() == 0
    assert frame.loc["always", "count"].tolist() == [1, 1, 1, 1]


def test_overlap_by_hand() -> None:
    # 'always' leaves; ab is under a alone in 2002, both from 2003 with exposures (1, 0) and (2, 1). Region a
    # shows a at 1 and 2, region b shows b at 0 and 1: all is matched. b alone and both rest on one region.
    row = pair()
    counts = {
        k: row[k]
        for k in ("regions_first", "regions_second", "always", "none", "only_first", "only_second", "both")
    }
    assert counts == {
        "regions_first": 3, "regions_second": 2, "always": 1, "none": 5, "only_first": 2, "only_second": 1, "both": 1,
    }  # fmt: skip
    assert row["matched"] == 1
    assert row["identified"]
    assert "barely: a state rests on 1" in str(row["verdict"])


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"ab": (2002.0, np.nan)}, "no region has both"),
        ({"b": (np.nan, np.nan)}, "never acts alone"),
        ({"a": (np.nan, np.nan), "ab": (2004.0, 2003.0), "b": (np.nan, 2004.0)}, "never acts alone"),
        ({"ab": (2002.0, 2004.0), "b": (np.nan, 2003.0), "a": (2004.0, np.nan)}, "matched"),
        (dict.fromkeys(START, (2001.0, 2002.0)), "every region is under one"),
    ],
)
def test_verdicts(changes, words) -> None:
    row = pair({**START, **changes})
    assert words in str(row["verdict"])
    assert not row["identified"]


def test_years_in_which_all_are_treated_do_not_count() -> None:
    # Without n and late nobody is untreated from 2003 on: neither b alone nor both has an untreated outcome.
    start = {k: v for k, v in START.items() if k not in ("n", "late")}
    row = pair(start)
    assert (row["only_second"], row["both"]) == (0, 0)


def test_command_lists_pairs_of_the_bundled_provinces(tmp_path, capsys) -> None:
    out = tmp_path / "policies"
    words = [
        "policies",
        "--panel",
        "provinces",
        "--policy",
        "new_area",
        "--policy",
        "ftz",
        "-o",
        str(out),
        "--json",
    ]
    assert main(words) == 0
    found = json.loads(capsys.readouterr().out)
    (row,) = found["pairs"]
    # Shanghai, Tianjin, Chongqing and Zhejiang had a new area by 2011
    assert (row["always"], row["both"], row["only_second"]) == (4, 11, 7)
    assert (out / "describe" / "timeline.csv").exists()
    assert (out / "figures" / "timeline.png").exists()
    assert main(["policies", "--panel", "provinces", "--policy", "ftzz", "-o", str(out)]) == 2
