"""What several estimators have to say of cohorts and cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ccd.estimate.rows.sample import Sample
from ccd.words import Text, names, text

#: Cells that a note lists before it breaks off.
LISTED = 8


def lone_cohorts(sample: Sample) -> list[Text]:
    """Return a warning that names the cohorts of a single region: their own noise is in no analytic error."""
    cohorts, count = np.unique(sample.entity_cohort[np.isfinite(sample.entity_cohort)], return_counts=True)
    lone = cohorts[count == 1].astype(int)
    if not len(lone):
        return []
    return [
        text(
            "Cohorts of one region ({cohorts}): analytic errors by cohort, year or event time are too small",
            cohorts=names(map(str, lone)),
        )
    ]


def cohorts_without_base(lost: Iterable[float]) -> Text:
    """Return the note on cohorts that left because they have no year before treatment."""
    return text(
        "Cohorts without a year before treatment, left out: {cohorts}",
        cohorts=names(str(int(g)) for g in lost),
    )


def cells_without_control(cells: Sequence[tuple[int, int]]) -> list[Text]:
    """Return the note on cells (cohort, year) that left because no region is untreated in them."""
    if not cells:
        return []
    return [
        text(
            "{count} {count:cell|cells} (cohort/year) left out, no region is untreated: {cells}{more}",
            count=len(cells),
            cells=tuple(f"{g}/{t}" for g, t in cells[:LISTED]),
            more=", ..." if len(cells) > LISTED else "",
        )
    ]


def measured_after(controls: Sequence[str], sample: Sample) -> list[Text]:
    """Return the warning of controls that are measured in treated region-years too."""
    if not controls or not sample.treated.any():
        return []
    return [
        text(
            "Possibly bad controls, measured after treatment too: {controls}",
            controls=names(controls),
        )
    ]
