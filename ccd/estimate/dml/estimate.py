"""From a panel to the estimate: every learner, with two-way fixed effects beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.dml.differences import long_differences
from ccd.estimate.dml.fitted import Learnt, interacted, partially_linear, splits
from ccd.estimate.dml.forms import FORMS, Rows, expanded
from ccd.estimate.dml.learners import LABELS
from ccd.estimate.dml.parts import notes_of, parts_of
from ccd.estimate.dml.plan import Plan
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import Inference, infer, terms_of
from ccd.estimate.rows.sample import Sample, draw_sample
from ccd.panel import Panel
from ccd.results import Estimate, Named
from ccd.streams import Stream
from ccd.words import Text, text


def estimate(plan: Plan, panel: Panel, changed: tuple[Text, ...], stream: Stream) -> Estimate:
    """Return the effect by the leading learner, the others beside; ``changed`` says what was done to the panel.

    Raises DataError or EstimationError.
    """
    named = (*((plan.treatment,) if plan.treatment else ()), *plan.controls)
    sample = draw_sample(panel, plan.outcome, named, plan.policy, where=plan.where)
    sample = replace(sample, notes=(*changed, *sample.notes))
    regions = len(sample.panel.entities)
    if plan.folds > regions // 2:
        raise plan.fail(
            text("{folds} folds need more than {regions} regions", folds=plan.folds, regions=regions),
            text("take fewer folds"),
        )
    d, x = (sample.treated.astype(float), sample.x) if plan.policy else (sample.x[:, 0], sample.x[:, 1:])
    two_way = _two_way(plan, sample, d, x)
    if plan.model == "irm":
        units = long_differences(plan, sample)
        dealt = splits(plan, units.d > 0, stream)
        found = [interacted(units, dealt, learner) for learner in plan.learners]
        return _assembled(plan, sample, found, two_way, nobs=len(units.y))
    rows = _rows(plan, sample, d, x)
    dealt = splits(plan, _dealt_first(plan, rows, d), stream)
    found = [partially_linear(plan, rows, dealt, learner) for learner in plan.learners]
    return _assembled(plan, sample, found, two_way, nobs=len(rows.y))


def _dealt_first(plan: Plan, rows: Rows, d: FloatArray) -> BoolArray:
    """Return the regions (N,) dealt over folds first: the ever treated, or those above the median mean of d."""
    size = np.bincount(rows.region)
    means = np.bincount(rows.region, d[rows.kept]) / size
    return np.asarray(means > (0 if plan.policy else np.median(means)))


def _rows(plan: Plan, sample: Sample, d: FloatArray, x: FloatArray) -> Rows:
    years = np.asarray(sample.years - sample.years.min(), dtype=np.intp)
    made = FORMS[plan.form](sample.y, d, expanded(x, plan.expand), sample.entity, years, plan.years)
    if np.ptp(made.d) <= 1e-12 * max(1.0, float(np.abs(d).max())):
        raise plan.fail(
            text("{term}: no variation is left after the effects", term=plan.term),
            text("take more years or regions"),
        )
    return made


def _two_way(plan: Plan, sample: Sample, d: FloatArray, x: FloatArray) -> Inference:
    """Return the effect by least squares with the controls as they are and the same fixed effects."""
    effects = (sample.entity, sample.time) if plan.years else (sample.entity,)
    design = AbsorbingDesign(effects, sample.clusters, sample.time, where=plan.where)
    fit, vcov = design.regress(sample.y, (d, x), (plan.term, *plan.controls))
    return infer(fit.beta[:1], vcov.std_error[:1], vcov.df)


def _assembled(plan: Plan, sample: Sample, found: list[Learnt], two_way: Inference, *, nobs: int) -> Estimate:
    first, df = found[0], len(sample.panel.entities) - 1
    also = [first.ate] if first.ate is not None else []
    values = np.array([(first.estimate, first.std_error), *also]).T
    term = Named(plan.term)
    terms = terms_of((term, *(Named(f"{plan.term}_ate") for _ in also)), values[0], values[1], df)
    size = replace(sample.size(), nobs=nobs)
    return Estimate(
        kind="dml",
        estimator=first.learner,
        outcome=plan.outcome,
        headline=term,
        terms=terms,
        covariance=np.diag(values[1] ** 2),
        sample=size if plan.policy else replace(size, treated_entities=None, cohorts=None),
        vcov="cluster",
        clusters=(df + 1,),
        df=df,
        effects=("entity", "time") if plan.years else ("entity",),
        controls=plan.controls,
        p_values={"analytic": float(terms.p_value[0])},
        label=text("Double machine learning, {learner}", learner=LABELS[first.learner]),
        details={"form": plan.form, "model": plan.model, "folds": plan.folds, "repeats": plan.repeats},
        notes=(*sample.notes, *notes_of(plan, sample, found)),
        parts=parts_of(plan, sample, found, two_way, nobs),
    )
