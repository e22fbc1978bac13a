"""Mediation: a case worked by hand, sums, the sensitivity by two regressions, both arms, imputation, and coverage.

``PYTHONPATH=. python tests/test_mediation.py`` prints the coverage that the slow test holds.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from ccd.estimate.did.checks.by_treatment import split
from ccd.estimate.did.checks.legs import legs
from ccd.estimate.did.checks.mediation import RHO, acme, zero_at
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.twfe import Twfe
from ccd.panel import Panel
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import ChannelEffects, Mechanism, Mediation, MediationByTreatment
from ccd.streams import Stream

STREAM = Stream(0, "m")
KEYS = {"name": "m", "kind": "did", "outcome": "y", "policy": "policy"}
BOOT = {"permutation": {"draws": 0}, "mechanism": ("m",)}


def made(
    seed: int = 0,
    *,
    a: float = 0.5,
    b: float = 0.4,
    more: float = 0.0,
    together: float = 0.0,
    cohorts: tuple[int, ...] = (2006,) * 12,
    n: int = 30,
    t: int = 13,
) -> Panel:
    """Return a panel in which the channel has errors AR(.5) and the outcome's correlate with them by ``together``."""
    rng = np.random.default_rng(seed)
    years = np.arange(2001, 2001 + t)
    start = np.full(n, np.nan)
    start[: len(cohorts)] = cohorts
    d = (years >= start[:, None]).astype(float)
    noise = rng.normal(size=(2, n, t))
    noise[1] = together * noise[0] + np.sqrt(1 - together**2) * noise[1]
    for k in range(1, t):
        noise[:, :, k] += 0.5 * noise[:, :, k - 1]
    x = rng.normal(size=(n, t))
    m = rng.normal(size=(n, 1)) + a * d + 0.3 * x + noise[0]
    y = rng.normal(size=(n, 1)) + 0.2 * d + (b + more * d) * m - 0.2 * x + noise[1]
    names = [f"r{i:04d}" for i in range(n)]
    index = pd.MultiIndex.from_product([names, years], names=["region", "year"])
    frame = pd.DataFrame({"y": y.ravel(), "m": m.ravel(), "x": x.ravel()}, index=index)
    return Panel(frame, pd.DataFrame(index=index), {"policy": pd.Series(start, index=names)})


def twfe(**keys) -> Twfe:
    return Twfe(**{**KEYS, **BOOT, "mechanism_draws": 39, "controls": ("x",), **keys})


def dummies(panel: Panel, *columns: np.ndarray) -> list[np.ndarray]:
    """Return columns (n,) less region and year dummies, by least squares."""
    d = np.column_stack([np.eye(k.max() + 1)[k] for k in (panel.entity_codes, panel.time_codes)])
    return [one - d @ np.linalg.lstsq(d, one, rcond=None)[0] for one in columns]


def test_legs_by_hand():
    d, e, u = np.array([1.0, -1, 1, -1]), np.array([1.0, 1, -1, -1]), np.array([1.0, -1, -1, 1])
    m = 2 * d + e
    found = legs(np.column_stack([0.5 * m + 3 * d + u, d, m]))
    assert (found.on_channel, found.on_outcome, found.direct) == pytest.approx((2, 0.5, 3))
    assert (found.total, found.indirect, found.noise) == pytest.approx((4, 1, 1))
    # s1/s2 = sqrt(1.25), r = 1/sqrt 5: 2 sqrt(1.25) (r - .6 sqrt(.8)/.8) = 2 (.5 - .75)
    assert acme(2, 0.5, 1.0, np.array([0.0, 0.6])) == pytest.approx([1, -0.5])
    assert zero_at(0.5, 1.0) == pytest.approx(1 / np.sqrt(5))


@pytest.mark.parametrize("weight", [None, "w"])
def test_direct_and_indirect_sum_to_the_total(weight):
    panel = made()
    panel = panel.with_columns(pd.DataFrame({"w": 1 + np.arange(390.0) % 7}, index=panel.frame.index))
    fit = twfe(weight=weight).fit(panel, STREAM)
    found = fit.value(Mechanism)
    assert found.direct[0] + found.indirect[0] == pytest.approx(found.total[0], rel=1e-12)
    assert found.total[0] == pytest.approx(fit.leading.estimate, rel=1e-10)
    assert found.direct_low[0] < found.direct[0] < found.direct_high[0]


