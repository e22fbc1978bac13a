"""The shapes of a panel threshold model, and its terms: slopes by regime."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.results.estimate import Terms
from ccd.results.term import Term
from ccd.results.value import Aside, Floats, Ints, Value
from ccd.words import Figure, Name, Text, text

if TYPE_CHECKING:
    import pandas as pd

#: Decimals of a value of the threshold variable at most.
MOST = 8


def distinct_figures(values: Sequence[float] | FloatArray) -> tuple[Figure, ...]:
    """Return values with as many decimals as keep three figures of the smallest and tell all of them apart."""
    finite = [float(value) for value in values if math.isfinite(value)]
    largest = max((abs(value) for value in finite), default=0.0)
    least = min((abs(value) for value in finite if value), default=1.0)
    digits = max(0, 4 - len(str(int(largest)))) if largest >= 10 else 4
    if least < 1:
        digits = max(digits, min(MOST, 2 - math.floor(math.log10(least))))
    while digits < MOST and len({f"{value:.{digits}f}" for value in finite}) < len(set(finite)):
        digits += 1
    return tuple(Figure(float(value), digits) for value in values)


@dataclass(frozen=True)
class Split:
    """The regimes that ``thresholds`` (m,), ascending, make of ``column``.

    Regime 0 is column <= g1, regime m column > gm; without thresholds there is one regime.
    """

    column: str
    thresholds: tuple[float, ...]

    def name(self, regime: int) -> str:
        """Return ``q <= g1``, ``g1 < q <= g2`` or ``q > g2`` for regime 0..m (m > 0)."""
        if regime == 0:
            return f"{self.column} <= g1"
        if regime == len(self.thresholds):
            return f"{self.column} > g{regime}"
        return f"g{regime} < {self.column} <= g{regime + 1}"

    def words(self, regime: int) -> Text:
        """Return a regime with the thresholds' values in it."""
        return self._words(regime, distinct_figures(self.thresholds))

    def letters(self, regime: int) -> Text:
        """Return a regime with γ1, γ2, .. for the thresholds."""
        return self._words(regime, [f"γ{k + 1}" for k in range(len(self.thresholds))])

    def rounded(self, regime: int, most: int = 4) -> Text:
        """Return a regime with the values to ``most`` figures, more where these do not tell them apart."""
        while most < 17 and len({f"{value:.{most}g}" for value in self.thresholds}) < len(self.thresholds):
            most += 1
        return self._words(regime, [f"{value:.{most}g}" for value in self.thresholds])

    def _words(self, regime: int, ends: Sequence[Figure | str]) -> Text:
        column = Name(self.column)
        if not ends:
            return text("all")
        if regime == 0:
            return text("{column} ≤ {value}", column=column, value=ends[0])
        if regime == len(ends):
            return text("{column} > {value}", column=column, value=ends[-1])
        return text("{low} < {column} ≤ {value}", low=ends[regime - 1], column=column, value=ends[regime])


@dataclass(frozen=True)
class Regime(Term):
    """The term ``base`` in regime ``number`` (0..m) of a split."""

    base: Term
    split: Split
    number: int

    @property
    def name(self) -> str:
        """Return ``rd [q <= g1]``."""
        return f"{self.base} [{self.split.name(self.number)}]"

    @property
    def words(self) -> Text:
        """Return the term with its regime, the thresholds' values in it."""
        return text("{term} × I({regime})", term=self.base.words, regime=self.split.words(self.number))

    @property
    def shared(self) -> Text:
        """Return the term with its regime, the thresholds by their letters: their values differ by model."""
        return text("{term} × I({regime})", term=self.base.shared, regime=self.split.letters(self.number))


@dataclass(frozen=True)
class ThresholdTests(Value):
    """The tests of ``number`` thresholds against one less (rows): F, bootstrap p-values and critical values.

    ``ssr0`` and ``ssr`` are the sums of squares without and with one more; nan where a form was not drawn.
    ``chosen`` is the number of thresholds of the model, found by the tests where ``auto``.
    """

    shape: ClassVar[str] = "threshold_tests"

    number: Ints
    ssr0: Floats
    ssr: Floats
    F: Floats
    df: Ints
    p_wild: Floats
    p_block: Floats
    crit_10_wild: Floats
    crit_5_wild: Floats
    crit_1_wild: Floats
    crit_10_block: Floats
    crit_5_block: Floats
    crit_1_block: Floats
    level: float
    chosen: int
    auto: bool
    draws: int
    threshold: str

    @property
    def headline_p(self) -> FloatArray:
        """Return the p-value that leads each test: the wild form's, the block form's where only that was drawn."""
        return np.where(np.isnan(self.p_wild), self.p_block, self.p_wild)


