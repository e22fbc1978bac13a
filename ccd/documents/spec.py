"""The keys of ``[documents]``."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text

COLUMNS = ("id", "region", "issued", "ended", "instrument", "factor", "strength", "score")
#: Columns without which a list of documents says nothing; ``ended`` and ``score`` may be missing.
NEEDED = ("id", "region", "issued", "instrument", "factor", "strength")


class DocumentsSpec(Spec):
    """``[documents]``: a list of policy documents, one row per document, instrument and factor."""

    path: str | None = None
    """File of the list, relative to the study: csv, xlsx, dta or parquet."""
    registry: Literal["bundled"] | None = None
    """"bundled": the registry's own policies as documents, coded by ``coding``."""
    coding: str | None = None
    """Coding of the registry's policies (policy, instrument, factor, strength, score); none: the bundled one."""
    policies: tuple[str, ...] = ()
    """Policies of the registry used as documents; none: all that are coded."""
    sheet: str | None = None
    """Sheet of a workbook that has several."""
    columns: dict[
        Literal["id", "region", "issued", "ended", "instrument", "factor", "strength", "score"], str
    ] = Field(default_factory=dict)
    """What a column is = its name in the file, where the two differ."""
    instruments: tuple[str, ...] = ("supply", "demand", "environment")
    """Policy instruments."""
    factors: tuple[str, ...] = ("technology", "talent", "capital", "platform")
    """Innovation factors that a document turns to."""
    everywhere: str = "all"
    """Region of a document that is in force in every region."""
    pmc: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Main variable = its 0/1 sub-variable columns, for the PMC index."""
    grades: tuple[float, float, float] = (0.9, 0.7, 0.5)
    """Shares of the maximum from which a PMC index is perfect, excellent, acceptable."""
    against: tuple[str, ...] = ()
    """Subsystems that the strength of policy is coupled with, two by two."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.registry is None):
            raise SpecError(text('name either path = FILE or registry = "bundled"'))
        if self.registry is None and (self.coding is not None or self.policies):
            raise SpecError(text("coding and policies go with registry, not with path"))
        if self.registry is not None and (self.columns or self.sheet or self.pmc):
            raise SpecError(text("columns, sheet and pmc go with path, not with registry"))
        return self

    @model_validator(mode="after")
    def _names_and_cuts(self) -> Self:
        if len(self.instruments) < 2 or len(self.factors) < 2:
            raise SpecError(text("at least two instruments and two factors are needed"))
        words = (*self.instruments, *self.factors)
        if len(set(words)) < len(words):
            raise SpecError(text("instruments and factors must all have different names"))
        if not 1 > self.grades[0] > self.grades[1] > self.grades[2] > 0:
            raise SpecError(text("grades fall from below 1 to above 0, as [0.9, 0.7, 0.5]"))
        if any(not subs for subs in self.pmc.values()) or len(self.pmc) == 1:
            raise SpecError(text("pmc needs at least two main variables, each with sub-variables"))
        return self

    def named(self, column: str) -> str:
        """Return the name in the file of one of COLUMNS."""
        return self.columns.get(column, column)  # type: ignore[call-overload, no-any-return]
