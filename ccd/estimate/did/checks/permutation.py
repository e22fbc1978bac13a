"""Studentised permutation of the cohorts over the regions: an honest p with few treated regions."""

from __future__ import annotations

import numpy as np

from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding, Refit, statistics
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.rows.deals import dealt
from ccd.estimate.rows.sample import Sample
from ccd.results import Part, Permutation
from ccd.split import in_blocks
from ccd.streams import Stream
from ccd.words import text

LEVEL = 0.95


def permutation(model: Refit, sample: Sample, draws: int, effect: Effect, stream: Stream) -> Finding:
    """Return the part ``permutation`` and its p = (1 + #{|t*| >= |t|}) / (B + 1), with the interval it implies.

    Raises EstimationError when no permutation identifies an effect.
    """
    cohorts = dealt(sample, draws, stream, model.strata(sample))
    make = lambda rows: model.reassigned_terms(sample, cohorts[rows], stream)  # noqa: E731
    estimates, errors = in_blocks(make, draws, model.block(sample), "terms", sample.y, cohorts)
    every = statistics(estimates, errors)
    estimate, error, drawn = estimates[:, 0], errors[:, 0], every[:, 0]
    kept = drawn[np.isfinite(drawn)]
    if not len(kept):
        raise EstimationError(
            text("no permutation identifies an effect"),
            where=text("model '{name}', {key}", name=model.name, key="permutation"),
            fix=text("turn the permutation off: draws = 0"),
        )
    notes = []
    if len(kept) < draws:
        lost = draws - len(kept)
        notes.append(
            text(
                "{count} {count:permutation does|permutations do} not identify an effect and "
                "{count:is|are} left out",
                count=lost,
            )
        )
    t, critical = effect.estimate / effect.std_error, critical_value(kept, LEVEL)
    value = Permutation(
        draw=np.arange(1, draws + 1),
        estimate=estimate,
        std_error=error,
        drawn=drawn,
        observed=t,
        p_value=p_value(t, kept),
        draws=len(kept),
        critical=critical,
        conf_low=effect.estimate - critical * effect.std_error,
        conf_high=effect.estimate + critical * effect.std_error,
        beside=every[:, 1:] if every.shape[1] > 1 else None,
    )
    tested = {"permutation": value.p_value}
    return Finding((Part(value),), {"permutation": value.scalars()}, tested, tuple(notes))