@dataclass(frozen=True)
class Thresholds(Value):
    """Each threshold of each model (rows): estimate, hull and runs of its 95 % sets, what lies below it.

    A hull is the half-open interval [``conf_low``, ``conf_high``): it ends at the data value after the last one kept.
    ``joint`` is the joint optimum beside the model with two. ``column`` is the threshold variable, ``chosen``
    the number of thresholds of the model that the study reports.
    """

    shape: ClassVar[str] = "thresholds"

    number: Ints
    threshold: Ints
    estimate: Floats
    next_value: Floats
    conf_low: Floats
    conf_high: Floats
    runs: Ints
    conf_low_robust: Floats
    conf_high_robust: Floats
    n_below: Ints
    entities_below: Ints
    runs_robust: Ints
    eta2: Floats
    joint: Floats
    column: Aside[str]
    chosen: Aside[int]

    @property
    def own(self) -> IntArray:
        """Return the rows of the model that the study reports, in ascending order of the threshold."""
        return np.flatnonzero(self.number == self.chosen)


@dataclass(frozen=True)
class LrCurve(Value):
    """The likelihood ratio at each allowed value (rows) of threshold ``threshold`` of a model with ``number``.

    ``others`` are the thresholds held; the last value stands for all up to ``until``. ``low`` and ``high`` are
    the ends of the runs [low, high) with LR <= ``critical``; the robust ratio is LR / ``eta2`` (Hansen 2000).
    """

    shape: ClassVar[str] = "lr_curve"

    value: Floats
    lr: Floats
    lr_robust: Floats
    column: str
    number: int
    threshold: int
    estimate: float
    others: tuple[float, ...]
    chosen: bool
    until: float
    critical: float
    eta2: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    low_robust: tuple[float, ...]
    high_robust: tuple[float, ...]


@dataclass(frozen=True)
class RegimeSlopes(Value):
    """The slopes (k) of the regime-dependent columns in each regime, then those of the controls.

    ``owner`` (k) is the column of a slope, ``regime`` (k,) its regime (-1: a control), ``low`` and ``high`` (k,)
    the bounds of the regime, ``rows`` and ``entities`` (k,) what lies in it; ``nobs`` are all rows.
    """

    shape: ClassVar[str] = "regime_slopes"

    terms: Aside[Terms]
    owner: Aside[tuple[str, ...]]
    regime: Aside[IntArray]
    low: Aside[FloatArray]
    high: Aside[FloatArray]
    rows: Aside[IntArray]
    entities: Aside[IntArray]
    split: Aside[Split]
    controls: Aside[tuple[str, ...]]
    nobs: Aside[int]
    r2_within: Aside[float]

    def frame(self) -> pd.DataFrame:
        """Return the terms with their column, regime, its bounds, rows and entities."""
        return self.terms.frame().assign(
            column=list(self.owner),
            regime=self.regime,
            low=self.low,
            high=self.high,
            nobs=self.rows,
            entities=self.entities,
        )

    def scalars(self) -> Mapping[str, object]:
        """Return the threshold column, the thresholds, the controls, the rows and R2 within."""
        return {
            "column": self.split.column,
            "thresholds": self.split.thresholds,
            "controls": self.controls,
            "nobs": self.nobs,
            "r2_within": self.r2_within,
        }


@dataclass(frozen=True)
class Regimes(Value):
    """How many regions, treated ones alone where ``treated``, are in each regime in each year.

    ``counts`` (years, m + 1) belong to ``years`` (years,), which the file calls ``time_name``.
    """

    shape: ClassVar[str] = "regimes"

    years: Aside[IntArray]
    counts: Aside[IntArray]
    time_name: Aside[str]
    split: Aside[Split]
    treated: bool

    def frame(self) -> pd.DataFrame:
        """Return the years with a column of counts for each regime."""
        import pandas as pd

        names = [self.split.name(r) for r in range(self.counts.shape[1])]
        return pd.DataFrame({self.time_name: self.years, **dict(zip(names, self.counts.T, strict=True))})

    def scalars(self) -> Mapping[str, object]:
        """Return the threshold column, the thresholds, and whether treated regions alone are counted."""
        return {
            "column": self.split.column,
            "thresholds": self.split.thresholds,
            "treated": self.treated,
        }
