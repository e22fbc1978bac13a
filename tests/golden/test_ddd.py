"""Triple differences by hand: four means, influences by moving weights, controls combined, refusals, permutation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from ccd.errors import EstimationError
from ccd.estimate import Model
from ccd.estimate.did.ddd import Ddd
from ccd.estimate.did.effects import with_cohorts
from ccd.estimate.did.group_time.att_gt import CellDesign, CellError
from ccd.estimate.did.group_time.triple import least_variance, triple_differences
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.wide import Wide, widen
from ccd.results import AttGt, Comparison, EventStudy, Permutation
from ccd.streams import Stream
from tests.golden.staggered import random_panel


@pytest.fixture(scope="module")
def panel():
    made = random_panel(n=60, cohorts=(2004, 2006))
    side = pd.Series(np.arange(60) % 2, index=made.entities, dtype=float)
    return made.with_columns(pd.DataFrame({"side": side.to_numpy()[made.entity_codes]}, made.frame.index))


def model(**keys):
    section = {"name": "m", "kind": "did", "estimator": "ddd", "outcome": "y", "policy": "policy"}
    quiet = {"permutation": {"draws": 0}, "partition": "side"}
    found = TypeAdapter(Model).validate_python({**section, **quiet, **keys})
    assert isinstance(found, Ddd)
    return found


def fitted(panel, **keys):
    return model(**keys).fit(panel, Stream(1, "m"))


def test_four_means_make_an_effect():
    change = {(2002, 1): [5.0, 7.0], (2002, 0): [2.0, 3.0], (0, 1): [1.0, 2.0, 3.0], (0, 0): [0.5, 0.5]}
    rows = [(g, side, move) for (g, side), moves in change.items() for move in moves]
    cohort = np.array([g if g else np.nan for g, _, _ in rows], dtype=float)
    y = np.array([[10.0, 10.0 + move] for _, _, move in rows])
    wide = Wide(y, cohort, np.array([2001, 2002]))
    found = triple_differences(
        wide, np.array([s == 1 for _, s, _ in rows]), np.zeros((9, 2, 0)), CellDesign()
    )
    assert found.att == [pytest.approx((6 - 2.5) - (2 - 0.5))]
    psi = found.columns[0][:, 0]
    variance = sum(np.sum((np.array(m) - np.mean(m)) ** 2) / len(m) ** 2 for m in change.values())
    assert psi @ psi == pytest.approx(variance)
    assert (found.cohort, found.time, found.treated) == ([2002], [2002], [2])


@pytest.mark.parametrize("method", ["dr", "reg", "ipw"])
def test_influences_are_what_moves_when_a_region_weighs_more(panel, method):
    sample = model().sample(panel)
    one = ~np.isin(sample.cohort, [2006])
    sample = sample.rows(one)
    side = sample.panel.column("side").reshape(-1, 9)[:, 0] == 1
    z = sample.panel.column("z1").reshape(-1, 9)[:, :, None]
    wide, design = widen(sample), CellDesign(method=method, leads=False)
    n = len(wide.y)
    psi = triple_differences(wide, side, z, design).columns[0][:, 0]
    for i in range(0, n, 7):
        step = 1e-5 * (np.arange(n) == i)
        up, down = (
            triple_differences(replace(wide, weight=1 + sign * step), side, z, design).att[0]
            for sign in (1, -1)
        )
        assert (up - down) / 2e-5 == pytest.approx(psi[i], abs=1e-8)


def test_control_cohorts_are_combined_by_least_variance():
    psi = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]])
    att, mixed = least_variance(np.array([1.0, 6.0]), psi, 2004, 2005)
    assert att == pytest.approx(0.8 * 1 + 0.2 * 6)
    assert mixed == pytest.approx([0.8, -0.8, 0.4, -0.4])
    with pytest.raises(CellError):
        least_variance(np.array([1.0, 2.0]), psi[:, [0, 0]], 2004, 2005)


def test_not_yet_treated_regions_lend_their_own_estimate(panel):
    sample = model().sample(panel)
    side = sample.panel.column("side").reshape(-1, 9)[:, 0] == 1
    wide, none = widen(sample), np.zeros((60, 9, 0))
    found = triple_differences(wide, side, none, CellDesign(not_yet=True))
    k = list(zip(found.cohort, found.time, strict=True)).index((2004, 2005))
    change = wide.y[:, 4] - wide.y[:, 2]
    mean = {(g, s): change[((wide.cohort == g) | (np.isnan(wide.cohort) & (g == 0))) & (side == s)] for g in
            (2004.0, 2006.0, 0.0) for s in (True, False)}  # fmt: skip
    gap = {g: mean[g, True].mean() - mean[g, False].mean() for g in (2004.0, 2006.0, 0.0)}
    noise = {g: sum(np.var(mean[g, s]) / len(mean[g, s]) for s in (True, False)) for g in gap}
    # both estimates share the gap of 2004: the weights are those of the gaps of the controls
    weight = {g: 1 / noise[g] / (1 / noise[2006.0] + 1 / noise[0.0]) for g in (2006.0, 0.0)}
    assert found.att[k] == pytest.approx(gap[2004.0] - sum(weight[g] * gap[g] for g in weight))


def test_without_covariates_two_differences_subtracted_are_the_same(panel):
    found = fitted(panel)
    ways = found.part("ways").value
    assert isinstance(ways, Comparison)
    assert ways.estimate[0] == pytest.approx(found.leading.estimate)
    assert ways.estimate[1] == pytest.approx(ways.estimate[0], abs=1e-12)
    assert ways.std_error[1] == pytest.approx(ways.std_error[0], rel=1e-10)
    assert np.isfinite(ways.estimate[2])
    adjusted = fitted(panel, covariates=("z1",)).part("ways").value
    assert abs(adjusted.estimate[1] - adjusted.estimate[0]) > 1e-4


def test_three_way_effects_are_dummies(panel):
    ways = fitted(panel).part("ways").value
    sample = model().sample(panel)
    code = np.nan_to_num(sample.cohort)
    side = sample.panel.column("side")

    def dummies(*keys):
        labels = np.unique(np.column_stack(keys), axis=0, return_inverse=True)[1].ravel()
        return np.eye(labels.max() + 1)[labels]

    d = ((sample.years >= sample.cohort) & (side == 1)).astype(float)
    x = np.column_stack([d, dummies(sample.entity), dummies(code, sample.years), dummies(side, sample.years)])
    assert ways.estimate[2] == pytest.approx(np.linalg.lstsq(x, sample.y, rcond=None)[0][0])


def test_only_regions_inside_count_as_treated(panel):
    found = fitted(panel)
    sample = model().sample(panel)
    inside = sample.panel.column("side").reshape(-1, 9)[:, 0] == 1
    treated = np.isfinite(sample.entity_cohort) & inside
    assert found.sample.treated_entities == treated.sum()
    assert found.details["enabled_inside"] == treated.sum()
    assert found.value(AttGt).treated.max() <= treated.sum()
    assert found.value(EventStudy) is not None


def test_few_treated_regions_are_permuted_on_their_side(panel):
    one = model(permutation=None)
    sample = one.sample(panel)
    cohorts = dealt(sample, 20, Stream(1, "m"), one.strata(sample))
    inside = one.inside(sample)
    for cohort in cohorts:
        for side in (inside, ~inside):
            assert np.array_equal(np.sort(cohort[side]), np.sort(sample.entity_cohort[side]), equal_nan=True)
    found = replace_deals(one, 39).fit(panel, Stream(1, "m"))
    value = found.value(Permutation)
    assert found.headline_p == "permutation"
    drawn = dealt(sample, 39, Stream(1, "m"), one.strata(sample))
    first = one.effect(with_cohorts(sample, drawn[0]), Stream(1, "m"))
    assert value.estimate[0] == pytest.approx(first.estimate)


def replace_deals(one, draws):
    return one.model_copy(update={"permutation": model(permutation={"draws": draws}).permutation})


def test_a_partition_may_be_a_condition(panel):
    of_text = fitted(panel, partition="side == 1")
    assert of_text.terms.estimate == pytest.approx(fitted(panel).terms.estimate)
    with pytest.raises(ValidationError):
        model(partition="side ==")


def test_what_is_refused(panel):
    with pytest.raises(ValidationError, match="moves regions across the partition"):
        model(heterogeneity="province")
    for values in (panel.years - 2000.0, np.where(panel.years > 2005, 1.0, 0.0)):
        wrong = panel.with_columns(pd.DataFrame({"side": values}, panel.frame.index))
        with pytest.raises(EstimationError, match="not 0 or 1"):
            fitted(wrong)
    code = panel.entity_codes
    apart = np.where(panel.column("side") == 1, 5.0, -5.0) + 0.01 * (code % 7)
    with pytest.raises(EstimationError, match="separate treated from control"):
        fitted(panel.with_columns(pd.DataFrame({"x1": apart}, panel.frame.index)), covariates=("x1",))


def test_a_cohort_without_one_side_leaves(panel):
    start = panel.cohorts["policy"]
    outside = pd.Series(panel.column("side"), index=panel.frame.index).groupby(level=0).first() == 0
    changed = start.where(~(outside.reindex(start.index) & (start == 2006)))
    found = fitted(replace(panel, cohorts={"policy": changed}))
    assert set(found.value(AttGt).cohort.tolist()) == {2004}
    assert any("both sides" in str(note) for note in found.notes)
