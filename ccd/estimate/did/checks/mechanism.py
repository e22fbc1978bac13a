"""Mechanism: the effect on a channel, what the channel carries to the outcome, and what that does not prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.draws import redrawn
from ccd.estimate.did.effects import Finding, Regression, statistics
from ccd.estimate.linear.cluster_draws import cluster_draws
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.ols import least_squares
from ccd.estimate.linear.studentised import LEAST, studentised
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.sample import Sample
from ccd.progress import told
from ccd.results import Mechanism, Part
from ccd.streams import Stream
from ccd.words import Name, text

#: Draws whose Gram matrices are held at once.
CHUNK = 100


@dataclass(frozen=True)
class Paths:
    """Effect of the policy on the channel, of the channel on the outcome beside it, and in total."""

    on_channel: float
    on_outcome: float
    total: float

    @property
    def indirect(self) -> float:
        """Return what runs through the channel: the product of the two legs."""
        return self.on_channel * self.on_outcome

    @property
    def share(self) -> float:
        """Return the indirect part of the total effect; nan when there is none."""
        return self.indirect / self.total if self.total else float("nan")


def paths(y: FloatArray, d: FloatArray, m: FloatArray, x: FloatArray, design: AbsorbingDesign) -> Paths:
    """Return the three legs by least squares after the fixed effects; y, d, m are (n,), x is (n, k).

    On one sample total = direct + indirect exactly (Baron & Kenny 1986).
    """
    swept = design.residualise(np.column_stack([y, d, m, x]))
    y_, d_, m_, x_ = swept[:, 0], swept[:, 1:2], swept[:, 2:3], swept[:, 3:]
    first = np.column_stack([d_, x_])
    a = least_squares(m_[:, 0], first, design.weight).beta[0]
    c = least_squares(y_, first, design.weight).beta[0]
    b = least_squares(y_, np.column_stack([m_, d_, x_]), design.weight).beta[0]
    return Paths(float(a), float(b), float(c))


def mechanism(
    model: Regression, sample: Sample, channels: Sequence[str], draws: int, deals: int, stream: Stream
) -> Finding:
    """Return the part ``mechanism``: one row a channel, intervals of the indirect effect and its share.

    They are percentiles of cluster bootstrap draws; with ``deals`` products of draws of both legs, the policy's from
    permuted cohorts, whose p-value leads the first leg.
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
        asked = (draws, deals)
        rows.append(_channel(model, sample.rows(seen), channel, values[seen], asked, stream))
    permuted = deals >= LEAST
    if permuted:
        notes.append(
            text(
                "Policy on channel: p-values by studentised permutation of the cohorts ({draws} draws, p in steps of "
                "1/{steps}); channel on outcome: analytic, since no policy is in question; intervals of the indirect "
                "effect and its share: percentiles of products of draws of both legs (MacKinnon, Lockwood & Williams "
                "2004)",
                draws=deals,
                steps=deals + 1,
            )
        )
    else:
        notes.append(
            text(
                "Intervals of the indirect effect and its share: {draws} cluster bootstrap draws, percentiles",
                draws=draws,
            )
        )
    notes += [
        text(
            "A channel that moves with the policy and with the outcome does not prove mediation: it is an outcome "
            "of the policy itself, and whatever else drives both channel and outcome biases what it seems to carry"
        ),
    ]
    figures = np.array([row.figures for row in rows]).T
    value = Mechanism(
        channel=tuple(channels),
        effect=figures[0],
        effect_std_error=figures[1],
        effect_p_value=figures[2],
        on_outcome=figures[3],
        on_outcome_std_error=figures[4],
        on_outcome_p_value=figures[5],
        indirect=figures[6],
        indirect_low=figures[7],
        indirect_high=figures[8],
        share=figures[9],
        share_low=figures[10],
        share_high=figures[11],
        total=figures[12],
        nobs=np.array([row.nobs for row in rows]),
        effect_p_analytic=np.array([row.analytic for row in rows]) if permuted else None,
    )
    return Finding((Part(value, notes=tuple(notes)),), {"mechanism": value.facts()})


class Channel(NamedTuple):
    """One channel: its ``figures`` in the order of the columns of ``Mechanism``, its rows, the analytic first p."""

    figures: tuple[float, ...]
    nobs: int
    analytic: float


