"""The thresholds that ccd found, as numbers of a script."""

from __future__ import annotations

from ccd.export.job import Job
from ccd.results import Regime


def bounds(job: Job) -> list[float]:
    """Return the thresholds of the model in ascending order; none where it has none, or could not be estimated."""
    if job.estimate is None:
        return []
    for term in job.estimate.terms.term:
        if isinstance(term, Regime):
            return sorted(float(cut) for cut in term.split.thresholds)
    return []
