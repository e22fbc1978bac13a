"""Intervals of D, grades and ranks: refits against studies that leave something out, draws, ranks, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ccd.coupling.grades import TEN
from ccd.errors import DataError, StudyError
from ccd.evaluate.base import build_base
from ccd.index.lock import make_lock, write_lock
from ccd.pipeline.steps import table_of
from ccd.report.figures import drawing, find_fonts
from ccd.report.text import render_text
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import GradeProbability, Influence, Intervals, RankRange
from ccd.study import load_study
from ccd.vary.intervals.cells import behind, half_widths
from ccd.vary.intervals.centred import centred, grade_probability, rank_interval, simultaneous
from ccd.vary.intervals.draws import Sides, measured, rounded
from ccd.vary.intervals.refits import drawn_regions, without_indicators, without_regions
from ccd.vary.intervals.ruler import ruler_of
from ccd.vary.intervals.run import intervals
from ccd.vary.run import evaluate

STUDY = """
title = "Small"
[data]
path = "small.csv"
entity = "region"
time = "year"
[transforms]
sales_pc = { ratio = ["sales", "people"] }
[subsystems.one]
sales_pc = "+"
patents = "+"
dirt = "-"
[subsystems.two]
roads = "+"
shops = "+"
[intervals]
draws = 99
"""
REGIONS, YEARS = 8, 4


@pytest.fixture
def small(tmp_path):
    """Return what writes a study of eight regions and four years, and loads it with keys set."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(REGIONS):
        for year in range(2015, 2015 + YEARS):
            a, b, c, d, e = rng.lognormal(0.2 * i, 0.4, 5) * [50, 5, 20, 300, 9]
            rows.append(
                (f"r{i}", year, f"{a:.1f}", f"{100 + 10 * i}", f"{b:.2f}", f"{c:.1f}", f"{d:.0f}", f"{e:.3f}")
            )
    names = ["region", "year", "sales", "people", "patents", "dirt", "roads", "shops"]
    (tmp_path / "small.csv").write_text(
        "\n".join(map(",".join, [names, *((r, str(y), *rest) for r, y, *rest in rows)])), encoding="utf-8"
    )
    (tmp_path / "small.toml").write_text(STUDY, encoding="utf-8")
    return lambda *keys: load_study(tmp_path / "small.toml", keys, None)


def based(file):
    return build_base(file, table_of(file), {})


def degrees(file):
    panel = based(file).panel
    return pd.Series(panel.column("D"), index=panel.frame.index)


def laid(file):
    base = based(file)
    ruler = ruler_of(file, base.panel)
    own = behind(file.study, base.panel, ruler.listed)
    return base, ruler, own, own.indicators(own.values)


def test_the_ruler_gives_the_d_of_the_study(small):
    for keys in ((), ("index.scale=rank",), ("index.fit_years=[2015, 2016]",), ("coupling.formula=fan2024",)):
        base, ruler, _, x = laid(small(*keys))
        assert ruler.degree(x) == pytest.approx(base.panel.column("D"), abs=1e-14), keys
    base, ruler, _, x = laid(small())
    assert ruler.on(np.arange(len(x)), x) == pytest.approx(base.panel.column("D"), abs=1e-14)


def test_without_a_region_is_the_study_that_excludes_it(small):
    base, ruler, _, x = laid(small())
    refits = without_regions(ruler, x)
    for k, name in enumerate(refits.left_out):
        alone = degrees(small(f'data.exclude=["{name}"]'))
        found = pd.Series(refits.degree[k], index=base.panel.frame.index).dropna()
        assert found.index.equals(alone.index)
        assert found.to_numpy() == pytest.approx(alone.to_numpy(), abs=1e-14)
    low, high = refits.band
    assert low == pytest.approx(np.nanmin(refits.degree, axis=0))
    assert (np.isnan(refits.degree).sum(axis=0) == 1).all() and (low <= high).all()


def test_without_an_indicator_is_the_study_that_lacks_it(small, tmp_path):
    _, ruler, _, x = laid(small())
    refits, alone = without_indicators(ruler, x)
    assert refits.left_out == ("sales_pc", "patents", "dirt", "roads", "shops") and not alone
    text = (tmp_path / "small.toml").read_text(encoding="utf-8")
    for name, degree in zip(refits.left_out, refits.degree, strict=True):
        kept = [line for line in text.splitlines() if not line.startswith(f'{name} = "')]
        (tmp_path / "less.toml").write_text("\n".join(kept), encoding="utf-8")
        assert degree == pytest.approx(
            degrees(load_study(tmp_path / "less.toml", (), None)).to_numpy(), abs=1e-14
        )


