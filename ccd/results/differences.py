"""The values of comparisons between groups of regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.arrays import FloatArray
from ccd.results.value import Aside, Floats, Ints, Value, Words


@dataclass(frozen=True)
class Differences(Value):
    """Differences of an effect between pairs of groups of regions (rows).

    ``p_value`` leads: it permutes the labels within treated and untreated regions and takes ``statistic``, the
    difference over sqrt(se_1^2 + se_2^2), which must pass ``critical`` at 5 %. ``std_error`` and ``p_stacked`` are of
    the stacked scores (normal), those of the ``interaction`` of one regression in which all is crossed with the
    group. ``drawn`` holds the permuted statistics (R,) of each pair; not ``within``, labels go over all regions.
    """

    shape: ClassVar[str] = "differences"

    first: Words
    second: Words
    estimate_first: Floats
    estimate_second: Floats
    difference: Floats
    statistic: Floats
    p_value: Floats
    std_error: Floats
    p_stacked: Floats
    std_error_interaction: Floats
    p_interaction: Floats
    critical: Floats
    draws: Ints
    by: str
    drawn: Aside[tuple[FloatArray, ...]] = ()
    within: Aside[bool] = True
