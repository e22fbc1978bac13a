"""The policy taken to begin some years later than it did: how soon does it work?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.errors import EstimationError
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.inference import inference
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.streams import Stream
from ccd.words import text

if TYPE_CHECKING:
    from ccd.estimate.did.spec import DidSpec


def lags(model: DidSpec, sample: Sample, years: tuple[int, ...], stream: Stream) -> Finding:
    """Return the part ``lags``: the effect when the policy is taken to begin k years after its year."""
    frames, notes = [], []
    for k in years:
        try:
            moved = _moved(sample, k)
            effect = model.effect(moved, stream)
        except EstimationError as error:
            notes.append(
                text("No effect with the policy {years} years later: {why}", years=k, why=error.what)
            )
            continue
        row = inference([k], np.array([effect.estimate]), np.array([effect.std_error]), effect.df)
        row.insert(
            0, "label", [text("policy {years} years later", years=k) if k else text("policy in its year")]
        )
        frames.append(row.assign(nobs=len(moved.y)))
    if not frames:
        return Finding(notes=tuple(notes))
    notes.append(text("The years between the policy and its lagged start count as untreated"))
    columns = ["label", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"]
    frame = pd.concat(frames, ignore_index=True)[columns]
    facts = {"title": text("Effect when the policy is lagged"), "lags": list(years)}
    return Finding((loose("comparison", frame, "lags", facts, tuple(notes)),))


def _moved(sample: Sample, years: int) -> Sample:
    later = sample.cohort + years
    later = np.where(later > sample.panel.times[-1], np.nan, later)
    if not np.isfinite(later).any():
        raise EstimationError(
            "no region is treated by then", where="lags", fix="take fewer years, or a longer panel"
        )
    return replace(sample, cohort=later)
