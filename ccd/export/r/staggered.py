"""Estimators of staggered adoption in R, each by its authors' or its best-known package."""

from __future__ import annotations

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.dcdh import Dcdh
from ccd.estimate.did.ddd import Ddd
from ccd.estimate.did.etwfe import Etwfe
from ccd.estimate.did.fractional import FractionalLogit
from ccd.estimate.did.gardner import Gardner
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.rows.sampling import Sampling
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.r.regression import by
from ccd.export.r.rows import known, prepared, treated
from ccd.export.r.tongue import holds, quoted, vector
from ccd.words import Text, text

#: The names that did gives ccd's methods.
METHODS = {"dr": "dr", "dr-improved": "dr", "reg": "reg", "ipw": "ipw"}
GROUPS = {"never": "nevertreated", "not-yet": "notyettreated"}
NO_STACKED = text("no package on CRAN makes the weighted stack of Wing, Freedman and Hollingsworth (2024)")

Staggered = CallawaySantAnna | Dcdh | Ddd | Etwfe | FractionalLogit | Gardner | Imputation | SunAbraham


def begun(model: Staggered, job: Job) -> tuple[list[str], list[Text]]:
    """Return the lines up to a sample with the policy's dummy, a number for each region and its cohort (0: never)."""
    reads = model.reads()
    lines, said = prepared(model, job, (*reads.regressors, *reads.covariates))
    lines += treated(job, model.policy)
    read = [job.column(model.outcome), *job.columns(reads.regressors)]
    if model.weight:
        own = job.column(model.weight)
        lines += [known([*read, own]), f"d <- d[d${own} > 0, ]"]
    else:
        lines.append(known(read))
    number, cohort = numbers(job)
    first = f"d${job.first(model.policy)}"
    lines += [
        f"d${number} <- as.integer(factor(d${job.entity}))",
        f"d${cohort} <- ifelse(is.na({first}), 0, {first})",
    ]
    return lines, said


def numbers(job: Job) -> tuple[str, str]:
    """Return the names of the region's number and of its cohort."""
    return job.column.fresh("region_number"), job.column.fresh("cohort")


def kept(model: Sampling, policy: str, estimate: str, error: str) -> str:
    """Return the line that keeps the headline."""
    return f"keep({quoted(model.name)}, {quoted(policy)}, {estimate}, {error}, nrow(d), 1)"


def callaway_santanna(model: CallawaySantAnna, job: Job) -> Code:
    """Return did's group-time effects, their overall mean and the event study."""
    lines, said = begun(model, job)
    number, cohort = numbers(job)
    formula = f"~ {' + '.join(job.columns(model.covariates)) or '1'}"
    options = [
        f"yname = {quoted(job.column(model.outcome))}, tname = {quoted(job.time)}, idname = {quoted(number)}",
        f"gname = {quoted(cohort)}, xformla = {formula}, data = d",
        f"control_group = {quoted(GROUPS[model.control_group])}, est_method = {quoted(METHODS[model.method])}",
        f"base_period = {quoted(model.base_period)}, anticipation = {model.anticipation}, bstrap = FALSE",
        "allow_unbalanced_panel = TRUE",
    ]
    if model.weight:
        options.append(f"weightsname = {quoted(job.column(model.weight))}")
    if model.cluster:
        options.append(f"clustervars = {quoted(by(job, model.cluster)[1:])}")
    lines += [
        f"cells <- did::att_gt({', '.join(options)})",
        'found <- did::aggte(cells, type = "simple", na.rm = TRUE)',
        kept(model, model.policy, "found$overall.att", "found$overall.se"),
        'print(did::aggte(cells, type = "dynamic", na.rm = TRUE))',
    ]
    if model.method == "dr-improved":
        said.append(text("did has no improved doubly robust method; ccd's is that of DRDID::drdid_imp_panel"))
    return Code(tuple(lines), (*said, differs.INFLUENCE, differs.NORMAL), ("did",))


