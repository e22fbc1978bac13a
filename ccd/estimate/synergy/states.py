"""Which policies act where and when: the states of region-years, and the rows a synergy model is fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Named, Term, Together
from ccd.words import Name, Text, names, text

NONE = "none"


@dataclass(frozen=True)
class States:
    """Region-years by the set of policies in force: bit p of a state stands for policy p.

    ``start`` (N, P) holds each entity's first treated years (nan = never); ``entity`` (n,) codes and
    ``years`` (n,) belong to the rows.
    """

    policies: tuple[str, ...]
    start: FloatArray
    entity: IntArray
    years: NDArray[np.int64]

    @cached_property
    def exposure(self) -> FloatArray:
        """Return years since each policy began, (n, P); nan before it began and where it never does."""
        since = self.years[:, None] - self.start[self.entity]
        with np.errstate(invalid="ignore"):
            return np.where(since >= 0, since, np.nan)

    @cached_property
    def state(self) -> IntArray:
        """Return each row's state (n,): 0 is none."""
        bits = 1 << np.arange(len(self.policies))
        return np.asarray(np.isfinite(self.exposure) @ bits, dtype=np.intp)

    @property
    def full(self) -> int:
        """Return the state in which every policy acts."""
        return (1 << len(self.policies)) - 1

    @property
    def sets(self) -> tuple[int, ...]:
        """Return the states other than none: single policies first, then pairs, then the triple."""
        count = len(self.policies)
        chosen = [c for size in range(1, count + 1) for c in combinations(range(count), size)]
        return tuple(sum(1 << p for p in c) for c in chosen)

    @property
    def joint(self) -> tuple[int, ...]:
        """Return the states of two policies and more, the full one first."""
        several = [s for s in self.sets if s.bit_count() > 1]
        return (several[-1], *several[:-1])

    def members(self, state: int) -> tuple[int, ...]:
        """Return the policies (0..P-1) that act in a state."""
        return tuple(p for p in range(len(self.policies)) if state >> p & 1)

    def acting(self, state: int) -> tuple[str, ...]:
        """Return the names of the policies that act in a state."""
        return tuple(self.policies[p] for p in self.members(state))

    def term(self, state: int) -> Term:
        """Return the term of a state other than none: a policy alone, or several together."""
        acting = self.acting(state)
        return Together(acting) if len(acting) > 1 else Named(acting[0])

    def name(self, state: int) -> str:
        """Return ``a``, ``a+b``, ... or ``none``."""
        return str(self.term(state)) if state else NONE

    def words(self, state: int) -> Text:
        """Return a state in words: none, or its policies by their labels."""
        acting = self.acting(state)
        if not acting:
            return text("none")
        if len(acting) == 1:
            return text("only {policy}", policy=Name(acting[0]))
        if len(acting) < len(self.policies):
            return text("{policies} together", policies=names(acting))
        return text("all of {policies}", policies=names(acting)) if len(acting) > 2 else text("both")

    @cached_property
    def together(self) -> FloatArray:
        """Return years since the last of all policies began, (n,); nan where not all ever do."""
        return np.asarray(self.years - self.start.max(axis=1)[self.entity])

    def permuted(self, order: IntArray) -> States:
        """Return the states when entity i begins its policies when entity ``order[i]`` did."""
        return States(self.policies, self.start[order], self.entity, self.years)

    def entities(self, rows: BoolArray) -> int:
        """Return how many entities the rows (n,) belong to."""
        return len(np.unique(self.entity[rows]))


def starts(panel: Panel, policies: Sequence[str]) -> FloatArray:
    """Return first treated years (N, P), nan = never."""
    return np.column_stack([panel.cohort(p).to_numpy(dtype=np.float64) for p in policies])


def without_always_treated(panel: Panel, policies: Sequence[str]) -> tuple[Panel, list[Text]]:
    """Return the panel of the entities that are seen before any of the policies, and a note on the others."""
    first = np.full(len(panel.entities), np.inf)
    np.minimum.at(first, panel.entity_codes, panel.years)
    begun = np.nanmin(np.column_stack([starts(panel, policies), np.full(len(first), np.inf)]), axis=1)
    gone = begun <= first
    if not gone.any():
        return panel, []
    note = text(
        "Under a policy in their first year, so without a year under none, and left out: {entities}",
        entities=names(np.array(panel.entities)[gone]),
    )
    return panel.rows(~gone[panel.entity_codes]), [note]


def states_of(sample: Sample, policies: Sequence[str]) -> tuple[States, list[Text]]:
    """Return the states of a sample's rows, and a note on policies that begin after the last year."""
    start = starts(sample.panel, policies)
    last = sample.panel.times[-1]
    notes = []
    for p, policy in enumerate(policies):
        late = start[:, p] > last
        if late.any():
            notes.append(
                text(
                    "{policy} begins after {last}, counted as never: {entities}",
                    policy=names([policy]),
                    last=last,
                    entities=names(np.array(sample.panel.entities)[late]),
                )
            )
    start = np.where(start > last, np.nan, start)
    return States(tuple(policies), start, sample.entity, sample.years), notes
