"""Columns that parts without a type of their own must have."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TERM_COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")

#: Columns that a part of a shape must have, in this order; more may follow.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "comparison": ("label", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"),
        "event_studies": ("label", "event_time", "estimate", "std_error", "conf_low", "conf_high"),
        "threshold_tests": (
            *("number", "ssr0", "ssr", "F", "df", "p_wild", "p_block"),
            *("crit_10_wild", "crit_5_wild", "crit_1_wild"),
            *("crit_10_block", "crit_5_block", "crit_1_block"),
        ),
    }
)
