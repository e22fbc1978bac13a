"""Every number of the imputation form of synergy, as one function of tau and the weights of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.synergy.exposure import Contrast, Match, contrast, mean_by
from ccd.estimate.synergy.orders import Order, by_years_together, orders, rivals
from ccd.estimate.synergy.states import States
from ccd.results import Named, Synergy, Term

SYNERGY, TRIPLE = Synergy(), Synergy("synergy_triple")
MATCHES: tuple[Match, ...] = ("exposure", "cohort")

ADDS, NEVER = "adds", "never"


class Path(NamedTuple):
    """A policy alone so many years after it began, in regions that later add another (``adds``) or never do."""

    policy: str
    group: str
    event_time: int


class Layout(NamedTuple):
    """Where each kind of measure stands among ``Measures.values``."""

    terms: slice
    events: slice
    orders: slice
    paths: slice
    gaps: slice
    matches: slice
    rivals: slice


class Places(NamedTuple):
    """The rows of each group that is averaged, as places, which draws look up faster than masks."""

    groups: tuple[IntArray, ...]
    targets: tuple[IntArray, ...]
    split: tuple[IntArray, ...]
    paths: tuple[IntArray, ...]
    rivals: tuple[IntArray, ...]


@dataclass(frozen=True)
class Measures:
    """The means that a synergy estimate reports, all at once for any weights."""

    states: States
    match: Match = "exposure"

    @cached_property
    def contrasts(self) -> Mapping[Term, Contrast]:
        """Return term -> contrast at matched exposure, the headline first."""
        states = self.states
        found: dict[Term, Contrast] = {SYNERGY: contrast(states, states.full, match=self.match)}
        for state in states.joint[1:]:
            found[Synergy(among=states.acting(state))] = contrast(states, state, match=self.match)
        if len(states.policies) > 2:
            found[TRIPLE] = contrast(states, states.full, pairs=True, match=self.match)
        return found

    @cached_property
    def by_match(self) -> Mapping[Match, Contrast]:
        """Return the headline contrast under either kind of match."""
        return {m: contrast(self.states, self.states.full, match=m) for m in MATCHES}

    @cached_property
    def groups(self) -> Mapping[Term, BoolArray]:
        """Return each state's term -> its rows (n,)."""
        return {self.states.term(s): self.states.state == s for s in self.states.sets}

    @cached_property
    def events(self) -> Mapping[int, BoolArray]:
        """Return years since all act -> the rows (n,) whose matched synergy is averaged."""
        return by_years_together(self.states)

    @cached_property
    def orders(self) -> Mapping[Order, BoolArray]:
        """Return order of uptake -> the rows (n,) whose matched synergy is averaged."""
        return orders(self.states)

    @cached_property
    def paths(self) -> Mapping[Path, BoolArray]:
        """Return the rows (n,) under one policy alone, by years since it began.

        ``adds`` are regions that take up another of the policies inside the panel, ``never`` the rest.
        """
        states, found = self.states, {}
        several = np.isfinite(states.start).sum(axis=1) > 1
        for p, policy in enumerate(states.policies):
            alone = states.state == 1 << p
            for group, chosen in ((ADDS, several), (NEVER, ~several)):
                rows = alone & chosen[states.entity]
                for event in np.unique(states.exposure[rows, p]):
                    found[Path(policy, group, int(event))] = rows & (states.exposure[:, p] == event)
        return found

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """Return the terms: means by state, then synergies, then the unmatched contrasts."""
        joint = (self.states.acting(s) for s in self.states.joint[1:])
        plain = (SYNERGY, *(Synergy(among=acting) for acting in joint))
        unmatched = (replace(term, form="synergy_unmatched") for term in plain)
        return (*self.groups, *self.contrasts, *unmatched)

    @cached_property
    def at(self) -> Layout:
        """Return where each kind stands: terms, events, orders, paths, a policy's gap, matches, the orders' gap."""
        kinds: tuple[Sized, ...] = (
            self.terms,
            self.events,
            self.orders,
            self.paths,
            self.states.policies,
            MATCHES,
            ("rivals",),
        )
        ends = np.cumsum([len(kind) for kind in kinds]).tolist()
        return Layout(*(slice(end - len(kind), end) for end, kind in zip(ends, kinds, strict=True)))

    @cached_property
    def _places(self) -> Places:
        split = [*self.events.values(), *self.orders.values()]
        targets = [one.target for one in self.contrasts.values()]
        kinds = (self.groups.values(), targets, split, self.paths.values(), rivals(self.states) or ())
        return Places(*(tuple(np.flatnonzero(rows) for rows in kind) for kind in kinds))

    def values(self, tau: FloatArray, weight: FloatArray) -> FloatArray:
        """Return every measure (m,) for effects ``tau`` (n,) and row weights (n,); missing stays nan."""
        matched = {name: c.excess(tau, weight) for name, c in self.contrasts.items()}
        means = mean_by(tau, weight, self._places.groups)
        synergy = [
            mean_by(v, weight, [rows])[0]
            for v, rows in zip(matched.values(), self._places.targets, strict=True)
        ]
        of_state = dict(zip(self.groups, means, strict=True))
        unmatched = [self._unmatched(of_state, state) for state in self.states.joint]
        split = mean_by(matched[SYNERGY], weight, self._places.split)
        paths = mean_by(tau, weight, self._places.paths)
        other = [synergy[0] if m == self.match else self._synergy(m, tau, weight) for m in MATCHES]
        gaps = self._gaps(paths, weight)
        order = self._order_gap(matched[SYNERGY], weight)
        return np.concatenate([means, synergy, unmatched, split, paths, gaps, other, [order]])

    def _order_gap(self, excess: FloatArray, weight: FloatArray) -> float:
        pair = self._places.rivals
        first, second = mean_by(excess, weight, pair) if pair else (np.nan, np.nan)
        return float(first - second)

    def _synergy(self, match: Match, tau: FloatArray, weight: FloatArray) -> float:
        compared = self.by_match[match]
        return float(mean_by(compared.excess(tau, weight), weight, [compared.target])[0])

    def _unmatched(self, of_state: Mapping[Term, float], state: int) -> float:
        alone = (Named(policy) for policy in self.states.acting(state))
        return of_state[self.states.term(state)] - sum(of_state[policy] for policy in alone)

    def _gaps(self, paths: FloatArray, weight: FloatArray) -> FloatArray:
        """Return, for each policy, adds less never, averaged over the adders' cells that have a like."""
        found = dict(zip(self.paths, paths, strict=True))
        gaps = []
        for policy in self.states.policies:
            total, mass = 0.0, 0.0
            for path, rows in zip(self.paths, self._places.paths, strict=True):
                other = found.get(Path(policy, NEVER, path.event_time), np.nan)
                gap = found[path] - other
                if path.policy == policy and path.group == ADDS and np.isfinite(gap):
                    heavy = float(weight[rows].sum())
                    total, mass = total + heavy * gap, mass + heavy
            gaps.append(total / mass if mass > 0 else np.nan)
        return np.array(gaps)
