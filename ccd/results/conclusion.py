"""What a study's models found: the effect, its verdict, and what the model's own checks say against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccd.results.caveat import Caveat
from ccd.results.estimate import TermRow
from ccd.results.shared import PreTrend, Spread
from ccd.results.value import LEVEL

#: Above or below zero at 5 %; not told from zero; p-value and interval disagree; no interval.
Verdict = Literal["above", "below", "zero", "apart", "open"]


def verdict_of(p_value: float, low: float, high: float) -> Verdict:
    """Return what p-value and 95 % interval say together of one effect."""
    if not low <= high:
        return "open"
    holds = low <= 0 <= high
    if holds == (p_value <= LEVEL):
        return "apart"
    if holds:
        return "zero"
    return "above" if low > 0 else "below"


@dataclass(frozen=True)
class Excluded:
    """What an insignificant effect leaves out: values below ``low`` and above ``high``.

    The shares are those of the outcome's mean, nan where it is nearly zero beside the outcome's spread.
    """

    low: float
    high: float
    low_share: float
    high_share: float


@dataclass(frozen=True)
class Leads:
    """The joint test before treatment, and how many treated regions stand behind each tested event time."""

    test: PreTrend
    behind: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Alike:
    """Other models of the same effect: how far their estimates lie apart, and those whose leads differ from zero."""

    models: tuple[str, ...]
    rows: tuple[TermRow, ...]
    spread: Spread
    rejected: tuple[str, ...]


@dataclass(frozen=True)
class Conclusion:
    """What one model found, in the rank that it has among those of a study.

    ``row`` is the headline with its inference, ``beside`` the other terms of interest that differ from zero,
    ``alike`` the models of the same effect, which are not said one by one.
    """

    model: str
    row: TermRow
    verdict: Verdict
    excluded: Excluded | None = None
    leads: Leads | None = None
    caveats: tuple[Caveat, ...] = ()
    beside: tuple[TermRow, ...] = ()
    alike: Alike | None = None
