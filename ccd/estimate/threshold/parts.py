"""The tables of a panel threshold model: thresholds, curves, slopes and who is in which regime when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.scan.sets import Curve, set_facts
from ccd.estimate.threshold.terms import Slopes, regime_label, regime_of
from ccd.results import TERM_COLUMNS, Part, loose


def thresholds_part(
    data: ThresholdSample, found: Mapping[int, Sequence[Curve]], joint: FloatArray | None
) -> Part:
    """Return one row for each threshold of each model: estimate, sets at 95 %, rows and entities below.

    ``joint`` (2,) is the joint optimum of two, beside the model with two thresholds.
    """
    candidates = data.candidates
    rows = []
    for number, listed in found.items():
        for k, curve in enumerate(listed):
            value = float(candidates.value[curve.estimate])
            plain, robust = curve.runs(curve.ratio), curve.runs(curve.robust)
            below = data.counted & (data.q <= value)
            rows.append(
                {
                    "number": number,
                    "threshold": k + 1,
                    "estimate": value,
                    "next_value": float(candidates.next_value[curve.estimate]),
                    "conf_low": float(plain.low[0]),
                    "conf_high": float(plain.high[-1]),
                    "runs": len(plain.low),
                    "conf_low_robust": float(robust.low[0]),
                    "conf_high_robust": float(robust.high[-1]),
                    "n_below": int(below.sum()),
                    "entities_below": len(np.unique(data.sample.entity[below])),
                    "runs_robust": len(robust.low),
                    "eta2": curve.eta2,
                    "joint": float(joint[k]) if joint is not None and number == 2 else float("nan"),
                }
            )
    return loose("thresholds", pd.DataFrame(rows))


def curve_parts(
    found: Mapping[int, Sequence[Curve]], data: ThresholdSample, threshold: str, chosen: int
) -> list[Part]:
    """Return ``lr_M_K`` for threshold K of the model with M thresholds."""
    parts = []
    for number, listed in found.items():
        for k, curve in enumerate(listed):
            frame = pd.DataFrame({"value": curve.value, "lr": curve.ratio, "lr_robust": curve.robust})
            facts: dict[str, object] = {
                "column": threshold,
                "number": number,
                "threshold": k + 1,
                "estimate": float(data.candidates.value[curve.estimate]),
                "others": data.candidates.value[np.sort(curve.others)].tolist(),
                "chosen": number == max(chosen, 1),
                "until": float(data.candidates.next_value[curve.allowed[-1]]),
                **set_facts(curve),
            }
            parts.append(loose("lr_curve", frame, f"lr_{number}_{k + 1}", facts))
    return parts


def slopes_part(
    data: ThresholdSample, fitted: Slopes, threshold: str, values: FloatArray, controls: Sequence[str]
) -> Part:
    """Return the slopes with the bounds of their regime (low, high], rows and entities in it."""
    regime = regime_of(data.q, values)
    bounds = np.concatenate([[np.nan], np.sort(values), [np.nan]])
    frame = fitted.frame.copy()
    inside = [data.counted & (regime == r) if r >= 0 else None for r in frame["regime"]]
    frame["low"] = [bounds[r] if r >= 0 else np.nan for r in frame["regime"]]
    frame["high"] = [bounds[r + 1] if r >= 0 else np.nan for r in frame["regime"]]
    frame["nobs"] = [len(data.q) if rows is None else int(rows.sum()) for rows in inside]
    frame["entities"] = [
        len(np.unique(data.sample.entity if rows is None else data.sample.entity[rows])) for rows in inside
    ]
    order = [*TERM_COLUMNS, "column", "regime", "low", "high", "nobs", "entities"]
    facts: dict[str, object] = {
        "column": threshold,
        "thresholds": np.sort(values).tolist(),
        "controls": list(controls),
        "nobs": len(data.q),
        "r2_within": fitted.r2,
    }
    return loose("regime_slopes", frame[order], "slopes", facts)


def regimes_part(data: ThresholdSample, threshold: str, values: FloatArray) -> Part:
    """Return how many regions are in each regime in each year (treated ones under a policy)."""
    panel, regime = data.sample.panel, regime_of(data.q, values)
    years = np.array(panel.times)
    columns: dict[str, object] = {panel.time_name: years}
    for r in range(len(values) + 1):
        inside = data.sample.years[data.counted & (regime == r)]
        columns[regime_label(threshold, r, len(values))] = [int(np.sum(inside == year)) for year in years]
    facts: dict[str, object] = {
        "column": threshold,
        "thresholds": np.sort(values).tolist(),
        "treated": not data.counted.all(),
    }
    return loose("regimes", pd.DataFrame(columns), facts=facts)
