"""Synthetic control and its kin in Stata: sdid, and synth where predictors weigh."""

from __future__ import annotations

from ccd.estimate.synthetic.did import Did
from ccd.estimate.synthetic.sc import Sc
from ccd.estimate.synthetic.sdid import Sdid
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata.rows import ID, known, opened, treated
from ccd.export.stata.tongue import among
from ccd.words import Text, text

PROJECTED = text(
    "Controls: ccd projects them out on untreated region-years; sdid, covariates(, projected) does nearly the same"
)


def rows(model: Sdid | Sc | Did, job: Job) -> tuple[list[str], list[Text]]:
    """Return the lines up to a balanced sample of the treated and their donors."""
    lines, said = opened(job), list[Text]()
    if model.years is not None:
        lines.append(f"keep if inrange({job.time}, {model.years[0]}, {model.years[1]})")
    lines += treated(job, model.policy)
    first = job.first(model.policy)
    if model.treated:
        lines.append(f"keep if missing({first}) | {among(job.panel.entity_name, [model.treated], job)}")
    if model.donors.exclude:
        lines.append(
            f"drop if {among(job.panel.entity_name, list(model.donors.exclude), job)} & missing({first})"
        )
    for policy in model.donors.policies:
        lines.append(f"drop if missing({first}) & !missing({job.first(policy)})")
    if model.donors.neighbours or model.donors.within or model.donors.same:
        said.append(
            text("Donors: ccd also leaves out some by place or group; drop them here as its note says")
        )
    if model.anticipation:
        lines.append(
            f"drop if {job.time} >= {first} - {model.anticipation} & {job.time} < {first} & !missing({first})"
        )
        said.append(text("Years of anticipation leave for all regions in ccd; sdid needs a balanced panel"))
    lines.append(known(job.column(model.outcome), *job.columns(model.controls)))
    return lines, said


def sdid(model: Sdid | Sc | Did, job: Job) -> Code:
    """Return sdid with its method; synth beside where predictors are named."""
    lines, said = rows(model, job)
    method = {"sdid": "sdid", "sc": "sc", "did": "did"}[model.estimator]
    seed = job.estimate.seed if job.estimate is not None and job.estimate.seed is not None else 1
    covariates = f" covariates({' '.join(job.columns(model.controls))}, projected)" if model.controls else ""
    said += [PROJECTED] if model.controls else []
    lines.append(
        f"sdid {job.column(model.outcome)} {job.column.fresh(ID)} {job.time} {job.treat(model.policy)}, "
        f"vce(placebo) reps({model.draws}) seed({seed}) method({method}){covariates}"
    )
    said.append(differs.PLACEBO)
    if model.estimator == "sdid":
        said.append(text("sdid finds its weights by Frank-Wolfe steps, ccd exactly: the last digits differ"))
    if isinstance(model, Sc) and model.predictors:
        said.append(differs.SCREENED)
    return Code(tuple(lines), tuple(said), ("sdid",))
