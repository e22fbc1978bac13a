"""One view per result shape: its table, figure and sentences."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.report.views import comparison, density, event_study, placebo, summary, terms, weights
from ccd.report.views.base import View

#: Shape -> how it is shown; a shape that is not here is written as csv only.
VIEWS: Mapping[str, View] = {
    "terms": terms.VIEW,
    "comparison": comparison.VIEW,
    "density": density.VIEW,
    "summary": summary.VIEW,
    "weights": weights.VIEW,
    "event_study": event_study.VIEW,
    "placebo": placebo.VIEW,
}
