"""The keys of spatial weights."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from ccd.errors import SpecError
from ccd.spec import Spec
from ccd.words import text

#: Keys that go with some kinds alone.
OWN = {
    "edges": ("contiguity",),
    "conventions": ("contiguity",),
    "k": ("nearest",),
    "power": ("distance",),
    "cutoff": ("distance",),
    "column": ("economic",),
    "years": ("economic",),
    "nested": ("economic",),
    "path": ("matrix",),
}


class WeightsSpec(Spec):
    """``[weights.NAME]``: who counts as a neighbour of whom. Row i holds what region i receives."""

    kind: Literal["contiguity", "nearest", "distance", "economic", "matrix"]
    """Borders, the k nearest, inverse distance, economic likeness, or a matrix of your own."""
    edges: str | None = None
    """contiguity: csv with the columns a, b and, where links differ, weight; each holds both ways."""
    conventions: bool = True
    """contiguity of provinces: whether Guangdong and Hainan, a strait apart, count as neighbours."""
    k: int = Field(default=4, ge=1)
    """nearest: how many; ties at the k-th are all kept."""
    power: Literal[1, 2] = 1
    """distance: weights are d^-power."""
    cutoff: float | None = Field(default=None, gt=0)
    """distance: km beyond which weights are 0; none: the smallest that leaves no region without a neighbour."""
    column: str | None = None
    """economic: weights are 1/|x_i - x_j|, x being the mean of this column."""
    years: tuple[int, int] | None = None
    """economic: first and last year of that mean; none: the years before the first treatment."""
    nested: bool = False
    """economic: weights are x_j / (d_ij mean x), distance and size together."""
    path: str | None = None
    """matrix: csv with the names of the regions on both sides, in any order."""
    lon: str | None = None
    """Column of longitude in degrees; none: the capitals of provinces."""
    lat: str | None = None
    """Column of latitude in degrees."""
    standardise: Literal["row", "spectral", "none"] = "row"
    """Rows that sum to 1, the largest eigenvalue 1, or weights as they stand."""
    island: Literal["error", "nearest", "zero"] = "error"
    """A region without a neighbour is refused, linked to its nearest, or left without (description and slx)."""

    @model_validator(mode="after")
    def _keys_go_with_kinds(self) -> Self:
        for key, kinds in OWN.items():
            if key in self.model_fields_set and self.kind not in kinds:
                raise SpecError(
                    text(
                        '{key} goes with kind = "{kinds}", not with "{kind}"',
                        key=key,
                        kinds=kinds[0],
                        kind=self.kind,
                    )
                )
        if self.kind == "economic" and self.column is None:
            raise SpecError(text('kind = "economic" needs column = NAME'))
        if self.kind == "matrix" and self.path is None:
            raise SpecError(text('kind = "matrix" needs path = "FILE.csv"'))
        if (self.lon is None) != (self.lat is None):
            raise SpecError(text("lon and lat go together"))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns that the weights read as numbers."""
        return tuple(name for name in (self.column, self.lon, self.lat) if name is not None)

    def file(self) -> str | None:
        """Return the file that the weights are read from."""
        return self.edges or self.path
