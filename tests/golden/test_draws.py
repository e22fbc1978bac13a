"""Placebo and permutation: every batched draw against a whole fit with that cohort, and shares by hand."""

from dataclasses import replace

import numpy as np
import pytest

from ccd.errors import EstimationError
from ccd.estimate.did.checks.placebo import mixed
from ccd.estimate.did.effects import Effect, with_cohorts
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.rows.deals import by_data, few_treated, in_space
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of


def drawn(panel, keys, make=in_space, draws=12):
    one = model(**keys)
    sample = one.sample(panel)
    cohorts = make(sample, draws, np.random.default_rng(0))
    estimate, error = one.reassigned(sample, cohorts, Stream(0, "m"))
    return one, sample, cohorts, estimate, error


@pytest.mark.parametrize("make", [in_space, mixed])
@pytest.mark.parametrize(
    ("missing", "keys"),
    [
        (0, {}),
        (0, {"controls": ()}),
        (0, {"cluster": "province"}),
        (0, {"cluster": ("region", "year")}),
        (0, {"weight": "w"}),
        (0, {"vcov": "hc1"}),
        (0, {"vcov": "iid"}),
        (0, {"vcov": "driscoll-kraay"}),
        (0, {"vcov": "conley", "coordinates": ("lon", "lat"), "cutoff": 600.0}),
        (0, {"trends": "entity"}),
        (0, {"fixed_effects": ("province x year",)}),
        (0, {"controls_by_year": ("x2",)}),
        (30, {}),
        (30, {"weight": "w", "cluster": "province"}),
    ],
)
def test_a_draw_is_a_whole_fit_with_its_cohorts(missing, keys, make):
    panel = panel_of(missing=missing)
    one, sample, cohorts, estimate, error = drawn(panel, keys, make)
    if "controls_by_year" in keys:  # the means before the earliest true treatment stay
        return check_fixed_controls(one, sample, cohorts, estimate, error)
    for r, cohort in enumerate(cohorts):
        whole = one.effect(with_cohorts(sample, cohort), Stream(0, "m"))
        assert (estimate[r], error[r]) == pytest.approx(whole[:2], abs=1e-9)
    return None


def check_fixed_controls(one, sample, cohorts, estimate, error):
    regression = one.regression()
    design, x = regression.design(sample), regression.nuisance(sample).x
    for r, cohort in enumerate(cohorts):
        d = (sample.years >= cohort[sample.entity]).astype(float)
        fit, vcov = design.regress(sample.y, np.column_stack([d, x]), ["d", *map(str, range(x.shape[1]))])
        assert (estimate[r], error[r]) == pytest.approx((fit.beta[0], vcov.std_error[0]), abs=1e-9)


def test_the_true_cohorts_give_the_true_t():
    panel = panel_of()
    one = model()
    sample = one.sample(panel)
    estimate, error = one.reassigned(sample, sample.entity_cohort[None, :], Stream(0, "m"))
    fit = one.fit(panel, Stream(0, "m"))
    assert estimate[0] == pytest.approx(fit.term("policy").estimate, abs=1e-12)
    assert error[0] == pytest.approx(fit.term("policy").std_error, rel=1e-10)


def test_blocks_of_draws_do_not_matter(monkeypatch):
    panel = panel_of()
    *_, estimate, error = drawn(panel, {}, draws=40)
    monkeypatch.setattr("ccd.estimate.linear.resample.BLOCK", 70)
    *_, other, other_error = drawn(panel, {}, draws=40)
    assert other == pytest.approx(estimate, abs=1e-13)
    assert other_error == pytest.approx(error, abs=1e-13)


def test_space_keeps_sizes_and_years_and_mixed_draws_distinct_later_dates():
    sample = model().sample(panel_of(n=25))
    sizes = np.unique(sample.entity_cohort, return_counts=True)[1]
    rng = np.random.default_rng(1)
    for cohorts in in_space(sample, 20, rng):
        assert np.array_equal(np.sort(cohorts), np.sort(sample.entity_cohort), equal_nan=True)
    dates = set()
    for cohorts in mixed(sample, 50, rng):
        values, count = np.unique(cohorts, return_counts=True)
        assert sorted(count) == sorted(sizes)
        assert np.isnan(values[-1]) and count[-1] == sizes[-1]
        assert np.isfinite(values[:-1]).all() and (values[:-1] > 2001).all() and (values[:-1] <= 2008).all()
        dates |= set(values[:-1])
    assert dates == set(range(2002, 2009))


