"""Classes of the coupling coordination degree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import Discriminator, Tag, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import Text, text

GradeName = Literal["ten", "five"]
#: A degree this little under a cut stands on it: 0.3 is not always 0.3 in binary.
ROUNDING = 1e-12


class Cuts(Spec):
    """Classes of one's own."""

    cuts: tuple[float, ...]
    """Inner limits, rising, inside (0, 1); a degree on a limit belongs to the class above."""
    names: tuple[str, ...] = ()
    """One name for each class, lowest first; none: the intervals themselves."""

    @model_validator(mode="after")
    def _consistent(self) -> Cuts:
        inside = (0.0, *self.cuts, 1.0)
        if not self.cuts or any(a >= b for a, b in pairwise(inside)):
            raise SpecError(text("cuts rise strictly inside (0, 1)"))
        if self.names and len(self.names) != len(self.cuts) + 1:
            raise SpecError(
                text(
                    "{cuts} cuts make {classes} classes; name as many",
                    cuts=len(self.cuts),
                    classes=len(self.cuts) + 1,
                )
            )
        if len(set(self.names)) != len(self.names):
            raise SpecError(text("each class has a name of its own"))
        return self


def _kind(value: object) -> str:
    """Return which kind of grades a study wrote, so that its faults are those of one kind."""
    return "own" if isinstance(value, Cuts | Mapping) else "named"


Grades = Annotated[
    Annotated[GradeName, Tag("named")] | Annotated[Cuts, Tag("own")],
    Discriminator(_kind),
]


@dataclass(frozen=True)
class Classes:
    """Right-open classes of [0, 1], the last closed: inner ``cuts`` (k-1,) and k ``names``."""

    cuts: tuple[float, ...]
    names: tuple[Text, ...]

    def codes(self, degree: FloatArray) -> IntArray:
        """Return the class of each degree (m,), 0 for the lowest."""
        found = np.searchsorted(np.array(self.cuts), degree + ROUNDING, side="right")
        return np.asarray(found, dtype=np.intp)

    def interval(self, code: int) -> str:
        """Return the interval of a class, ``[0.1, 0.2)``."""
        low, high = (0.0, *self.cuts)[code], (*self.cuts, 1.0)[code]
        return f"[{low:g}, {high:g}{']' if code == len(self.cuts) else ')'}"


TEN = Classes(
    tuple(k / 10 for k in range(1, 10)),
    (
        text("extreme imbalance"),
        text("severe imbalance"),
        text("moderate imbalance"),
        text("mild imbalance"),
        text("near imbalance"),
        text("bare coordination"),
        text("primary coordination"),
        text("intermediate coordination"),
        text("good coordination"),
        text("superior coordination"),
    ),
)
FIVE = Classes(
    tuple(k / 5 for k in range(1, 5)),
    (
        text("serious imbalance"),
        text("slight imbalance"),
        text("basic coordination"),
        text("moderate coordination"),
        text("high coordination"),
    ),
)
#: The named grades of ``[coupling] grades``.
GRADES: Mapping[str, Classes] = {"ten": TEN, "five": FIVE}


def classes(choice: str | Cuts) -> Classes:
    """Return the classes of a name in GRADES, or of one's own cuts."""
    if not isinstance(choice, Cuts):
        return GRADES[choice]
    own = Classes(choice.cuts, ())
    labels = choice.names or tuple(own.interval(code) for code in range(len(choice.cuts) + 1))
    return Classes(choice.cuts, tuple(text("{label}", label=label) for label in labels))


def closure(own: Classes) -> Text:
    """Return the note that says which end of each class belongs to it."""
    listed = tuple(
        text("{interval} {name}", interval=own.interval(k), name=n) for k, n in enumerate(own.names)
    )
    return text("Grades of D, each class with its lower limit, the last with both: {listed}", listed=listed)
