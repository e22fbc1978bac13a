"""From a panel to outcomes by year and region: the treated by date, and the donors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError, EstimationError, suggest
from ccd.estimate.linear.absorb import residualise
from ccd.estimate.synthetic.cohorts import Group
from ccd.estimate.synthetic.donors import DonorsSpec, neighbour_note, reasons
from ccd.panel import Panel
from ccd.words import Text, names, text

#: Fewest years before the date, and fewest donors.
BEFORE, DONORS = 3, 5


@dataclass(frozen=True)
class Asked:
    """What a study asks of the rows: the model's name and its keys that choose them."""

    name: str
    policy: str
    treated: str
    anticipation: int
    donors: DonorsSpec
    controls: tuple[str, ...]
    projected: str

    def fail(self, what: Text, fix: Text) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=text("model '{name}'", name=self.name), fix=fix)


@dataclass(frozen=True)
class Regions:
    """Who is treated (region -> date), who may be a donor, and why the others may not (region -> reason)."""

    treated: Mapping[str, int]
    donors: tuple[str, ...]
    left: Mapping[str, Text]
    notes: tuple[Text, ...]


@dataclass(frozen=True)
class Design:
    """Outcomes of the donors (T, N0) over ``years`` (T,), and the groups of treated regions by date.

    ``names`` are those of the donors, ``members`` those of each group, ``left`` the regions without a place and why.
    """

    years: IntArray
    donors: FloatArray
    names: tuple[str, ...]
    groups: tuple[Group, ...]
    members: tuple[tuple[str, ...], ...]
    left: Mapping[str, Text]
    notes: tuple[Text, ...]

    @property
    def treated(self) -> int:
        """Return the number of treated regions."""
        return sum(group.count for group in self.groups)


def regions_of(asked: Asked, panel: Panel) -> Regions:
    """Return who is treated and who may be a donor. Raises DataError or EstimationError where nobody is."""
    starts = panel.cohort(asked.policy)
    first, last = panel.times[0], panel.times[-1]
    where = text("model '{name}'", name=asked.name)
    dated = {region: int(starts[region]) for region in panel.entities if np.isfinite(starts[region])}
    notes: list[Text] = []
    if asked.treated:
        if asked.treated not in panel.entities:
            hint = suggest(asked.treated, panel.entities)
            raise DataError(
                text("there is no region '{region}'", region=asked.treated),
                where=text("{where}, {key}", where=where, key="treated"),
                fix=text("{near}see ccd check", near=hint),
            )
        if asked.treated not in dated:
            raise asked.fail(
                text("'{treated}' is not treated by '{policy}'", treated=asked.treated, policy=asked.policy),
                text("name a treated region"),
            )
        treated = {asked.treated: dated[asked.treated]}
    else:
        treated = {region: year for region, year in dated.items() if year <= last}
        early = [region for region, year in treated.items() if _before(panel, year, asked) < BEFORE]
        if early and len(early) < len(treated):
            notes.append(
                text(
                    "Left out, too few years before the policy: {regions}",
                    regions=names(early),
                )
            )
            treated = {region: year for region, year in treated.items() if region not in early}
    for region, year in treated.items():
        if year > last:
            raise asked.fail(
                text(
                    "'{region}' is first treated in {year}, after the last year {last}",
                    region=region,
                    year=year,
                    last=last,
                ),
                text("add years to the data"),
            )
        if _before(panel, year, asked) < BEFORE:
            raise asked.fail(
                text(
                    "'{region}' is first treated in {year}: fewer than {before} {before:year|years} lie before, "
                    "from {first} on",
                    region=region,
                    year=year,
                    before=BEFORE,
                    first=first,
                ),
                text("add earlier years, or name another region under treated"),
            )
    if not treated:
        raise asked.fail(
            text("no region is treated by '{policy}' by {last}", policy=asked.policy, last=last),
            text("name a policy that begins inside the panel"),
        )
    left = reasons(asked.donors, panel, asked.policy, list(treated), where)
    donors = tuple(region for region in panel.entities if region not in treated and region not in left)
    return Regions(treated, donors, left, tuple(notes))


def neighbours_noted(asked: Asked, panel: Panel) -> tuple[Text, ...]:
    """Return the warning on donors that border on a treated region."""
    found = regions_of(asked, panel)
    return neighbour_note(asked.policy, found.donors, list(found.treated))


