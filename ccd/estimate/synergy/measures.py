"""Every number of the imputation form of synergy, as one function of tau and the weights of the rows."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.estimate.synergy.exposure import Contrast, Match, contrast, mean_by
from ccd.estimate.synergy.spec import SYNERGY, event_groups, orders, rivals
from ccd.estimate.synergy.states import States

TRIPLE = f"{SYNERGY}_triple"
UNMATCHED = f"{SYNERGY}_unmatched"

RIVALS = "order difference"
MATCHES: tuple[Match, ...] = ("exposure", "cohort")

ADDS, NEVER = "adds", "never"


@dataclass(frozen=True)
class Measures:
    """The means that a synergy estimate reports, keyed by table and row, all at once for any weights."""

    states: States
    match: Match = "exposure"

    @cached_property
    def contrasts(self) -> Mapping[str, Contrast]:
        """Return term -> contrast at matched exposure, the headline first."""
        states = self.states
        found = {SYNERGY: contrast(states, states.full, match=self.match)}
        for state in states.joint[1:]:
            found[f"{SYNERGY}:{states.label(state)}"] = contrast(states, state, match=self.match)
        if len(states.policies) > 2:
            found[TRIPLE] = contrast(states, states.full, pairs=True, match=self.match)
        return found

    @cached_property
    def by_match(self) -> Mapping[Match, Contrast]:
        """Return the headline contrast under either kind of match."""
        return {m: contrast(self.states, self.states.full, match=m) for m in MATCHES}

    @cached_property
    def groups(self) -> Mapping[str, BoolArray]:
        """Return state label -> its rows (n,)."""
        return {self.states.label(s): self.states.state == s for s in self.states.sets}

    @cached_property
    def split(self) -> Mapping[Hashable, BoolArray]:
        """Return event time, or order of uptake, -> the rows (n,) whose matched synergy is averaged."""
        found: dict[Hashable, BoolArray] = dict(event_groups(self.states).items())
        found.update(orders(self.states).items())
        return found

    @cached_property
    def paths(self) -> Mapping[tuple[str, str, int], BoolArray]:
        """Return (policy, adds or never, years since) -> rows (n,) under that policy alone.

        ``adds`` are regions that take up another of the policies inside the panel, ``never`` the rest.
        """
        states, found = self.states, {}
        several = np.isfinite(states.start).sum(axis=1) > 1
        for p, policy in enumerate(states.policies):
            alone = states.state == 1 << p
            for group, chosen in ((ADDS, several), (NEVER, ~several)):
                rows = alone & chosen[states.entity]
                for event in np.unique(states.exposure[rows, p]):
                    found[policy, group, int(event)] = rows & (states.exposure[:, p] == event)
        return found

    @property
    def terms(self) -> list[str]:
        """Return the names of the terms: means by state, then synergies, then the unmatched contrasts."""
        unmatched = [name.replace(SYNERGY, UNMATCHED, 1) for name in self.contrasts if name != TRIPLE]
        return [*self.groups, *self.contrasts, *unmatched]

    @property
    def keys(self) -> list[Hashable]:
        """Return what ``values`` holds: terms, events, orders, paths and their gaps, matches, the orders' gap."""
        gaps = (("gap", p) for p in self.states.policies)
        return [*self.terms, *self.split, *self.paths, *gaps, *(("match", m) for m in MATCHES), RIVALS]

    def values(self, tau: FloatArray, weight: FloatArray) -> FloatArray:
        """Return every measure (m,) for effects ``tau`` (n,) and row weights (n,); missing stays nan."""
        matched = {name: c.excess(tau, weight) for name, c in self.contrasts.items()}
        means = mean_by(tau, weight, self.groups.values())
        synergy = [mean_by(v, weight, [self.contrasts[k].target])[0] for k, v in matched.items()]
        of_state = dict(zip(self.groups, means, strict=True))
        unmatched = [self._unmatched(of_state, state) for state in self.states.joint]
        split = mean_by(matched[SYNERGY], weight, self.split.values())
        paths = mean_by(tau, weight, self.paths.values())
        other = [self._synergy(m, tau, weight) for m in MATCHES]
        gaps = self._gaps(paths, weight)
        order = self._order_gap(matched[SYNERGY], weight)
        return np.concatenate([means, synergy, unmatched, split, paths, gaps, other, [order]])

    def _order_gap(self, excess: FloatArray, weight: FloatArray) -> float:
        pair = rivals(self.states)
        first, second = mean_by(excess, weight, pair) if pair else (np.nan, np.nan)
        return float(first - second)

    def _synergy(self, match: Match, tau: FloatArray, weight: FloatArray) -> float:
        compared = self.by_match[match]
        return float(mean_by(compared.excess(tau, weight), weight, [compared.target])[0])

    def _unmatched(self, of_state: Mapping[str, float], state: int) -> float:
        alone = (self.states.policies[p] for p in self.states.members(state))
        return of_state[self.states.label(state)] - sum(of_state[policy] for policy in alone)

    def _gaps(self, paths: FloatArray, weight: FloatArray) -> FloatArray:
        """Return, for each policy, adds less never, averaged over the adders' cells that have a like."""
        found = dict(zip(self.paths, paths, strict=True))
        gaps = []
        for policy in self.states.policies:
            total, mass = 0.0, 0.0
            for (name, group, event), rows in self.paths.items():
                other = found.get((policy, NEVER, event), np.nan)
                if name == policy and group == ADDS and np.isfinite(found[name, group, event] - other):
                    heavy = float(weight[rows].sum())
                    total, mass = total + heavy * (found[name, group, event] - other), mass + heavy
            gaps.append(total / mass if mass > 0 else np.nan)
        return np.array(gaps)