def test_shares_are_counted_over_the_draws():
    estimate = model(placebo={"draws": 60, "by": "space"}).fit(panel_of(), Stream(4, "m"))
    part, b = estimate.part("placebo"), estimate.term("policy").estimate
    drawn_b = part.frame["estimate"].to_numpy()
    assert list(part.frame.columns) == ["draw", "estimate", "std_error", "statistic"]
    assert len(part.frame) == 60
    facts = estimate.summary()["placebo"]
    assert facts["p_two_sided"] == np.mean(np.abs(drawn_b) >= abs(b))
    assert facts["p_left"] == np.mean(drawn_b <= b)
    assert facts["p_right"] == np.mean(drawn_b >= b)
    assert part.frame["statistic"].to_numpy() == pytest.approx(drawn_b / part.frame["std_error"])
    assert estimate.summary()["p_values"]["placebo_space"] == facts["p_two_sided"]


def test_no_placebo_when_draws_is_zero_or_the_key_absent():
    for keys in ({}, {"placebo": {"draws": 0}}):
        assert "placebo" not in {p.name for p in model(**keys).fit(panel_of(), Stream(0, "m")).parts}


@pytest.mark.parametrize("missing", [0, 30])
def test_dates_moved_ahead_are_fits_without_the_treated_cells(missing):
    panel = panel_of(missing=missing)
    estimate = model(placebo={"by": "time", "shifts": 2}).fit(panel, Stream(0, "m"))
    frame = estimate.part("placebo").frame
    assert list(frame["draw"]) == [1, 2]
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    untreated = panel.rows(~(panel.years >= start))
    for k, row in zip([1, 2], frame.itertuples(), strict=True):
        moved = type(panel)(untreated.frame, untreated.groups, {"policy": panel.cohort("policy") - k})
        other = model().fit(moved, Stream(0, "m")).term("policy")
        assert (row.estimate, row.std_error) == pytest.approx((other.estimate, other.std_error))
        assert row.p_value == pytest.approx(other.p_value)


def test_a_date_without_a_year_before_it_is_a_note():
    estimate = model(placebo={"by": "time", "shifts": 6}).fit(panel_of(), Stream(0, "m"))
    assert len(estimate.part("placebo").frame) == 4  # 2006 - 4 = 2002 is the last with a year before it
    assert sum("years ahead" in str(note) for note in estimate.notes) == 2


def test_permutation_p_interval_and_headline():
    estimate = model(permutation={"draws": 99}).fit(panel_of(), Stream(9, "m"))
    frame, term = estimate.part("permutation").frame, estimate.term("policy")
    t = abs(term.estimate / term.std_error)
    beyond = np.sum(np.abs(frame["statistic"]) >= t)
    assert term.p_value == estimate.summary()["p_values"]["permutation"] == (1 + beyond) / 100
    q = np.sort(np.abs(frame["statistic"]))[94]  # the 95th of 99: p <= .05 iff |t| > q
    assert term.conf_low == pytest.approx(term.estimate - q * term.std_error)
    assert term.conf_high == pytest.approx(term.estimate + q * term.std_error)
    assert estimate.terms.p_analytic[0] == estimate.summary()["p_values"]["analytic"]
    assert estimate.summary()["headline_p"] == "permutation"
    assert any("studentised permutation" in str(note) for note in estimate.notes)
    controls = estimate.terms.frame().iloc[1:]
    assert (controls["p_value"] == controls["p_analytic"]).all()


