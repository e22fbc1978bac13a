"""Estimators of staggered adoption in Stata, each by its authors' or its best-known package."""

from __future__ import annotations

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.lp_did import LpDid
from ccd.estimate.did.stacked import Stacked
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata.regression import clusters
from ccd.export.stata.rows import ID, known, prepared, treated
from ccd.words import Text, text

#: The names that csdid gives ccd's methods.
METHODS = {"dr": "dripw", "dr-improved": "drimp", "reg": "reg", "ipw": "stdipw"}

Staggered = (
    CallawaySantAnna | Dcdh | Etwfe | FractionalLogit | Gardner | Imputation | LpDid | Stacked | SunAbraham
)


def begun(model: Staggered, job: Job) -> tuple[list[str], list[Text]]:
    """Return the lines up to a sample with the policy's dummy, and what differs."""
    reads = model.reads()
    lines, said = prepared(model, job, (*reads.regressors, *reads.covariates))
    lines += treated(job, model.policy)
    weight = [job.column(model.weight)] if model.weight else []
    lines.append(known(job.column(model.outcome), *job.columns(reads.regressors), *weight))
    return lines, said


def cohort(model: Staggered, job: Job) -> tuple[str, str]:
    """Return the line that makes the cohort with 0 for never, and its name."""
    own = job.column.fresh("_cohort")
    first = job.first(model.policy)
    return f"generate {own} = cond(missing({first}), 0, {first})", own


def weighted(model: Staggered, job: Job) -> str:
    """Return the weight of a call, a blank before it."""
    return f" [aw={job.column(model.weight)}]" if model.weight else ""


def callaway_santanna(model: CallawaySantAnna, job: Job) -> Code:
    """Return csdid with the overall mean and the event study."""
    lines, said = begun(model, job)
    line, own = cohort(model, job)
    more, found = clusters(job, model.cluster)
    options = [
        f"ivar({job.column.fresh(ID)})",
        f"time({job.time})",
        f"gvar({own})",
        f"method({METHODS[model.method]})",
        *(["notyet"] if model.control_group == "not-yet" else []),
        *(["long2"] if model.base_period == "universal" else []),
        *([f"cluster({found[0]})"] if model.cluster else []),
    ]
    covariates = "".join(f" {name}" for name in job.columns(model.covariates))
    weight = weighted(model, job).replace("aw=", "iw=")
    lines += [line, *more, f"csdid {job.column(model.outcome)}{covariates}{weight}, {' '.join(options)}"]
    lines += ["estat simple", "estat event"]
    if model.anticipation:
        said.append(
            text("csdid takes no anticipation; ccd leaves out {years} before", years=model.anticipation)
        )
    if not model.covariates:
        said.append(text("Without covariates all methods are the same difference of means"))
    return Code(tuple(lines), (*said, differs.INFLUENCE, differs.NORMAL), ("csdid", "drdid"))


def sun_abraham(model: SunAbraham, job: Job) -> Code:
    """Return eventstudyinteract on dummies of event time."""
    lines, said = begun(model, job)
    first, event = job.first(model.policy), job.column.fresh("_event")
    never = job.column.fresh("_never")
    lines += [
        f"generate {event} = {job.time} - {first}",
        f"generate byte {never} = missing({first})",
        f"quietly summarize {event}",
        "local before = -r(min)",
        "local after = r(max)",
        'local dummies ""',
        "forvalues e = `before'(-1)2 {",
        f"    generate byte _lead`e' = {event} == -`e'",
        "    local dummies \"`dummies' _lead`e'\"",
        "}",
        "forvalues e = 0/`after' {",
        f"    generate byte _lag`e' = {event} == `e'",
        "    local dummies \"`dummies' _lag`e'\"",
        "}",
    ]
    more, found = clusters(job, model.cluster)
    controls = f" covariates({' '.join(job.columns(model.controls))})" if model.controls else ""
    lines += [
        *more,
        f"eventstudyinteract {job.column(model.outcome)} `dummies'{weighted(model, job)}, cohort({first}) "
        f"control_cohort({never}) absorb({job.column.fresh(ID)} {job.time}){controls} vce(cluster {' '.join(found)})",
        "matrix list e(b_iw)",
    ]
    return Code(
        tuple(lines),
        (
            *said,
            text(
                "eventstudyinteract prints event times; ccd's headline is their mean by treated region-years"
            ),
            text("ccd takes the cohorts' weights as fixed in the error"),
        ),
        ("eventstudyinteract", "avar", "reghdfe", "ftools"),
    )


def imputation(model: Imputation, job: Job) -> Code:
    """Return did_imputation with the mean over all treated cells."""
    lines, said = begun(model, job)
    more, found = clusters(job, model.cluster)
    controls = f" controls({' '.join(job.columns(model.controls))})" if model.controls else ""
    lines += [
        *more,
        f"did_imputation {job.column(model.outcome)} {job.column.fresh(ID)} {job.time} {job.first(model.policy)}"
        f"{weighted(model, job)}, autosample minn(0){controls} cluster({found[0]})",
    ]
    return Code(
        tuple(lines), (*said, differs.AGGREGATED, differs.NORMAL), ("did_imputation", "reghdfe", "ftools")
    )


