"""Score and matching as one step that can be run again under bootstrap counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import Words
from ccd.estimate.linear.binomial import LinkName
from ccd.estimate.matching import Score, Settings, Units, caliper_in_score, fit_score
from ccd.estimate.psm.design import MatchingDesign


@dataclass(frozen=True)
class Pipeline:
    """What turns a design into matched units."""

    design: MatchingDesign
    link: LinkName
    columns: tuple[str, ...]
    settings: Settings
    caliper_scale: str
    where: Words

    def scored(self, count: FloatArray | None) -> tuple[Score | None, Units, Settings]:
        """Return the score (None where each period has its own), the scored units, and the caliper on the score.

        ``count`` (n,) says how often each unit stands. Raises EstimationError as ``fit_score`` does.
        """
        d, fitted = self.design, None
        if d.separate and d.periods is not None:
            probability = np.zeros(len(d.treated))
            for period in np.unique(d.periods):
                mine = d.periods == period
                place = f"{self.where}, {int(d.when[mine][0])}"
                often = None if count is None else count[mine]
                one = fit_score(d.x[mine], d.treated[mine], self.link, self.columns, often, where=place)
                probability[mine] = one.probability
        else:
            fitted = fit_score(d.x, d.treated, self.link, self.columns, count, d.periods, self.where)
            probability = fitted.probability
        settings = self.settings
        if settings.caliper is not None and self.caliper_scale == "sd":
            caliper = caliper_in_score(settings.caliper, probability, d.treated)
            settings = replace(settings, caliper=caliper)
        return fitted, d.units(probability, self.columns, count), settings
