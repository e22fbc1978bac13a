"""Panel regressions in R by plm and AER, and the slopes of a threshold model."""

from __future__ import annotations

from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.random import PanelRandom
from ccd.estimate.rows.across import AcrossRegions
from ccd.estimate.threshold.spec import Threshold
from ccd.export import differs
from ccd.export.job import Code, Job, named
from ccd.export.r import regression
from ccd.export.r.rows import known, prepared, treated
from ccd.export.r.tongue import vector
from ccd.export.thresholds import bounds
from ccd.words import Text, text

PLM = text(
    "plm's errors have no small-sample factor; ccd takes G/(G-1) x (n-1)/(n-K), K without effects inside the clusters"
)


def least_squares(model: PanelRegression, job: Job) -> Code:
    """Return fixed effects or pooled least squares: plm where it has the errors, else lm with dummies."""
    lines, said = prepared(model, job, model.named_columns())
    columns, outcome = list(job.columns(model.named_columns())), job.column(model.outcome)
    lines.append(known([outcome, *columns]))
    fixed = model.estimator == "fixed"
    names = job.panel.entity_name, job.panel.time_name
    effects = [*([names[0]] if fixed else []), *([names[1]] if model.time_effects else [])]
    shown = list(zip(model.named_columns(), columns, strict=True))
    last = regression.fixest(
        job, outcome, columns, job.columns(effects), regression.fixest_errors(model, job)
    )
    by_region = named(model.cluster) in ((), (names[0],))
    k = regression.parameters(job, len(columns), effects, named(model.cluster) or (names[0],))
    if (model.vcov == "cluster" and by_region) or model.vcov in ("iid", "driscoll-kraay"):
        terms = columns if fixed else [*columns, *([f"factor({job.time})"] if model.time_effects else [])]
        how = 'model = "within", effect = "{}"'.format("twoways" if model.time_effects else "individual")
        line, words = plm_errors(model, k)
        lines += [plm(job, outcome, terms, how if fixed else 'model = "pooling"'), line]
        return Code((*lines, *regression.kept(job, shown), last), (*said, *words), ("plm",))
    line, words = regression.errors(model, job, k)
    terms = [*columns, *regression.dummies(job, effects)]
    lines += [f"fit <- lm({regression.formula(outcome, terms)}, data = d)", line]
    return Code((*lines, *regression.kept(job, shown), last), (*said, *words), ("sandwich",))


def plm(job: Job, outcome: str, terms: list[str], how: str) -> str:
    """Return the call of plm."""
    index = vector((job.entity, job.time))
    return f"fit <- plm::plm({regression.formula(outcome, terms)}, data = d, index = {index}, {how})"


def plm_errors(model: AcrossRegions, k: str) -> tuple[str, list[Text]]:
    """Return the line that makes the errors of a fit of plm, and what differs."""
    if model.vcov == "iid":
        return "found <- list(se = sqrt(diag(vcov(fit))), factor = 1)", [differs.DUMMIES]
    if model.vcov == "driscoll-kraay":
        lag = "" if model.hac_lags is None else f", maxlag = {model.hac_lags}"
        factor = "1" if model.hac_factor == "none" else "NA"
        line = f'found <- list(se = sqrt(diag(plm::vcovSCC(fit, type = "HC0"{lag}))), factor = {factor})'
        return line, [differs.driscoll(model.hac_lags, model.hac_factor)]
    return f"found <- by_group(fit, {k})", [PLM]


def random(model: PanelRandom, job: Job) -> Code:
    """Return random effects by plm."""
    lines, said = prepared(model, job, model.named_columns())
    columns, outcome = list(job.columns(model.named_columns())), job.column(model.outcome)
    lines.append(known([outcome, *columns]))
    years = [f"factor({job.time})"] if model.time_effects else []
    lines.append(plm(job, outcome, [*columns, *years], 'model = "random", random.method = "swar"'))
    if model.vcov == "cluster" and named(model.cluster) in ((), (job.panel.entity_name,)):
        lines.append("found <- by_group(fit, length(coef(fit)))")
        said.append(PLM)
    elif model.vcov == "iid":
        lines.append("found <- list(se = sqrt(diag(vcov(fit))), factor = 1)")
    else:
        lines.append("found <- list(se = sqrt(diag(plm::vcovHC(fit))), factor = NA)")
        said.append(text("plm clusters by region; ccd's errors are {kind}", kind=model.vcov))
    if model.components == "stata":
        said.append(
            text(
                "Variance components: the same in a balanced panel; in an unbalanced one ccd takes Stata's default, "
                'plm those of components = "swamy-arora"'
            )
        )
    shown = list(zip(model.named_columns(), columns, strict=True))
    return Code((*lines, *regression.kept(job, shown)), tuple(said), ("plm",))


