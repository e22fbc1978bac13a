"""Panel regressions and thresholds in Stata."""

from __future__ import annotations

from itertools import pairwise

from ccd.estimate.panel.fixed import PanelRegression
from ccd.estimate.panel.iv import PanelIv
from ccd.estimate.panel.quantile import PanelQuantile
from ccd.estimate.panel.random import PanelRandom
from ccd.estimate.threshold.spec import Threshold
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata import regression
from ccd.export.stata.rows import ID, known, prepared, treated
from ccd.export.thresholds import bounds
from ccd.words import text


def least_squares(model: PanelRegression, job: Job) -> Code:
    """Return fixed effects or pooled least squares."""
    lines, said = prepared(model, job, model.named_columns())
    regressors, outcome = list(job.columns(model.named_columns())), job.column(model.outcome)
    lines.append(known(outcome, *regressors))
    more, vce, how = regression.errors(model, job)
    fixed = model.estimator == "fixed"
    effects = [*([job.column.fresh(ID)] if fixed else []), *([job.time] if model.time_effects else [])]
    lines += [*more, regression.absorbed(outcome, regressors, effects, vce)]
    errors = regression.driscoll_kraay(model, job, regressors, years=model.time_effects) if fixed else []
    return Code((*lines, *errors), (*said, *how), ("reghdfe", "ftools", *(["xtscc"] if errors else [])))


def quantile(model: PanelQuantile, job: Job) -> Code:
    """Return quantile regression by moments."""
    lines, said = prepared(model, job, model.named_columns())
    regressors, outcome = list(job.columns(model.named_columns())), job.column(model.outcome)
    years = f" i.{job.time}" if model.time_effects else ""
    levels = " ".join(f"{level:g}" for level in dict.fromkeys((*model.quantiles, 0.5)))
    lines += [
        known(outcome, *regressors),
        f"xtset {job.column.fresh(ID)} {job.time}",
        f"xtqreg {outcome} {' '.join(regressors)}{years}, quantile({levels})",
    ]
    words = text(
        "xtqreg's errors are analytic, and it makes no half-panel jackknife; ccd's errors are from redrawn regions"
    )
    return Code(tuple(lines), (*said, words), ("xtqreg",))


def random(model: PanelRandom, job: Job) -> Code:
    """Return random effects by generalised least squares."""
    lines, said = prepared(model, job, model.named_columns())
    regressors, outcome = list(job.columns(model.named_columns())), job.column(model.outcome)
    lines.append(known(outcome, *regressors))
    more, found = regression.clusters(job, model.cluster)
    vce = {"cluster": f"vce(cluster {found[0]})", "hc1": "vce(robust)", "iid": ""}[model.vcov]
    years = f" i.{job.time}" if model.time_effects else ""
    exact = " sa" if model.components == "swamy-arora" else ""
    lines += [*more, f"xtreg {outcome} {' '.join(regressors)}{years}, re{exact} {vce}".rstrip()]
    return Code(
        tuple(lines),
        (
            *said,
            text(
                "xtreg, re has normal inference, its vce(robust) clusters by region, and its cluster factor is "
                "G/(G-1); ccd's has (n-1)/(n-K) beside and t with G-1"
            ),
        ),
    )


def iv(model: PanelIv, job: Job) -> Code:
    """Return two-stage least squares after effects."""
    lines, said = prepared(model, job, model.named_columns())
    outcome = job.column(model.outcome)
    lines.append(known(outcome, *job.columns(model.named_columns())))
    more, vce, how = regression.errors(model, job)
    option = {"vce(unadjusted)": "", "vce(robust)": "robust"}.get(
        vce, vce.removeprefix("vce(").removesuffix(")")
    )
    option = f"cluster({option.removeprefix('cluster ')})" if option.startswith("cluster") else option
    effects = [
        *([job.column.fresh(ID)] if model.entity_effects else []),
        *([job.time] if model.time_effects else []),
    ]
    sweep = f"absorb({' '.join(effects)})" if effects else "noabsorb"
    controls = "".join(f" {name}" for name in job.columns(model.controls))
    endogenous, instruments = (" ".join(job.columns(each)) for each in (model.endogenous, model.instruments))
    lines += [
        *more,
        f"ivreghdfe {outcome}{controls} ({endogenous} = {instruments}), {sweep} {option} first".replace(
            "  ", " "
        ),
    ]
    return Code(tuple(lines), (*said, *how), ("ivreghdfe", "ivreg2", "ranktest", "reghdfe", "ftools"))


def threshold(model: Threshold, job: Job) -> Code:
    """Return xthreg, and the slopes at ccd's thresholds by reghdfe."""
    lines, said = prepared(model, job, (*model.regimes(), *model.controls))
    if model.policy is not None:
        lines += treated(job, model.policy)
    split = job.own("threshold") if "threshold" in job.made else job.column(model.threshold)
    said += [differs.made(split)] if "threshold" in job.made else []
    focus = [job.treat(model.policy)] if model.policy else list(job.columns(model.regimes()))
    outcome, controls = job.column(model.outcome), list(job.columns(model.controls))
    lines.append(known(outcome, *focus, *controls))
    lines.append(
        f"drop if missing({split})"
        + (f" & {focus[0]} == 1" if model.policy and not model.regime_intercept else "")
    )
    cuts = bounds(job)
    count = max(1, len(cuts))
    years = []
    if model.time_effects:
        stem = job.column.fresh("_year_")
        lines += [f"quietly tabulate {job.time}, generate({stem})", f"drop {stem}1"]
        years = [f"{stem}*"]
    times = " ".join
    lines.append(
        f"xthreg {outcome} {times([*controls, *years])}, rx({times(focus)}) qx({split}) thnum({count}) "
        f"trim({times([f'{model.trim:g}'] * count)}) grid(400) bs({times([str(model.bootstrap or 300)] * count)})"
        " vce(robust)"
    )
    said.append(differs.THRESHOLDS)
    if job.estimate is not None:
        slopes = split_up(lines, job, split, focus, cuts, level=model.regime_intercept)
        more, found = regression.clusters(job, model.cluster)
        effects = [job.column.fresh(ID), *([job.time] if model.time_effects else [])]
        vce = f"vce(cluster {' '.join(found)})"
        lines += [*more, regression.absorbed(outcome, [*slopes, *controls], effects, vce)]
        said.append(differs.AT_THRESHOLDS)
    return Code(tuple(lines), tuple(said), ("xthreg", "reghdfe", "ftools"))


def split_up(
    lines: list[str], job: Job, split: str, focus: list[str], cuts: list[float], *, level: bool
) -> list[str]:
    """Add the lines that split the columns of ``focus`` by regime, and return the columns made."""
    if not cuts:
        return focus
    tests = [f"{split} <= {cuts[0]!r}"]
    tests += [f"{split} > {low!r} & {split} <= {high!r}" for low, high in pairwise(cuts)]
    tests.append(f"{split} > {cuts[-1]!r}")
    slopes = []
    for name in focus:
        for r, test in enumerate(tests, start=1):
            made = job.column.fresh(f"{name}_regime{r}")
            lines.append(f"generate double {made} = {name} * ({test})")
            slopes.append(made)
    for r, test in enumerate(tests[:-1] if level else [], start=1):
        made = job.column.fresh(f"level_regime{r}")
        lines.append(f"generate byte {made} = {test}")
        slopes.append(made)
    return slopes
