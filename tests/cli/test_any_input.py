"""Whatever stands in a study or in its data, the answer is a result or an error of ours, never a traceback."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
import tomllib
from copy import deepcopy
from pathlib import Path

import pytest
from house import HEADER, STUDY, data, tree, write
from hypothesis import given, settings
from hypothesis import strategies as st

from ccd.cli import main
from ccd.errors import CcdError
from ccd.study import parse_study

RAW = tomllib.loads(STUDY) | {"index": {"weights": "entropy"}, "transforms": {"z": {"log": "a"}}}
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3000),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=6),
    st.sampled_from(["D", "a", "x", "pilot", "base", "did", "twfe", "region", "critic", "+", "../x", "."]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "kind", "a", "column", "log", "target", "models"]), inner)
    ),
    max_leaves=5,
)


def places(raw, at=()):
    """Yield the place of every value of a study."""
    items = raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(list(places(RAW))), VALUES), min_size=1, max_size=3))
def test_any_study_is_parsed_or_refused(changes):
    raw = deepcopy(RAW)
    for place, value in changes:
        at = raw
        try:
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = value
        except (KeyError, IndexError, TypeError):  # an earlier change took the place away
            continue
    with contextlib.suppress(CcdError):
        parse_study(raw, Path("study.toml"))


@settings(max_examples=150)
@given(st.sampled_from(list(places(RAW))))
def test_a_study_without_any_key_is_parsed_or_refused(place):
    raw = deepcopy(RAW)
    at = raw
    for key in place[:-1]:
        at = at[key]
    del at[place[-1]]
    with contextlib.suppress(CcdError):
        parse_study(raw, Path("study.toml"))


CELLS = st.one_of(
    st.text(max_size=8),
    st.integers().map(str),
    st.floats().map(repr),
    st.sampled_from(
        ["", "0", "-0", "1e308", "-1e308", "1e-320", "NaN", "2011", "p", '"', ",", "1,2", "\n", "\x1a"]
    ),
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 48), st.sampled_from(range(len(HEADER.split(",")))), CELLS), max_size=4
)


@settings(max_examples=80)
@given(CHANGES, st.sampled_from(["utf-8", "gb18030", "utf-8-sig"]))
def test_any_cells_give_a_result_or_an_error_that_says_what_to_do(changes, encoding):
    rows = [line.split(",") for line in data().splitlines()]
    for row, column, cell in changes:
        rows[row][column] = cell
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        raw = "\n".join(",".join(row) for row in rows).encode(encoding, "replace")
        (folder / "d.csv").write_bytes(raw)
        before = tree(folder)
        err, here = io.StringIO(), Path.cwd()
        os.chdir(folder)
        try:
            with contextlib.redirect_stderr(err):
                code = main(["estimate", "study.toml", "-o", "out", "-q"])
        finally:
            os.chdir(here)
        assert code in (0, 4, 5), err.getvalue()
        if code:
            said = [line.split(":")[0] for line in err.getvalue().splitlines()]
            assert said == ["error", "at", "fix"] * max(len(said) // 3, 1), "whole errors, one or several"
            assert (tree(folder) == before) == (code != 5)  # a model alone that fails leaves the rest


@pytest.mark.parametrize(
    "raw", [b"", b"\n", b"\xef\xbb\xbf", b"a", b",", b'"', b'a,b\n"', b"\x00", b"a\n\x00"]
)
def test_scraps_of_files_are_refused(raw, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    (tmp_path / "d.csv").write_bytes(raw)
    assert main(["check", "study.toml"]) == 4
    assert main(["init", "d.csv", "-o", "new.toml"]) == 4
    assert len(capsys.readouterr().err.splitlines()) == 6
