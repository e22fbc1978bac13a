"""docs/intensity.md: its made data are made, and its numbers are those that come out."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from pydantic import TypeAdapter

from ccd.estimate import Model
from ccd.results import DoseWeights
from ccd.streams import Stream

PAGE = (Path(__file__).parents[1] / "docs" / "intensity.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    (code,) = re.findall(r"<!-- made -->\n```python\n(.*?)```", PAGE, flags=re.DOTALL)
    path = tmp_path_factory.mktemp("made") / "made.csv"
    exec(code.replace("made.csv", str(path)), {})
    return pd.read_csv(path)


def fitted(data, **keys):
    panel = make_panel(data[["funding", "y"]].to_dict("series"), data["region"], data["year"], data["start"])
    section = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy", "intensity": "funding"}
    model = TypeAdapter(Model).validate_python({**section, "permutation": {"draws": 0}, **keys})
    return model.fit(panel, Stream(1, "m"))


def said(number: float) -> bool:
    return f"{number:.4f}".removeprefix("0") in PAGE


def test_the_page_says_what_comes_out(data):
    found, regression = fitted(data, estimator="dose").terms, fitted(data, estimator="twfe")
    doses = data.loc[data["start"].notna()].groupby("region")["funding"].first().to_numpy()
    truth = float(np.mean(0.25 / (1 + doses)))
    assert abs(found.estimate[1] - truth) < 2 * found.std_error[1]
    for number in (truth, found.estimate[1], found.std_error[1], regression.leading.estimate):
        assert said(float(number)), number
    assert said(float(regression.value(DoseWeights).share[0]))
