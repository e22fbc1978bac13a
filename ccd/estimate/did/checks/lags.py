"""The policy taken to begin some years later than it did: how soon does it work?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding, Refit, infer_each
from ccd.estimate.rows.sample import Sample
from ccd.results import Comparison, Part
from ccd.streams import Stream
from ccd.words import Text, text


def lags(model: Refit, sample: Sample, years: tuple[int, ...], stream: Stream) -> Finding:
    """Return the part ``lags``: the effect when the policy is taken to begin k years after its year."""
    found: list[tuple[Text, Effect, int]] = []
    notes: list[Text] = []
    for k in years:
        try:
            moved = _moved(sample, k)
            effect = model.effect(moved, stream)
        except EstimationError as error:
            notes.append(
                text(
                    "No effect with the policy {years} {years:year|years} later: {why}",
                    years=k,
                    why=error.what,
                )
            )
            continue
        label = text("policy {years} {years:year|years} later", years=k) if k else text("policy in its year")
        found.append((label, effect, len(moved.y)))
    if not found:
        return Finding(notes=tuple(notes), failed=tuple(notes))
    notes.append(text("The years between the policy and its lagged start count as untreated"))
    each = infer_each([effect for _, effect, _ in found])
    value = Comparison(
        label=tuple(label for label, _, _ in found),
        estimate=each.estimate,
        std_error=each.std_error,
        p_value=each.p_value,
        conf_low=each.conf_low,
        conf_high=each.conf_high,
        nobs=np.array([n for _, _, n in found]),
        title=text("Effect when the policy is lagged"),
        about={"lags": list(years)},
    )
    return Finding((Part(value, "lags", tuple(notes)),))


def _moved(sample: Sample, years: int) -> Sample:
    later = sample.cohort + years
    later = np.where(later > sample.panel.times[-1], np.nan, later)
    if not np.isfinite(later).any():
        raise EstimationError(
            "no region is treated by then", where="lags", fix="take fewer years, or a longer panel"
        )
    return replace(sample, cohort=later)
