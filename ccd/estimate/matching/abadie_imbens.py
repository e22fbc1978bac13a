"""Mean effects of nearest-neighbour matches on treated, controls and all, with their errors (Abadie & Imbens 2006)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.matching.match import Units, partners
from ccd.estimate.matching.pool import TIE, Settings
from ccd.estimate.matching.smoothing import chunks

Estimand = Literal["att", "atu", "ate"]


class Links(NamedTuple):
    """Who is compared with whom: rows whose effect is measured, rows lent to them, and the shares, (m,) each.

    The shares of a measured row sum to one.
    """

    own: IntArray
    lent: IntArray
    share: FloatArray


class MeanEffect(NamedTuple):
    """A mean effect, its variance, and the number of ``units`` whose effect it is the mean of."""

    estimate: float
    variance: float
    units: int


def links_of(units: Units, settings: Settings, estimand: Estimand) -> Links:
    """Return the matches of the treated (att), of the controls (atu), or of both (ate).

    Controls find treated neighbours by the same rules: support, caliper and strata with the groups exchanged.
    """
    found = []
    for turned in {"att": (False,), "atu": (True,), "ate": (False, True)}[estimand]:
        pairs = partners(replace(units, treated=~units.treated) if turned else units, settings)
        found.append((pairs.treated, pairs.control, pairs.share))
    return Links(*(np.concatenate(columns) for columns in zip(*found, strict=True)))


def mean_effect(
    y: FloatArray, treated: BoolArray, links: Links, variance: FloatArray, bias: FloatArray | None = None
) -> MeanEffect:
    """Return the mean effect of ``links`` on the outcome ``y`` (n,), with its variance (Abadie & Imbens 2006).

    ``variance`` (n,) is that of the outcome given the columns (``outcome_variance``), ``bias`` (n,) what
    ``matching_bias`` returns (none: no correction). Their theorems 6 and 7 in one form:
    [sum of (effect - mean)^2 + sum over j of (K_j^2 + 2 K_j 1_j - sum of squared shares of j) variance_j] / N^2,
    K_j what j lends in sum, 1_j whether the effect of j is measured itself. The mean is that of the population.
    """
    n = len(y)
    effect, measured = effects(y, treated, links, bias)
    count = int(measured.sum())
    estimate = float(effect[measured].mean())
    lent = np.bincount(links.lent, links.share, minlength=n)
    squares = np.bincount(links.lent, links.share**2, minlength=n)
    extra = np.where(lent > 0, (lent**2 + 2 * lent * measured - squares) * variance, 0.0)
    spread = float(np.sum((effect[measured] - estimate) ** 2))
    return MeanEffect(estimate, (spread + float(extra.sum())) / count**2, count)


def effects(
    y: FloatArray, treated: BoolArray, links: Links, bias: FloatArray | None = None
) -> tuple[FloatArray, BoolArray]:
    """Return each row's outcome under treatment less that without, (n,), and whether it is measured.

    One of both outcomes is its own, the other that of its matches, less their ``bias`` (n,).
    """
    measured = np.bincount(links.own, minlength=len(y)) > 0
    other = np.bincount(links.own, links.share * y[links.lent], minlength=len(y))
    own = y - other if bias is None else y - other - bias
    return np.where(treated, 1.0, -1.0) * own, measured


def matching_bias(y: FloatArray, treated: BoolArray, x: FloatArray, links: Links) -> FloatArray:
    """Return by how much each row (n,) would differ from its matches without any effect, 0 where it has none.

    Abadie & Imbens (2011, J. Bus. Econ. Stat. 29): the columns ``x`` (n, k) of a row less those of its matches, times
    slopes by least squares on the rows of the matches' group, weighted by what they lend.
    """
    lent = np.bincount(links.lent, links.share, minlength=len(y))
    bias = np.zeros(len(y))
    for group in np.unique(treated[links.lent]):
        rows = (lent > 0) & (treated == group)
        root = np.sqrt(lent[rows])[:, None]
        columns = np.column_stack([np.ones(int(rows.sum())), x[rows] - x.mean(axis=0)])
        slopes = np.linalg.lstsq(columns * root, y[rows] * root[:, 0], rcond=None)[0][1:]
        of_group = treated[links.lent] == group
        own, other = links.own[of_group], links.lent[of_group]
        bias += np.bincount(own, links.share[of_group] * ((x[own] - x[other]) @ slopes), minlength=len(y))
    return bias


def outcome_variance(y: FloatArray, treated: BoolArray, z: FloatArray, neighbours: int = 1) -> FloatArray:
    """Return the variance (n,) of ``y`` given the columns, by the nearest of the same group.

    J/(J+1) (y_i - mean of its J nearest in ``z`` (n, k))^2 (Abadie & Imbens 2006, equation 14); all that are tied for
    the last place count. Missing where a group has one row.
    """
    found = np.full(len(y), np.nan)
    for i, near in nearest_of_group(treated, treated, z, neighbours, itself=False):
        count = len(near)
        if count:
            found[i] = count / (count + 1) * (y[i] - y[near].mean()) ** 2
    return found


def nearest_of_group(
    treated: BoolArray, wanted: BoolArray, z: FloatArray, neighbours: int, *, itself: bool
) -> list[tuple[int, IntArray]]:
    """Return for each row the nearest rows whose group is the one ``wanted`` (n,) of it, ties among them.

    ``itself`` lets a row be among its own nearest.
    """
    found: list[tuple[int, IntArray]] = []
    for group in (False, True):
        asks, pool = np.flatnonzero(wanted == group), np.flatnonzero(treated == group)
        for part in chunks(len(asks), max(len(pool), 1)):
            rows = asks[part]
            far = np.sqrt(((z[rows, None, :] - z[None, pool, :]) ** 2).sum(axis=2))
            if not itself:
                far[rows[:, None] == pool[None, :]] = np.inf
            for i, distance in zip(rows, far, strict=True):
                known = int(np.isfinite(distance).sum())
                if not known:
                    found.append((int(i), np.empty(0, dtype=np.intp)))
                    continue
                last = np.partition(distance, min(neighbours, known) - 1)[min(neighbours, known) - 1]
                found.append((int(i), pool[distance <= last + TIE]))
    return found
