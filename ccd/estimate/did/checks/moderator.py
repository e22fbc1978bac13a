"""Moderator: an effect that varies with a column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.draws import columns_redrawn
from ccd.estimate.did.effects import Finding, Regression
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.studentised import LEAST, followed, ratios
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.sample import Sample
from ccd.results import Margins, Moderator, Named, Part, Product, Term
from ccd.streams import Stream
from ccd.words import Name, Text, text

PERCENTILES = (10, 25, 50, 75, 90)


def moderator(model: Regression, sample: Sample, column: str, deals: int, stream: Stream) -> Finding:
    """Return the parts ``moderator`` (policy, moderator, product) and ``margins`` (effect along the moderator).

    The moderator is centred at its mean, so the policy's term is the effect there. Its own term drops out
    where it does not vary within regions beyond the year effects. With ``deals`` the p-values and intervals of policy,
    product and margins are those of permuted cohorts, the moderator staying with its region.
    """
    values = sample.panel.column(column)
    seen = np.isfinite(values)
    sample, values = sample.rows(seen), values[seen]
    notes: list[Text] = []
    if not seen.all():
        count = int((~seen).sum())
        notes.append(
            text("{column}: {count} {count:row|rows} without it left out", column=Name(column), count=count)
        )
    design, nuisance = model.design(sample), model.nuisance(sample)
    d, centred = sample.treated.astype(float), values - values.mean()
    fixed = bool(
        np.abs(design.residualise(centred[:, None])).max() <= 1e-9 * max(np.abs(centred).max(), 1e-300)
    )
    inside = column in nuisance.labels
    if fixed:
        notes.append(
            text("{column} does not vary within regions: its own term drops out", column=Name(column))
        )
    else:
        notes.append(
            text(
                "{column} varies over time: where the policy moves it, the product mixes both",
                column=Name(column),
            )
        )
    alone = [] if fixed or inside else [centred]
    policy = Named(model.policy)
    terms: list[Term] = [policy, Product(policy, Named(column)), *([Named(column)] if alone else [])]
    x = np.column_stack([d, d * centred, *alone, nuisance.x])
    fit, vcov = design.regress(sample.y, x, [*map(str, terms), *nuisance.labels])
    k = len(terms)
    found = infer(fit.beta[:k], vcov.std_error[:k], vcov.df)
    mean, p_value = float(values.mean()), float(found.p_value[1])
    value = Moderator(tuple(terms), *found, moderator=column, mean=mean, product_p=p_value)
    along = margins(column, values, fit.beta[:2], vcov)
    if deals >= LEAST:
        beside = np.column_stack([*alone, nuisance.x]) if alone else nuisance.x
        beta, matrix = columns_redrawn(
            sample,
            design,
            beside,
            lambda d: np.stack([d, d * centred[:, None]], axis=2),
            dealt(sample, deals, stream),
        )
        drawn = np.full((deals, k), np.nan)
        drawn[:, :2] = ratios(beta, matrix)
        value, known = followed(value, drawn)
        value = replace(value, product_p=float(value.p_value[1]))
        rows = _rows(along.at, mean)
        along, _ = followed(along, ratios(beta @ rows.T, rows @ matrix @ rows.T))
        if known[:2].all():
            notes.append(
                text(
                    "p-values and intervals of {policy}, of the product and along the moderator: studentised "
                    "permutation of the cohorts ({draws} draws, p in steps of 1/{steps})",
                    policy=Name(model.policy),
                    draws=deals,
                    steps=deals + 1,
                )
            )
    parts = (Part(value, notes=tuple(notes)), Part(along))
    return Finding(parts, {"moderator": value.scalars()}, {"moderator": value.product_p})


def margins(column: str, values: FloatArray, beta: FloatArray, vcov: Vcov) -> Margins:
    """Return the effect at percentiles of ``column``'s ``values`` (n,), from policy and product ``beta`` (2,)."""
    at = np.quantile(values, np.array(PERCENTILES) / 100)
    rows = _rows(at, float(values.mean()))
    error = np.sqrt(np.einsum("ij,jk,ik->i", rows, vcov.matrix[:2, :2], rows))
    found = infer(rows @ beta, error, vcov.df)
    return Margins(at, np.array(PERCENTILES), **found._asdict(), moderator=column)


def _rows(at: FloatArray, mean: float) -> FloatArray:
    """Return the weights (m, 2) of policy and product in the effect at values (m,) of the moderator."""
    return np.column_stack([np.ones(len(at)), at - mean])
