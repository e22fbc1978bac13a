"""Which errors a regression has, and what those need that correlate across regions: lags, places."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from pydantic import Field, model_validator

from ccd.arrays import FloatArray
from ccd.errors import EstimationError, SpecError, Words
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.hac import Bartlett, FactorName
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sample import Sample
from ccd.words import Name, Text, text

#: Latitude of the polar circles: almost nobody lives beyond.
POLAR = 66.6


class AcrossRegions(ModelSpec):
    """The keys of the errors of a fixed-effects regression."""

    cluster: str | tuple[str, ...] = ()
    """Column, or two, to cluster by; none: the entity."""
    vcov: Literal["cluster", "hc1", "iid", "driscoll-kraay", "conley"] = "cluster"
    """Covariance of the estimates."""
    coordinates: tuple[str, str] | None = None
    """Columns of longitude and latitude in degrees, for vcov = "conley"; provinces know lon_capital, lat_capital."""
    cutoff: float = Field(default=300.0, gt=0)
    """Kilometres within which errors of one year correlate, for vcov = "conley"."""
    hac_lags: int | None = Field(default=None, ge=0)
    """Lags of the Bartlett kernel, for vcov = "driscoll-kraay"; none: floor(T^(1/4)), as plm and fixest."""
    hac_factor: FactorName = "nested"
    """K of the Driscoll-Kraay factor: without years, "all" effects (fixest), or "none": no factor (plm's HC0)."""

    @model_validator(mode="after")
    def _errors_have_what_they_need(self) -> Self:
        if self.vcov == "conley" and self.coordinates is None:
            raise SpecError(text('vcov = "conley" needs coordinates = [LONGITUDE, LATITUDE]'))
        if self.vcov != "driscoll-kraay" and (self.hac_lags is not None or self.hac_factor != "nested"):
            raise SpecError(text('hac_lags and hac_factor belong to vcov = "driscoll-kraay"'))
        return self

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the model, and of errors that take explaining."""
        two = self.vcov == "cluster" and len(self.cluster_columns()) > 1
        own = self.vcov if self.vcov in ("driscoll-kraay", "conley") else "two-way" if two else ""
        return (*super().methods(), *((f"vcov:{own}",) if own else ()))

    def cluster_columns(self) -> tuple[str, ...]:
        """Return the columns that errors are clustered by, none for the entity."""
        listed = (self.cluster,) if isinstance(self.cluster, str) else self.cluster
        return tuple(name for name in listed if name)

    def bartlett(self) -> Bartlett:
        """Return the kernel of Driscoll-Kraay errors."""
        return Bartlett(self.hac_lags, self.hac_factor)

    def places(self, sample: Sample, where: Words) -> tuple[FloatArray, FloatArray] | None:
        """Return longitude and latitude (n,) where the errors need them. Raises EstimationError as ``places_of``."""
        if self.vcov != "conley" or self.coordinates is None:
            return None
        return places_of(sample, self.coordinates, where)

    def place_notes(self, design: AbsorbingDesign) -> list[Text]:
        """Return a warning where longitude and latitude look exchanged."""
        if design.places is None or self.coordinates is None or not exchanged(*design.places):
            return []
        return [
            text(
                "Most latitudes in {column} lie beyond the polar circles: longitude and latitude look exchanged "
                "(coordinates = [LONGITUDE, LATITUDE])",
                column=Name(self.coordinates[1]),
            )
        ]


def places_of(sample: Sample, coordinates: tuple[str, str], where: Words) -> tuple[FloatArray, FloatArray]:
    """Return longitude and latitude (n,). Raises EstimationError where they are missing or no degrees."""
    longitude, latitude = (sample.panel.column(name) for name in coordinates)
    for name, values, limit in zip(coordinates, (longitude, latitude), (180, 90), strict=True):
        bad = ~(np.abs(values) <= limit)  # true where missing, too
        if not bad.any():
            continue
        entity, year = sample.panel.frame.index[int(np.argmax(bad))]
        value = values[bad][0]
        if np.isnan(value):
            raise EstimationError(
                text("'{key}' is missing", key=name),
                where=text("{where}, coordinates, {entity} {year}", where=where, entity=entity, year=year),
                fix=text("give every region its place, or leave it out with drop"),
            )
        kind = text("longitude") if limit == 180 else text("latitude")
        swapped = limit == 90 and (np.abs(longitude) <= 90).all()
        raise EstimationError(
            text(
                "'{name}' = {value:g} is no {kind} in degrees, which lies in [-{limit}, {limit}]",
                name=name,
                value=value,
                kind=kind,
                limit=limit,
            ),
            where=text("{where}, coordinates, {entity} {year}", where=where, entity=entity, year=year),
            fix=text("longitude and latitude look exchanged: coordinates = [LONGITUDE, LATITUDE]")
            if swapped
            else text("coordinates = [LONGITUDE, LATITUDE] are columns in degrees, not projected metres"),
        )
    return longitude, latitude


def exchanged(longitude: FloatArray, latitude: FloatArray) -> bool:
    """Tell whether most places (n,) lie beyond the polar circles, and would not with the columns exchanged."""
    odd = (np.abs(latitude) > POLAR) & (np.abs(longitude) <= POLAR)
    return bool(odd.mean() > 0.5)
