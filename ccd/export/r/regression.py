"""Least squares with dummies in R (lm with sandwich), and the same call for fixest."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.estimate.rows.across import AcrossRegions
from ccd.export import differs
from ccd.export.job import Code, Job, named
from ccd.export.r.tongue import quoted, vector
from ccd.words import Text


def parameters(job: Job, slopes: int, effects: Sequence[str], clusters: Sequence[str]) -> str:
    """Return K of ccd's factor: slopes, the constant, and effects that no cluster holds whole.

    ``effects`` are columns of the study. Without an estimate it is the rank of the fit.
    """
    if job.estimate is None:
        return "fit$rank"
    known = job.estimate.details.get("k")
    if isinstance(known, int):
        return str(known)
    size = {job.panel.entity_name: job.estimate.entities, job.panel.time_name: job.estimate.times}
    outside = [name for name in effects if not any(job.constant(cluster, name) for cluster in clusters)]
    return str(slopes + 1 + sum(size[name] - 1 for name in outside))


def dummies(job: Job, effects: Sequence[str]) -> list[str]:
    """Return the terms of effects in a formula of lm; ``effects`` are columns of the study."""
    return [f"factor({job.column(name)})" for name in effects]


def formula(outcome: str, terms: Sequence[str]) -> str:
    """Return a formula."""
    return f"{outcome} ~ {' + '.join(terms) or '1'}"


def kept(job: Job, shown: Sequence[tuple[str, str]], found: str = "found") -> list[str]:
    """Return the lines that keep estimates; ``shown`` are (term of ccd, coefficient)."""
    return [
        f"keep({quoted(job.model.name)}, {quoted(term)}, coef(fit)[[{quoted(own)}]], {found}$se[[{quoted(own)}]], "
        f"nobs(fit), {found}$factor)"
        for term, own in shown
    ]


def clustered(job: Job, cluster: str | tuple[str, ...], k: str) -> str:
    """Return the line that makes clustered errors and ccd's factor."""
    columns = job.columns(named(cluster) or (job.panel.entity_name,))
    return f"found <- clustered(fit, d[{vector(columns)}], {k})"


def errors(model: AcrossRegions, job: Job, k: str) -> tuple[str, list[Text]]:
    """Return the line that makes the errors of a fit with dummies, and what differs."""
    if model.vcov == "iid":
        return "found <- list(se = sqrt(diag(vcov(fit))), factor = 1)", [differs.DUMMIES]
    if model.vcov == "hc1":
        line = 'found <- list(se = sqrt(diag(sandwich::vcovHC(fit, type = "HC1"))), factor = 1)'
        return line, [differs.DUMMIES]
    if model.vcov == "driscoll-kraay":
        return clustered(job, model.cluster, "NA"), [differs.driscoll(model.hac_lags, model.hac_factor)]
    if model.vcov == "conley":
        return clustered(job, model.cluster, "NA"), [differs.conley(model.cutoff)]
    line = clustered(job, model.cluster, k)
    return line, [differs.TWO_WAYS, differs.FACTOR] if len(named(model.cluster)) > 1 else [differs.FACTOR]


def fixest(
    job: Job, outcome: str, slopes: Sequence[str], effects: Sequence[str], vcov: str, weight: str = ""
) -> str:
    """Return the line that prints the same by fixest where it is installed."""
    swept = f" | {' + '.join(effects)}" if effects else ""
    weighted = f", weights = ~{weight}" if weight else ""
    return (
        f'if (installed("fixest")) print(fixest::feols({formula(outcome, slopes)}{swept}, data = d, '
        f"vcov = {vcov}{weighted}))"
    )


def fixest_errors(model: AcrossRegions, job: Job) -> str:
    """Return what fixest calls the errors of a model."""
    if model.vcov in ("iid", "hc1"):
        return {"iid": '"iid"', "hc1": '"hetero"'}[model.vcov]
    if model.vcov == "driscoll-kraay":
        lags = "" if model.hac_lags is None else f"({model.hac_lags})"
        return f"DK{lags} ~ {job.time}"
    if model.vcov == "conley" and model.coordinates is not None:
        lon, lat = job.columns(model.coordinates)
        return f'fixest::vcov_conley(lat = "{lat}", lon = "{lon}", cutoff = {model.cutoff:g}, distance = "spherical")'
    return by(job, model.cluster)


def by(job: Job, cluster: str | tuple[str, ...]) -> str:
    """Return the clusters as a formula."""
    return "~" + " + ".join(job.columns(named(cluster) or (job.panel.entity_name,)))


def two_way(
    job: Job,
    outcome: str,
    shown: Sequence[tuple[str, str]],
    controls: Sequence[str],
    cluster: str | tuple[str, ...],
    effects: Sequence[str] | None = None,
    weight: str = "",
) -> Code:
    """Return the regression with dummies, its clustered errors, and the line for fixest.

    ``shown`` are (term of ccd, column) of what is kept; ``effects`` are columns of the study (none: both).
    """
    effects = (job.panel.entity_name, job.panel.time_name) if effects is None else effects
    slopes = [*(own for _, own in shown), *controls]
    groups = named(cluster) or (job.panel.entity_name,)
    weighted = f", weights = {weight}" if weight else ""
    lines = [
        f"fit <- lm({formula(outcome, [*slopes, *dummies(job, effects)])}, data = d{weighted})",
        clustered(job, cluster, parameters(job, len(slopes), effects, groups)),
        *kept(job, shown),
        fixest(job, outcome, slopes, job.columns(effects), by(job, cluster), weight),
    ]
    said = (differs.TWO_WAYS, differs.FACTOR) if len(groups) > 1 else (differs.FACTOR,)
    return Code(tuple(lines), said, ("sandwich",))
