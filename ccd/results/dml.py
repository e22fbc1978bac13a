"""What double machine learning adds to its terms: how well the learners did, split by split."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ccd.results.value import Floats, Ints, Value, Words


@dataclass(frozen=True)
class Nuisance(Value):
    """Out-of-fold fit of each learner (rows): ``target`` is the outcome or the treatment; medians over splits."""

    shape: ClassVar[str] = "nuisance"

    learner: Words
    target: Words
    r2: Floats
    rmse: Floats


@dataclass(frozen=True)
class Repeats(Value):
    """The effect by split into folds (rows), for the learner that leads."""

    shape: ClassVar[str] = "repeats"

    repeat: Ints
    estimate: Floats
    std_error: Floats
