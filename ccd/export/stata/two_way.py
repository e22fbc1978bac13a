"""Regressions with region and year effects in Stata: twfe, its spatial kin, rings, and the synergy of policies."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from ccd.estimate.did.spatial.rings import Rings
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.rows.effects import CROSS
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.export import differs
from ccd.export.job import Code, Job
from ccd.export.stata import regression
from ccd.export.stata.rows import ID, dummy, known, prepared, treated


def twfe(model: Twfe, job: Job) -> Code:
    """Return two-way fixed effects with all that stands beside the policy."""
    reads = model.reads()
    lines, said = prepared(model, job, reads.regressors)
    lines += treated(job, model.policy)
    treat = job.treat(model.policy)
    if model.intensity is not None:
        dose, own = (job.column.fresh(f"{word}_{model.policy}") for word in ("dose", "strength"))
        lines += [
            f"egen double {own} = max({job.column(model.intensity)}), by({job.column.fresh(ID)})",
            f"generate double {dose} = cond({treat}, {own}, 0)",
        ]
        treat = dose
    regressors = [treat, *job.columns(model.controls)]
    for policy in model.other_policies:
        lines.append(dummy(job, policy))
        regressors.append(job.treat(policy))
    if model.spillover is not None and model.spillover.how == "flag":
        near = job.column.fresh(f"near_{model.policy}")
        lines.append(
            f"generate byte {near} = {job.time} >= {job.near(model)} & {job.treat(model.policy)} == 0"
        )
        regressors.append(near)
    weight = [job.column(model.weight)] if model.weight else []
    lines.append(known(job.column(model.outcome), *job.columns(reads.regressors), *weight))
    lines += [f"drop if {one} == 0" for one in weight]
    if model.anticipation:
        first = job.first(model.policy)
        lines.append(f"drop if {job.time} >= {first} - {model.anticipation} & {job.time} < {first}")
    effects = [job.column.fresh(ID), job.time]
    for effect in model.fixed_effects:
        parts = []
        for name in effect.split(CROSS):
            more, variable = regression.grouped(job, name.strip())
            lines += [line for line in more if line not in lines]
            parts.append(f"i.{variable}")
        effects.append("#".join(parts))
    if model.trends:
        effects.append(f"i.{job.column.fresh(ID)}#c.{job.time}")
    lines += by_year(model, job, regressors)
    more, vce, how = regression.errors(model, job)
    lines += [line for line in more if line not in lines]
    outcome = job.column(model.outcome)
    lines.append(regression.absorbed(outcome, regressors, effects, vce, *weight))
    packages = ["reghdfe", "ftools"]
    if more_errors := regression.driscoll_kraay(model, job, regressors, years=True):
        lines += more_errors
        packages.append("xtscc")
    if model.wild is not None and model.wild.draws:
        lines.append(
            f"boottest {regressors[0]}, reps({model.wild.draws}) weighttype({model.wild.signs}) nograph"
        )
        packages.append("boottest")
    return Code(tuple(lines), (*said, *how), tuple(packages))


def by_year(model: Twfe, job: Job, regressors: list[str]) -> list[str]:
    """Return the lines that take columns before the earliest treatment, and add their products with the years."""
    if not model.controls_by_year:
        return []
    first = job.first(model.policy)
    lines = [f"quietly summarize {first}, meanonly", "local earliest = r(min)"]
    for name in model.controls_by_year:
        before = job.column.fresh(f"before_{name}")
        lines.append(
            f"egen double {before} = mean(cond({job.time} < `earliest', {job.column(name)}, .)), "
            f"by({job.column.fresh(ID)})"
        )
        regressors.append(f"i.{job.time}#c.{before}")
    return lines


def slx(model: SpatialSlxDid, job: Job) -> Code:
    """Return the regression on a region's own policy and its neighbours'."""
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    near, outcome = job.own("exposure"), job.column(model.outcome)
    lines.append(known(outcome, near, *job.columns(model.controls)))
    made = regression.two_way(
        job, outcome, [job.treat(model.policy), near, *job.columns(model.controls)], model.cluster
    )
    return replace(made, lines=(*lines, *made.lines), differs=(*said, differs.made(near), *made.differs))


def rings(model: Rings, job: Job) -> Code:
    """Return the regression on dummies of the policy and of each ring."""
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    ring, outcome = job.own("ring"), job.column(model.outcome)
    regressors = [job.treat(model.policy)]
    for band in range(1, len(model.edges) + 1):
        name = job.column.fresh(f"ring_{band}")
        lines.append(f"generate byte {name} = {ring} == {band}")
        regressors.append(name)
    lines.append(f"drop if {ring} == -2")
    regressors += job.columns(model.controls)
    lines.append(known(outcome, ring, *job.columns(model.controls)))
    made = regression.two_way(job, outcome, regressors, model.cluster)
    return replace(
        made, lines=(*lines, *made.lines), differs=(*said, differs.made(ring), differs.NO_RINGS_IMPUTED)
    )


def synergy(model: SynergyTwfe, job: Job) -> Code:
    """Return the regression on the policies' dummies and their products."""
    lines, said = prepared(model, job, model.controls)
    treats = [job.treat(policy) for policy in model.policies]
    for policy in model.policies:
        lines += treated(job, policy)[:-1]
    lines += [dummy(job, policy) for policy in model.policies]
    products = []
    for size in range(2, len(treats) + 1):
        for among in combinations(range(len(treats)), size):
            name = job.column.fresh("_x_".join(["both", *(model.policies[j] for j in among)]))
            lines.append(f"generate byte {name} = {' * '.join(treats[j] for j in among)}")
            products.append(name)
    outcome = job.column(model.outcome)
    lines.append(known(outcome, *job.columns(model.controls)))
    made = regression.two_way(job, outcome, [*products, *treats, *job.columns(model.controls)], model.cluster)
    summed: tuple[str, ...] = ()
    if len(model.policies) > 2:
        summed = (f"lincom {' + '.join(products)}",)
    return replace(made, lines=(*lines, *made.lines, *summed), differs=(*said, *made.differs))
