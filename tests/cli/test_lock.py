"""``ccd index --lock`` writes a lock; a study with ``[index] lock`` adds a year and moves no number."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from ccd.commands import app
from ccd.errors import StudyError, UsageError

STUDY = """
[data]
path = "{data}"
entity = "city"
time = "year"
[subsystems.science]
a = "+"
b = "-"
[subsystems.economy]
c = {{ target = 3 }}
d = "+"
"""


def write_data(path, last):
    table = pd.DataFrame(
        [
            (city, year, 10 + i * (year - 2000), 9 - i - 0.1 * year % 3, i + 0.3 * (year - 2000), 2**i * year)
            for i, city in enumerate(("Ku", "La", "Mo"))
            for year in range(2001, last + 1)
        ],
        columns=["city", "year", "a", "b", "c", "d"],
    )
    table.to_csv(path, index=False, encoding="utf-8")


@pytest.fixture
def folder(tmp_path):
    write_data(tmp_path / "then.csv", 2004)
    write_data(tmp_path / "now.csv", 2006)
    (tmp_path / "then.toml").write_text(STUDY.format(data="then.csv"), encoding="utf-8")
    now = STUDY.format(data="now.csv") + '[index]\nlock = "lock.json"\n'
    (tmp_path / "now.toml").write_text(now, encoding="utf-8")
    return tmp_path


def call(*words):
    found = CliRunner().invoke(app, [str(word) for word in words])
    if found.exception and not isinstance(found.exception, SystemExit):
        raise found.exception
    return found


def test_a_lock_makes_its_folder_and_leaves_nothing_else(folder):
    call("index", folder / "then.toml", "-o", folder / "i", "--lock", folder / "locks/a.json", "-q")
    assert [path.name for path in (folder / "locks").iterdir()] == ["a.json"]


def test_a_locked_study_keeps_the_published_numbers(folder):
    call("index", folder / "then.toml", "-o", folder / "i", "--lock", folder / "lock.json", "-q")
    call("couple", folder / "then.toml", "-o", folder / "old", "-q")
    call("couple", folder / "now.toml", "-o", folder / "new", "-q")
    old, new = (pd.read_csv(folder / name / "coupling" / "coupling.csv") for name in ("old", "new"))
    pd.testing.assert_frame_equal(new[new["year"] <= 2004].reset_index(drop=True), old, check_exact=True)
    assert set(new["year"]) == set(range(2001, 2007))
    manifest = json.loads((folder / "new" / "manifest.json").read_text(encoding="utf-8"))
    assert "index: Bounds and weights locked on 2001-2004" in manifest["warnings"]
    assert (folder / "new" / "index" / "outside.csv").exists()
    assert "lock.json" in manifest["inputs"]


def test_a_lock_is_not_overwritten_without_force(folder):
    (folder / "lock.json").write_text("mine", encoding="utf-8")
    words = ("index", folder / "then.toml", "-o", folder / "i", "--lock", folder / "lock.json", "-q")
    with pytest.raises(UsageError, match="lock file exists"):
        call(*words)
    assert not (folder / "i").exists()
    call(*words, "--force")
    assert json.loads((folder / "lock.json").read_text(encoding="utf-8"))["years"] == [2001, 2004]


def test_effects_on_indices_scaled_by_year_are_refused(folder):
    model = '[index]\nscale = "per-year"\n[policies.p]\ncolumn = "start"\n'
    model += '[[models]]\nname = "m"\nkind = "did"\npolicy = "p"\n'
    (folder / "bad.toml").write_text(STUDY.format(data="then.csv") + model, encoding="utf-8")
    with pytest.raises(StudyError, match="per-year"):
        call("check", folder / "bad.toml")


def test_z_scores_have_an_index_and_no_coupling(folder):
    keys = ("--set", "index.scale=zscore", "--set", "index.weights=equal", "-q")
    call("index", folder / "then.toml", "-o", folder / "z", *keys)
    assert pd.read_csv(folder / "z" / "index" / "scores.csv")["economy"].min() < 0
    with pytest.raises(StudyError, match="z-scores cannot be coupled"):
        call("couple", folder / "then.toml", "-o", folder / "zz", *keys)
