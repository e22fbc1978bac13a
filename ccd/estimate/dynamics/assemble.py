"""A loop put together: projections, the test of the whole ring, Granger tests, modes by region, roots, C and D."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd import unit_roots
from ccd.arrays import FloatArray
from ccd.estimate.dynamics.granger import Tested, test
from ccd.estimate.dynamics.projections import Projected, project
from ccd.estimate.dynamics.stages import Stages, arrows_of, coupled
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.resample import resampled
from ccd.results import (
    LEVEL,
    Arrow,
    Estimate,
    Granger,
    Loop,
    LoopModes,
    LoopYears,
    Named,
    Part,
    Projections,
    SampleSize,
    Terms,
    UnitRoots,
    Value,
)
from ccd.streams import Stream
from ccd.words import Text, names, text

#: The headline: the product of the ring's arrows, with the p-value of the whole ring.
RING = Named("loop")
#: Panels behind the p-value of CIPS, and the p-value above which a stage is asked for in differences.
PANELS, DIFFERENCED = 2000, 0.1
#: Fewer years than this make the modes of regions indicative.
INDICATIVE = 20


@dataclass(frozen=True)
class Plan:
    """What is asked of the stages: lags, the farthest horizon, the one that decides, draws."""

    lags: int
    horizon: int
    at: int
    closed: bool
    draws: int


def estimate(stages: Stages, plan: Plan, stream: Stream, kind: str, outcome: str) -> Estimate:
    """Return the loop on its stages."""
    arrows = arrows_of(stages.names, closed=plan.closed)
    counts = resampled(len(stages.entities), plan.draws, stream("regions"))
    horizons = range(1, plan.horizon + 1)
    pairs = [
        tuple(stages.moves[stages.names.index(end)] for end in (one.source, one.target)) for one in arrows
    ]
    found = [[project(a, b, h, plan.lags, counts) for h in horizons] for a, b in pairs]
    tested = [
        test(a, b, plan.lags, plan.draws, stream(f"granger {one}"))
        for one, (a, b) in zip(arrows, pairs, strict=True)
    ]
    df = float(len(stages.entities) - 1)
    loop, drawn = ring(stages, plan, arrows, [own[plan.at - 1] for own in found], df)
    roots, warned = roots_of(stages, plan.lags, stream)
    c, d = coupled(stages.paths)
    parts: tuple[Part[Value], ...] = (
        Part(loop),
        Part(projections(arrows, found, df)),
        Part(granger(arrows, tested, plan.lags)),
        Part(modes(stages, arrows, tested, plan.lags), "modes"),
        *roots,
        Part(LoopYears(stages.years, c, d), "coupling_of_stages"),
    )
    return Estimate(
        kind=kind,
        estimator=kind,
        outcome=outcome,
        headline=RING,
        terms=terms(loop, drawn, df),
        covariance=np.cov(drawn, rowvar=False),
        sample=size(stages, outcome),
        vcov="bootstrap",
        df=df,
        effects=("entity", "time"),
        p_values={"intersection_union": loop.p_loop},
        headline_p="intersection_union",
        seed=stream.seed,
        notes=(*stages.notes, *warned),
        parts=parts,
    )


def ring(
    stages: Stages, plan: Plan, arrows: tuple[Arrow, ...], found: list[Projected], df: float
) -> tuple[Loop, FloatArray]:
    """Return the arrows at the horizon that decides, and what was drawn of gain and arrows (draws, 1 + arrows).

    An arrow is found where its one-sided p is below .05; the ring's p is the largest of its arrows (Berger 1982), which
    holds its level whatever the arrows have in common.
    """
    from scipy.stats import t

    point = np.array([one.estimate for one in found])
    error = np.array([one.std_error for one in found])
    p = np.asarray(t.sf(point / error, df))
    own = np.array([one.place != "reverse" for one in arrows])
    drawn = np.column_stack([one.drawn for one in found])
    gains = drawn[:, own].prod(axis=1)
    low, high = np.quantile(gains, [0.025, 0.975])
    value = Loop(
        arrow=tuple(map(str, arrows)),
        place=tuple(one.place for one in arrows),
        estimate=point,
        std_error=error,
        p_value=p,
        found=p < LEVEL,
        at=plan.at,
        lags=plan.lags,
        closed=bool((p[own] < LEVEL).all()),
        p_loop=float(p[own].max()),
        gain=float(point[own].prod()),
        gain_low=float(low),
        gain_high=float(high),
        stages=stages.names,
        columns=stages.columns,
        arrows=arrows,
    )
    return value, np.column_stack([gains, drawn])


def terms(loop: Loop, drawn: FloatArray, df: float) -> Terms:
    """Return the ring, then its arrows with two-sided t(G-1); the ring's p is that of all arrows together."""
    arrows = infer(loop.estimate, loop.std_error, df)
    error = float(drawn[:, 0].std(ddof=1))
    whole = (loop.gain, error, loop.gain / error, loop.p_loop, loop.gain_low, loop.gain_high)
    columns = (np.r_[own, np.asarray(rest)] for own, rest in zip(whole, arrows, strict=True))
    return Terms((RING, *loop.arrows), *columns)


