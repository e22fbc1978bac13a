"""Size and coverage with few treated regions: what docs/did_simulation.md says, on fewer replicates."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.did_simulation import EFFECT, REGIONS, SINGLE, judged, model, outcome, simulate, world

REPLICATES = 200
#: Five percent and three standard errors of a share of REPLICATES.
MOST = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPLICATES)


def test_every_inference_judges_an_outcome():
    from dataclasses import replace

    sample = model("twfe").sample(world())
    assert len(sample.panel.entities) == REGIONS
    rng = np.random.default_rng(1)
    found = list(judged(replace(sample, y=outcome(sample, 2.0, 0.0, rng)), EFFECT, 1))
    assert len(found) == len(SINGLE) + 4 + 3
    assert all(0 < p <= 1 for _, p, _ in found)


@pytest.mark.slow
@pytest.mark.parametrize("variance", [0.5, 2.0])
def test_permutation_keeps_its_size_where_variances_differ(variance):
    table = simulate(REPLICATES, variance)
    for method in ("TWFE | permutation", "imputation, Gardner | permutation", "TWFE | wild bootstrap"):
        assert table.loc[method, "size"] <= MOST
    for method in ("TWFE | permutation", "imputation, Gardner | permutation"):
        assert table.loc[method, "coverage"] >= 1 - MOST
    # Single-region cohorts: equal weights over event times lean on them, and their own noise is in no error.
    assert table.loc["Callaway-Sant'Anna, dynamic | analytic", "size"] > 2 * MOST
