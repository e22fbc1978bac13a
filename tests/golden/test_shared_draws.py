"""Draws shared by outcomes against the estimator fitted again under each draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.joint import shared_draws, shares_draws
from ccd.estimate.did.twfe import Twfe
from ccd.streams import Stream

STREAM = Stream(0, "m")
KEYS = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy", "cluster": "region"}


def model_of(kind, **keys):
    name = "twfe" if kind is Twfe else "imputation"
    return kind.model_validate({**KEYS, "estimator": name, **keys})


@pytest.mark.parametrize("kind", [Twfe, Imputation])
@pytest.mark.parametrize("controls", [(), ("x1", "x2")])
@pytest.mark.parametrize("cluster", ["region", "province"])
@pytest.mark.parametrize("gaps", [False, True])
def test_every_draw_is_a_fit(staggered, kind, controls, cluster, gaps):
    rng = np.random.default_rng(3)
    panel = staggered
    if gaps:
        panel = panel.rows(rng.random(len(panel.frame)) > 0.1)
    model = model_of(kind, controls=controls, cluster=cluster)
    sample = model.sample(panel)
    cohorts = np.stack([rng.permutation(sample.entity_cohort) for _ in range(6)])
    draws = shared_draws(model, sample, cohorts)
    for y in (sample.y, rng.normal(size=len(sample.y)) + 5):
        own = replace(sample, y=y)
        estimate, error = draws(y)
        each = [model.effect(with_cohorts(own, cohort), STREAM) for cohort in cohorts]
        np.testing.assert_allclose(estimate, [e.estimate for e in each], rtol=0, atol=1e-12)
        np.testing.assert_allclose(error, [e.std_error for e in each], rtol=1e-9)


def test_a_draw_that_imputes_nothing_is_nan(staggered):
    model = model_of(Imputation)
    sample = model.sample(staggered)
    everyone = np.full((1, len(sample.entity_cohort)), 2001.0)
    estimate, error = shared_draws(model, sample, everyone)(sample.y)
    assert np.isnan(estimate).all()
    assert np.isnan(error).all()


def test_what_has_that_form():
    assert shares_draws(model_of(Twfe))
    assert shares_draws(model_of(Imputation))
    assert not shares_draws(model_of(Twfe, vcov="hc1"))
    assert not shares_draws(model_of(Twfe, cluster=("region", "year")))
    assert not shares_draws(model_of(Imputation, weight="x1"))
