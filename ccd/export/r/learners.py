"""Double machine learning in R (DoubleML with mlr3)."""

from __future__ import annotations

from ccd.estimate.dml.spec import Dml
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.r.rows import known, prepared, treated
from ccd.export.r.tongue import quoted, vector
from ccd.words import Text, text

LEARNERS = {"lasso": "regr.cv_glmnet", "forest": "regr.ranger", "boosting": "regr.xgboost", "ols": "regr.lm"}


def dml(model: Dml, job: Job) -> Code | Text:
    """Return the partially linear model of demeaned columns, folds by region."""
    if model.model == "irm":
        return differs.NO_IRM
    if model.form != "within":
        return text('DoubleML has no form = "{form}" for region effects', form=model.form)
    treatment = [model.treatment] if model.treatment else []
    lines, said = prepared(model, job, (*treatment, *model.controls))
    if model.policy is not None:
        lines += treated(job, model.policy)
    focus = job.treat(model.policy) if model.policy is not None else job.column(str(model.treatment))
    outcome, controls = job.column(model.outcome), job.columns(model.controls)
    lines.append(known([outcome, focus, *controls]))
    features = list(controls)
    if model.expand == 2:
        for j, one in enumerate(controls):
            for other in controls[j:]:
                name = job.column.fresh(f"{one}_x_{other}")
                lines.append(f"d${name} <- d${one} * d${other}")
                features.append(name)
    effects = [f"factor({job.entity})", *([f"factor({job.time})"] if model.effects == "both" else [])]
    term = model.policy or str(model.treatment)
    lines += [
        f"for (column in {vector([outcome, focus, *features])})",
        f"  d[[column]] <- resid(lm(reformulate({vector(effects)}, column), data = d))",
        f"data <- DoubleML::DoubleMLClusterData$new(d[{vector([outcome, focus, *features, job.entity])}], "
        f"y_col = {quoted(outcome)}, d_cols = {quoted(focus)}, x_cols = {vector(features)}, "
        f"cluster_cols = {quoted(job.entity)})",
        f"learner <- mlr3::lrn({quoted(LEARNERS[model.learners[0]])})",
        f"set.seed({job.estimate.seed if job.estimate is not None and job.estimate.seed is not None else 1})",
        f"found <- DoubleML::DoubleMLPLR$new(data, learner$clone(), learner$clone(), n_folds = {model.folds}, "
        f"n_rep = {model.repeats})",
        "found$fit()",
        f"keep({quoted(model.name)}, {quoted(term)}, found$coef, found$se, nrow(d), NA)",
    ]
    said += [
        differs.SEEDS,
        text(
            "ccd chooses the lasso's penalty in folds of regions, and its median takes the spread over splits in"
        ),
    ]
    return Code(tuple(lines), tuple(said), ("DoubleML", "mlr3", "mlr3learners"))