def gardner(model: Gardner, job: Job) -> Code:
    """Return did2s, two stages."""
    lines, said = begun(model, job)
    more, found = clusters(job, model.cluster)
    treat = job.treat(model.policy)
    first = f"i.{job.column.fresh(ID)} i.{job.time}" + "".join(f" {x}" for x in job.columns(model.controls))
    lines += [
        *more,
        f"did2s {job.column(model.outcome)}{weighted(model, job)}, first_stage({first}) second_stage(i.{treat}) "
        f"treatment({treat}) cluster({found[0]})",
    ]
    return Code(tuple(lines), (*said, differs.INFLUENCE, differs.NORMAL), ("did2s",))


def stacked(model: Stacked, job: Job) -> Code:
    """Return stackedev, whose stack has no corrective weights."""
    lines, said = begun(model, job)
    first, event, never = job.first(model.policy), job.column.fresh("_event"), job.column.fresh("_never")
    low, high = model.window or (-3, 3)
    dummies = []
    lines += [f"generate {event} = {job.time} - {first}", f"generate byte {never} = missing({first})"]
    for e in range(low, high + 1):
        if e == -1:
            continue
        name = f"_lead{-e}" if e < 0 else f"_lag{e}"
        lines.append(f"generate byte {name} = {event} == {e}")
        dummies.append(name)
    controls = f" covariates({' '.join(job.columns(model.controls))})" if model.controls else ""
    own = job.column.fresh(ID)
    lines.append(
        f"stackedev {job.column(model.outcome)} {' '.join(dummies)}, cohort({first}) time({job.time}) "
        f"never_treat({never}) unit_fe({own}) clust_unit({own}){controls}"
    )
    return Code(
        tuple(lines),
        (
            *said,
            text(
                "stackedev (Cengiz et al. 2019) takes never-treated controls and no weights; ccd takes regions "
                "untreated through the window, weighted after Wing, Freedman and Hollingsworth (2024)"
            ),
        ),
        ("stackedev", "reghdfe", "ftools"),
    )


def etwfe(model: Etwfe, job: Job) -> Code:
    """Return jwdid with the overall mean."""
    lines, said = begun(model, job)
    line, own = cohort(model, job)
    more, found = clusters(job, model.cluster)
    columns = dict.fromkeys((*model.covariates, *model.controls))
    covariates = "".join(f" {name}" for name in job.columns(columns))
    lines += [
        line,
        *more,
        f"jwdid {job.column(model.outcome)}{covariates}{weighted(model, job)}, ivar({job.column.fresh(ID)}) "
        f"tvar({job.time}) gvar({own}) cluster({found[0]})",
        "estat simple",
    ]
    if model.controls:
        said.append(
            text("jwdid interacts every covariate with cohorts and years; ccd only its key covariates")
        )
    return Code(tuple(lines), (*said, differs.AGGREGATED), ("jwdid", "reghdfe", "ftools"))


def lp_did(model: LpDid, job: Job) -> Code:
    """Return lpdid with the pooled effect."""
    lines, said = begun(model, job)
    low, high = model.window or (-3, 3)
    options = [
        f"unit({job.column.fresh(ID)})",
        f"time({job.time})",
        f"treat({job.treat(model.policy)})",
        f"pre_window({max(2, -low)})",
        f"post_window({max(0, high)})",
        *(["rw"] if model.weighting == "equal" else []),
        *(["nevertreated"] if model.control_group == "never" else []),
    ]
    if model.covariates:
        options.append(f"controls({' '.join(job.columns(model.covariates))})")
    lines.append(f"lpdid {job.column(model.outcome)}, {' '.join(options)}")
    return Code(
        tuple(lines),
        (
            *said,
            text("Each event time has its own factor in ccd; lpdid's pooled effect is the one to compare"),
        ),
        ("lpdid",),
    )


def dcdh(model: Dcdh, job: Job) -> Code:
    """Return did_multiplegt_dyn with all effects."""
    lines, said = begun(model, job)
    more, found = clusters(job, model.cluster)
    low, high = model.window or (-3, 3)
    lines += [
        *more,
        f"did_multiplegt_dyn {job.column(model.outcome)} {job.column.fresh(ID)} {job.time} "
        f"{job.treat(model.policy)}, effects({max(1, high + 1)}) placebo({max(1, -low - 1)}) "
        f"cluster({found[0]}) graph_off",
    ]
    return Code(
        tuple(lines),
        (*said, text("ccd's headline takes every horizon; here as many as are asked for"), differs.NORMAL),
        ("did_multiplegt_dyn", "gtools"),
    )


def fractional(model: FractionalLogit, job: Job) -> Code:
    """Return fracreg with cohort and year dummies, and the average effect on the treated."""
    lines, said = begun(model, job)
    line, own = cohort(model, job)
    more, found = clusters(job, model.cluster)
    lines += [line, *more]
    columns = []
    for name in job.columns(model.controls):
        mean = job.column.fresh(f"mean_{name}")
        lines.append(f"egen double {mean} = mean({name}), by({job.column.fresh(ID)})")
        columns += [mean, name]
    treat = job.treat(model.policy)
    lines += [
        f"fracreg logit {job.column(model.outcome)} i.{treat} {' '.join(columns)} i.{own} i.{job.time}, "
        f"vce(cluster {found[0]})",
        f"margins, dydx({treat}) subpop(if {treat} == 1)",
    ]
    return Code(
        tuple(lines),
        (*said, text("Factor: fracreg takes G/(G-1); ccd takes G/(G-1) x (n-1)/(n-K), and t with G-1")),
    )
