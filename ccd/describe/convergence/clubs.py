"""Convergence clubs: the clustering of Phillips and Sul, and the merging of neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.convergence.log_t import CRITICAL, LogT, log_t

#: The sieve rises by this much until a club holds.
STEP = 0.1


@dataclass(frozen=True)
class Club:
    """One club: its members (rows of x) and their joint log t test."""

    members: IntArray
    test: LogT


@dataclass(frozen=True)
class Clubs:
    """All regions at once, the clubs (the highest first), those that stand in none, and their joint test."""

    all: LogT
    clubs: tuple[Club, ...]
    diverging: IntArray
    diverging_test: LogT | None


def find_clubs(x: FloatArray) -> Clubs:
    """Return the clubs of x (N, T) (Phillips and Sul 2007, 4; merging: 2009, 3.4)."""
    whole = log_t(x)
    left = np.argsort(-x[:, -1], kind="stable")
    if whole.holds:
        return Clubs(whole, (Club(left, whole),), np.array([], np.intp), None)
    clubs: list[Club] = []
    while len(left) >= 2:
        rest = log_t(x[left])
        if clubs and rest.holds:
            clubs.append(Club(left, rest))
            left = left[:0]
            break
        members = _club(x, left)
        if members is None:
            break
        clubs.append(Club(members, log_t(x[members])))
        left = left[~np.isin(left, members)]
    merged = _merged(x, clubs)
    test = log_t(x[left]) if len(left) > 1 else None
    return Clubs(whole, tuple(merged), left, test)


def _club(x: FloatArray, order: IntArray) -> IntArray | None:
    """Return the members of the first club among ``order`` (the highest last level first); None: all diverge."""
    core = _core(x, order)
    if core is None:
        return None
    beside = order[~np.isin(order, core)]
    beyond = np.array([log_t(x[np.append(core, one)]).t for one in beside])
    bar = 0.0
    while True:
        members = np.concatenate([core, beside[beyond > bar]]).astype(np.intp)
        if log_t(x[members]).holds or not (beyond > bar).any():
            return order[np.isin(order, members)]
        bar += STEP


def _core(x: FloatArray, order: IntArray) -> IntArray | None:
    """Return the first neighbours that converge, grown while they do and cut where t is largest."""
    for start in range(len(order) - 1):
        t = log_t(x[order[start : start + 2]]).t
        if not t > CRITICAL:
            continue
        best, size = t, 2
        for width in range(3, len(order) - start + 1):
            t = log_t(x[order[start : start + width]]).t
            if not t > CRITICAL:
                break
            if t > best:
                best, size = t, width
        return order[start : start + size]
    return None


def _merged(x: FloatArray, clubs: Sequence[Club]) -> list[Club]:
    """Return the clubs with neighbours merged while they converge together."""
    found = list(clubs[:1])
    for club in clubs[1:]:
        members = np.concatenate([found[-1].members, club.members])
        together = log_t(x[members])
        if together.holds:
            found[-1] = Club(members, together)
        else:
            found.append(club)
    return found
