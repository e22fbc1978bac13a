"""Which regions may stand for the treated one, and why the others may not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.bundled import COORDINATES, province_code
from ccd.errors import DataError, Words, suggest
from ccd.panel import Panel
from ccd.space.borders import bordering
from ccd.space.distance import distances
from ccd.spec import Spec
from ccd.words import Name, Text, names, text

#: The columns of places that a distance is measured between.
PLACES = COORDINATES[2:]


class DonorsSpec(Spec):
    """``donors``: which untreated regions are left out of the pool."""

    exclude: tuple[str, ...] = ()
    """Regions left out by name."""
    policies: tuple[str, ...] = ()
    """Policies whose treated regions are left out too."""
    within: float | None = Field(default=None, gt=0)
    """Regions within so many km of a treated one are left out: its policy may reach them."""
    neighbours: str = ""
    """Spatial weights whose neighbours of a treated region are left out, by their name under [weights]."""
    same: str = ""
    """Column in which donors equal the treated region."""

    def columns(self) -> tuple[str, ...]:
        """Return the coordinates that ``within`` needs."""
        return PLACES if self.within is not None else ()


def reasons(
    spec: DonorsSpec, panel: Panel, policy: str, treated: Sequence[str], where: Words
) -> dict[str, Text]:
    """Return region -> why it is no donor, for each that the study or the policy leaves out.

    The first reason counts. Regions treated after the panel's last year are donors. Raises DataError for names that
    are not there.
    """
    others = [region for region in panel.entities if region not in treated]
    found: dict[str, Text] = {}
    for region, why in _reasons(spec, panel, policy, treated, others, where):
        found.setdefault(region, why)
    return found


def _reasons(
    spec: DonorsSpec, panel: Panel, policy: str, treated: Sequence[str], others: Sequence[str], where: Words
) -> Iterator[tuple[str, Text]]:
    for name in (policy, *spec.policies):
        starts = panel.cohort(name)
        for region in others:
            if starts[region] <= panel.times[-1]:
                why = text("treated by {policy} in {year}", policy=Name(name), year=int(starts[region]))
                yield region, why
    for region in spec.exclude:
        if region not in panel.entities:
            raise DataError(
                text("there is no region '{region}' to leave out", region=region),
                where=text("{where}, {key}", where=where, key="donors.exclude"),
                fix=text("{near}see ccd check", near=suggest(region, panel.entities)),
            )
        if region not in treated:
            yield region, text("left out by name")
    if spec.neighbours:
        yield from _linked(spec.neighbours, panel, treated, others)
    if spec.within is not None:
        for region, (near, km) in nearest_treated(panel, treated, others).items():
            if km <= spec.within:
                yield region, text("{km:.0f} km from {region}", km=km, region=Name(near))
    if spec.same:
        yield from _unlike(spec.same, panel, treated, others, where)


def _linked(
    weights: str, panel: Panel, treated: Sequence[str], others: Sequence[str]
) -> Iterator[tuple[str, Text]]:
    """Yield the regions that spatial weights link to a treated one, either way."""
    found = panel.spatial(weights)
    place = {region: j for j, region in enumerate(found.regions)}
    raw = found.raw.toarray()
    for region in others:
        for one in treated:
            if region not in place or one not in place:
                continue
            i, j = place[region], place[one]
            if raw[i, j] > 0 or raw[j, i] > 0:
                yield region, text("neighbour of {region} ({weights})", region=Name(one), weights=weights)


def _unlike(
    column: str, panel: Panel, treated: Sequence[str], others: Sequence[str], where: Words
) -> Iterator[tuple[str, Text]]:
    group = panel.group(column).astype(str).groupby(level=0).last()
    wanted = sorted({group[region] for region in treated})
    if len(wanted) > 1:
        raise DataError(
            text("the treated regions differ in '{column}': {wanted}", column=column, wanted=tuple(wanted)),
            where=text("{where}, {key}", where=where, key="donors.same"),
            fix=text("name one treated region, or leave out same"),
        )
    for region in others:
        if group[region] != wanted[0]:
            yield region, text("another {column}", column=Name(column))


def nearest_treated(
    panel: Panel, treated: Sequence[str], others: Sequence[str]
) -> Mapping[str, tuple[str, float]]:
    """Return region -> the nearest treated region and the km to it."""
    longitude, latitude = (_by_region(panel, column) for column in PLACES)
    km = distances(longitude, latitude)
    place = {region: j for j, region in enumerate(panel.entities)}
    own = [place[region] for region in treated]
    found = {}
    for region in others:
        j = own[int(np.argmin(km[place[region], own]))]
        found[region] = (panel.entities[j], float(km[place[region], j]))
    return found


def _by_region(panel: Panel, column: str) -> FloatArray:
    values = np.full(len(panel.entities), np.nan)
    values[panel.entity_codes] = panel.column(column)
    return values


def neighbours_among(donors: Sequence[str], treated: Sequence[str]) -> tuple[str, ...]:
    """Return the donors that border on a treated region, where all are provinces; else nothing."""
    codes = {region: province_code(region) for region in (*treated, *donors)}
    if not all(codes.values()):
        return ()
    beside = bordering(codes)
    return tuple(region for region in donors if any(one in treated for one in beside[region]))


def neighbour_note(policy: str, donors: Sequence[str], treated: Sequence[str]) -> tuple[Text, ...]:
    """Return a warning where donors border on the treated region: the policy may reach them."""
    near = neighbours_among(donors, treated)
    if not near:
        return ()
    note = text(
        "{policy}: donors that border on {treated}: {regions}; what the policy does to them is taken for no effect; "
        "leave them out by donors = {keys}",
        policy=Name(policy),
        treated=names(treated),
        regions=names(near),
        keys="{ neighbours = WEIGHTS } / { within = KM }",
    )
    return (note,)
