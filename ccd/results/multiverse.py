"""What every combination of choices gives: effects, shares of each choice, the joint test, spread of D and ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.arrays import FloatArray, IntArray
from ccd.results.value import Aside, Bools, Floats, Ints, Keys, Value, Words

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SignCount:
    """Effects of a curve: ``known`` of ``total`` are estimated, their median and range, shares by sign.

    ``percentile`` is that of the baseline's effect (nan: none); ``unit`` is ``sd`` or ``raw``.
    """

    total: int
    known: int
    median: float
    lowest: float
    highest: float
    positive: float
    significant_positive: float
    significant_negative: float
    baseline: float
    percentile: float
    unit: str


@dataclass(frozen=True)
class Specifications(Value):
    """Every specification (rows): its choices, its effect, tau-b of its D with the baseline's, why there is none.

    ``codes`` (S, F) place the choices of ``factors`` in ``levels`` (-1: as in the study); ``shown`` (S,) are the
    effects of the curve, ``low`` and ``high`` the band of the ordered curve under permutation, by its order.
    """

    shape: ClassVar[str] = "specifications"

    number: Ints
    estimate: Floats
    std_error: Floats
    p_value: Floats
    effect_sd: Floats
    p_permuted: Floats
    nobs: Floats
    tau_last: Floats
    tau_panel: Floats
    baseline: Bools
    reason: Words
    factors: Aside[tuple[str, ...]]
    levels: Aside[tuple[tuple[str, ...], ...]]
    codes: Aside[IntArray]
    shown: Aside[FloatArray]
    model: str = ""
    counted: SignCount | None = None
    low: Aside[FloatArray | None] = None
    high: Aside[FloatArray | None] = None

    def choice(self, factor: int, row: int) -> str:
        """Return the choice of one factor in one specification."""
        code = int(self.codes[row, factor])
        return "" if code < 0 else self.levels[factor][code]

    @property
    def p_leading(self) -> FloatArray:
        """Return the p-values (S,) that count: by permutation where there are any."""
        import numpy as np

        return np.where(np.isfinite(self.p_permuted), self.p_permuted, self.p_value)

    @property
    def order(self) -> IntArray:
        """Return the specifications with an effect, the smallest first."""
        import numpy as np

        known = np.flatnonzero(np.isfinite(self.shown))
        return np.asarray(known[np.argsort(self.shown[known], kind="stable")], dtype=np.intp)

    def frame(self) -> pd.DataFrame:
        """Return the number, the choices, then the figures."""
        found = super().frame()
        for f, factor in enumerate(self.factors):
            found.insert(1 + f, factor, [self.choice(f, row) for row in range(len(found))])
        return found


@dataclass(frozen=True)
class VarianceShares(Value):
    """What share of a target's variance over the menu each factor (rows) accounts for: alone, and with interactions.

    ``interactions`` are (target, share) left to combinations; ``exact`` is false under a sample.
    """

    shape: ClassVar[str] = "shares"

    target: Keys
    factor: Keys
    first: Floats
    total: Floats
    interactions: Aside[tuple[tuple[str, float], ...]] = ()
    exact: bool = True


@dataclass(frozen=True)
class JointStatistics(Value):
    """The joint test of a curve: observed statistics and the share of ``draws`` at least as large."""

    shape: ClassVar[str] = "joint"

    statistic: Keys
    observed: Floats
    p_value: Floats
    draws: int = 0
    specifications: int = 0


@dataclass(frozen=True)
class DegreeSpread(Value):
    """D of every region-year (rows) in the study, and its spread over the specifications."""

    shape: ClassVar[str] = "spread"

    entity: Keys
    time: Ints
    degree: Floats
    minimum: Floats
    q25: Floats
    median: Floats
    q75: Floats
    maximum: Floats
    grade_span: Ints
    same_grade: Floats
    specifications: int = 0

    def frame(self) -> pd.DataFrame:
        """Return the columns, D under its own name."""
        return super().frame().rename(columns={"degree": "D", "minimum": "min", "maximum": "max"})


@dataclass(frozen=True)
class RankRange(Value):
    """The rank of each region (1 = highest D) by year, with the lowest and highest place it may take.

    ``source`` says where ``rank`` is from: the study, or the median over the specifications.
    """

    shape: ClassVar[str] = "ranks"

    entity: Keys
    time: Ints
    rank: Floats
    low: Floats
    high: Floats
    source: Keys


@dataclass(frozen=True)
class Extremes(Value):
    """The specifications of the smallest and largest effect, and the study's, with the words that repeat each."""

    shape: ClassVar[str] = "extremes"

    which: Words
    number: Ints
    estimate: Floats
    effect_sd: Floats
    p_value: Floats
    command: Keys
