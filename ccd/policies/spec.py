"""The keys of ``[policies.NAME]``: where the first treated year of each region comes from."""

from __future__ import annotations

import re
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text

Confidence = Literal["high", "medium", "low"]
Level = Literal["province", "city", "county"]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)
LEVELS: tuple[Level, ...] = get_args(Level)

#: Source -> the keys that go with it alone.
SOURCES = {
    "registry": ("confidence", "levels", "place", "province", "spread", "undated"),
    "column": ("path", "sheet", "place"),
    "waves": (),
    "neighbours_of": (),
}


class PolicySpec(Spec):
    """``[policies.NAME]``: a policy of the bundled registry, or dates of your own."""

    registry: str | None = None
    """Policy of the bundled registry (``ccd policies`` lists them)."""
    column: str | None = None
    """Column of the data: first treated year, blank = never; or 0/1, switching on once in the first treated year."""
    waves: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Year = the regions first treated in it; a region in several waves counts from the first."""
    neighbours_of: str | None = None
    """Another policy of the study: the first year a bordering province is treated by it (for spillover)."""
    path: str | None = None
    """With column: a second file that has it, a row a region; of several rows the earliest year counts."""
    sheet: str | None = None
    """With path: sheet of a workbook that has several."""
    intensity: str | None = None
    """Column of the data that says how strongly the policy works where it does, kept for models that take it."""
    confidence: tuple[Confidence, ...] = ("high", "medium")
    """Rows of the registry used, by how sure their date is."""
    levels: tuple[Level, ...] = ("province", "city", "county")
    """Rows of the registry used, by what is listed: a whole province, a city, a county or district."""
    place: str | None = None
    """Column with the name or code of the place, of the data or (with path) of the second file; none: the entity."""
    province: str | None = None
    """Column with the province of a city, where cities go by name."""
    spread: bool = False
    """Whether a province listed as a whole treats all its cities."""
    undated: int | None = Field(default=None, ge=1000, le=2999)
    """Year for listed places whose year the registry does not know; none: left untreated, with a note."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [key for key in SOURCES if getattr(self, key)]
        if len(sources) != 1:
            raise SpecError(text("name one of registry, column, waves and neighbours_of"))
        source = sources[0]
        extra = sorted(self.model_fields_set - {source, "intensity", *SOURCES[source]})
        if extra:
            owner = next((s for s, keys in SOURCES.items() if extra[0] in keys), extra[0])
            raise SpecError(
                text(
                    "{extra}: goes with {owner}, not with {source}",
                    extra=tuple(extra),
                    owner=owner,
                    source=source,
                )
            )
        if source == "column" and self.path is None and self.model_fields_set & {"sheet", "place"}:
            raise SpecError(
                text("with column, sheet and place go with path: they say where it is in a second file")
            )
        if any(not re.fullmatch(r"[12]\d{3}", year) for year in self.waves):
            raise SpecError(text('waves are years and their regions: {{ 2010 = ["..."], 2012 = ["..."] }}'))
        return self

    def text_columns(self) -> tuple[str, ...]:
        """Return the columns of the data that hold names of places."""
        own = () if self.path is not None else (self.place, self.province)
        return tuple(column for column in own if column is not None)
