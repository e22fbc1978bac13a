"""Size and coverage of changes-in-changes and of quantile regression by moments, in few regions and years."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from scipy.stats import norm

from ccd.estimate import Model
from ccd.panel import Panel
from ccd.results import Quantiles
from ccd.streams import Stream

YEARS = 13
pytestmark = pytest.mark.slow


def walk(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return errors (n, YEARS) with autocorrelation .5 and variance 1."""
    u = rng.normal(size=(n, YEARS))
    for t in range(1, YEARS):
        u[:, t] = 0.5 * u[:, t - 1] + np.sqrt(0.75) * u[:, t]
    return u


def panel(columns: dict[str, np.ndarray], start: np.ndarray | None = None) -> Panel:
    n = len(next(iter(columns.values())))
    names = [f"r{i:03d}" for i in range(n)]
    index = pd.MultiIndex.from_product([names, range(2001, 2001 + YEARS)], names=["region", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=index)
    cohorts = {} if start is None else {"policy": pd.Series(start, index=names)}
    return Panel(frame, pd.DataFrame(index=index), cohorts)


def model(**keys: object):
    return TypeAdapter(Model).validate_python({"name": "m", "outcome": "y", **keys})


def without_effect(rng: np.random.Generator, n: int) -> Panel:
    """Half of the regions treated in the middle, nothing changed by it."""
    y = rng.normal(size=(n, 1)) + 0.3 * np.arange(YEARS) + 0.6 * walk(rng, n)
    start = np.where(np.arange(n) < n // 2, 2001.0 + YEARS // 2, np.nan)
    return panel({"y": y}, start)


def test_changes_in_changes_keep_their_size_under_permutation():
    """30 regions, 15 treated: normal intervals lean with the ranks, permuted cohorts lean as much."""
    rng, draws = np.random.default_rng(1), 150
    keys = {"kind": "did", "estimator": "cic", "policy": "policy", "draws": 99}
    asked = model(**keys, permutation={"draws": 199})
    led, analytic = [], []
    for _ in range(draws):
        found = asked.headline(without_effect(rng, 30), Stream(1, "m"))
        led.append(found.leading.p_value <= 0.05)
        analytic.append(found.p_values["analytic"] <= 0.05)
    bound = 3 * np.sqrt(0.05 * 0.95 / draws)
    assert abs(np.mean(led) - 0.05) < bound
    assert np.mean(analytic) > np.mean(led)


def test_intervals_of_quantiles_cover():
    """40 regions, 20 treated, the least that quantiles need."""
    rng, draws = np.random.default_rng(2), 200
    asked = model(
        kind="did",
        estimator="cic",
        policy="policy",
        draws=299,
        quantiles=(0.25, 0.5, 0.75),
        permutation={"draws": 0},
    )
    covered = []
    for _ in range(draws):
        data = without_effect(rng, 40)
        along = asked.estimate(asked.sample(data), Stream(1, "m")).value(Quantiles)
        covered.append((along.conf_low <= 0) & (along.conf_high >= 0))
    assert (np.mean(covered, axis=0) > 0.92).all()


def test_quantile_regression_covers_in_few_years():
    """30 regions x 13 years, location-scale: the jackknife takes out most of the bias of the outer quantiles."""
    rng, draws = np.random.default_rng(3), 80
    levels = (0.1, 0.5, 0.9)
    true = 1 + 0.25 * norm.ppf(levels)
    keys = {"kind": "panel", "estimator": "quantile", "regressors": ("x",), "quantiles": levels, "draws": 199}
    plain, corrected = model(**keys, jackknife=False), model(**keys)
    covered, bias = [], []
    for _ in range(draws):
        a, u = rng.normal(size=(30, 1)), walk(rng, 30)
        x = np.abs(rng.normal(size=(30, YEARS)) + 0.5 * a)
        data = panel({"y": a + 0.3 * np.arange(YEARS) + x + (1 + 0.25 * x) * u, "x": x})
        one, other = (m.fit(data, Stream(1, "m")).value(Quantiles) for m in (plain, corrected))
        covered.append((other.conf_low <= true) & (other.conf_high >= true))
        bias.append((one.estimate - true, other.estimate - true))
    means = np.abs(np.mean(bias, axis=0))
    assert (np.mean(covered, axis=0) > 0.87).all()
    assert (means[1, [0, 2]] < 0.6 * means[0, [0, 2]]).all()
