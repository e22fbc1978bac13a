"""Design ``base``: every region once, by what it was before anybody is treated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs.labels import entity_labels, some
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.words import Text, names, text


def known_before(panel: Panel, sample: Sample, question: Question) -> tuple[Sample, tuple[Text, ...]]:
    """Return the sample without the regions that lack a matching column before treatment, who are named."""
    means = _means(_before(panel, sample, question), sample)
    known = np.isfinite(means.to_numpy(dtype=np.float64))
    lost = ~known.all(axis=1)
    if not lost.any():
        return sample, ()
    short = [str(c) for c, found in zip(means.columns, known.T, strict=True) if not found.all()]
    note = text(
        "Left out, no value of {columns} before treatment: {entities}",
        columns=names(short),
        entities=some(np.array(sample.panel.entities)[lost]),
    )
    return sample.rows(~lost[sample.entity]), (note,)


def base_design(panel: Panel, sample: Sample, question: Question) -> MatchingDesign:
    """Return one unit a region: means over the years before the first treatment, or the values of ``year``."""
    kept = _before(panel, sample, question)
    means = _means(kept, sample)
    years = kept.index.get_level_values(1)
    if years.min() < years.max():
        notes = [
            text(
                "Regions are matched once, on means over {first} to {last}",
                first=int(years.min()),
                last=int(years.max()),
            )
        ]
        holes = int(kept.isna().to_numpy().sum())
        if holes:
            notes.append(
                text(
                    "{count} missing {count:cell|cells} of matching columns left out of the means",
                    count=holes,
                )
            )
    else:
        notes = [text("Regions are matched once, on their values of {year}", year=int(years.min()))]
    cohort = sample.entity_cohort
    return MatchingDesign(
        entity=np.arange(len(cohort), dtype=np.intp),
        when=cohort,
        treated=np.isfinite(cohort),
        x=means.to_numpy(dtype=np.float64),
        exact=entity_labels(panel, sample, question),
        notes=tuple(notes),
    )


def _before(panel: Panel, sample: Sample, question: Question) -> pd.DataFrame:
    """Return the matching columns in the years before anybody is treated, or in the year asked for."""
    kept = panel.frame[list(question.match_on)].loc[list(sample.panel.entities)]
    years = kept.index.get_level_values(1)
    return kept[years == question.year if question.year is not None else years < np.nanmin(sample.cohort)]


def _means(kept: pd.DataFrame, sample: Sample) -> pd.DataFrame:
    return kept.groupby(level=0, sort=True).mean().reindex(list(sample.panel.entities))
