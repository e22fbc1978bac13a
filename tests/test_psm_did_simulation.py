"""Bias and coverage of every column of the PSM-DID table, the trend depending on what is matched on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ccd.estimate.psm.spec import PsmDid
from ccd.streams import Stream
from tests.conftest import make_panel

EFFECT = 0.2
MATCHERS = {
    "kernel": {},
    "nearest": {"matcher": "nearest"},
    "radius": {"matcher": "radius", "caliper": 0.03},
    "local-linear": {"matcher": "local-linear", "bandwidth": 0.15},  # a line needs more room than a mean
    "mahalanobis": {"matcher": "mahalanobis"},
}


def draw(rng: np.random.Generator, cohorts: tuple[float, ...], n=300, t=6):
    """Chance of treatment and slope of the trend both rise with x1, which stands still."""
    x = rng.normal(size=n)
    d = rng.random(n) < 1 / (1 + np.exp(1.0 - 0.7 * x))
    g = np.where(d, rng.choice(np.array(cohorts), n), np.nan)
    entity, year = np.repeat(np.arange(n), t), np.tile(np.arange(2001, 2001 + t), n)
    y = rng.normal(size=n)[entity] + 0.05 * x[entity] * (year - 2001) + EFFECT * (year >= g[entity])
    y = y + rng.normal(scale=0.3, size=n * t)
    return make_panel({"y": y, "x1": x[entity]}, [f"r{i:03d}" for i in entity], year, g[entity])


def simulate(
    draws: int, cohorts: tuple[float, ...], settings: dict[str, dict[str, object]], n=300
) -> pd.DataFrame:
    """Return bias and coverage of each column; the columns beside come with the first setting."""
    rng, rows = np.random.default_rng(20), []
    for _ in range(draws):
        panel = draw(rng, cohorts, n)
        for k, (name, keys) in enumerate(settings.items()):
            model = PsmDid(
                name="m",
                kind="psm-did",
                outcome="y",
                policy="policy",
                match_on=("x1",),
                permutation={"draws": 0},
                **keys,
            )
            lead = model.headline(panel, Stream(0, "m")).leading
            rows.append((name, lead.estimate - EFFECT, lead.conf_low <= EFFECT <= lead.conf_high))
            if k == 0:  # what stands beside the matched column is the same with every matcher
                table = model.fit(panel, Stream(0, "m")).part("comparison").frame
                for _, row in table[1:].iterrows():
                    covers = row["conf_low"] <= EFFECT <= row["conf_high"]
                    rows.append((row["column"], row["estimate"] - EFFECT, covers))
    frame = pd.DataFrame(rows, columns=["column", "bias", "coverage"])
    return frame.groupby("column", sort=False).mean()


def check(found: pd.DataFrame) -> None:
    """Adjusted columns keep at most a tenth of the unmatched bias, and cover 95 % or (fixed weights) more."""
    unmatched = found.loc["unmatched", "bias"]
    assert unmatched > 0.05
    assert found.loc["support", "bias"] > 0.5 * unmatched
    assert found.loc["unmatched", "coverage"] < 0.5
    adjusted = found.drop(["unmatched", "support"])
    assert (adjusted["bias"].abs() < 0.1 * unmatched).all(), adjusted
    assert adjusted["coverage"].between(0.93, 0.99).all(), adjusted


@pytest.mark.slow
def test_one_cohort():
    check(simulate(400, (2004.0,), MATCHERS))


@pytest.mark.slow
def test_staggered_cohorts():
    """A cohort's scores are small, so is the bandwidth that fits them."""
    settings = {
        "kernel": {},
        "cohort": {"design": "cohort", "bandwidth": 0.02},
        "cohort-nearest": {"design": "cohort", "matcher": "nearest"},
    }
    check(simulate(300, (2003.0, 2005.0), settings, n=400))
