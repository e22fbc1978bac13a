"""The policy taken to begin some years later than it did: how soon does it work?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding, Refit, infer_each, statistics
from ccd.estimate.linear.studentised import LEAST, followed
from ccd.estimate.rows.deals import dealt, led_note, lost_rows
from ccd.estimate.rows.sample import Sample
from ccd.results import Comparison, Part
from ccd.streams import Stream
from ccd.words import Text, text


def lags(model: Refit, sample: Sample, years: tuple[int, ...], deals: int, stream: Stream) -> Finding:
    """Return the part ``lags``: the effect when the policy is taken to begin k years after its year.

    With ``deals`` the p-values and intervals are those of so many permutations of the moved cohorts.
    """
    found: list[tuple[Text, Effect, int]] = []
    drawn: list[FloatArray] = []
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
                    why=error.said[0],
                )
            )
            continue
        label = text("policy {years} {years:year|years} later", years=k) if k else text("policy in its year")
        found.append((label, effect, len(moved.y)))
        if deals >= LEAST:
            cohorts = dealt(moved, deals, stream, model.strata(moved))
            drawn.append(statistics(*model.reassigned(moved, cohorts, stream)))
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
    if drawn:
        value, known = followed(value, np.column_stack(drawn))
        lost = [label for label, one in zip(value.label, known, strict=True) if not one]
        notes += [led_note(deals), *lost_rows(lost)]
    return Finding((Part(value, "lags", tuple(notes)),))


def _moved(sample: Sample, years: int) -> Sample:
    later = sample.cohort + years
    later = np.where(later > sample.panel.times[-1], np.nan, later)
    if not np.isfinite(later).any():
        raise EstimationError(
            text("no region is treated by then"),
            where="lags",
            fix=text("take fewer years, or a longer panel"),
        )
    return replace(sample, cohort=later)