def test_the_sensitivity_is_that_of_two_regressions():
    panel = made(together=0.4)
    found = twfe().fit(panel, STREAM).value(Mediation)
    d = (panel.years >= panel.cohort("policy").to_numpy()[panel.entity_codes]).astype(float)
    y, m, d, x = dummies(panel, panel.column("y"), panel.column("m"), d, panel.column("x"))
    beside = np.column_stack([d, x])
    legs = [np.linalg.lstsq(beside, one, rcond=None)[0] for one in (y, m)]
    e1, e2 = y - beside @ legs[0], m - beside @ legs[1]
    r = e1 @ e2 / np.sqrt((e1 @ e1) * (e2 @ e2))
    ratio = np.sqrt((e1 @ e1) / (e2 @ e2))
    wanted = [legs[1][0] * ratio * (r - rho * np.sqrt((1 - r**2) / (1 - rho**2))) for rho in RHO]
    assert found.acme == pytest.approx(np.array(wanted), rel=1e-9)
    assert found.zero[0] == pytest.approx(r)
    table = twfe().fit(panel, STREAM).value(Mechanism)
    assert table.r2_product[0] == pytest.approx(r**2)
    assert found.acme[RHO == 0] == pytest.approx(table.indirect)
    assert found.conf_low[RHO == 0] == pytest.approx(table.indirect_low)
    assert np.interp(found.zero[0], RHO, found.acme) == pytest.approx(0, abs=2e-3)


def test_the_true_correlation_gives_the_true_effect():
    found = twfe(mechanism_draws=19).fit(made(n=1500, cohorts=(2006,) * 700, together=0.5), STREAM)
    curve = found.value(Mediation)
    assert curve.acme[np.isclose(RHO, 0.5)] == pytest.approx(0.2, abs=0.02)  # 0.5 * 0.4
    assert curve.acme[RHO == 0] == pytest.approx(0.5 * 0.9, abs=0.03)  # the channel takes what drives both


def test_both_arms_sum_to_the_total_and_find_what_was_put_in():
    fit = twfe(mechanism_interaction=True, mechanism_draws=19).fit(
        made(n=1500, cohorts=(2006,) * 700, more=0.3), STREAM
    )
    found = fit.value(MediationByTreatment)
    assert found.acme[1] + found.direct[0] == pytest.approx(found.total[0], rel=1e-12)
    assert found.acme[0] + found.direct[1] == pytest.approx(found.total[0], rel=1e-12)
    assert found.total[0] == pytest.approx(fit.leading.estimate, rel=1e-10)
    assert found.acme == pytest.approx([0.5 * 0.4, 0.5 * 0.7], abs=0.04)
    assert found.interaction[0] == pytest.approx(0.3, abs=0.03)


def test_arms_by_hand():
    """No effects but a constant: the channel's means by arm are those of the data."""
    d, m = np.array([0.0, 0, 0, 1, 1, 1]), np.array([0.0, 1, 2, 2, 4, 6])
    y = 1 + 2 * m + d + 0.5 * d * m
    z = np.column_stack([y, d, m, d * m])
    indirect, direct, total = split(z - z.mean(axis=0))
    assert indirect == pytest.approx([3 * 2, 3 * 2.5])  # the channel's mean moves from 1 to 4
    assert direct == pytest.approx([1 + 0.5 * 1, 1 + 0.5 * 4])
    assert total == pytest.approx(y[3:].mean() - y[:3].mean())


def test_few_treated_regions_are_led_by_permutations_in_both_arms():
    panel = made(cohorts=(2006, 2006, 2008))
    keys = {"permutation": {"draws": 99}, "mechanism_interaction": True}
    fit = twfe(**keys).fit(panel, STREAM)
    legs, arms, curve = fit.value(Mechanism), fit.value(MediationByTreatment), fit.value(Mediation)
    assert legs.effect_p_analytic is not None
    assert (arms.interaction_p_value * 100) == pytest.approx(np.round(arms.interaction_p_value * 100))
    assert curve.conf_low[RHO == 0] == pytest.approx(legs.indirect_low)
    assert (arms.conf_low < arms.acme).all() and (arms.acme < arms.conf_high).all()


