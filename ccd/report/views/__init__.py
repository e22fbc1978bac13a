"""One view per result shape: its table, figure and sentences."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.report.views import (
    balance,
    by_group,
    by_year,
    cells,
    changes,
    common_support,
    comparison,
    coupling,
    density,
    event_study,
    grades,
    matches,
    obstacles,
    placebo,
    propensity,
    ranking,
    score_density,
    summary,
    terms,
    weights,
    weights_before,
)
from ccd.report.views.base import View

#: Shape -> how it is shown; a shape that is not here is written as csv only.
VIEWS: Mapping[str, View] = {
    "terms": terms.VIEW,
    "comparison": comparison.VIEW,
    "density": density.VIEW,
    "summary": summary.VIEW,
    "by_year": by_year.VIEW,
    "by_group": by_group.VIEW,
    "ranking": ranking.VIEW,
    "weights": weights.VIEW,
    "weights_before": weights_before.VIEW,
    "cells": cells.VIEW,
    "coupling": coupling.VIEW,
    "grades": grades.VIEW,
    "changes": changes.VIEW,
    "obstacles": obstacles.VIEW,
    "event_study": event_study.VIEW,
    "placebo": placebo.VIEW,
    "matches": matches.VIEW,
    "balance": balance.VIEW,
    "score_density": score_density.VIEW,
    "common_support": common_support.VIEW,
    "propensity": propensity.VIEW,
}
