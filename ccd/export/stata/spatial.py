"""Spatial panel models in Stata (xsmle), by maximum likelihood with weights that ccd writes beside the panel."""

from __future__ import annotations

from dataclasses import replace

from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.spatial.likelihood import SpatialLikelihood
from ccd.estimate.spatial.slx import SpatialSlx
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata import regression
from ccd.export.stata.rows import ID, known, prepared, treated
from ccd.export.weights import likelihood_rho, matrix_file
from ccd.words import Text, text

MODELS = {"sdm": "sdm", "sar": "sar", "sem": "sem"}
CORRECTED = text(
    'Lee and Yu\'s correction: where numbers differ, compare without leeyu and with correction = "none"'
)
SORTED = text("The weights' rows stand in the order of the regions' names, as xtset numbers them")


def weights_read(job: Job, file: str, matrix: str) -> list[str]:
    """Return the lines that read the weights into a matrix."""
    return [
        f'import delimited using "{file}", clear varnames(1) encoding("utf-8")',
        f"mkmat w*, matrix({matrix})",
    ]


def likelihood(model: SpatialLikelihood, job: Job) -> Code:
    """Return the spatial panel model by xsmle."""
    lines, said = prepared(model, job, model.x)
    outcome, x = job.column(model.outcome), job.columns(model.x)
    file, content = matrix_file(model, job)
    lines.append(known(outcome, *x))
    kinds = {"both": "both", "entity": "ind", "time": "time", "none": "ind"}
    corrected = ", leeyu" if model.correction == "lee-yu" else ""
    option = f"fe type({kinds[model.effects]}{corrected})" if model.effects != "none" else "re"
    name = "W_" + str(1)
    matrix = "emat" if model.estimator == "sem" else "wmat"
    durbin = f" durbin({' '.join(job.columns(model.lagged))})" if model.estimator == "sdm" else ""
    call = f"xsmle {outcome} {' '.join(x)}, {option} model({MODELS[model.estimator]}) {matrix}({name}){durbin} effects"
    return Code(
        (*weights_read(job, file, name), *lines, call),
        (*said, SORTED, CORRECTED, differs.NORMAL),
        ("xsmle",),
        {file: content},
    )  # fmt: skip


def slx(model: SpatialSlx, job: Job) -> Code:
    """Return the regression with neighbours' means of regressors."""
    lines, said = prepared(model, job, model.x)
    outcome, x = job.column(model.outcome), job.columns(model.x)
    lagged = [job.own(f"W {name}") for name in model.lagged]
    lines.append(known(outcome, *x, *lagged))
    effects = [
        *([job.column.fresh(ID)] if model.effects in ("both", "entity") else []),
        *([job.time] if model.effects in ("both", "time") else []),
    ]
    more, found = regression.clusters(job, model.cluster)
    call = regression.absorbed(outcome, [*x, *lagged], effects, f"vce(cluster {found[0]})")
    return Code((*lines, *more, call), (*said, differs.made(*lagged), differs.SAME), ("reghdfe", "ftools"))


def policy(model: SpatialLagDid, job: Job) -> Code | Text:
    """Return the policy under a spatial lag of the outcome by xsmle."""
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    outcome, controls, treat = job.column(model.outcome), job.columns(model.controls), job.treat(model.policy)
    lines.append(known(outcome, *controls))
    file, content = matrix_file(model, job)
    durbin = f" durbin({treat})" if model.estimator == "sdm" else ""
    call = (
        f"xsmle {outcome} {treat}{''.join(f' {name}' for name in controls)}, fe type(both) "
        f"model({model.estimator}) wmat(W_1){durbin} effects"
    )
    made = Code((*weights_read(job, file, "W_1"), *lines, call), packages=("xsmle",), files={file: content})
    mean = text(
        "ccd's direct, indirect and total effects are means over treated region-years; xsmle's over all"
    )
    return replace(made, differs=(*said, SORTED, differs.likelihood(likelihood_rho(job)), mean))
