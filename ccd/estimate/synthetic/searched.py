"""Synthetic control on predictors, from a panel: what each starting point ends at."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.design import Design, wide
from ccd.estimate.synthetic.plan import Plan
from ccd.estimate.synthetic.predictors import scaled, search, starting_points
from ccd.panel import Panel
from ccd.results import Starts
from ccd.streams import Stream
from ccd.words import text


def predicted(plan: Plan, panel: Panel, design: Design, stream: Stream) -> Starts:
    """Return synthetic control on ``predictors`` from every start. Raises EstimationError where one is missing."""
    paths = design.groups[0].paths(design.donors)
    columns, traits, own = _traits(plan, panel, design)
    traits, own = scaled(traits, own)
    starts = starting_points(paths, traits, own, plan.starts, stream("starts"))
    found = search(paths, traits, own, starts)
    best = int(np.argmin(found.loss))
    weights = found.weights[best]
    order = np.argsort(-weights, kind="stable")
    return Starts(
        start=np.arange(1, len(starts) + 1),
        loss=found.loss,
        estimate=found.estimate,
        floor=plan.method(paths).pre_rmspe ** 2,
        best=float(found.estimate[best]),
        lowest=float(found.estimate.min()),
        highest=float(found.estimate.max()),
        predictor=columns,
        v=found.v[best],
        region=tuple(design.names[j] for j in order),
        weight=weights[order],
    )


def _traits(plan: Plan, panel: Panel, design: Design) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    """Return names, donors' (P, N0) and the treated's (P,) predictors: means over known years, or single years."""
    group = design.groups[0]
    before = design.years[group.rows[: group.before]]
    place = {region: j for j, region in enumerate(panel.entities)}
    order = [place[region] for region in (*design.names, design.members[0][0])]
    rows, columns = [], []
    for column, how in plan.predictors.items():
        values = wide(panel, panel.column(column))[:, order]
        if how == "mean":
            own = values[np.isin(design.years, before)]
            count = np.sum(np.isfinite(own), 0)
            with np.errstate(invalid="ignore"):
                rows.append(np.nansum(own, 0) / np.where(count > 0, count, np.nan))
            columns.append(column)
            continue
        for year in how:
            if year not in before:
                raise plan.asked.fail(
                    text(
                        "the predictor '{column}' is asked for in {year}, no year before the date",
                        column=column,
                        year=year,
                    ),
                    text("take years from {first} to {last}", first=before[0], last=before[-1]),
                )
            rows.append(values[design.years == year][0])
            columns.append(f"{column} {year}")
    found = np.array(rows)
    gone = ~np.isfinite(found)
    if gone.any():
        p, j = np.argwhere(gone)[0]
        region = (*design.names, design.members[0][0])[j]
        raise plan.asked.fail(
            text("the predictor '{column}' of '{region}' is missing", column=columns[p], region=region),
            text("fill it, or leave the region out"),
        )
    return tuple(columns), found[:, :-1], found[:, -1]
