"""Every combination of choices: each is the study with its keys set; shares, joint test, and the same bytes always."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from io import BytesIO
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.coupling.grades import TEN
from ccd.errors import StudyFaults, UsageError
from ccd.pipeline import Options, run_multiverse, table_of
from ccd.report.views import ranks as ranks_view
from ccd.report.views.base import Context
from ccd.report.views.choices import named, titled
from ccd.results import Part, RankRange
from ccd.study import load_study
from ccd.vary.multiverse import run as running
from ccd.vary.multiverse.joint import joint_test
from ccd.vary.multiverse.menu import menu_of
from ccd.vary.multiverse.partial import Partial
from ccd.vary.multiverse.reasons import from_plain, to_plain
from ccd.vary.multiverse.shares import exact_shares, filled, sampled_shares
from ccd.vary.multiverse.spread import rank_spread, spread_of
from ccd.vary.run import evaluate
from ccd.vary.scatter import scattered
from ccd.words import Figure, Name, P, text
from tests.menus import MENU, write_study

SOURCES = ("specifications",) * 2 + ("specifications, median",) * 2
ROOT = Path(__file__).parents[1]


def ran(path: Path, out: Path, **options) -> dict[str, bytes]:
    run_multiverse(path, out, Options(**options), lambda _: nullcontext())
    assert not out.with_name(f"{out.name}.partial").exists()
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*.csv")}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    folder = tmp_path_factory.mktemp("menu")
    path = write_study(folder)
    return path, ran(path, folder / "one")


def frame_of(files: dict[str, bytes], name: str) -> pd.DataFrame:
    return pd.read_csv(BytesIO(files[f"multiverse/{name}.csv"]))


def test_why_a_specification_has_no_figures_crosses_a_file_in_both_languages():
    inner = text("{columns}: collinear with the other regressors", columns=(Name("x"), "z"))
    why = text(
        "{count} {count:specification|specifications} without numbers: {reason}",
        count=np.int64(3),
        reason=inner,
    )
    back = from_plain(json.loads(json.dumps(to_plain(why))))
    assert hash(back) == hash(from_plain(to_plain(why)))
    for language in ("en", "zh"):
        assert back.render(language, str.upper) == why.render(language, str.upper)
    assert "共线" in back.render("zh")
    figures = text("{count}{p}", count=Figure(0.25, 2), p=P(0.0001))
    assert from_plain(json.loads(json.dumps(to_plain(figures)))) == figures
    assert from_plain("as it was") == "as it was"


def test_each_specification_is_the_study_with_its_keys_set(house):
    path, files = house
    rows = frame_of(files, "specifications")
    menu = menu_of(load_study(path))
    assert len(rows) == len(menu) == 96
    assert rows["baseline"].sum() == 1
    for row in (0, 37, 95):
        keys = menu.choices(row)
        words = [f"{k.replace('model.', 'models.main.')}={_toml(v)}" for k, v in keys.items()]
        file = load_study(path, words)
        results = evaluate(file, table_of(file))
        terms = results.estimates["main"].terms
        analytic = terms.p_value if terms.p_analytic is None else terms.p_analytic
        sample = results.estimates["main"].sample
        got = rows.iloc[row]
        np.testing.assert_allclose(
            [got["estimate"], got["std_error"], got["p_value"]],
            [terms.estimate[0], terms.std_error[0], analytic[0]],
            rtol=0, atol=1e-12,
        )  # fmt: skip
        assert got["nobs"] == sample.nobs
        panel = results.panel
        start = panel.cohorts["reform"].reindex(panel.frame.index.get_level_values(0)).to_numpy()
        untreated = panel.frame["D"].to_numpy()[~(panel.years >= start)]
        assert got["effect_sd"] == pytest.approx(terms.estimate[0] / untreated.std(ddof=1), abs=1e-12)


def _toml(value):
    return f'"{value}"' if isinstance(value, str) else str(value).replace("'", '"')


def test_the_study_as_it_stands_is_one_of_them(house, tmp_path):
    _, files = house
    rows = frame_of(files, "specifications").query("baseline")
    assert rows["index.scale"].item() == "minmax"
    assert rows["tau_panel"].item() == pytest.approx(1)
    # a menu without it
    other = write_study(
        tmp_path, '[multiverse]\nmodel = "main"\n[multiverse.vary]\n"index.weights" = ["cv", "equal"]\n'
    )
    menu = menu_of(load_study(other))
    assert menu.added
    assert len(menu) == 3
    assert menu.baseline == 2
    assert menu.choices(2) == {}


def test_d_is_made_once_per_combination_that_reaches_it(house):
    menu = menu_of(load_study(house[0]))
    assert len(menu.bases) == 2 * 3 * 2 * 2
    assert len(menu.models) == 4


def test_faults_of_all_specifications_come_before_the_first_fit(tmp_path):
    path = write_study(
        tmp_path,
        '[multiverse]\nmodel = "main"\n[multiverse.vary]\n"index.scale" = ["minmax", "zscore", "nonsense"]\n'
        '"model.controls" = [[], ["D"]]\n',
    )
    with pytest.raises(StudyFaults) as caught:
        menu_of(load_study(path))
    said = str(caught.value)
    assert "nonsense" in said
    assert "entropy" in said


@pytest.mark.parametrize(
    ("menu", "words"),
    [
        ('"output.style" = ["a"]', "is no choice"),
        ('"index.shift" = []', "lists no choice"),
        ('"index.shift" = [0.1, 0.1]', "twice"),
        ('"model.controls" = [[]]', "is a key of a model"),
    ],
)
def test_menus_that_are_refused(tmp_path, menu, words):
    path = write_study(tmp_path, f"[multiverse]\n[multiverse.vary]\n{menu}\n")
    with pytest.raises(StudyFaults, match=words):
        menu_of(load_study(path))


def test_many_need_a_sample_that_keeps_the_study(tmp_path):
    shifts = "[" + ", ".join(f"{k / 1000}" for k in range(2501)) + "]"
    menu = f'[multiverse.vary]\n"index.shift" = {shifts}\n"coupling.formula" = ["standard", "fan2024"]\n'
    path = write_study(tmp_path, "[multiverse]\n" + menu)
    with pytest.raises(UsageError, match="5002 specifications"):
        menu_of(load_study(path))
    path = write_study(tmp_path, "[multiverse]\nsample = 7\n" + menu)
    found = menu_of(load_study(path))
    assert len(found) in (7, 8)
    assert not found.whole
    assert found.bases[found.base[found.baseline]].study.index.shift == 0
    assert len({tuple(row) for row in found.codes[found.grid]}) == 7


def test_a_study_without_a_menu(tmp_path):
    with pytest.raises(UsageError, match="no menu"):
        menu_of(load_study(write_study(tmp_path, "")))


# shares


def grid(*sizes):
    return np.array([*product(*(range(size) for size in sizes))])


def test_shares_are_those_of_sums_of_squares():
    codes = grid(2, 3, 2, 1)
    y = np.random.default_rng(1).normal(size=(len(codes), 5)) + codes[:, [1]]
    found = exact_shares(codes, y)
    total = ((y - y.mean(axis=0)) ** 2).sum()
    for f in range(3):
        means = {level: y[codes[:, f] == level].mean(axis=0) for level in np.unique(codes[:, f])}
        between = sum(((means[level] - y.mean(axis=0)) ** 2).sum() for level in codes[:, f])
        assert found.first[f] == pytest.approx(between / total, abs=1e-12)
        rest = np.delete(codes, f, axis=1)
        own = [y[(rest == row).all(axis=1)].mean(axis=0) for row in rest]
        assert found.total[f] == pytest.approx(
            1 - ((np.array(own) - y.mean(axis=0)) ** 2).sum() / total, abs=1e-12
        )
    assert np.isnan(found.first[3])  # one choice accounts for nothing
    assert np.nansum(found.first) + found.interaction == pytest.approx(1, abs=1e-12)


def test_two_by_two_by_hand():
    # y = 0 2 | 4 10: means of the first factor 1 and 7, of the second 2 and 6, whole 4
    found = exact_shares(grid(2, 2), np.array([0.0, 2.0, 4.0, 10.0]))
    whole = (16 + 4 + 0 + 36) / 4
    np.testing.assert_allclose(found.first, [9 / whole, 4 / whole])
    np.testing.assert_allclose(found.total, [10 / whole, 5 / whole])  # interaction 1


def test_holes_cost_the_choice_with_most_failures():
    codes = grid(3, 2)
    known = np.array([True, True, False, False, True, False])
    keep, gone = filled(codes, known)
    assert gone == ((1, 1), (0, 1))  # two failures, then one
    assert codes[keep].tolist() == [[0, 0], [2, 0]]
    keep, gone = filled(codes, np.ones(6, dtype=bool))
    assert keep.all()
    assert gone == ()
    assert not filled(codes, np.zeros(6, dtype=bool))[0].any()


def test_a_sample_gives_shares_of_a_regression():
    codes = grid(2, 3)
    y = 2.0 * codes[:, 0] + codes[:, 1]
    found = sampled_shares(codes, y)
    np.testing.assert_allclose(found.first, exact_shares(codes, y).first)
    assert not found.exact


def test_joint_test_by_hand():
    effects = np.array([[1.0, 3.0, 5.0], [-4.0, -3.0, 0.0], [1.0, 1.0, 2.0], [0.0, 6.0, 9.0]])
    t = np.array([[1.0, 2.5, 3.0], [-3.0, -2.5, -2.2], [0.0, 0.1, 0.2], [0.0, 2.5, 3.0]])
    found = joint_test(effects, t, np.full(3, 2.0))
    np.testing.assert_allclose(found.observed, [3, 2 / 3, 6.5 / 3])
    np.testing.assert_allclose(found.drawn, [[3, 1, 7.7 / 3], [1, 0, 0.1], [6, 2 / 3, 5.5 / 3]])
    np.testing.assert_allclose(found.p_value, [3 / 4, 3 / 4, 2 / 4])  # ties count


def test_spread_and_ranks_by_hand():
    d = np.array([[0.15, 0.95], [0.25, 0.35], [0.05, 0.65]])
    found = spread_of(d, d[0], TEN)
    np.testing.assert_allclose(found.quantiles[[0, 2, 4]], [[0.05, 0.35], [0.15, 0.65], [0.25, 0.95]])
    assert found.grade_span.tolist() == [3, 7]
    np.testing.assert_allclose(found.same_grade, [1 / 3, 1 / 3])
    np.testing.assert_allclose(rank_spread(d, np.array([2001, 2001])), [[2, 1], [2, 1], [2, 1]])


def test_two_jobs_give_the_same_bytes(house, tmp_path):
    path, files = house
    assert ran(path, tmp_path / "two", jobs=2) == files


def finished(folder: Path) -> frozenset[str]:
    stopped = Partial(folder, {})
    stopped.look()
    return stopped.known()


def test_a_run_that_was_killed_goes_on(house, tmp_path, monkeypatch):
    path, files = house
    out = tmp_path / "out"
    partial = out.with_name("out.partial")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CCD_CACHE": "0"}
    words = [sys.executable, "-m", "ccd", "multiverse", str(path), "-o", str(out), "-q"]
    with subprocess.Popen(words, env=env) as process:
        while process.poll() is None and len(finished(partial)) < 2:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    left = finished(partial)
    assert 2 <= len(left) < 24
    assert not out.exists()
    seen = []

    def counted(work, held, units, *more):
        seen.append(len(units))
        return scattered(work, held, units, *more)

    monkeypatch.setattr(running, "scattered", counted)
    assert ran(path, out) == files
    assert seen == [24 - len(left)]


def test_a_unit_that_was_cut_off_is_made_again(tmp_path):
    whole = Partial(tmp_path, {})
    whole.begin()
    for k in range(3):
        whole.keep(f"{k:032d}", b"unit %d " % k * 50)
    whole.close()
    (path,) = tmp_path.glob("*.units")
    content = path.read_bytes()
    for lost in (1, 60):  # inside the last unit, and inside its head
        path.write_bytes(content[:-lost])
        again = Partial(tmp_path, {})
        again.begin()
        assert sorted(again.known()) == [f"{k:032d}" for k in range(2)]
        assert again.read(f"{1:032d}") == b"unit 1 " * 50
        if lost == 60:
            again.keep(f"{2:032d}", b"anew")  # beside the first file, which stays
        again.close()
    third = Partial(tmp_path, {})
    third.look()
    assert len(third.known()) == 3
    assert third.read(f"{2:032d}") == b"anew"


def test_shares_of_many_columns_come_in_blocks(monkeypatch):
    codes = grid(2, 3, 2)
    y = np.random.default_rng(3).normal(size=(12, 7))
    whole, drawn = exact_shares(codes, y), sampled_shares(codes[:9], y[:9])
    monkeypatch.setattr("ccd.vary.multiverse.shares.BATCH", 24)
    for found, same in ((exact_shares(codes, y), whole), (sampled_shares(codes[:9], y[:9]), drawn)):
        np.testing.assert_allclose(found.first, same.first)
        np.testing.assert_allclose(found.total, same.total)
        assert found.interaction == pytest.approx(same.interaction)


def test_choices_are_named_in_words():
    english, chinese = Context(), Context(language="zh")
    assert chinese.say(named("index.scale")) == "标准化方法"
    assert english.say(named("index.given")) == "index.given"
    assert titled("index.weights", "entropy", chinese) == "熵权法"
    assert titled("model.estimator", "twfe", english) == "Two-way fixed effects"
    assert titled("model.controls", "[]", english) == "no controls"
    assert titled("model.controls", "[x]", english) == "[x]"


def test_a_ladder_draws_one_line_for_sources_of_the_same_places():
    ranks = np.array([1.0, 2.0])
    same = RankRange(
        ("a", "b") * 2, np.full(4, 2001), np.append(ranks, [1.5, 1.5]), np.ones(4), np.full(4, 2.0), SOURCES
    )
    axes = ranks_view.figure(Part(same), Context()).axes[0]
    assert len(axes.collections) == 1
    assert len(axes.get_lines()) == 2
    other = replace(same, low=np.array([1.0, 1.0, 1.0, 2.0]))
    assert len(ranks_view.figure(Part(other), Context()).axes[0].collections) == 2


@pytest.mark.slow
def test_null_panels_reject_at_their_level(tmp_path):
    menu = MENU.replace("draws = 49", "draws = 199").replace(', "critic", "equal"]', ', "equal"]')
    rejected, runs = np.zeros(3), 200
    for seed in range(runs):
        path = write_study(tmp_path, menu, seed=1000 + seed)
        rejected += (frame_of(ran(path, tmp_path / "out"), "joint")["p_value"] <= 0.05).to_numpy()
    size = rejected / runs
    assert (size <= 0.07).all()
    assert size[[0, 2]].min() >= 0.03  # the share of few specifications is often 0, so it rejects less
