"""Least squares with absorbed effects: the one call behind most models in Stata (reghdfe), and its errors."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.estimate.rows.across import AcrossRegions
from ccd.export import differs
from ccd.export.job import Code, Job, named
from ccd.export.stata.rows import ID
from ccd.words import Text


def grouped(job: Job, name: str) -> tuple[list[str], str]:
    """Return the lines that number the values of a column, and the variable that holds them."""
    if name == job.panel.entity_name:
        return [], job.column.fresh(ID)
    if name not in job.textual:
        return [], job.column(name)
    made = job.column.fresh(f"_group_{name}")
    return [f"egen {made} = group({job.column(name)})"], made


def clusters(job: Job, columns: str | tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the lines that number the clusters, and their variables; none named: the region."""
    lines, found = [], []
    for name in named(columns) or (job.panel.entity_name,):
        more, variable = grouped(job, name)
        lines += more
        found.append(variable)
    return lines, found


def errors(model: AcrossRegions, job: Job) -> tuple[list[str], str, list[Text]]:
    """Return lines that errors need, the option, and what differs."""
    if model.vcov == "iid":
        return [], "vce(unadjusted)", [differs.SAME]
    if model.vcov == "hc1":
        return [], "vce(robust)", [differs.SAME]
    lines, found = clusters(job, model.cluster)
    if model.vcov == "driscoll-kraay":
        return lines, f"vce(cluster {found[0]})", [differs.driscoll(model.hac_lags, model.hac_factor)]
    if model.vcov == "conley":
        return lines, f"vce(cluster {found[0]})", [differs.conley(model.cutoff)]
    said = [differs.TWO_WAYS] if len(found) > 1 else [differs.SAME]
    return lines, f"vce(cluster {' '.join(found)})", said


def absorbed(
    outcome: str,
    regressors: Sequence[str],
    effects: Sequence[str],
    vce: str,
    weight: str = "",
    restrict: str = "",
) -> str:
    """Return the call of reghdfe."""
    weighted = f" [aw={weight}]" if weight else ""
    sweep = f"absorb({' '.join(effects)})" if effects else "noabsorb"
    kept = f" if {restrict}" if restrict else ""
    return f"reghdfe {outcome} {' '.join(regressors)}{kept}{weighted}, {sweep} {vce}"


def two_way(
    job: Job, outcome: str, regressors: Sequence[str], cluster: str | tuple[str, ...], **more: str
) -> Code:
    """Return the two-way regression with clustered errors."""
    lines, found = clusters(job, cluster)
    effects = [job.column.fresh(ID), job.time]
    call = absorbed(outcome, regressors, effects, f"vce(cluster {' '.join(found)})", **more)
    return Code((*lines, call), (differs.TWO_WAYS if len(found) > 1 else differs.SAME,), ("reghdfe",))


def driscoll_kraay(model: AcrossRegions, job: Job, regressors: Sequence[str], *, years: bool) -> list[str]:
    """Return the call with Driscoll-Kraay errors (xtscc), beside the one with clustered errors."""
    if model.vcov != "driscoll-kraay":
        return []
    lag = "" if model.hac_lags is None else f" lag({model.hac_lags})"
    dummies = f" i.{job.time}" if years else ""
    return [f"xtscc {job.column(model.outcome)} {' '.join(regressors)}{dummies}, fe{lag}"]
