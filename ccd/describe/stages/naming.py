"""From probabilities to names: one stage where it is sure enough, else the two likeliest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.stages.curve import Curve

INDUSTRY = ("start", "growth", "maturity", "decline")
CLIMB = ("emergence", "climb", "plateau")
#: Probability from which one stage is named, and shares of K at which industry stages meet.
SURE, EARLY, LATE = 0.8, 0.1, 0.9
#: Location quotient from which growth without a ceiling in sight is growth, and not its start.
PRESENT = 0.5
#: Decline: the trailing mean of so many years is below this share of its maximum, and its last values fall.
TRAILING, BELOW, FALLING = 3, 0.9, 4


class Named(NamedTuple):
    """A stage, a second one where the first is not sure (else empty), and the probability of one or both."""

    stage: str
    other: str
    probability: float


def named(probability: Mapping[str, float]) -> Named:
    """Return the stage of probability .8 or more, else the two likeliest."""
    first, second, *_ = sorted(probability, key=lambda name: -probability[name])
    if probability[first] >= SURE:
        return Named(first, "", probability[first])
    return Named(first, second, probability[first] + probability[second])


def thirds(curve: Curve, stages: tuple[str, ...]) -> dict[str, float]:
    """Return the probabilities of a share below .1, to .9, above .9 under the first three of ``stages``."""
    mass = (curve.mass(-1, EARLY), curve.mass(EARLY, LATE), curve.mass(LATE, 2))
    return dict(zip(stages[:3], mass, strict=True))


def by_quotient(quotient: float, stages: tuple[str, ...]) -> Named:
    """Return the stage of growth without a ceiling in sight, by the location quotient; nan: first or second."""
    if np.isnan(quotient):
        return Named(stages[0], stages[1], float("nan"))
    return Named(stages[1] if quotient >= PRESENT else stages[0], "", float("nan"))


def declining(y: FloatArray) -> bool:
    """Tell whether y (n,) declines: its trailing mean is under .9 of its maximum and its last four values fall."""
    trailing = np.convolve(y, np.ones(TRAILING) / TRAILING, mode="valid")
    last = trailing[-FALLING:]
    return bool(len(last) == FALLING and (np.diff(last) < 0).all() and trailing[-1] < BELOW * trailing.max())
