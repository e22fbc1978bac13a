"""Finished work is taken over: the same bytes cold, warm, after a kill and with the cache off; damage is noticed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccd import pipeline
from ccd.cache import Cache, user_cache, work_key
from ccd.digest import Digests, digest
from ccd.evaluate.fit import fit_one
from ccd.words import text

STUDY = """
title = "{title}"
[data]
path = "panel.csv"
entity = "region"
time = "year"
[policies.zone]
column = "start"
[[models]]
name = "one"
kind = "did"
outcome = "y"
policy = "zone"
[[models]]
name = "two"
kind = "did"
outcome = "{outcome}"
policy = "zone"
placebo = {{ draws = {draws} }}
[output]
formats = ["csv", "html"]
figures = ["svg"]
"""


def write_study(folder: Path, *, title: str = "First", outcome: str = "x", draws: int = 99) -> Path:
    rng = np.random.default_rng(3)
    n, t = 24, 8
    region = np.repeat([f"r{i:02d}" for i in range(n)], t)
    year = np.tile(np.arange(2001, 2001 + t), n)
    start = np.repeat(np.where(np.arange(n) < 12, 2005.0, np.nan), t)
    frame = pd.DataFrame({"region": region, "year": year, "start": start})
    frame["y"] = rng.normal(size=n * t) + 0.4 * (year >= start)
    frame["x"] = rng.normal(size=n * t)
    folder.mkdir(exist_ok=True)
    frame.to_csv(folder / "panel.csv", index=False)
    path = folder / "study.toml"
    path.write_text(STUDY.format(title=title, outcome=outcome, draws=draws), encoding="utf-8")
    return path


def command(study: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "ccd", "run", str(study), "-o", str(out), "-q", *more]


def run(study: Path, out: Path, cache: Path | str, *more: str) -> dict[str, bytes]:
    subprocess.run(command(study, out, *more), check=True, env={**os.environ, "CCD_CACHE": str(cache)})
    files = {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    manifest = json.loads(files.pop("manifest.json"))
    return {**files, "manifest": json.dumps({**manifest, "seconds": {}, "command": []}).encode()}


def pieces(cache: Path) -> dict[str, float]:
    return {p.name: p.stat().st_ctime for p in cache.rglob("*") if p.is_file()}


def test_cold_warm_fresh_and_off_give_the_same_bytes(tmp_path: Path) -> None:
    study, kept = write_study(tmp_path / "s"), tmp_path / "kept"
    cold = run(study, tmp_path / "cold", kept)
    made = set(pieces(kept))
    assert made
    assert run(study, tmp_path / "warm", kept) == cold
    assert set(pieces(kept)) == made  # nothing was made again
    assert run(study, tmp_path / "fresh", kept, "--fresh") == cold
    assert run(study, tmp_path / "off", "0") == cold


def test_what_did_not_change_is_taken_over(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    run(write_study(tmp_path / "s"), tmp_path / "out", kept)
    made = set(pieces(kept))
    run(write_study(tmp_path / "s", title="Second"), tmp_path / "out", kept)
    assert set(pieces(kept)) == made  # a title decides no number and no figure
    again = run(write_study(tmp_path / "s", outcome="y"), tmp_path / "out", kept)
    assert set(pieces(kept)) > made
    assert again == run(write_study(tmp_path / "s", outcome="y"), tmp_path / "other", "0")


def test_a_further_model_fits_no_other_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[str] = []

    def fit(model: Any, *asked: Any, **more: Any) -> Any:
        fitted.append(model.name)
        return fit_one(model, *asked, **more)

    monkeypatch.setattr("ccd.vary.execute.fit_one", fit)
    monkeypatch.setenv("CCD_CACHE", str(tmp_path / "kept"))
    study = write_study(tmp_path / "s", draws=9)

    def write() -> list[str]:
        fitted.clear()
        pipeline.run(study, tmp_path / "out", pipeline.Options(), lambda _: nullcontext())
        return list(fitted)

    assert write() == ["one", "two"]
    words = study.read_text(encoding="utf-8")
    more = (
        '[[models]]\nname = "three"\nkind = "did"\noutcome = "y"\npolicy = "zone"\nwindow = [-2, 2]\n[output]'
    )
    study.write_text(words.replace("[output]", more), encoding="utf-8")
    assert write() == ["three"]
    study.write_text(words, encoding="utf-8")
    assert write() == []


def test_other_data_are_other_work(tmp_path: Path) -> None:
    kept, study = tmp_path / "kept", write_study(tmp_path / "s")
    before = run(study, tmp_path / "out", kept)
    path = study.parent / "panel.csv"
    frame = pd.read_csv(path)
    frame["y"] += np.where(frame.index == 5, 1.0, 0.0)
    frame.to_csv(path, index=False)
    after = run(study, tmp_path / "out", kept)
    assert after["models/one/terms.csv"] != before["models/one/terms.csv"]


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_run_leaves_what_it_finished_and_no_result(tmp_path: Path) -> None:
    study, kept = write_study(tmp_path / "s", draws=400_000), tmp_path / "kept"  # the second model takes long
    env = {**os.environ, "CCD_CACHE": str(kept)}
    running = subprocess.Popen(command(study, tmp_path / "out"), env=env)
    for _ in range(600):
        if kept.is_dir() and pieces(kept):
            break
        time.sleep(0.1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert len(pieces(kept)) == 1  # the first model
    assert not (tmp_path / "out").exists()
    short = write_study(tmp_path / "s")
    assert run(short, tmp_path / "out", kept) == run(short, tmp_path / "other", "0")


def test_a_damaged_piece_is_made_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    key = work_key("piece")
    assert cache.recall(key, lambda: [1, 2]) == [1, 2]
    assert cache.recall(key, lambda: [3]) == [1, 2]
    (path,) = (p for p in tmp_path.rglob("*") if p.is_file())
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.recall(key, lambda: [3]) == [3]
    assert replace(cache, fresh=True).recall(key, lambda: [4]) == [4]


def test_the_least_recently_used_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=250)
    keys = [work_key(k) for k in range(3)]
    for place, key in enumerate(keys):
        cache.keep(key, bytes(68))  # 100 with its check
        os.utime(tmp_path / key[:2] / key[2:], (place, place))
    assert cache.take(keys[0]) == bytes(68)  # used now
    cache.trim()
    assert [cache.take(key) is not None for key in keys] == [True, False, True]


def test_what_others_keep_in_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "draft.docx").write_bytes(bytes(500))
    (tmp_path / "ab" / "inner").mkdir(parents=True)
    cache = Cache(tmp_path, limit=10)
    cache.keep(work_key("x"), bytes(68))
    cache.trim()
    assert cache.take(work_key("x")) is None
    assert (tmp_path / "thesis" / "draft.docx").exists()
    assert (tmp_path / "ab" / "inner").exists()


def test_a_folder_that_takes_nothing_stops_nothing(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("here")
    cache = Cache(blocked)
    assert cache.recall(work_key("x"), lambda: 5) == 5
    cache.trim()


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CCD_CACHE", "0")
    assert user_cache().folder is None
    monkeypatch.setenv("CCD_CACHE", str(tmp_path))
    assert user_cache(fresh=True) == Cache(tmp_path, fresh=True)
    monkeypatch.delenv("CCD_CACHE")
    assert user_cache().folder is not None


@dataclass(frozen=True)
class Held:
    a: object
    b: object = None


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain, plain)
def test_a_digest_tells_contents_apart(one: object, other: object) -> None:
    assert digest(Held(one)) == digest(Held(one))
    assert (digest(one) == digest(other)) == (repr(one) == repr(other))
    assert digest(one, other) != digest((one, other), None)


def test_a_digest_sees_every_part_of_arrays_and_frames() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]))
    others = [
        frame.rename(columns={"x": "y"}),
        frame.astype("float32"),
        frame.rename(index={"a": "b"}),
        frame.rename_axis(["e", "t"]),
        frame.iloc[::-1],
        frame["x"],
        frame["x"].to_numpy(),
        frame["x"].to_numpy()[:, None],
        np.array(["a", None], dtype=object),
        text("{n} rows", n=1),
        text("{n} rows", n=1.0),
        {1, 2},
        Path("x"),
        pd.NA,
        run,
    ]
    found = [digest(frame), *(digest(other) for other in others)]
    assert len(set(found)) == len(found)
    assert digest(frame.copy()) == digest(frame)
    with pytest.raises(TypeError, match="no digest"):
        digest(object())
    with pytest.raises(TypeError, match="no digest"):
        digest(lambda: 0)


def test_digests_are_made_once() -> None:
    value = Held(np.zeros(3))
    digests = Digests()
    assert digests(value) == digests(value) == digest(value)
