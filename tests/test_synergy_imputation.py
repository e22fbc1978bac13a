"""Synergy by imputation against a hand-worked case, dummy variables, plain loops and its own draws."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from conftest import make_panel
from hypothesis import given, settings
from hypothesis import strategies as st
from simulated_policies import factorial

from ccd.errors import EstimationError
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.synergy.draws import permutation, studentised, without_single_effects
from ccd.estimate.synergy.exchange import exchange
from ccd.estimate.synergy.exposure import contrast
from ccd.estimate.synergy.imputation import SynergyImputation
from ccd.estimate.synergy.measures import Measures
from ccd.estimate.synergy.sample import draw
from ccd.estimate.synergy.states import States
from ccd.panel import Panel
from ccd.streams import Stream

STREAM = Stream(1, "s")


def model(policies=("a", "b"), **keys) -> SynergyImputation:
    keys = {"controls": ("x",), "bootstrap": 20, "permutations": 0, **keys}
    return SynergyImputation(name="s", kind="synergy", outcome="y", policies=policies, **keys)


def two_by_two(years: int = 2) -> Panel:
    y = {"n": [1, 2], "a": [3, 6], "b": [2, 4], "ab": [5, 11]}
    names = ["n", "a", "b", "ab"]
    panel = make_panel({"y": np.concatenate([y[k] for k in names])}, np.repeat(names, 2), [2001, 2002] * 4)
    on = {"a": ["a", "ab"], "b": ["b", "ab"]}
    cohorts = {p: pd.Series({k: 2002.0 if k in on[p] else np.nan for k in names}) for p in on}
    return Panel(panel.frame, panel.groups, cohorts)


def arrays(panel: Panel, spec: SynergyImputation):
    sample, states, _ = draw(spec, panel)
    fitted = impute(sample.y, sample.x, sample.entity, sample.time, states.state == 0)
    return sample, states, fitted, fitted.resid, fitted.imputable


def test_two_by_two_by_hand() -> None:
    # Regions n, a, b, ab; only a and ab take policy a, only b and ab take policy b, both in year 2.
    # Year 2 less year 1 is 1 in n, the only region untreated then, so the untreated year-2 outcomes are
    # a: 3 + 1 = 4, b: 2 + 1 = 3, ab: 5 + 1 = 6, and the effects 6 - 4 = 2, 4 - 3 = 1, 11 - 6 = 5.
    # Synergy 5 - 2 - 1 = 2; every exposure is 0, so matched and unmatched agree.
    spec = model(controls=())
    _, states, _, tau, known = arrays(two_by_two(), spec)
    assert known.all()
    measures = Measures(states)
    found = dict(zip(map(str, measures.terms), measures.values(tau, np.ones(8)), strict=False))
    assert found == pytest.approx({"a": 2, "b": 1, "a+b": 5, "synergy": 2, "synergy_unmatched": 2})


def dummies(panel: Panel, spec: SynergyImputation) -> tuple[pd.DataFrame, np.ndarray]:
    """tau by least squares on explicit dummies, cell by cell, and each cell's years since each policy."""
    frame = panel.frame.reset_index()
    entity, years = panel.entities, panel.times
    start = {p: panel.cohort(p) for p in spec.policies}
    rows = [
        [float(e == r) for e in entity] + [float(t == s) for s in years] + [x]
        for r, t, x in zip(frame["region"], frame["year"], frame["x"], strict=True)
    ]
    design, y = np.array(rows), frame["y"].to_numpy()
    since = np.array(
        [
            [t - start[p][r] if t >= start[p][r] else -1 for p in spec.policies]
            for r, t in zip(frame["region"], frame["year"], strict=True)
        ]
    )
    none = (since < 0).all(axis=1)
    beta = np.linalg.lstsq(design[none], y[none], rcond=None)[0]
    return frame.assign(tau=y - design @ beta), since


