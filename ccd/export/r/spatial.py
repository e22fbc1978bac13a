"""Spatial panel models in R: splm with weights that ccd writes beside the panel, lm for lags of regressors."""

from __future__ import annotations

from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.spatial.likelihood import SpatialLikelihood
from ccd.estimate.spatial.slx import SpatialSlx
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.r import regression
from ccd.export.r.rows import known, prepared, treated
from ccd.export.r.tongue import quoted, vector
from ccd.export.weights import likelihood_rho, matrix_file
from ccd.words import text

EFFECTS = {"both": '"twoways"', "entity": '"individual"', "time": '"time"', "none": '"individual"'}


def call(
    job: Job, outcome: str, x: list[str], file: str, effects: str, *, lag: bool, none: bool = False
) -> list[str]:
    """Return the lines that read the weights and fit by splm."""
    error = '"none"' if lag else '"b"'
    model = "pooling" if none else "within"
    return [
        f'weights <- read.csv({quoted(file)}, fileEncoding = "UTF-8")',
        f"d <- d[order(d${job.entity}, d${job.time}), ]",
        'listed <- spdep::mat2listw(as.matrix(weights[match(unique(d${0}), weights$region), -1]), style = "M")'.replace(
            "{0}", job.entity
        ),
        f"fit <- splm::spml({regression.formula(outcome, x)}, data = d, index = {vector((job.entity, job.time))}, "
        f"listw = listed, model = {quoted(model)}, effect = {EFFECTS[effects]}, lag = {str(lag).upper()}, "
        f"spatial.error = {error})",
        "print(summary(fit))",
    ]


def likelihood(model: SpatialLikelihood, job: Job) -> Code:
    """Return the spatial panel model by splm, lags of regressors as columns."""
    lines, said = prepared(model, job, model.x)
    lagged = [job.own(f"W {name}") for name in model.lagged] if model.estimator == "sdm" else []
    x, outcome = [*job.columns(model.x), *lagged], job.column(model.outcome)
    lines.append(known([outcome, *x]))
    file, content = matrix_file(model, job)
    lines += call(
        job, outcome, x, file, model.effects, lag=model.estimator != "sem", none=model.effects == "none"
    )
    said += [differs.made(*lagged)] if lagged else []
    return Code(
        tuple(lines),
        (*said, differs.likelihood(likelihood_rho(job)), differs.NORMAL),
        ("splm", "spdep"),
        {file: content},
    )


def slx(model: SpatialSlx, job: Job) -> Code:
    """Return the regression with neighbours' means of regressors."""
    lines, said = prepared(model, job, model.x)
    lagged = [job.own(f"W {name}") for name in model.lagged]
    outcome, names = job.column(model.outcome), job.panel.entity_name
    lines.append(known([outcome, *job.columns(model.x), *lagged]))
    effects = [
        *([names] if model.effects in ("both", "entity") else []),
        *([job.panel.time_name] if model.effects in ("both", "time") else []),
    ]
    shown = [(name, job.column(name)) for name in model.x]
    shown += [(f"{name}_neighbours", own) for name, own in zip(model.lagged, lagged, strict=True)]
    made = regression.two_way(job, outcome, shown, (), model.cluster, effects)
    return Code((*lines, *made.lines), (*said, differs.made(*lagged), *made.differs), made.packages)


def policy(model: SpatialLagDid, job: Job) -> Code:
    """Return the policy under a spatial lag of the outcome by splm."""
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    outcome, treat = job.column(model.outcome), job.treat(model.policy)
    lagged = [job.own("exposure")] if model.estimator == "sdm" else []
    x = [treat, *lagged, *job.columns(model.controls)]
    lines.append(known([outcome, *x]))
    file, content = matrix_file(model, job)
    lines += call(job, outcome, x, file, "both", lag=True)
    mean = text(
        "splm prints coefficients; ccd's direct, indirect and total effects are means over treated region-years"
    )
    return Code(
        tuple(lines),
        (*said, *([differs.made(*lagged)] if lagged else []), mean, differs.likelihood(likelihood_rho(job))),
        ("splm", "spdep"),
        {file: content},
    )
