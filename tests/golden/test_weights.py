"""Weights: counts are repeated regions, other weights are dense weighted dummy regressions."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from ccd.errors import EstimationError
from ccd.estimate import MODELS
from ccd.panel import Panel
from tests.golden.staggered import STREAM, dummies, random_panel

CASES = {
    "twfe": {"controls": ("x1",)},
    "callaway-santanna": {"covariates": ("x1", "z2"), "control_group": "not-yet"},
    "callaway-santanna reg": {"covariates": ("x1", "z2"), "method": "reg"},
    "callaway-santanna ipw": {"covariates": ("z2",), "method": "ipw"},
    "callaway-santanna dr-improved": {"covariates": ("z2",), "method": "dr-improved"},
    "callaway-santanna plain": {},
    "sun-abraham": {"controls": ("x1",)},
    "etwfe": {"controls": ("x1",)},
    "stacked": {"controls": ("x1",), "window": (-3, 2)},
    "imputation": {"controls": ("x1",)},
    "gardner": {"controls": ("x1",)},
}


def model(estimator, **keys):
    spec = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y"}
    return MODELS[f"did-{estimator}"].model_validate({**spec, "permutation": {"draws": 0}, **keys})


def weighted(panel, weight):
    """Return the panel with the column ``w`` and the entity as a column of groups."""
    frame = panel.frame.assign(w=weight)
    origin = frame.index.get_level_values(0).to_numpy()
    return Panel(frame, panel.groups.assign(origin=origin), panel.cohorts)


def repeated(panel):
    """Return the panel with every region as often as its ``w`` says."""
    parts, starts = [], {}
    for entity, block in panel.frame.groupby(level=0):
        for copy in range(int(block["w"].iloc[0])):
            name = f"{entity}_{copy}"
            parts.append(block.rename(index={entity: name}, level=0))
            starts[name] = panel.cohorts["policy"][entity]
    frame = pd.concat(parts).sort_index()
    origin = [name.split("_")[0] for name in frame.index.get_level_values(0)]
    groups = pd.DataFrame({"origin": origin}, index=frame.index)
    return Panel(frame, groups, {"policy": pd.Series(starts).sort_index()})


def table(estimate):
    """Return every estimate and error that is printed, by what it is."""
    parts = [estimate.terms.frame().set_index("term").add_prefix("")]
    keys = {"event_study": ["event_time"], "att_gt": ["cohort", "time"], "aggregates": ["aggregation", "key"]}
    for part in estimate.parts:
        if part.name in keys:
            parts.append(part.frame.set_index(keys[part.name]))
    rows = [(str(index), *row[["estimate", "std_error"]]) for one in parts for index, row in one.iterrows()]
    return pd.DataFrame(rows).set_index(0).astype(float)


def small_sample(estimate):
    """Return the factor (n-1)/(n-K) that a note names, 1 without one."""
    found = re.search(r"with K = (\d+)", " ".join(map(str, estimate.notes)))
    if found is None:
        return 1.0
    n = estimate.summary().get("stacked_rows", estimate.nobs)
    return (n - 1) / (n - int(found[1]))


@pytest.mark.parametrize("drop", [0.0, 0.05])
@pytest.mark.parametrize("case", CASES)
def test_counts_as_weights_are_repeated_regions(case, drop):
    panel = random_panel(n=60, drop=drop)
    counts = np.random.default_rng(2).integers(1, 4, len(panel.entities)).astype(float)
    panel = weighted(panel, counts[panel.entity_codes])
    estimator = case.split()[0]
    one = model(estimator, weight="w", cluster="origin", **CASES[case]).fit(panel, STREAM)
    many = model(estimator, cluster="origin", **CASES[case]).fit(repeated(panel), STREAM)
    own, other = table(one), table(many)
    assert own.index.tolist() == other.index.tolist()
    np.testing.assert_allclose(own[1], other[1], rtol=1e-8, atol=1e-9)
    if estimator == "twfe":
        own, other = own.iloc[:2], other.iloc[:2]  # its event study has another K
    factor = np.sqrt(small_sample(one) / small_sample(many))
    np.testing.assert_allclose(own[2], factor * other[2], rtol=1e-7, atol=1e-9)
    assert "Weighted by w" in map(str, one.notes)


def dense(panel, columns, rows):
    """Return (beta, Z, W, e) of weighted least squares on region and year dummies beside ``columns``."""
    z = np.column_stack([*columns, dummies(panel.entity_codes), dummies(panel.years)[:, 1:]])
    w, y = panel.column("w") * rows, panel.column("y")
    beta = np.linalg.lstsq(z * np.sqrt(w)[:, None], y * np.sqrt(w), rcond=None)[0]
    return beta, z, w, y - z @ beta


@pytest.mark.parametrize("estimator", ["etwfe", "sun-abraham"])
def test_weights_that_change_over_the_years_are_weighted_dummy_regressions(estimator):
    panel = random_panel(n=40, drop=0.05)
    panel = weighted(panel, np.random.default_rng(4).uniform(0.5, 3, len(panel.frame)))
    estimate = model(estimator, weight="w", controls=("x1",)).fit(panel, STREAM)
    cells = estimate.part("att_gt").frame
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    focus = [(start == g) & (panel.years == t) for g, t in zip(cells["cohort"], cells["time"], strict=True)]
    beta, z, w, resid = dense(panel, [*focus, panel.column("x1")], 1.0)
    k = len(focus)
    np.testing.assert_allclose(cells["estimate"], beta[:k], atol=1e-9)
    bread = np.linalg.pinv(z.T @ (z * w[:, None]))
    scores = z * (w * resid)[:, None]
    sums = np.column_stack([np.bincount(panel.entity_codes, column) for column in scores.T])
    n, g, big_k = len(w), len(panel.entities), k + 1 + 1 + len(panel.times) - 1
    matrix = g / (g - 1) * (n - 1) / (n - big_k) * bread @ sums.T @ sums @ bread
    np.testing.assert_allclose(cells["std_error"], np.sqrt(np.diag(matrix))[:k], rtol=1e-7)
    size = np.array([w[rows].sum() for rows in focus])
    post = (cells["time"] >= cells["cohort"]).to_numpy()
    mean = np.where(post, size, 0) / size[post].sum()
    assert estimate.leading.estimate == pytest.approx(mean @ beta[:k])
    assert estimate.leading.std_error == pytest.approx(np.sqrt(mean @ matrix[:k, :k] @ mean), rel=1e-7)


def test_weighted_imputation_is_a_weighted_fit_on_untreated_cells():
    """Its error: sum over regions of (sum_t v e)^2 with v the derivative of the effect in y, by the dense algebra."""
    panel = random_panel(n=40, drop=0.05)
    panel = weighted(panel, np.random.default_rng(4).uniform(0.5, 3, len(panel.frame)))
    estimate = model("imputation", weight="w", controls=("x1",)).fit(panel, STREAM)
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    treated = panel.years >= start
    _, z, w, resid = dense(panel, [panel.column("x1")], (~treated).astype(float))
    own = panel.column("w") * treated
    effect = own @ resid / own.sum()
    assert estimate.leading.estimate == pytest.approx(effect)
    v = own / own.sum()
    back = np.linalg.pinv(z.T @ (z * w[:, None])) @ (z.T @ v)
    v = np.where(treated, v, -w * (z @ back))
    e = np.where(treated, resid - effect, resid)
    by_region = np.bincount(panel.entity_codes, v * e)
    assert estimate.leading.std_error == pytest.approx(np.sqrt(np.sum(by_region**2)), rel=1e-7)


@pytest.mark.parametrize("estimator", ["twfe", "imputation", "etwfe"])
def test_draws_are_weighted_too(estimator):
    panel = random_panel(n=24, drop=0.05)
    panel = weighted(panel, np.random.default_rng(4).uniform(0.5, 3, len(panel.frame)))
    spec = model(estimator, weight="w")
    sample = spec.sample(panel)
    dealt = np.random.default_rng(1).permuted(np.tile(sample.entity_cohort, (3, 1)), axis=1)
    drawn, error = spec.reassigned(sample, dealt, STREAM)
    for cohort, b, s in zip(dealt, drawn, error, strict=True):
        moved = Panel(panel.frame, panel.groups, {"policy": pd.Series(cohort, index=panel.entities)})
        found = spec.fit(moved, STREAM).leading
        assert (b, s) == (pytest.approx(found.estimate), pytest.approx(found.std_error))


def test_weights_are_refused_where_they_mean_nothing():
    panel = random_panel(n=40)
    moving = weighted(panel, np.random.default_rng(4).uniform(0.5, 3, len(panel.frame)))
    for estimator, keys in (("callaway-santanna", {}), ("stacked", {"window": (-2, 1)})):
        with pytest.raises(EstimationError, match="the weight of r000 changes over the years"):
            model(estimator, weight="w", **keys).fit(moving, STREAM)
    bad = moving.frame["w"].to_numpy().copy()
    bad[7] = -1
    for estimator in ("twfe", "etwfe", "imputation", "gardner", "sun-abraham"):
        with pytest.raises(EstimationError, match="the weight 'w' is negative"):
            model(estimator, weight="w").fit(weighted(panel, bad), STREAM)
    bad[7] = np.nan
    with pytest.raises(EstimationError, match=r"'w' is missing in 1 region-year\n.*r000 2008"):
        model("twfe", weight="w").fit(weighted(panel, bad), STREAM)
    for estimator in ("dcdh", "fractional-logit"):
        with pytest.raises(ValueError, match=f"{estimator} takes no weights"):
            model(estimator, weight="w")
