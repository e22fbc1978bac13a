"""Moderator: an effect that varies with a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.inference import inference
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from ccd.estimate.did.twfe import Twfe

PERCENTILES = (10, 25, 50, 75, 90)


def moderator(model: Twfe, sample: Sample) -> Finding:
    """Return the parts ``moderator`` (policy, moderator, product) and ``margins`` (effect along the moderator).

    The moderator is centred at its mean, so the policy's term is the effect there. Its own term drops out
    where it does not vary within regions beyond the year effects.
    """
    column = model.moderator
    values = sample.panel.column(column)
    seen = np.isfinite(values)
    sample, values = sample.rows(seen), values[seen]
    notes: list[Text] = []
    if not seen.all():
        count = int((~seen).sum())
        notes.append(text("{column}: {count} rows without it left out", column=Name(column), count=count))
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
    product = f"{model.policy} x {column}"
    names = [model.policy, product, *([column] if alone else []), *nuisance.labels]
    fit, vcov = design.regress(sample.y, np.column_stack([d, d * centred, *alone, nuisance.x]), names)
    k = 2 + len(alone)
    table = inference(names[:k], fit.beta[:k], vcov.std_error[:k], vcov.df)
    p_value = float(table["p_value"].iloc[1])
    facts = {"moderator": column, "mean": float(values.mean()), "p_value": p_value}
    parts = (
        loose("moderator", table, facts=facts, notes=tuple(notes)),
        loose("margins", margins(values, fit.beta[:2], vcov), facts={"moderator": column}),
    )
    return Finding(parts, {"moderator": facts}, {"moderator": p_value})


def margins(values: FloatArray, beta: FloatArray, vcov: Vcov) -> pd.DataFrame:
    """Return the effect at percentiles of the moderator's ``values`` (n,), from policy and product ``beta`` (2,)."""
    at = np.quantile(values, np.array(PERCENTILES) / 100)
    rows = np.column_stack([np.ones(len(at)), at - values.mean()])
    error = np.sqrt(np.einsum("ij,jk,ik->i", rows, vcov.matrix[:2, :2], rows))
    frame = inference(PERCENTILES, rows @ beta, error, vcov.df).rename(columns={"term": "percentile"})
    frame.insert(0, "at", at)
    return frame
