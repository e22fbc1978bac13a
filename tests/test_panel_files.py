"""panel.dta and panel.parquet: read back, they are the panel that models stood on, with its labels."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ccd.cli import main
from ccd.report.panel_files import NAME, PanelFile, can_write, panel_dta, panel_parquet, stata_names
from tests.cli.house import STUDY, replaced, write

LONG = "a_column_whose_name_is_longer_than_stata_allows"
MORE = (
    f'[transforms]\n{LONG} = {{ log = "a" }}\n'
    f'[data.labels]\na = "Patents"\nx = "Openness"\n{LONG} = "{"long " * 20}"\n[subsystems.one]'
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("panel_files")
    study = replaced(STUDY, {'["csv"]': '["csv", "dta", "parquet"]', "[subsystems.one]": MORE})
    path = write(folder, study.replace('controls = ["x"]', f'controls = ["x", "{LONG}"]'))
    for out, language in (("en", "en"), ("zh", "zh"), ("again", "en")):
        words = ["run", str(path), "-o", str(folder / out), "-q", "--set", f"language={language}"]
        assert main(words) == 0
    return folder


def coupling(folder):
    return pd.read_csv(folder / "coupling" / "coupling.csv", float_precision="round_trip").sort_values(
        ["region", "year"]
    )


def test_stata_reads_the_numbers_and_labels(results):
    with pd.read_stata(results / "en" / "panel.dta", iterator=True) as reader:
        labels, table = reader.variable_labels(), reader.read()
        assert reader.data_label == "Small"
    full = coupling(results / "en")
    assert len(table) == 48
    for name in ("C", "T", "D"):
        np.testing.assert_array_equal(table[name], full[name])
    raw = pd.read_csv(results / "d.csv", float_precision="round_trip").sort_values(["region", "year"])
    np.testing.assert_allclose(table[LONG[:NAME]], np.log(raw["a"]), rtol=1e-15)
    np.testing.assert_array_equal(table["first_pilot"], raw["start"])
    assert list(table["region"]) == list(raw["region"]) and list(table["year"]) == list(raw["year"])
    assert labels["a"] == "Patents" and labels["D"] == "Degree of coupling coordination"
    assert labels["first_pilot"] == "First treated year: pilot"
    assert len(labels[LONG[:NAME]]) == 80


def test_parquet_holds_the_same_and_its_labels(results):
    table = pq.read_table(results / "en" / "panel.parquet")
    stata = pd.read_stata(results / "en" / "panel.dta")
    frame = table.to_pandas()
    assert list(stata_names(frame.columns).values()) == list(stata.columns)
    np.testing.assert_array_equal(frame["D"], stata["D"])
    assert table.schema.field("x").metadata[b"label"] == b"Openness"
    assert table.schema.metadata[b"title"] == b"Small"


def test_labels_speak_the_language_of_the_study(results):
    with pd.read_stata(results / "zh" / "panel.dta", iterator=True) as reader:
        labels = reader.variable_labels()
    assert labels["D"] == "耦合协调度" and labels["first_pilot"] == "首个处理年份：pilot"


def test_what_stata_cannot_hold_is_a_note(results):
    notes = json.loads((results / "en" / "manifest.json").read_text(encoding="utf-8"))["warnings"]
    assert any(f"{LONG} -> {LONG[:NAME]}" in note for note in notes)
    assert any("labels cut at 80 characters" in note for note in notes)
    assert [(results / out / "panel.dta").read_bytes() for out in ("en", "again")].count(
        (results / "en" / "panel.dta").read_bytes()
    ) == 2
    assert (results / "en" / "panel.parquet").read_bytes() == (
        results / "again" / "panel.parquet"
    ).read_bytes()


def test_names_of_stata_are_allowed_and_each_once():
    names = ["if", "str20", "1st", "a b", "a-b", "a_b", "城镇化率", "x" * 40, "x" * 41, "", "人口²"]
    made = stata_names(names)
    assert made == {
        "if": "_if", "str20": "_str20", "1st": "_1st", "a b": "a_b", "a-b": "a_b_2", "a_b": "a_b_3",
        "城镇化率": "城镇化率", "x" * 40: "x" * 32, "x" * 41: "x" * 30 + "_2", "": "_", "人口²": "人口_",
    }  # fmt: skip


def test_text_missing_and_numbers_too_large_survive():
    frame = pd.DataFrame({"r": ["a", "b"], "g": ["x" * 3000, None], "n": [np.inf, 1.0], "b": [True, False]})
    found = PanelFile(frame, {name: name for name in frame}, "t")
    data, notes = panel_dta(found)
    back = pd.read_stata(io.BytesIO(data))
    assert list(back["g"]) == ["x" * 3000, ""] and list(back["b"]) == [1, 0]
    assert np.isnan(back["n"][0]) and back["n"][1] == 1
    assert [note.template for note in notes] == [
        "panel.dta: missing where Stata cannot hold so large a number: {names}"
    ]
    assert panel_parquet(found)[0] == panel_parquet(found)[0]


def test_parquet_without_pyarrow_is_refused_before_anything_runs(results, monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["run", str(results / "study.toml"), "-o", str(results / "none"), "-q"]) == 2
    assert "writing parquet needs pyarrow" in capsys.readouterr().err
    assert not (results / "none").exists()
    can_write(["csv", "dta"])
