"""Indices from panels: the errors, the lock, imputation, fit years and the linter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from hypothesis import given, settings
from hypothesis import strategies as st

from ccd.coupling.build import CouplingSpec, couple
from ccd.errors import DataError, StudyError
from ccd.index.build import IndexSpec, build_index
from ccd.index.lint import lint, lone, shared_columns
from ccd.index.lock import make_lock, read_lock, write_lock
from ccd.index.scale import SCALES, Range, Target, fit_bounds
from ccd.index.weights import WEIGHTS, Options

SYSTEMS = {"science": {"a": "+", "b": "-"}, "economy": {"c": "+", "d": "+", "e": Target(target=0.5)}}
REGIONS, YEARS = ("Ku", "La", "Mo", "Na"), range(2001, 2007)


def panel(change=None, years=YEARS, cohort=None, extra=None):
    """4 regions x 6 years of a, b, c, d, e in (0, 1), correlated by region; ``change``: (column, region, year) -> v."""
    rng = np.random.default_rng(5)
    drawn = {}
    for region in REGIONS:
        for year in range(2001, 2011):
            rise = 0.05 * (year - 2001)
            level = rng.uniform(0.1, 0.3) + rise
            drawn[region, year] = {
                "a": level + rng.uniform(0, 0.1),
                "b": 1 - level + rng.uniform(0, 0.1),
                "c": level + rng.uniform(0, 0.2),
                "d": level + rng.uniform(0, 0.1),
                "e": rng.uniform(0.1, 0.9),
            }
    keys = [(region, year) for region in REGIONS for year in years]
    frame = pd.DataFrame([drawn[key] for key in keys], index=pd.MultiIndex.from_tuples(keys))
    for (column, region, year), value in (change or {}).items():
        frame.loc[(region, year), column] = value
    columns = {**{name: frame[name].to_numpy() for name in frame}, **(extra or {})}
    start = None if cohort is None else [cohort.get(region, np.nan) for region, _ in keys]
    return make_panel(columns, [k[0] for k in keys], [k[1] for k in keys], start)


def build(data=None, systems=SYSTEMS, base=None, **keys):
    return build_index(data or panel(), systems, IndexSpec(**keys), base)


def test_scores_are_weighted_sums_by_a_plain_loop():
    found = build()
    x = panel().frame[["a", "b", "c", "d", "e"]].to_numpy()
    directions = [d for inside in SYSTEMS.values() for d in inside.values()]
    z = SCALES["minmax"](x, directions, fit_bounds(x, directions))
    np.testing.assert_allclose(found.scaled, z, atol=1e-15)
    for system, own in (("science", [0, 1]), ("economy", [2, 3, 4])):
        w = WEIGHTS["entropy"](z[:, own], x[:, own], Options())
        np.testing.assert_allclose(found.scores[system], z[:, own] @ w, atol=1e-14)
        np.testing.assert_allclose(found.weights.weight[own], w)
    p = z / z.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nansum(p * np.log(p), axis=0) / np.log(24)
    np.testing.assert_allclose(found.weights.entropy, entropy, rtol=1e-12)
    np.testing.assert_allclose(found.weights.redundancy, 1 - entropy, rtol=1e-9)
    assert found.nobs == 24
    assert found.weights.direction == ("+", "-", "+", "+", "target 0.5")
    assert found.weights.subsystems == {"science": ("a", "b"), "economy": ("c", "d", "e")}
    weights, scores = found.parts[:2]
    assert weights.value is found.weights
    pd.testing.assert_frame_equal(scores.frame.set_index(["region", "year"]), found.scores, check_exact=True)


@pytest.mark.parametrize("weights", [name for name in WEIGHTS if name != "given"])
@pytest.mark.parametrize("scale", SCALES)
def test_every_pair_of_scale_and_weights(scale, weights):
    if scale == "zscore" and weights in ("entropy", "entropy-critic", "game"):
        with pytest.raises(ValueError, match="zscore"):
            IndexSpec(scale=scale, weights=weights)
        return
    data = panel()
    found = build(data, scale=scale, weights=weights)
    np.testing.assert_allclose([found.weights.weight[:2].sum(), found.weights.weight[2:].sum()], 1.0)
    again = build(data, scale=scale, weights=weights)
    pd.testing.assert_frame_equal(found.scores, again.scores, check_exact=True)
    if scale != "zscore":
        assert found.scores.min().min() >= 0
        assert found.scores.max().max() <= 1


def test_names_of_regions_change_nothing():
    data = panel()
    renamed = make_panel(
        {name: data.frame[name].to_numpy() for name in data.frame},
        [{"Ku": "z", "La": "y", "Mo": "x", "Na": "w"}[e] for e, _ in data.frame.index],
        data.years,
    )
    then, now = build(data), build(renamed)
    np.testing.assert_allclose(then.weights.weight, now.weights.weight, rtol=1e-12)
    np.testing.assert_allclose(then.scores.loc["Ku"], now.scores.loc["z"], rtol=1e-12)


def test_given_weights_sum_to_one_inside_each_subsystem():
    given_weights = {"a": 1, "b": 3, "c": 2, "d": 1, "e": 1}
    found = build(weights="given", given=given_weights)
    np.testing.assert_allclose(found.weights.weight, [0.25, 0.75, 0.5, 0.25, 0.25])


@pytest.mark.parametrize(
    ("change", "keys", "words"),
    [
        (
            {("c", "La", 2003): np.nan},
            {},
            ["'c' has 1 missing cell", "column c: La 2003", 'exclude = ["La"]'],
        ),
        ({("c", "La", 2003): np.inf}, {}, ["'c' has 1 infinite cell", "La 2003"]),
        ({("c", r, 2003): np.nan for r in REGIONS}, {}, ["4 missing cells", "Ku 2003, La 2003"]),
        (
            {("c", r, y): np.nan for r in REGIONS for y in (2003, 2004)},
            {},
            ["8 missing cells", "Ku 2003, Ku 2004, La 2003, La 2004, Mo 2003 and 3 more"],
        ),
        ({("d", r, y): 0.3 for r in REGIONS for y in YEARS}, {}, ["'d' is constant (0.3) in every region"]),
        # 0.1 + 0.2 and 0.3 differ in the last digit only
        (
            {("d", r, y): 0.3 if y % 2 else 0.1 + 0.2 for r in REGIONS for y in YEARS},
            {},
            ["'d' is constant (0.3) in every region"],
        ),
        ({("e", r, y): 0.3 for r in REGIONS for y in YEARS}, {}, ["'e' is constant (0.3) in every region"]),
        ({("d", r, y): 0.0 for r in REGIONS for y in YEARS}, {}, ["'d' is zero in every region and year"]),
        (
            {("d", r, 2004): 0.2 for r in REGIONS},
            {"scale": "per-year"},
            ["'d' is constant (0.2) in every region of 2004", "Ku 2004"],
        ),
        ({("d", "Mo", 2002): 1.5}, {"scale": "none"}, ["'d' is 1.5", "Mo 2002", "lies in [0, 1]"]),
        ({("b", "Mo", 2002): 0.0}, {"scale": "ratio"}, ["'b' is 0", "Mo 2002", "is positive"]),
        ({("a", "Mo", 2002): -1.0}, {"scale": "ratio"}, ["'a' is -1", "is not negative"]),
        ({}, {"fit_years": (1990, 1995)}, ["fit_years = [1990, 1995]", "2001 to 2006"]),
        ({("a", r, 2001): 0.1 for r in REGIONS}, {"fit_years": (2001, 2001)}, ["'a' is constant"]),
    ],
)
def test_cells_that_cannot_be_weighed(change, keys, words):
    with pytest.raises(DataError) as caught:
        build(panel(change), **keys)
    for word in words:
        assert word in str(caught.value)


def test_negative_values_are_as_good_as_others_to_minmax():
    data = panel()
    lower = data.with_columns(data.frame[["a", "c"]] - 5)
    np.testing.assert_allclose(build(lower).scores, build(data).scores, atol=1e-12)


def test_values_all_as_far_from_a_target_do_not_vary():
    change = {("e", r, y): 0.4 + 0.2 * (y % 2) for r in REGIONS for y in YEARS}
    with pytest.raises(DataError, match="'e' takes the same scaled value"):
        build(panel(change))


def test_indicators_that_repeat_each_other_have_no_critic_weights():
    change = {("d", r, y): v for (r, y), v in panel().frame["c"].items()}
    systems = {"one": {"c": "+", "d": "+"}, "two": {"a": "+"}}
    with pytest.raises(DataError, match="critic weights of 'one' are undefined"):
        build(panel(change), systems, weights="critic")


@pytest.mark.parametrize(
    ("systems", "keys", "words"),
    [
        ({"one": {"a": "+"}, "two": {"a": "+"}}, {}, "'a' stands in 'one' and in 'two'"),
        ({"one": {"a": "+"}, "two": {}}, {}, "'two' has no indicator"),
        (SYSTEMS, {"weights": "given", "given": {"a": 1.0}}, "no weight is given for b, c, d, e"),
        (SYSTEMS, {"weights": "given", "given": {"A": 1.0}}, "'A', which is no indicator"),
    ],
)
def test_faults_of_the_study(systems, keys, words):
    with pytest.raises(StudyError, match=words):
        build(systems=systems, **keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"weights": "given"},
        {"given": {"a": 1.0}},
        {"weights": "given", "given": {"a": 0.0}},
        {"scale": "zscore"},
        {"weights": "game", "game": ("entropy", "pca"), "scale": "zscore"},
        {"fit_years": (2005, 2001)},
        {"fit_years": (2001, 2005), "lock": "x"},
        {"scale": "per-year", "fit_years": (2001, 2005)},
        {"scale": "rank", "fit_years": (2001, 2005)},
        {"shift": -1.0},
    ],
)
def test_keys_that_do_not_go_together(keys):
    with pytest.raises(ValueError, match=r"given|zscore|fit_years|shift"):
        IndexSpec(**keys)


def test_a_best_interval_does_not_run_backwards():
    assert str(Range(range=(1, 1))) == "range [1, 1]"
    with pytest.raises(ValueError, match=r"range = \[2, 1\] runs backwards"):
        Range(range=(2, 1))


def test_an_unknown_indicator_is_suggested():
    with pytest.raises(DataError, match="there is no column 'aa'") as caught:
        build(systems={"one": {"aa": "+"}, "two": {"b": "+"}})
    assert "did you mean 'a'?" in caught.value.fix


def test_linear_imputation_lists_every_cell():
    before = panel()
    cells = {("c", "La", 2003): np.nan, ("c", "La", 2004): np.nan, ("d", "Ku", 2002): np.nan}
    found = build(panel(cells), impute="linear")
    part = next(part for part in found.parts if part.name == "imputed")
    assert [tuple(row) for row in part.frame.iloc[:, :3].to_numpy()] == [
        ("La", 2003, "c"),
        ("La", 2004, "c"),
        ("Ku", 2002, "d"),
    ]
    low, high = before.frame["c"]["La"][2002], before.frame["c"]["La"][2005]
    np.testing.assert_allclose(part.frame["value"][:2], [low + (high - low) / 3, low + 2 * (high - low) / 3])
    assert "2 missing cells of c filled (linear): La 2003, La 2004" in [str(note) for note in found.notes]


def test_imputation_does_not_reach_the_ends_unless_nearest():
    cells = {("c", "La", 2001): np.nan, ("c", "La", 2006): np.nan}
    with pytest.raises(DataError, match="2 missing cells") as caught:
        build(panel(cells), impute="linear")
    assert "ends" in caught.value.fix
    part = next(p for p in build(panel(cells), impute="nearest").parts if p.name == "imputed")
    known = panel().frame["c"]["La"]
    np.testing.assert_array_equal(part.frame["value"], [known[2002], known[2005]])


def test_fit_years_are_the_fit_of_those_years_alone():
    found = build(fit_years=(2001, 2003))
    alone = build(panel(years=range(2001, 2004)))
    np.testing.assert_allclose(found.weights.weight, alone.weights.weight, rtol=1e-14)
    early = found.scores[found.scores.index.get_level_values(1) <= 2003]
    np.testing.assert_allclose(early, alone.scores, rtol=1e-12)
    outside = next(part for part in found.parts if part.name == "outside").frame
    assert list(outside.columns) == ["region", "year", "indicator", "value", "scaled"]
    assert (outside["year"] > 2003).all()
    assert len(outside) == int(((found.scaled > 1 + 1e-12) | (found.scaled < -1e-12)).sum().sum())
    for row in outside.itertuples():
        assert row.value == panel().frame.loc[(row.region, row.year), row.indicator]
        assert row.scaled == found.scaled.loc[(row.region, row.year), row.indicator]
    clipped = next(part for part in found.parts if part.name == "clipped").frame
    assert len(clipped)
    for row in clipped.itertuples():
        assert found.scores.loc[(row.region, row.year), row.subsystem] == np.clip(row.index, 0, 1)
    assert any("clipped" in str(note) for note in found.notes)


# the lock


def lock_of(data, path, **keys):
    index = build(data, **keys)
    coupling = couple(data, index, CouplingSpec())
    write_lock(path, make_lock(data, SYSTEMS, index, coupling))
    return index, coupling


@pytest.mark.parametrize("scale", [name for name in SCALES if name not in ("per-year", "rank")])
@pytest.mark.parametrize("weights", ["entropy", "critic", "pca"])
def test_a_later_year_moves_no_published_number(tmp_path, scale, weights):
    if scale == "zscore" and weights == "entropy":
        return
    data = panel()
    index = build(data, scale=scale, weights=weights)
    write_lock(tmp_path / "lock.json", make_lock(data, SYSTEMS, index, None))
    later = build(panel(years=range(2001, 2009)), lock="lock.json", base=tmp_path)
    old = later.scores[later.scores.index.get_level_values(1) <= 2006]
    pd.testing.assert_frame_equal(old, index.scores, check_exact=True)
    pd.testing.assert_frame_equal(later.weights.frame(), index.weights.frame(), check_exact=True)
    pd.testing.assert_frame_equal(later.bounds.frame(), index.bounds.frame(), check_exact=True)
    assert str(later.notes[0]) == "Bounds and weights locked on 2001-2006"
    assert not any("not those the lock was made on" in str(n) for n in later.notes)


@settings(max_examples=15)
@given(more=st.integers(1, 4))
def test_a_lock_keeps_d_and_lists_what_lies_beyond(tmp_path_factory, more):
    folder = tmp_path_factory.mktemp("lock")
    _, then = lock_of(panel(), folder / "lock.json")
    data = panel(years=range(2001, 2007 + more))
    index = build(data, lock="lock.json", base=folder)
    now = couple(data, index, CouplingSpec())
    old = now.frame[now.frame.index.get_level_values(1) <= 2006]
    pd.testing.assert_frame_equal(old, then.frame, check_exact=True)
    outside = next(part.frame for part in index.parts if part.name == "outside")
    assert set(outside["year"]) <= set(range(2007, 2007 + more))


def test_a_lock_says_when_its_figures_were_revised(tmp_path):
    lock_of(panel(), tmp_path / "lock.json")
    found = build(panel({("a", "Ku", 2002): 0.31}), lock="lock.json", base=tmp_path)
    assert any("not those the lock was made on" in str(note) for note in found.notes)


def test_a_lock_writes_the_same_bytes_twice(tmp_path):
    lock_of(panel(), tmp_path / "one.json")
    lock_of(panel(), tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert read_lock(tmp_path / "one.json").formula == "standard"


@pytest.mark.parametrize(
    ("systems", "keys", "words"),
    [
        (
            {**SYSTEMS, "science": {"a": "+", "b": "+"}},
            {},
            r"science\.b = - where the study has science\.b = \+",
        ),
        ({**SYSTEMS, "science": {"a": "+"}}, {}, r"science\.b = - where the study has nothing"),
        (SYSTEMS, {"scale": "ratio"}, 'made with scale = "minmax"'),
        (SYSTEMS, {"weights": "critic"}, 'made with weights = "entropy"'),
    ],
)
def test_a_lock_refuses_another_index(tmp_path, systems, keys, words):
    lock_of(panel(), tmp_path / "lock.json")
    with pytest.raises(StudyError, match=words):
        build(systems=systems, lock="lock.json", base=tmp_path, **keys)


def test_a_lock_does_not_mind_the_order_of_indicators(tmp_path):
    index, _ = lock_of(panel(), tmp_path / "lock.json")
    turned = {"economy": dict(reversed(SYSTEMS["economy"].items())), "science": SYSTEMS["science"]}
    found = build(systems=turned, lock="lock.json", base=tmp_path)
    np.testing.assert_allclose(found.scores[["science", "economy"]], index.scores, rtol=1e-12)


@pytest.mark.parametrize("keys", [{"formula": "fan2024"}, {"contribution": {"science": 1, "economy": 2}}])
def test_a_lock_refuses_another_coupling(tmp_path, keys):
    lock_of(panel(), tmp_path / "lock.json")
    index = build(lock="lock.json", base=tmp_path)
    with pytest.raises(StudyError, match=r'"standard" and contributions science = 0\.5'):
        couple(panel(), index, CouplingSpec(**keys))


def test_a_lock_that_is_none(tmp_path):
    with pytest.raises(StudyError, match="there is no lock file"):
        build(lock="none.json", base=tmp_path)
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StudyError, match="is not a scale lock"):
        build(lock="bad.json", base=tmp_path)
    with pytest.raises(StudyError, match="per-year"):
        make_lock(panel(), SYSTEMS, build(scale="per-year"), None)
    with pytest.raises(StudyError, match="moves the ranks of all"):
        make_lock(panel(), SYSTEMS, build(scale="rank"), None)


# the linter


def words(data, systems=SYSTEMS, degree=None, **keys):
    index = build(data, systems, **keys)
    notes, parts = lint(data, systems, IndexSpec(**keys), index, degree)
    for note in notes:
        note.render("zh")
    return [str(note) for note in notes], parts


CLEAN = {"science": {"a": "+", "b": "-"}, "economy": {"c": "+", "d": "+"}}


def test_the_linter_is_silent_on_clean_indicators():
    assert words(panel(), CLEAN) == ([], ())


def test_a_wrong_direction_is_noticed():
    wrong = {"science": {"a": "+", "b": "+"}, "economy": {"c": "+", "d": "+"}}
    found, _ = words(panel(), wrong)
    assert [note.split(" (")[0] for note in found] == [
        "a runs against the rest of science",
        "b runs against the rest of science",
    ]


def test_a_wrong_unit_is_noticed():
    found, _ = words(panel({("d", "La", 2003): 4000.0}), CLEAN)
    assert len(found) == 1
    assert "One cell moves the weight of d from" in found[0]
    assert "La 2003, 4000; is its unit right?" in found[0]


@pytest.mark.parametrize(
    ("values", "rows"),
    [
        ([0, 1, 2, 100], [3]),
        ([-100, 1, 2, 3], [0]),
        ([0, 1, 99, 100], []),
        ([-100, 0, 0, 100], [3, 0]),
        ([0, 1, 100], []),
        ([0, 30, 60, 100], []),
    ],
)
def test_cells_that_stand_alone(values, rows):
    assert lone(np.array(values, float)) == rows


def test_regions_treated_from_the_first_year_on_have_no_years_before():
    _, parts = words(panel(cohort={"La": 2001.0, "Mo": 2004.0, "Na": 2020.0}), CLEAN)
    assert set(parts[0].frame["until"]) == {2003}
    assert words(panel(cohort={"La": 2001.0, "Na": 2020.0}), CLEAN) == ([], ())
    _, parts = words(panel(cohort={"La": 2002.0}), CLEAN)
    assert set(parts[0].frame["until"]) == {2001}


def test_weights_of_treated_years_are_shown_beside_those_before():
    found, parts = words(panel(cohort={"La": 2004.0}), CLEAN)
    assert "policy was in force (from 2004)" in found[0]
    before = build(panel(years=range(2001, 2004)), CLEAN).weights.weight
    np.testing.assert_allclose(parts[0].frame["before"], before, rtol=1e-14)
    assert set(parts[0].frame["until"]) == {2003}
    assert words(panel(cohort={"La": 2004.0}), CLEAN, fit_years=(2001, 2003)) == ([], ())
    assert words(panel(cohort={"La": 2004.0}), CLEAN, weights="equal") == ([], ())


def test_a_degree_that_is_size_is_noticed():
    data = panel()
    data = panel(extra={"population": 100 * data.frame["c"].to_numpy()})
    degree = couple(data, build(data, CLEAN), CouplingSpec()).frame["D"]
    found, _ = words(data, CLEAN, degree=degree)
    assert found[0].startswith("D is mostly size: its correlation with population is 0.")
    assert "c" in found[0].split("totals that carry it: ")[1].split(".")[0].split(", ")
    rng = np.random.default_rng(1)
    size_only = {"science": {"a": "+"}, "economy": {"e": "+"}}
    rest = panel(extra={"population": 1000 + data.frame["b"].to_numpy()})
    assert words(rest, size_only, degree=data.frame["b"]) == ([], ())  # D is size, and no total carries it
    holes = data.with_columns(data.frame[["population"]].where((data.years != 2003)[:, None]))
    assert words(holes, CLEAN, degree=degree)[0][0].startswith("D is mostly size")
    noise = panel(extra={"population": rng.uniform(size=24)})
    assert words(noise, CLEAN, degree=degree) == ([], ())


def test_controls_made_of_indicators_are_noticed():
    found = shared_columns(
        CLEAN,
        {"baseline": ["c", "share", "other"]},
        {"share": {"tax", "gdp"}, "d": {"bank", "gdp"}, "other": {"tax"}},
    )
    assert [str(note) for note in found] == [
        "baseline: the control c is itself an indicator of D",
        "baseline: the control share shares gdp with indicators of D (d)",
    ]


def test_the_linter_takes_given_weights_in_its_stride():
    given_weights = {"a": 1.0, "b": 3.0, "c": 2.0, "d": 1.0}
    data = panel({("d", "La", 2003): 4000.0}, cohort={"La": 2004.0})
    assert words(data, CLEAN, weights="given", given=given_weights) == ([], ())