def test_an_indicator_alone_in_its_subsystem_stays(small, tmp_path):
    text = (tmp_path / "small.toml").read_text(encoding="utf-8").replace('roads = "+"\n', "")
    (tmp_path / "less.toml").write_text(text, encoding="utf-8")
    file = load_study(tmp_path / "less.toml", (), None)
    told = intervals(file, file.study.intervals, based(file))
    assert any("Alone in its subsystem and never left out: shops" in str(note) for note in told.notes)


def test_half_widths_are_those_of_the_text(small):
    file = small()
    _, _, own, _ = laid(file)
    half = half_widths(file, own)
    wanted = {"sales": 0.05, "people": 0.5, "patents": 0.005, "dirt": 0.05, "roads": 0.5, "shops": 0.0005}
    assert set(own.columns) == set(wanted)
    for k, name in enumerate(own.columns):
        assert (half[:, k] <= wanted[name] * 10 + 1e-12).all() and half[:, k].min() == pytest.approx(
            wanted[name]
        )
    file = small("intervals.digits={ roads = -2, sales = 0 }")
    half = half_widths(file, own)
    assert (half[:, own.columns.index("roads")] == 50).all() and (
        half[:, own.columns.index("sales")] == 0.5
    ).all()


def test_a_workbook_keeps_no_digits(small, tmp_path):
    pd.read_csv(tmp_path / "small.csv").to_excel(tmp_path / "small.xlsx", index=False)
    file = small("data.path=small.xlsx")
    with pytest.raises(DataError, match=r"keeps no printed digits of .*sales"):
        intervals(file, file.study.intervals, based(file))
    file = small("data.path=small.xlsx", "intervals.digits=2")
    assert intervals(file, file.study.intervals, based(file)).parts


def test_digits_and_errors_of_unknown_columns_are_refused(small):
    for keys in (
        ("intervals.digits={ sale = 1 }",),
        ('intervals.sources=["measurement"]', "intervals.cv={ sale = 0.1 }"),
    ):
        file = small(*keys)
        with pytest.raises(StudyError, match="no indicator rests on the column 'sale'"):
            intervals(file, file.study.intervals, based(file))


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("intervals.cv=0.1", "go together"),
        ('intervals.sources=["measurement"]', "go together"),
        ("intervals.persistence=0.5", "persistence goes with"),
        ("intervals.draws=10", "99"),
        ('intervals.sources=["rounding", "rounding"]', "once"),
        ("intervals.nothing=1", "nothing"),
    ],
)
def test_keys_that_do_not_fit_are_refused(small, key, said):
    with pytest.raises(StudyError, match=said):
        small(key)


def test_draws_are_centred_and_clipped():
    d = np.array([0.5, 0.99])
    drawn = np.array([[0.4, 0.9], [0.6, 1.0], [0.8, 0.8]])
    found = centred(d, drawn)
    assert found.shifted == pytest.approx([0.1, -0.09])
    assert found.drawn[:, 0] == pytest.approx([0.3, 0.5, 0.7])
    assert found.drawn[:, 1] == pytest.approx([0.99, 1.0, 0.89])  # 1.09 is clipped


def test_probabilities_of_grades_by_hand():
    share = grade_probability(np.array([[0.29], [0.31], [0.35], [0.3]]), TEN)
    assert share[0, 2] == 0.25 and share[0, 3] == 0.75 and share.sum() == 1


def test_ranks_of_draws_reach_outward():
    drawn = np.tile([[0.9, 0.5, 0.4]], (40, 1))
    drawn[:2, 1:] = drawn[:2, :0:-1]  # one draw in twenty swaps the last two
    low, high = rank_interval(drawn, np.array([2020, 2020, 2020]))
    assert low.tolist() == [1, 2, 2] and high.tolist() == [1, 3, 3]


def test_simultaneous_places_of_two_by_hand():
    """With two units c is the percentile of |z| of one difference: they are told apart when d/sd exceeds it."""
    z = np.random.default_rng(0).standard_normal(2000)
    z = (z - z.mean()) / z.std(ddof=1)
    c = np.quantile(np.abs(z), 0.95, method="higher")
    drawn = np.column_stack([0.01 * z, np.zeros(2000)])
    for gap, places in ((c * 0.0101, ([1, 2], [1, 2])), (c * 0.0099, ([1, 1], [2, 2]))):
        low, high = simultaneous(np.array([0.5 + gap, 0.5]), drawn)
        assert (low.tolist(), high.tolist()) == places


def test_units_that_no_draw_moves_are_ranked_for_sure():
    low, high = simultaneous(np.array([0.3, 0.9, 0.5, 0.5]), np.zeros((99, 4)))
    assert low.tolist() == [4, 1, 2, 2] and high.tolist() == [4, 1, 3, 3]