def test_few_treated_permute_without_being_asked_and_many_keep_the_analytic_p():
    few = model(permutation=None).fit(panel_of(), Stream(9, "m"))
    assert few.summary()["permutation"]["draws"] == 4999
    many = panel_of(n=60)
    assert not few_treated(model().sample(many))
    plain = model(permutation=None).fit(many, Stream(9, "m"))
    assert plain.summary()["headline_p"] == "analytic" and "permutation" not in plain.summary()
    asked = model(permutation={"draws": 49}).fit(many, Stream(9, "m"))
    assert asked.summary()["headline_p"] == "analytic"
    assert asked.term("policy").p_value == asked.summary()["p_values"]["analytic"]
    assert any("is the analytic one" in str(note) for note in asked.notes)
    off = model(permutation={"draws": 0}).fit(panel_of(), Stream(9, "m"))
    assert off.summary()["headline_p"] == "analytic"


def renamed(panel, names):
    """The panel with other names of its regions, sorted anew."""
    new = {old: names[i] for i, old in enumerate(panel.entities)}
    frame = panel.frame.copy()
    frame.index = frame.index.set_levels([new[e] for e in frame.index.levels[0]], level=0)
    groups = panel.groups.set_axis(frame.index)
    start = panel.cohort("policy").rename(index=new)
    return type(panel)(
        frame.sort_index(), groups.reindex(frame.sort_index().index), {"policy": start.sort_index()}
    )


@pytest.mark.parametrize("missing", [0, 30])
@pytest.mark.parametrize("weight", [None, "w"])
def test_one_regression_has_one_p_whatever_its_name_and_the_names_and_order_of_regions(missing, weight):
    panel = panel_of(missing=missing)
    names = [f"q{i:02d}" for i in np.random.default_rng(5).permutation(len(panel.entities))]
    one = model(permutation={"draws": 199}, weight=weight)

    def leading(panel, name="m", seed=1):
        term = one.model_copy(update={"name": name}).fit(panel, Stream(seed, name)).term("policy")
        return term.p_value, term.conf_low

    p, low = leading(panel)
    assert leading(panel, "other") == (p, low)
    other, other_low = leading(renamed(panel, names))
    assert other == p and other_low == pytest.approx(low, rel=1e-9)
    assert leading(panel, seed=2)[1] != low


def test_regions_stand_in_the_order_of_their_data():
    panel = panel_of(missing=20)
    sample = model().sample(panel)
    names = [f"q{i:02d}" for i in np.random.default_rng(5).permutation(len(panel.entities))]
    other = model().sample(renamed(panel, names))
    first = [names[panel.entities.index(sample.panel.entities[i])] for i in by_data(sample)]
    assert first == [other.panel.entities[i] for i in by_data(other)]
    y = sample.y + 1e-13 * np.random.default_rng(0).normal(size=len(sample.y))  # rounding moves no one
    assert np.array_equal(by_data(replace(sample, y=y)), by_data(sample))
    tied = replace(sample, y=np.zeros(len(sample.y)))  # the controls decide
    assert np.array_equal(np.sort(by_data(tied)), np.arange(24)) and (by_data(tied) != np.arange(24)).any()


def test_deals_are_uniform_over_the_regions():
    sample = model().sample(panel_of(n=6, cohorts=(2004.0, 2006.0, np.nan)))
    dealt = in_space(sample, 20_000, np.random.default_rng(0))
    for start in (2004.0, 2006.0):
        assert np.mean(dealt == start, axis=0) == pytest.approx(1 / 3, abs=0.015)
    assert np.mean((dealt[:, 0] == 2004) & (dealt[:, 1] == 2004)) == pytest.approx(1 / 15, abs=0.01)


def test_a_cohort_below_five_counts_as_few():
    sample = model().sample(panel_of(n=60))
    starts = sample.entity_cohort.copy()
    starts[np.flatnonzero(starts == 2006)[4:]] = 2004
    assert few_treated(replace(sample, cohort=starts[sample.entity]))


def test_p_agrees_with_the_interval_and_ties_count():
    values = np.arange(1.0, 100.0)
    assert critical_value(values, 0.95) == 95.0
    assert p_value(95.0, values) == 0.06  # 95..99 and itself
    assert p_value(95.5, values) == 0.05
    assert p_value(-99.0, values) == 0.02
    assert p_value(3.0, np.array([3.0 * (1 - 1e-14)])) == 1.0
    assert critical_value(np.arange(5.0), 0.95) == np.inf  # 5 draws cannot give 5 %


