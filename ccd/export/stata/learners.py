"""Double machine learning in Stata (ddml with pystacked)."""

from __future__ import annotations

from ccd.estimate.dml.spec import Dml
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata.rows import ID, known, prepared, treated
from ccd.words import Text, text

LEARNERS = {"lasso": "lassocv", "forest": "rf", "boosting": "gradboost", "ols": "ols"}


def dml(model: Dml, job: Job) -> Code | Text:
    """Return the partially linear model of demeaned columns, folds by region."""
    if model.model == "irm":
        return differs.NO_IRM
    if model.form != "within":
        return text('ddml has no form = "{form}" for region effects', form=model.form)
    treatment = [model.treatment] if model.treatment else []
    lines, said = prepared(model, job, (*treatment, *model.controls))
    if model.policy is not None:
        lines += treated(job, model.policy)
    focus = job.treat(model.policy) if model.policy is not None else job.column(str(model.treatment))
    outcome, controls = job.column(model.outcome), job.columns(model.controls)
    lines.append(known(outcome, focus, *controls))
    own = job.column.fresh(ID)
    features = list(controls)
    if model.expand == 2:
        for j, one in enumerate(controls):
            for other in controls[j:]:
                name = job.column.fresh(f"{one}_x_{other}")
                lines.append(f"generate double {name} = {one} * {other}")
                features.append(name)
    effects = f"{own} {job.time}" if model.effects == "both" else own
    swept = []
    for name in (outcome, focus, *features):
        made = job.column.fresh(f"within_{name}")
        lines.append(f"quietly reghdfe {name}, absorb({effects}) residuals({made})")
        swept.append(made)
    learner = LEARNERS[model.learners[0]]
    x = " ".join(swept[2:])
    lines += [
        f"ddml init partial, kfolds({model.folds}) reps({model.repeats}) fcluster({own})",
        f"ddml E[Y|X]: pystacked {swept[0]} {x}, type(reg) methods({learner})",
        f"ddml E[D|X]: pystacked {swept[1]} {x}, type(reg) methods({learner})",
        "ddml crossfit",
        f"ddml estimate, cluster({own})",
    ]
    said += [
        differs.SEEDS,
        text(
            "ccd chooses the lasso's penalty in folds of regions, and its median takes the spread over splits in"
        ),
    ]
    return Code(tuple(lines), tuple(said), ("ddml", "pystacked", "reghdfe", "ftools"))