def ddd(model: Ddd, job: Job) -> Code:
    """Return triplediff's effects and their mean."""
    lines, said = begun(model, job)
    number, cohort = numbers(job)
    side = job.column.fresh("inside")
    plain = model.partition in job.column.known
    test = f"d${job.column(model.partition)}" if plain else holds(model.partition, job)
    formula = f"~ {' + '.join(job.columns(model.covariates)) or '1'}"
    lines += [
        f"d${side} <- as.numeric({test})",
        f"cells <- triplediff::ddd(yname = {quoted(job.column(model.outcome))}, tname = {quoted(job.time)}, "
        f"idname = {quoted(number)}, gname = {quoted(cohort)}, pname = {quoted(side)}, xformla = {formula}, data = d, "
        f"control_group = {quoted(GROUPS[model.control_group])}, est_method = {quoted(METHODS[model.method])})",
        'print(triplediff::agg_ddd(cells, type = "simple"))',
    ]
    return Code(tuple(lines), (*said, differs.INFLUENCE, differs.NORMAL), ("triplediff",))


def sun_abraham(model: SunAbraham, job: Job) -> Code:
    """Return fixest's sunab and its mean over treated region-years."""
    lines, said = begun(model, job)
    _, cohort = numbers(job)
    controls = "".join(f" + {name}" for name in job.columns(model.controls))
    weighted = f", weights = ~{job.column(model.weight)}" if model.weight else ""
    lines += [
        f"d${cohort}[d${cohort} == 0] <- 10000",
        f"fit <- fixest::feols({job.column(model.outcome)} ~ sunab({cohort}, {job.time}){controls} | {job.entity} + "
        f"{job.time}, data = d, vcov = {by(job, model.cluster)}{weighted})",
        "print(fit)",
        'found <- summary(fit, agg = "att")$coeftable["ATT", ]',
        kept(model, model.policy, "found[[1]]", "found[[2]]"),
    ]
    return Code(tuple(lines), (*said, differs.AGGREGATED), ("fixest",))


def imputation(model: Imputation, job: Job) -> Code:
    """Return didimputation's mean over treated region-years."""
    lines, said = begun(model, job)
    number, cohort = numbers(job)
    first = f"~ {' + '.join(job.columns(model.controls)) or '0'} | {number} + {job.time}"
    weighted = f", wname = {quoted(job.column(model.weight))}" if model.weight else ""
    lines += [
        f"found <- didimputation::did_imputation(data = d, yname = {quoted(job.column(model.outcome))}, "
        f"gname = {quoted(cohort)}, tname = {quoted(job.time)}, idname = {quoted(number)}, first_stage = {first}, "
        f"cluster_var = {quoted(by(job, model.cluster)[1:])}{weighted})",
        kept(model, model.policy, "found$estimate[1]", "found$std.error[1]"),
    ]
    return Code(tuple(lines), (*said, differs.AGGREGATED, differs.NORMAL), ("didimputation",))


def gardner(model: Gardner, job: Job) -> Code:
    """Return did2s."""
    lines, said = begun(model, job)
    number, _ = numbers(job)
    treat = job.treat(model.policy)
    first = f"~ {' + '.join(job.columns(model.controls)) or '0'} | {number} + {job.time}"
    weighted = f", weights = {quoted(job.column(model.weight))}" if model.weight else ""
    lines += [
        f"fit <- did2s::did2s(d, yname = {quoted(job.column(model.outcome))}, first_stage = {first}, "
        f"second_stage = ~ {treat}, treatment = {quoted(treat)}, "
        f"cluster_var = {quoted(by(job, model.cluster)[1:])}{weighted})",
        kept(model, model.policy, f"coef(fit)[[{quoted(treat)}]]", f"fixest::se(fit)[[{quoted(treat)}]]"),
    ]
    return Code(tuple(lines), (*said, differs.INFLUENCE, differs.NORMAL), ("did2s", "fixest"))