def iv(model: PanelIv, job: Job) -> Code:
    """Return two-stage least squares with dummies by AER."""
    lines, said = prepared(model, job, model.named_columns())
    outcome = job.column(model.outcome)
    lines.append(known([outcome, *job.columns(model.named_columns())]))
    names = job.panel.entity_name, job.panel.time_name
    effects = [*([names[0]] if model.entity_effects else []), *([names[1]] if model.time_effects else [])]
    controls, swept = job.columns(model.controls), regression.dummies(job, effects)
    endogenous = job.columns(model.endogenous)
    right = [*endogenous, *controls, *swept]
    outside = [*job.columns(model.instruments), *controls, *swept]
    slopes = len(endogenous) + len(controls)
    k = regression.parameters(job, slopes, effects, named(model.cluster) or (names[0],))
    line, words = regression.errors(model, job, k)
    shown = [(name, job.column(name)) for name in (*model.endogenous, *model.controls)]
    lines += [
        f"fit <- AER::ivreg({regression.formula(outcome, right)} | {' + '.join(outside)}, data = d)",
        line,
        *regression.kept(job, shown),
    ]
    return Code(tuple(lines), (*said, *words), ("AER", "sandwich"))


def threshold(model: Threshold, job: Job) -> Code | Text:
    """Return the slopes at ccd's thresholds; no package tests their number as Hansen (1999) does."""
    cuts = bounds(job)
    if job.estimate is None:
        return differs.NO_THRESHOLD
    lines, said = prepared(model, job, (*model.regimes(), *model.controls))
    if model.policy is not None:
        lines += treated(job, model.policy)
    split = job.own("threshold") if "threshold" in job.made else job.column(model.threshold)
    said += [differs.made(split)] if "threshold" in job.made else []
    named_focus = [model.policy] if model.policy else list(model.regimes())
    focus = [job.treat(model.policy)] if model.policy else list(job.columns(model.regimes()))
    outcome, controls = job.column(model.outcome), list(job.columns(model.controls))
    lines.append(known([outcome, *focus, *controls]))
    beside = f" & d${focus[0]} == 1" if model.policy and not model.regime_intercept else ""
    lines.append(f"d <- d[!(is.na(d${split}){beside}), ]")
    slopes = split_up(
        lines, job, split, list(zip(named_focus, focus, strict=True)), cuts, level=model.regime_intercept
    )
    effects = [job.panel.entity_name, *([job.panel.time_name] if model.time_effects else [])]
    made_by = regression.two_way(job, outcome, slopes, controls, model.cluster, effects)
    return Code(
        (*lines, *made_by.lines),
        (*said, differs.NO_THRESHOLD, differs.AT_THRESHOLDS, *made_by.differs),
        made_by.packages,
    )


def split_up(
    lines: list[str], job: Job, split: str, focus: list[tuple[str, str]], cuts: list[float], *, level: bool
) -> list[tuple[str, str]]:
    """Add the lines that split the columns of ``focus`` by regime, and return (term, column) of each."""
    if not cuts:
        return focus
    lines += [
        f"regime <- findInterval(d${split}, c({', '.join(map(repr, cuts))}), left.open = TRUE)",
        f"regime[is.na(regime)] <- {len(cuts)}",
    ]
    slopes = []
    for name, own in focus:
        for r in range(len(cuts) + 1):
            made = job.column.fresh(f"{own}_regime{r + 1}")
            lines.append(f"d${made} <- d${own} * (regime == {r})")
            slopes.append((f"{name} [regime {r + 1}]", made))
    for r in range(len(cuts) if level else 0):
        made = job.column.fresh(f"level_regime{r + 1}")
        lines.append(f"d${made} <- as.numeric(regime == {r})")
        slopes.append((f"level [regime {r + 1}]", made))
    terms = [str(term) for term in job.estimate.terms.term] if job.estimate is not None else []
    return [(term, own) for term, (_, own) in zip(terms, slopes, strict=False)]