def _before(panel: Panel, date: int, asked: Asked) -> int:
    return sum(year < date - asked.anticipation for year in panel.times)


def design_of(asked: Asked, panel: Panel, outcome: str) -> Design:
    """Return the outcomes of treated and donors, controls projected out. Raises EstimationError for missing cells."""
    found = regions_of(asked, panel)
    years = np.array(panel.times, dtype=np.intp)
    y = wide(panel, panel.column(outcome))
    where = {region: j for j, region in enumerate(panel.entities)}
    used = np.zeros(len(years), dtype=bool)
    for date in found.treated.values():
        used |= (years < date - asked.anticipation) | (years >= date)
    x = [wide(panel, panel.column(control)) for control in asked.controls]
    known = np.logical_and.reduce([np.isfinite(one) for one in (y, *x)])
    for region in found.treated:
        gone = used & ~known[:, where[region]]
        if gone.any():
            raise asked.fail(
                text(
                    "'{outcome}' (or a control) of '{region}' is missing in {years}",
                    outcome=outcome,
                    region=region,
                    years=tuple(map(str, years[gone])),
                ),
                text("fill the cell, or choose years in which the treated region is known"),
            )
    left = dict(found.left)
    for region in found.donors:
        gone = used & ~known[:, where[region]]
        if gone.any():
            left[region] = text("missing in {years}", years=tuple(str(t) for t in years[gone][:3]))
    donors = tuple(region for region in found.donors if region not in left)
    if len(donors) < DONORS:
        raise asked.fail(
            text("{count} donors are left, fewer than {donors}", count=len(donors), donors=DONORS),
            text("leave fewer out; the part donors of a run, or ccd check, says why each is out"),
        )
    if x:
        y = _projected(asked, found, panel, y, x, donors, used)
    dates = sorted(set(found.treated.values()))
    members = tuple(tuple(r for r, start in found.treated.items() if start == date) for date in dates)
    groups = []
    for date, own in zip(dates, members, strict=True):
        rows = np.flatnonzero((years < date - asked.anticipation) | (years >= date))
        before = int(np.sum(years < date - asked.anticipation))
        groups.append(Group(date, y[:, [where[region] for region in own]], rows, before))
    pool = y[:, [where[region] for region in donors]]
    return Design(years, pool, donors, tuple(groups), members, left, found.notes)


def wide(panel: Panel, column: FloatArray) -> FloatArray:
    """Return a column (n,) by year and region (T, N), nan where there is no row."""
    found = np.full((len(panel.times), len(panel.entities)), np.nan)
    found[panel.time_codes, panel.entity_codes] = column
    return found


def _projected(
    asked: Asked,
    found: Regions,
    panel: Panel,
    y: FloatArray,
    x: Sequence[FloatArray],
    donors: Sequence[str],
    used: BoolArray,
) -> FloatArray:
    """Return y - x'b with b from two-way fixed effects on untreated cells, or those of the donors alone."""
    own = [panel.entities.index(region) for region in (*found.treated, *donors)]
    years = np.array(panel.times)
    starts = np.array([found.treated.get(panel.entities[j], np.inf) for j in own])
    cells = used[:, None] & (years[:, None] < starts - asked.anticipation)
    if asked.projected == "never":
        cells &= ~np.isfinite(starts)
    t, i = np.nonzero(cells)
    stacked = np.column_stack([one[:, own][t, i] for one in (y, *x)])
    _, i = np.unique(i, return_inverse=True)
    _, t = np.unique(t, return_inverse=True)
    swept = residualise(stacked, [i.astype(np.intp), t.astype(np.intp)])
    scale = np.linalg.norm(swept[:, 1:], axis=0)
    flat = scale <= 1e-9 * np.linalg.norm(stacked[:, 1:], axis=0)
    if flat.any():
        name = asked.controls[int(np.argmax(flat))]
        raise asked.fail(
            text("the control '{name}' does not vary within untreated regions", name=name),
            text("leave it out of controls"),
        )
    beta, _, rank, _ = np.linalg.lstsq(swept[:, 1:] / scale, swept[:, 0], rcond=1e-9)
    if rank < len(scale):
        raise asked.fail(
            text("the controls are collinear in untreated region-years"), text("leave one of them out")
        )
    return y - np.tensordot(beta / scale, np.array(x), axes=1)
