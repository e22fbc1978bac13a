"""The program from Python: doctests, the notebook, the page, and the same numbers as the command."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ccd
from ccd.cli import main
from ccd.errors import DataError, EstimationError, StudyError, UsageError
from tests.cli.house import write

ROOT = Path(__file__).parents[1]


def test_importing_costs_nothing():
    code = "import sys, ccd; sys.exit(any(name in sys.modules for name in ('numpy', 'pandas', 'pydantic', 'typer')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("module", ["frames", "study", "loaded", "shown"])
def test_what_the_docstrings_show(module):
    found = doctest.testmod(importlib.import_module(f"ccd.face.{module}"))
    assert not found.failed


def test_every_public_name_is_there_and_documented():
    for name in ccd.__all__:
        one = getattr(ccd, name)
        assert name == "__version__" or one.__doc__
    with pytest.raises(AttributeError, match="nothing"):
        _ = ccd.nothing
    typed = (ROOT / "ccd" / "__init__.pyi").read_text(encoding="utf-8")
    assert all(name in typed for name in ccd.__all__)


def test_the_notebook_runs():
    notebook = json.loads((ROOT / "docs" / "from_frame_to_figure.ipynb").read_text(encoding="utf-8"))
    names: dict[str, object] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert names["figure"].axes
    assert names["done"].coupling["D"].between(0, 1).all()


def test_the_plain_frames_of_the_page_run(capsys):
    page = (ROOT / "docs" / "from_python.md").read_text(encoding="utf-8")
    (_, second) = re.findall(r"```python\n(.*?)```", page, re.S)
    exec(second, {})
    assert "0.632" in capsys.readouterr().out


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return a small study, what Python makes of it, and the folder that the command wrote."""
    folder = tmp_path_factory.mktemp("face")
    study = write(folder)
    assert main(["run", str(study), "-o", str(folder / "out"), "-q"]) == 0
    return study, ccd.run(study), folder / "out"


def test_python_and_the_command_give_the_same_numbers(both):
    _, done, out = both
    loaded = ccd.load(out)
    assert loaded.models == ("base",)
    theirs = loaded.frame("models/base/terms")
    assert done["base"].to_frame()["estimate"].tolist() == theirs["estimate"].tolist()
    assert done.coupling["D"].tolist() == loaded.frame("coupling/coupling.csv")["D"].tolist()
    assert loaded.summary("base")["nobs"] == done["base"].summary["nobs"]
    assert loaded.to_frame()["model"].tolist() == ["base"] * len(theirs)


def test_a_folder_that_python_writes_holds_the_same_bytes(both, tmp_path):
    study, _, out = both
    ccd.run(study, tmp_path / "out")
    names = [p.relative_to(out) for p in out.rglob("*") if p.is_file() and p.name != "manifest.json"]
    assert names
    assert all((out / name).read_bytes() == (tmp_path / "out" / name).read_bytes() for name in names)


def test_a_frame_stands_for_the_file(both):
    study, done, _ = both
    frame = pd.read_csv(study.parent / "d.csv", dtype={"region": str})
    again = ccd.run(study, frame=frame)
    assert again.coupling["D"].to_numpy() == pytest.approx(done.coupling["D"].to_numpy(), abs=1e-15)


def test_models_show_as_tables_frames_latex_and_figures(both):
    _, done, _ = both
    one = done["base"]
    assert "<table>" in one._repr_html_() and "<table>" in done._repr_html_()
    assert r"\begin{tabular}" in one.to_latex() and r"\begin{tabular}" in done.to_latex()
    assert done.to_frame()["model"].tolist() == ["base"]
    assert "event_study" in one.parts
    assert one.part("event_study").columns[0] == "event_time"
    assert one.figure("event_study").axes
    with pytest.raises(KeyError):
        one.part("nothing")
    assert "<table" in ccd.load(both[2])._repr_html_()


def test_names_never_become_markup(both):
    study, _, _ = both
    done = ccd.run(study, keys={"data.labels": {"x": "<script>alert(1)</script>"}})
    assert "<script>" not in done._repr_html_()


def test_keys_and_seed_are_set(both):
    study, done, _ = both
    other = ccd.run(study, keys={"index.weights": "equal"}, seed=9)
    assert other.weights["weight"].tolist() != done.weights["weight"].tolist()
    assert other.results.seed == done.results.seed or other.results.seed is None


def test_what_python_refuses(both, tmp_path):
    study, _, out = both
    with pytest.raises(UsageError, match="names the files"):
        ccd.run(study, tmp_path / "o", keys={"seed": 2})
    with pytest.raises(StudyError):
        ccd.run(study, keys={"nothing.there": 1})
    with pytest.raises(DataError):
        ccd.load(tmp_path)
    with pytest.raises(UsageError, match="no file"):
        ccd.load(out).frame("nothing")
    with pytest.raises(UsageError, match="no method"):
        ccd.weights(pd.DataFrame({"a": [1, 2]}), method="entropie")
    with pytest.raises(DataError, match="missing"):
        ccd.weights(pd.DataFrame({"a": [1, np.nan]}))
    with pytest.raises(DataError, match="not numbers"):
        ccd.couple(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(DataError, match=r"\[0, 1\]"):
        ccd.couple(pd.DataFrame({"a": [2.0], "b": [1.0]}))


def test_weights_are_those_of_the_study(both):
    study, done, _ = both
    frame = pd.read_csv(study.parent / "d.csv")
    own = ccd.entropy_weights(frame[["a", "b"]], negative=["b"])
    theirs = done.weights.set_index("indicator")["weight"]
    assert own.to_numpy() == pytest.approx(theirs[["a", "b"]].to_numpy())


def test_contributions_are_shares():
    frame = pd.DataFrame({"a": [0.2], "b": [0.6]})
    assert ccd.couple(frame, contribution={"a": 3, "b": 1})["T"].tolist() == [pytest.approx(0.3)]


def test_a_model_that_cannot_be_estimated_says_why():
    rows = [("p", 2001, 1.0), ("p", 2002, 2.0), ("q", 2001, 3.0), ("q", 2002, 5.0)]
    panel = pd.DataFrame(rows, columns=["r", "t", "y"]).assign(s=2002)
    with pytest.raises(EstimationError, match="never- or not-yet-treated"):
        ccd.fit(panel, entity="r", time="t", kind="did", outcome="y", policies={"p": "s"}, policy="p")


def test_check_gives_notes_and_raises_faults(both):
    study, _, _ = both
    assert isinstance(ccd.check(study), tuple)
    with pytest.raises(StudyError):
        ccd.check(study, keys={"index.weights": "entropie"})


def test_kinds_and_estimators_are_listed():
    assert ccd.estimators()["did"][0] == "twfe"
