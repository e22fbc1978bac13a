"""What policies do together: the terms of a synergy model, its states, paths, and who has which policies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.results.term import Term
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Value, Words, agreed
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Together(Term):
    """The effect of two policies or more in force at once."""

    policies: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return ``a+b``."""
        return "+".join(self.policies)

    @property
    def words(self) -> Name | Text:
        """Return the policies by their labels, with plus signs between."""
        first, *others = self.policies
        start: Name | Text = Name(first)
        return reduce(
            lambda said, one: text("{first} + {second}", first=said, second=Name(one)), others, start
        )


@dataclass(frozen=True)
class Synergy(Term):
    """What policies do together beyond each alone: all of the model's, or those ``among`` which it is.

    ``form`` tells the plain ``synergy`` from the difference of unmatched means and from what three policies do
    beyond every pair.
    """

    form: Literal["synergy", "synergy_unmatched", "synergy_triple"] = "synergy"
    among: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the form, and the policies where they are not all: ``synergy:a+b``."""
        return f"{self.form}:{Together(self.among)}" if self.among else self.form

    @property
    def words(self) -> Name | Text:
        """Return the form by its label, and the policies where they are not all."""
        if not self.among:
            return Name(self.form)
        return text("{synergy}: {policies}", synergy=Name(self.form), policies=Together(self.among).words)


@dataclass(frozen=True)
class StateMeans(Value):
    """Each state (set of policies in force): its cells, entities and years, and its mean effect (none: nan)."""

    shape: ClassVar[str] = "states"

    state: Keys
    cells: Ints
    entities: Ints
    mean_effect: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    first_year: Ints
    last_year: Ints
    p_value: Floats
    label: Words

    @property
    def starred(self) -> FloatArray:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return agreed(self.p_value, self.conf_low, self.conf_high)


@dataclass(frozen=True)
class PolicyPaths(Value):
    """The effect of a policy alone by years since it began, where another came later (``adds``) and where none did.

    ``gap`` (P,) is adds less never of each of ``policies``, as long after; nan where they cannot be compared.
    """

    shape: ClassVar[str] = "policy_paths"

    policy: Keys
    group: Keys
    event_time: Ints
    estimate: Floats
    std_error: Floats
    conf_low: Floats
    conf_high: Floats
    cells: Ints
    entities: Ints
    policies: Aside[tuple[str, ...]]
    gap: Aside[FloatArray]
    gap_error: Aside[FloatArray]


@dataclass(frozen=True)
class PolicyOverlap(Value):
    """Pairs of policies (rows): how many regions have which, and whether their synergy is identified.

    ``regions_`` count those that ever have a policy; ``always`` those under one from the first year, which the
    counts after it leave out; ``matched`` is the share of cells with both that have their like under each alone.
    """

    shape: ClassVar[str] = "policy_overlap"

    first: Keys
    second: Keys
    regions_first: Ints
    regions_second: Ints
    always: Ints
    none: Ints
    only_first: Ints
    only_second: Ints
    both: Ints
    matched: Floats
    identified: Bools
    verdict: Words


@dataclass(frozen=True)
class PolicyCalendar(Value):
    """Which of ``policies`` (P) are in force in each region-year (n): ``on`` (n, P).

    ``place`` (n,) points into ``regions`` (N); ``first`` (N,) is the first year a region is seen under any, nan
    where it never is.
    """

    shape: ClassVar[str] = "policy_calendar"

    regions: Aside[tuple[str, ...]]
    place: Aside[IntArray]
    year: Aside[IntArray]
    policies: Aside[tuple[str, ...]]
    on: Aside[BoolArray]
    first: Aside[FloatArray]

    @property
    def count(self) -> IntArray:
        """Return how many policies are in force (n,)."""
        return np.asarray(self.on.sum(axis=1), dtype=np.intp)

    def frame(self) -> pd.DataFrame:
        """Return region, year, count, and one 0/1 column a policy."""
        import pandas as pd

        head = {"region": [self.regions[i] for i in self.place], "year": self.year, "count": self.count}
        return pd.DataFrame(head | {p: self.on[:, k].astype(np.intp) for k, p in enumerate(self.policies)})
