"""Regressions with region and year effects in R: twfe, its spatial kin, rings, and the synergy of policies."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from ccd.estimate.did.spatial.rings import Rings
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.rows.effects import CROSS
from ccd.estimate.synergy.twfe import SynergyTwfe
from ccd.export import differs
from ccd.export.job import Code, Job, named
from ccd.export.r import regression
from ccd.export.r.rows import begun, dummy, known, prepared, treated


def twfe(model: Twfe, job: Job) -> Code:
    """Return two-way fixed effects with all that stands beside the policy."""
    reads = model.reads()
    lines, said = prepared(model, job, reads.regressors)
    lines += treated(job, model.policy)
    treat = job.treat(model.policy)
    term = model.policy
    if model.intensity is not None:
        dose, term = job.column.fresh(f"dose_{model.policy}"), CROSS.join((model.policy, model.intensity))
        own = f"ave(d${job.column(model.intensity)}, d${job.entity}, FUN = function(v) max(-Inf, v, na.rm = TRUE))"
        lines.append(f"d${dose} <- ifelse(d${treat} == 1, {own}, 0)")
        treat = dose
    shown = [(term, treat), *((name, job.column(name)) for name in model.controls)]
    for policy in model.other_policies:
        lines.append(dummy(job, policy))
        shown.append((policy, job.treat(policy)))
    if model.spillover is not None and model.spillover.how == "flag":
        near, flagged = job.near(model), job.column.fresh(f"near_{model.policy}")
        lines.append(
            f"d${flagged} <- as.numeric(!is.na(d${near}) & d${job.time} >= d${near} & d${treat} == 0)"
        )
        shown.append((model.spillover.neighbours(model.policy), flagged))
    slopes = [own for _, own in shown]
    weight = job.column(model.weight) if model.weight else ""
    read = [job.column(model.outcome), *job.columns(reads.regressors), *([weight] if weight else [])]
    lines.append(known(read))
    lines += [f"d <- d[d${weight} > 0, ]"] if weight else []
    first = job.first(model.policy)
    if model.anticipation:
        early = f"d${job.time} >= d${first} - {model.anticipation} & d${job.time} < d${first}"
        lines.append(f"d <- d[is.na(d${first}) | !({early}), ]")
    effects = [job.panel.entity_name, job.panel.time_name]
    terms, swept = regression.dummies(job, effects), list(job.columns(effects))
    for effect in model.fixed_effects:
        columns = job.columns(name.strip() for name in effect.split(CROSS))
        terms.append(":".join(f"factor({name})" for name in columns))
        swept.append("^".join(columns))
    if model.trends:
        terms.append(f"factor({job.entity}):{job.time}")
        swept[0] += f"[{job.time}]"
    more = []
    for name in model.controls_by_year:
        before = job.column.fresh(f"before_{name}")
        early = f"d${job.time} < min(d${first}, na.rm = TRUE)"
        lines.append(
            f"d${before} <- ave(ifelse({early}, d${job.column(name)}, NA), d${job.entity}, "
            "FUN = function(v) mean(v, na.rm = TRUE))"
        )
        terms.append(f"factor({job.time}):{before}")
        more.append(f"i({job.time}, {before})")
    groups = named(model.cluster) or (job.panel.entity_name,)
    line, how = regression.errors(model, job, regression.parameters(job, len(slopes), effects, groups))
    outcome = job.column(model.outcome)
    weighted = f", weights = {weight}" if weight else ""
    lines += [
        f"fit <- lm({regression.formula(outcome, [*slopes, *terms])}, data = d{weighted})",
        line,
        *regression.kept(job, shown),
        regression.fixest(
            job, outcome, [*slopes, *more], swept, regression.fixest_errors(model, job), weight
        ),
    ]
    return Code(tuple(lines), (*said, *how), ("sandwich",))


def slx(model: SpatialSlxDid, job: Job) -> Code:
    """Return the regression on a region's own policy and its neighbours'."""
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    near, outcome, controls = job.own("exposure"), job.column(model.outcome), job.columns(model.controls)
    lines.append(known([outcome, near, *controls]))
    shown = [(model.policy, job.treat(model.policy)), (f"{model.policy}_neighbours", near)]
    made = regression.two_way(job, outcome, shown, controls, model.cluster)
    return replace(made, lines=(*lines, *made.lines), differs=(*said, differs.made(near), *made.differs))


def rings(model: Rings, job: Job) -> Code:
    """Return the regression on dummies of the policy and of each ring."""
    lines, said = prepared(model, job, model.controls)
    lines += treated(job, model.policy)
    ring, outcome, controls = job.own("ring"), job.column(model.outcome), job.columns(model.controls)
    shown = [(model.policy, job.treat(model.policy))]
    for band in range(1, len(model.edges) + 1):
        name = job.column.fresh(f"ring_{band}")
        lines.append(f"d${name} <- as.numeric(d${ring} == {band})")
        shown.append((str(model.ring(band)), name))
    lines.append(f"d <- d[which(d${ring} != -2), ]")
    lines.append(known([outcome, ring, *controls]))
    made = regression.two_way(job, outcome, shown, controls, model.cluster)
    return replace(
        made, lines=(*lines, *made.lines), differs=(*said, differs.made(ring), differs.NO_RINGS_IMPUTED)
    )


def synergy(model: SynergyTwfe, job: Job) -> Code:
    """Return the regression on the policies' dummies and their products."""
    lines, said = prepared(model, job, model.controls)
    for policy in model.policies:
        lines += begun(job, policy)
    lines += [dummy(job, policy) for policy in model.policies]
    treats = [job.treat(policy) for policy in model.policies]
    shown = list(zip(model.policies, treats, strict=True))
    products = []
    for size in range(2, len(treats) + 1):
        for among in combinations(range(len(treats)), size):
            name = job.column.fresh("_x_".join(["both", *(model.policies[j] for j in among)]))
            lines.append(f"d${name} <- {' * '.join(f'd${treats[j]}' for j in among)}")
            products.append(name)
    outcome, controls = job.column(model.outcome), job.columns(model.controls)
    lines.append(known([outcome, *controls]))
    shown += [("synergy", products[0])] if len(treats) == 2 else [(name, name) for name in products]
    made = regression.two_way(job, outcome, shown, controls, model.cluster)
    return replace(made, lines=(*lines, *made.lines), differs=(*said, *made.differs))
