"""Fractional logit against statsmodels' GLM and its average effect against finite differences."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit

from ccd.errors import EstimationError
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.logit_draws import logit_draws
from ccd.estimate.linear.binomial import fit_binomial
from ccd.streams import Stream
from tests.golden.test_two_way import panel_of


def bounded(**keys):
    panel = panel_of(**keys)
    return type(panel)(
        panel.frame.assign(y=expit(panel.frame["y"] - panel.frame["y"].mean())), panel.groups, panel.cohorts
    )


def fractional(**keys) -> FractionalLogit:
    keys = {"controls": ("x1", "x2"), "permutation": {"draws": 0}, **keys}
    return FractionalLogit(
        name="m", kind="did", estimator="fractional-logit", outcome="y", policy="policy", **keys
    )


@pytest.mark.parametrize("missing", [0, 20])
@pytest.mark.parametrize("cluster", [(), "province"])
def test_against_statsmodels(missing, cluster):
    panel = bounded(missing=missing)
    estimate = fractional(cluster=cluster).fit(panel, Stream(0, "m"))
    start = panel.cohort("policy").to_numpy()[panel.entity_codes]
    d = (panel.years >= start).astype(float)
    x = panel.frame[["x1", "x2"]]
    means = x.groupby(level=0).transform("mean")
    cohort = np.column_stack([start == g for g in (2004, 2006)]).astype(float)
    year = np.eye(8)[panel.years - 2001][:, 1:]
    design = np.column_stack([np.ones(len(d)), cohort, year, means, x, d])
    groups = panel.entity_codes if not cluster else panel.group("province").to_numpy()
    codes = np.unique(groups, return_inverse=True)[1]
    peer = sm.GLM(panel.column("y"), design, family=sm.families.Binomial()).fit(
        cov_type="cluster", cov_kwds={"groups": codes, "use_correction": True}, tol=1e-14, maxiter=200
    )
    assert estimate.summary()["coefficient"] == pytest.approx(peer.params[-1], abs=1e-9)
    assert estimate.summary()["coefficient_error"] == pytest.approx(peer.bse[-1], rel=1e-7)

    def effect(beta):
        on, off = design[d == 1], design[d == 1].copy()
        off[:, -1] = 0
        return (expit(on @ beta) - expit(off @ beta)).mean()

    beta = peer.params
    gradient = np.array([(effect(beta + h) - effect(beta - h)) / 2e-5 for h in 1e-5 * np.eye(len(beta))])
    error = np.sqrt(gradient @ peer.cov_params() @ gradient)
    term = estimate.term("policy")
    assert term.estimate == pytest.approx(effect(beta), abs=1e-9)
    assert term.std_error == pytest.approx(error, rel=1e-5)
    assert estimate.summary()["df"] == len(np.unique(codes)) - 1


def test_a_saturated_fit_is_the_difference_of_means():
    y = np.array([0.2, 0.4, 0.7, 0.9])
    x = np.column_stack([np.ones(4), [0, 0, 1, 1]])
    fit = fit_binomial(y, x)
    assert fit.converged
    assert expit(fit.beta[0]) == pytest.approx(0.3)
    assert expit(fit.beta.sum()) == pytest.approx(0.8)


def test_outcomes_outside_the_unit_interval_and_separation_are_refused():
    with pytest.raises(EstimationError, match="leaves"):
        fractional().fit(panel_of(), Stream(0, "m"))
    panel = bounded()
    first = panel.years == 2001
    zeros = type(panel)(
        panel.frame.assign(y=np.where(first, 0.0, panel.column("y"))), panel.groups, panel.cohorts
    )
    with pytest.raises(EstimationError, match="does not converge"):
        fractional().fit(zeros, Stream(0, "m"))


def test_time_invariant_controls_are_named():
    panel = bounded()
    fixed = type(panel)(panel.frame.assign(x1=panel.entity_codes.astype(float)), panel.groups, panel.cohorts)
    with pytest.raises(EstimationError, match="error: x1: collinear"):
        fractional().fit(fixed, Stream(0, "m"))


def test_permutation_refits_with_its_own_cohorts():
    estimate = fractional(permutation={"draws": 19}).fit(bounded(), Stream(0, "m"))
    assert estimate.summary()["headline_p"] == "permutation"
    assert estimate.part("permutation").frame["statistic"].notna().all()


@pytest.mark.parametrize("missing", [0, 20])
@pytest.mark.parametrize("cluster", [(), "province"])
def test_draws_together_are_the_draws_one_by_one(missing, cluster):
    model = fractional(cluster=cluster)
    sample = model.sample(bounded(missing=missing))
    rng, own = np.random.default_rng(4), sample.entity_cohort
    cohorts = np.array([rng.permutation(own) for _ in range(30)])
    cohorts[20:] = rng.choice([2003, 2005, 2007, np.nan], size=cohorts[20:].shape)  # dates that no region has
    cohorts[7] = np.nan  # nobody is treated: not identified
    cohorts[8] = 2001  # all are, always
    together = model.reassigned(sample, cohorts, Stream(0, "m"))
    one_by_one = Estimator.reassigned(model, sample, cohorts, Stream(0, "m"))
    assert np.flatnonzero(np.isnan(together[0])).tolist() == [7, 8]
    np.testing.assert_allclose(together[0], one_by_one[0], rtol=1e-7)
    np.testing.assert_allclose(together[1], one_by_one[1], rtol=1e-7)
    # the fast road alone is taken by all others
    treated = sample.years[:, None] >= cohorts.T[sample.entity]
    more = np.column_stack([model._means(sample), sample.x])
    cluster_of = np.zeros(cohorts.shape[1], dtype=int)
    cluster_of[sample.entity] = sample.clusters[0]
    sure = np.delete(np.arange(30), [7, 8])
    fast = logit_draws(
        sample.y, more, sample.entity, sample.time, cluster_of, cohorts[sure], treated[:, sure]
    )
    assert np.isfinite(fast).all()


def test_draws_by_clusters_that_cut_regions_go_one_by_one():
    model = fractional(cluster="year")
    sample = model.sample(bounded())
    cohorts = np.array([sample.entity_cohort, sample.entity_cohort[::-1]])
    effect, error = model.reassigned(sample, cohorts, Stream(0, "m"))
    own = model.effect(sample, Stream(0, "m"))
    assert (effect[0], error[0]) == (own.estimate, own.std_error)
