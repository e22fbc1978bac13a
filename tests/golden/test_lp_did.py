"""LP-DiD against plain loops with dummies, and the estimators that it equals on balanced panels."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_panel

from ccd.errors import EstimationError
from ccd.estimate import MODELS
from tests.golden.staggered import STREAM, dummies, random_panel


def fit(panel, estimator="lp-did", **keys):
    spec = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y"}
    spec |= {"permutation": {"draws": 0}, **keys}
    return MODELS[f"did-{estimator}"].model_validate(spec).fit(panel, STREAM)


def by_loops(panel, ends, covariates=(), *, equal=False, never=False, weight=None):
    """Return the effect, its clustered error and n by loops over regions and years, and dense least squares."""
    frame, starts = panel.frame, panel.cohort("policy")
    rows = []
    for entity in panel.entities:
        start = starts[entity] if np.isfinite(starts[entity]) else np.inf
        for t in panel.times:
            needed = [(entity, t - 1), *((entity, t + h) for h in ends)]
            if not all(key in frame.index for key in needed):
                continue
            clean = start > t + max(0, *ends) and (np.isinf(start) or not never)
            if start != t and not clean:
                continue
            late = np.mean([frame.loc[(entity, t + h), "y"] for h in ends])
            own = [frame.loc[(entity, t - 1), c] for c in covariates]
            w = 1.0 if weight is None else frame.loc[(entity, t), weight]
            rows.append([entity, t, float(start == t), late - frame.loc[(entity, t - 1), "y"], w, *own])
    entity = np.unique([row[0] for row in rows], return_inverse=True)[1]
    t, d, change, w = (np.array([row[j] for row in rows], dtype=float) for j in (1, 2, 3, 4))
    x = np.array([row[5:] for row in rows], dtype=float).reshape(len(rows), -1)
    z = np.column_stack([x, dummies(t)])
    if equal and covariates:
        inner = d == 0
        bread = np.linalg.inv(z[inner].T @ (z[inner] * w[inner, None]))
        beta = bread @ (z[inner].T @ (w * change)[inner])
        resid = change - z @ beta
        effect = np.average(resid, weights=w * d)
        reach = bread @ (z.T @ (w * d))
        psi = (w * d * (resid - effect) - w * (1 - d) * resid * (z @ reach)) / (w * d).sum()
        return effect, np.sqrt(np.sum(np.bincount(entity, psi) ** 2)), len(d)
    if equal:
        inside = np.isin(t, t[d == 1])  # the other years weigh nothing, and count neither in n nor in K
        t, d, change, w, z = t[inside], d[inside], change[inside], w[inside], dummies(t[inside])
        entity = np.unique(entity[inside], return_inverse=True)[1]
        share = {year: np.average(d[t == year], weights=w[t == year]) for year in np.unique(t)}
        w = w / (1 - np.array([share[year] for year in t]))
    z = np.column_stack([d, z])
    bread = np.linalg.inv(z.T @ (z * w[:, None]))
    beta = bread @ (z.T @ (w * change))
    scores = z * (w * (change - z @ beta))[:, None]
    sums = np.column_stack([np.bincount(entity, column) for column in scores.T])
    n, g = len(d), int(entity.max()) + 1
    matrix = g / (g - 1) * (n - 1) / (n - z.shape[1]) * bread @ sums.T @ sums @ bread
    return beta[0], np.sqrt(matrix[0, 0]), n


@pytest.mark.parametrize("drop", [0.0, 0.04])
@pytest.mark.parametrize("covariates", [(), ("x1", "z2")])
@pytest.mark.parametrize("weighting", ["variance", "equal"])
def test_every_horizon_is_a_plain_loop(drop, covariates, weighting):
    panel = random_panel(n=50, drop=drop)
    equal = weighting == "equal"
    estimate = fit(panel, weighting=weighting, covariates=covariates, window=(-4, 3))
    study = estimate.part("event_study").frame.set_index("event_time")
    assert study.index.tolist() == list(range(-4, 4))
    assert study.loc[-1, "estimate"] == 0
    for h in (-4, -2, 0, 1, 3):
        effect, error, _ = by_loops(panel, [h], covariates, equal=equal)
        assert study.loc[h, "estimate"] == pytest.approx(effect, abs=1e-10)
        assert study.loc[h, "std_error"] == pytest.approx(error, rel=1e-8)
    effect, error, n = by_loops(panel, range(4), covariates, equal=equal)
    assert estimate.leading.estimate == pytest.approx(effect)
    assert estimate.leading.std_error == pytest.approx(error, rel=1e-8)
    facts = estimate.summary()
    assert (facts["pooled"], facts["pooled_rows"]) == ([0, 3], n)
    effect, error, _ = by_loops(panel, range(-4, -1), covariates, equal=equal)
    assert facts["pooled_before"]["estimate"] == pytest.approx(effect)
    assert facts["pooled_before"]["std_error"] == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize("weighting", ["variance", "equal"])
def test_weights_and_never_treated_controls_are_plain_loops(weighting):
    panel = random_panel(n=50)
    weight = np.random.default_rng(1).uniform(0.5, 2, len(panel.frame))
    panel = make_panel(
        {**{c: panel.column(c) for c in panel.frame}, "w": weight},
        panel.frame.index.get_level_values(0), panel.years,
        panel.cohort("policy").to_numpy()[panel.entity_codes],
    )  # fmt: skip
    estimate = fit(panel, weighting=weighting, control_group="never", weight="w", window=(-2, 2))
    study = estimate.part("event_study").frame.set_index("event_time")
    for h in (-2, 0, 2):
        effect, error, _ = by_loops(panel, [h], equal=weighting == "equal", never=True, weight="w")
        assert study.loc[h, "estimate"] == pytest.approx(effect)
        assert study.loc[h, "std_error"] == pytest.approx(error, rel=1e-8)


@pytest.mark.parametrize("control", ["not-yet", "never"])
def test_equal_weights_are_callaway_and_santanna(control):
    panel = random_panel(n=60)
    own = fit(panel, weighting="equal", control_group=control).part("event_study").frame
    other = fit(panel, "callaway-santanna", control_group=control, base_period="universal")
    other = other.part("event_study").frame
    assert own["event_time"].tolist() == other["event_time"].tolist()
    np.testing.assert_allclose(own["estimate"], other["estimate"], atol=1e-10)


def test_the_pooled_effect_with_equal_weights_is_the_stacked_one():
    """On a balanced panel in which every cohort fills the window, the clean controls are the same."""
    panel = random_panel(n=60)
    own = fit(panel, weighting="equal", window=(-2, 2))
    assert own.leading.estimate == pytest.approx(fit(panel, "stacked", window=(-2, 2)).leading.estimate)


def test_one_cohort_is_the_difference_of_means_whatever_the_weights():
    panel = random_panel(n=40, cohorts=(2005,))
    y, treated = panel.frame["y"].unstack(), panel.cohort("policy").notna()
    change = y[2007] - y[2004]
    gap = change[treated].mean() - change[~treated].mean()
    for weighting in ("variance", "equal"):
        study = fit(panel, weighting=weighting).part("event_study").frame.set_index("event_time")
        assert study.loc[2, "estimate"] == pytest.approx(gap)


def test_the_covariance_between_horizons_is_that_of_the_region_sums():
    """With one cohort and equal weights effects are means, whose covariance is a sample covariance."""
    panel = random_panel(n=40, cohorts=(2005,))
    estimate = fit(panel, window=(-1, 1))
    y, treated = panel.frame["y"].unstack(), panel.cohort("policy").notna()
    a, b = y[2005] - y[2004], y[2006] - y[2004]
    meat = sum(
        np.sum((a[side] - a[side].mean()) * (b[side] - b[side].mean())) / side.sum() ** 2
        for side in (treated, ~treated)
    )
    # only the year 2005 compares; the other years' rows are exact means of controls and count in n and K alone
    matrix = estimate.part("event_vcov").frame
    found = estimate.part("event_vcov").value.matrix
    assert matrix is not None
    ratio = found[0, 1] / meat
    spread = np.sqrt(np.diag(found) / np.array([
        sum(np.sum((c[s] - c[s].mean()) ** 2) / s.sum() ** 2 for s in (treated, ~treated)) for c in (a, b)
    ]))  # fmt: skip
    assert ratio == pytest.approx(spread[0] * spread[1])


def test_what_cannot_be_compared_is_refused():
    panel = random_panel(n=40)
    with pytest.raises(EstimationError, match="no region that begins can be compared"):
        fit(panel, window=(-2, 8))
    flat = panel.with_columns(panel.frame[["x1"]].mul(0).rename(columns={"x1": "flat"}))
    for weighting in ("variance", "equal"):
        with pytest.raises(EstimationError, match="flat: not told apart from year effects"):
            fit(flat, covariates=("flat",), weighting=weighting)
    holes = panel.rows(panel.years != 2005)
    with pytest.raises(EstimationError, match="the years have gaps"):
        fit(holes)


def test_few_treated_regions_are_led_by_the_permutation():
    panel = random_panel(n=24)
    estimate = fit(panel, permutation={"draws": 99})
    assert estimate.headline_p == "permutation"
    assert estimate.part("event_study").value.p_analytic is not None
