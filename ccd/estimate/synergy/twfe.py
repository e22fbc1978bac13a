"""Synergy by two-way fixed effects: the interaction of the policies' dummies."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ccd.errors import Words
from ccd.estimate.linear.inference import Inference, terms_of
from ccd.estimate.rows.sample import Sample
from ccd.estimate.synergy.interaction import (
    between,
    product_terms,
    products,
    regress,
    split,
    state_effects,
    summed,
)
from ccd.estimate.synergy.leads import DEALS, before
from ccd.estimate.synergy.orders import by_years_together, orders, rivals, rivals_words, shown
from ccd.estimate.synergy.parts import by_order, counted_by, counted_pair, state_means, years_together
from ccd.estimate.synergy.sample import Drawn, details, draw, size
from ccd.estimate.synergy.spec import SynergySpec
from ccd.estimate.synergy.states import States
from ccd.panel import Panel
from ccd.results import Comparison, Estimate, EventStudy, Named, Part, Synergy, Term
from ccd.streams import Stream
from ccd.words import names, text


class SynergyTwfe(SynergySpec):
    """``kind = "synergy"``, ``estimator = "twfe"``: y = a_i + l_t + each D + their products + x'c + u."""

    estimator: Literal["twfe"] = "twfe"

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the interaction of the policies with states, event study, orders and leads (METHODS 5)."""
        drawn = draw(self, panel)
        found = before(drawn.sample, drawn.states, self.window, DEALS, stream)
        return found.beside(self.estimate(drawn))

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate without the leads of its policies."""
        return self.estimate(draw(self, panel))

    def estimate(self, drawn: Drawn) -> Estimate:
        """Return what ``fit`` does but for the leads."""
        sample, states = drawn.sample, drawn.states
        where = text("model '{name}'", name=self.name)
        fit, vcov = regress(sample, products(states), product_terms(states), where)
        rows = summed(states, len(fit.beta))
        whole: list[Term] = [Synergy()] if len(states.policies) > 2 else []
        listed = [*product_terms(states), *whole, *(Named(control) for control in self.controls)]
        matrix = rows @ vcov.matrix @ rows.T
        terms = terms_of(listed, rows @ fit.beta, np.sqrt(np.diag(matrix)), vcov.df)
        caveat = text(
            "The interaction under two-way fixed effects holds the effect of {policies} constant over years "
            "and regions: where effects grow with exposure it takes the growth for synergy",
            policies=names(states.policies),
        )
        return Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=Synergy(),
            terms=terms,
            covariance=matrix,
            sample=size(drawn),
            vcov=vcov.kind,
            clusters=vcov.clusters,
            df=vcov.df,
            effects=("entity", "time"),
            controls=self.controls,
            r2_within=fit.r2,
            p_values={"analytic": float(terms.p_value[listed.index(Synergy())])},
            details=details(drawn),
            notes=(*drawn.notes, vcov.note, caveat),
            parts=(
                state_means(states, *state_effects(states, fit, vcov), vcov.df),
                event_study(sample, states, self.window, where),
                order(sample, states, where),
            ),
        )


def event_study(
    sample: Sample, states: States, window: tuple[int, int] | None, where: Words
) -> Part[EventStudy]:
    """Return the product of all policies by years since all act."""
    groups = by_years_together(states)
    found, df = split(sample, states, list(groups.values()), where)
    kept = [shown(k, window) for k in groups]
    times = [k for k in groups if shown(k, window)]
    effects = Inference(*(array[kept] for array in found))
    return years_together(times, counted_by(effects, [groups[k] for k in times], states), df)


def order(sample: Sample, states: States, where: Words) -> Part[Comparison]:
    """Return the product of all policies by the order in which regions took them up."""
    groups = orders(states)
    labels = [one.words for one in groups]
    found, _ = split(sample, states, list(groups.values()), where)
    effects = counted_by(found, list(groups.values()), states)
    pair = rivals(states)
    if pair is not None:
        labels.append(rivals_words(states))
        effects = effects.then(counted_pair(between(sample, states, pair, where), pair, states))
    return by_order(labels, effects)
