"""Before the first model: each number against a hand-worked case, dummies, or a plain loop; views in both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel

from ccd.describe.diagnostics.collinearity import collinearity
from ccd.describe.diagnostics.correlations import correlations
from ccd.describe.diagnostics.group_means import group_means
from ccd.describe.diagnostics.missing import missing
from ccd.describe.diagnostics.section import groups_of
from ccd.errors import DataError, StudyFaults
from ccd.evaluate.base import build_base
from ccd.evaluate.chapters import chapters
from ccd.pipeline import Options, check, table_of
from ccd.report.files import write_numbers
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.report.views.missing import figure as missing_figure
from ccd.results import Part
from ccd.study import load_study, parse_study
from ccd.vary.run import evaluate

NAN = float("nan")


def test_correlations_by_hand():
    series = {"a": np.array([1.0, 2, 3, 4]), "b": np.array([2.0, 1, 4, 3]), "c": np.array([1.0, NAN, 9, 2])}
    found = correlations(series, "pearson", "pairwise")
    assert list(zip(found.first, found.second, strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    # a, b: deviations (-1.5, -.5, .5, 1.5) and (-.5, -1.5, 1.5, .5): sum of products 3, of squares 5 and 5
    assert found.correlation[0] == pytest.approx(0.6)
    assert found.nobs.tolist() == [4, 3, 3]
    t = 0.6 * np.sqrt(2 / (1 - 0.36))  # t(2): p = 1 - t / sqrt(2 + t^2)
    assert found.p_value[0] == pytest.approx(1 - t / np.sqrt(2 + t**2))
    listwise = correlations(series, "pearson", "listwise")
    assert listwise.nobs.tolist() == [3, 3, 3]
    kept = np.array([0, 2, 3])
    assert listwise.correlation[0] == pytest.approx(np.corrcoef(series["a"][kept], series["b"][kept])[0, 1])


def test_spearman_is_pearson_of_ranks_and_a_constant_has_none():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 30))
    found = correlations({"a": a, "b": np.exp(b), "k": np.ones(30)}, "spearman", "pairwise")
    ranks = [np.argsort(np.argsort(one)) for one in (a, b)]
    assert found.correlation[0] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert np.isnan(found.correlation[1:]).all()


def test_listwise_without_a_complete_row_is_refused():
    with pytest.raises(DataError, match="no region-year has all"):
        correlations({"a": np.array([1.0, NAN]), "b": np.array([NAN, 1.0])}, "pearson", "listwise")


@pytest.mark.parametrize("balanced", [True, False])
def test_variance_inflation_is_that_of_dummy_regressions(balanced):
    rng = np.random.default_rng(1)
    n, t = 12, 6
    entity, time = np.repeat(np.arange(n), t), np.tile(np.arange(t), n)
    level = np.repeat(rng.normal(size=n), t)
    x = np.column_stack(
        [rng.normal(size=n * t) + 3 * level for _ in range(2)] + [rng.normal(size=n * t) + time]
    )
    index = pd.MultiIndex.from_arrays([[f"r{i:02d}" for i in entity], 2000 + time], names=["region", "year"])
    frame = pd.DataFrame(x, index=index, columns=["a", "b", "c"])
    if not balanced:
        frame = frame[rng.random(len(frame)) < 0.8]
    found = collinearity(frame)
    x = frame.to_numpy()
    codes = [np.unique(frame.index.get_level_values(k), return_inverse=True)[1] for k in (0, 1)]
    dummies = np.column_stack([np.eye(c.max() + 1)[c] for c in codes])
    for j in range(3):
        rest = np.delete(x, j, axis=1)
        for base, value in ((np.ones((len(x), 1)), found.raw[j]), (dummies, found.within[j])):

            def left(target, columns):
                return target - columns @ np.linalg.lstsq(columns, target, rcond=None)[0]

            total, own = left(x[:, j], base), left(x[:, j], np.column_stack([base, rest]))
            assert value == pytest.approx((total @ total) / (own @ own), rel=1e-8)
    swept = x - dummies @ np.linalg.lstsq(dummies, x, rcond=None)[0]
    values = np.linalg.eigvalsh(
        (swept / np.linalg.norm(swept, axis=0)).T @ (swept / np.linalg.norm(swept, axis=0))
    )
    assert found.condition_within == pytest.approx(np.sqrt(values[-1] / values[0]))
    assert found.raw[:2].min() > 2 * found.within[:2].max()  # levels alike, changes not


def test_what_effects_absorb_has_no_factor_and_copies_have_an_infinite_one():
    panel = make_panel({"a": [1, 2, 3, 5, 1, 7], "k": [4, 4, 6, 6, 9, 9]}, list("uuvvww"), [1, 2] * 3)
    found = collinearity(panel.frame.assign(copy=2 * panel.frame["a"])[["a", "k"]])
    assert np.isnan(found.within[1]) and np.isfinite(found.raw).all()
    copies = collinearity(panel.frame.assign(copy=2 * panel.frame["a"])[["a", "copy"]])
    assert np.isinf(copies.raw).all() and np.isinf(copies.condition_within)
    with pytest.raises(DataError, match="too few"):
        collinearity(panel.frame.iloc[:3])


def test_group_means_count_regions_once_or_region_years():
    values = np.array([1.0, 3, 2, 4, 6, 8, 7, 9])
    entity, group = np.repeat(np.arange(4), 2), np.repeat([0, 0, 1, 1], 2)
    by_region = group_means({"x": values}, group, ("A", "B"), entity, "zone", "region")
    # means of regions: 2, 3 against 7, 8; Welch: -5 / sqrt(.5/2 + .5/2)
    assert (by_region.mean_first[0], by_region.mean_second[0]) == (2.5, 7.5)
    assert by_region.statistic[0] == pytest.approx(-5 / np.sqrt(0.5))
    assert by_region.std_diff[0] == pytest.approx(-5 / np.sqrt(0.5))
    assert by_region.nobs_first[0] == by_region.nobs_second[0] == 2
    assert by_region.p_rank[0] == pytest.approx(1 / 3)  # 2 of the 6 orders are as far apart
    by_year = group_means({"x": values}, group, ("A", "B"), entity, "zone", "region-year")
    assert by_year.nobs_first[0] == 4
    assert by_year.statistic[0] == pytest.approx(-5 / np.sqrt(2 * (5 / 3) / 4))
    assert by_year.p_rank[0] == pytest.approx(2 / 70)


def test_missing_cells_are_counted_and_mapped():
    panel = make_panel({"a": [1, NAN, 3, NAN, 5], "b": [NAN, NAN, 1, 1, 1]}, list("uuvvw"), [1, 2, 1, 2, 2])
    found = missing(panel, {name: panel.column(name) for name in "ab"})
    assert found.missing.tolist() == [2, 2]
    assert found.entities.tolist() == [2, 1]
    assert (found.first.tolist(), found.last.tolist()) == ([2, 1], [2, 2])
    assert found.cells.tolist() == [[1, 2], [0, 1], [-1, 0]]
    assert found.absent == 1
    drawn = missing_figure(Part(found), Context())
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == ["u", "v", "w"]
    words = [word.get_text() for word in drawn.axes[0].get_legend().get_texts()]
    assert words == ["0", "1", "2", "no row"]


def test_groups_of_a_policy_and_of_a_column():
    panel = make_panel(
        {"a": [1, 2, 3, 4]}, list("uuvv"), [1, 2, 1, 2], [2, 2, NAN, NAN], {"zone": list("xxyy")}
    )
    assert groups_of(panel, "policy")[0].tolist() == [0, 0, 1, 1]
    assert groups_of(panel, "zone")[1] == ("x", "y")
    with pytest.raises(DataError, match="has 1 value,"):
        groups_of(panel.with_columns(pd.DataFrame({"k": 1.0}, index=panel.frame.index)), "k")
    with pytest.raises(DataError, match="no column 'zoen'"):
        groups_of(panel, "zoen")


def file(language="en", **keys):
    raw = {
        "language": language,
        "data": {"path": "p.csv", "entity": "region", "time": "year"},
        "policies": {"zone": {"column": "start"}},
        "diagnostics": {
            "variables": ["x", "y", "z"],
            "by": ["zone", "area"],
            "correlation": ["pearson", "spearman"],
            **keys,
        },
    }
    return parse_study(raw, Path("s.toml"))


def table() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    n, t = 12, 5
    x = rng.normal(size=n * t)
    made = pd.DataFrame({
        "region": np.repeat([f"r{i}" for i in range(n)], t), "year": np.tile(np.arange(2001, 2001 + t), n),
        "start": np.repeat(np.where(np.arange(n) < 5, 2003.0, np.nan), t), "x": x,
        "y": x + 0.1 * rng.normal(size=n * t), "z": x + 0.01 * rng.normal(size=n * t),
        "area": np.repeat(np.array(["East", "West", "North"])[np.arange(n) % 3], t),
    })  # fmt: skip
    made["z"] = made["y"] + 0.02 * rng.normal(size=n * t)
    made.loc[[3, 17], "z"] = np.nan
    return made


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_section_tells_a_chapter_that_views_show(language, tmp_path):
    results = evaluate(file(language), table())
    (chapter,) = results.chapters
    assert [part.name for part in chapter.parts] == [
        "correlations_pearson", "correlations_spearman", "vif", "group_means_zone", "group_means_area", "missing",
    ]  # fmt: skip
    write_numbers(results, tmp_path)
    assert pd.read_csv(tmp_path / "diagnostics" / "missing.csv")["missing"].tolist() == [0, 0, 2]
    ctx = Context(language=language)
    for part in chapter.parts:
        view = VIEWS[part.shape]
        for words in (*view.sentences(part, ctx), *view.table(part, ctx).notes, view.table(part, ctx).title):
            assert ctx.say(words)
    notes = [str(note) for part in chapter.parts for note in part.notes]
    assert notes == ["Variance inflated more than 10 times after the fixed effects: y, z"]
    shown = VIEWS["correlations"].table(chapter.parts[0], ctx)
    assert [len(row.cells) for row in shown.rows] == [4, 4, 4]
    assert ctx.show(shown.rows[1].cells[1]).endswith("***")
    tiles = VIEWS["correlations"].figure(chapter.parts[0], ctx)
    assert len(tiles.axes[0].texts) == 3


def test_region_years_as_independent_are_warned_of_and_faults_are_named():
    results = evaluate(file(unit="region-year"), table())
    assert "reject too often" in str(results.chapters[0].notes[0])
    noted = evaluate(file(by=["nowhere"]), table()).chapters[0].notes
    assert "there is no column 'nowhere'" in str(noted[-1])
    with pytest.raises(StudyFaults, match="variables: name each once"):
        file(variables=["x", "x"])


def test_dependence_is_told_where_asked_and_a_variable_with_gaps_is_named():
    results = evaluate(file(dependence=True), table())
    part = next(part for part in results.chapters[0].parts if part.shape == "dependence")
    assert part.value.variable == ("x",) * 4 + ("y",) * 4
    assert [str(note) for note in part.notes] == [
        "z: not computed (z has gaps, or does not vary in some region)"
    ]
    assert "describe:dependence" in {method.key for method in results.methods}


def test_one_that_cannot_be_computed_leaves_the_others(tmp_path):
    rows = [
        f"{region},{year},{k + year % 3},{year % 4},{k}"
        for k, region in enumerate("PQRS")
        for year in range(2010, 2016)
    ]
    (tmp_path / "d.csv").write_text("region,year,x,y,place\n" + "\n".join(rows), encoding="utf-8")
    asked = (
        '[data]\npath = "d.csv"\nentity = "region"\ntime = "year"\n[diagnostics]\nvariables = ["x", "y"]\n'
    )
    path = tmp_path / "s.toml"
    path.write_text(asked + 'by = ["place", "y"]\n', encoding="utf-8")  # y begins alike in all regions
    file = load_study(path)
    told, failures = chapters(file, build_base(file, table_of(file), {}))
    assert not failures
    assert [part.name for part in told[0].parts if part.name.startswith("group_means")] == [
        "group_means_place"
    ]
    assert len(told[0].parts) == 4
    assert [str(note) for note in told[0].notes] == [
        "Means by y: not computed ('y' has 1 value, so its groups cannot be compared)"]  # fmt: skip
    path.write_text(asked + 'by = ["plaec"]\n', encoding="utf-8")
    with pytest.raises(DataError, match="there is no column 'plaec'"):
        check(path, Options())
