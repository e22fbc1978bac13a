"""The values of policy documents: the mix by year, and documents by instrument and factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.arrays import FloatArray, IntArray
from ccd.results.value import Aside, Floats, Ints, Keys, Value
from ccd.words import Name, Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DocumentYears(Value):
    """The document measures by year (t,), means over regions; ``instruments`` in words, by their column."""

    shape: ClassVar[str] = "document_years"

    year: Aside[IntArray]
    measures: Aside[Mapping[str, FloatArray]]
    instruments: Aside[Mapping[str, Text | Name]]

    def frame(self) -> pd.DataFrame:
        """Return the year and one column a measure."""
        import pandas as pd

        return pd.DataFrame({"year": self.year, **self.measures})


@dataclass(frozen=True)
class DocumentMatrix(Value):
    """Documents, their share of all, and strength x score, by instrument and factor (rows).

    ``words`` says each instrument and factor in words: a column or subsystem of the same name is another thing.
    """

    shape: ClassVar[str] = "document_matrix"

    instrument: Keys
    factor: Keys
    documents: Ints
    share: Floats
    strength: Floats
    words: Aside[Mapping[str, Text | Name]]
