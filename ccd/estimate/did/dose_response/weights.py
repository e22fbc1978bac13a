"""The weights that two-way fixed effects put on the dose response (Callaway, Goodman-Bacon & Sant'Anna 2024)."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.rows.sample import Sample
from ccd.results import DoseWeights, Part
from ccd.words import text

#: What the weights are those of.
ONE_DATE = text(
    "Weights as with one date: with several, comparisons between cohorts enter the coefficient as well"
)
NOTHING_BESIDE = text(
    "Weights as without controls, further effects and gaps: what stands beside the policy moves them"
)


def slope_weights(dose: FloatArray, at: FloatArray, size: FloatArray | None = None) -> FloatArray:
    """Return w(l) = (E[I | I >= l] - E I) P(I >= l) / Var I at each of ``at`` (k,).

    ``dose`` (N,) holds the doses of all regions, 0 for those never treated, ``size`` (N,) their weights. In a panel
    with one date the coefficient on D_it I_i is the integral of w(l) times the slope of the response over l > 0
    (theorem on two-way fixed effects of the paper); w is a step function that changes at the doses.
    """
    share = np.full(len(dose), 1 / len(dose)) if size is None else size / size.sum()
    mean = share @ dose
    above = dose >= at[:, None]
    return np.asarray(above @ (share * (dose - mean)) / (share @ (dose - mean) ** 2))


def weights_by_dose(dose: FloatArray, size: FloatArray | None = None) -> DoseWeights:
    """Return the weights at the distinct doses above 0, and the share of the coefficient of each step up to it.

    The share is w(l) times the step from the next lower dose (from 0 for the least), so that shares sum to 1.
    """
    at, regions = np.unique(dose[dose > 0], return_counts=True)
    weight = slope_weights(dose, at, size)
    return DoseWeights(at=at, regions=regions, weight=weight, share=weight * np.diff(at, prepend=0.0))


def weighed(sample: Sample, *, plain: bool) -> Finding:
    """Return the part ``dose_weights`` of a regression on D_it I_i; ``plain``: on nothing else but both effects."""
    dose = np.where(np.isfinite(sample.entity_cohort), sample.entity_dose, 0.0)
    size = None if sample.weight is None else np.bincount(sample.entity, sample.weight).astype(float)
    value = weights_by_dose(dose, size)
    notes = []
    if len(np.unique(sample.cohort[np.isfinite(sample.cohort)])) > 1:
        notes.append(ONE_DATE)
    if not (plain and sample.balanced):
        notes.append(NOTHING_BESIDE)
    return Finding((Part(value, notes=tuple(notes)),), {"dose_weights": value.scalars()})
