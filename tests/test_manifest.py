"""The manifest: what it holds, that it is the same each time, and that verify finds every change."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ccd.bundled import bundled_rows, codebook_labels, data_path
from ccd.errors import DataError, UsageError
from ccd.manifest import foreign_files, make_manifest, sha256, verify, write_manifest


@pytest.fixture
def result(tmp_path):
    folder = tmp_path / "out"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "terms.csv").write_text("a\n", encoding="utf-8")
    (folder / "report.html").write_text("b\n", encoding="utf-8")
    source = tmp_path / "d.csv"
    source.write_text("x\n", encoding="utf-8")
    manifest = make_manifest(
        folder,
        command=["run", "study.toml"],
        study={"seed": np.int64(3), "years": (2011, 2012)},
        seed=3,
        inputs={"../d.csv": source},
        warnings=["注意"],
        seconds={"total": 1.03125},
    )
    write_manifest(folder, manifest)
    return folder


def test_a_hash_is_the_published_one(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-4, example 1
    assert sha256(tmp_path / "abc") == known


def test_what_a_manifest_holds(result):
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    assert list(manifest["outputs"]) == ["models/terms.csv", "report.html"]
    assert list(manifest["inputs"]) == ["../d.csv"]
    assert manifest["study"] == {"seed": 3, "years": [2011, 2012]}
    assert manifest["warnings"] == ["注意"]
    assert manifest["versions"]["ccd"]
    assert str(result) not in json.dumps(manifest)
    assert foreign_files(result) == ()


def test_verify_passes_what_was_written_and_ignores_seconds(result):
    assert verify(result) == ()
    path = result / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("1.03125", "9.5"), encoding="utf-8")
    assert verify(result) == ()


def test_verify_finds_what_changed_went_or_came(result):
    (result / "models" / "terms.csv").write_text("A\n", encoding="utf-8")
    (result / "report.html").unlink()
    (result / "new.csv").write_text("", encoding="utf-8")
    path = result / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace("注意", "注"), encoding="utf-8")
    assert verify(result) == (
        "manifest.json: changed since it was written",
        "models/terms.csv: changed",
        "report.html: missing",
        "new.csv: not in the manifest",
    )


@pytest.mark.parametrize("content", [None, "{", "[]", "{}"])
def test_what_is_no_result_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        verify(tmp_path)


def test_bundled_files_are_found_and_misspelt_ones_suggested():
    assert len(bundled_rows("provinces.csv")) == 403
    assert codebook_labels("zh")["urban_rate"] == "城镇化率"
    with pytest.raises(UsageError) as caught:
        data_path("province.csv")
    assert "did you mean 'provinces.csv'?" in caught.value.fix
