"""The region-years of a model in Stata: what its keys leave out, move, cut off and code."""

from __future__ import annotations

import numpy as np

from ccd.estimate.rows.sampling import Sampling
from ccd.export import differs
from ccd.export.job import Job
from ccd.export.stata.tongue import among, holds
from ccd.words import Text

#: Groups of regions and years by number, whatever their columns hold.
ID, YEAR = "_region", "_year"


def opened(job: Job) -> list[str]:
    """Return the lines that read the panel and number its regions."""
    return [
        'use "panel.dta", clear',
        f"egen {job.column.fresh(ID)} = group({job.entity})",
        f"quietly xtset {job.column.fresh(ID)} {job.time}",
    ]


def prepared(model: Sampling, job: Job, regressors: tuple[str, ...]) -> tuple[list[str], list[Text]]:
    """Return the lines that do what ``Sampling.prepare`` does, and what differs."""
    lines, said = opened(job), list[Text]()
    names = dict.fromkeys((*regressors, *(model.complete_in if model.lag else ())))
    if model.lag:
        for name in names:
            column, moved = job.column(name), job.column.fresh(f"lag_{name}")
            lines.append(f"quietly generate double {moved} = L{model.lag}.{column}")
        for name in names:
            lines.append(f"quietly replace {job.column(name)} = {job.column.fresh(f'lag_{name}')}")
    for region in model.drop:
        lines.append(f"drop if {among(job.panel.entity_name, [region], job)}")
    for name, values in model.subset.items():
        lines.append(f"keep if {among(name, values, job)}")
    if model.years is not None:
        lines.append(f"keep if inrange({job.time}, {model.years[0]}, {model.years[1]})")
    if model.where:
        lines.append(f"keep if {holds(model.where, job)}")
    lines += [f"drop if missing({job.column(name)})" for name in model.complete_in]
    if model.log:
        outcome = job.column(model.outcome)
        lines.append(f"quietly replace {outcome} = cond({outcome} > 0, ln({outcome}), .)")
    if model.winsorise:
        lines += winsorised(model, job, regressors)
        said.append(differs.QUANTILES)
    if model.spillover is not None:
        near = job.near(model)
        if model.spillover.how == "drop":
            own = job.first(model.own_policy)
            lines.append(f"drop if {job.time} < {own} & {job.time} >= {near}")
        if model.spillover.policy is None:
            said.append(differs.made(near))
    return lines, said


def winsorised(model: Sampling, job: Job, regressors: tuple[str, ...]) -> list[str]:
    """Return the lines that cut columns off at the quantiles that ccd found in the rows of the model."""
    panel = model.model_copy(update={"winsorise": 0.0, "spillover": None}).prepare(job.panel, regressors)
    lines = []
    for name in dict.fromkeys((model.outcome, *regressors)):
        shares = [model.winsorise, 1 - model.winsorise]
        low, high = (float(cut) for cut in np.nanquantile(panel.column(name), shares))
        own = job.column(name)
        lines.append(f"quietly replace {own} = min(max({own}, {low!r}), {high!r}) if !missing({own})")
    return lines


def treated(job: Job, policy: str) -> list[str]:
    """Return the lines that leave out regions treated throughout and code the policy's dummy."""
    first = job.first(policy)
    return [
        f"quietly summarize {job.time}, meanonly",
        f"drop if {first} <= r(min)",
        f"quietly replace {first} = . if {first} > r(max)",
        dummy(job, policy),
    ]


def dummy(job: Job, policy: str) -> str:
    """Return the line that codes a policy's dummy."""
    return f"generate byte {job.treat(policy)} = {job.time} >= {job.first(policy)}"


def known(*columns: str) -> str:
    """Return the line that keeps the rows in which all columns are known."""
    return f"drop if missing({', '.join(dict.fromkeys(columns))})"
