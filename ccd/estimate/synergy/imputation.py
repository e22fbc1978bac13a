"""Synergy by imputation: effects from untreated cells, compared at the same exposure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.inference import inference, named
from ccd.estimate.linear.ols import demean, unidentified
from ccd.estimate.rows.sample import Sample
from ccd.estimate.synergy.draws import (
    Permutation,
    bootstrap,
    permutation,
    studentised,
    without_single_effects,
)
from ccd.estimate.synergy.exposure import Match
from ccd.estimate.synergy.measures import RIVALS, UNMATCHED, Measures
from ccd.estimate.synergy.spec import (
    SYNERGY,
    SynergySpec,
    lone,
    rivals,
    rivals_row,
    state_part,
    without_lone_errors,
)
from ccd.estimate.synergy.states import States
from ccd.panel import Panel
from ccd.results import Estimate, Part, loose, loosely
from ccd.streams import Stream
from ccd.words import Name, Text, text

LIKE = {
    "exposure": text("years since it began"),
    "cohort": text("years since it began and cohort"),
}
#: Below this share of matched cells the headline speaks of a minority.
HALF = 0.5


@dataclass(frozen=True)
class Fitted:
    """The pieces of one fit: effects ``tau`` (n,), the rows with an identified y0, all measures and draws."""

    sample: Sample
    states: States
    tau: FloatArray
    known: BoolArray
    measures: Measures
    values: FloatArray
    draws: FloatArray

    @property
    def done(self) -> BoolArray:
        """Return the draws (B,) in which every state and the headline were there."""
        needed = [*self.measures.groups, SYNERGY]
        where = [self.measures.terms.index(name) for name in needed]
        return np.asarray(np.isfinite(self.draws[:, where]).all(axis=1))

    def table(self, keys: list[Hashable]) -> pd.DataFrame:
        """Return TERM_COLUMNS for the measures of ``keys``, errors from the draws in which each exists."""
        place = {key: j for j, key in enumerate(self.measures.keys)}
        chosen = [place[key] for key in keys]
        return inference(keys, self.values[chosen], spread(self.draws[self.done][:, chosen]), np.inf)

    def terms(self) -> pd.DataFrame:
        """Return TERM_COLUMNS of the model's terms."""
        groups = self.measures.groups
        means = self.counted(list(groups), list(groups.values())).drop(columns=["cells", "entities"])
        rest = self.table([name for name in self.measures.terms if name not in groups])
        return pd.concat([means, rest], ignore_index=True)

    def counted(self, keys: list[Hashable], rows: list[BoolArray]) -> pd.DataFrame:
        """Return ``table`` with the cells and entities behind each key; one entity gives no error."""
        frame = self.table(keys)
        frame["cells"] = [int((inside & self.known).sum()) for inside in rows]
        frame["entities"] = [self.states.entities(inside & self.known) for inside in rows]
        return without_lone_errors(frame)


def spread(draws: FloatArray) -> FloatArray:
    """Return the standard deviation of each column (m,) over its finite draws; nan with fewer than two."""
    found = np.full(draws.shape[1], np.nan)
    for j, column in enumerate(draws.T):
        finite = column[np.isfinite(column)]
        if len(finite) > 1:
            found[j] = finite.std(ddof=1)
    return found