@pytest.mark.slow
def test_simultaneous_places_cover_all_ranks():
    """True ranks of fifteen units, close ones among them, lie in their places all at once in 95 % of samples."""
    rng = np.random.default_rng(11)
    true = np.sort(rng.uniform(0.3, 0.8, 15))
    true[5:9] = true[5] + np.array([0, 1e-4, 2e-4, 1e-3])
    sd = rng.uniform(0.005, 0.03, 15)
    order = (-true).argsort().argsort() + 1
    held = naive = 0
    samples = 1500
    for _ in range(samples):
        d = true + sd * rng.standard_normal(15)
        drawn = d + sd * rng.standard_normal((499, 15))
        low, high = simultaneous(d, drawn)
        held += bool(((low <= order) & (order <= high)).all())
        low, high = rank_interval(drawn, np.zeros(15, dtype=np.intp))
        naive += bool(((low <= order) & (order <= high)).all())
    assert held / samples >= 0.95
    assert naive / samples < 0.95  # what the simultaneous places are for


def test_errors_of_measurement_persist_as_asked():
    entity, year = np.repeat(np.arange(400), 4), np.tile([2000, 2001, 2003, 2004], 400)
    values = np.ones((1600, 1))
    draw, _ = measured(values, np.array([0.1]), 0.8, entity, year)
    e = ((draw(np.random.default_rng(3)) - 1) / 0.1).reshape(400, 4)
    r = np.corrcoef(e, rowvar=False)
    assert e.std() == pytest.approx(1, abs=0.05)
    assert r[0, 1] == pytest.approx(0.8, abs=0.06) and r[1, 2] == pytest.approx(0.64, abs=0.08)  # two years


def test_cells_keep_their_side_of_zero():
    values = np.array([[0.02, -0.01, 0.0], [0.5, 3.0, 0.3]])
    sides = Sides(values)
    draw = rounded(values, np.full((2, 3), 0.05))
    for seed in range(50):
        drawn = sides.kept(np.random.default_rng(seed), draw(np.random.default_rng(seed)), draw)
        assert (drawn[values > 0] > 0).all() and drawn[0, 1] < 0 and drawn[0, 2] >= 0
        assert (np.abs(drawn - values) <= 0.05).all()
    assert sides.again > 0


def test_the_chapter_holds_every_part(small):
    file = small(
        'intervals.sources=["rounding", "regions", "indicators", "measurement"]',
        "intervals.cv=0.05",
        "intervals.bootstrap=true",
    )
    base = based(file)
    told = intervals(file, file.study.intervals, base)
    by = {type(part.value): part.value for part in told.parts}
    bands, grades, ranks, moved = by[Intervals], by[GradeProbability], by[RankRange], by[Influence]
    sources = ["regions", "regions, bootstrap", "indicators", "rounding", "measurement"]
    assert [*dict.fromkeys(bands.source)] == sources
    size = REGIONS * YEARS
    assert len(bands) == 5 * size and len(moved) == REGIONS + 5
    frame = bands.frame()
    drawn = frame[frame["source"].isin(["regions, bootstrap", "rounding", "measurement"])]
    inside = (drawn["conf_low"] <= drawn["D"]) & (drawn["D"] <= drawn["conf_high"])
    assert inside.mean() > 0.95
    wide = (frame["conf_high"] - frame["conf_low"]).groupby(frame["source"]).mean()
    assert wide["rounding"] < wide["measurement"]
    total = grades.frame().groupby(["source", "entity", "time"])["probability"].sum()
    assert total.to_numpy() == pytest.approx(1.0) and len(total) == 3 * size
    unsure = grades.frame()[(grades.probability < 0.95) & (grades.own == grades.code)]
    assert len(unsure) and unsure["printed"].astype(str).str.contains(" or ").all()
    assert (ranks.low <= ranks.rank).all() and (ranks.rank <= ranks.high).all()
    marginal = ranks.frame()[np.array(ranks.source) == "measurement"]
    at_once = ranks.frame()[np.array(ranks.source) == "measurement, simultaneous"]
    assert (at_once["high"] - at_once["low"]).mean() >= (marginal["high"] - marginal["low"]).mean()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_a_reader_sees(small, language):
    file = small(
        'intervals.sources=["rounding", "regions", "indicators", "measurement"]', "intervals.cv=0.05"
    )
    told = intervals(file, file.study.intervals, based(file))
    ctx = Context(language=language)
    shown = {}
    for part in told.parts:
        view = VIEWS[part.shape]
        shown[part.shape] = render_text(view.table(part, ctx), ctx)
        assert all(ctx.say(sentence) for sentence in view.sentences(part, ctx))
        if view.figure:
            with drawing(find_fonts(chinese=language == "zh")):
                figure = view.figure(part, ctx)
            labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
            assert sorted(labels) == [f"r{k}" for k in range(REGIONS)]
    assert set(shown) == {"intervals", "grade_probability", "ranks", "influence"}
    bands = next(part.value for part in told.parts if part.shape == "intervals").frame()
    own = bands[(bands["time"] == 2018) & (bands["source"] == "regions") & (bands["entity"] == "r7")].iloc[0]
    row = next(line for line in shown["intervals"].splitlines() if line.startswith("r7"))
    assert f"{own['D']:.3f}" in row and f"{own['conf_low']:.3f}–{own['conf_high']:.3f}" in row
    assert shown["intervals"].count("\n") == REGIONS + 5 and shown["ranks"].count("\n") == REGIONS + 5
    assert ("数据取整" if language == "zh" else "rounding") in shown["intervals"]


