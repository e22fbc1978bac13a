"""Each learner over all splits: estimates by split, their combination, and how well the learner did."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.dml.differences import LongDifferences
from ccd.estimate.dml.folds import region_folds
from ccd.estimate.dml.forms import Rows
from ccd.estimate.dml.interactive import interactive
from ccd.estimate.dml.learners import Learner, classify, learn
from ccd.estimate.dml.partially_linear import SCORES
from ccd.estimate.dml.plan import Plan
from ccd.estimate.dml.repeats import combined
from ccd.streams import Stream


@dataclass(frozen=True)
class Learnt:
    """One learner: estimate and error over all splits, those of each split (R,), and medians of R2 and rmse of y and d.

    The interactive model has its ATT leading, the ATE beside, and the propensities of the first split.
    """

    learner: Learner
    estimate: float
    std_error: float
    by_repeat: FloatArray
    errors: FloatArray
    r2: FloatArray
    rmse: FloatArray
    ate: tuple[float, float] | None = None
    propensity: FloatArray | None = None
    clipped: int = 0


def splits(plan: Plan, treated: BoolArray, stream: Stream) -> list[tuple[IntArray, int]]:
    """Return the folds (N,) and the learners' seed of each repeat: the same for every learner."""
    dealing, seeds = stream("folds"), stream("learners").integers(2**31 - 1, size=plan.repeats)
    return [(region_folds(treated, plan.folds, dealing), int(seed)) for seed in seeds]


def partially_linear(plan: Plan, rows: Rows, dealt: list[tuple[IntArray, int]], learner: Learner) -> Learnt:
    """Return what a learner makes of the partially linear model."""
    score = SCORES[plan.score]
    found = [score(rows, fold, partial(learn, learner, seed)) for fold, seed in dealt]
    by_repeat, errors = np.array([one.estimate for one in found]), np.array([one.std_error for one in found])
    return Learnt(
        learner,
        *combined(by_repeat, errors),
        by_repeat,
        errors,
        np.median([one.r2 for one in found], axis=0),
        np.median([one.rmse for one in found], axis=0),
    )


def interacted(units: LongDifferences, dealt: list[tuple[IntArray, int]], learner: Learner) -> Learnt:
    """Return what a learner makes of the interactive model."""
    found = [
        interactive(
            units.y, units.d, units.x, fold, partial(learn, learner, seed), partial(classify, learner, seed)
        )
        for fold, seed in dealt
    ]
    att, ate = (np.array([getattr(one, key) for one in found]).T for key in ("att", "ate"))
    return Learnt(
        learner,
        *combined(att[0], att[1]),
        att[0],
        att[1],
        np.median([one.r2 for one in found], axis=0),
        np.median([one.rmse for one in found], axis=0),
        ate=combined(ate[0], ate[1]),
        propensity=found[0].propensity,
        clipped=found[0].clipped,
    )