def projections(arrows: tuple[Arrow, ...], found: list[list[Projected]], df: float) -> Projections:
    """Return every slope of every arrow with its interval."""
    flat = [one for own in found for one in own]
    point = np.array([one.estimate for one in flat])
    error = np.array([one.std_error for one in flat])
    held = infer(point, error, df)
    horizons = len(found[0])
    return Projections(
        arrow=tuple(str(arrow) for arrow in arrows for _ in range(horizons)),
        horizon=np.tile(np.arange(1, horizons + 1), len(arrows)),
        estimate=point,
        std_error=error,
        conf_low=held.conf_low,
        conf_high=held.conf_high,
        plain=np.array([one.plain for one in flat]),
        arrows=arrows,
    )


def granger(arrows: tuple[Arrow, ...], tested: list[Tested], lags: int) -> Granger:
    """Return the tests of all arrows."""

    def column(name: str) -> FloatArray:
        return np.array([getattr(one, name) for one in tested], dtype=np.float64)

    return Granger(
        arrow=tuple(map(str, arrows)),
        K=np.full(len(arrows), lags),
        Wbar=column("wbar"),
        Zbar=column("zbar"),
        Ztilde=column("ztilde"),
        p_value=column("p_value"),
        p_asymptotic=column("p_asymptotic"),
        arrows=arrows,
    )


def modes(stages: Stages, arrows: tuple[Arrow, ...], tested: list[Tested], lags: int) -> LoopModes:
    """Return which of the second and the third stage leads in each region, by F tests of its own series."""
    from scipy.stats import f

    second, third = stages.names[1:3]
    ends = {(one.source, one.target): k for k, one in enumerate(arrows)}
    left = len(stages.years) - lags - 2 * lags - 1
    forward, reverse = (
        np.asarray(f.sf(tested[ends[pair]].w / lags, lags, left))
        for pair in ((second, third), (third, second))
    )
    kinds = {(True, False): "push", (False, True): "pull", (True, True): "spiral", (False, False): "neither"}
    said = zip((forward < LEVEL).tolist(), (reverse < LEVEL).tolist(), strict=True)
    return LoopModes(
        entity=stages.entities,
        forward=forward,
        reverse=reverse,
        mode=tuple(kinds[one] for one in said),
        arrow=arrows[ends[second, third]],
        years=len(stages.years),
        indicative=len(stages.years) < INDICATIVE,
    )


def roots_of(stages: Stages, lags: int, stream: Stream) -> tuple[tuple[Part[Value], ...], list[Text]]:
    """Return CIPS of each stage with drift, and what to say of stages in which it leaves a unit root."""
    count, years = len(stages.entities), len(stages.years)
    if unit_roots.left_over(years, lags) < unit_roots.LEAST:
        note = text("{years} {years:year is|years are} too few for a test of unit roots (CIPS)", years=years)
        return (), [note]
    null = unit_roots.simulated(count, years, lags, "drift", PANELS, stream("unit roots"))
    statistic = unit_roots.cips(stages.paths, lags)
    p = np.array([unit_roots.p_value(one, null) for one in statistic])
    size = len(stages.columns)
    value = UnitRoots(
        variable=stages.columns,
        test=("CIPS",) * size,
        lags=np.full(size, lags),
        terms=("drift",) * size,
        statistic=statistic,
        p_value=p,
    )
    rooted = tuple(column for column, own in zip(stages.columns, p, strict=True) if own > DIFFERENCED)
    if not rooted:
        return (Part(value),), []
    note = text(
        "CIPS leaves a unit root in {columns} (p above {level:g}): take differences too, for levels that wander apart "
        "look as if one led the other",
        columns=names(rooted),
        level=DIFFERENCED,
    )
    return (Part(value, notes=(note,)),), [note]


def size(stages: Stages, outcome: str) -> SampleSize:
    """Return what the loop stands on."""
    own = stages.paths[stages.columns.index(outcome)]
    return SampleSize(
        nobs=own.size,
        entities=len(stages.entities),
        times=len(stages.years),
        first_year=int(stages.years[0]),
        last_year=int(stages.years[-1]),
        outcome_mean=float(own.mean()),
        outcome_std=float(own.std(ddof=1)),
    )
