"""Effects on channels and on the outcome side by side, where dates are staggered and no product is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ccd.estimate.did.checks.mechanism import NOT_RANDOMISED
from ccd.estimate.did.effects import Finding, Refit, infer_each, permuted_each, statistics
from ccd.estimate.linear.studentised import LEAST
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.sample import Sample
from ccd.results import ChannelEffects, Part
from ccd.streams import Stream
from ccd.words import Name, Text, text


def channels(
    model: Refit, sample: Sample, outcome: str, names: Sequence[str], deals: int, stream: Stream
) -> Finding:
    """Return the part ``channel_effects``: the policy's effect on each channel, and on the outcome, by this estimator.

    With ``deals`` the p-values and intervals are those of permuted cohorts, the same as of a model of that outcome.
    """
    notes: list[Text] = []
    taken = []
    for name in (*names, outcome):
        values = sample.y if name == outcome else sample.panel.column(name)
        seen = np.isfinite(values)
        if not seen.all():
            count = int((~seen).sum())
            notes.append(
                text("{column}: {count} {count:row|rows} without it left out", column=Name(name), count=count)
            )
        taken.append(replace(sample, y=values).rows(seen))
    effects = [model.effect(one, stream) for one in taken]
    drawn = []
    if deals >= LEAST:
        for one in taken:
            drawn.append(statistics(*model.reassigned(one, dealt(one, deals, stream), stream)))
    found, analytic, _ = permuted_each(infer_each(effects), drawn)
    if analytic is not None:
        notes.append(
            text(
                "p-values and intervals: studentised permutation of the cohorts ({draws} draws, p in steps of "
                "1/{steps})",
                draws=deals,
                steps=deals + 1,
            )
        )
    notes += [
        text(
            "No product of the two: with dates that differ, the product of mean effects is not the mean of products"
        ),
        NOT_RANDOMISED,
    ]
    value = ChannelEffects(
        (*names, outcome),
        **found._asdict(),
        nobs=np.array([len(one.y) for one in taken]),
        p_analytic=analytic,
    )
    return Finding((Part(value, notes=tuple(notes)),))