def test_under_a_lock_bounds_and_weights_stay(small, tmp_path):
    free = small()
    base = based(free)
    write_lock(
        tmp_path / "held.json", make_lock(base.panel, free.study.subsystems, base.index, base.coupling)
    )
    file = small("index.lock=held.json", "data.years=[2015, 2017]")
    base = based(file)
    told = intervals(file, file.study.intervals, base)
    assert any("Under a lock no region moves" in str(note) for note in told.notes)
    bands = next(part.value for part in told.parts if isinstance(part.value, Intervals)).frame()
    assert set(bands["source"]) == {"indicators", "rounding"}
    ruler = ruler_of(file, base.panel)
    own = behind(file.study, base.panel, ruler.listed)
    x = own.indicators(own.values)
    assert ruler.degree(x) == pytest.approx(base.panel.column("D"), abs=1e-14)
    moved = x.copy()
    moved[0] *= 1.01  # one row moves, no other does: nothing is fitted
    assert (ruler.degree(moved)[1:] == ruler.degree(x)[1:]).all()


def test_drawn_regions_that_are_all_regions_give_d(small):
    """A draw is a plain loop: bounds and weights of the drawn rows, all rows evaluated, z clipped."""
    _, ruler, _, x = laid(small("index.weights=cv"))
    found, _ = drawn_regions(ruler, x, 99, np.random.default_rng(2))
    rng = np.random.default_rng(2)
    codes = ruler.panel.entity_codes
    chosen = rng.integers(0, REGIONS, REGIONS)
    rows = np.concatenate([np.flatnonzero(codes == k) for k in chosen])
    low, high = x[rows].min(axis=0), x[rows].max(axis=0)
    z = (x - low) / (high - low)
    z[:, 2] = 1 - z[:, 2]
    z = z.clip(0, 1)
    raw = x[rows].std(axis=0, ddof=1) / x[rows].mean(axis=0)
    w = np.concatenate([raw[:3] / raw[:3].sum(), raw[3:] / raw[3:].sum()])
    u = np.column_stack([z[:, :3] @ w[:3], z[:, 3:] @ w[3:]])
    c = 2 * np.sqrt(u[:, 0] * u[:, 1]) / u.sum(axis=1)
    assert found[0] == pytest.approx(np.sqrt(np.nan_to_num(c) * u.mean(axis=1)), abs=1e-12)


def test_the_same_bytes_whatever_jobs_and_row_order(small, tmp_path):
    file = small()
    table = table_of(file)
    frames = [
        [part.frame for part in evaluate(file, own, workers=jobs).chapters[-1].parts]
        for own, jobs in ((table, 1), (table, 2), (table.iloc[::-1].reset_index(drop=True), 1))
    ]
    for one, two, turned in zip(*frames, strict=True):
        assert one.astype(str).equals(two.astype(str)) and one.astype(str).equals(turned.astype(str))


def test_a_section_that_cannot_be_told_leaves_the_run_standing(small, tmp_path):
    pd.read_csv(tmp_path / "small.csv").to_excel(tmp_path / "small.xlsx", index=False)
    file = small("data.path=small.xlsx")
    found = evaluate(file, table_of(file))
    assert "intervals" in found.failures and found.coupling is not None


def test_intervals_need_subsystems_and_bounds(small, tmp_path):
    with pytest.raises(StudyError, match="bounds of all years"):
        small("index.scale=rank", "intervals.bootstrap=true")
    bare = 'title = "x"\n[data]\npath = "small.csv"\nentity = "region"\ntime = "year"\n[intervals]\n'
    (tmp_path / "bare.toml").write_text(bare, encoding="utf-8")
    with pytest.raises(StudyError, match="needs subsystems"):
        load_study(Path(tmp_path / "bare.toml"), (), None)
