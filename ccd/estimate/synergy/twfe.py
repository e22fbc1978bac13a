"""Synergy by two-way fixed effects: the interaction of the policies' dummies."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.inference import inference, named
from ccd.estimate.linear.ols import Fit
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.sample import Sample
from ccd.estimate.synergy.spec import (
    SYNERGY,
    SynergySpec,
    event_groups,
    lone,
    orders,
    rivals,
    rivals_row,
    state_part,
    without_lone_errors,
)
from ccd.estimate.synergy.states import States
from ccd.panel import Panel
from ccd.results import Estimate, Part, loose, loosely
from ccd.streams import Stream
from ccd.words import Text, names, text


class SynergyTwfe(SynergySpec):
    """``kind = "synergy"``, ``estimator = "twfe"``: y = a_i + l_t + each D + their products + x'c + u."""

    estimator: Literal["twfe"] = "twfe"

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the interaction of the policies with states, event study and orders (METHODS 5)."""
        sample, states, notes = self.draw(panel)
        labels = self.labels(states)
        fit, vcov = self.regress(sample, products(states), [*labels, *self.controls])
        contrast = self.contrasts(states, len(fit.beta))
        shown = [*labels, *([SYNERGY] if len(states.policies) > 2 else []), *self.controls]
        terms = inference(shown, contrast @ fit.beta, _errors(contrast, vcov), vcov.df)
        facts = {
            **self.facts(sample, states),
            "r2_within": fit.r2,
            "vcov": vcov.kind,
            "clusters": list(vcov.clusters),
            "controls": list(self.controls),
            "p_values": {"analytic": float(terms.loc[terms["term"] == SYNERGY, "p_value"].iloc[0])},
        }
        return loosely(
            kind=self.kind,
            estimator=self.estimator,
            outcome=self.outcome,
            headline=SYNERGY,
            terms=terms,
            vcov=named(contrast @ vcov.matrix @ contrast.T, shown),
            facts=facts,
            notes=(*notes, vcov.note, *self.caveats(states)),
            parts=(
                self.state_means(states, fit, vcov),
                self.events(sample, states),
                self.by_order(sample, states),
            ),
        )

    def labels(self, states: States) -> list[str]:
        """Return the names of the products in the order of ``states.sets``."""
        found = []
        for state in states.sets:
            label = states.label(state)
            if state.bit_count() == 1:
                found.append(label)
            elif len(states.policies) == 2:
                found.append(SYNERGY)
            else:
                found.append(f"{SYNERGY}:{label}" if state != states.full else f"{SYNERGY}_triple")
        return found

    def contrasts(self, states: States, k: int) -> FloatArray:
        """Return the rows that make terms of coefficients; three policies: synergy sums all products."""
        rows = np.eye(k)
        if len(states.policies) == 2:
            return rows
        several = np.array([s.bit_count() > 1 for s in states.sets], dtype=np.float64)
        whole = np.concatenate([several, np.zeros(k - len(several))])
        place = len(states.sets)
        return np.vstack([rows[:place], whole, rows[place:]])

    def regress(self, sample: Sample, focus: FloatArray, labels: list[str]) -> tuple[Fit, Vcov]:
        """Return the two-way fit of y on ``focus`` (n, k) and the controls, clustered."""
        effects = (sample.entity, sample.time)
        design = AbsorbingDesign(effects, sample.clusters, sample.time, where=f"model '{self.name}'")
        return design.regress(sample.y, np.column_stack([focus, sample.x]), labels)

    def caveats(self, states: States) -> list[Text]:
        """Return what the interaction assumes."""
        return [
            text(
                "The interaction under two-way fixed effects holds the effect of {policies} constant over years "
                "and regions: where effects grow with exposure it takes the growth for synergy",
                policies=names(states.policies),
            )
        ]

    def state_means(self, states: States, fit: Fit, vcov: Vcov) -> Part:
        """Return the fitted effect of each state: the sum of the products within it."""
        sets = states.sets
        inside = np.array([[float(s & other == other) for other in sets] for s in sets])
        k = len(sets)
        effect = inside @ fit.beta[:k]
        error = np.sqrt(np.diag(inside @ vcov.matrix[:k, :k] @ inside.T))
        return state_part(states, effect, error, vcov.df)

    def events(self, sample: Sample, states: States) -> Part:
        """Return the product of all policies by years since all act."""
        groups = event_groups(states)
        frame = self.split(sample, states, list(groups.values()))
        frame.insert(0, "event_time", list(groups))
        frame = frame[[self.shown(k) for k in groups]].reset_index(drop=True)
        columns = ["event_time", "estimate", "std_error", "conf_low", "conf_high", "statistic", "p_value"]
        facts = {"xlabel": text("Years since all policies act"), "title": text("Synergy by years together")}
        return loose("event_study", frame[[*columns, "cells", "entities"]], facts=facts, notes=lone(frame))

    def by_order(self, sample: Sample, states: States) -> Part:
        """Return the product of all policies by the order in which regions took them up."""
        groups = orders(states)
        frame = self.split(sample, states, list(groups.values()))
        frame["term"] = pd.Series(list(groups), dtype=object)
        pair = rivals(states)
        if pair is not None:
            frame = pd.concat([frame, self.between(sample, states, pair)], ignore_index=True)
        frame = frame.drop(columns="statistic").rename(columns={"term": "label", "cells": "nobs"})
        facts = {"title": text("Synergy by who came first")}
        return loose("comparison", frame, "order", facts, lone(frame))

    def between(self, sample: Sample, states: States, pair: tuple[BoolArray, BoolArray]) -> pd.DataFrame:
        """Return the difference of the interaction between the two orders: its term beside the whole."""
        focus = np.column_stack([products(states), pair[0].astype(np.float64)])
        rest = (states.state == states.full) & ~pair[0] & ~pair[1]
        if rest.any():  # regions that took both up in one year have a term of their own
            focus = np.column_stack([focus, rest.astype(np.float64)])
        labels = [*self.labels(states), "first", *(["together"] if rest.any() else []), *self.controls]
        fit, vcov = self.regress(sample, focus, labels)
        k = len(states.sets)
        row = inference(["first"], fit.beta[k : k + 1], vcov.std_error[k : k + 1], vcov.df)
        return rivals_row(states, row, pair)

    def split(self, sample: Sample, states: States, groups: list[BoolArray]) -> pd.DataFrame:
        """Return the effect of all policies beyond the sum of each alone in each group of cells.

        Products of two of three policies act only where the third does not, so that a group's coefficient
        holds all that the policies do together. With cells and entities; one entity gives no error.
        """
        base = products(states)[:, :-1]
        base[states.state == states.full, len(states.policies) :] = 0
        focus = np.column_stack([base, *(rows.astype(np.float64) for rows in groups)])
        labels = [f"{SYNERGY} {k + 1}" for k in range(len(groups))]
        fit, vcov = self.regress(sample, focus, [*self.labels(states)[:-1], *labels, *self.controls])
        at = slice(base.shape[1], base.shape[1] + len(groups))
        frame = inference(labels, fit.beta[at], vcov.std_error[at], vcov.df)
        frame["cells"] = [int(rows.sum()) for rows in groups]
        frame["entities"] = [states.entities(rows) for rows in groups]
        return without_lone_errors(frame)


def products(states: States) -> FloatArray:
    """Return the products of the policies' dummies (n, sets): singles, pairs, the triple."""
    on = np.isfinite(states.exposure)
    columns = [on[:, list(states.members(s))].all(axis=1) for s in states.sets]
    return np.column_stack(columns).astype(np.float64)


def _errors(contrast: FloatArray, vcov: Vcov) -> FloatArray:
    return np.asarray(np.sqrt(np.diag(contrast @ vcov.matrix @ contrast.T)))
