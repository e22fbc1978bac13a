"""Draws of whole clusters from moments against regressions on dummies, draw by draw."""

from dataclasses import astuple

import numpy as np
import pytest

from ccd.estimate.did.checks.legs import bootstrapped, legs
from ccd.estimate.linear.cluster_draws import cluster_draws
from ccd.estimate.linear.ols import codes
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of


@pytest.mark.parametrize("missing", [0, 30])
@pytest.mark.parametrize("weight", [None, "w"])
@pytest.mark.parametrize("cluster", ["province", None])
def test_the_gram_matrix_of_a_draw_is_that_of_residuals_on_dummies(missing, weight, cluster):
    panel = panel_of(missing=missing)
    sample = model(weight=weight, **({"cluster": cluster} if cluster else {})).sample(panel)
    group, columns = sample.clusters[0], np.column_stack([sample.y, sample.x])
    found = cluster_draws(model().regression().design(sample), columns, group)
    rng = np.random.default_rng(2)
    times = rng.integers(0, 3, (5, group.max() + 1)).astype(float)
    gram, exact = found.gram(times)
    assert exact.all()
    dummies = np.column_stack([np.eye(e.max() + 1)[e] for e in (sample.entity, sample.time)])
    for own, drawn in zip(times, gram, strict=True):
        w = own[group] * (1.0 if weight is None else sample.weight)
        root = np.sqrt(w)[:, None]
        left = columns - dummies @ np.linalg.lstsq(dummies * root, columns * root, rcond=None)[0]
        assert drawn == pytest.approx(left.T @ (left * w[:, None]), rel=1e-9, abs=1e-9)


def test_what_a_draw_absorbs_or_makes_collinear_is_told():
    panel = panel_of()
    sample = model().sample(panel)
    design = model().regression().design(sample)
    only = (sample.entity == 3) * sample.x[:, 0]  # moves in one region alone
    columns = np.column_stack([sample.y, only, sample.x[:, 0], sample.x[:, 0] * (1 + 1e-12 * sample.y)])
    times = np.ones((2, 24))
    times[0, 3] = 0
    assert cluster_draws(design, columns[:, :3], sample.entity).gram(times)[1].tolist() == [False, True]
    assert not cluster_draws(design, columns, sample.entity).gram(times)[1].any()


def test_moments_need_whole_regions_and_two_effects():
    panel = panel_of()
    sample = model().sample(panel)
    columns = sample.x
    assert cluster_draws(model().regression().design(sample), columns, codes(sample.time)) is None
    for keys in ({"trends": "entity"}, {"fixed_effects": ("province x year",)}):
        assert cluster_draws(model(**keys).regression().design(sample), columns, sample.entity) is None


@pytest.mark.parametrize("keys", [{}, {"weight": "w"}, {"cluster": "province"}])
def test_legs_from_moments_are_those_of_whole_fits(keys, monkeypatch):
    panel = panel_of(missing=20)
    one = model(**keys)
    sample = one.sample(panel)
    m = sample.x[:, 0] + sample.treated + np.random.default_rng(1).normal(size=len(sample.y))
    columns = np.column_stack([sample.y, sample.treated, m, one.regression().nuisance(sample).x])

    def drawn():
        return bootstrapped(one.regression(), sample, columns, legs, 12, Stream(0, "m")("mechanism"))

    quick = drawn()
    monkeypatch.setattr("ccd.estimate.did.checks.legs.cluster_draws", lambda *_: None)
    slow = drawn()
    assert len(quick) == len(slow) == 12
    for a, b in zip(quick, slow, strict=True):
        assert astuple(a) == pytest.approx(astuple(b), rel=1e-9)
