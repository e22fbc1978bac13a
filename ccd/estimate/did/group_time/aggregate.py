"""From ATT(g, t) to its means: simple, by cohort, by calendar year, by event time (Callaway & Sant'Anna 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.estimate.linear.inference import infer
from ccd.results import Aggregates, AttGt, Part


@dataclass(frozen=True)
class Cells:
    """The cells (cohort, year) that have an effect: ``cohort``, ``time`` (K,) and ``size``, their weights.

    ``people`` (K,) is the number of regions in the cell's cohort, or the sum of their weights; ``count`` (K,) the
    region-years where ``size`` is a sum of weights.
    """

    cohort: IntArray
    time: IntArray
    size: FloatArray
    people: FloatArray
    count: IntArray | None = None

    @property
    def event(self) -> IntArray:
        """Return e = t - g, (K,)."""
        return np.asarray(self.time - self.cohort)


@dataclass(frozen=True)
class Aggregation:
    """One aggregation: the cells' weights in each key's mean, (m, K), and the keys' weights in the overall, (m,).

    ``by_size`` and ``overall_by_size`` tell which of these weights are proportional to estimated cohort shares
    rather than equal.
    """

    name: str
    keys: tuple[int, ...]
    weights: FloatArray
    overall: FloatArray
    by_size: bool
    overall_by_size: bool


def aggregations(cells: Cells) -> tuple[Aggregation, ...]:
    """Return the simple, group, calendar and dynamic aggregations of ``cells``.

    Simple, group and calendar use the cells t >= g; dynamic has a key for every e, its overall is the mean
    over e >= 0 (Callaway & Sant'Anna 2021, section 3.1). Within a cohort the years count equally when
    ``size`` is the cohort's.
    """
    post = cells.time >= cells.cohort
    simple = np.where(post, cells.size, 0.0)
    groups, years, events = (
        np.unique(cells.cohort[post]),
        np.unique(cells.time[post]),
        np.unique(cells.event),
    )
    by_cohort = _rows(groups, cells.cohort, simple)
    people = np.array([cells.people[(cells.cohort == g) & post][0] for g in groups], dtype=float)
    by_year = _rows(years, cells.time, simple)
    by_event = _rows(events, cells.event, cells.size)
    later = (events >= 0).astype(float)
    return (
        Aggregation("simple", (), np.zeros((0, len(post))), simple / simple.sum(), True, True),
        Aggregation("group", _ints(groups), by_cohort, people / people.sum(), False, True),
        Aggregation("calendar", _ints(years), by_year, np.full(len(years), 1 / len(years)), True, False),
        Aggregation("dynamic", _ints(events), by_event, later / later.sum(), True, False),
    )


def _rows(keys: IntArray, values: IntArray, size: FloatArray) -> FloatArray:
    rows = (values == keys[:, None]) * size
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def _ints(values: IntArray) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def stack(found: Sequence[Aggregation]) -> tuple[list[tuple[str, str]], FloatArray]:
    """Return the labels (aggregation, key) and the weights on the cells, (q, K), ``overall`` first in each."""
    labels: list[tuple[str, str]] = []
    rows = []
    for one in found:
        labels += [(one.name, key) for key in ("overall", *map(str, one.keys))]
        rows.append(np.vstack([one.overall @ one.weights if one.keys else one.overall, one.weights]))
    return labels, np.vstack(rows)


def share_influence(
    cells: Cells, att: FloatArray, found: Sequence[Aggregation], cohort: FloatArray
) -> FloatArray:
    """Return what estimating the shares adds to the influence of a cohort's regions, (C, q) as in ``stack``.

    ``cohort`` (N,) is each region's, nan = never; rows are the sorted cohorts, the never treated add nothing. For
    weights w_k = p_k / sum p the influence of region i is sum_k 1(g_k = G_i) w_k (att_k - theta) / p_k, over N
    (Callaway & Sant'Anna 2021).
    """
    n = len(cohort)
    share = cells.people / n
    added = []
    for one in found:
        mean = one.weights @ att
        rows = one.weights if one.by_size else np.zeros_like(one.weights)
        theta = one.overall @ mean if one.keys else one.overall @ att
        if not one.keys:
            overall = one.overall * (att - theta) / share
        elif one.overall_by_size:
            own = np.asarray(one.keys)[:, None] == cells.cohort
            per_key = one.overall * (mean - theta) / np.array([share[row][0] for row in own])
            first = np.argmax(own, axis=1)
            overall = np.zeros(len(att))
            overall[first] = per_key
        else:
            overall = one.overall @ (rows * (att - mean[:, None])) / share
        added += [overall[None], rows * (att - mean[:, None]) / share]
    present = np.unique(cohort[np.isfinite(cohort)])
    return np.asarray((present[:, None] == cells.cohort).astype(float) @ np.vstack(added).T / n)


def membership(cohort: FloatArray) -> FloatArray:
    """Return which of the sorted cohorts (C) each region (N,) belongs to, (N, C) of 0 and 1."""
    return np.asarray(cohort[:, None] == np.unique(cohort[np.isfinite(cohort)]), dtype=np.float64)


def aggregates_part(
    labels: Sequence[tuple[str, str]], estimate: FloatArray, std_error: FloatArray, df: float
) -> Part[Aggregates]:
    """Return the part ``aggregates`` of means labelled by aggregation and key (``overall`` for means of keys)."""
    found = infer(estimate, std_error, df)._asdict()
    return Part(Aggregates(tuple(name for name, _ in labels), tuple(key for _, key in labels), **found))


def att_gt_part(
    cells: Cells, estimate: FloatArray, std_error: FloatArray, df: float, treated: IntArray | None = None
) -> Part[AttGt]:
    """Return the part ``att_gt`` of effects (K,) in ``cells``, which come sorted.

    ``treated`` (K,) counts the treated regions behind each cell; none: the size of the cell.
    """
    behind = cells.size if treated is None else treated
    return Part(
        AttGt(
            cohort=cells.cohort,
            time=cells.time,
            event_time=cells.event,
            treated=np.asarray(behind, dtype=np.intp),
            **infer(estimate, std_error, df)._asdict(),
        )
    )


def at_event_times(cells: Cells, labels: IntArray, shown: Sequence[int]) -> FloatArray:
    """Return the weights on the cells, (m, K), of the mean at each ``shown`` value of ``labels`` (K,)."""
    return _rows(np.asarray(shown), labels, cells.size)
