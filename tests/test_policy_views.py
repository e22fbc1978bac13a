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
from ccd.panel import Panel
from ccd.report.figures import drawing, find_fonts
from ccd.report.labels import Labels
from ccd.report.table import Count, Estimated, PValue, Word
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Part, Synergy, Together
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
    ctx = Context().of(estimate, "m")
    shown = VIEWS["states"].table(part, ctx)
    assert [ctx.show(row.cells[0]) for row in shown.rows] == ["none", "only a", "only b", "both"]
    assert [row.cells[1] for row in shown.rows] == [Count(int(n)) for n in part.value.cells]
    assert shown.rows[3].cells[5] == Estimated(part.value.mean_effect[3], part.value.p_value[3])
    assert np.isnan(part.value.mean_effect[0])


def test_paths_draw_both_groups_of_each_policy(parts) -> None:
    part, estimate = parts["policy_paths"]
    paths = part.value
    with drawing(find_fonts()):
        drawn = VIEWS["policy_paths"].figure(part, Context().of(estimate, "m"))
    words = {"adds": "regions that take up another policy later", "never": "regions that never do"}
    for panel, policy in zip(drawn.axes, ("a", "b"), strict=True):
        lines = {str(line.get_label()): line.get_ydata() for line in panel.get_lines()}
        for group, label in words.items():
            rows = [
                j
                for j, one in enumerate(zip(paths.policy, paths.group, strict=True))
                if one == (policy, group)
            ]
            assert len(rows) > 1
            assert lines[label] == pytest.approx(paths.estimate[rows])


def test_tests_and_first_stage_show_their_fields(parts) -> None:
    part, estimate = parts["tests"]
    ctx = Context().of(estimate, "m")
    shown = VIEWS["tests"].table(part, ctx)
    assert ctx.show(shown.rows[0].cells[0]) == "Anderson-Rubin test of no effect (robust to weak instruments)"
    assert [row.cells[3] for row in shown.rows] == [PValue(p) for p in part.value.p_value]
    part, _ = parts["first_stage"]
    shown = VIEWS["first_stage"].table(part, ctx)
    assert [ctx.show(cell) for cell in shown.rows[0].cells[:2]] == ["x", "z"]
    assert shown.rows[0].cells[2] == Estimated(part.value.terms.estimate[0], part.value.terms.p_value[0])
    assert list(part.frame.columns[:3]) == ["endogenous", "term", "estimate"]


def test_years_draw_documents_and_strength_by_instrument(parts) -> None:
    part, _ = parts["document_years"]
    mix = part.value
    with drawing(find_fonts()):
        drawn = VIEWS["document_years"].figure(part, Context())
    counts, strength = (panel.get_lines() for panel in drawn.axes)
    assert [line.get_ydata().tolist() for line in counts] == [mix.in_force.tolist(), mix.issued.tolist()]
    assert [line.get_ydata().tolist() for line in strength] == [
        mix.measures[name].tolist() for name in mix.instruments
    ]
    assert list(mix.instruments) == ["supply", "demand", "environment"]
    assert strength[0].get_ydata().tolist() == [12, 14.5, 8.5, 8.5]


def test_surface_shows_the_mean_the_best_and_the_poorest(parts) -> None:
    part, _ = parts["pmc_surface"]
    with drawing(find_fonts()):
        drawn = VIEWS["pmc_surface"].figure(part, Context())
    # all four documents have the same sub-variables: of equal sums the first name is the best and the poorest
    assert [axes.get_title() for axes in drawn.axes] == ["Mean of documents", "d1"]


def test_matrix_writes_every_count(parts) -> None:
    part, _ = parts["document_matrix"]
    with drawing(find_fonts()):
        drawn = VIEWS["document_matrix"].figure(part, Context())
    written = sorted(int(t.get_text()) for t in drawn.axes[0].texts)
    assert written == sorted(part.value.documents)


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


def test_calendar_of_many_policies_counts_them_and_puts_the_first_treated_on_top() -> None:
    panel = factorial(3, n=12, alone=(1.0, 0.5, 0.2))
    calendar = timeline(Panel(panel.frame, panel.groups, {**panel.cohorts, "d": panel.cohort("a")}), "abcd")
    value = calendar[0].value
    with drawing(find_fonts()):
        drawn = VIEWS["policy_calendar"].figure(calendar[0], Context())
    shown = drawn.axes[0].collections[0].get_array().reshape(12, -1)
    regions = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    frame = value.frame().pivot(index="region", columns="year", values="count")
    assert (shown == frame.loc[regions].to_numpy()).all()
    first = dict(zip(value.regions, np.nan_to_num(value.first, nan=np.inf), strict=True))
    assert [first[region] for region in regions] == sorted(first.values())


def test_terms_of_synergy_know_their_names_and_words() -> None:
    context = Context(label=Labels({"ftz": "FTZ"}, "en"))
    chinese = Context(language="zh", label=Labels({"b": "乙"}, "zh"))
    three = Together(("a", "b", "c"))
    assert (str(three), three.words.render()) == ("a+b+c", "a + b + c")
    pair = Synergy(among=("new_area", "ftz"))
    assert str(pair) == "synergy:new_area+ftz"
    assert context.say(pair.words) == "Synergy: State-level new area + FTZ"
    assert chinese.say(Synergy(among=("a", "b")).words) == "协同效应：a + 乙"
    assert chinese.say(Synergy("synergy_unmatched").words) == "协同效应（未匹配）"
    assert str(Synergy("synergy_unmatched", ("a", "b"))) == "synergy_unmatched:a+b"
    assert context.say(Synergy("synergy_triple").words) == "Synergy beyond every pair"


def test_a_plus_or_a_colon_in_a_name_is_part_of_the_name() -> None:
    assert Labels({"R": "reform"}, "en")("R+D") == "R+D"
    assert Labels({}, "zh")("ratio: supply+demand") == "ratio: supply+demand"


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
