"""Matching on arrays: scores, matchers, balance. Usable without a panel or a study."""

from __future__ import annotations

from ccd.estimate.matching.balance import balance_summary, balance_table, compare_groups, effective_size
from ccd.estimate.matching.density import density, rule_of_thumb
from ccd.estimate.matching.entropy_balance import exponential_tilt
from ccd.estimate.matching.match import MATCHERS, Matched, Pairs, Units, caliper_in_score, match, partners
from ccd.estimate.matching.pool import TIE, Lent, Pool, Settings, whiten
from ccd.estimate.matching.score import Score, fit_score
from ccd.estimate.matching.windows import KERNELS, Windows, window_sums

__all__ = [
    "KERNELS",
    "MATCHERS",
    "TIE",
    "Lent",
    "Matched",
    "Pairs",
    "Pool",
    "Score",
    "Settings",
    "Units",
    "Windows",
    "balance_summary",
    "balance_table",
    "caliper_in_score",
    "compare_groups",
    "density",
    "effective_size",
    "exponential_tilt",
    "fit_score",
    "match",
    "partners",
    "rule_of_thumb",
    "whiten",
    "window_sums",
]