@pytest.mark.parametrize("seed, keep", [(1, 1.0), (2, 0.85)])
def test_equals_dummies_and_a_plain_loop(seed: int, keep: float) -> None:
    spec = model()
    panel = factorial(seed, growth=0.1, keep=keep)
    frame, since = dummies(panel, spec)
    states = [tuple(bool(s >= 0) for s in row) for row in since]
    single: dict[tuple[int, int], list[float]] = {}
    for cell, tau, row in zip(states, frame["tau"], since, strict=True):
        if sum(cell) == 1:
            k = cell.index(True)
            single.setdefault((k, int(row[k])), []).append(tau)
    excess, by_year, by_state = [], {}, {}
    for cell, tau, row in zip(states, frame["tau"], since, strict=True):
        by_state.setdefault(cell, []).append(tau)
        keys = [(k, int(row[k])) for k in range(2)]
        if all(cell) and all(key in single for key in keys):
            value = tau - sum(np.mean(single[key]) for key in keys)
            excess.append(value)
            by_year.setdefault(int(row.min()), []).append(value)
    estimate = spec.fit(panel, STREAM)
    found = estimate.terms.frame().set_index("term")["estimate"]
    means = {k: np.mean(v) for k, v in by_state.items()}
    wanted = {
        "a": means[True, False],
        "b": means[False, True],
        "a+b": means[True, True],
        "synergy": np.mean(excess),
        "synergy_unmatched": means[True, True] - means[True, False] - means[False, True],
    }
    assert found.to_dict() == pytest.approx(wanted, abs=1e-9)
    events = estimate.part("event_study").frame.set_index("event_time")["estimate"].dropna()
    assert events.to_dict() == pytest.approx({k: np.mean(v) for k, v in sorted(by_year.items())}, abs=1e-9)
    assert estimate.details["matched_share"] == pytest.approx(len(excess) / len(by_state[True, True]))


def test_three_policies_equal_a_plain_loop() -> None:
    spec = model(("a", "b", "c"))
    panel = factorial(5, n=90, alone=(1.0, 0.5, 0.2), growth=0.05)
    frame, since = dummies(panel, spec)
    means: dict[tuple, list[float]] = {}
    for tau, row in zip(frame["tau"], since, strict=True):
        means.setdefault(tuple(int(s) for s in row), []).append(tau)

    def mean(row, members) -> float:
        key = tuple(int(s) if k in members else -1 for k, s in enumerate(row))
        return float(np.mean(means[key])) if key in means else np.nan

    whole, triple, pair = [], [], []
    for tau, row in zip(frame["tau"], since, strict=True):
        alone = [mean(row, {k}) for k in range(3)]
        if (row >= 0).all():
            whole.append(tau - sum(alone))
            pairs = [mean(row, set(p)) for p in ((0, 1), (0, 2), (1, 2))]
            triple.append(tau - sum(pairs) + sum(alone))
        if row[0] >= 0 and row[1] < 0 and row[2] >= 0:
            pair.append(tau - alone[0] - alone[2])
    found = spec.fit(panel, STREAM).terms.frame().set_index("term")["estimate"]
    assert found["synergy"] == pytest.approx(np.nanmean(whole), abs=1e-9)
    assert found["synergy_triple"] == pytest.approx(np.nanmean(triple), abs=1e-9)
    assert found["synergy:a+c"] == pytest.approx(np.nanmean(pair), abs=1e-9)
    assert list(found.index) == [
        *(
            "a",
            "b",
            "c",
            "a+b",
            "a+c",
            "b+c",
            "a+b+c",
            "synergy",
            "synergy:a+b",
            "synergy:a+c",
            "synergy:b+c",
        ),
        *("synergy_triple", "synergy_unmatched", *(f"synergy_unmatched:{p}" for p in ("a+b", "a+c", "b+c"))),
    ]


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000), keep=st.sampled_from([1.0, 0.8]))
def test_weights_on_the_outcome_give_the_estimate(seed: int, keep: float) -> None:
    spec = model()
    sample, states, fitted, tau, known = arrays(factorial(seed, n=24, keep=keep), spec)
    compared = contrast(states, states.full)
    weight = known.astype(float)
    value = compared.excess(tau, weight)
    if np.isfinite(value).any():
        w = compared.weights(compared.target & known, weight)
        v = fitted.outcome_weights(w)
        assert v @ sample.y == pytest.approx(np.nanmean(value), abs=1e-9)
        # an estimate of effects is blind to region levels, year levels and the controls
        for blind in (np.eye(len(states.start))[sample.entity], np.eye(sample.time.max() + 1)[sample.time]):
            assert np.abs(blind.T @ v).max() < 1e-9
        assert abs(v @ sample.x[:, 0]) < 1e-9


