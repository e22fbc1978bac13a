"""Difference-in-differences: one estimator a file. What other families, and Python alone, use of it is named here."""

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.checks.sensitivity import sensitivity_of
from ccd.estimate.did.group_time.drdid import TwoByTwo, Unestimable, doubly_robust
from ccd.estimate.did.group_time.improved import doubly_robust_improved
from ccd.estimate.did.two_way.event_study import base_times, shown_times

__all__ = [
    "CallawaySantAnna",
    "TwoByTwo",
    "Unestimable",
    "base_times",
    "doubly_robust",
    "doubly_robust_improved",
    "sensitivity_of",
    "shown_times",
]