def etwfe(model: Etwfe, job: Job) -> Code:
    """Return etwfe with its overall mean."""
    lines, said = begun(model, job)
    _, cohort = numbers(job)
    columns = dict.fromkeys((*model.covariates, *model.controls))
    formula = f"{job.column(model.outcome)} ~ {' + '.join(job.columns(columns)) or '0'}"
    weighted = f", weights = ~{job.column(model.weight)}" if model.weight else ""
    lines += [
        f"fit <- etwfe::etwfe(fml = {formula}, tvar = {job.time}, gvar = {cohort}, data = d, "
        f"vcov = {by(job, model.cluster)}{weighted})",
        "found <- etwfe::emfx(fit)",
        kept(model, model.policy, "found$estimate[1]", "found$std.error[1]"),
    ]
    if model.controls:
        said.append(
            text("etwfe interacts every covariate with cohorts and years; ccd only its key covariates")
        )
    return Code(tuple(lines), (*said, differs.AGGREGATED), ("etwfe", "fixest"))


def dcdh(model: Dcdh, job: Job) -> Code:
    """Return DIDmultiplegtDYN."""
    lines, said = begun(model, job)
    number, _ = numbers(job)
    low, high = model.window or (-3, 3)
    lines += [
        f"print(DIDmultiplegtDYN::did_multiplegt_dyn(df = d, outcome = {quoted(job.column(model.outcome))}, "
        f"group = {quoted(number)}, time = {quoted(job.time)}, treatment = {quoted(job.treat(model.policy))}, "
        f"effects = {max(1, high + 1)}, placebo = {max(1, -low - 1)}, graph_off = TRUE))"
    ]
    said.append(text("ccd's headline takes every horizon; here as many as are asked for"))
    return Code(tuple(lines), (*said, differs.NORMAL), ("DIDmultiplegtDYN",))


def fractional(model: FractionalLogit, job: Job) -> Code:
    """Return the quasi-binomial fit with the average effect on the treated by the delta method."""
    lines, said = begun(model, job)
    _, cohort = numbers(job)
    treat, columns = job.treat(model.policy), []
    for own in job.columns(model.controls):
        mean = job.column.fresh(f"mean_{own}")
        lines.append(f"d${mean} <- ave(d${own}, d${job.entity})")
        columns += [mean, own]
    terms = [f"factor({cohort})", f"factor({job.time})", *columns, treat]
    cluster = vector(by(job, model.cluster)[1:].split(" + "))
    lines += [
        f"fit <- glm({job.column(model.outcome)} ~ {' + '.join(terms)}, quasibinomial, data = d, "
        "control = list(epsilon = 1e-14, maxit = 100))",
        f'matrix <- sandwich::vcovCL(fit, cluster = d[{cluster}], type = "HC0", cadjust = FALSE)',
        "x <- model.matrix(fit)",
        "off <- x",
        f"off[, {quoted(treat)}] <- 0",
        f"on <- d${treat} == 1",
        "ends <- list(drop(x %*% coef(fit)), drop(off %*% coef(fit)))",
        "slope <- colMeans((x * dlogis(ends[[1]]) - off * dlogis(ends[[2]]))[on, ])",
        f"size <- length(unique(d[[{cluster}]]))",
        "factor_ccd <- sqrt(size / (size - 1) * (nobs(fit) - 1) / (nobs(fit) - ncol(x)))",
        f"keep({quoted(model.name)}, {quoted(model.policy)}, mean((plogis(ends[[1]]) - plogis(ends[[2]]))[on]), "
        "sqrt(drop(slope %*% matrix %*% slope)), nobs(fit), factor_ccd)",
    ]
    said.append(
        text("sandwich without a small-sample factor; ccd takes G/(G-1) x (n-1)/(n-K) and t with G-1")
    )
    return Code(tuple(lines), tuple(said), ("sandwich",))
