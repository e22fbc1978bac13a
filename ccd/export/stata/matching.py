"""Matching and the regression under its weights in Stata."""

from __future__ import annotations

from ccd.estimate.psm.spec import PsmDid
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata import regression
from ccd.export.stata.rows import ID, known, prepared, treated
from ccd.words import Text, text

#: The names that psmatch2 gives kernels.
KERNELS = {
    "epanechnikov": "epan",
    "uniform": "uniform",
    "biweight": "biweight",
    "tricube": "tricube",
    "gaussian": "normal",
}


def psm_did(model: PsmDid, job: Job) -> Code | Text:
    """Return the units, their weights (psmatch2 or ebalance) and the regression under them."""
    if model.design != "base":
        return text(
            'psmatch2 matches one cross-section; design = "{design}" matches in several at once',
            design=model.design,
        )
    if model.matcher == "kernel" and model.kernel not in KERNELS:
        return text("psmatch2 has no {kernel} kernel", kernel=model.kernel)
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    outcome, first, own = job.column(model.outcome), job.first(model.policy), job.column.fresh(ID)
    lines.append(known(outcome, *job.columns(model.controls)))
    ever, units, weight = (job.column.fresh(name) for name in ("_ever", "_unit", "_share"))
    when = f"{job.time} == {model.base_year}" if model.base_year is not None else f"{job.time} < `earliest'"
    means = []
    lines += [
        f"quietly summarize {first}, meanonly",
        "local earliest = r(min)",
        f"generate byte {ever} = !missing({first})",
    ]
    for name in dict.fromkeys(model.match_on):
        mean = job.column.fresh(f"match_{name}")
        lines.append(f"egen double {mean} = mean(cond({when}, {job.column(name)}, .)), by({own})")
        means.append(mean)
    lines += [
        known(*means),
        "preserve",
        f"bysort {own} ({job.time}): keep if _n == 1",
        *([f"set seed {job.estimate.seed}"] if job.estimate is not None and job.estimate.seed else []),
        "generate double _order = runiform()",
        "sort _order",
        *units_weighed(model, ever, means, said),
        f"rename {'_webal' if model.matcher == 'entropy-balance' else '_weight'} {weight}",
        f"keep {own} {weight}",
        f"tempfile {units}",
        f"save `{units}'",
        "restore",
        f"merge m:1 {own} using `{units}', keep(match) nogenerate",
        f"keep if {weight} > 0 & !missing({weight})",
    ]
    made = regression.two_way(
        job, outcome, [job.treat(model.policy), *job.columns(model.controls)], model.cluster, weight=weight
    )
    package = "ebalance" if model.matcher == "entropy-balance" else "psmatch2"
    if model.exact:
        said.append(
            text(
                "Within {column}: psmatch2 does not match inside groups; run it for each of them",
                column=model.exact,
            )
        )
    return Code((*lines, *made.lines), (*said, differs.MATCHED_FACTOR), (package, *made.packages, "ftools"))


def units_weighed(model: PsmDid, ever: str, means: list[str], said: list[Text]) -> list[str]:
    """Return the call that weighs the units; what differs is added to ``said``."""
    columns = " ".join(means)
    if model.matcher == "entropy-balance":
        return [f"ebalance {ever} {columns}, targets(1)"]
    common = [] if model.common_support == "none" else ["common"]
    if model.common_support == "trim":
        common = [f"trim({model.trim:g})"]
    link = ["logit"] if model.score == "logit" else []
    wide = []
    if model.caliper is not None:
        cut = f"{model.caliper:g}"
        if model.caliper_scale == "sd":
            said.append(
                text(
                    "Caliper: ccd's is {caliper:g} pooled standard deviations; psmatch2's is on the score",
                    caliper=model.caliper,
                )
            )
        wide = [f"caliper({cut})"]
    if common:
        said.append(differs.SUPPORT)
    if model.matcher == "mahalanobis":
        said.append(text("Mahalanobis: ccd takes the covariance within groups, psmatch2 that of all"))
        return [f"psmatch2 {ever}, mahalanobis({columns}) neighbor({model.neighbours}) ties"]
    own = {
        "kernel": ["kernel", f"kerneltype({KERNELS.get(model.kernel, '')})", f"bwidth({model.bandwidth:g})"],
        "local-linear": ["llr", f"bwidth({model.bandwidth:g})"],
        "radius": ["radius", *wide],
        "nearest": [
            f"neighbor({model.neighbours})",
            *wide,
            "ties" if model.replacement else "noreplacement descending",
        ],
    }[model.matcher]
    return [f"psmatch2 {ever} {columns}, {' '.join([*link, *own, *common])}"]
