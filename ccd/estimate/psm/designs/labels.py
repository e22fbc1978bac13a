"""The labels of the exact column, and the names in notes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ccd.errors import EstimationError
from ccd.estimate.psm.design import Question
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.words import Name, names, text

#: Regions that a note names.
LISTED = 12


def some(entities: Sequence[str] | np.ndarray) -> tuple[Name | str, ...]:
    """Return the first entities as names, with dots after them when there are more."""
    listed: tuple[Name | str, ...] = names(entities[:LISTED])
    return (*listed, "...") if len(entities) > LISTED else listed


def entity_labels(panel: Panel, sample: Sample, question: Question) -> tuple[str, ...]:
    """Return the exact column of each region (N), empty without one. Raises EstimationError when it changes."""
    exact = question.exact
    if not exact:
        return ()
    labels = panel.group(exact).groupby(level=0, sort=True)
    if (labels.nunique(dropna=False).loc[list(sample.panel.entities)] > 1).any():
        raise EstimationError(
            text("'{column}' changes over the years within a region", column=exact),
            where=text("{where}, {key}", where=question.where, key="exact"),
            fix=text("match exactly within a column that is constant in each region"),
        )
    return _filled(labels.first().loc[list(sample.panel.entities)], question)


def row_labels(sample: Sample, question: Question) -> tuple[str, ...]:
    """Return the exact column of each region-year (n), empty without one."""
    return _filled(sample.panel.group(question.exact), question) if question.exact else ()


def _filled(found: pd.Series, question: Question) -> tuple[str, ...]:
    empty = found.isna() | (found.astype(str).str.strip() == "")
    if empty.any():
        raise EstimationError(
            text("'{column}' is missing for {region}", column=question.exact, region=found.index[empty][0]),
            where=text("{where}, {key}", where=question.where, key="exact"),
            fix=text("fill it in, or exclude the region under [data]"),
        )
    return tuple(found.astype(str))
