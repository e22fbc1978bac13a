"""Synergy by imputation: effects from untreated cells, compared at the same exposure."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from ccd.estimate.synergy.draws import Permuted, permutation, studentised, without_single_effects
from ccd.estimate.synergy.exposure import Match
from ccd.estimate.synergy.fitted import Fitted, measure
from ccd.estimate.synergy.leads import DEALS, before
from ccd.estimate.synergy.measures import MATCHES, SYNERGY
from ccd.estimate.synergy.notes import of_bootstrap, of_gaps, of_matching, of_minority, of_permutation
from ccd.estimate.synergy.orders import rivals, rivals_words, shown
from ccd.estimate.synergy.parts import by_order, counted_pair, state_means, years_together
from ccd.estimate.synergy.sample import Drawn, details, draw, refuse_unidentified, size
from ccd.estimate.synergy.spec import SynergySpec
from ccd.panel import Panel
from ccd.results import Comparison, Estimate, EventStudy, Part, Permutation, PolicyPaths, Terms
from ccd.streams import Stream
from ccd.words import text


class SynergyImputation(SynergySpec):
    """``kind = "synergy"``, ``estimator = "imputation"``: y0 from untreated cells, like compared with like."""

    estimator: Literal["imputation"] = "imputation"
    bootstrap: int = Field(default=499, ge=2)
    """Draws of the cluster bootstrap behind the standard errors."""
    match: Match = "exposure"
    """What makes a like: the same ``exposure`` (years since a policy began), or the same ``cohort`` too."""
    permutations: int = Field(default=4999, ge=0)
    """Permutations behind the p-value of the synergy; 0 leaves the bootstrap's."""

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the synergy at matched exposure with its states, event study, orders, paths and leads (METHODS 5)."""
        drawn = draw(self, panel)
        found = before(drawn.sample, drawn.states, self.window, min(self.permutations, DEALS), stream)
        return found.beside(self.estimate(drawn, stream))

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate without the leads of its policies."""
        return self.estimate(draw(self, panel), stream)

    def estimate(self, drawn: Drawn, stream: Stream) -> Estimate:
        """Return what ``fit`` does but for the leads."""
        sample, states = drawn.sample, drawn.states
        refuse_unidentified(self, sample, states)
        where = text("model '{name}'", name=self.name)
        fitted = measure(sample, states, self.match, self.bootstrap, stream("bootstrap"), where)
        permuted = permute(fitted, self.permutations, stream("permutation")) if self.permutations else None
        plain = studentised(sample.y, sample.x, states, sample.time, sample.clusters[0], self.match)
        means, paths = fitted.means(), policy_paths(fitted)
        terms = fitted.terms()
        headline = terms.term.index(SYNERGY)
        p_values = {"analytic": float(terms.p_value[headline])}
        told = details(drawn) | {
            "bootstrap": {"draws": self.bootstrap, "failed": fitted.failed},
            "matched_share": plain.matched,
            "std_error_influence": plain.std_error,
            "unidentified_cells": fitted.unidentified,
        }
        notes = [
            *of_matching(self.match, plain.matched, fitted.unidentified),
            of_bootstrap(self.bootstrap, fitted.failed),
        ]
        if permuted is not None:
            p_values = {"permutation": permuted.p_value, **p_values}
            terms = led_by(terms, headline, permuted)
            told["permutation"] = {"draws": self.permutations, "failed": permuted.failed}
            notes += of_permutation(self.permutations, permuted.failed, self.cluster)
        return Estimate(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=SYNERGY,
            terms=terms,
            covariance=fitted.covariance(),
            sample=size(drawn),
            vcov="cluster bootstrap",
            clusters=(int(sample.clusters[0].max()) + 1,),
            controls=self.controls,
            p_values=p_values,
            headline_p="analytic" if permuted is None else "permutation",
            details=told,
            notes=(*drawn.notes, *notes, *of_gaps(paths.value)),
            caveats=of_minority(plain.matched),
            parts=(
                state_means(states, means.of.estimate, means.of.std_error, np.inf),
                event_study(fitted, self.window),
                order(fitted),
                by_match(fitted, permuted),
                paths,
                *([] if permuted is None else [permutation_part(permuted)]),
            ),
        )


def permute(fitted: Fitted, draws: int, rng: np.random.Generator) -> Permuted:
    """Return the permutation test under no synergy."""
    sample, states, match = fitted.sample, fitted.states, fitted.measures.match
    compared = fitted.measures.contrasts[SYNERGY]
    null = without_single_effects(sample.y, fitted.tau, fitted.known, states, compared)
    return permutation(null, sample.x, states, sample.time, sample.clusters[0], draws, rng, match)


