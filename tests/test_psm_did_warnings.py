"""What PSM-DID refuses, what it warns of, and how its tables are shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from ccd.errors import DataError, EstimationError
from ccd.report.figures import drawing, find_fonts, render
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from tests.conftest import make_panel
from tests.golden.test_psm_did import YEARS, fit, model, world

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
    assert fit(panel, match_on=("x1",), common_support="none", bandwidth=0.9).facts["entities"] == 30


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
    assert fit(everyone, design="cohort").facts["entities_unmatched"] == 40


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
    assert fit(panel, base_year=2006, allow_post_treatment=True).facts["nobs"] > 0
    refused(panel, "base_year 1990 is not in the panel", base_year=1990)


def test_a_caliper_that_leaves_nobody_is_an_error():
    refused(
        world(), "no treated region has a control within the caliper of 1e-09", matcher="radius", caliper=1e-9
    )


def test_a_caliper_in_standard_deviations_is_wider_than_the_same_on_the_score():
    one = fit(world(), matcher="radius", caliper=0.1, caliper_scale="sd").part("matches").frame
    gap = (one["score_treated"] - one["score_control"]).abs().max()
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
    off = estimate.facts["balance_summary"]["off_support"]
    frame = estimate.part("weights").frame
    assert sorted(off) == sorted(frame.loc[frame["on_support"] == 0, "entity"])
    assert off
    assert said(estimate, "Off common support").endswith(", ".join(off))
    none = fit(world(1), common_support="none")
    assert none.facts["balance_summary"]["off_support"] == ()


def test_trim_drops_the_treated_where_controls_are_thinnest():
    usual, trimmed = (fit(world(), common_support=rule) for rule in ("minmax", "trim"))
    lost = set(trimmed.facts["balance_summary"]["off_support"]) - set(
        usual.facts["balance_summary"]["off_support"]
    )
    treated = (
        usual.part("weights").frame.query("treated == 1 and on_support == 1").set_index("entity")["score"]
    )
    assert 1 <= len(lost) <= np.ceil(0.05 * len(treated))
    assert treated.loc[list(lost)].min() > treated.median()


def test_matches_beyond_a_limit_are_counted_and_not_listed(monkeypatch):
    monkeypatch.setattr("ccd.estimate.psm.pairs.LISTED_PAIRS", 20)
    estimate = fit(world(), design="pooled")
    assert "matches" not in [part.name for part in estimate.parts]
    assert set(estimate.part("weights").frame["matched_with"]) == {""}
    assert str(estimate.part("weights").notes[0]).endswith("matches are too many to be listed by name")
    assert said(estimate, "with itself in another year")
    monkeypatch.setattr("ccd.estimate.psm.pairs.FOUND_PAIRS", 20)
    assert said(fit(world(), design="pooled"), "comes from treated regions' own past")


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
    assert said(estimate, "missing cells").startswith("1 missing cells")
    assert "r005" not in set(estimate.part("weights").frame["entity"])
    cohort = fit(changed(panel, x1=x1), design="cohort")
    assert said(cohort, "a matching column is missing in 2004").endswith("r005")
    pooled = fit(changed(panel, x1=x1), design="pooled")
    assert said(pooled, "rows left out: a matching column").startswith("9 rows")


def test_few_treated_for_many_columns_is_said():
    estimate = fit(world(0, n=40))
    treated = estimate.facts["balance_summary"]["treated"]
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
        ({"match_on": ()}, "at least 1 item"),
        ({"bandwidth": 0.0}, "greater than 0"),
        ({"matcher": "caliper"}, "Input should be"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(keys, words):
    with pytest.raises(ValidationError, match=words):
        model(**keys)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "keys", [{}, {"design": "pooled", "matcher": "nearest"}, {"matcher": "entropy-balance"}]
)
def test_every_part_is_shown_in_both_languages(language, keys):
    estimate = fit(world(0, n=50), **keys)
    ctx = Context(language=language, estimate=estimate, model="m")
    with drawing(find_fonts()):
        for part in estimate.parts:
            view = VIEWS.get(part.shape)
            if view is None:
                assert part.name == "weights"
                continue
            for sentence in view.sentences(part, ctx) if view.sentences else ():
                assert ctx.say(sentence)
            table = view.table(part, ctx) if view.table else None
            for row in table.rows if table else ():
                assert all(isinstance(ctx.show(cell), str) for cell in row.cells)
            if view.figure:
                figure = view.figure(part, Context(estimate=estimate))
                assert figure is None or len(render(figure, "png")) > 5000


def test_what_the_balance_table_says_is_what_the_page_says():
    estimate = fit(world(2, n=40), matcher="nearest")
    part = estimate.part("balance")
    over = part.frame.loc[part.frame["bias_after"].abs() > 10, "variable"].tolist()
    page = " ".join(str(s) for s in VIEWS["balance"].sentences(part, Context()))
    assert over
    assert f"{len(over)} of 2 columns stay more than 10% apart: {', '.join(over)}." in page
    mean = part.frame["bias_after"].abs().mean()
    assert f"{mean:.1f}% after it" in page
    summary = estimate.facts["balance_summary"]
    b, r = summary["after"]["rubin_b"], summary["after"]["rubin_r"]
    fair = b < 25 and 0.5 < r < 2
    old = summary["before"]["rubin_b"]
    assert f"Rubin's B goes from {old:.1f} to {b:.1f}" in page
    assert f"to {r:.2f}: {'within' if fair else 'outside'} the usual bounds" in page
    assert f"{summary['effective_controls']:.1f} evenly weighted ones" in page
    even = fit(world(2, n=200), matcher="entropy-balance").part("balance")
    assert any(
        "No column is more than 10% apart" in str(s) for s in VIEWS["balance"].sentences(even, Context())
    )


def test_how_far_the_columns_agree_is_said():
    part = fit(world()).part("comparison")
    adjusted = part.frame[~part.frame["column"].isin(["unmatched", "support"])]
    page = " ".join(str(s) for s in VIEWS["comparison"].sentences(part, Context()))
    low, high = adjusted["estimate"].min(), adjusted["estimate"].max()
    assert f"{len(adjusted)} columns adjust for the matching columns" in page
    assert f"run from {low:.4f} to {high:.4f}" in page
    assert "They agree on the sign" in page


def test_the_bundled_study_of_provinces_fits():
    """15 provinces with a new area since 2012 against 11 without: the numbers of configs/psm_did.toml."""
    from ccd.evaluate import evaluate
    from ccd.readers import read_table
    from ccd.study import load_study

    study = load_study(ROOT / "configs" / "psm_did.toml")
    results = evaluate(study, read_table(ROOT / "data" / "provinces.csv"))
    for name, estimate in results.estimates.items():
        summary = estimate.facts["balance_summary"]
        assert (summary["treated"], summary["controls"]) == (15, 11), name
    twins = results.estimates["twins"].part("matches").frame
    assert set(twins["treated"]) >= {"Gansu", "Guizhou", "Hebei"}
