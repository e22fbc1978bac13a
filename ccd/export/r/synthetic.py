"""Synthetic control and its kin in R: synthdid (its three estimators) and augsynth."""

from __future__ import annotations

from ccd.estimate.synthetic.ascm import Ascm
from ccd.estimate.synthetic.did import Did
from ccd.estimate.synthetic.difp import Difp
from ccd.estimate.synthetic.sc import Sc
from ccd.estimate.synthetic.sdid import Sdid
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.r.rows import known, treated
from ccd.export.r.tongue import among, quoted, vector
from ccd.words import Text, text

CALLS = {"sdid": "synthdid_estimate", "sc": "sc_estimate", "did": "did_estimate"}


def rows(model: Sdid | Sc | Did | Difp | Ascm, job: Job) -> tuple[list[str], list[Text]]:
    """Return the lines up to a balanced sample of the treated and their donors."""
    lines, said = ["d <- panel"], list[Text]()
    if model.years is not None:
        lines.append(f"d <- d[d${job.time} >= {model.years[0]} & d${job.time} <= {model.years[1]}, ]")
    lines += treated(job, model.policy)
    first = f"d${job.first(model.policy)}"
    region = job.panel.entity_name
    if model.treated:
        lines.append(f"d <- d[is.na({first}) | {among(region, [model.treated], job)}, ]")
    if model.donors.exclude:
        lines.append(f"d <- d[!(is.na({first}) & {among(region, list(model.donors.exclude), job)}), ]")
    for policy in model.donors.policies:
        lines.append(f"d <- d[!(is.na({first}) & !is.na(d${job.first(policy)})), ]")
    if model.donors.neighbours or model.donors.within or model.donors.same:
        said.append(
            text("Donors: ccd also leaves out some by place or group; drop them here as its note says")
        )
    if model.anticipation:
        said.append(text("Years of anticipation leave for all regions in ccd; drop them here"))
    if model.controls:
        said.append(
            text("Controls: ccd projects them out of the outcome first; here the outcome stays as it is")
        )
    lines.append(known([job.column(model.outcome)]))
    return lines, said


def synthdid(model: Sdid | Sc | Did, job: Job) -> Code:
    """Return one of synthdid's estimators with its placebo error."""
    lines, said = rows(model, job)
    columns = vector((job.entity, job.time, job.column(model.outcome), job.treat(model.policy)))
    lines += [
        f"shaped <- synthdid::panel.matrices(d[{columns}])",
        f"found <- synthdid::{CALLS[model.estimator]}(shaped$Y, shaped$N0, shaped$T0)",
        f"keep({quoted(model.name)}, {quoted(model.policy)}, as.numeric(found), "
        'sqrt(vcov(found, method = "placebo")), nrow(d), NA)',
    ]
    said.append(differs.PLACEBO)
    if model.estimator == "sdid":
        said.append(
            text("synthdid stops its Frank-Wolfe steps early, ccd solves exactly: the last digits differ")
        )
    if isinstance(model, Sc) and model.predictors:
        said.append(differs.SCREENED)
    return Code(tuple(lines), tuple(said), ("synthdid",))


def augsynth(model: Ascm | Difp, job: Job) -> Code:
    """Return augmented synthetic control by augsynth; with demeaned outcomes for difp."""
    lines, said = rows(model, job)
    options = (
        'progfunc = "None", scm = TRUE, fixedeff = TRUE'
        if isinstance(model, Difp)
        else 'progfunc = "Ridge", scm = TRUE'
    )
    lines += [
        f"found <- augsynth::augsynth({job.column(model.outcome)} ~ {job.treat(model.policy)}, {job.entity}, "
        f"{job.time}, d, {options})",
        "print(summary(found))",
    ]
    said.append(
        text("augsynth's intervals are conformal or by jackknife; its penalty is chosen by another rule")
    )
    return Code(tuple(lines), tuple(said), ("augsynth",))
