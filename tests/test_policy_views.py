"""The tables and figures of states, paths, calendars, documents, PMC, mechanisms and tests, in both languages."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from simulated_policies import factorial
from test_documents import PMC, measured, table

from ccd.bundled import data_path
from ccd.cli import main
from ccd.describe import timeline
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.overlap import overlap
from ccd.report.figures import drawing, find_fonts
from ccd.report.labels import Labels
from ccd.report.table import Count, Estimated, Word
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Part
from ccd.streams import Stream

NINE = {f"X{k}": (f"s{k}",) for k in range(1, 10)}


@pytest.fixture(scope="module")
def parts() -> dict[str, tuple[Part, Context]]:
    panel = factorial(3, n=40)
    keys = {"name": "m", "outcome": "y", "controls": ("x",)}
    synergy = SynergyImputation(
        kind="synergy", policies=("a", "b"), bootstrap=20, permutations=19, **keys
    ).fit(panel, Stream(1, "m"))
    did = Twfe(kind="did", policy="a", mechanism=("z",), mechanism_draws=19, moderator="z", **keys).fit(
        panel.with_columns(pd.DataFrame({"z": np.sin(np.arange(400.0))}, index=panel.frame.index)),
        Stream(1, "m"),
    )
    iv = PanelIv(
        kind="panel", estimator="iv", outcome="y", name="m", endogenous=("x",), instruments=("z",)
    ).fit(
        panel.with_columns(pd.DataFrame({"z": panel.frame["x"] + np.sin(np.arange(400.0))})), Stream(1, "m")
    )
    frame = table()
    for k in range(1, 10):
        frame[f"s{k}"] = "1" if k % 2 else "0"
    found = [(part, synergy) for part in synergy.parts]
    found += [(part, did) for part in did.parts if part.shape in ("mechanism", "moderator", "margins")]
    found += [(part, iv) for part in iv.parts]
    found += [(part, None) for part in measured(frame, pmc=NINE).parts if part.shape != "documents"]
    found += [(part, None) for part in (*timeline(panel, ("a", "b")), *overlap(panel, ("a", "b")))]
    return {part.shape: (part, estimate) for part, estimate in found}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_shape_is_shown(parts, language) -> None:
    context = Context(language=language, label=Labels({}, language))
    for shape, (part, estimate) in parts.items():
        view, ctx = VIEWS[shape], context.of(estimate, "m")
        made = view.table(part, ctx) if view.table else None
        with drawing(find_fonts(chinese=language == "zh")):
            drawn = view.figure(part, ctx) if view.figure else None
        assert made is not None or drawn is not None, shape
        if made is not None:
            assert [ctx.show(cell) for row in made.rows for cell in row.cells]


def test_states_table_holds_the_frame(parts) -> None:
    part, estimate = parts["states"]
    shown = VIEWS["states"].table(part, Context().of(estimate, "m"))
    assert [row.cells[1] for row in shown.rows] == [Count(int(n)) for n in part.frame["cells"]]
    assert shown.rows[3].cells[5] == Estimated(part.frame["mean_effect"][3], part.frame["p_value"][3])


def test_matrix_writes_every_count(parts) -> None:
    part, _ = parts["document_matrix"]
    with drawing(find_fonts()):
        drawn = VIEWS["document_matrix"].figure(part, Context())
    written = sorted(int(t.get_text()) for t in drawn.axes[0].texts)
    assert written == sorted(part.frame["documents"])


def test_pmc_table_starts_with_the_best() -> None:
    part = next(p for p in measured(pmc=PMC).parts if p.shape == "pmc")
    shown = VIEWS["pmc"].table(part, Context())
    assert [row.cells[0] for row in shown.rows] == [Word(d) for d in ("d2", "d1", "d4", "d3")]


def test_calendar_has_a_colour_for_each_state_and_counts_many_policies() -> None:
    panel = factorial(3, n=12, alone=(1.0, 0.5, 0.2))
    for policies, patches in ((("a", "b"), 4), (("a",), 2)):
        with drawing(find_fonts()):
            drawn = VIEWS["policy_calendar"].figure(timeline(panel, policies)[0], Context())
        assert len(drawn.axes[0].get_legend().get_patches()) == patches


def test_terms_of_synergy_have_words() -> None:
    english, chinese = Labels({"ftz": "FTZ"}, "en"), Labels({}, "zh")
    assert english("new_area+ftz") == "State-level new area + FTZ"
    assert english("synergy:new_area+ftz") == "Synergy: State-level new area + FTZ"
    assert chinese("synergy_unmatched") == "协同效应（未匹配）"


STUDY = """
[data]
path = "d.csv"
entity = "region"
time = "year"
[documents]
path = "list.csv"
[transforms]
before = { lag = "doc_strength" }
[[models]]
name = "mix"
kind = "panel"
outcome = "y"
regressors = ["before"]
vcov = "hc1"
[output]
formats = ["csv", "html"]
figures = []
"""


def test_documents_command_and_columns_in_a_study(tmp_path, capsys) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{r},{t},{rng.normal():.4f}" for r in "EW" for t in range(2011, 2019)]
    (tmp_path / "d.csv").write_text("region,year,y\n" + "\n".join(rows) + "\n", encoding="utf-8")
    table().drop(columns=["a", "b", "c"]).to_csv(tmp_path / "list.csv", index=False)
    (tmp_path / "s.toml").write_text(STUDY, encoding="utf-8")
    assert main(["documents", str(tmp_path / "s.toml"), "-o", str(tmp_path / "out"), "-q"]) == 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page.count("Policy documents</h2>") == 1
    made = pd.read_csv(tmp_path / "out" / "documents" / "documents.csv")
    assert made.loc[(made["region"] == "E") & (made["year"] == 2012), "doc_supply"].item() == 17
    assert main(["run", str(tmp_path / "s.toml"), "-o", str(tmp_path / "all"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["models"]["mix"]["terms"][0]["term"] == "before"
    manifest = json.loads((tmp_path / "all" / "manifest.json").read_text(encoding="utf-8"))
    assert "list.csv" in json.dumps(manifest)
    bad = STUDY.replace('path = "list.csv"', 'path = "list.csv"\nagainst = ["one"]')
    (tmp_path / "s.toml").write_text(bad, encoding="utf-8")
    assert main(["documents", str(tmp_path / "s.toml"), "-o", str(tmp_path / "out")]) == 3
    assert "no subsystem 'one'" in capsys.readouterr().err


def test_documents_that_count_the_policy_itself_are_warned_of(tmp_path) -> None:
    study = """
[data]
path = "provinces.csv"
entity = "province"
time = "year"
[documents]
registry = "bundled"
[policies.zone]
registry = "ftz"
[transforms]
before = { lag = "doc_D" }
[[models]]
name = "m"
kind = "did"
outcome = "urban_rate"
policy = "zone"
controls = ["before"]
permutation = { draws = 0 }
[output]
formats = []
figures = []
"""
    (tmp_path / "provinces.csv").write_bytes(data_path("provinces.csv").read_bytes())
    (tmp_path / "s.toml").write_text(study, encoding="utf-8")
    for others, warned in (
        ('["ftz", "niidz"]', True),
        ('["niidz", "low_carbon", "ip_city", "broadband_china"]', False),
    ):
        assert (
            main(
                [
                    "run",
                    str(tmp_path / "s.toml"),
                    "-o",
                    str(tmp_path / "o"),
                    "-q",
                    "--set",
                    f"documents.policies={others}",
                ]
            )
            == 0
        )
        manifest = json.loads((tmp_path / "o" / "manifest.json").read_text(encoding="utf-8"))
        assert any("count zone itself" in note for note in manifest["warnings"]) is warned
