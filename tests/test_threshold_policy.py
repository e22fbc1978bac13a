"""A policy whose effect depends on a regime: candidates, who stays, and the two roads beside the slopes."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.errors import EstimationError
from ccd.estimate.threshold.moments import least_entities
from ccd.estimate.threshold.spec import Threshold
from ccd.streams import Stream
from tests.conftest import make_panel
from tests.test_threshold import names


def policy_panel(seed=2, entities=40, years=10, *, low=0.2, high=1.5, q=None, never=0.4):
    """Staggered adoption; the effect is ``low`` where q <= 0 and ``high`` above; q is drawn once a region."""
    rng = np.random.default_rng(seed)
    entity, time = np.repeat(np.arange(entities), years), np.tile(np.arange(2001, 2001 + years), entities)
    odds = [(1 - never) / 3] * 3 + [never]
    start = rng.choice([2004.0, 2006, 2008, np.nan], entities, p=odds)[entity]
    base = rng.normal(size=entities)[entity]
    c = rng.normal(size=entities * years)
    treated = time >= start
    y = rng.normal(size=entities)[entity] + 0.1 * (time - 2001) + 0.3 * c
    y = y + treated * np.where(base <= 0, low, high) + 0.3 * rng.normal(size=len(y))
    own = base if q is None else q(base, time, treated, rng)
    columns = {"y": y, "c": c, "q": own, "earlier": rng.normal(size=len(y))}
    return make_panel(columns, [f"r{i:02d}" for i in entity], time, start)


def fit(panel, **keys):
    base = {"name": "m", "kind": "threshold", "outcome": "y", "threshold": "q", "policy": "policy"}
    base |= {"number": 1, "bootstrap": 39}
    return Threshold.model_validate(base | keys).fit(panel, Stream(1, "m"))


def arrays(panel, *names):
    cohort = panel.cohort("policy").to_numpy()[panel.entity_codes]
    time = np.unique(panel.years, return_inverse=True)[1]
    return (*(panel.column(name) for name in names), panel.years >= cohort, panel.entity_codes, time)


def test_terms_and_sample_of_a_policy():
    panel = policy_panel()
    estimate = fit(panel, controls=("c",))
    assert names(estimate) == ["policy [q <= g1]", "policy [q > g1]", "c"]
    assert estimate.entities == 40  # never-treated regions stay
    (g,) = estimate.details["thresholds"]
    q, treated, entity, _ = arrays(panel, "q")
    assert g in q[treated]
    row = estimate.part("thresholds").frame.iloc[0]
    below = treated & (q <= g)
    assert row["n_below"] == below.sum()
    assert row["entities_below"] == len(np.unique(entity[below]))
    low, high = estimate.terms.estimate[:2]
    assert low < 0.6 < 1.1 < high


def test_every_regime_keeps_five_treated_regions_or_a_tenth():
    panel = policy_panel()
    q, treated, entity, _ = arrays(panel, "q")
    curve = fit(panel).part("lr_1_1").frame
    for value in curve["value"]:
        sides = [len(np.unique(entity[treated & side])) for side in (q <= value, q > value)]
        assert min(sides) >= 5
    assert [least_entities(n) for n in (12, 50, 51, 200)] == [5, 5, 6, 20]
    with pytest.raises(EstimationError, match="treated regions"):
        fit(policy_panel(entities=12))


def test_never_treated_regions_need_no_threshold_value():
    def unknown(base, time, treated, rng):
        never = ~np.repeat(treated.reshape(40, 10).any(axis=1), 10)
        return np.where(never, np.nan, base)

    known, missing = fit(policy_panel()), fit(policy_panel(q=unknown))
    assert missing.nobs == known.nobs
    assert missing.terms.estimate.tolist() == pytest.approx(known.terms.estimate.tolist())
    notes = [str(note) for note in missing.part("policy_regimes").notes]
    assert any("without q left out" in note for note in notes)


def test_imputation_by_regime_equals_dummies():
    panel = policy_panel()
    estimate = fit(panel, controls=("c",))
    (g,) = estimate.details["thresholds"]
    y, q, c, treated, entity, time = arrays(panel, "y", "q", "c")
    design = np.column_stack([np.eye(40)[entity], np.eye(10)[time][:, 1:], c])
    beta = np.linalg.lstsq(design[~treated], y[~treated], rcond=None)[0]
    tau = y - design @ beta
    wanted = [tau[treated & (q <= g)].mean(), tau[treated & (q > g)].mean()]
    frame = estimate.part("policy_regimes").frame
    shown = frame[[str(label).endswith("imputation") for label in frame["label"]]]
    np.testing.assert_allclose(shown["estimate"], wanted, rtol=1e-9)
    assert (shown["std_error"] > 0).all()


def test_regime_years_equal_dummies():
    panel = policy_panel()
    estimate = fit(panel, controls=("c",))
    (g,) = estimate.details["thresholds"]
    y, q, c, treated, entity, time = arrays(panel, "y", "q", "c")
    below = q <= g
    years = np.eye(10)[time]
    design = np.column_stack(
        [
            treated & below,
            treated & ~below,
            c,
            np.eye(40)[entity],
            years[:, 1:],
            years[:, 1:] * below[:, None],
        ]
    )
    wanted = np.linalg.lstsq(design, y, rcond=None)[0][:2]
    frame = estimate.part("policy_regimes").frame
    shown = frame[[str(label).endswith("year effects") for label in frame["label"]]]
    np.testing.assert_allclose(shown["estimate"], wanted, rtol=1e-9)


@pytest.mark.parametrize("intercept", [False, True])
def test_every_candidate_of_a_policy_equals_dummies(intercept):
    panel = policy_panel(q=current)
    keys = {"allow_post_treatment": True, "regime_intercept": intercept, "controls": ("c",)}
    estimate = fit(panel, **keys)
    tests, curve = estimate.part("tests").frame.iloc[0], estimate.part("lr_1_1").frame
    y, q, c, treated, entity, time = arrays(panel, "y", "q", "c")
    base = np.column_stack([np.eye(40)[entity], np.eye(10)[time][:, 1:], c])
    assert set(curve["value"]) <= set(q[treated])
    for value, ratio in zip(curve["value"], curve["lr"], strict=True):
        below = q <= value
        design = np.column_stack([base, treated & below, treated & ~below, *([below] if intercept else [])])
        resid = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        ssr = tests["ssr"] * (1 + ratio / tests["df"])
        assert ssr == pytest.approx(resid @ resid, rel=1e-10)


def current(base, time, treated, rng):
    return base + 0.3 * rng.normal(size=len(base))


def test_a_value_measured_after_treatment_is_refused():
    panel = policy_panel(q=current)
    with pytest.raises(EstimationError, match="may itself be an effect"):
        fit(panel)
    allowed = fit(panel, allow_post_treatment=True)
    assert any("measured after policy began" in str(note) for note in allowed.notes)


def test_values_from_before_the_policy_are_taken():
    panel = policy_panel(q=current)
    estimate = fit(panel, threshold_base="before")
    q = panel.column("q")
    first = panel.years < 2004
    means = [q[first & (panel.entity_codes == i)].mean() for i in range(40)]
    (g,) = estimate.details["thresholds"]
    assert any(g == pytest.approx(mean) for mean in means)
    assert fit(panel, threshold_lag=1).sample.first_year == 2001
    assert fit(panel, threshold_base=2003).nobs == 400
    with pytest.raises(EstimationError, match="no such year"):
        fit(panel, threshold_base=1990)


def test_a_lag_of_another_column_counts_as_earlier():
    panel = policy_panel()
    lagged = panel.frame["earlier"].groupby(level=0).shift(1).rename("q").to_frame()
    estimate = fit(panel.with_columns(lagged))
    assert not any("measured after" in str(note) for note in estimate.notes)


def test_a_value_held_from_the_year_before_treatment_counts_as_earlier():
    panel = policy_panel(q=current)
    cohort = panel.cohort("policy").to_numpy()[panel.entity_codes]
    frame = panel.frame.assign(before=panel.frame["q"].where(panel.years < cohort))
    held = frame.groupby(level=0)["before"].ffill().where(~np.isnan(cohort), frame["q"])
    estimate = fit(panel.with_columns(held.rename("q").to_frame()))
    assert not any("measured after" in str(note) for note in estimate.notes)


def test_a_time_varying_value_lets_one_region_lie_in_two_regimes():
    panel = policy_panel(q=current)
    estimate = fit(panel, allow_post_treatment=True)
    slopes = estimate.part("slopes").frame
    both = slopes[slopes["column"] == "policy"]["entities"].sum()
    assert both > arrays(panel, "q")[1].reshape(40, 10).any(axis=1).sum()
    with_level = fit(panel, allow_post_treatment=True, regime_intercept=True)
    assert names(with_level)[-1] == "intercept [q <= g1]"
