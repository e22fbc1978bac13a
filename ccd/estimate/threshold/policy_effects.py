"""A policy as the regime-dependent column: its effect by regime by three estimators, side by side."""

from __future__ import annotations

import numpy as np

from ccd.estimate.linear.studentised import followed
from ccd.estimate.threshold.permuted import BESIDE, Redrawn
from ccd.estimate.threshold.regime_effects import ESTIMATORS
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.settings import Settings
from ccd.estimate.threshold.slopes import Slopes
from ccd.results import Comparison, Part
from ccd.words import Name, text


def policy_effects(
    model: Settings, data: ThresholdSample, fitted: Slopes, deals: Redrawn | None
) -> Part[Comparison]:
    """Return the part ``policy_regimes``: the policy's effect by regime by three estimators (METHODS 6).

    Where permutations lead (``deals``), every p-value and interval is theirs.
    """
    fitted = (
        fitted if deals is None else deals.fitted
    )  # the analytic p-values, which stay beside those of the deals
    found = tuple(estimator(model, data, fitted) for estimator in ESTIMATORS)
    split = fitted.split
    listed = [(r, one) for r in range(len(split.thresholds) + 1) for one in found]
    value = Comparison(
        label=tuple(
            text("{regime}: {estimator}", regime=split.rounded(r), estimator=one.estimator)
            for r, one in listed
        ),
        estimate=np.array([one.effects.estimate[r] for r, one in listed]),
        std_error=np.array([one.effects.std_error[r] for r, one in listed]),
        p_value=np.array([one.effects.p_value[r] for r, one in listed]),
        conf_low=np.array([one.effects.conf_low[r] for r, one in listed]),
        conf_high=np.array([one.effects.conf_high[r] for r, one in listed]),
        nobs=np.array([one.nobs for _, one in listed]),
        title=text("Effect of {policy} by regime, three estimators", policy=Name(str(model.policy))),
    )
    notes = [note for one in found for note in one.notes]
    if deals is not None:
        drawn = deals.drawn.transpose(0, 2, 1).reshape(len(deals), -1)  # regime by regime, as the rows are
        value, known = followed(value, drawn)
        notes.append(
            text(
                "p-values and intervals: studentised permutation of the cohorts, thresholds searched anew in each "
                "draw ({draws} draws of the slopes, {fitted} of the others, p in steps of 1/{steps} and 1/{coarse})",
                draws=len(deals),
                fitted=min(BESIDE, len(deals)),
                steps=len(deals) + 1,
                coarse=min(BESIDE, len(deals)) + 1,
            )
        )
        lost = tuple(
            label
            for label, one, estimate in zip(value.label, known, value.estimate, strict=True)
            if np.isfinite(estimate) and not one
        )
        if lost:
            notes.append(text("Analytic, since too few permutations identify them: {rows}", rows=lost))
    return Part(value, "policy_regimes", tuple(notes))