@pytest.mark.parametrize("cohorts", [(2006,) * 12, (2006, 2008, 2009)])
def test_imputation_shows_channel_and_outcome_without_a_product(cohorts):
    panel = made(cohorts=cohorts)
    keys = {**KEYS, "estimator": "imputation", "controls": ("x",), "permutation": {"draws": 39}}
    fit = Imputation(**keys, mechanism=("m",)).fit(panel, STREAM)
    found = fit.value(ChannelEffects)
    alone = Imputation(**{**keys, "outcome": "m"}).fit(panel, STREAM).leading
    for j, lead in enumerate((alone, fit.leading)):
        assert found.estimate[j] == pytest.approx(lead.estimate)
        assert (found.p_value[j], found.conf_low[j]) == pytest.approx((lead.p_value, lead.conf_low))
    notes = [str(note) for note in fit.part("channel_effects").notes]
    assert any("not randomised" in note for note in notes) and any("No product" in note for note in notes)
    assert fit.value(Mechanism) is None


def test_what_is_assumed_is_said():
    for cohorts, staggered in (((2006,) * 12, False), ((2006,) * 6 + (2008,) * 6, True)):
        notes = " ".join(str(n) for n in twfe().fit(made(cohorts=cohorts), STREAM).part("mechanism").notes)
        assert "The channel is not randomised" in notes
        assert ("begins in several years" in notes) == staggered


def test_the_interaction_needs_a_channel():
    with pytest.raises(ValueError, match="goes with channels"):
        twfe(mechanism=(), mechanism_interaction=True)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_is_shown_in_both_languages(language):
    panel = made()
    panel = panel.with_columns(pd.DataFrame({"k": panel.column("m") ** 2}, index=panel.frame.index))
    fit = twfe(mechanism=("m", "k"), mechanism_interaction=True).fit(panel, STREAM)
    more = Imputation(**{**KEYS, "estimator": "imputation"}, mechanism=("m",)).fit(panel, STREAM)
    ctx = Context(language=language).of(fit, "m")
    for shape, rows in (("mechanism", 12), ("mediation_by_treatment", 4), ("channel_effects", 2)):
        part = next(part for part in (*fit.parts, *more.parts) if part.shape == shape)
        assert len(VIEWS[shape].table(part, ctx).rows) == rows
    part = fit.part("mediation")
    drawn = VIEWS["mediation"].figure(part, ctx)
    assert [axes.get_title() for axes in drawn.axes] == ["m", "k"]
    assert ctx.say(VIEWS["mediation"].caption(part, ctx))
    told = [ctx.say(one) for one in VIEWS["mechanism"].sentences(fit.part("mechanism"), ctx)]
    assert len(told) == 2 and ctx.number(float(part.value.zero[0]), 2) in told[0]


DESIGNS = {
    "12 treated, region bootstrap": ((2006,) * 12, {}),
    "12 treated, a = b = 0": ((2006,) * 12, {"a": 0.0, "b": 0.0}),
    "5 treated, permutations": ((2005, 2005, 2007, 2007, 2009), {}),
}


def covered(design: str, replicates: int = 400) -> dict[str, float]:
    """Return how often the intervals hold the truth: the indirect effect, without an interaction and in both arms."""
    cohorts, effects = DESIGNS[design]
    true = effects.get("a", 0.5) * effects.get("b", 0.4)
    few = {"permutation": {"draws": 199}} if len(cohorts) < 10 else {}
    inside = np.zeros((replicates, 4))
    for seed in range(replicates):
        panel = made(seed, cohorts=cohorts, **effects)
        fit = twfe(mechanism_draws=199, mechanism_interaction=True, **few).fit(panel, Stream(seed, "m"))
        one, arms = fit.value(Mechanism), fit.value(MediationByTreatment)
        inside[seed, 0] = one.indirect_low[0] <= true <= one.indirect_high[0]
        inside[seed, 1] = one.direct_low[0] <= 0.2 <= one.direct_high[0]
        inside[seed, 2:] = (arms.conf_low <= true) & (true <= arms.conf_high)
    return dict(zip(("indirect", "direct", "without", "with"), inside.mean(axis=0).tolist(), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("design", list(DESIGNS))
def test_intervals_cover(design):
    """Percentiles of 30 regions are a little short; where both legs are 0 the product's interval is too wide."""
    for name, share in covered(design).items():
        assert share >= 0.88, (name, share)
        assert share <= (1 if "a = b = 0" in design else 0.99), (name, share)


if __name__ == "__main__":
    for name in DESIGNS:
        sys.stdout.write(f"{name} {covered(name)}\n")
