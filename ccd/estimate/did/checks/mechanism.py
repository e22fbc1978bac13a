"""Mechanism: the effect on a channel, what the channel carries to the outcome, and what that does not prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.checks.by_treatment import Arms, by_treatment, interacted
from ccd.estimate.did.checks.legs import Legs, bootstrapped, legs, standard_t, swept
from ccd.estimate.did.checks.mediation import Drawn, mediation, percentiles, zero_at
from ccd.estimate.did.draws import redrawn
from ccd.estimate.did.effects import Finding, Regression, statistics
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.studentised import LEAST, studentised
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.sample import Sample
from ccd.results import Mechanism, Mediation, Part
from ccd.streams import Stream
from ccd.words import Name, Text, text


class Asked(NamedTuple):
    """Bootstrap draws, permutations (0: they do not lead), and whether the channel may matter more under the policy."""

    draws: int
    deals: int
    interaction: bool = False


def mechanism(
    model: Regression, sample: Sample, channels: Sequence[str], asked: Asked, stream: Stream
) -> Finding:
    """Return the parts ``mechanism``, one row a channel, ``mediation``, what runs through each under correlated errors,
    and with the interaction ``mediation_by_treatment``.

    Intervals are percentiles of draws of whole clusters; with permutations of products of draws of both legs, the
    policy's from permuted cohorts, whose p-value leads the first leg.
    """
    rows, notes = [], []
    for channel in channels:
        values = sample.panel.column(channel)
        seen = np.isfinite(values)
        if not seen.all():
            count = int((~seen).sum())
            notes.append(
                text(
                    "{column}: {count} {count:row|rows} without it left out",
                    column=Name(channel),
                    count=count,
                )
            )
        rows.append(_channel(model, sample.rows(seen), channel, values[seen], asked, stream))
    permuted = asked.deals >= LEAST
    notes += _said(asked, sample)
    figures = {key: np.array([row.figures[key] for row in rows]) for key in rows[0].figures}
    value = Mechanism(
        channel=tuple(channels),
        **figures,
        nobs=np.array([row.nobs for row in rows]),
        effect_p_analytic=np.array([row.analytic for row in rows]) if permuted else None,
    )
    curves = mediation(channels, [row.found for row in rows], [row.drawn for row in rows])
    parts = [Part(value, notes=tuple(notes)), Part[Mediation](curves, notes=(CURVE,))]
    if asked.interaction:
        parts.append(by_treatment(channels, [row.arms for row in rows if row.arms is not None]))
    return Finding(tuple(parts), {"mechanism": value.facts()})


#: Said under the curve.
CURVE = text(
    "Sensitivity of Imai, Keele & Yamamoto (2010): rho is the correlation of the errors of channel and outcome, 0 if "
    "nothing else drives both; intervals as those of the indirect effect"
)


def _said(asked: Asked, sample: Sample) -> list[Text]:
    """Return how p-values and intervals are made, and what they do not prove."""
    notes = []
    if asked.deals >= LEAST:
        notes.append(
            text(
                "Policy on channel: p-values by studentised permutation of the cohorts ({draws} draws, p in steps of "
                "1/{steps}); channel on outcome: analytic, since no policy is in question; intervals of the indirect "
                "effect and its share: percentiles of products of draws of both legs (MacKinnon, Lockwood & Williams "
                "2004)",
                draws=asked.deals,
                steps=asked.deals + 1,
            )
        )
    else:
        notes.append(
            text(
                "Intervals of the indirect effect and its share: {draws} cluster bootstrap draws, percentiles",
                draws=asked.draws,
            )
        )
    if len(np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)])) > 1:
        notes.append(
            text(
                "The policy begins in several years: the product takes its effects to be the same in all regions and "
                'years; estimator = "imputation" shows those on channel and outcome without a product'
            )
        )
    return [*notes, NOT_RANDOMISED]


#: Said wherever a channel is shown.
NOT_RANDOMISED = text(
    "The channel is not randomised: one that moves with the policy and with the outcome does not prove mediation, "
    "since whatever else drives both channel and outcome biases what it seems to carry"
)


class Channel(NamedTuple):
    """One channel: its ``figures`` by column of ``Mechanism``, its rows, the analytic first p, legs and draws."""

    figures: dict[str, float]
    nobs: int
    analytic: float
    found: Legs
    drawn: Drawn
    arms: Arms | None


def _channel(
    model: Regression, sample: Sample, channel: str, m: FloatArray, asked: Asked, stream: Stream
) -> Channel:
    """Return one channel ``m`` (n,) on a sample in which it is known everywhere."""
    design, nuisance = model.design(sample), model.nuisance(sample)
    d = sample.treated.astype(float)
    first, first_v = design.regress(m, np.column_stack([d, nuisance.x]), [model.policy, *nuisance.labels])
    labels = [channel, model.policy, *nuisance.labels]
    second, second_v = design.regress(sample.y, np.column_stack([m, d, nuisance.x]), labels)
    columns = np.column_stack([sample.y, d, m, nuisance.x])
    found = legs(swept(design, columns))
    figures: dict[str, float] = {}
    for name, fit, vcov in (("effect", first, first_v), ("on_outcome", second, second_v)):
        leg = infer(fit.beta[:1], vcov.std_error[:1], vcov.df)
        figures |= {
            name: float(leg.estimate[0]),
            f"{name}_std_error": float(leg.std_error[0]),
            f"{name}_p_value": float(leg.p_value[0]),
        }
    analytic = figures["effect_p_value"]
    rng = stream(f"mechanism {channel}")
    if asked.deals >= LEAST:
        on_channel, total = _moved(model, sample, m, asked.deals, stream)
        led = studentised(first.beta[:1], first_v.std_error[:1], on_channel[:, None])
        figures["effect_p_value"] = float(led.p_value[0])
        names = [model.policy, *nuisance.labels]
        _, whole = design.regress(sample.y, np.column_stack([d, nuisance.x]), names)
        t = standard_t(rng, second_v.df, asked.deals)
        boot = bootstrapped(model, sample, columns, legs, asked.draws, rng)
        drawn = Drawn(
            found.on_channel - on_channel * first_v.std_error[0],
            found.on_outcome + t * second_v.std_error[0],
            found.total - total * whole.std_error[0],
            np.resize([one.noise for one in boot], asked.deals),
        )
    else:
        boot = bootstrapped(model, sample, columns, legs, asked.draws, rng)
        rows = [(one.on_channel, one.on_outcome, one.total, one.noise) for one in boot]
        drawn = Drawn(*np.array(rows).T)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = drawn.indirect / drawn.total
    for name, value, each in (
        ("indirect", found.indirect, drawn.indirect),
        ("share", found.share, share),
        ("total", found.total, drawn.total),
        ("direct", found.direct, drawn.total - drawn.indirect),
    ):
        low, high = percentiles(each)
        figures |= {name: value, f"{name}_low": float(low), f"{name}_high": float(high)}
    zero = zero_at(found.on_outcome, found.noise)
    figures |= {"rho_at_zero": zero, "r2_product": zero**2}
    arms = interacted(model, sample, channel, m, drawn, asked[:2], stream) if asked.interaction else None
    return Channel(figures, len(sample.y), analytic, found, drawn, arms)


def _moved(
    model: Regression, sample: Sample, m: FloatArray, deals: int, stream: Stream
) -> tuple[FloatArray, FloatArray]:
    """Return t (deals,) of the policy's effect on the channel ``m`` (n,) and on the outcome under permuted cohorts.

    They are the deals of a regression of the channel on the policy, so that its p is the same wherever it is asked.
    """
    design, nuisance = model.design(sample), model.nuisance(sample).x
    taken = replace(sample, y=m)
    cohorts = dealt(taken, deals, stream)
    return (
        statistics(*redrawn(taken, design, nuisance, cohorts)),
        statistics(*redrawn(sample, design, nuisance, cohorts)),
    )