def _channel(
    model: Regression, sample: Sample, channel: str, m: FloatArray, asked: tuple[int, int], stream: Stream
) -> Channel:
    """Return one channel by ``asked`` = bootstrap draws, permutations (0: they do not lead)."""
    design, nuisance = model.design(sample), model.nuisance(sample)
    d = sample.treated.astype(float)
    first, first_v = design.regress(m, np.column_stack([d, nuisance.x]), [model.policy, *nuisance.labels])
    labels = [channel, model.policy, *nuisance.labels]
    second, second_v = design.regress(sample.y, np.column_stack([m, d, nuisance.x]), labels)
    found = paths(sample.y, d, m, nuisance.x, design)
    draws, deals = asked
    rng = stream(f"mechanism {channel}")
    figures: list[float] = []
    for fit, vcov in ((first, first_v), (second, second_v)):
        leg = infer(fit.beta[:1], vcov.std_error[:1], vcov.df)
        figures += [float(leg.estimate[0]), float(leg.std_error[0]), float(leg.p_value[0])]
    analytic = figures[2]
    if deals >= LEAST:
        on_channel, total = _moved(model, sample, m, deals, stream)
        figures[2] = float(studentised(first.beta[:1], first_v.std_error[:1], on_channel[:, None]).p_value[0])
        a = figures[0] - on_channel * figures[1]
        names = [model.policy, *nuisance.labels]
        _, whole = design.regress(sample.y, np.column_stack([d, nuisance.x]), names)
        c = found.total - total * whole.std_error[0]
        t = rng.standard_normal(deals) if np.isinf(second_v.df) else rng.standard_t(second_v.df, deals)
        indirect = a * (figures[3] + t * figures[4])
        with np.errstate(divide="ignore", invalid="ignore"):
            share = indirect / c
    else:
        drawn = bootstrap_paths(model, sample, m, draws, rng)
        indirect = np.array([draw.indirect for draw in drawn])
        share = np.array([draw.share for draw in drawn])
    for value, each in ((found.indirect, indirect), (found.share, share)):
        low, high = np.nanquantile(each, [0.025, 0.975])
        figures += [value, float(low), float(high)]
    return Channel((*figures, found.total), len(sample.y), analytic)


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


def bootstrap_paths(
    model: Regression, sample: Sample, m: FloatArray, draws: int, rng: np.random.Generator
) -> list[Paths]:
    """Return the legs in each of ``draws`` draws of whole clusters; a cluster drawn k times has weight k.

    Raises EstimationError when no draw identifies them.
    """
    cluster = sample.clusters[0]
    size = int(cluster.max()) + 1
    nuisance = model.nuisance(sample).x
    d = sample.treated.astype(float)
    treated = np.bincount(cluster, d, size) > 0
    times = np.array([np.bincount(rng.integers(0, size, size), minlength=size) for _ in range(draws)], float)
    times = times[(times[:, treated] > 0).any(axis=1)]
    moments = cluster_draws(model.design(sample), np.column_stack([sample.y, d, m, nuisance]), cluster)
    found: list[Paths] = []
    for start in told(range(0, len(times), CHUNK), "draws", len(times), CHUNK):
        chunk = times[start : start + CHUNK]
        gram, exact = (
            (np.empty(0), np.zeros(len(chunk), dtype=bool)) if moments is None else moments.gram(chunk)
        )
        for b, own in enumerate(chunk):
            drawn = _solved(gram[b]) if exact[b] else _alone(model, sample, own[cluster], d, m, nuisance)
            found += [] if drawn is None else [drawn]
    if not found:
        raise EstimationError(
            text("no bootstrap draw of clusters identifies the channel"),
            where="mechanism",
            fix=text("take a channel that varies within regions, or cluster by a column of more values"),
        )
    return found


def _solved(gram: FloatArray) -> Paths:
    """Return the legs from the Gram matrix (q, q) of y, d, m, x."""
    first, second = [1, *range(3, len(gram))], [2, 1, *range(3, len(gram))]
    a, c = np.linalg.solve(gram[np.ix_(first, first)], gram[np.ix_(first, [2, 0])])[0]
    b = np.linalg.solve(gram[np.ix_(second, second)], gram[second, 0])[0]
    return Paths(float(a), float(b), float(c))


def _alone(
    model: Regression, sample: Sample, times: FloatArray, d: FloatArray, m: FloatArray, x: FloatArray
) -> Paths | None:
    """Return the legs when row i counts ``times`` (n,) times, by a fit of its own; None where it has not full rank."""
    keep = times > 0
    own = np.ones(len(m)) if sample.weight is None else sample.weight
    part = replace(sample.rows(keep), weight=(own * times)[keep])
    design = model.design(part)
    if not _full_rank(design, d[keep], m[keep], x[keep]):
        return None
    return paths(part.y, d[keep], m[keep], x[keep], design)


def _full_rank(design: AbsorbingDesign, d: FloatArray, m: FloatArray, x: FloatArray) -> bool:
    swept = design.residualise(np.column_stack([d, m, x]))
    return bool(
        np.linalg.matrix_rank(swept / np.maximum(np.linalg.norm(swept, axis=0), 1e-300)) == swept.shape[1]
    )
