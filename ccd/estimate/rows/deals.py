"""Cohorts dealt anew to the regions: who would be treated when, had chance decided otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.resample import permuted
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import spread_all
from ccd.spec import Spec
from ccd.streams import Stream, fingerprint
from ccd.words import Name, P, Text, text

#: The permutation carries the headline with at most so many treated regions, or a cohort below SMALL.
FEW, SMALL = 30, 5
#: Stands for the size of a column that is zero throughout.
TINY = 1e-300


class PermutationSpec(Spec):
    """``permutation = { draws = 4999 }``."""

    draws: int = Field(default=4999, ge=0)
    """Number of permutations; 0 turns the test off."""


def few_treated(sample: Sample) -> bool:
    """Tell whether METHODS 3 makes the permutation the headline: few treated regions, or a tiny cohort."""
    treated = sample.entity_cohort[np.isfinite(sample.entity_cohort)]
    _, sizes = np.unique(treated, return_counts=True)
    return len(treated) <= FEW or int(sizes.min()) < SMALL


def dealt(sample: Sample, draws: int, stream: Stream, strata: IntArray | None = None) -> FloatArray:
    """Return cohorts (draws, N) permuted over the regions, within ``strata`` (N,) of them where there are some.

    Which deals come depends on the seed, the cohorts and the years alone, and on the regions' data for who is who:
    two models that are the same regression are compared with the same deals, whatever they are called. The first
    deals of a long run are those of a short one.
    """
    if strata is None:
        known = np.sort(sample.entity_cohort)
        name = fingerprint(known.tolist(), sample.panel.times)
        return in_space(sample, draws, stream.shared()(f"permutation {name}"))
    order = by_data(sample)
    cohorts = np.empty((draws, len(order)))
    first = np.unique(strata[order], return_index=True)[1]
    for place, stratum in enumerate(strata[order][np.sort(first)]):  # labels move no stratum
        own = order[strata[order] == stratum]
        known = np.sort(sample.entity_cohort[own])
        name = fingerprint(known.tolist(), sample.panel.times, place)
        rng = stream.shared()(f"permutation {name}")
        cohorts[:, own] = known[permuted(np.arange(len(own)), draws, rng)]
    return cohorts


def in_space(sample: Sample, draws: int, rng: np.random.Generator) -> FloatArray:
    """Return cohorts (draws, N) permuted over the regions: cohort sizes and years are kept.

    The sorted cohorts are dealt to the regions in the order of their data (``by_data``).
    """
    cohorts = np.empty((draws, len(sample.entity_cohort)))
    cohorts[:, by_data(sample)] = np.sort(sample.entity_cohort)[
        permuted(np.arange(len(cohorts.T)), draws, rng)
    ]
    return cohorts


def by_data(sample: Sample) -> IntArray:
    """Return the entity codes (N,) in the order of their data: outcome from the first year on, controls, weight.

    Labels, their language and the order of rows move no deal then. Each deal is a uniform permutation whatever
    the order it starts from, so the test stays exact: the order does not look at who is treated, and given the
    outcomes the deals are drawn alike under every true assignment. Values count to nine digits of the largest,
    so that rounding in another order of summation moves nothing.
    """
    weight = np.empty((len(sample.y), 0)) if sample.weight is None else sample.weight[:, None]
    wide = spread_all(sample, np.column_stack([sample.y, sample.x, weight]))
    with np.errstate(invalid="ignore"):
        wide = np.round(wide / np.maximum(np.nanmax(np.abs(wide), axis=(0, 1)), TINY), 9)
    keys = np.where(np.isnan(wide), np.inf, wide).transpose(2, 1, 0).reshape(-1, len(wide))
    return np.asarray(np.lexsort(keys[::-1]))


def ways(cohorts: FloatArray) -> float:
    """Return in how many ways the ``cohorts`` (N,; nan = never) of regions can be dealt to them."""
    from scipy.special import gammaln

    _, sizes = np.unique(cohorts, return_counts=True)
    return float(np.exp(gammaln(len(cohorts) + 1) - gammaln(sizes + 1).sum()))


def led_note(draws: int) -> Text:
    """Return the note of a table whose p-values and intervals are the permutation's."""
    return text(
        "p-values and intervals: studentised permutation of the cohorts ({draws} draws, p in steps of 1/{steps})",
        draws=draws,
        steps=draws + 1,
    )


def lost_rows(rows: Sequence[Text | Name | str]) -> Iterator[Text]:
    """Yield the note on rows that stay analytic, if there are any."""
    if rows:
        yield text("Analytic, since too few permutations identify them: {rows}", rows=tuple(rows))


def leading_note(policy: Text | Name, draws: int, sample: Sample, analytic: float) -> Text:
    """Return the note that the permutation leads, and why; ``analytic`` is the p that stands back."""
    sizes = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)], return_counts=True)[1]
    return text(
        "p-value and interval of {policy}: studentised permutation of the cohorts over the regions ({draws} draws, p "
        "in steps of 1/{steps}), since {treated} regions are treated and the smallest cohort has {smallest} (at most "
        "{few}, or below {small}); the analytic p {analytic}",
        policy=policy,
        draws=draws,
        steps=draws + 1,
        treated=int(sizes.sum()),
        smallest=int(sizes.min()),
        few=FEW,
        small=SMALL,
        analytic=P(analytic),
    )
