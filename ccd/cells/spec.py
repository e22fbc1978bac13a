"""The keys of ``[data]``: which file, how it lies, which columns are region and year, which rows are used."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text


class MergeSpec(Spec):
    """``[[data.merge]]``: columns of a second file or sheet, joined to the rows of the first."""

    path: str = ""
    """The second file, relative to the study file; none: the first file again, for another sheet of it."""
    sheet: str | None = None
    """Sheet of a workbook that has several."""
    on: tuple[str, ...] | dict[str, str] = ()
    """Columns that identify a row in both, as a list, or { ours = theirs }; none: region and year where the second
    file has both, the region where it has that alone."""
    how: Literal["left", "outer"] = "left"
    """Keep the rows of the first file, or add those of the second that match none."""
    check: Literal["1:1", "m:1"] = "m:1"
    """Whether a row of the second file goes to one row of the first (1:1), or to several (m:1)."""
    columns: tuple[str, ...] = ()
    """Columns taken from the second file; none: all."""
    skip_rows: int = Field(default=0, ge=0)
    """Lines above the names of its columns."""
    skip_footer: int = Field(default=0, ge=0)
    """Rows below its last record."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if not self.path and self.sheet is None:
            raise SpecError(text("name a path, or another sheet of the first file"))
        return self


class DataSpec(Spec):
    """``[data]``: which file, which columns are region and year, which rows are used."""

    path: str
    """The data file, relative to the study file: csv, xlsx, xls, dta or parquet."""
    entity: str
    """Column of the regions (names or codes; read as text)."""
    time: str
    """Column of the years; with wide, the name that it is to have."""
    entity_label: str | None = None
    """Column with the names of the regions to be shown in tables and figures."""
    sheet: str | None = None
    """Sheet of a workbook that has several."""
    skip_rows: int = Field(default=0, ge=0)
    """Lines above the names of the columns: a title, a unit."""
    skip_footer: int = Field(default=0, ge=0)
    """Rows below the last record: sources, remarks."""
    merged: bool = False
    """Whether an empty region cell repeats the one above it (merged cells of xlsx and xls are known without)."""
    wide: bool = False
    """Whether the years are columns: one indicator a sheet, named as the sheet, or those of the column indicator."""
    indicator: str | None = None
    """With wide: column with the names of the indicators."""
    exclude: tuple[str, ...] = ()
    """Regions left out."""
    years: tuple[int, int] | None = None
    """First and last year used, both included."""
    missing: tuple[str, ...] = ()
    """Markers that stand for a missing cell, such as ".."; an empty cell always does."""
    merge: tuple[MergeSpec, ...] = ()
    """Other files or sheets that are joined to it, in order."""
    source: str = ""
    """Where the data come from and how to get them; the replication package prints it."""
    share: bool = True
    """Whether the replication package holds the data, or their hashes and the source alone."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Column = its name in the paper."""
    units: dict[str, str] = Field(default_factory=dict)
    """Column = its unit, shown in the data summary and on the axes of figures."""

    @model_validator(mode="after")
    def _indicator_of_wide(self) -> Self:
        if self.indicator is not None and not self.wide:
            raise SpecError(text("indicator goes with wide = true"))
        return self

    def text_columns(self) -> tuple[str, ...]:
        """Return the columns that are read as text even where they look like numbers."""
        label = (self.entity_label,) if self.entity_label else ()
        return (self.entity, *label, *((self.indicator,) if self.indicator else ()))

    def files(self) -> tuple[str, ...]:
        """Return the files that are read, the first first, each once."""
        return tuple(dict.fromkeys((self.path, *(merge.path for merge in self.merge if merge.path))))
