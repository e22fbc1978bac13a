"""Groups of regions by a column: by its values, or by halves where it is a measure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ccd.errors import EstimationError, Words
from ccd.estimate.rows.sample import Sample
from ccd.words import Name, Text, text

#: A numeric column with more distinct values than this is a measure and is cut at its median.
VALUES = 6


def region_groups(
    sample: Sample, column: str, where: Words
) -> tuple[NDArray[np.object_], dict[str, Text | Name], list[Text]]:
    """Return each row's group (n,), group -> label in a fixed order, and notes.

    A region belongs to the group of its first year throughout. A measure is cut at the median over regions
    of that first value: ``low`` is at most the median. Raises EstimationError with fewer than two groups.
    """
    values = sample.panel.group(column)
    first = values.groupby(sample.entity, sort=True).first()
    notes = []
    varies = int((values.groupby(sample.entity).nunique() > 1).sum())
    labels: dict[str, Text | Name]
    if pd.api.types.is_numeric_dtype(values) and first.nunique() > VALUES:
        median = float(first.median())
        own = np.where(first.to_numpy() <= median, "low", "high").astype(object)
        labels = {
            "low": text("{column} at most {median:.4g}", column=Name(column), median=median),
            "high": text("{column} above {median:.4g}", column=Name(column), median=median),
        }
    else:
        own = np.array([_plain(value) for value in first], dtype=object)
        labels = {str(key): Name(key) for key in sorted(set(own))}
    if varies:
        notes.append(
            text(
                "{column} varies within {count} {count:region|regions}: each stands in the group of its "
                "first year",
                column=Name(column),
                count=varies,
            )
        )
    labels = {key: label for key, label in labels.items() if key in set(own)}
    if len(labels) < 2:
        raise EstimationError(
            text("'{column}' has one value in all regions, so there are no groups to compare", column=column),
            where=where,
            fix=text("name a column that tells regions apart"),
        )
    return own[sample.entity], labels, notes


def _plain(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
