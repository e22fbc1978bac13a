"""`ccd compare`: a result against itself, against another, and files made by hand."""

from __future__ import annotations

import json
import math
from xml.etree import ElementTree

import pytest

from ccd.cli import main
from ccd.compared import Tolerance, compare
from ccd.compared.numbers import Moved
from ccd.compared.read import by_row, flat, key_columns
from ccd.manifest import make_manifest, write_manifest
from tests.cli.house import write


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return a folder with four results: as it stands, again, of other weights, of another cell."""
    folder = tmp_path_factory.mktemp("compare")
    study = write(folder)
    assert main(["run", str(study), "-o", str(folder / "old"), "-q"]) == 0
    assert main(["run", str(study), "-o", str(folder / "same"), "-q", "--set", "title=Other"]) == 0
    assert (
        main(["run", str(study), "-o", str(folder / "weights"), "-q", "--set", "index.weights=critic"]) == 0
    )
    table = (folder / "d.csv").read_text(encoding="utf-8").splitlines()
    changed = table[1].split(",")
    changed[2] = str(float(changed[2]) + 0.5)
    (folder / "d.csv").write_text(
        "\n".join([table[0], ",".join(changed), *table[2:]]) + "\n", encoding="utf-8"
    )
    assert main(["run", str(study), "-o", str(folder / "cell"), "-q"]) == 0
    return folder


def test_a_title_moves_no_number(results, capsys):
    assert main(["compare", str(results / "old"), str(results / "same")]) == 0
    assert "are the same" in capsys.readouterr().out


def test_other_weights_are_named_as_the_reason(results, capsys):
    assert main(["compare", str(results / "old"), str(results / "weights")]) == 6
    said = capsys.readouterr().out
    assert "study: index.weights was entropy, is critic" in said
    assert "index/weights.csv:" in said
    assert "data:" not in said


def test_another_cell_is_named_as_the_reason(results, capsys):
    assert main(["compare", str(results / "old"), str(results / "cell")]) == 6
    said = capsys.readouterr().out
    assert "data: d.csv has other contents" in said
    assert "study:" not in said


def test_a_wide_tolerance_lets_all_numbers_pass(results):
    words = ["compare", str(results / "old"), str(results / "weights"), "--rtol", "3", "--atol", "3"]
    assert main(words) == 0


def test_json_lists_every_number_that_moved(results, capsys):
    assert main(["compare", str(results / "old"), str(results / "cell"), "--json"]) == 6
    said = json.loads(capsys.readouterr().out)
    assert not said["same"]
    weights = next(file for file in said["files"] if file["file"] == "index/weights.csv")
    assert {one["row"] for one in weights["moved"]} == {"one a", "one b"}
    assert all(one["old"] != one["new"] for one in weights["moved"])


def test_junit_has_one_case_a_file(results, tmp_path, capsys):
    to = tmp_path / "junit.xml"
    assert main(["compare", str(results / "old"), str(results / "cell"), "--junit", str(to)]) == 6
    suite = ElementTree.parse(to).getroot()
    failing = {case.get("name") for case in suite if len(case)}
    assert "index/weights.csv" in failing
    assert suite.get("failures") == str(len(failing))
    assert suite.get("tests") == str(len(suite))


def test_a_folder_that_is_no_result_is_refused(results, tmp_path, capsys):
    assert main(["compare", str(results / "old"), str(tmp_path)]) == 4
    assert "not a result of ccd" in capsys.readouterr().err


def test_a_file_that_is_gone_since_it_was_written_is_refused(tmp_path, capsys):
    for name in ("old", "new"):
        made(tmp_path / name, "a.csv", "region,D\nx,1.5\n")
    (tmp_path / "new" / "a.csv").unlink()
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "new")]) == 4


def made(folder, name, held):
    """Write a result of one file by hand."""
    folder.mkdir()
    (folder / name).write_text(held, encoding="utf-8")
    write_manifest(
        folder, make_manifest(folder, command=[], study={}, seed=1, inputs={}, warnings=[], seconds={})
    )
    return folder


def test_rows_are_matched_by_name_whatever_their_order(tmp_path):
    old = made(tmp_path / "old", "a.csv", "region,year,D\nx,2011,1.5\ny,2011,2.5\n")
    new = made(tmp_path / "new", "a.csv", "region,year,D\ny,2011,2.5\nx,2011,1.5\n")
    assert not compare(old, new).differs


def test_a_row_and_a_column_that_came_or_went_are_named(tmp_path):
    old = made(tmp_path / "old", "a.csv", "region,D\nx,1.5\ny,2.5\n")
    new = made(tmp_path / "new", "a.csv", "region,D,C\nx,1.5,0.5\nz,2.5,0.5\n")
    (file,) = compare(old, new).files
    assert file.gone == ("y",)
    assert set(file.new) == {"C", "z"}
    assert not file.moved


def test_a_file_that_one_result_lacks_is_a_difference(tmp_path):
    old = made(tmp_path / "old", "a.csv", "region,D\nx,1.5\n")
    new = made(tmp_path / "new", "b.csv", "region,D\nx,1.5\n")
    found = compare(old, new)
    assert (found.gone, found.new) == (("a.csv",), ("b.csv",))
    assert found.differs


def test_other_words_alone_are_no_difference(tmp_path):
    old = made(tmp_path / "old", "summary.json", '{"notes": ["before"], "nobs": 3}')
    new = made(tmp_path / "new", "summary.json", '{"notes": ["after"], "nobs": 3}')
    found = compare(old, new)
    assert not found.differs
    assert [(one.column, one.old, one.new) for one in found.files[0].words] == [
        ("notes.0", "before", "after")
    ]


def test_a_number_that_became_words_is_a_difference(tmp_path):
    old = made(tmp_path / "old", "a.csv", "region,D\nx,1.5\n")
    new = made(tmp_path / "new", "a.csv", "region,D\nx,\n")
    assert compare(old, new).differs


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (1.0, 1.0 + 5e-9, True),
        (1.0, 1.0 + 2e-8, False),
        (0.0, 5e-13, True),
        (0.0, 1e-11, False),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (math.inf, math.inf, True),
        ("a", "a", True),
        (None, 1.0, False),
    ],
)
def test_the_tolerance(old, new, same):
    assert Tolerance().holds(old, new) is same


def test_the_relative_step_is_against_the_larger():
    assert Moved("", "", 1.0, -3.0).relative == pytest.approx(4 / 3)
    assert Moved("", "", None, 1.0).relative == math.inf


def test_the_fewest_first_columns_name_a_row():
    table = [{"region": "x", "year": "2011", "n": "3"}, {"region": "x", "year": "2012", "n": "3"}]
    assert key_columns(table) == ("region", "year")
    assert key_columns([{"D": "1.5"}, {"D": "2.5"}]) == ()
    assert by_row([{"D": "1.5"}], ()) == {("1", "D"): 1.5}


def test_nested_summaries_are_flat_by_dots():
    assert dict(flat({"p": {"wild": 0.5}, "list": [1, "b"], "yes": True, "none": None})) == {
        "p.wild": 0.5,
        "list.0": 1.0,
        "list.1": "b",
        "yes": "True",
        "none": None,
    }
