"""How strongly a policy works in each region: read from a column, and dealt anew together with the cohorts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zlib import crc32

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.rows.deals import by_data, few_treated
from ccd.estimate.rows.sample import Sample
from ccd.streams import Stream
from ccd.words import Name, Text, names, text


def with_doses(sample: Sample, column: str, where: Words, *, positive: bool) -> Sample:
    """Return the sample with the dose of each region that is ever treated, one value over the years.

    ``positive``: a treated region of dose 0 is refused. Raises EstimationError where a treated region has none, one
    below 0 or several, and where all have the same.
    """
    values = sample.panel.column(column)
    doses = np.zeros(len(sample.panel.entities))
    held: dict[str, list[str]] = {"missing": [], "several": [], "negative": [], "zero": []}
    for i in np.flatnonzero(np.isfinite(sample.entity_cohort)):
        own = values[sample.entity == i]
        own = own[np.isfinite(own)]
        region = sample.panel.entities[i]
        if not len(own):
            held["missing"].append(region)
        elif (own != own[0]).any():
            held["several"].append(region)
        elif own[0] < 0:
            held["negative"].append(region)
        elif own[0] == 0 and positive:
            held["zero"].append(region)
        else:
            doses[i] = own[0]
    said = {
        "missing": (
            text("the intensity '{column}' is missing in treated regions", column=column),
            text("fill it in, or drop them"),
        ),
        "several": (
            text("the intensity '{column}' changes over the years", column=column),
            text("a column with one value a region, such as that of the first year"),
        ),
        "negative": (
            text("the intensity '{column}' is negative", column=column),
            text("an intensity is 0 or more"),
        ),
        "zero": (
            text("the intensity '{column}' is 0 in treated regions", column=column),
            text("leave their year of treatment blank, so that they count as never treated, or drop them"),
        ),
    }
    for fault, regions in held.items():
        if regions:
            what, fix = said[fault]
            raise EstimationError(
                what, where=text("{where}, {regions}", where=where, regions=names(regions)), fix=fix
            )
    if np.ptp(doses[np.isfinite(sample.entity_cohort)]) == 0:
        raise EstimationError(
            text("the intensity '{column}' is the same in every treated region", column=column),
            where=where,
            fix=text("leave intensity out: the policy is on or off"),
        )
    return replace(sample, dose=doses[sample.entity])


def dealt_doses(
    sample: Sample, cohorts: FloatArray, stream: Stream, strata: IntArray | None = None
) -> FloatArray:
    """Return the doses (R, N) that go with each row of dealt ``cohorts`` (R, N); 0 where never treated.

    The doses of a cohort are dealt at random to the regions that drew it, within ``strata`` (N,) where there are
    some, so that cohort and dose stay together; where a draw has other cohorts than the sample (dates drawn anew),
    all doses to all its treated regions. nan where a draw treats another number of regions.
    """
    order = by_data(sample)
    drawn = np.ascontiguousarray(cohorts[:, order])
    groups = np.zeros(len(order), dtype=np.intp) if strata is None else strata[order]
    own, dose = sample.entity_cohort[order], sample.entity_dose[order]
    rng = stream.shared()(f"doses {crc32(drawn.tobytes()):08x}")
    keys, rows = rng.random(drawn.shape), np.arange(len(drawn))[:, None]
    found = np.where(np.isfinite(drawn), np.nan, 0.0)
    kept = np.ones(len(drawn), dtype=bool)
    cells = [(s, g) for s in np.unique(groups) for g in np.unique(own[np.isfinite(own) & (groups == s)])]
    for s, g in cells:
        kept &= ((drawn == g) & (groups == s)).sum(axis=1) == ((own == g) & (groups == s)).sum()
    kept &= np.isfinite(drawn).sum(axis=1) == np.isfinite(own).sum()
    for s, g in cells:
        pool = np.sort(dose[(own == g) & (groups == s)])
        member = (drawn == g) & (groups == s) & kept[:, None]
        at = np.argsort(np.where(member, keys, np.inf), axis=1)[:, : len(pool)]
        found[rows[kept], at[kept]] = pool
    pool = np.sort(dose[np.isfinite(own)])
    others = ~kept & (np.isfinite(drawn).sum(axis=1) == len(pool))
    at = np.argsort(np.where(np.isfinite(drawn), keys, np.inf), axis=1)[:, : len(pool)]
    found[rows[others], at[others]] = pool
    dealt = np.empty_like(found)
    dealt[:, order] = found
    return dealt


def redealt(
    sample: Sample, cohorts: FloatArray, stream: Stream, strata: IntArray | None = None
) -> Iterator[Sample]:
    """Yield the sample under each row of ``cohorts`` (R, N), doses dealt with them where the sample has doses."""
    if sample.dose is None:
        for cohort in cohorts:
            yield replace(sample, cohort=cohort[sample.entity])
        return
    for cohort, dose in zip(cohorts, dealt_doses(sample, cohorts, stream, strata), strict=True):
        yield replace(sample, cohort=cohort[sample.entity], dose=dose[sample.entity])


def dealing_notes(sample: Sample, column: str) -> list[Text]:
    """Return the note that few treated regions have their doses permuted with the cohorts; else nothing."""
    if not few_treated(sample):
        return []
    return [text("A permutation deals {column} together with the cohorts", column=Name(column))]
