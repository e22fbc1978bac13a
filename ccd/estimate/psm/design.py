"""What is asked of matching, and the units that answer it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import Words
from ccd.estimate.matching import Units
from ccd.estimate.matching.pool import strata_of
from ccd.estimate.rows.sample import Sample
from ccd.words import Text, text

#: What errors call the place where no caller names it.
WHERE = text("model")


@dataclass(frozen=True)
class Question:
    """The effect of ``policy`` on ``outcome`` given ``controls``, among regions alike in ``match_on``.

    ``design`` names when they are compared, ``year`` the year of a base design (None: means before the first
    treatment), ``exact`` the column they are compared within (empty: none), ``clusters`` the columns of the
    errors (none: the region). ``after_treatment`` accepts a ``year`` in which somebody is treated already.
    """

    outcome: str
    policy: str
    match_on: tuple[str, ...]
    controls: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    design: str = "base"
    year: int | None = None
    exact: str = ""
    after_treatment: bool = False
    where: Words = WHERE

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the names of the regression's terms: the policy, then the controls."""
        return (self.policy, *self.controls)


@dataclass(frozen=True)
class MatchingDesign:
    """The units that are matched, one row a unit (n,).

    ``entity`` is the unit's code in the sample; ``when`` its cohort (the sub-experiment in a cohort design;
    nan: never) or, where ``by_year``, its year; ``x`` (n, k) the matching columns. Matches stay within
    ``strata`` (n,); ``exact`` (n,) are its labels. Scores have a constant for each of ``periods`` (n,), or
    are fitted in each of them alone (``separate``). Where units are region-years, ``rows`` (n,) are their
    places in the sample.
    """

    entity: IntArray
    when: FloatArray
    treated: BoolArray
    x: FloatArray
    periods: IntArray | None = None
    separate: bool = False
    by_year: bool = False
    exact: tuple[str, ...] = ()
    rows: IntArray | None = None
    notes: tuple[Text, ...] = ()

    @property
    def strata(self) -> IntArray | None:
        """Return the codes of period x exact label, None where there is one stratum."""
        columns = [c for c in (self.periods, np.array(self.exact) if self.exact else None) if c is not None]
        return strata_of(*columns) if columns else None

    def units(self, score: FloatArray, columns: tuple[str, ...], count: FloatArray | None = None) -> Units:
        """Return the units with their ``score`` (n,), as the matchers take them."""
        return Units(score, self.treated, self.x, columns, self.strata, count)

    def row_weights(self, weight: FloatArray, sample: Sample) -> FloatArray:
        """Return what ``weight`` (n,) of the units means for the rows of ``sample``.

        A region weighs the same in all its years, but a region that is treated later lends only its years
        before that.
        """
        if self.rows is not None:
            found = np.zeros(len(sample.y))
            found[self.rows] = weight
            return found
        size = len(sample.panel.entities)
        own = np.bincount(self.entity, np.where(self.treated, weight, 0.0), minlength=size)
        lent = np.bincount(self.entity, np.where(self.treated, 0.0, weight), minlength=size)
        return np.asarray(own[sample.entity] + lent[sample.entity] * ~sample.treated)

    def labels(self, sample: Sample) -> list[str]:
        """Return the name of each unit (n): its region, with the year where units are region-years."""
        entities = np.array(sample.panel.entities)[self.entity]
        if self.by_year:
            return [f"{e} {int(w)}" for e, w in zip(entities, self.when, strict=True)]
        return [str(e) for e in entities]
