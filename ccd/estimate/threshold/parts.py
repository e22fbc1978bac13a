"""The tables of a panel threshold model: tests, thresholds, curves, slopes and who is in which regime when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.threshold.sample import ThresholdSample
from ccd.estimate.threshold.scan.candidates import Candidates
from ccd.estimate.threshold.scan.sets import ALPHA, Curve, critical
from ccd.estimate.threshold.slopes import Slopes
from ccd.estimate.threshold.stages import Stage
from ccd.results import LrCurve, Regimes, RegimeSlopes, Thresholds, ThresholdTests


def tests_of(
    stages: Sequence[Stage], df: int, *, level: float, chosen: int, auto: bool, draws: int, threshold: str
) -> ThresholdTests:
    """Return F, sums of squares, p-values and critical values of each stage."""

    return ThresholdTests(
        number=np.array([stage.number for stage in stages]),
        ssr0=np.array([stage.null_ssr for stage in stages]),
        ssr=np.array([stage.ssr for stage in stages]),
        F=np.array([stage.f for stage in stages]),
        df=np.full(len(stages), df),
        p_wild=np.array([stage.p("wild") for stage in stages]),
        p_block=np.array([stage.p("block") for stage in stages]),
        crit_10_wild=np.array([stage.critical("wild", 0.10) for stage in stages]),
        crit_5_wild=np.array([stage.critical("wild", 0.05) for stage in stages]),
        crit_1_wild=np.array([stage.critical("wild", 0.01) for stage in stages]),
        crit_10_block=np.array([stage.critical("block", 0.10) for stage in stages]),
        crit_5_block=np.array([stage.critical("block", 0.05) for stage in stages]),
        crit_1_block=np.array([stage.critical("block", 0.01) for stage in stages]),
        level=level,
        chosen=chosen,
        auto=auto,
        draws=draws,
        threshold=threshold,
    )


def thresholds_of(
    data: ThresholdSample,
    candidates: Candidates,
    found: Mapping[int, Sequence[Curve]],
    joint: FloatArray | None,
    column: str,
    chosen: int,
) -> Thresholds:
    """Return one row for each threshold of each model: estimate, sets at 95 %, rows and entities below.

    ``joint`` (2,) is the joint optimum of two, beside the model with two thresholds.
    """
    places = [(number, k, curve) for number, curves in found.items() for k, curve in enumerate(curves)]
    curves = [curve for _, _, curve in places]
    plain = [curve.runs(curve.ratio) for curve in curves]
    robust = [curve.runs(curve.robust) for curve in curves]
    at = np.array([curve.estimate for curve in curves], dtype=np.intp)
    below = [data.counted & (data.q <= value) for value in candidates.value[at]]
    entity = data.sample.entity
    return Thresholds(
        number=np.array([number for number, _, _ in places]),
        threshold=np.array([k + 1 for _, k, _ in places]),
        estimate=candidates.value[at],
        next_value=candidates.next_value[at],
        conf_low=np.array([runs.low[0] for runs in plain]),
        conf_high=np.array([runs.high[-1] for runs in plain]),
        runs=np.array([len(runs.low) for runs in plain]),
        conf_low_robust=np.array([runs.low[0] for runs in robust]),
        conf_high_robust=np.array([runs.high[-1] for runs in robust]),
        n_below=np.array([np.sum(rows) for rows in below]),
        entities_below=np.array([len(np.unique(entity[rows])) for rows in below]),
        runs_robust=np.array([len(runs.low) for runs in robust]),
        eta2=np.array([curve.eta2 for curve in curves]),
        joint=np.array([np.nan if joint is None or number != 2 else joint[k] for number, k, _ in places]),
        column=column,
        chosen=chosen,
    )


def curve_of(curve: Curve, candidates: Candidates, column: str, number: int, k: int, chosen: int) -> LrCurve:
    """Return the curve of threshold ``k`` (1..) of the model with ``number``; that of ``chosen`` is drawn."""
    plain, robust = curve.runs(curve.ratio), curve.runs(curve.robust)
    return LrCurve(
        value=curve.value,
        lr=curve.ratio,
        lr_robust=curve.robust,
        column=column,
        number=number,
        threshold=k,
        estimate=float(candidates.value[curve.estimate]),
        others=tuple(candidates.value[np.sort(curve.others)].tolist()),
        chosen=number == max(chosen, 1),
        until=float(candidates.next_value[curve.allowed[-1]]),
        critical=critical(ALPHA),
        eta2=curve.eta2,
        low=tuple(plain.low.tolist()),
        high=tuple(plain.high.tolist()),
        low_robust=tuple(robust.low.tolist()),
        high_robust=tuple(robust.high.tolist()),
    )


def slopes_of(data: ThresholdSample, fitted: Slopes, controls: tuple[str, ...]) -> RegimeSlopes:
    """Return the slopes with the bounds of their regime (low, high], rows and entities in it."""
    bounds = np.array([np.nan, *fitted.split.thresholds, np.nan])
    place = np.array(fitted.regime)
    rows = [data.counted & (fitted.inside == r) if r >= 0 else np.ones(len(data.q), bool) for r in place]
    return RegimeSlopes(
        terms=fitted.terms,
        owner=fitted.owner,
        regime=place,
        low=np.where(place >= 0, bounds[place], np.nan),
        high=np.where(place >= 0, bounds[place + 1], np.nan),
        rows=np.array([int(inside.sum()) for inside in rows]),
        entities=np.array([len(np.unique(data.sample.entity[inside])) for inside in rows]),
        split=fitted.split,
        controls=controls,
        nobs=len(data.q),
        r2_within=fitted.r2,
    )


def regimes_of(data: ThresholdSample, fitted: Slopes) -> Regimes:
    """Return how many regions are in each regime in each year (treated ones under a policy)."""
    panel, split = data.sample.panel, fitted.split
    years = np.array(panel.times)
    inside = [
        data.sample.years[data.counted & (fitted.inside == r)] for r in range(len(split.thresholds) + 1)
    ]
    counts = [[int(np.sum(seen == year)) for seen in inside] for year in years]
    return Regimes(
        years=years,
        counts=np.array(counts, dtype=np.intp),
        time_name=panel.time_name,
        split=split,
        treated=not data.counted.all(),
    )
