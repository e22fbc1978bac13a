"""From a panel to the estimate: one treated region or several, with what the outcome is made of beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.estimate.synthetic import notes
from ccd.estimate.synthetic.design import Design, design_of
from ccd.estimate.synthetic.donors import neighbour_note
from ccd.estimate.synthetic.plan import Plan
from ccd.estimate.synthetic.searched import predicted
from ccd.estimate.synthetic.several import several
from ccd.estimate.synthetic.single import Found, single
from ccd.panel import Panel
from ccd.results import Comparison, Estimate, Named, Part, SampleSize, Terms
from ccd.streams import Stream
from ccd.words import Name, text

#: The outcomes of coupling coordination, each with the parts it is made of beside it.
COUPLED = ("D", "C", "T")


def estimate(plan: Plan, panel: Panel, stream: Stream) -> Estimate:
    """Return the effect of the policy on its treated region or regions. Raises DataError or EstimationError."""
    design = design_of(plan.asked, panel, plan.outcome)
    found = _found(plan, panel, design, stream)
    term = Named(plan.asked.policy)
    made = components(panel)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.array([found.estimate]) / np.array([found.std_error])
    terms = Terms(
        term=(term,),
        estimate=np.array([found.estimate]),
        std_error=np.array([found.std_error]),
        statistic=statistic,
        p_value=np.array([found.p_value]),
        conf_low=np.array([found.conf_low]),
        conf_high=np.array([found.conf_high]),
        p_analytic=np.array([found.p_values["normal"]]) if "normal" in found.p_values else None,
        level=found.level,
    )
    parts = list(found.parts)
    if plan.beside and plan.outcome == "D" and len(made) > 1:
        value = by_outcome(plan, panel, found, made, stream)
        parts.append(Part(value, "outcomes", notes.widest(found.details)))
    bounded = notes.bounds(plan.outcome, design) if plan.outcome in (*COUPLED, *made) else ()
    treated = [region for members in design.members for region in members]
    return Estimate(
        kind="synthetic",
        estimator=plan.estimator,
        outcome=plan.outcome,
        headline=term,
        terms=terms,
        covariance=np.array([[found.std_error**2]]),
        sample=size(design),
        vcov="placebo" if found.headline_p == "rank" else plan.variance,
        controls=plan.asked.controls,
        p_values=found.p_values,
        headline_p=found.headline_p,
        details=found.details,
        notes=(
            *design.notes,
            *found.notes,
            *bounded,
            *(neighbour_note(plan.asked.policy, design.names, treated) if plan.beside else ()),
        ),
        parts=tuple(parts),
    )


def _found(plan: Plan, panel: Panel, design: Design, stream: Stream) -> Found:
    if design.treated > 1:
        if plan.predictors:
            raise plan.asked.fail(
                text("predictors are for one treated region"), text("name one under treated")
            )
        return several(plan, design, stream)
    starts = predicted(plan, panel, design, stream) if plan.predictors else None
    return single(plan, design, stream, starts)


def components(panel: Panel) -> tuple[str, ...]:
    """Return the subsystems that D is made of: those of its parts that are inside no other part."""
    inside = panel.made_of.get("D", frozenset())
    listed = [name for name in panel.made_of if name in inside]
    within = frozenset().union(*(panel.made_of[name] for name in listed)) if listed else frozenset()
    return tuple(name for name in listed if name not in within)


def by_outcome(plan: Plan, panel: Panel, found: Found, made: tuple[str, ...], stream: Stream) -> Comparison:
    """Return the effect on D, and by the same estimator and donors on C, T and each subsystem."""
    bare = replace(plan, in_time=(), leave_out=False, predictors={}, beside=False)
    rows, labels = [found], [Name("D")]
    sizes = [size(design_of(plan.asked, panel, "D")).nobs]
    for outcome in (*COUPLED[1:], *made):
        design = design_of(plan.asked, panel, outcome)
        rows.append(_found(replace(bare, outcome=outcome), panel, design, stream))
        sizes.append(size(design).nobs)
        labels.append(Name(outcome))
    return Comparison(
        label=tuple(labels),
        estimate=np.array([row.estimate for row in rows]),
        std_error=np.array([row.std_error for row in rows]),
        p_value=np.array([row.p_value for row in rows]),
        conf_low=np.array([row.conf_low for row in rows]),
        conf_high=np.array([row.conf_high for row in rows]),
        nobs=np.array(sizes),
        title=text("The effect on D and on what it is made of"),
        level=min(row.level for row in rows),
        term=Name(plan.asked.policy),
    )


def size(design: Design) -> SampleSize:
    """Return the region-years, regions and years that the fit stands on, and the outcome there."""
    used = sorted({int(row) for group in design.groups for row in group.rows})
    values = np.concatenate(
        [design.donors[used].ravel(), *(group.treated[group.rows].ravel() for group in design.groups)]
    )
    return SampleSize(
        nobs=len(values),
        entities=len(design.names) + design.treated,
        times=len(used),
        first_year=int(design.years[used[0]]),
        last_year=int(design.years[used[-1]]),
        outcome_mean=float(values.mean()),
        outcome_std=float(np.std(values, ddof=1)),
        treated_entities=design.treated,
        cohorts={str(group.date): group.count for group in design.groups},
    )
