"""Event studies by cells against the same regression row by row."""

from __future__ import annotations

import numpy as np
import pytest

from ccd.estimate.did.twfe import Twfe
from ccd.estimate.did.two_way.event_study import by_rows
from ccd.estimate.rows.event_study import event_times
from ccd.estimate.rows.events import event_effects
from tests.golden.staggered import random_panel


@pytest.mark.parametrize("drop", [0.0, 0.15])
@pytest.mark.parametrize("keys", [{}, {"controls": ("x1", "x2"), "window": (-2, 2), "bin_ends": True}])
@pytest.mark.parametrize("never", [0.4, 0.0])
@pytest.mark.parametrize("cluster", [(), "province"])
def test_cells_give_what_rows_give(drop, keys, never, cluster):
    model = Twfe.model_validate(
        {"name": "m", "kind": "did", "policy": "policy", "outcome": "y", "cluster": cluster, **keys}
    )
    sample = model.sample(random_panel(drop=drop, never=never))
    design, nuisance = model.regression().design(sample), model.regression().nuisance(sample)
    event = event_times(sample, model.ends)
    out = {-1, min(event[np.isfinite(event)])} if never == 0 else {-1}
    shown = sorted({int(e) for e in event[np.isfinite(event)]} - out)
    k = design.parameters(len(shown) + nuisance.x.shape[1])
    beta, vcov = event_effects(sample, event, shown, nuisance.x, k)
    slow, rows = by_rows(sample, design, nuisance, event, shown)
    m = len(shown)
    np.testing.assert_allclose(beta, slow[:m], atol=1e-10)
    np.testing.assert_allclose(vcov.matrix, rows.matrix[:m, :m], rtol=1e-8, atol=1e-12)
    assert (vcov.df, vcov.clusters, vcov.note) == (rows.df, rows.clusters, rows.note)


def test_rows_stand_in_where_cells_do_not_do():
    sample = Twfe.model_validate(
        {"name": "m", "kind": "did", "policy": "policy", "outcome": "y", "cluster": ("province", "year")}
    ).sample(random_panel())
    event = sample.years - sample.cohort
    assert event_effects(sample, event, [0, 1], np.empty((len(event), 0)), 5) is None
    one = Twfe.model_validate({"name": "m", "kind": "did", "policy": "policy", "outcome": "y"}).sample(
        random_panel()
    )
    twice = np.column_stack([one.panel.column("x1")] * 2)
    assert event_effects(one, event, [0, 1], twice, 5) is None