class SynergyImputation(SynergySpec):
    """``kind = "synergy"``, ``estimator = "imputation"``: y0 from untreated cells, like compared with like."""

    estimator: Literal["imputation"] = "imputation"
    bootstrap: int = Field(default=499, ge=2)
    """Draws of the cluster bootstrap behind the standard errors."""
    match: Match = "exposure"
    """What makes a like: the same ``exposure`` (years since a policy began), or the same ``cohort`` too."""
    permutations: int = Field(default=999, ge=0)
    """Permutations behind the p-value of the synergy; 0 leaves the bootstrap's."""

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the synergy at matched exposure with its states, event study, orders and paths (METHODS 5)."""
        sample, states, notes = self.draw(panel)
        self.refuse_unidentified(sample, states)
        fitted = self.measure(sample, states, stream)
        permuted = self.permute(fitted, stream) if self.permutations else None
        terms = fitted.terms()
        p_values = {"analytic": float(terms.loc[terms["term"] == SYNERGY, "p_value"].iloc[0])}
        if permuted is not None:
            terms.loc[terms["term"] == SYNERGY, "p_value"] = permuted.p_value
            p_values = {"permutation": permuted.p_value, **p_values}
        done = fitted.draws[fitted.done][:, : len(terms)]
        own, facts = self.report(fitted, permuted)
        return loosely(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=SYNERGY,
            terms=terms,
            vcov=named(covariance(done), list(terms["term"])),
            facts={**self.facts(sample, states), "p_values": p_values, **facts},
            notes=(*notes, *own),
            parts=self.parts(fitted, permuted),
        )

    def refuse_unidentified(self, sample: Sample, states: States) -> None:
        """Raise EstimationError naming controls that the untreated cells do not identify."""
        if not self.controls:
            return
        none = states.state == 0
        raw = sample.x[none]
        entity, time = (np.unique(c[none], return_inverse=True)[1] for c in (sample.entity, sample.time))
        absorbed, collinear = unidentified(demean(raw, [entity, time]), raw)
        if absorbed or collinear:
            listed = ", ".join(self.controls[j] for j in sorted((*absorbed, *collinear)))
            raise self.fail(
                f"{listed}: not identified on the region-years under no policy",
                fix="leave it out: region and year effects, or other controls, already say it",
            )

    def measure(self, sample: Sample, states: States, stream: Stream) -> Fitted:
        """Return effects, measures and bootstrap draws. Raises EstimationError when no cell is matched."""
        fit = impute(sample.y, sample.x, sample.entity, sample.time, states.state == 0)
        tau, known = fit.resid, fit.imputable
        measures = Measures(states, self.match)
        values = measures.values(tau, np.where(known, 1.0, 0.0))
        found = dict(zip(measures.terms, values, strict=False))
        missing = [name for name in measures.groups if not np.isfinite(found[name])]
        if missing:
            raise self.fail(
                f"the untreated outcome of every cell under '{missing[0]}' is unidentified: no region is "
                "without a policy in those years",
                fix="take years in which some region is under no policy",
            )
        if not np.isfinite(found[SYNERGY]):
            raise self.fail(
                f"no region-year with all policies has regions under each alone at the same {self.match}",
                fix='take match = "exposure", estimator = "twfe", or more years',
            )
        draws = bootstrap(fit, sample.clusters[0], measures.values, self.bootstrap, stream("bootstrap"))
        result = Fitted(sample, states, tau, known, measures, values, draws)
        if result.done.sum() < 2:
            raise self.fail(
                "all but at most one bootstrap draw lost a state, so there is no standard error",
                fix='take estimator = "twfe": too few regions identify the states',
            )
        return result

    def permute(self, fitted: Fitted, stream: Stream) -> Permutation:
        """Return the permutation test under no synergy."""
        sample, states = fitted.sample, fitted.states
        compared = fitted.measures.contrasts[SYNERGY]
        null = without_single_effects(sample.y, fitted.tau, fitted.known, states, compared)
        rng = stream("permutation")
        cluster = sample.clusters[0]
        return permutation(null, sample.x, states, sample.time, cluster, self.permutations, rng, self.match)

    def report(self, fitted: Fitted, permuted: Permutation | None) -> tuple[list[Text], dict[str, object]]:
        """Return the notes and facts on matching, draws and permutations."""
        sample, states = fitted.sample, fitted.states
        plain = studentised(sample.y, sample.x, states, sample.time, sample.clusters[0], self.match)
        failed = int(np.sum(~fitted.done))
        facts: dict[str, object] = {
            "vcov": "cluster bootstrap",
            "clusters": [int(sample.clusters[0].max()) + 1],
            "headline_p": "analytic" if permuted is None else "permutation",
            "bootstrap": {"draws": self.bootstrap, "failed": failed},
            "matched_share": plain.matched,
            "std_error_influence": plain.std_error,
            "unidentified_cells": int(np.sum(~fitted.known)),
        }
        notes = [
            text(
                "Synergy compares cells under all policies with cells under each alone at the same {match}: "
                "{share:.0%} of them have such a match",
                match=LIKE[self.match],
                share=plain.matched,
            )
        ]
        if plain.matched < HALF:
            notes.append(text("Less than half of the cells are matched: the synergy speaks of a minority"))
        if not fitted.known.all():
            count = int(np.sum(~fitted.known))
            notes.append(
                text("{count} cells left out: no untreated region identifies their year", count=count)
            )
        notes.append(
            text(
                "Standard errors from {draws} cluster bootstrap draws that refit all ({failed} failed: a state "
                "was empty); intervals are estimate +- 1.96 se",
                draws=self.bootstrap,
                failed=failed,
            )
        )
        if permuted is not None:
            facts["permutation"] = {"draws": self.permutations, "failed": permuted.failed}
            notes += self.permuted_notes(permuted)
        return [*notes, *gaps(fitted)], facts

    def permuted_notes(self, permuted: Permutation) -> list[Text]:
        """Return how the permutation p-value came about."""
        notes = [
            text(
                "p of the synergy from {draws} permutations of the start years over regions, after the "
                "effects of each policy alone were taken off ({failed} failed)",
                draws=self.permutations,
                failed=permuted.failed,
            )
        ]
        if self.cluster:
            notes.append(
                text(
                    "Permutations exchange regions one by one, whatever {column} joins",
                    column=Name(self.cluster),
                )
            )
        return notes

    def parts(self, fitted: Fitted, permuted: Permutation | None) -> tuple[Part, ...]:
        """Return states, event study, orders, roads, paths and permutation draws."""
        measures, states = fitted.measures, fitted.states
        means = fitted.terms().iloc[: len(measures.groups)]
        found = [
            state_part(states, means["estimate"].to_numpy(), means["std_error"].to_numpy(), np.inf),
            self.events(fitted),
            compared(fitted, [key for key in measures.split if isinstance(key, Text)], "order"),
            self.roads(fitted),
            paths(fitted),
        ]
        if permuted is not None:
            found.append(permutation_part(permuted))
        return tuple(found)

    def events(self, fitted: Fitted) -> Part:
        """Return the synergy by years since all policies act; years without a matched cell are missing."""
        split = fitted.measures.split
        keys = [key for key in split if isinstance(key, int) and self.shown(key)]
        frame = fitted.counted(list(keys), [split[key] for key in keys])
        columns = ["event_time", "estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]
        frame = frame.rename(columns={"term": "event_time"})[[*columns, "cells", "entities"]]
        facts = {"xlabel": text("Years since all policies act"), "title": text("Synergy by years together")}
        return loose("event_study", frame, facts=facts, notes=lone(frame))

    def roads(self, fitted: Fitted) -> Part:
        """Return the synergy at matched exposure, at matched exposure and cohort, and unmatched."""
        keys: list[Hashable] = [("match", "exposure"), ("match", "cohort"), UNMATCHED]
        frame = fitted.table(keys).drop(columns=["term", "statistic"])
        words = [
            text("same exposure"),
            text("same exposure and cohort"),
            text("unmatched: both less each alone"),
        ]
        frame.insert(0, "label", words)
        frame["nobs"] = len(fitted.tau)
        return loose("comparison", frame, "roads", {"title": text("Synergy by what is compared")})


def compared(fitted: Fitted, keys: list[Text], name: str) -> Part:
    """Return a part of shape comparison with one row for each group of cells that all policies act on."""
    frame = fitted.counted(list(keys), [fitted.measures.split[key] for key in keys])
    pair = rivals(fitted.states)
    if pair is not None:
        frame = pd.concat([frame, rivals_row(fitted.states, fitted.table([RIVALS]), pair)], ignore_index=True)
    frame = frame.drop(columns="statistic").rename(columns={"term": "label", "cells": "nobs"})
    facts = {"title": text("Synergy by who came first")}
    return loose("comparison", frame, name, facts, lone(frame))


def paths(fitted: Fitted) -> Part:
    """Return tau_a(e) for regions that later take up another policy against those that never do."""
    found = fitted.measures.paths
    frame = fitted.counted(list(found), list(found.values()))
    head = pd.DataFrame(list(found), columns=["policy", "group", "event_time"])
    columns = ["estimate", "std_error", "conf_low", "conf_high", "cells", "entities"]
    return loose("policy_paths", pd.concat([head, frame[columns]], axis=1), "paths", notes=lone(frame))


def gaps(fitted: Fitted) -> list[Text]:
    """Return a note for each policy: did later adders differ while it acted alone?"""
    found = []
    policies = fitted.states.policies
    frame = fitted.table([("gap", p) for p in policies])
    for policy, gap, error in zip(policies, frame["estimate"], frame["std_error"], strict=True):
        if np.isfinite(gap):
            found.append(
                text(
                    "{policy} alone did {gap:.4g} (se {error:.4g}) more in regions that later took up another "
                    "policy than, as long after, in those that never did",
                    policy=Name(policy),
                    gap=float(gap),
                    error=float(error),
                )
            )
        else:
            found.append(
                text(
                    "{policy}: no region that later took up another policy can be set beside one that never did",
                    policy=Name(policy),
                )
            )
    return found


def permutation_part(permuted: Permutation) -> Part:
    """Return the permutation draws with the observed values among the facts."""
    frame = pd.DataFrame(
        {
            "draw": np.arange(1, len(permuted.estimate) + 1),
            "estimate": permuted.estimate,
            "std_error": permuted.std_error,
        }
    )
    frame["statistic"] = frame["estimate"] / frame["std_error"].where(frame["std_error"] > 0)
    observed = permuted.observed
    facts = {
        "observed": observed.estimate,
        "statistic": observed.statistic,
        "p_value": permuted.p_value,
        "draws": len(frame),
        "failed": permuted.failed,
    }
    return loose("permutation", frame, facts=facts)


def covariance(draws: FloatArray) -> FloatArray:
    """Return the covariance (k, k) over draws (B, k); nan beside measures that some draws lack."""
    return np.atleast_2d(np.cov(draws, rowvar=False))