def led_by(terms: Terms, place: int, permuted: Permuted) -> Terms:
    """Return the terms where p-value and interval of the one at ``place`` are the permutation's."""
    own = np.arange(len(terms)) == place
    low, high = permuted.interval
    return replace(
        terms,
        p_value=np.where(own, permuted.p_value, terms.p_value),
        conf_low=np.where(own, low, terms.conf_low),
        conf_high=np.where(own, high, terms.conf_high),
        p_analytic=terms.p_value,
    )


def event_study(fitted: Fitted, window: tuple[int, int] | None) -> Part[EventStudy]:
    """Return the synergy by years since all policies act; years without a matched cell are missing."""
    events, at = fitted.measures.events, fitted.measures.at.events
    kept = [(j, k) for j, k in enumerate(events, start=at.start) if shown(k, window)]
    places = np.array([j for j, _ in kept], dtype=np.intp)
    times = [k for _, k in kept]
    return years_together(times, fitted.counted(places, [events[k] for k in times]), np.inf)


def order(fitted: Fitted) -> Part[Comparison]:
    """Return the synergy by who came first, and the difference where two orders are there."""
    measures, states = fitted.measures, fitted.states
    labels = [one.words for one in measures.orders]
    effects = fitted.counted(measures.at.orders, list(measures.orders.values()))
    pair = rivals(states)
    if pair is not None:
        labels.append(rivals_words(states))
        effects = effects.then(counted_pair(fitted.infer(measures.at.rivals), pair, states))
    return by_order(labels, effects)


def by_match(fitted: Fitted, permuted: Permuted | None) -> Part[Comparison]:
    """Return the synergy at matched exposure, at matched exposure and cohort, and unmatched.

    The row that is the model itself has its p-value and interval, by permutation where there is one.
    """
    measures = fitted.measures
    unmatched = len(measures.groups) + len(measures.contrasts)
    found = fitted.infer(np.r_[measures.at.matches, unmatched])
    if permuted is not None:
        own = np.array([match == measures.match for match in (*MATCHES, None)])
        low, high = permuted.interval
        found = found._replace(
            p_value=np.where(own, permuted.p_value, found.p_value),
            conf_low=np.where(own, low, found.conf_low),
            conf_high=np.where(own, high, found.conf_high),
        )
    return Part(
        Comparison(
            label=(
                text("same exposure"),
                text("same exposure and cohort"),
                text("unmatched: both less each alone"),
            ),
            estimate=found.estimate,
            std_error=found.std_error,
            p_value=found.p_value,
            conf_low=found.conf_low,
            conf_high=found.conf_high,
            nobs=np.full(3, len(fitted.tau), dtype=np.intp),
            title=text("Synergy by what is compared"),
        ),
        "roads",
    )


def policy_paths(fitted: Fitted) -> Part[PolicyPaths]:
    """Return tau_a(e) for regions that later take up another policy against those that never do."""
    paths, at = fitted.measures.paths, fitted.measures.at
    effects, gaps = fitted.counted(at.paths, list(paths.values())), fitted.infer(at.gaps)
    value = PolicyPaths(
        policy=tuple(path.policy for path in paths),
        group=tuple(path.group for path in paths),
        event_time=np.array([path.event_time for path in paths], dtype=np.intp),
        estimate=effects.of.estimate,
        std_error=effects.of.std_error,
        conf_low=effects.of.conf_low,
        conf_high=effects.of.conf_high,
        cells=effects.cells,
        entities=effects.entities,
        policies=fitted.states.policies,
        gap=gaps.estimate,
        gap_error=gaps.std_error,
    )
    return Part(value, "paths", effects.notes)


def permutation_part(permuted: Permuted) -> Part[Permutation]:
    """Return the permutation draws with the observed values."""
    estimate, error = permuted.estimate, permuted.std_error
    return Part(
        Permutation(
            draw=np.arange(1, len(estimate) + 1),
            estimate=estimate,
            std_error=error,
            drawn=np.divide(estimate, error, out=np.full(len(error), np.nan), where=error > 0),
            observed=permuted.observed.statistic,
            p_value=permuted.p_value,
            draws=len(estimate),
            observed_estimate=permuted.observed.estimate,
            failed=permuted.failed,
            critical=permuted.critical,
            conf_low=permuted.interval[0],
            conf_high=permuted.interval[1],
        )
    )
