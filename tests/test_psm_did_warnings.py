"""What PSM-DID refuses, and what it warns of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ccd.errors import DataError, EstimationError
from ccd.estimate.psm.designs import DESIGNS
from ccd.estimate.psm.sample import draw
from ccd.report.style import Style
from ccd.results import Balance, CommonSupport, Matches, MatchingWeights
from tests.conftest import make_panel
from tests.golden.test_psm_did import ON, YEARS, fit, model, world

ROOT = Path(__file__).parents[1]


def refused(panel, words: str, **keys) -> EstimationError:
    with pytest.raises(EstimationError, match=words) as caught:
        fit(panel, **keys)
    assert "model 'm'" in caught.value.where or caught.value.where == "entropy balancing"
    assert caught.value.fix
    return caught.value


def said(estimate, words: str) -> str:
    found = [str(note) for note in estimate.notes if words in str(note)]
    assert len(found) == 1, (words, [str(n) for n in estimate.notes])
    return found[0]


def changed(panel, **columns):
    return panel.with_columns(pd.DataFrame(columns, index=panel.frame.index))


def treated_rows(panel) -> np.ndarray:
    entity = panel.frame.index.get_level_values(0)
    return panel.cohorts["policy"].notna().reindex(entity).to_numpy()


def column_panel(x: np.ndarray, d: np.ndarray):
    """Four years, treated from 2003, one column to match on that does not move."""
    n, t = len(x), 4
    entity, year = np.repeat(np.arange(n), t), np.tile(YEARS[:t], n)
    y = np.random.default_rng(0).normal(size=n * t)
    start = np.where(d, 2003.0, np.nan)[entity]
    return make_panel({"y": y, "x1": x[entity]}, [f"r{i:02d}" for i in entity], year, start)


def test_no_overlap_is_an_error():
    """The controls sit between two camps of treated regions: no line separates, and no score overlaps."""
    d = np.arange(30) < 10
    x = np.where(d, np.where(np.arange(30) % 3 == 0, -3.0, 2.0), np.linspace(-1, 1, 30))
    panel = column_panel(x, d)
    error = refused(panel, "no overlap: the scores of the treated lie in", match_on=("x1",))
    assert error.where == "model 'm', common_support"
    assert fit(panel, match_on=("x1",), common_support="none", bandwidth=0.9).entities == 30


def test_a_bandwidth_that_leaves_nobody_is_an_error():
    error = refused(world(), "within the bandwidth of 1e-09; the closest pair is", bandwidth=1e-9)
    assert error.fix == "a wider bandwidth"


def test_all_treated_is_an_error():
    panel = world(0, n=40)
    starts = panel.cohorts["policy"].fillna(2007.0)
    everyone = make_panel(
        {c: panel.frame[c] for c in panel.frame},
        panel.frame.index.get_level_values(0),
        panel.years,
        starts.reindex(panel.frame.index.get_level_values(0)).to_numpy(),
    )
    refused(everyone, "every region is treated at some time, so nobody is left")
    refused(everyone, "every region is treated at some time", design="year-by-year")
    assert fit(everyone, design="cohort").details["entities_unmatched"] == 40


def test_a_matching_column_that_is_not_there_is_told_with_its_neighbour():
    with pytest.raises(DataError, match="there is no column 'x11'") as caught:
        fit(world(), match_on=("x11",))
    assert "did you mean 'x1'" in caught.value.fix


def test_separation_names_its_column():
    panel = world()
    wall = treated_rows(panel) * 3.0 + panel.frame["x1"].to_numpy() * 0.1
    refused(changed(panel, wall=wall), "wall separates treated from controls", match_on=("x1", "wall"))


def test_constant_and_collinear_columns_are_named():
    panel = world()
    refused(changed(panel, flat=np.full(len(panel.frame), 0.1)), "flat is constant", match_on=("x1", "flat"))
    twice = panel.frame["x1"].to_numpy() * 2 + 1
    refused(changed(panel, twice=twice), "twice is collinear", match_on=("x1", "twice"))


def test_too_few_treated_is_an_error():
    panel = world(0, n=30, cohorts=(2005,))
    starts = panel.cohorts["policy"].copy()
    starts.loc[starts.notna()] = [2005.0, 2005.0, *[np.nan] * (starts.notna().sum() - 2)]
    few = make_panel(
        {c: panel.frame[c] for c in panel.frame},
        panel.frame.index.get_level_values(0),
        panel.years,
        starts.reindex(panel.frame.index.get_level_values(0)).to_numpy(),
    )
    refused(few, "2 treated units are too few for a score of 2 columns")


def test_values_from_after_the_treatment_are_refused_unless_allowed():
    panel = world()
    error = refused(panel, "x1, x2 would be measured in 2006, but 'policy' begins in 2005", base_year=2006)
    assert "allow_post_treatment" in error.fix
    assert fit(panel, base_year=2006, allow_post_treatment=True).nobs > 0
    refused(panel, "base_year 1990 is not in the panel", base_year=1990)


def test_a_caliper_that_leaves_nobody_is_an_error():
    refused(
        world(), "no treated region has a control within the caliper of 1e-09", matcher="radius", caliper=1e-9
    )


def test_a_caliper_in_standard_deviations_is_wider_than_the_same_on_the_score():
    one = fit(world(), matcher="radius", caliper=0.1, caliper_scale="sd").value(Matches)
    gap = np.abs(one.score_treated - one.score_control).max()
    scores = fit(world()).part("weights").frame
    spread = np.sqrt(scores.groupby("treated")["score"].var(ddof=1).mean())
    assert 0.1 * spread * 0.8 < gap <= 0.1 * spread


def test_empty_strata_are_named_or_refused():
    panel = world(0, n=60)
    entity = panel.frame.index.get_level_values(0)
    treated = panel.cohorts["policy"].index[panel.cohorts["policy"].notna()]
    lonely = np.where(entity == treated[0], "island", "mainland")
    alone = panel.with_columns(panel.frame[[]], pd.DataFrame({"place": lonely}, index=panel.frame.index))
    note = said(fit(alone, exact="place"), "No control in the same stratum, not matched")
    assert note.endswith(str(treated[0]))
    split = np.where(treated_rows(panel), "a", "b")
    apart = panel.with_columns(panel.frame[[]], pd.DataFrame({"place": split}, index=panel.frame.index))
    refused(apart, "no stratum of the exact column holds both", exact="place")


def test_exact_columns_must_be_constant_and_known():
    panel = world(0, n=40)
    moving = pd.DataFrame({"place": [f"p{t % 2}" for t in panel.years]}, index=panel.frame.index)
    refused(panel.with_columns(panel.frame[[]], moving), "'place' changes over the years", exact="place")
    blank = pd.DataFrame({"place": np.where(panel.entity_codes == 3, "", "p")}, index=panel.frame.index)
    refused(panel.with_columns(panel.frame[[]], blank), "'place' is missing for r003", exact="place")


def test_matches_stay_inside_the_exact_column():
    panel = world()
    half = panel.groups["half"].groupby(level=0).first()
    pairs = fit(panel, exact="half", matcher="nearest", neighbours=3).part("matches").frame
    assert (pairs["treated"].map(half) == pairs["control"].map(half)).all()


def test_more_neighbours_than_controls_is_a_warning():
    panel = world(0, n=40)
    controls = int(panel.cohorts["policy"].isna().sum())
    note = said(fit(panel, matcher="nearest", neighbours=99), "neighbours are asked for")
    assert note == f"99 neighbours are asked for where there are {controls} controls: all of them are taken"
    assert not [n for n in fit(panel, matcher="nearest").notes if "neighbours are asked" in str(n)]


def test_units_off_support_are_named_everywhere():
    estimate = fit(world(1))
    off = estimate.value(CommonSupport).off_support
    assert estimate.details["balance_summary"]["off_support"] == off
    frame = estimate.part("weights").frame
    assert sorted(off) == sorted(frame.loc[frame["on_support"] == 0, "entity"])
    assert off
    assert said(estimate, "Off common support").endswith(", ".join(off))
    none = fit(world(1), common_support="none")
    assert none.value(CommonSupport).off_support == ()


def test_trim_drops_the_treated_where_controls_are_thinnest():
    usual, trimmed = (fit(world(), common_support=rule) for rule in ("minmax", "trim"))
    lost = {*trimmed.value(CommonSupport).off_support} - {*usual.value(CommonSupport).off_support}
    treated = (
        usual.part("weights").frame.query("treated == 1 and on_support == 1").set_index("entity")["score"]
    )
    assert 1 <= len(lost) <= np.ceil(0.05 * len(treated))
    assert treated.loc[list(lost)].min() > treated.median()


def test_matches_beyond_a_limit_are_counted_and_not_listed(monkeypatch):
    monkeypatch.setattr("ccd.estimate.psm.pairs.LISTED_PAIRS", 20)
    estimate = fit(world(), design="pooled")
    assert "matches" not in [part.name for part in estimate.parts]
    assert set(estimate.value(MatchingWeights).matched_with) == {""}
    assert str(estimate.part("weights").notes[0]).endswith("matches are too many to be listed by name")
    assert said(estimate, "with itself in another year")
    monkeypatch.setattr("ccd.estimate.psm.pairs.FOUND_PAIRS", 20)
    assert said(fit(world(), design="pooled"), "comes from treated regions' own past")


def test_shares_and_weights_in_notes_are_those_of_the_units():
    negative = fit(world(2, n=90), matcher="local-linear", common_support="none", bandwidth=0.02)
    lowest = negative.value(MatchingWeights).weight.min()
    note = next(note for note in negative.notes if "negative weight" in str(note))
    assert lowest < 0
    assert f"the lowest {lowest:.2f}" in str(note)
    own = fit(world(4, n=60, cohorts=(2004, 2006)), design="pooled", matcher="nearest")
    units, later = own.value(MatchingWeights), world(4, n=60, cohorts=(2004, 2006)).cohorts["policy"].notna()
    lent = np.where(units.treated == 1, 0.0, units.weight)
    past = lent @ later[list(units.entity)].to_numpy() / lent.sum()
    note = next(note for note in own.notes if "with itself in another year" in str(note))
    for language in ("en", "zh"):
        assert f"{past:.3f}" in note.render(language, number=Style(digits=2).in_words)


def test_columns_are_told_by_what_they_are_for():
    """Text columns are groups, and what is matched on or controlled for is what the model adjusts."""
    told = model(controls=("z", "x1"), cluster=("half", "place"), exact="half")
    assert told.columns() == ("y", "x1", "x2", "z", "x1")
    assert told.group_columns() == ("half", "place")
    assert told.adjusts() == ("x1", "x2", "z")
    assert told.taken_before() == ("x2",)
    assert model(cluster="half").group_columns() == ("half",)
    assert model().group_columns() == ()


@pytest.mark.parametrize("design", sorted(DESIGNS))
def test_every_design_compares_the_treated_with_others_on_known_values(design):
    panel = world(2, n=80, cohorts=(2004, 2006))
    holes = panel.frame["x1"].mask((panel.years < 2005) & (panel.entity_codes % 9 == 0)).to_numpy()
    sample, units = draw(changed(panel, x1=holes), replace(ON, design=design))
    n = len(units.entity)
    assert units.x.shape == (n, 2)
    assert np.isfinite(units.x).all()
    assert 0 < units.treated.sum() < n
    cohort = sample.entity_cohort[units.entity]
    assert np.isfinite(cohort[units.treated]).all()
    if DESIGNS[design].never:
        assert np.isnan(cohort[~units.treated]).all()
    assert len(set(units.labels(sample))) == (n if design != "cohort" else len(set(units.entity)))
    rows = units.row_weights(np.ones(n), sample)
    assert rows.shape == sample.y.shape
    compared = np.isin(sample.entity, units.entity[units.treated])
    assert (rows[sample.treated & compared] > 0).all()
    assert not (rows[sample.treated & ~compared] > 0).any()


def test_lagged_outcomes_are_warned_of():
    panel = world()
    lag = panel.frame["y"].groupby(level=0).shift(1)
    with_lag = changed(panel, before=lag.to_numpy())
    assert said(fit(with_lag, match_on=("before", "x2")), "regression to the mean").startswith("before:")
    assert said(fit(panel, match_on=("y", "x1")), "regression to the mean").startswith("y:")
    assert not [n for n in fit(panel).notes if "regression to the mean" in str(n)]


def test_regions_without_values_leave_with_a_note():
    panel = world()
    x1 = panel.frame["x1"].to_numpy().copy()
    x1[panel.entity_codes == 5] = np.nan
    x1[(panel.entity_codes == 7) & (panel.years == 2002)] = np.nan
    estimate = fit(changed(panel, x1=x1))
    assert said(estimate, "no value of x1 before treatment").endswith("r005")
    assert said(estimate, "missing cell").startswith("1 missing cell of")
    assert "r005" not in estimate.value(MatchingWeights).entity
    cohort = fit(changed(panel, x1=x1), design="cohort")
    assert said(cohort, "a matching column is missing in 2004").endswith("r005")
    pooled = fit(changed(panel, x1=x1), design="pooled")
    assert said(pooled, "rows left out: a matching column").startswith("9 rows")


def test_few_treated_for_many_columns_is_said():
    estimate = fit(world(0, n=40))
    treated = estimate.value(Balance).treated
    assert said(estimate, "the score is weakly determined").startswith(
        f"{treated} treated units for 2 matching"
    )


def test_entropy_balance_that_cannot_be_names_the_column():
    panel = world(0, n=60)
    far = panel.frame["x2"].to_numpy() + 2.5 * treated_rows(panel) * (panel.frame["x1"].to_numpy() > -9)
    high = changed(panel, far=np.where(treated_rows(panel), far, np.minimum(far, 0.5)))
    some = high.frame.index.get_level_values(0)[~treated_rows(panel)][0]
    far = high.frame["far"].to_numpy().copy()
    far[high.frame.index.get_level_values(0) == some] = 0.5
    inner = high.cohorts["policy"].index[high.cohorts["policy"].notna()][0]
    far[high.frame.index.get_level_values(0) == inner] = -1.0
    error = refused(changed(panel, far=far), "the treated mean of far lies outside", match_on=("x1", "far"),
                    matcher="entropy-balance")  # fmt: skip
    assert "kernel" in error.fix
    kernel = fit(changed(panel, far=far), match_on=("x1", "far"), common_support="none", bandwidth=0.9)
    assert [
        str(n)
        for n in kernel.part("comparison").notes
        if "Entropy balancing is not in the comparison" in str(n)
    ]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"matcher": "radius"}, "radius matching needs caliper"),
        ({"matcher": "nearest", "bootstrap": 99}, "bootstrap is for kernel and entropy-balance"),
        ({"design": "cohort", "base_year": 2003}, "base_year belongs to design"),
        ({"matcher": "local-linear", "kernel": "gaussian"}, "takes a kernel with an end"),
        ({"match_on": ("x1", "x1")}, "name each column once"),
        ({"match_on": ()}, "too few items"),
        ({"bandwidth": 0.0}, "greater than 0"),
        ({"matcher": "caliper"}, "Input should be"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys, words):
    with pytest.raises(ValidationError, match=words):
        model(**keys)


def test_the_bundled_study_of_provinces_fits():
    """15 provinces with a new area since 2012 against 11 without: the numbers of configs/psm_did.toml."""
    from ccd.readers import read_table
    from ccd.study import load_study
    from ccd.vary.run import evaluate

    study = load_study(ROOT / "configs" / "psm_did.toml")
    results = evaluate(study, read_table(ROOT / "data" / "provinces.csv"))
    for name, estimate in results.estimates.items():
        balance = estimate.value(Balance)
        assert (balance.treated, balance.controls) == (15, 11), name
    twins = results.estimates["twins"].value(Matches)
    assert set(twins.treated) >= {"Gansu", "Guizhou", "Hebei"}


def test_the_doubly_robust_columns_say_what_their_analytic_intervals_cover():
    """Where the permutation leads they have its intervals, and the note would be of others."""
    words = "cover 90% of the time with 8 of 26 regions treated, 93% with 31 of 60"
    one = world(0, n=50, cohorts=(2004,))
    assert int(treated_regions(one).sum()) <= 30

    def noted(panel, **keys) -> bool:
        comparison = fit(panel, **keys).part("comparison")
        assert "dr-improved" in comparison.value.column
        return any(words in str(note) for note in comparison.notes)

    assert noted(one, permutation={"draws": 0})
    assert not noted(one, permutation={"draws": 29})
    assert noted(one, permutation={"draws": 9})  # too few to lead
    many = world(0, n=160, cohorts=(2004,))
    assert int(treated_regions(many).sum()) > 30
    assert noted(many, permutation={"draws": 29})  # analytic


def treated_regions(panel) -> np.ndarray:
    return panel.cohorts["policy"].notna().to_numpy()