def test_draws_depend_on_seed_and_model_alone():
    def frame(seed, name="m"):
        one = model(placebo={"draws": 30}).model_copy(update={"name": name})
        return one.fit(panel_of(), Stream(seed, name)).part("placebo").frame

    assert frame(1).equals(frame(1))
    assert not frame(1).equals(frame(2))
    assert not frame(1).equals(frame(1, "other"))
    permuted = model(placebo={"draws": 30}, permutation={"draws": 9}).fit(panel_of(), Stream(1, "m"))
    assert permuted.part("placebo").frame.equals(frame(1))  # another check moves no draw


def test_mixed_without_enough_years_is_refused():
    panel = panel_of(t=3, cohorts=(2002.0, 2003.0, np.nan))
    sample = model(controls=()).sample(panel)
    late = replace(sample, cohort=np.arange(24.0)[sample.entity] + 2001)
    with pytest.raises(EstimationError, match="years to draw dates from"):
        mixed(late, 3, np.random.default_rng(0))


@pytest.mark.parametrize("by", ["entity", "cohort", "province"])
def test_leaving_out_is_a_fit_on_the_other_rows(by):
    panel = panel_of(missing=10)
    estimate = model(leave_out=by).fit(panel, Stream(0, "m"))
    frame = estimate.part("leave_out").frame
    names = panel.frame.index.get_level_values(0)
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    group = {"entity": names, "cohort": start, "province": panel.group("province").to_numpy()}[by]
    known = sorted({str(int(g)) if by == "cohort" else str(g) for g in group if g == g})
    assert list(frame["left_out"]) == known
    for row in frame.itertuples():
        mark = float(row.left_out) if by == "cohort" else row.left_out
        rest = model().fit(panel.rows(np.asarray(group != mark)), Stream(0, "m")).term("policy")
        assert (row.estimate, row.std_error) == pytest.approx((rest.estimate, rest.std_error))
        assert row.p_value == pytest.approx(rest.p_value)
    facts = estimate.summary()["leave_out"]
    assert facts["lowest"] == frame["estimate"].min()
    assert facts["highest_without"] == frame.loc[frame["estimate"].idxmax(), "left_out"]


def test_what_cannot_be_left_out_is_a_note():
    panel = panel_of(cohorts=(2004.0, np.nan))
    estimate = model(leave_out="cohort").fit(panel, Stream(0, "m"))
    assert "leave_out" not in {part.name for part in estimate.parts}
    assert any("Not estimable without" in str(note) for note in estimate.notes)
    assert all("Not estimable without" in str(note) for note in estimate.failed)
    assert estimate.summary()["failed"] == [str(note) for note in estimate.failed] != []


def test_every_estimator_permutes_through_its_own_fit():
    class Difference:
        """The hook: anything with an effect and reassigned."""

        name, policy = "difference", "policy"

        def block(self, sample):
            return 50

        def effect(self, sample, stream):
            return Effect(float(sample.y[sample.treated].mean()), 1.0)

        def reassigned(self, sample, cohorts, stream):
            found = [self.effect(with_cohorts(sample, c), stream)[:2] for c in cohorts]
            return np.array([b for b, _ in found]), np.array([s for _, s in found])

        def reassigned_terms(self, sample, cohorts, stream):
            estimate, error = self.reassigned(sample, cohorts, stream)
            return estimate[:, None], error[:, None]

        def by_group(self, sample, group, kept):
            return None

        def strata(self, sample):
            return None

        def acting(self, sample):
            return sample

    from ccd.estimate.did.checks.permutation import permutation

    sample = model().sample(panel_of())
    one = Difference()
    finding = permutation(one, sample, 19, one.effect(sample, Stream(0, "m")), Stream(0, "m"))
    frame = finding.parts[0].frame
    assert finding.p_values["permutation"] == p_value(
        one.effect(sample, Stream(0, "m")).estimate, frame["estimate"].to_numpy()
    )
