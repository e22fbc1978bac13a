"""Size of the joint test of the leads and coverage by event time with few treated regions, without any effect.

26 regions, 13 years, cohorts of 2, 5, 5, 2 and 1, errors AR(1) with .6 in each region. What ``shares``
returns stands in docs/inference.md.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import make_panel

from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.twfe import Twfe
from ccd.panel import Panel
from ccd.results import EventStudy
from ccd.streams import Stream

REPLICATES, REGIONS, YEARS, RHO, BURN = 200, 26, 13, 0.6, 30
COHORTS = np.repeat([2012.0, 2014.0, 2015.0, 2016.0, 2017.0, np.nan], [2, 5, 5, 2, 1, 11])
#: Three standard errors of a share of REPLICATES about 5 %.
SLACK = 3 * np.sqrt(0.05 * 0.95 / REPLICATES)


def world(rng: np.random.Generator) -> Panel:
    """Return one panel without any effect."""
    shocks = rng.normal(size=(REGIONS, YEARS + BURN))
    for t in range(1, YEARS + BURN):
        shocks[:, t] += RHO * shocks[:, t - 1]
    names = np.repeat([f"r{i:02d}" for i in range(REGIONS)], YEARS)
    years = np.tile(np.arange(2011, 2011 + YEARS), REGIONS)
    return make_panel({"y": shocks[:, BURN:].ravel()}, list(names), years, np.repeat(COHORTS, YEARS), {})


def shares(model: Estimator, replicates: int) -> dict[str, float]:
    """Return how often the joint test rejects at 5 %, and the coverage of 0 by event time, both p-values."""
    rng = np.random.default_rng(7)
    joint, analytic, covered, before = [], [], [], []
    for r in range(replicates):
        study = model.fit(world(rng), Stream(r, "m")).value(EventStudy)
        known = np.isfinite(study.std_error)
        joint.append(study.pretrend.p_value <= 0.05)
        analytic.append(study.pretrend.p_analytic <= 0.05)
        covered.append(((study.conf_low <= 0) & (study.conf_high >= 0))[known])
        before.append((study.p_analytic > 0.05)[known])
    by_time, plain = np.mean(covered, axis=0), np.mean(before, axis=0)
    return {
        "joint": float(np.mean(joint)),
        "joint, analytic": float(np.mean(analytic)),
        "covers, mean": float(by_time.mean()),
        "covers, least": float(by_time.min()),
        "covers, mean, analytic": float(plain.mean()),
        "covers, least, analytic": float(plain.min()),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        Twfe(name="m", kind="did", outcome="y", policy="policy", permutation={"draws": 199}),
        Imputation(
            name="m",
            kind="did",
            estimator="imputation",
            outcome="y",
            policy="policy",
            permutation={"draws": 99},
        ),
    ],
    ids=["twfe", "imputation"],
)
def test_leads_and_intervals_keep_their_size(model):
    found = shares(model, REPLICATES)
    assert abs(found["joint"] - 0.05) <= SLACK
    assert abs(found["covers, mean"] - 0.95) <= SLACK
    assert found["covers, least"] >= 0.95 - SLACK - 0.02  # the least of a dozen shares
    assert found["joint, analytic"] > 0.3
