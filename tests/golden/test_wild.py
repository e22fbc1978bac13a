"""The wild cluster bootstrap: every draw a whole regression on the bootstrap outcome, all sign vectors enumerated."""

from itertools import product

import numpy as np
import pytest

from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.ols import codes, demean, least_squares
from ccd.estimate.linear.resample import SIGNS, all_signs
from ccd.estimate.linear.vcov import cluster
from ccd.streams import Stream
from tests.golden.test_two_way import model, panel_of, regressors


def whole_t(panel, y, groups):
    effects = [panel.entity_codes, codes(panel.years)]
    x = demean(regressors(panel).to_numpy(), effects)
    fit = least_squares(demean(y[:, None], effects)[:, 0], x)
    return abs(fit.beta[0] / cluster(fit, [groups], 10).std_error[0])


def null_fit(panel):
    effects = [panel.entity_codes, codes(panel.years)]
    x = demean(regressors(panel).to_numpy()[:, 1:], effects)
    y = demean(panel.frame[["y"]].to_numpy(), effects)[:, 0]
    resid = least_squares(y, x).resid
    return panel.column("y") - resid, resid


@pytest.mark.parametrize("missing", [0, 12])
def test_enumeration_is_the_share_over_every_sign_vector(missing):
    panel = panel_of(missing=missing)  # 6 provinces: 64 sign vectors
    groups = codes(panel.group("province").to_numpy())
    fitted, resid = null_fit(panel)
    observed = whole_t(panel, panel.column("y"), groups)
    every = [
        whole_t(panel, fitted + np.array(signs)[groups] * resid, groups)
        for signs in product([-1, 1], repeat=6)
    ]
    p = np.mean(np.array(every) >= observed * (1 - 1e-9))
    estimate = model(cluster="province", wild={"draws": 64}).fit(panel, Stream(0, "m"))
    assert estimate.summary()["wild"] == {
        "draws": 64,
        "signs": "rademacher",
        "enumerated": True,
        "p_value": p,
    }
    assert estimate.summary()["p_values"]["wild"] == p
    assert any("all there are" in str(note) for note in estimate.notes)


@pytest.mark.parametrize("signs", ["rademacher", "webb"])
def test_drawn_signs_are_whole_regressions_too(signs):
    panel = panel_of()
    groups = panel.entity_codes
    fitted, resid = null_fit(panel)
    observed = whole_t(panel, panel.column("y"), groups)
    drawn = Stream(5, "m")("wild").choice(SIGNS[signs], size=(40, 24))
    beyond = sum(whole_t(panel, fitted + v[groups] * resid, groups) >= observed for v in drawn)
    estimate = model(wild={"draws": 40, "signs": signs}).fit(panel, Stream(5, "m"))
    assert estimate.summary()["wild"]["p_value"] == (1 + beyond) / 41
    assert not estimate.summary()["wild"]["enumerated"]


def test_signs_have_mean_zero_and_variance_one():
    for values in SIGNS.values():
        assert values.mean() == pytest.approx(0)
        assert (values**2).mean() == pytest.approx(1)
    assert len(np.unique(all_signs(5), axis=0)) == 32
    assert set(np.unique(all_signs(3))) == {-1.0, 1.0}


def test_two_clusters_are_refused():
    with pytest.raises(ValueError, match="one cluster column"):
        Twfe(name="m", kind="did", outcome="y", policy="p", cluster=("region", "year"), wild={"draws": 9})


def p_by_loops(panel, groups, null, drawn):
    """Count the draws of the signs beyond the observed t of a null, each a whole regression of y - null x D."""
    effects = [panel.entity_codes, codes(panel.years)]
    d = regressors(panel).to_numpy()[:, 0]
    shifted = panel.column("y") - null * d
    x = demean(regressors(panel).to_numpy()[:, 1:], effects)
    resid = least_squares(demean(shifted[:, None], effects)[:, 0], x).resid
    observed = whole_t(panel, shifted, groups)
    return sum(
        whole_t(panel, shifted - resid + v[groups] * resid, groups) >= observed * (1 - 1e-9) for v in drawn
    )


@pytest.mark.parametrize("missing", [0, 12])
@pytest.mark.parametrize("null", [0.4, -1.5])
def test_another_null_is_imposed_on_the_residuals(missing, null):
    panel = panel_of(missing=missing)
    groups = codes(panel.group("province").to_numpy())
    beyond = p_by_loops(panel, groups, null, [np.array(v) for v in product([-1.0, 1.0], repeat=6)])
    estimate = model(cluster="province", wild={"draws": 64, "null": null}).fit(panel, Stream(0, "m"))
    wild = estimate.summary()["wild"]
    assert (wild["p_value"], wild["null"], wild["enumerated"]) == (beyond / 64, null, True)
    assert "wild" not in estimate.summary()["p_values"]  # that is the p of no effect


@pytest.mark.parametrize("weight", [None, "w"])
def test_the_interval_ends_where_the_null_is_rejected(weight):
    """Just inside the ends p > 0.05 and just outside p <= 0.05, by another study with that null."""
    panel = panel_of()
    keys = {"draws": 199, "signs": "webb"}
    estimate = model(weight=weight, wild={**keys, "interval": True}).fit(panel, Stream(5, "m"))
    wild = estimate.summary()["wild"]
    assert wild["conf_low"] < estimate.leading.estimate < wild["conf_high"]
    assert (
        wild["p_value"]
        == model(weight=weight, wild=keys).fit(panel, Stream(5, "m")).summary()["wild"]["p_value"]
    )
    nudge = 1e-6 * (wild["conf_high"] - wild["conf_low"])
    for end, out in (("conf_low", -nudge), ("conf_high", nudge)):
        for move, kept in ((-out, True), (out, False)):
            asked = {**keys, "null": wild[end] + move}
            found = model(weight=weight, wild=asked).fit(panel, Stream(5, "m")).summary()["wild"]
            assert (found["p_value"] > 0.05) == kept
    drawn = Stream(5, "m")("wild").choice(SIGNS["webb"], size=(199, 24))
    if weight is None:
        inside, outside = (
            (1 + p_by_loops(panel, panel.entity_codes, wild["conf_high"] + move, drawn)) / 200
            for move in (-nudge, nudge)
        )
        assert inside > 0.05 >= outside


def test_too_few_clusters_have_no_ends():
    """With three clusters the smallest p there is is 2/8, so no null is ever rejected."""
    panel = panel_of()
    third = np.array([int(name[1:]) % 3 for name in panel.group("province")])
    groups = panel.groups.assign(third=[str(code) for code in third])
    three = type(panel)(panel.frame, groups, panel.cohorts)
    estimate = model(cluster="third", wild={"draws": 99, "interval": True}).fit(three, Stream(5, "m"))
    assert estimate.summary()["wild"]["conf_low"] is None
    assert "no lower end to no upper end" in " ".join(map(str, estimate.notes))
