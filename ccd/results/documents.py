"""The values of policy documents: their columns, the mix by year, instruments by factor, and PMC."""

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
class DocumentColumns(Value):
    """Every document column of every region-year: ``table`` is indexed by both."""

    shape: ClassVar[str] = "documents"

    table: Aside[pd.DataFrame]

    def frame(self) -> pd.DataFrame:
        """Return entity, year and the columns."""
        return self.table.reset_index()


@dataclass(frozen=True)
class DocumentYears(Value):
    """The document measures by year (t,), means over regions; ``instruments`` in words, by their column."""

    shape: ClassVar[str] = "document_years"

    year: Aside[IntArray]
    measures: Aside[Mapping[str, FloatArray]]
    instruments: Aside[Mapping[str, Text | Name]]

    @property
    def in_force(self) -> FloatArray:
        """Return documents in force (t,)."""
        return self.measures["in_force"]

    @property
    def issued(self) -> FloatArray:
        """Return documents issued (t,)."""
        return self.measures["issued"]

    @property
    def valid_share(self) -> FloatArray:
        """Return documents in force over those ever issued (t,)."""
        return self.measures["valid_share"]

    @property
    def strength(self) -> FloatArray:
        """Return the strength of what is in force (t,)."""
        return self.measures["strength"]

    @property
    def instruments_d(self) -> FloatArray:
        """Return the coupling coordination of the instruments (t,)."""
        return self.measures["D"]

    @property
    def factors_d(self) -> FloatArray:
        """Return the coupling coordination of the factors (t,)."""
        return self.measures["factors_D"]

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


@dataclass(frozen=True)
class DocumentPairing(Value):
    """Strength of the pairs of instrument and factor that belong together (rows), and its share of all strength.

    ``expected`` is the mean share with factors permuted over documents, ``p_value`` that of a share as large. ``whole``
    and the two after it are those of all pairs together.
    """

    shape: ClassVar[str] = "document_pairing"

    instrument: Keys
    factor: Keys
    strength: Floats
    share: Floats
    expected: Floats
    p_value: Floats
    whole: float
    whole_expected: float
    whole_p: float
    documents: int
    words: Aside[Mapping[str, Text | Name]]


@dataclass(frozen=True)
class DocumentOverlap(Value):
    """Of each issuer (rows): its documents, and the mean cosine of its matrix with those of the others.

    ``mean`` is that over all pairs of issuers: 1 where all repeat one mix.
    """

    shape: ClassVar[str] = "document_overlap"

    issuer: Keys
    documents: Ints
    cosine: Floats
    mean: float


@dataclass(frozen=True)
class Pmc(Value):
    """The PMC index of documents (rows), their grades, and the ``main`` (d, k) of its ``variables`` (k)."""

    shape: ClassVar[str] = "pmc"

    document: Keys
    pmc: Floats
    grade: Keys
    variables: Aside[tuple[str, ...]]
    main: Aside[FloatArray]

    def frame(self) -> pd.DataFrame:
        """Return document, index, grade and one column a main variable."""
        frame = super().frame()
        for name, column in zip(self.variables, self.main.T, strict=True):
            frame[name] = column
        return frame


@dataclass(frozen=True)
class PmcSurface(Value):
    """The 3 x 3 surfaces ``values`` (d, 3, 3) of documents (d) over nine ``variables``, and ``mean`` (3, 3) of all.

    ``best`` and ``poorest`` are the places of the documents with the largest and the smallest sum.
    """

    shape: ClassVar[str] = "pmc_surface"

    documents: Aside[tuple[str, ...]]
    variables: Aside[tuple[str, ...]]
    values: Aside[FloatArray]
    mean: Aside[FloatArray]
    best: Aside[int]
    poorest: Aside[int]

    def frame(self) -> pd.DataFrame:
        """Return one row a document and main variable."""
        import pandas as pd

        rows = [
            (document, k // 3 + 1, k % 3 + 1, value, self.variables[k])
            for document, surface in zip(self.documents, self.values, strict=True)
            for k, value in enumerate(surface.ravel())
        ]
        return pd.DataFrame(rows, columns=["document", "row", "column", "value", "variable"])
