"""Mediation where the channel may matter more under the policy: what runs through it without and with treatment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.checks.legs import bootstrapped, regressed, standard_t, swept
from ccd.estimate.did.checks.mediation import Drawn, percentiles
from ccd.estimate.did.draws import columns_redrawn
from ccd.estimate.did.effects import Regression
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.studentised import LEAST, ratios, studentised
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.sample import Sample
from ccd.results import MediationByTreatment, Part
from ccd.streams import Stream
from ccd.words import text


class Arms(NamedTuple):
    """What runs through the channel and what does not, each (2,) without and with treatment; and the total.

    ``bounds`` (2, 2) are the ends of the intervals of ``acme`` (rows low, high), ``product`` holds the coefficient of
    policy times channel, its error and p-value.
    """

    acme: FloatArray
    direct: FloatArray
    total: float
    bounds: FloatArray
    product: tuple[float, float, float]


def split(z: FloatArray) -> tuple[FloatArray, FloatArray, float]:
    """Return ACME (2,) and direct effects (2,) without and with treatment, and the total.

    ``z`` (r, 4 + k) holds outcome, policy, channel, policy times channel and controls, less the fixed effects. The
    channel's mean under treatment is the policy's coefficient on the product; with it total = ACME(1) + direct(0) =
    ACME(0) + direct(1) exactly (Imai, Keele & Tingley 2010, with fixed effects).
    """
    rest = np.delete(z, [0, 2, 3], axis=1)
    total, on_channel, treated_mean = regressed(z[:, [0, 2, 3]], rest)[0][0]
    slope, product, direct = regressed(z[:, :1], np.column_stack([z[:, [2, 3]], rest]))[0][:3, 0]
    acme = on_channel * np.array([slope, slope + product])
    return acme, direct + product * np.array([treated_mean - on_channel, treated_mean]), float(total)


def interacted(
    model: Regression,
    sample: Sample,
    channel: str,
    m: FloatArray,
    drawn: Drawn,
    asked: tuple[int, int],
    stream: Stream,
) -> Arms:
    """Return one channel ``m`` (n,) by treatment, by ``asked`` = bootstrap draws, permutations (0: they do not lead).

    With permutations the legs are drawn apart: the policy's on the channel as in ``drawn``, the channel's from its
    analytic error, the product's from permuted cohorts; the sum of the last two is then wider than need be.
    """
    draws, deals = asked
    design, nuisance = model.design(sample), model.nuisance(sample)
    d, centred = sample.treated.astype(float), m - m.mean()
    columns = np.column_stack([sample.y, d, centred, d * centred, nuisance.x])
    acme, direct, total = split(swept(design, columns))
    labels = [channel, f"{model.policy} x {channel}", model.policy, *nuisance.labels]
    x = np.column_stack([centred, d * centred, d, nuisance.x])
    fit, vcov = design.regress(sample.y, x, labels)
    leg = infer(fit.beta[:2], vcov.std_error[:2], vcov.df)
    p_value = float(leg.p_value[1])
    rng = stream(f"mechanism {channel}")
    if deals >= LEAST:
        beta, matrix = columns_redrawn(
            sample,
            design,
            np.column_stack([centred, nuisance.x]),
            lambda d: np.stack([d, d * centred[:, None]], axis=2),
            dealt(sample, deals, stream),
        )
        t = ratios(beta, matrix)[:, 1]
        led = studentised(fit.beta[1:2], vcov.std_error[1:2], t[:, None])
        p_value = float(led.p_value[0]) if led.known[0] else p_value
        slope = fit.beta[0] + standard_t(rng, vcov.df, deals) * vcov.std_error[0]
        more = fit.beta[1] - t * vcov.std_error[1]
        each = drawn.on_channel[:, None] * np.column_stack([slope, slope + more])
    else:
        each = np.array([one[0] for one in bootstrapped(model, sample, columns, split, draws, rng)])
    product = (float(leg.estimate[1]), float(leg.std_error[1]), p_value)
    return Arms(acme, direct, total, np.array(percentiles(each)), product)


def by_treatment(channels: Sequence[str], found: Sequence[Arms]) -> Part[MediationByTreatment]:
    """Return the part of several channels, two rows each."""
    product = np.repeat(np.array([one.product for one in found]), 2, axis=0)
    value = MediationByTreatment(
        channel=tuple(channel for channel in channels for _ in range(2)),
        treated=np.tile([0, 1], len(found)),
        acme=np.concatenate([one.acme for one in found]),
        conf_low=np.concatenate([one.bounds[0] for one in found]),
        conf_high=np.concatenate([one.bounds[1] for one in found]),
        direct=np.concatenate([one.direct for one in found]),
        total=np.repeat([one.total for one in found], 2),
        interaction=product[:, 0],
        interaction_std_error=product[:, 1],
        interaction_p_value=product[:, 2],
    )
    note = text(
        "With policy times channel as a regressor: the total is the indirect effect under treatment and the direct one "
        "without it, or the other way round"
    )
    return Part(value, notes=(note,))
