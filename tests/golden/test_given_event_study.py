"""Sensitivity of an event study that is given as arrays: a peer's numbers, a model's own, and what is refused."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from ccd.errors import EstimationError
from ccd.estimate.did import sensitivity_of
from ccd.estimate.did.checks import sensitivity
from tests.golden.staggered import STREAM, random_panel
from tests.golden.test_trends import BETA, EFFECTS, LEADS, covariance
from tests.golden.test_weights import model


def test_smoothness_is_that_of_a_peer():
    """moderndid 0.2.0, compute_flci(beta, sigma, m, 4, 3, post_period_weights = 1/3 each)."""
    found = sensitivity_of(
        BETA, covariance(), LEADS, EFFECTS, relative=(), smoothness=(0.01, 0.05, 0.2)
    ).frame()
    rows = found[(found["target"] == "mean") & (found["restriction"] == "smoothness")]
    theirs = [(0.22941702, 0.42976278), (0.04248746, 0.62922298), (-0.60809915, 1.30180548)]
    assert rows[["conf_low", "conf_high"]].to_numpy() == pytest.approx(np.array(theirs), abs=1e-6)


def test_it_is_what_a_model_says_of_its_own_event_study():
    """The draws behind critical values differ by their stream alone, and no draw is behind the others."""
    estimate = model("twfe", window=(-4, 3), sensitivity={"relative": (1.0,)}).fit(random_panel(n=60), STREAM)
    study = estimate.part("event_study").frame.set_index("event_time")
    matrix = estimate.part("event_vcov").value.matrix
    beta = study.drop(index=-1)["estimate"].to_numpy()
    own = estimate.part("sensitivity").frame
    other = sensitivity_of(beta, matrix, 3, 4, relative=[1.0]).frame()
    sure = own["restriction"] != "relative"
    np.testing.assert_allclose(
        own[sure].iloc[:, 2:].astype(float), other[sure].iloc[:, 2:].astype(float), atol=1e-9
    )
    loose = own.loc[~sure, ["conf_low", "conf_high"]].to_numpy()
    np.testing.assert_allclose(loose, other.loc[~sure, ["conf_low", "conf_high"]].to_numpy(), rtol=0.03)


def test_the_same_seed_is_the_same_answer_and_weights_choose_the_target():
    first = np.eye(EFFECTS)[0]
    one, two = (sensitivity_of(BETA, covariance(), LEADS, EFFECTS, seed=4) for _ in range(2))
    assert one.frame().equals(two.frame())
    given = sensitivity_of(BETA, covariance(), LEADS, EFFECTS, weights=first, seed=4).frame()
    rows = one.frame().query("target == 'e0'").reset_index(drop=True)
    assert set(given["target"]) == {"given"}
    np.testing.assert_allclose(given["conf_low"], rows["conf_low"])


@pytest.mark.parametrize(
    ("beta", "sigma", "pre", "post", "keys", "message"),
    [
        (np.zeros(3), np.eye(3), 2, 2, {}, "do not hold 2 leads and 2 effects"),
        (np.zeros(3), np.eye(3), 0, 3, {}, "do not hold 0 leads"),
        (np.array([0, np.nan, 1]), np.eye(3), 1, 2, {}, "missing numbers"),
        (np.zeros(2), np.array([[1.0, 0.5], [0.1, 1.0]]), 1, 1, {}, "not symmetric"),
        (np.zeros(2), np.ones((2, 2)), 1, 1, {}, "sigma is singular"),
        (np.zeros(3), np.eye(3), 1, 2, {"weights": np.ones(3)}, "weights are for 2 effects"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(beta, sigma, pre, post, keys, message):
    with pytest.raises(EstimationError, match=message):
        sensitivity_of(beta, sigma, pre, post, **keys)


def test_the_example_runs():
    assert doctest.testmod(sensitivity).attempted >= 5
    assert doctest.testmod(sensitivity).failed == 0
