"""What ``ccd check`` foresees of space: islands, unknown regions, gaps, no clean control; and a run that is whole."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.errors import CcdError
from ccd.pipeline import Options, check, inputs_of, run

YEARS = range(2001, 2009)
HEAD = """
[data]
path = "p.csv"
entity = "region"
time = "year"
[policies.zone]
column = "start"
"""
OUTPUT = '[output]\nformats = ["csv"]\nfigures = []\n'
WEIGHTS = '[weights.w]\nkind = "contiguity"\nedges = "e.csv"\n'
SPATIAL = '[[models]]\nname = "m"\nkind = "spatial"\noutcome = "y"\nweights = "w"\nx = ["x"]\n'
RINGS = '[[models]]\nname = "m"\nkind = "did"\nestimator = "rings"\noutcome = "y"\npolicy = "zone"\n'
RINGS += 'lon = "lon"\nlat = "lat"\n'


def study(folder: Path, body: str, *, edges: int = 11, gap: bool = False) -> Path:
    rng, rows = np.random.default_rng(1), []
    for i in range(12):
        start = {3: 2004, 9: 2005}.get(i, "")
        rows += [(f"r{i:02}", t, rng.normal() + t / 9, rng.normal(), start, float(i), 30.0) for t in YEARS]
    table = pd.DataFrame(rows, columns=["region", "year", "y", "x", "start", "lon", "lat"])
    (table.drop(index=20) if gap else table).to_csv(folder / "p.csv", index=False)
    links = [(f"r{i:02}", f"r{i + 1:02}") for i in range(edges)]
    pd.DataFrame(links, columns=["a", "b"]).to_csv(folder / "e.csv", index=False)
    path = folder / "s.toml"
    path.write_text(HEAD + body + OUTPUT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("body", "more", "what"),
    [
        (WEIGHTS + SPATIAL, {"edges": 10}, "without a neighbour under the weights 'w': r11"),
        (WEIGHTS + SPATIAL, {"edges": 12}, "'r12' is not a region of the data"),
        (WEIGHTS + SPATIAL, {"gap": True}, "needs a balanced panel: r02 2005 has no row"),
        (RINGS + "edges = [5000]\n", {}, "no clean region is left in 2004"),
        (SPATIAL, {}, "there are no weights 'w'"),
        (WEIGHTS + RINGS + 'edges = [100]\nweight = "x"\n', {}, "takes no weights"),
    ],
)
def test_check_refuses(tmp_path, body, more, what):
    with pytest.raises(CcdError, match=what):
        check(study(tmp_path, body, **more), Options())


def test_a_study_of_space_runs_whole(tmp_path):
    body = WEIGHTS + '[space]\ncolumns = ["y"]\nweights = ["w"]\ndraws = 99\n' + SPATIAL
    body += RINGS.replace('"m"', '"rings"') + "edges = [100]\npermutation = { draws = 19 }\n"
    path = study(tmp_path, body)
    file, _ = check(path, Options())
    assert "e.csv" in inputs_of(file)
    made = run(path, tmp_path / "out", Options(), lambda step: nullcontext())
    assert {"space/neighbours.csv", "space/moran.csv", "space/lisa.csv"} <= set(made.files)
    assert {f"models/m/{name}.csv" for name in ("terms", "impacts", "tests")} <= set(made.files)
    assert {f"models/rings/{name}.csv" for name in ("rings", "bands", "comparison", "event_studies")} <= set(
        made.files
    )