def test_bootstrap_equals_a_refit_on_repeated_regions() -> None:
    from ccd.estimate.synergy.draws import bootstrap

    spec = model()
    panel = factorial(3, n=30)
    sample, states, fitted, _, _ = arrays(panel, spec)
    measures = Measures(states)
    drawn = bootstrap(fitted, sample.clusters[0], measures.values, 3, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    names = np.array(panel.entities)
    for values in drawn:
        pick = rng.integers(0, 30, 30)
        frames = [
            panel.frame.loc[[names[i]]].reset_index().assign(region=f"k{k:02d}") for k, i in enumerate(pick)
        ]
        table = pd.concat(frames)
        again = make_panel({"y": table["y"], "x": table["x"]}, table["region"], table["year"])
        cohorts = {
            p: pd.Series([panel.cohort(p)[names[i]] for i in pick], index=sorted(set(table["region"])))
            for p in ("a", "b")
        }
        again = Panel(again.frame, again.groups, cohorts)
        refit = spec.fit(again, STREAM).terms.frame()["estimate"].to_numpy()
        assert values[: len(refit)] == pytest.approx(refit, abs=1e-9)


def test_bootstrap_error_agrees_with_the_influence_form() -> None:
    # Homogeneous effects: the residual of a treated cell is then noise, and both forms estimate one thing.
    for seed in (11, 12):
        estimate = model(bootstrap=300).fit(factorial(seed, n=300), STREAM)
        error = estimate.term("synergy").std_error
        assert estimate.details["std_error_influence"] == pytest.approx(error, rel=0.15)


def test_null_outcome_has_no_single_effects_left() -> None:
    spec = model()
    sample, states, _, tau, known = arrays(factorial(4, n=60, growth=0.2), spec)
    compared = contrast(states, states.full)
    null = without_single_effects(sample.y, tau, known, states, compared)
    before = studentised(sample.y, sample.x, states, sample.time, sample.entity)
    after = studentised(null, sample.x, states, sample.time, sample.entity)
    assert after.estimate == pytest.approx(before.estimate, abs=1e-9)
    left = impute(null, sample.x, sample.entity, sample.time, states.state == 0).resid
    for state, since in product((1, 2), range(7)):
        rows = (states.state == state) & (states.exposure[:, state - 1] == since)
        if rows.any():
            assert left[rows].mean() == pytest.approx(0, abs=1e-9)


def test_permutation_p_is_the_share_of_draws_as_extreme() -> None:
    estimate = model(permutations=49).fit(factorial(6, n=30, synergy=0.2), STREAM)
    part = estimate.part("permutation").value
    extreme = (np.abs(part.drawn) >= abs(part.observed)).sum()
    assert estimate.term("synergy").p_value == pytest.approx((1 + extreme) / 50)
    assert estimate.p_values["permutation"] == part.p_value == estimate.term("synergy").p_value
    # the bootstrap's own p-value stands beside it
    plain = model().fit(factorial(6, n=30, synergy=0.2), STREAM).term("synergy")
    place = estimate.terms.place("synergy")
    assert estimate.p_values["analytic"] == estimate.terms.p_analytic[place] == plain.p_value
    assert estimate.term("synergy").std_error == plain.std_error
    assert estimate.term("a") == model().fit(factorial(6, n=30, synergy=0.2), STREAM).term("a")


@pytest.mark.parametrize("true", [0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
def test_the_interval_of_the_synergy_inverts_its_permutation(true: float) -> None:
    estimate = model(permutations=99).fit(factorial(6, n=30, synergy=true), STREAM)
    row, found = estimate.term("synergy"), estimate.part("permutation").value
    # the 95th of the 99 ordered |t*| and the error of the statistic, by hand
    critical = np.sort(np.abs(found.drawn[np.isfinite(found.drawn)]))[94]
    error = row.estimate / found.observed
    assert (row.conf_low, row.conf_high) == pytest.approx(
        (row.estimate - critical * error, row.estimate + critical * error), rel=1e-6
    )
    assert (row.conf_low > 0 or row.conf_high < 0) == (row.p_value <= 0.05)
    # the same regression in another table of the model
    roads = estimate.part("roads").value
    assert (roads.p_value[0], roads.conf_low[0], roads.conf_high[0]) == row[4:7]
    assert roads.p_value[1] != roads.p_value[0]


def test_same_numbers_whatever_the_order_of_rows_and_policies() -> None:
    panel = factorial(7, n=30)
    first = model(permutations=9).fit(panel, STREAM)
    turned = model(("b", "a"), permutations=9).fit(panel, STREAM)
    assert turned.term("synergy").estimate == pytest.approx(first.term("synergy").estimate, abs=1e-10)
    assert turned.term("b+a").estimate == pytest.approx(first.term("a+b").estimate, abs=1e-10)
    scaled = panel.with_columns(pd.DataFrame({"y": panel.frame["y"] * 10}))
    tenfold = model(permutations=9).fit(scaled, STREAM)
    assert tenfold.terms.frame()["estimate"].to_numpy() == pytest.approx(
        first.terms.frame()["estimate"].to_numpy() * 10
    )
    assert tenfold.terms.frame()["std_error"].to_numpy() == pytest.approx(
        first.terms.frame()["std_error"].to_numpy() * 10
    )
    assert tenfold.terms.frame()["p_value"].to_numpy() == pytest.approx(
        first.terms.frame()["p_value"].to_numpy()
    )


def test_states_count_and_orders_add_up() -> None:
    estimate = model().fit(factorial(8, n=40), STREAM)
    states = estimate.part("states").frame.set_index("state")
    assert states["cells"].sum() == estimate.nobs
    assert states.loc["none", "entities"] == estimate.entities
    orders = estimate.part("order").frame
    gap = orders.iloc[-1]
    assert str(gap["label"]) == "difference: a first less b first"
    shown = {str(label): value for label, value in zip(orders["label"], orders["estimate"], strict=True)}
    assert gap["estimate"] == pytest.approx(shown["a, then b"] - shown["b, then a"], abs=1e-12)
    orders = orders.iloc[:-1]
    assert orders["entities"].sum() == states.loc["a+b", "entities"]
    mean = np.average(orders["estimate"], weights=orders["nobs"])
    assert mean == pytest.approx(estimate.term("synergy").estimate, abs=1e-9)


def test_regions_always_treated_leave_with_a_note() -> None:
    panel = factorial(9, n=30)
    cohorts = {p: s.copy() for p, s in panel.cohorts.items()}
    cohorts["a"].iloc[0] = 1999.0
    cohorts["b"].iloc[1] = 2030.0
    estimate = model().fit(Panel(panel.frame, panel.groups, cohorts), STREAM)
    assert estimate.entities == 29
    notes = [str(note) for note in estimate.notes]
    assert any("left out: r000" in note for note in notes)
    assert any("counted as never: r001" in note for note in notes)


def test_refuses_an_empty_state_and_counts_thin_ones() -> None:
    panel = factorial(10, n=30)
    cohorts = dict(panel.cohorts)
    cohorts["b"] = cohorts["a"]
    with pytest.raises(EstimationError, match="a without b"):
        model().fit(Panel(panel.frame, panel.groups, cohorts), STREAM)
    with pytest.raises(EstimationError, match="standard error"):
        model(controls=(), bootstrap=2).fit(two_by_two(), Stream(3, "s"))


def test_few_matches_are_warned_of_and_none_is_refused() -> None:
    # a alone is seen 0..1 years since, b alone for long; both are seen 5 years and more after a began
    names = [f"r{k}" for k in range(12)]
    a = {"r0": 2009.0, "r1": 2009.0, "r2": 2009.0}
    b = {"r3": 2003.0, "r4": 2003.0, "r5": 2003.0}
    both = {"r6": (2003.0, 2003.0), "r7": (2003.0, 2003.0), "r8": (2003.0, 2003.0)}
    start_a = pd.Series({n: a.get(n, both.get(n, (np.nan,))[0]) for n in names})
    start_b = pd.Series({n: b.get(n, both.get(n, (0, np.nan))[1]) for n in names})
    rng = np.random.default_rng(0)
    entity, time = np.repeat(names, 10), np.tile(range(2001, 2011), 12)
    panel = make_panel({"y": rng.normal(size=120)}, entity, time)
    panel = Panel(panel.frame, panel.groups, {"a": start_a, "b": start_b})
    estimate = model(controls=(), bootstrap=60).fit(panel, STREAM)
    assert estimate.details["matched_share"] == pytest.approx(6 / 24)
    assert any("Less than half" in str(note) for note in estimate.notes)
    # r9 takes a in 2003 and b in 2009: the only cells with both are at exposures (6, 0) and (7, 1)
    start_a = start_a.where(~start_a.index.isin(both), np.nan)
    start_b = start_b.where(~start_b.index.isin(both), np.nan)
    start_a["r9"], start_b["r9"] = 2003.0, 2005.0
    start_a["r10"], start_b["r10"] = 2003.0, 2005.0
    for name in ("r0", "r1", "r2"):
        start_a[name] = 2010.0
    later = Panel(panel.frame, panel.groups, {"a": start_a, "b": start_b})
    with pytest.raises(EstimationError, match="at the same exposure"):
        model(controls=(), bootstrap=5).fit(later, STREAM)


def test_single_region_rows_have_no_error() -> None:
    part = model(bootstrap=50).fit(factorial(1), STREAM).part("event_study")
    alone = part.value.entities == 1
    assert alone.any() and (part.value.entities > 3).any()
    for array in part.value.std_error, part.value.p_value, part.value.conf_low, part.value.conf_high:
        assert np.isnan(array[alone]).all()
        assert np.isfinite(array[part.value.entities > 3]).all()
    assert [str(note) for note in part.notes] == ["What a single region identifies has no standard error"]


def test_gap_of_a_path_is_adders_less_others_as_long_after() -> None:
    paths = model(bootstrap=50).fit(factorial(8, n=60), STREAM).part("paths").value
    rows = zip(paths.policy, paths.group, paths.event_time, paths.estimate, paths.cells, strict=True)
    found = {(policy, group, int(since)): (mean, cells) for policy, group, since, mean, cells in rows}
    for j, policy in enumerate(paths.policies):
        pairs = [
            (mean - found[policy, "never", since][0], cells)
            for (name, group, since), (mean, cells) in found.items()
            if name == policy and group == "adds" and (policy, "never", since) in found
        ]
        assert len(pairs) > 1
        gaps, cells = zip(*pairs, strict=True)
        assert paths.gap[j] == pytest.approx(np.average(gaps, weights=cells), abs=1e-9)
        assert paths.gap_error[j] > 0


def test_states_of_three_policies() -> None:
    start = np.array([[2001.0, np.nan, 2003.0]])
    states = States(("a", "b", "c"), start, np.zeros(4, dtype=int), np.array([2000, 2001, 2002, 2003]))
    assert [states.name(s) for s in states.state] == ["none", "a", "a", "a+c"]
    assert [states.name(s) for s in states.sets] == ["a", "b", "c", "a+b", "a+c", "b+c", "a+b+c"]
    assert states.name(states.joint[0]) == "a+b+c"


def test_matching_on_cohort_too_frees_the_synergy_of_effects_that_differ_by_cohort() -> None:
    # No noise: a and b alone give 1 and 0.5, growing by 0.1 a year and by 0.2 for each year begun before 2006.
    panel = factorial(12, n=80, growth=0.1, by_cohort=0.2, synergy=0.5, noise=0.0)
    by_cohort = model(match="cohort", bootstrap=10).fit(panel, STREAM)
    assert by_cohort.term("synergy").estimate == pytest.approx(0.5, abs=1e-9)
    by_exposure = model(bootstrap=10).fit(panel, STREAM)
    assert abs(by_exposure.term("synergy").estimate - 0.5) > 0.02
    roads = by_exposure.part("roads").frame["estimate"]
    assert roads[0] == by_exposure.term("synergy").estimate
    assert roads[1] == pytest.approx(0.5, abs=1e-9)


def test_cohort_match_equals_a_plain_loop() -> None:
    panel = factorial(13, n=60, growth=0.1, keep=0.9)
    frame, since = dummies(panel, model())
    start = np.column_stack([panel.cohort(p)[frame["region"]].to_numpy() for p in "ab"])
    single: dict[tuple, list[float]] = {}
    for tau, row, g in zip(frame["tau"], since, start, strict=True):
        if (row >= 0).sum() == 1:
            k = int(np.argmax(row >= 0))
            single.setdefault((k, int(row[k]), int(g[k])), []).append(tau)
    excess = []
    for tau, row, g in zip(frame["tau"], since, start, strict=True):
        if (row >= 0).all():
            keys = [(k, int(row[k]), int(g[k])) for k in range(2)]
            if all(key in single for key in keys):
                excess.append(tau - sum(np.mean(single[key]) for key in keys))
    found = model(match="cohort").fit(panel, STREAM)
    assert found.term("synergy").estimate == pytest.approx(np.mean(excess), abs=1e-9)


def plain(panel: Panel, y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Synergy at matched exposure, tau and years since each policy, cell by cell from dummies."""
    frame, since = dummies(panel.with_columns(pd.DataFrame({"y": y}, index=panel.frame.index)), model())
    tau = frame["tau"].to_numpy()
    single: dict[tuple[int, int], list[float]] = {}
    for value, row in zip(tau, since, strict=True):
        if (row >= 0).sum() == 1:
            k = int(np.argmax(row >= 0))
            single.setdefault((k, int(row[k])), []).append(value)
    found = [
        value - sum(np.mean(single[k, int(row[k])]) for k in range(2))
        for value, row in zip(tau, since, strict=True)
        if (row >= 0).all() and all((k, int(row[k])) in single for k in range(2))
    ]
    return float(np.mean(found)), tau, since


def test_studentised_by_unit_outcomes() -> None:
    # The estimate is linear in y, so its weight on a cell is the estimate of an outcome that is 1 there alone.
    panel = factorial(17, n=16, t=8, growth=0.1)
    sample, states, _, _, known = arrays(panel, model())
    assert known.all()
    panel = sample.panel
    found = studentised(sample.y, sample.x, states, sample.time, sample.entity)
    estimate, tau, since = plain(panel, sample.y)
    weights = np.array([plain(panel, unit)[0] for unit in np.eye(len(tau))])
    resid = tau.copy()
    kinds = [tuple(row >= 0) for row in since]
    for kind in {k for k in kinds if any(k)}:
        rows = [k == kind for k in kinds]
        resid[rows] -= tau[rows].mean()
    by_region = [float((weights * resid)[sample.entity == i].sum()) for i in range(len(panel.entities))]
    assert found.estimate == pytest.approx(estimate, abs=1e-9)
    assert found.std_error == pytest.approx(np.sqrt(np.sum(np.square(by_region))), rel=1e-7)


def test_a_permuted_draw_is_a_refit_with_exchanged_years() -> None:
    panel = factorial(18, n=30)
    sample, states, _, tau, known = arrays(panel, model())
    compared = contrast(states, states.full)
    null = without_single_effects(sample.y, tau, known, states, compared)
    drawn = permutation(null, sample.x, states, sample.time, sample.entity, 2, np.random.default_rng(4))
    rng = np.random.default_rng(4)
    for value in drawn.estimate:
        order = rng.permutation(30)
        names = np.array(panel.entities)
        cohorts = {p: pd.Series(panel.cohort(p).to_numpy()[order], index=names) for p in "ab"}
        again = Panel(panel.frame, panel.groups, cohorts)
        assert value == pytest.approx(plain(again, null)[0], abs=1e-9)


@pytest.mark.parametrize("match", ["exposure", "cohort"])
@pytest.mark.parametrize("alone", [(1.0, 0.5), (1.0, 0.5, 0.2)])
@pytest.mark.parametrize("controls", [0, 1, 2])
def test_draws_on_a_full_grid_are_those_of_whole_fits(match: str, alone: tuple, controls: int) -> None:
    panel = factorial(21, n=60, alone=alone, growth=0.1)
    sample, states, *_ = arrays(panel, model(tuple("abc"[: len(alone)])))
    rng = np.random.default_rng(5)
    x = np.column_stack([sample.x, rng.normal(size=len(sample.y)) + sample.time])[:, :controls] * 1e3
    cluster = sample.entity // 2
    quick = exchange(sample.y, x, states, sample.time, cluster, match)
    for _ in range(4):
        order = rng.permutation(60)
        slow = studentised(sample.y, x, states.permuted(order), sample.time, cluster, match)
        assert quick.studentised(order) == pytest.approx(
            (slow.estimate, slow.std_error), rel=1e-10, abs=1e-12
        )


def test_draws_are_whole_fits_off_a_full_grid_and_where_controls_are_lost() -> None:
    holed = arrays(factorial(22, n=60, keep=0.9), model())
    assert exchange(holed[0].y, holed[0].x, holed[1], holed[0].time, holed[0].entity, "exposure") is None
    sample, states, *_ = arrays(factorial(22, n=60), model())
    order, twice = np.arange(60), np.column_stack([sample.x, 2 * sample.x])
    year = sample.time[:, None].astype(float)
    for x in (twice, year):
        shared = exchange(sample.y, x, states, sample.time, sample.entity, "exposure")
        assert shared is not None
        assert shared.studentised(order) is None
    drawn = permutation(sample.y, twice, states, sample.time, sample.entity, 3, np.random.default_rng(1))
    alone = permutation(sample.y, sample.x, states, sample.time, sample.entity, 3, np.random.default_rng(1))
    assert drawn.estimate == pytest.approx(alone.estimate, abs=1e-9)
