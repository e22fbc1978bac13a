"""One file and one line make an estimator: a toy is added to a copy of the program and used as any other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

TOY = '''
"""The mean of the outcome, and its error."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from ccd.estimate.linear.inference import terms_of
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sample import draw_sample
from ccd.methods import Entry
from ccd.panel import Panel
from ccd.results import Estimate, Named
from ccd.streams import Stream
from ccd.words import Text, text


class Toy(ModelSpec):
    """``kind = "toy"``: the mean."""

    does: ClassVar[Text] = text("a panel regression")
    explained: ClassVar[dict[str, Entry]] = {
        "toy": {"title": ("The toy", "玩具"), "en": "A mean.", "zh": "均值。", "formulas": ["y"], "cite": []}
    }
    kind: Literal["toy"]
    scale: float = 1.0
    """What the mean is multiplied by."""

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        sample = draw_sample(panel, self.outcome)
        mean, error = self.scale * sample.y.mean(), sample.y.std() / np.sqrt(len(sample.y))
        terms = terms_of([Named("mean")], np.array([mean]), np.array([error]), len(sample.y) - 1)
        return Estimate(
            kind="toy", estimator="toy", outcome=self.outcome, headline=terms.term[0], terms=terms,
            covariance=np.array([[error**2]]), sample=sample.size(), vcov="iid",
        )
'''

STUDY = """
[data]
path = "panel.csv"
entity = "region"
time = "year"
[[models]]
name = "first"
kind = "toy"
outcome = "y"
scale = 2.0
[output]
formats = ["csv", "html"]
figures = []
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "ccd", folder / "ccd", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("data", "docs", "configs", "pyproject.toml", "README.md"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "ccd" / "estimate" / "toy.py").write_text(TOY, encoding="utf-8")
    registry = folder / "ccd" / "estimate" / "__init__.py"
    own = registry.read_text(encoding="utf-8").replace("    Threshold,\n)", "    Threshold,\n    Toy,\n)")
    own = own.replace("\n#: Every", "from ccd.estimate.toy import Toy\n\n#: Every", 1)
    registry.write_text(own, encoding="utf-8")
    rows = [f"r{i},{t},{i + t - 2000}" for i in range(4) for t in range(2001, 2004)]
    (folder / "panel.csv").write_text("region,year,y\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder


def ran(house: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, *words], cwd=house, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(house), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_toy_estimator_is_in_study_table_explain_and_reference(house):
    ran(house, "-m", "ccd", "run", "study.toml", "-o", "out", "-q")
    terms = (house / "out" / "models" / "first" / "terms.csv").read_text(encoding="utf-8").splitlines()
    assert terms[1].startswith("mean,7.0,")  # twice the mean of 1 .. 6, by symmetry 3.5
    tables = {
        path.name: path.read_text(encoding="utf-8-sig") for path in (house / "out" / "tables").glob("*.csv")
    }
    assert any("mean,7.0000" in table for table in tables.values())
    assert "The toy" in ran(house, "-m", "ccd", "explain", "study.toml")
    ran(house, "docs/build.py", "--pages", "pages")
    reference = "".join(p.read_text(encoding="utf-8") for p in (house / "pages").rglob("*.md"))
    assert "### `toy`" in reference
    assert "What the mean is multiplied by." in reference


def test_an_unknown_kind_is_told_the_toy_too(house):
    (house / "wrong.toml").write_text(STUDY.replace('"toy"', '"tot"'), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ccd", "check", "wrong.toml"], cwd=house, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(house)}, check=False, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 3
    assert "did you mean 'toy'" in done.stderr
