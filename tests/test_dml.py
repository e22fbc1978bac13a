"""Double machine learning by hand: folds, forms, the effect between residuals, repeats, refusals."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from ccd.errors import EstimationError
from ccd.estimate import Model
from ccd.estimate.dml.folds import region_folds
from ccd.estimate.dml.forms import Rows, correlated, difference, expanded, within
from ccd.estimate.dml.interactive import interactive
from ccd.estimate.dml.learners import learn
from ccd.estimate.dml.partially_linear import (
    SCORES,
    clustered,
    cross_fitted,
    partialling_out,
    treatment_residual,
)
from ccd.estimate.dml.repeats import combined
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Comparison, Density, Nuisance, Repeats
from ccd.streams import Stream
from tests.golden.staggered import random_panel


def fitted(panel, **keys):
    section = {
        "name": "m",
        "kind": "dml",
        "outcome": "y",
        "policy": "policy",
        "controls": ("x1", "x2"),
        "repeats": 2,
    }
    model = TypeAdapter(Model).validate_python({**section, **keys})
    return model.fit(panel, Stream(1, "m"))


@pytest.fixture(scope="module")
def panel():
    return random_panel(n=36, t=8, cohorts=(2004, 2006))


def test_treated_regions_are_spread_over_the_folds():
    treated = np.arange(23) < 7
    fold = region_folds(treated, 5, np.random.default_rng(3))
    assert sorted(np.bincount(fold)) == [4, 4, 5, 5, 5]
    assert sorted(np.bincount(fold[treated], minlength=5)) == [1, 1, 1, 2, 2]


def test_squares_and_products_stand_behind_the_columns():
    made = expanded(np.array([[2.0, 3.0, 5.0]]), 2)
    assert made.tolist() == [[2, 3, 5, 4, 9, 25, 6, 10, 15]]
    assert expanded(made, 1) is made


def test_within_is_the_two_way_mean_taken_out():
    rng = np.random.default_rng(0)
    region, time = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    y = rng.normal(size=12)
    table = y.reshape(4, 3)
    expected = table - table.mean(1, keepdims=True) - table.mean(0) + table.mean()
    assert within(y, y, y[:, None], region, time, True).y == pytest.approx(expected.ravel())
    only = table - table.mean(1, keepdims=True)
    assert within(y, y, y[:, None], region, time, False).features[:, 0] == pytest.approx(only.ravel())


def test_a_difference_needs_last_year():
    region, time = np.array([0, 0, 0, 1, 1]), np.array([0, 1, 3, 0, 1])
    y = np.array([1.0, 3.0, 9.0, 2.0, 7.0])
    rows = difference(y, y, y[:, None], region, time, False)
    assert rows.kept.tolist() == [1, 4]
    assert rows.y.tolist() == [2.0, 5.0]
    assert rows.features.tolist() == [[3.0, 1.0], [7.0, 2.0]]
    assert rows.region.tolist() == [0, 1]


def test_correlated_effects_put_the_mean_of_the_treatment_right():
    rng = np.random.default_rng(1)
    region, time = np.repeat(np.arange(6), 4), np.tile(np.arange(4), 6)
    x, d, y = rng.normal(size=(24, 1)), rng.normal(size=24), rng.normal(size=24)
    rows = correlated(y, d, x, region, time, True)
    assert rows.features.shape == (24, 1 + 1 + 3)
    v = treatment_residual(rows, np.arange(6) % 2, partial(learn, "ols", 0))
    assert np.bincount(region, v) == pytest.approx(0)


def test_the_effect_is_that_of_a_loop_over_folds():
    rng = np.random.default_rng(2)
    region = np.repeat(np.arange(10), 4)
    x, fold = rng.normal(size=(40, 2)), np.arange(10) % 3
    d = x[:, 0] + rng.normal(size=40)
    y = 0.7 * d + x[:, 1] + rng.normal(size=40)
    u, v = np.empty(40), np.empty(40)
    for k in range(3):
        out = fold[region] == k
        for target, rest in ((y, u), (d, v)):
            design = np.column_stack([np.ones(40), x])
            beta = np.linalg.lstsq(design[~out], target[~out], rcond=None)[0]
            rest[out] = target[out] - design[out] @ beta
    theta = (v @ u) / (v @ v)
    psi = v * (u - theta * v)
    error = np.sqrt(sum(psi[region == i].sum() ** 2 for i in range(10))) / (v @ v)
    rows = Rows(y, d, x, region, np.arange(40))
    found = partialling_out(rows, fold, partial(learn, "ols", 0))
    assert found[:2] == pytest.approx((theta, error))
    assert found.r2[0] == pytest.approx(1 - (u @ u) / np.sum((y - y.mean()) ** 2))
    again = SCORES["iv-type"](rows, fold, partial(learn, "ols", 0))
    assert again.estimate == pytest.approx(theta)  # the same for a linear learner


def test_no_region_is_predicted_by_itself():
    seen = []

    def watching(features, target, region):
        seen.append(set(region))
        return lambda new: np.zeros(len(new))

    region = np.repeat(np.arange(6), 2)
    cross_fitted(np.ones((12, 1)), np.ones(12), region, np.array([0, 0, 1, 1, 2, 2]), watching)
    assert seen == [{2, 3, 4, 5}, {0, 1, 4, 5}, {0, 1, 2, 3}]


def test_scores_are_summed_by_region():
    assert clustered(np.array([1.0, 2.0, -3.0, 4.0]), -2.0, np.array([0, 0, 1, 1])) == pytest.approx(
        np.sqrt(9 + 1) / 2
    )


def test_repeats_are_medians_and_the_noise_of_splitting_enters():
    assert combined(np.array([1.0, 3.0, 2.0]), np.array([1.0, 1.0, 1.0])) == pytest.approx((2.0, np.sqrt(2)))


def test_the_interactive_model_by_hand():
    y, d = np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.0, 0.0, 1.0, 1.0])

    def mean(features, target, unit):
        return lambda new: np.full(len(new), target.mean())

    found = interactive(y, d, np.zeros((4, 1)), np.array([0, 1, 0, 1]), mean, mean)
    # out of fold: g0 = (2, 1, 2, 1), g1 = (8, 4, 8, 4), m = .5 throughout
    ate = np.array([6 - (1 - 2) / 0.5, 3 - (2 - 1) / 0.5, 6 + (4 - 8) / 0.5, 3 + (8 - 4) / 0.5])
    att = np.array([-(1 - 2), -(2 - 1), 4 - 2, 8 - 1]) / 0.5
    assert found.ate[0] == pytest.approx(ate.mean())
    assert found.att[0] == pytest.approx(att.mean())
    assert found.clipped == 0


def test_ols_within_is_near_two_way_effects_and_stands_beside_them(panel):
    found = fitted(panel, learner=("ols", "lasso"), expand=1, repeats=3)
    beside = found.value(Comparison)
    assert beside is not None and len(beside.estimate) == 3
    assert found.leading.estimate == beside.estimate[1]
    assert abs(beside.estimate[0] - beside.estimate[1]) < beside.std_error[0]
    assert found.df == found.entities - 1
    nuisance = found.value(Nuisance)
    assert nuisance is not None and len(nuisance.r2) == 4
    assert len(found.value(Repeats).estimate) == 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_forest_plot_has_r2_beside_each_learner(panel, language):
    found = fitted(panel, learner=("ols", "lasso"), expand=1, repeats=1)
    ctx = Context(language=language).of(found, "m")
    drawn = VIEWS["comparison"].figure(found.part("learners"), ctx)
    (right,) = drawn.axes[0].child_axes
    shown = [label.get_text() for label in right.get_yticklabels()]
    r2 = found.value(Nuisance).r2
    wanted = [", ".join(ctx.number(float(one), 2) for one in r2[k : k + 2]) for k in (0, 2)]
    assert shown == ["", *wanted]
    assert "R²" in drawn.axes[0].get_title(loc="right")


@pytest.mark.parametrize("form", ["within", "difference", "cre"])
@pytest.mark.parametrize("effects", ["both", "entity"])
def test_every_form_finds_an_effect_of_one(form, effects):
    rng = np.random.default_rng(5)
    panel = random_panel(n=60, t=8, cohorts=(2004, 2006))
    d = panel.years >= panel.cohort("policy").to_numpy(float)[panel.entity_codes]
    import pandas as pd

    y = panel.frame["x1"] + 1.0 * d + rng.normal(scale=0.3, size=len(d))
    panel = panel.with_columns(pd.DataFrame({"y": y}))
    found = fitted(panel, form=form, effects=effects, learner="ols", repeats=3).leading
    assert abs(found.estimate - 1) < 4 * found.std_error
    assert found.std_error < 0.3


def test_a_treatment_column_may_stand_for_a_policy(panel):
    found = fitted(panel, policy=None, treatment="x2", controls=("x1",), learner="ols")
    assert found.headline.name == "x2"
    assert found.treated_entities is None


def test_the_interactive_model_on_long_differences():
    panel = random_panel(n=60, t=6, cohorts=(2004,))
    found = fitted(panel, model="irm", learner="ols", expand=1)
    assert found.nobs == found.entities
    assert found.value(Density) is not None
    assert {str(term) for term in found.terms.term} == {"policy", "policy_ate"}


def test_the_interactive_model_refuses_several_cohorts_and_few_treated(panel):
    with pytest.raises(EstimationError, match="one cohort"):
        fitted(panel, model="irm", learner="ols")
    with pytest.raises(EstimationError, match="too few"):
        fitted(random_panel(n=24, t=6, cohorts=(2004,)), model="irm", learner="ols")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"form": "dummies"}, "reject a true null in every draw"),
        ({"treatment": "x1"}, "name a policy, or a treatment"),
        ({"policy": None}, "name a policy, or a treatment"),
        ({"learner": ("lasso", "lasso")}, "each once"),
        ({"model": "irm", "form": "cre"}, "belong to"),
    ],
)
def test_what_is_refused(panel, keys, said):
    with pytest.raises(ValidationError, match=said):
        fitted(panel, **keys)


def test_too_many_folds_are_refused(panel):
    with pytest.raises(EstimationError, match="folds"):
        fitted(random_panel(n=12, t=6, cohorts=(2004,)), folds=10)


@pytest.mark.parametrize("learner", ["lasso", "boosting"])
def test_the_same_seed_gives_the_same_numbers(panel, learner):
    first, again = (fitted(panel, learner=learner, repeats=1).leading for _ in range(2))
    assert first == again


def null_panel(seed: int, regions: int = 30):
    """Return a true null: AR(.7) errors, three cohorts of about six regions each, controls that matter non-linearly."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    panel = random_panel(n=regions, t=13, cohorts=(2005, 2007, 2010), seed=seed)
    code, n = panel.entity_codes, len(panel.frame)
    noise = rng.normal(size=(regions, 13))
    for t in range(1, 13):
        noise[:, t] = 0.7 * noise[:, t - 1] + noise[:, t] * np.sqrt(1 - 0.49)
    x = panel.frame["x1"].to_numpy()
    y = rng.normal(size=regions)[code] + np.sin(x) + 0.3 * x**2 + noise[code, panel.time_codes]
    return panel.with_columns(pd.DataFrame({"y": y[:n]}, index=panel.frame.index))


#: Learner, form, draws.
SIZES = [("ols", "within", 500), ("ols", "difference", 500), ("lasso", "within", 120)]


def size(learner: str, form: str, draws: int) -> float:
    """Return the share of null panels of 30 regions in which the effect is found at 5 %, one split each."""
    return float(
        np.mean([
            fitted(null_panel(seed), learner=learner, form=form, repeats=1).leading.p_value < 0.05
            for seed in range(draws)
        ])
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("learner", "form", "draws"), SIZES)
def test_size_in_null_panels(learner, form, draws):
    """Between 3 and 8 % with t(G - 1), give or take two errors of the simulation where draws are few."""
    slack = 2 * np.sqrt(0.05 * 0.95 / draws) if draws < 500 else 0.0
    assert 0.03 - slack <= size(learner, form, draws) <= 0.08 + slack
