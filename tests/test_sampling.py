"""Which region-years a did model sees: drop, years, subset, winsorise, lag, spillover, anticipation."""

import numpy as np
import pandas as pd
import pytest

from ccd.errors import DataError, EstimationError
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of


def fit(panel, **keys):
    return model(**keys).fit(panel, Stream(0, "m"))


def same(a, b):
    columns = ["estimate", "std_error"]
    return a.terms.frame()[columns].to_numpy() == pytest.approx(b.terms.frame()[columns].to_numpy(), rel=1e-9)


def test_named_units_leave_with_a_note():
    panel = panel_of()
    names = panel.frame.index.get_level_values(0)
    found = fit(panel, drop=("r03", "r04"))
    assert same(found, fit(panel.rows(~names.isin(["r03", "r04"]))))
    assert any("Left out of this model: r03, r04" in str(note) for note in found.notes)


def test_years_and_subset_choose_rows():
    panel = panel_of()
    inside = (panel.years >= 2002) & (panel.years <= 2007)
    assert same(fit(panel, years=(2002, 2007)), fit(panel.rows(inside)))
    some = panel.group("province").isin(["p1", "p2", "p3"]).to_numpy()
    assert same(fit(panel, subset={"province": ("p1", "p2", "p3")}), fit(panel.rows(some)))
    assert same(fit(panel, subset={"year": (2002, 2003, 2004, 2005)}), fit(panel, years=(2002, 2005)))


def test_codes_of_counties_that_share_six_digits_are_told_apart():
    panel = panel_of()
    code = 1101010.0 + panel.entity_codes
    coded = panel.with_columns(pd.DataFrame({"code": code}, index=panel.frame.index))
    chosen = tuple(range(1101010, 1101010 + 12))
    assert same(fit(coded, subset={"code": chosen}), fit(panel.rows(np.isin(code, chosen))))


def test_names_that_are_not_there_are_refused_with_a_suggestion():
    panel = panel_of()
    with pytest.raises(DataError, match="no region 'r99'"):
        fit(panel, drop=("r99",))
    with pytest.raises(DataError, match="no value 'p99'") as error:
        fit(panel, subset={"province": ("p99",)})
    assert "values are: p0" in error.value.fix
    with pytest.raises(DataError, match="no region-year is left"):
        fit(panel, years=(1990, 1995))


def test_winsorising_sets_both_tails_to_their_quantiles():
    panel = panel_of()
    columns = {}
    for name in ("y", "x1", "x2"):
        low, high = np.quantile(panel.column(name), [0.05, 0.95])
        columns[name] = panel.frame[name].clip(low, high)
    found = fit(panel, winsorise=0.05)
    assert same(found, fit(panel.with_columns(pd.DataFrame(columns))))
    assert any("winsorised at 5 %" in str(note) for note in found.notes)


def test_lags_go_by_year_not_by_row():
    panel = panel_of(missing=20)
    earlier = {}
    for name in ("x1", "x2"):
        known = panel.frame[name].to_dict()
        earlier[name] = [known.get((i, t - 1), np.nan) for i, t in panel.frame.index]
    by_hand = panel.with_columns(pd.DataFrame(earlier, index=panel.frame.index))
    assert same(fit(panel, lag=1), fit(by_hand))


def neighbours(panel):
    other = pd.Series(np.nan, index=panel.cohorts["policy"].index)
    never = panel.cohorts["policy"].isna()
    other[never] = np.resize([2005.0, np.nan], int(never.sum()))
    return type(panel)(panel.frame, panel.groups, {**panel.cohorts, "near": other})


def test_untreated_neighbours_are_dropped_or_flagged():
    panel = neighbours(panel_of())
    near = panel.years >= panel.cohort("near").to_numpy()[panel.entity_codes]
    dropped = fit(panel, spillover={"policy": "near"})
    assert same(dropped, fit(panel.rows(~near)))
    assert any("with a treated neighbour (near)" in str(note) for note in dropped.notes)
    flagged = fit(panel, spillover={"policy": "near", "how": "flag"})
    by_hand = fit(panel.with_columns(pd.DataFrame({"near": near.astype(float)}, index=panel.frame.index)),
                  controls=("x1", "x2", "near"))  # fmt: skip
    assert same(flagged, by_hand)
    assert list(flagged.terms.frame()["term"]) == ["policy", "x1", "x2", "near"]


def test_anticipation_leaves_the_last_years_before_treatment_out():
    panel = panel_of()
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    early = (panel.years == start - 1) | (panel.years == start - 2)
    found = fit(panel, anticipation=2)
    assert same(found, fit(panel.rows(~early)))
    base = found.part("event_study").frame
    assert base.loc[base["std_error"].isna(), "event_time"].tolist() == [-3]


def test_a_straight_line_of_event_times_is_taken_out():
    everybody = panel_of(cohorts=(2003.0, 2005.0, 2008.0))
    zero = fit(everybody).part("event_study").frame
    assert zero.loc[zero["std_error"].isna(), "event_time"].tolist() == [-7, -1]
    trended = fit(panel_of(), trends="entity").part("event_study").frame
    assert trended.loc[trended["std_error"].isna(), "event_time"].tolist() == [-5, -1]


def test_conley_needs_coordinates():
    with pytest.raises(ValueError, match="needs coordinates"):
        model(vcov="conley")


def test_regions_unseen_before_the_policy_have_no_pre_period_control():
    panel = panel_of()
    gone = (panel.frame.index.get_level_values(0) == "r05") & (panel.years < 2004)
    with pytest.raises(EstimationError, match="seen in r05"):
        fit(panel.rows(~gone), controls_by_year=("x2",))


def test_logs_of_the_outcome_leave_out_what_is_not_positive():
    panel = panel_of()
    positive = np.exp(panel.column("y") / 50)
    positive[5] = 0.0
    raised = type(panel)(panel.frame.assign(y=positive), panel.groups, panel.cohorts)
    found = fit(raised, log=True)
    keep = np.arange(len(positive)) != 5
    by_hand = type(panel)(
        panel.frame.assign(y=np.log(np.where(keep, positive, 1.0))), panel.groups, panel.cohorts
    )
    assert same(found, fit(by_hand.rows(keep)))
    assert any("natural logarithm; 1 region-year where" in str(note) for note in found.notes)


def test_windows_outside_the_data_are_refused():
    with pytest.raises(
        EstimationError, match=r"no event time that is estimated lies in the window \[20, 30\]"
    ):
        fit(panel_of(), window=(20, 30))


def test_few_clusters_and_late_controls_are_warned_of():
    found = fit(panel_of(n=16), cluster="province")
    assert any("Only 4 clusters" in str(note) for note in found.notes)
    assert any("Possibly bad controls" in str(note) for note in found.notes)
    assert not any("bad controls" in str(note) for note in fit(panel_of(), controls=()).notes)
    one = panel_of().rows(panel_of().group("province").isin(["p1"]).to_numpy())
    with pytest.raises(EstimationError, match="there is one cluster"):
        fit(one, cluster="province", controls=())


def test_a_constant_outcome_is_refused():
    panel = panel_of()
    constant = type(panel)(panel.frame.assign(y=1.0), panel.groups, panel.cohorts)
    with pytest.raises(EstimationError, match="'y' is 1 in every region-year"):
        fit(constant)
