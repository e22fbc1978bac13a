"""From fits to the values that a result carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.linear.vcov import p_values, quantile
from ccd.estimate.synthetic.cohorts import Group
from ccd.estimate.synthetic.conformal import ByYear
from ccd.estimate.synthetic.design import Design
from ccd.estimate.synthetic.fitted import Fitted, Paths
from ccd.estimate.synthetic.placebos import Placebos, Ranked, Ratio, half_width, rank_p
from ccd.results import Donors, PlaceboPaths, PlaceboUnits, SyntheticPaths, TimeWeights
from ccd.words import Text


def effective(weights: FloatArray) -> float:
    """Return 1 / sum w^2: as many equal weights would spread as far."""
    return float(1 / np.sum(weights**2))


def paths_value(
    design: Design, group: Group, paths: Paths, fit: Fitted, years: ByYear, band: str, level: float
) -> SyntheticPaths:
    """Return the paths of one date by year, with interval and p of each year from the date on."""
    total = len(group.rows)
    low, high, p = (np.full(total, np.nan) for _ in range(3))
    low[group.before :], high[group.before :] = years.conf_low, years.conf_high
    p[group.before :] = years.p_value
    place = design.groups.index(group)
    return SyntheticPaths(
        year=design.years[group.rows],
        treated=paths.treated,
        synthetic=paths.treated - fit.gap,
        gap=fit.gap,
        conf_low=low,
        conf_high=high,
        p_value=p,
        date=group.date,
        level=level,
        band=band,
        pre_rmspe=fit.pre_rmspe,
        region=design.members[place],
    )


def by_rank(fit: Fitted, placebos: Placebos, level: float) -> tuple[ByYear, float]:
    """Return p and interval by year from the rank of the gap among the placebos', and the level reached."""
    own, others = fit.gap[fit.before :], placebos.gap[:, fit.before :]
    widths = [half_width(others[:, k], 1 - level) for k in range(len(own))]
    half = np.array([width for width, _ in widths])
    p = np.array([rank_p(float(gap), others[:, k]) for k, gap in enumerate(own)])
    return ByYear(p, own - half, own + half), widths[0][1]


def by_normal(fit: Fitted, error: FloatArray, level: float) -> ByYear:
    """Return p and interval by year from the errors (T,) of the gaps, by the normal."""
    gap, own = fit.gap[fit.before :], error[fit.before :]
    half = quantile(level, float("inf")) * own
    with np.errstate(divide="ignore", invalid="ignore"):
        return ByYear(p_values(gap / own, float("inf")), gap - half, gap + half)


def donors_value(names: Sequence[str], weights: FloatArray, left: Mapping[str, Text]) -> Donors:
    """Return donors by weight, then the regions left out with their reasons."""
    order = np.argsort(-weights, kind="stable")
    return Donors(
        region=(*(names[j] for j in order), *left),
        weight=np.concatenate([weights[order], np.full(len(left), np.nan)]),
        reason=(*("" for _ in order), *left.values()),
        effective=effective(weights),
        donors=len(names),
    )


def time_weights_value(design: Design, group: Group, weights: FloatArray) -> TimeWeights:
    """Return the weights of the years before the date."""
    return TimeWeights(design.years[group.rows[: group.before]], weights, effective(weights))


def placebo_units(
    design: Design, fit: Fitted, placebos: Placebos, found: Ranked, ratio: Ratio
) -> PlaceboUnits:
    """Return the treated and its placebos, the treated first."""
    estimate = np.concatenate([[fit.estimate], placebos.estimate])
    size = np.abs(estimate)
    return PlaceboUnits(
        region=(design.members[0][0], *(design.names[j] for j in placebos.donor)),
        estimate=estimate,
        pre_rmspe=np.concatenate([[fit.pre_rmspe], placebos.pre]),
        post_rmspe=np.concatenate([[fit.post_rmspe], placebos.post]),
        ratio=np.concatenate([[ratio.treated], ratio.placebo]),
        rank=np.array([1 + int(np.sum(size > one * (1 + 1e-9))) for one in size], dtype=np.intp),
        p_value=found.p_value,
        p_ratio=ratio.p_value,
        interval_level=found.level,
        within=ratio.within,
    )


def placebo_paths(design: Design, fit: Fitted, placebos: Placebos) -> PlaceboPaths:
    """Return the gaps of the placebos, below each other."""
    group = design.groups[0]
    years = design.years[group.rows]
    return PlaceboPaths(
        region=tuple(design.names[j] for j in placebos.donor for _ in years),
        year=np.tile(years, len(placebos.donor)),
        gap=placebos.gap.ravel(),
        date=group.date,
        years=years.astype(np.float64),
        own=fit.gap,
        treated=design.members[0],
    )
