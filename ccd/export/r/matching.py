"""Matching in R: MatchIt for neighbours, the kernel's sums in base R, then the regression under the weights."""

from __future__ import annotations

from ccd.estimate.psm.spec import PsmDid
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.r import regression
from ccd.export.r.rows import known, prepared, treated
from ccd.export.r.tongue import quoted, vector
from ccd.words import Text, text

KERNELS = {
    "epanechnikov": "pmax(1 - u^2, 0)",
    "uniform": "as.numeric(abs(u) <= 1)",
    "biweight": "pmax(1 - u^2, 0)^2",
    "triangular": "pmax(1 - abs(u), 0)",
    "tricube": "pmax(1 - abs(u)^3, 0)^3",
    "gaussian": "dnorm(u)",
}
#: MatchIt's weights of controls sum to their number, which a regression with treated regions feels.
RESCALED = text("MatchIt's weights of the controls are rescaled to sum to the matched treated, as ccd's do")
MATCHING = text(
    "Matched by Matching, which lends every control at the smallest distance as ccd does; MatchIt 4.5.1 misses "
    "nearest scores"
)


def psm_did(model: PsmDid, job: Job) -> Code | Text:
    """Return the units, their weights and the regression under them."""
    if model.design != "base":
        return text(
            'MatchIt matches one cross-section; design = "{design}" matches in several at once',
            design=model.design,
        )
    if model.matcher == "local-linear":
        return text("no well-kept package in R makes local linear matching")
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    outcome, first, own = job.column(model.outcome), f"d${job.first(model.policy)}", job.entity
    lines.append(known([outcome, *job.columns(model.controls)]))
    when = f"d${job.time} < min({first}, na.rm = TRUE)"
    if model.base_year is not None:
        when = f"d${job.time} == {model.base_year}"
    columns = list(job.columns(model.match_on))
    ever, share = job.column.fresh("ever"), job.column.fresh("share")
    lines += [
        f"early <- {when}",
        f"units <- aggregate(d[early, {vector(columns)}, drop = FALSE], list({own} = d${own}[early]), mean, "
        "na.rm = TRUE)",
        f"units${ever} <- as.numeric(units${own} %in% d${own}[!is.na({first})])",
        "units <- units[complete.cases(units), ]",
        f"fit <- glm({regression.formula(ever, columns)}, binomial({quoted(model.score)}), units, "
        "control = list(epsilon = 1e-14, maxit = 100))",
        "units$score <- fitted(fit)",
        f"one <- units${ever} == 1",
    ]
    if model.exact:
        said.append(
            text(
                "Matches stay within {column} in ccd; here they do in MatchIt, and in no other way",
                column=model.exact,
            )
        )
        exact = job.column(model.exact)
        lines.append(f"units${exact} <- d${exact}[match(units${own}, d${own})]")
    if model.common_support != "none" and model.matcher != "entropy-balance":
        said.append(differs.SUPPORT)
        lines += [
            "inside <- !one | (units$score >= min(units$score[!one]) & units$score <= max(units$score[!one]))",
            "units <- units[inside, ]",
            f"one <- units${ever} == 1",
        ]
        if model.common_support == "trim":
            said.append(
                text(
                    "ccd also drops {trim:g} percent of the treated where controls are thinnest",
                    trim=model.trim,
                )
            )
    package, made = weighed(model, job, columns, ever, share, said)
    shown = [(model.policy, job.treat(model.policy))]
    controls = list(job.columns(model.controls))
    last = regression.two_way(job, outcome, shown, controls, model.cluster, weight=share)
    lines += [
        *made,
        f"d${share} <- units${share}[match(d${own}, units${own})]",
        f"d <- d[!is.na(d${share}) & d${share} > 0, ]",
        *last.lines,
    ]
    packages = tuple(dict.fromkeys((*package, *last.packages)))
    return Code(tuple(lines), (*said, differs.MATCHED_FACTOR, *last.differs), packages)


def weighed(
    model: PsmDid, job: Job, columns: list[str], ever: str, share: str, said: list[Text]
) -> tuple[tuple[str, ...], list[str]]:
    """Return the packages and the lines that weigh the units; what differs is added to ``said``."""
    formula = regression.formula(ever, columns)
    if model.matcher == "entropy-balance":
        return ("WeightIt",), [
            f'units${share} <- WeightIt::weightit({formula}, units, method = "ebal", estimand = "ATT")$weights'
        ]
    if model.matcher in ("kernel", "radius"):
        wide = model.bandwidth if model.matcher == "kernel" else model.caliper
        body = KERNELS[model.kernel] if model.matcher == "kernel" else KERNELS["uniform"]
        return (), [
            f'near <- (function(u) {body})(outer(units$score[one], units$score[!one], "-") / {wide!r})',
            "matched <- rowSums(near) > 0",
            f"units${share} <- 0",
            f"units${share}[one] <- as.numeric(matched)",
            f"units${share}[!one] <- colSums((near / rowSums(near))[matched, , drop = FALSE])",
        ]
    if model.matcher == "nearest":
        said.append(MATCHING)
        return ("Matching",), nearest(model, job, ever, share)
    options = [f"ratio = {model.neighbours}", "replace = TRUE"]
    distance = 'distance = "mahalanobis"'
    if model.caliper is not None:
        scale = str(model.caliper_scale == "sd").upper()
        distance = f"distance = units$score, mahvars = ~ {' + '.join(columns)}"
        options.append(f"caliper = {model.caliper!r}, std.caliper = {scale}")
    if model.exact:
        options.append(f"exact = ~ {job.column(model.exact)}")
    call = f'MatchIt::matchit({formula}, units, method = "nearest", {distance}, {", ".join(options)})'
    said += [RESCALED, differs.TIES]
    return ("MatchIt",), [
        f"units${share} <- {call}$weights",
        f"units${share}[!one] <- units${share}[!one] * sum(units${share}[one]) / sum(units${share}[!one])",
    ]


def nearest(model: PsmDid, job: Job, ever: str, share: str) -> list[str]:
    """Return the lines that match on the score by Matching; without replacement the highest scores come first."""
    lines = [] if model.replacement else ["units <- units[order(-one, -units$score), ]"]
    caliper, exact, columns = "", "", "cbind(units$score)"
    if model.exact:
        columns = f"cbind(units$score, as.integer(factor(units${job.column(model.exact)})))"
        exact = ", exact = c(FALSE, TRUE)"
    if model.caliper is not None:
        sd = "sqrt((var(units$score[one]) + var(units$score[!one])) / 2)"
        wide = f"{model.caliper!r} * {sd}" if model.caliper_scale == "sd" else repr(model.caliper)
        caliper = f", caliper = {'c(' if model.exact else ''}{wide} / sd(units$score){', 1)' if model.exact else ''}"
    replace = str(model.replacement).upper()
    return [
        *lines,
        f"one <- units${ever} == 1",
        f'found <- Matching::Match(Tr = units${ever}, X = {columns}, M = {model.neighbours}, estimand = "ATT", '
        f"replace = {replace}, ties = {replace}{exact}{caliper}, distance.tolerance = 1e-14)",
        f"units${share} <- 0",
        "lent <- tapply(found$weights, found$index.control, sum)",
        f"units${share}[as.integer(names(lent))] <- lent",
        f"units${share}[unique(found$index.treated)] <- 1",
    ]
