"""Which cuts, closed on which side, made the grades of a published D."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.audit.boxes import SLACK, Printed
from ccd.audit.trial import Trial
from ccd.coupling.grades import GRADES
from ccd.words import Text, text

#: Inner cuts of four classes that papers take beside ten and five even ones.
FOUR: Mapping[str, tuple[float, ...]] = {"0.3, 0.5, 0.8": (0.3, 0.5, 0.8), "0.4, 0.5, 0.8": (0.4, 0.5, 0.8)}


def trials(d: Printed, grade: Sequence[str], own: tuple[float, ...] = ()) -> Iterator[Trial]:
    """Yield ten, five and four classes, and the study's ``own`` cuts, each closed below and above.

    Words are not compared: a candidate fits where each grade can be given one class of its own. Where none of them
    does, the ranges of D that the grades hold say between which numbers the cuts lie.
    """
    listed: dict[str, tuple[tuple[float, ...], Text]] = {
        name: (classes.cuts, text("{count} classes", count=len(classes.cuts) + 1))
        for name, classes in GRADES.items()
    }
    listed |= {name: (cuts, text("cuts {cuts}", cuts=name)) for name, cuts in FOUR.items()}
    if own:
        listed["own"] = (own, text("cuts {cuts}", cuts=", ".join(f"{cut:g}" for cut in own)))
    found = []
    for cuts, said in listed.values():
        inner = np.array(cuts)
        sides = [
            _trial(d, grade, inner, text("{classes} with their lower limits", classes=said), "right"),
            _trial(d, grade, inner, text("{classes} with their upper limits", classes=said), "left"),
        ]
        if not any(one.fits for one in sides):
            sides.append(_trial(d, grade, inner, text("{classes}, of D before rounding", classes=said), None))
        found += sides
    yield from found
    if not any(one.fits for one in found):
        yield _ordered(d, grade)


def _trial(
    d: Printed, grade: Sequence[str], cuts: FloatArray, name: Text, side: Literal["left", "right"] | None
) -> Trial:
    """Return the trial of classes closed on one side; a D printed on a limit is graded as it is printed.

    Without a ``side`` it may lie on either, as its digits leave open.
    """
    low = np.asarray(np.searchsorted(cuts, d.low - SLACK), dtype=np.intp)
    high = np.asarray(np.searchsorted(cuts, d.high + SLACK), dtype=np.intp)
    if side is not None:
        nearest = np.abs(np.nan_to_num(d.value)[:, None] - cuts).argmin(axis=1)
        on = np.abs(np.nan_to_num(d.value) - cuts[nearest]) < SLACK
        own = nearest + (side == "right")
        low, high = np.where(on, own, low), np.where(on, own, high)
    labels, code = np.unique(np.array(grade), return_inverse=True)
    known: BoolArray = np.isfinite(d.value) & (np.array(grade) != "")
    taken = _assigned(low, high, code, known, len(labels), len(cuts) + 1)
    meets = (low <= taken[code]) & (taken[code] <= high)
    return Trial("grade", name, right=True, known=known, gap=np.where(meets, 0.0, np.inf))


def _assigned(
    low: IntArray, high: IntArray, code: IntArray, known: BoolArray, labels: int, classes: int
) -> FloatArray:
    """Return the class of each label: one each, so that as many cells fit as can."""
    from scipy.optimize import linear_sum_assignment

    fitting = np.zeros((labels, max(classes, labels)))
    for k in range(classes):
        inside = known & (low <= k) & (k <= high)
        fitting[:, k] = np.bincount(code[inside], minlength=labels)
    rows, columns = linear_sum_assignment(-fitting)
    own = np.empty(labels)
    own[rows] = columns
    return own


def _ordered(d: Printed, grade: Sequence[str]) -> Trial:
    """Return cuts of the table's own: the grades hold ranges of D that do not overlap."""
    known: BoolArray = np.isfinite(d.value) & (np.array(grade) != "")
    labels, code = np.unique(np.array(grade), return_inverse=True)
    held = [np.flatnonzero(known & (code == k)) for k in range(len(labels))]
    held = sorted((own for own in held if len(own)), key=lambda own: float(np.median(d.value[own])))
    gap = np.zeros(len(known))
    cuts = []
    for below, above in pairwise(held):
        top, bottom = float(d.value[below].max()), float(d.value[above].min())
        cuts.append(f"{top:g}..{bottom:g}")
        wrong = above[d.high[above] < d.low[below].max() - SLACK]
        gap[wrong] = np.inf
    name = text("cuts of its own between {cuts}", cuts=tuple(cuts)) if cuts else text("one class alone")
    return Trial("grade", name, right=True, known=known, gap=gap)
