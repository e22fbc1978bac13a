"""`ccd pack` and `ccd verify --rerun`: the same bytes twice, run again elsewhere, and what is refused."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile

import pytest

from ccd.cli import main
from tests.cli.house import STUDY, replaced, write

SHARED = 'time = "year"\nsource = "Bureau of | Statistics"'


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Return a folder with a study, its result and the package of it."""
    folder = tmp_path_factory.mktemp("pack")
    study = write(folder, replaced(STUDY, {'time = "year"': SHARED}))
    assert main(["run", str(study), "-o", str(folder / "out"), "-q", "--set", "index.weights=cv"]) == 0
    assert main(["pack", str(folder / "out"), "--study", str(study)]) == 0
    return folder


def test_the_package_is_the_same_twice(work):
    again = work / "again.zip"
    assert main(["pack", str(work / "out"), "--study", str(work / "study.toml"), "-o", str(again)]) == 0
    assert again.read_bytes() == (work / "out.zip").read_bytes()


def test_it_holds_study_data_results_and_versions(work):
    with zipfile.ZipFile(work / "out.zip") as archive:
        names = set(archive.namelist())
        assert {
            "out/study/study.toml",
            "out/study/d.csv",
            "out/results/manifest.json",
            "out/README.md",
        } <= names
        locked = archive.read("out/requirements.txt").decode()
    assert re.search(r"^numpy==\d", locked, re.M)
    assert re.search(r"^# Python 3\.\d+\.\d+$", locked, re.M)


def test_the_readme_names_data_command_and_exhibits(work):
    with zipfile.ZipFile(work / "out.zip") as archive:
        readme = archive.read("out/README.md").decode()
    assert "cd study && ccd run study.toml --set index.weights=cv" in readme
    assert "Source: Bureau of | Statistics" in readme
    assert "| Table | " in readme
    assert "tables/base_bacon.csv" in readme


def test_it_runs_again_to_the_same_numbers(work, tmp_path, monkeypatch, capsys):
    shutil.copy(work / "out.zip", tmp_path / "p.zip")
    monkeypatch.chdir(tmp_path)
    assert main(["verify", "p.zip"]) == 0
    assert main(["verify", "p.zip", "--rerun", "-q"]) == 0
    assert "are the same" in capsys.readouterr().out


def repacked(old, new, changes):
    """Copy a package with some entries changed (None: left out)."""
    with zipfile.ZipFile(old) as source, zipfile.ZipFile(new, "w") as target:
        for name in source.namelist():
            held = changes.get(name, source.read(name))
            if held is not None:
                target.writestr(name, held)
    return new


def test_a_changed_file_is_refused(work, tmp_path, capsys):
    package = repacked(work / "out.zip", tmp_path / "p.zip", {"out/study/d.csv": b"region,year\n"})
    assert main(["verify", str(package), "--rerun"]) == 4
    assert "study/d.csv" in capsys.readouterr().err


def test_results_that_a_run_does_not_give_are_found_out(work, tmp_path, capsys):
    with zipfile.ZipFile(work / "out.zip") as archive:
        scores = archive.read("out/results/index/weights.csv")
        record = json.loads(archive.read("out/package.json"))
    forged = re.sub(rb"0\.\d+\n", b"0.5\n", scores)
    record["files"]["results/index/weights.csv"] = hashlib.sha256(forged).hexdigest()
    changes = {"out/results/index/weights.csv": forged, "out/package.json": json.dumps(record).encode()}
    package = repacked(work / "out.zip", tmp_path / "p.zip", changes)
    assert main(["verify", str(package), "--rerun", "-q"]) == 6
    assert "index/weights.csv" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "out\\..\\evil.txt", "C:/evil.txt"])
def test_nothing_is_unpacked_elsewhere(work, tmp_path, name):
    package = tmp_path / "p.zip"
    shutil.copy(work / "out.zip", package)
    with zipfile.ZipFile(package, "a") as archive:
        archive.writestr(name, "x")
    assert main(["verify", str(package)]) == 4
    assert not list(tmp_path.rglob("evil.txt"))


def test_what_is_no_package_is_refused(tmp_path, capsys):
    (tmp_path / "p.zip").write_bytes(b"no zip")
    assert main(["verify", str(tmp_path / "p.zip")]) == 4
    assert "not a replication package" in capsys.readouterr().err


def test_withheld_data_are_hashes_and_a_source(tmp_path, capsys):
    study = write(tmp_path, replaced(STUDY, {'time = "year"': f"{SHARED}\nshare = false"}))
    assert main(["run", str(study), "-o", str(tmp_path / "out"), "-q"]) == 0
    assert main(["pack", str(tmp_path / "out"), "--study", str(study)]) == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert "out/study/d.csv" not in archive.namelist()
        assert "no: put it there before repeating" in archive.read("out/README.md").decode()
    assert main(["verify", str(tmp_path / "out.zip")]) == 0
    assert main(["verify", str(tmp_path / "out.zip"), "--rerun"]) == 4
    assert "withholds its data: study/d.csv" in capsys.readouterr().err


def test_data_that_changed_since_are_refused(tmp_path, capsys):
    study = write(tmp_path)
    assert main(["run", str(study), "-o", str(tmp_path / "out"), "-q"]) == 0
    (tmp_path / "d.csv").write_text((tmp_path / "d.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert main(["pack", str(tmp_path / "out"), "--study", str(study)]) == 4
    assert "d.csv" in capsys.readouterr().err


def test_a_result_that_changed_since_is_refused(tmp_path, capsys):
    study = write(tmp_path)
    assert main(["run", str(study), "-o", str(tmp_path / "out"), "-q"]) == 0
    (tmp_path / "out" / "index" / "weights.csv").write_text("x", encoding="utf-8")
    assert main(["pack", str(tmp_path / "out")]) == 4


def test_a_study_that_is_not_near_must_be_named(work, tmp_path, monkeypatch, capsys):
    shutil.copytree(work / "out", tmp_path / "a" / "b" / "c" / "out")
    monkeypatch.chdir(tmp_path)
    assert main(["pack", "a/b/c/out"]) == 2
    assert "--study" in capsys.readouterr().err


def test_a_folder_is_not_run_again(work):
    assert main(["verify", str(work / "out"), "--rerun"]) == 2
