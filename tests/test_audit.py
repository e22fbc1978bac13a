"""Audit of published tables: ranges over rounded numbers, contributions by linear programme, grades, weights."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.audit import classes, contributions
from ccd.audit.boxes import Printed, range_of
from ccd.audit.formulas import degrees
from ccd.audit.run import audit, audit_weights
from ccd.audit.table import Published, PublishedWeights, read_published
from ccd.audit.trial import best, tried
from ccd.audit.weights import Material, Recipe, weights
from ccd.cells.printed import halves
from ccd.cli import main
from ccd.coupling.degree import FORMULAS
from ccd.errors import DataError, UsageError
from ccd.index.fit import members
from ccd.index.weights import Options, entropy
from ccd.words import text

EXAMPLES = Path(__file__).parents[1] / "data" / "examples"
LOGISTICS = EXAMPLES / "published_logistics.csv"
WRONG = EXAMPLES / "made_wrong.csv"


def printed(values, digits):
    """Return numbers as a paper prints them."""
    return Printed(np.round(values, digits), np.full(np.shape(values), 0.5 * 10.0**-digits))


def made(rng, n, m, digits, formula, a):
    """Return U, C, T, D of a table that is right, each rounded by itself."""
    u = rng.uniform(0.02, 0.98, (m, n))
    if rng.random() < 0.5:  # near-equal indices, where C is flat and close to its greatest value
        u = np.clip(u[:, :1] + rng.normal(0, 0.02, (m, n)), 0.01, 0.99)
    c, t = FORMULAS[formula](u), u @ a
    return [printed(one, digits) for one in (u, c, t, np.sqrt(c * t))]


@pytest.mark.parametrize("formula", ["standard", "wang2021", "fan2024"])
def test_the_right_formula_is_never_missed(formula):
    rng = np.random.default_rng(["standard", "wang2021", "fan2024"].index(formula))
    for k in range(667):  # 2,001 tables in all
        n, m, digits = int(rng.integers(2, 5)), int(rng.integers(3, 12)), int(rng.integers(2, 5))
        a = rng.dirichlet(np.full(n, 3.0))
        u, c, t, _ = made(rng, n, m, digits, formula, a)
        low, high = range_of(FORMULAS[formula], u.low, u.high)
        assert tried("C", text("{label}", label=formula), c, low, high, right=True).fits
        if k % 5:  # the linear programmes take most of the time
            continue
        found = contributions.contributions(u, t)
        assert found.missed == 0
        assert (found.low - 1e-6 <= a).all() and (a <= found.high + 1e-6).all()


def test_whole_tables_are_reproduced_by_what_made_them():
    rng = np.random.default_rng(4)
    for _ in range(20):
        n = int(rng.integers(2, 5))
        formula = ["standard", "wang2021", "fan2024"][int(rng.integers(3))]
        u, c, t, d = made(rng, n, 8, 3, formula, np.full(n, 1 / n))
        names = tuple(f"U{s + 1}" for s in range(n))
        told = audit(Published("made.csv", names, u, {"C": c, "T": t, "D": d}, ("",) * 8, tuple("abcdefgh")))
        frame = told.parts[0].value.frame()
        fits = frame[frame["verdict"] == "fits"].astype({"candidate": str})
        assert {formula, "equal contributions", "sqrt(C T)"} <= set(fits["candidate"])
        assert len(told.parts) == 1


def test_ranges_against_a_fine_grid():
    """No point of a fine grid of a box lies beyond the range, and the range is not wider than the grid by much."""
    rng = np.random.default_rng(1)
    low = rng.uniform(0.01, 0.9, (6, 3))
    high = low + 0.01
    steps = np.linspace(0, 1, 21)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    for one in degrees(3):
        least, greatest = range_of(one.of, low, high)
        for k in range(6):
            values = one.of(low[k] + grid * (high[k] - low[k]))
            assert least[k] <= values.min() + 1e-7, str(one.name)
            assert greatest[k] >= values.max() - 1e-5 * abs(values.max()), str(one.name)
            assert values.min() - 1e-6 <= least[k] and greatest[k] <= values.max() + 1e-3, str(one.name)


def test_no_candidate_is_another_under_a_second_name():
    u = np.random.default_rng(2).uniform(0.1, 0.9, (9, 4))
    for n in (2, 3, 4):
        values = [one.of(u[:, :n]) for one in degrees(n)]
        for j in range(len(values)):
            for k in range(j):
                assert np.abs(values[j] - values[k]).max() > 1e-6, (n, j, k)


def test_candidates_by_hand():
    """U = (0.2, 0.3, 0.6): each formula worked out on paper."""
    u = np.array([[0.2, 0.3, 0.6]])
    product, mean = 0.036, 1.1 / 3
    pairs = 0.5 * 0.8 * 0.9
    wang = np.sqrt((1 - (0.1 + 0.4 + 0.3) / 3) * (0.2 / 0.6 * 0.3 / 0.6) ** (1 / 3))
    wanted = {
        "[prod U / (mean U)^n]^0.5": (product / mean**3) ** 0.5,
        "[prod U / (mean U)^n]^6": (product / mean**3) ** 6,
        "(prod U)^(1/n) / sum U, n left out": product ** (1 / 3) / 1.1,
        "prod U / (sum U)^n, no root": product / 1.1**3,
        "2 sqrt(prod U) / sum U": 2 * product**0.5 / 1.1,
        "[prod U / prod (U_i + U_j)]^(1/n)": (product / pairs) ** (1 / 3),
        "n [prod U / prod (U_i + U_j)]^(1/n)": 3 * (product / pairs) ** (1 / 3),
        "wang2021 with root n in place of n - 1": wang,
    }
    found = {str(one.name): float(one.of(u)[0]) for one in degrees(3)}
    for name, value in wanted.items():
        assert found[name] == pytest.approx(value, rel=1e-12), name


def test_halves_of_printed_numbers():
    assert halves(["0.880", "0.906", "1.000"]) == pytest.approx([0.0005] * 3)
    assert halves(["12.30", "12.3", "7"]) == pytest.approx([0.005, 0.05, 0.5])  # zeros are printed
    assert halves(["12.3", "12.34", "7"]) == pytest.approx([0.005] * 3)  # zeros were dropped
    assert halves(["45057.0", "52720.0"]) == pytest.approx([0.5] * 2)  # whole numbers of software
    assert halves(["1,234.5", "１２．５"]) == pytest.approx([0.05] * 2)
    assert halves(["1.2e3", "1.5e3"]) == pytest.approx([50.0] * 2)
    assert np.isnan(halves(["", "..", "5"])[:2]).all()


def test_impossible_contributions_name_the_nearest():
    u = printed(np.array([[0.2, 0.4], [0.6, 0.3], [0.5, 0.9]]), 3)
    t = printed(np.array([0.3, 0.45, 0.95]), 3)  # the last lies above both indices
    found = contributions.contributions(u, t)
    assert found.missed == pytest.approx(3 / 28 - 0.001)  # 0.05 + 0.4 a = 0.15 - 0.3 a at a = 1/7
    last = list(contributions.trials(u, t, ("U1", "U2")))
    assert not any(one.fits for one in last)
    assert best(last).failing


def test_grades_know_which_side_is_closed():
    d = printed(np.array([0.35, 0.4, 0.45, 0.55]), 2)
    lower = ["mild", "near", "near", "bare"]
    upper = ["mild", "mild", "near", "bare"]
    fits = {str(one.candidate) for one in classes.trials(d, lower) if one.fits}
    assert "10 classes with their lower limits" in fits
    assert "10 classes with their upper limits" not in fits
    fits = {str(one.candidate) for one in classes.trials(d, upper) if one.fits}
    assert "10 classes with their upper limits" in fits
    assert "10 classes with their lower limits" not in fits


def test_grades_given_before_rounding():
    d = printed(np.array([0.35, 0.4, 0.4, 0.45]), 2)  # 0.398 and 0.402, say
    found = {str(one.candidate): one.fits for one in classes.trials(d, ["mild", "mild", "near", "near"])}
    assert found["10 classes, of D before rounding"]
    assert not found["10 classes with their lower limits"] and not found["10 classes with their upper limits"]


def test_grades_of_their_own_say_where_the_cuts_lie():
    d = printed(np.array([0.21, 0.33, 0.36, 0.62]), 2)
    found = list(classes.trials(d, ["low", "low", "middle", "high"]))
    assert [str(one.candidate) for one in found if one.fits] == [
        "cuts of its own between 0.33..0.36, 0.36..0.62"
    ]


@pytest.fixture
def material():
    rng = np.random.default_rng(8)
    regions, years = 12, 5
    x = rng.lognormal(0, 0.6, (regions * years, 4)) * [1, 10, 100, 5]
    listed = members({"a": {"p": "+", "q": "-"}, "b": {"r": "+", "s": "+"}})
    return Material(x, np.tile(np.arange(years), regions), regions, listed)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("minmax", "entropy", "pooled", "ln NT"),
        Recipe("minmax", "entropy", "pooled", "ln T", 1e-3),
        Recipe("ratio", "critic"),
        Recipe("minmax-0.002", "entropy", "per year", "ln N"),
        Recipe("minmax", "entropy", "pooled", "ln NT", flipped=2),
    ],
)
def test_weights_are_found_again(material, recipe):
    groups = [[0, 1], [2, 3]]
    own = weights(recipe, material, groups)
    assert own[[0, 1]].sum() == pytest.approx(1)
    told = audit_weights(PublishedWeights("w.csv", ("p", "q", "r", "s"), printed(own, 5)), material)
    frame = told.parts[0].value.frame().astype({"candidate": str})
    said = str(recipe.said(["p", "q", "r", "s"]))
    assert said in set(frame["candidate"][frame["verdict"] == "fits"])


def test_the_right_entropy_is_that_of_the_index(material):
    z = (material.x - material.x.min(0)) / np.ptp(material.x, axis=0)
    z[:, 1] = 1 - z[:, 1]
    wanted = np.concatenate(
        [entropy(z[:, :2], material.x, Options()), entropy(z[:, 2:], material.x, Options())]
    )
    found = weights(Recipe("minmax", "entropy", "pooled", "ln NT"), material, [[0, 1], [2, 3]])
    assert found == pytest.approx(wanted, rel=1e-12)


def test_weights_over_all_indicators_and_in_percent(material):
    own = weights(Recipe("minmax", "entropy", "pooled", "ln NT"), material, [[0, 1, 2, 3]])
    assert own.sum() == pytest.approx(1)
    told = audit_weights(PublishedWeights("w.csv", ("p", "q", "r", "s"), printed(100 * own, 3)), material)
    assert dict(told.parts[0].value.reproduced) == {"weight": True}


def test_a_table_without_indices_is_refused():
    with pytest.raises(DataError, match="names no indices"):
        read_published(pd.DataFrame({"C": ["0.9"], "D": ["0.5"]}), "t.csv")
    with pytest.raises(DataError, match="none of C, T and D"):
        read_published(pd.DataFrame({"U1": ["0.9"], "U2": ["0.5"]}), "t.csv")
    with pytest.raises(DataError, match="'x' is no number"):
        read_published(pd.DataFrame({"U1": ["x"], "U2": ["0.5"], "C": ["0.9"]}), "t.csv")
    with pytest.raises(UsageError, match="no column"):
        read_published(pd.DataFrame({"U1": ["0.1"], "U2": ["0.5"], "C": ["0.9"]}), "t.csv", ("a", "b"))


def test_the_published_table_is_standard_with_even_contributions(capsys):
    words = ["audit", str(LOGISTICS), "--U", "Uu,Ur", "--column", "grade=Coupling coordination type"]
    assert main([*words, "--json", "--strict"]) == 0
    told = json.loads(capsys.readouterr().out)["columns"]
    assert told["C"]["by"] == ["standard"]
    assert told["T"]["by"][0] == "equal contributions"
    assert told["D"]["by"] == ["sqrt(C T)"]
    assert told["grade"]["by"][0].startswith("10 classes")


def test_the_wrong_table_is_found_out(capsys, tmp_path):
    out = tmp_path / "out"
    assert main(["audit", str(WRONG), "--strict", "-o", str(out)]) == 5
    said = capsys.readouterr().out
    assert "C: reproduced by [prod U / prod (U_i + U_j)]^(1/n), which is known to be wrong" in said
    assert "D: reproduced by no known candidate; nearest is sqrt(C T), 9 of 10 cells" in said
    assert main(["verify", str(out)]) == 0
    missed = pd.read_csv(out / "audit" / "audit_cells.csv")
    assert list(missed["row"][missed["column"] == "D"]) == ["Dongfang 2022"]
    assert main(["audit", str(WRONG)]) == 0


def test_verdicts_in_chinese(capsys, monkeypatch):
    monkeypatch.setattr(sys.modules["ccd.commands.audit"], "LANGUAGE", "zh")
    assert main(["audit", str(WRONG)]) == 0
    said = capsys.readouterr().out
    assert "已知有误" in said and "reproduced" not in said


def test_weights_of_a_study_on_the_command_line(tmp_path, capsys):
    rng = np.random.default_rng(6)
    rows = ["region,year,gdp,roads,beds,dirt"]
    for i in range(9):
        for year in (2018, 2019, 2020):
            gdp, roads, beds, dirt = rng.lognormal(0, 0.7, 4)
            rows.append(f"r{i},{year},{gdp:.4f},{roads:.4f},{beds:.4f},{dirt:.4f}")
    (tmp_path / "panel.csv").write_text("\n".join(rows), encoding="utf-8")
    study = tmp_path / "study.toml"
    study.write_text(
        '[data]\npath = "panel.csv"\nentity = "region"\ntime = "year"\n[data.labels]\nbeds = "Hospital beds"\n'
        '[subsystems.a]\ngdp = "+"\nroads = "+"\n[subsystems.b]\nbeds = "+"\ndirt = "-"\n',
        encoding="utf-8",
    )
    assert main(["index", str(study), "-o", str(tmp_path / "index"), "-q"]) == 0
    own = pd.read_csv(tmp_path / "index" / "index" / "weights.csv")
    own["indicator"] = own["indicator"].replace("beds", "Hospital beds")  # tables print labels
    table = tmp_path / "weights.csv"
    shown = own.iloc[::-1][["indicator", "weight"]].round(4)
    shown.to_csv(table, index=False)
    assert main(["audit", str(table), "--study", str(study), "--json", "--strict"]) == 0
    told = json.loads(capsys.readouterr().out)["columns"]["weight"]
    assert "entropy, scale minmax, pooled, entropy over ln NT" in told["by"]
    shown.iloc[0, 1] += 0.05  # one mistyped: the right recipe is the nearest, one cell fails
    shown.to_csv(table, index=False)
    assert main(["audit", str(table), "--study", str(study), "--strict"]) == 5
    assert (
        "nearest is entropy, scale minmax, pooled, entropy over ln NT, 3 of 4 cells"
        in capsys.readouterr().out
    )
    assert main(["audit", str(table)]) == 2
    shown.iloc[0, 0] = "airports"
    shown.to_csv(table, index=False)
    assert main(["audit", str(table), "--study", str(study)]) == 4
    assert "'airports' is no indicator of the study" in capsys.readouterr().err


def test_a_workbook_is_audited_by_its_shortest_digits(tmp_path, capsys):
    path = tmp_path / "table.xlsx"
    pd.read_csv(LOGISTICS).to_excel(path, index=False)
    assert main(["audit", str(path), "--U", "Uu,Ur", "--strict", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["columns"]["C"]["by"] == ["standard"]


def test_words_of_the_command_that_do_not_fit(tmp_path, capsys):
    for words, code in (
        (["--column", "grade"], 2),
        (["--column", "X=D"], 2),
        (["--U", "Uu,Ux"], 2),
        ([], 4),
    ):
        assert main(["audit", str(LOGISTICS), *words]) == code
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file.txt").write_text("mine", encoding="utf-8")
    assert main(["audit", str(WRONG), "-o", str(tmp_path / "kept")]) == 2
    capsys.readouterr()


def test_d_alone_is_tried_from_u():
    u = printed(np.array([[0.2, 0.4], [0.6, 0.3], [0.5, 0.9]]), 3)
    d = printed(np.sqrt(FORMULAS["wang2021"](u.value) * u.value.mean(axis=1)), 3)
    told = audit(Published("t.csv", ("U1", "U2"), u, {"D": d}, ("",) * 3, ("a", "b", "c")))
    frame = told.parts[0].value.frame().astype({"candidate": str})
    assert list(frame["candidate"][frame["verdict"] == "fits"]) == [
        "sqrt(C T), C by wang2021, T with equal contributions"
    ]


def test_missing_cells_are_passed_over():
    u = np.array([[0.2, 0.4], [0.6, np.nan], [0.5, 0.9]])
    t = np.array([0.3, 0.45, np.nan])
    found = list(contributions.trials(printed(u, 3), printed(t, 3), ("U1", "U2")))
    assert found[0].fits and found[0].cells == 1
    c = printed(FORMULAS["standard"](u), 3)
    told = audit(
        Published("t.csv", ("U1", "U2"), printed(u, 3), {"C": Printed(np.nan_to_num(c.value, nan=0.9), c.half)},
                  ("",) * 3, ("a", "b", "c"))
    )  # fmt: skip
    frame = told.parts[0].value.frame().astype({"candidate": str}).set_index("candidate")
    assert frame.loc["standard", "verdict"] == "fits" and frame.loc["standard", "cells"] == 2


def test_many_subsystems_are_searched_from_the_corners():
    rng = np.random.default_rng(9)
    for n in (6, 8):
        for _ in range(5):
            u = np.clip(rng.uniform(0.3, 0.7) + rng.normal(0, 0.01, (4, n)), 0.02, 0.98)
            shown = printed(u, 2)
            for name, formula in FORMULAS.items():
                low, high = range_of(formula, shown.low, shown.high)
                assert tried(
                    "C", text("{label}", label=name), printed(formula(u), 3), low, high, right=True
                ).fits


@pytest.mark.parametrize("n", [2, 3, 6])
def test_equal_indices_inside_the_box_reach_one(n):
    """C is 1 where all U are equal, though no corner of these boxes has them so."""
    low = np.full((1, n), 0.4) + 0.003 * np.arange(n)
    _, greatest = range_of(FORMULAS["standard"], low, low + 0.02)
    assert greatest[0] == pytest.approx(1.0, abs=1e-12)
