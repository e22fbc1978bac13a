"""The values of what is looked at before the first model: correlations, collinearity, groups, missing cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ccd.arrays import IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words


@dataclass(frozen=True)
class Correlations(Value):
    """Correlation of each pair of variables (rows, ``first`` before ``second``), its two-sided p and its rows.

    ``method`` is pearson or spearman, ``missing`` says whether every pair has rows of its own.
    """

    shape: ClassVar[str] = "correlations"

    first: Keys
    second: Keys
    correlation: Floats
    p_value: Floats
    nobs: Ints
    method: Literal["pearson", "spearman"]
    missing: Literal["pairwise", "listwise"]
    variables: Aside[tuple[str, ...]] = ()


@dataclass(frozen=True)
class Collinearity(Value):
    """Variance inflation of each variable (rows): among the raw columns, and among those less their fixed effects.

    nan ``within``: nothing is left after the effects. ``condition`` is the largest over the least singular value of
    the columns scaled to length one (raw: with the constant; Belsley, Kuh & Welsch 1980), ``largest`` what is
    warned of.
    """

    shape: ClassVar[str] = "vif"

    variable: Keys
    raw: Floats
    within: Floats
    condition_raw: float
    condition_within: float
    nobs: int
    largest: float


@dataclass(frozen=True)
class GroupMeans(Value):
    """Each variable (rows) in two groups: means, sds, sizes, tests of equal means and ranks, standardised difference.

    ``statistic`` is Welch's t (df by Satterthwaite), ``p_rank`` that of Mann, Whitney and Wilcoxon, and ``std_diff``
    the difference over sqrt((s_1^2 + s_2^2)/2). ``unit`` says what is counted: regions (their means over the years)
    or region-years.
    """

    shape: ClassVar[str] = "group_means"

    variable: Keys
    first: Words
    second: Words
    mean_first: Floats
    mean_second: Floats
    std_dev_first: Floats
    std_dev_second: Floats
    nobs_first: Ints
    nobs_second: Ints
    difference: Floats
    statistic: Floats
    p_value: Floats
    p_rank: Floats
    std_diff: Floats
    by: str
    unit: Literal["region", "region-year"]


@dataclass(frozen=True)
class Missing(Value):
    """Missing cells of each variable (rows): how many of the region-years, in how many regions, from when to when.

    ``cells`` (N, T) counts the missing variables of each region-year; -1 where the panel has no row.
    """

    shape: ClassVar[str] = "missing"

    variable: Keys
    missing: Ints
    share: Floats
    entities: Ints
    first: Floats
    last: Floats
    absent: int
    nobs: int
    cells: Aside[IntArray]
    regions: Aside[tuple[str, ...]]
    years: Aside[IntArray]


@dataclass(frozen=True)
class UnitRoots(Value):
    """Tests of unit roots, one a row: ``test`` of ``variable`` with ``lags``, and ``terms`` none, drift or trend.

    The null is a unit root in every region; a small ``p_value`` speaks against it.
    """

    shape: ClassVar[str] = "roots"

    variable: Keys
    test: Keys
    lags: Ints
    terms: Keys
    statistic: Floats
    p_value: Floats


@dataclass(frozen=True)
class Dependence(Value):
    """Tests that regions move independently, one a row: ``test`` of ``variable``.

    ``effects`` are what was taken out before, none or both (of region and year), ``mean_abs`` is the mean absolute
    correlation of two regions, ``rho`` the autocorrelation of the simulated panels behind the p-value (nan: a
    distribution in large panels). ``residuals`` of a model of the variable, not the variable itself.
    """

    shape: ClassVar[str] = "dependence"

    variable: Keys
    test: Keys
    statistic: Floats
    p_value: Floats
    mean_abs: Floats
    effects: Keys
    rho: Floats
    residuals: Aside[bool] = False
