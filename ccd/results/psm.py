"""The shapes of matching: units with their weights, matches, balance, and what there is of their scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.arrays import FloatArray
from ccd.results.estimate import Terms
from ccd.results.value import Aside, Floats, Ints, Keys, Value
from ccd.words import Name

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class MatchingWeights(Value):
    """One row a unit: its score, weight (1 for a matched treated unit), and its matches, the closest first.

    Units are regions, with the ``cohort`` that they are compared for (nan: never treated), or region-years,
    with their ``year``.
    """

    shape: ClassVar[str] = "matching_weights"

    entity: Keys
    cohort: Floats | None
    year: Floats | None
    treated: Ints
    score: Floats
    weight: Floats
    on_support: Ints
    matched_with: Keys


@dataclass(frozen=True)
class Matches(Value):
    """One row a match, those of a treated unit together: the ``share`` that the control lends, and both scores.

    Shares of a treated unit sum to one. Region-years have years, units of a cohort design their cohort.
    """

    shape: ClassVar[str] = "matches"

    treated: Keys
    control: Keys
    share: Floats
    score_treated: Floats
    score_control: Floats
    year_treated: Ints | None = None
    year_control: Ints | None = None
    cohort: Ints | None = None

    def by_treated(self) -> list[list[int]]:
        """Return the rows of each treated unit, in the order of the rows."""
        when = self.year_treated if self.cohort is None else self.cohort
        found: dict[tuple[str, int], list[int]] = {}
        for row, name in enumerate(self.treated):
            found.setdefault((name, 0 if when is None else int(when[row])), []).append(row)
        return list(found.values())

    def scalars(self) -> Mapping[str, object]:
        """Return how many treated units are matched, and how many matches there are."""
        return {"treated": len(self.by_treated()), "pairs": len(self.share)}


@dataclass(frozen=True)
class BalanceSide:
    """Balance in one sample: mean and median absolute bias (percent), the score fitted anew, Rubin's B and R.

    All but the biases are nan where the score cannot be fitted.
    """

    mean_bias: float
    median_bias: float
    pseudo_r2: float
    lr_chi2: float
    lr_p: float
    rubin_b: float
    rubin_r: float


@dataclass(frozen=True)
class Balance(Value):
    """One row a matching column: means, bias in percent, t-tests and variance ratios before and after matching.

    ``over`` and ``over_before`` name the columns whose bias is beyond ``limit`` percent. ``controls_lending``
    of the controls have a weight, worth ``effective_controls`` even ones; ``treated_matched`` of the treated
    units have a match.
    """

    shape: ClassVar[str] = "balance"

    variable: Keys
    mean_treated: Floats
    mean_control_before: Floats
    mean_control_after: Floats
    bias_before: Floats
    bias_after: Floats
    reduction: Floats
    t_before: Floats
    p_before: Floats
    t_after: Floats
    p_after: Floats
    variance_ratio_before: Floats
    variance_ratio_after: Floats
    mean_treated_after: Floats
    smd_before: Floats
    smd_after: Floats
    limit: float
    over: tuple[Name, ...]
    over_before: tuple[Name, ...]
    before: BalanceSide
    after: BalanceSide
    controls: int
    controls_lending: int
    effective_controls: float
    treated: int
    treated_matched: int

    def summary(self) -> dict[str, object]:
        """Return both sides and the counts of units, as ``balance_summary`` of summary.json shows them."""
        return {
            "before": asdict(self.before),
            "after": asdict(self.after),
            "controls": self.controls,
            "controls_lending": self.controls_lending,
            "effective_controls": self.effective_controls,
            "treated": self.treated,
            "treated_matched": self.treated_matched,
        }

    def scalars(self) -> Mapping[str, object]:
        """Return the limit, the columns beyond it, and the summary."""
        return {"limit": self.limit, "over": self.over, "over_before": self.over_before, **self.summary()}


@dataclass(frozen=True)
class ScoreDensity(Value):
    """Densities of the score on one grid ``at``: stages before and after matching, groups treated and control."""

    shape: ClassVar[str] = "score_density"

    stage: Keys
    group: Keys
    at: Floats
    density: Floats
    bandwidth: float

    def curve(self, stage: str, group: str) -> tuple[FloatArray, FloatArray]:
        """Return grid and density (m,) of one group at one stage."""
        rows = [j for j, one in enumerate(zip(self.stage, self.group, strict=True)) if one == (stage, group)]
        return self.at[rows], self.density[rows]


@dataclass(frozen=True)
class CommonSupport(Value):
    """Units by bins of the score: controls, treated on and off common support.

    ``off_support`` names the treated units that are off it; the controls' scores run from ``control_low`` to
    ``control_high``.
    """

    shape: ClassVar[str] = "common_support"

    low: Floats
    high: Floats
    control: Ints
    treated_on: Ints
    treated_off: Ints
    off_support: tuple[Name, ...]
    control_low: float
    control_high: float


@dataclass(frozen=True)
class Propensity(Value):
    """The coefficients of the score, normal inference; ``chi2`` against the constant alone, ``p_value`` its p."""

    shape: ClassVar[str] = "propensity"

    terms: Aside[Terms]
    pseudo_r2: float
    chi2: float
    p_value: float
    link: str

    def frame(self) -> pd.DataFrame:
        """Return the coefficients."""
        return self.terms.frame()
