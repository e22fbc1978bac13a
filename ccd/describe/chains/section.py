"""``[chains]``: where innovation sits against where industry sits, by year."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Self

import numpy as np
from pydantic import Field, model_validator

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.bundled import bundled_rows, province_code
from ccd.describe.centre.albers import project
from ccd.describe.chains.centres import apart, centres
from ccd.describe.chains.concentration import (
    between,
    dissimilarity,
    ellison_glaeser,
    herfindahl,
    locational_gini,
    shares,
    top_three,
    unweighted_gini,
)
from ccd.describe.chains.jackknife import jackknife
from ccd.describe.chains.sameness import cosine, krugman, structures
from ccd.describe.chains.transport import least_transport
from ccd.errors import DataError, SpecError
from ccd.panel import Panel
from ccd.results import Chains, Chapter, CouplingResult, Flows, IndexResult, Mismatch, Part, Value
from ccd.section import Section
from ccd.space.distance import distances, places_of
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: Groups of provinces that the bundled regions know, whether or not the data have the column.
BUNDLED = ("north_south", "region3", "region4")
#: Fewer regions have no interval worth the name.
FEWEST = 5
#: Shares that move less than this are rounding.
LEAST = 1e-9
QUADRANTS = {
    (True, True): "both",
    (True, False): "innovation",
    (False, True): "industry",
    (False, False): "neither",
}

Row = tuple[int, str, str, float, float, float]


class ChainsSpec(Section):
    """``[chains]``: mismatch, dissimilarity, least transport and concentration of innovation and industry."""

    innovation: tuple[str, str]
    """Column of innovation, and the base of its location quotient."""
    industry: tuple[str, str]
    """Column of industry, and the base of its location quotient."""
    factors: tuple[str, ...] = ()
    """Columns such as talent, capital and patents whose concentration is measured too, on the base of industry."""
    unweighted: bool = False
    """Whether the Gini of quotients that counts each region alike stands beside the locational one."""
    sectors: tuple[str, ...] = ()
    """Columns of the sectors of a region, at least two, for how alike industry structures are."""
    policy: str | None = None
    """Policy whose regions and the others are told apart in that; first treated in any year of the data."""
    firms: str | None = None
    """Column with the number of firms of the industry, for the Ellison-Glaeser index."""
    by: tuple[str, ...] = Field(default=())
    """Groups of regions between which dissimilarity is told: columns, or north_south, region3, region4 of provinces."""
    lon: str | None = None
    """Column of longitude in degrees; none: the capitals of provinces."""
    lat: str | None = None
    """Column of latitude in degrees."""

    def columns(self) -> tuple[str, ...]:
        """Return every column that is read as numbers."""
        more = (name for name in (self.firms, self.lon, self.lat) if name is not None)
        return tuple(dict.fromkeys((*self.innovation, *self.industry, *self.factors, *self.sectors, *more)))

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy whose regions are told apart."""
        return () if self.policy is None else (self.policy,)

    @model_validator(mode="after")
    def _sectors_in_the_plural(self) -> Self:
        if len(self.sectors) == 1 or (self.policy is not None and not self.sectors):
            raise SpecError(text("sectors: name at least two; a policy tells regions apart in sectors alone"))
        return self

    def methods(self) -> tuple[str, ...]:
        """Return the key of its explanation."""
        return ("chains",)

    def group_columns(self) -> tuple[str, ...]:
        """Return the groups that the data must hold."""
        return tuple(name for name in self.by if name not in BUNDLED)

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return the mismatch of each region, the measures by year, and who would send how much where."""
        places = places_of(panel, self.lon, self.lat, where="study, [chains]")
        km = None if places is None else distances(*places)
        groups = {name: _codes(panel, name) for name in self.by}
        treated = self._treated(panel)
        years, notes = _years(panel, self.columns())
        cells: list[tuple[int, IntArray, FloatArray, FloatArray, FloatArray, FloatArray]] = []
        rows: list[Row] = []
        flow: FloatArray | None = None
        for year in years:
            here: BoolArray = panel.years == year
            x = {name: panel.column(name)[here] for name in self.columns()}
            _refuse(panel, {name: x[name] for name in x if name not in (self.lon, self.lat)}, year)
            s, q = shares(x[self.innovation[0]]), shares(x[self.industry[0]])
            first, second = s / shares(x[self.innovation[1]]), q / shares(x[self.industry[1]])
            cells.append((year, panel.entity_codes[here], s, q, first, second))
            rows += self._measures(year, x, groups, km)
            rows += self._likeness(year, x, treated)
            if places is not None:
                plane = project(*places)
                rows.append(
                    (
                        year,
                        "centres_apart",
                        "all",
                        *jackknife(
                            partial(_apart, plane, x[self.innovation[0]], x[self.industry[0]]), len(s)
                        ),
                    )
                )
            if km is not None:
                _, flow = least_transport(s, q, km)
        if km is None:
            notes.append(
                text("No km between innovation and industry: the places of the regions are not known")
            )
        parts: list[Part[Value]] = [
            Part(_mismatch(panel, cells, self)),
            Part(_chains(rows), notes=self._said()),
        ]
        if places is not None:
            sides = (self.innovation[0], self.industry[0])
            parts.append(Part(centres(years, sides, [(cell[2], cell[3]) for cell in cells], *places)))
        if flow is not None and km is not None and places is not None:
            parts.append(Part(_flows(panel, flow, km, places, years[-1])))
        return Chapter("chains", text("Chains of innovation and industry"), tuple(parts), tuple(notes))

    def _said(self) -> tuple[Text, ...]:
        said = [text("Intervals by leaving out each region, t(N-1)")]
        if self.firms is not None:
            said.append(
                text(
                    "Ellison-Glaeser from the number of firms alone, as if all were of one size: at most this"
                )
            )
        return tuple(said)

    def _treated(self, panel: Panel) -> BoolArray | None:
        """Return which regions the policy ever treats, (N,)."""
        if self.policy is None:
            return None
        return np.asarray(panel.cohort(self.policy).to_numpy(dtype=np.float64) <= panel.times[-1])

    def _likeness(self, year: int, x: dict[str, FloatArray], treated: BoolArray | None) -> list[Row]:
        """Return how alike the structures of all regions are, and of treated and other ones, a measure a row."""
        if not self.sectors:
            return []
        v = structures(np.column_stack([x[name] for name in self.sectors]))
        groups = {"all": np.ones(len(v), dtype=bool)}
        if treated is not None:
            groups |= {"treated": treated, "others": ~treated}
        found: list[Row] = []
        for name, members in groups.items():
            own = v[members]
            if len(own) < FEWEST:
                continue
            for measure, of in (("krugman", krugman), ("cosine", cosine)):
                found.append((year, measure, name, *jackknife(partial(_among, of, own), len(own))))
        return found

    def _sides(self) -> dict[str, str]:
        """Return column -> base of all whose concentration is measured."""
        found = dict.fromkeys(self.factors, self.industry[1])
        return dict([self.innovation, self.industry]) | {
            n: b for n, b in found.items() if n != self.innovation[0]
        }

    def _measures(
        self, year: int, x: dict[str, FloatArray], groups: dict[str, IntArray], km: FloatArray | None
    ) -> list[Row]:
        """Return (year, measure, group, estimate, low, high) of a year."""
        innovation, industry = x[self.innovation[0]], x[self.industry[0]]
        n = len(innovation)

        def of_one(of: Callable[[FloatArray], float], a: FloatArray, keep: IntArray) -> float:
            return of(shares(a[keep]))

        def of_two(
            of: Callable[[FloatArray, FloatArray], float], a: FloatArray, b: FloatArray, keep: IntArray
        ) -> float:
            return of(shares(a[keep]), shares(b[keep]))

        def grouped(codes: IntArray, keep: IntArray) -> float:
            return between(shares(innovation[keep]), shares(industry[keep]), codes[keep])

        def carried(distance: FloatArray, keep: IntArray) -> float:
            own = distance[np.ix_(keep, keep)]
            return least_transport(shares(innovation[keep]), shares(industry[keep]), own)[0]

        asked: list[tuple[str, str, Callable[[IntArray], float]]] = [
            ("dissimilarity", "all", partial(of_two, dissimilarity, innovation, industry)),
            *(("dissimilarity", name, partial(grouped, codes)) for name, codes in groups.items()),
        ]
        if km is not None:
            asked.append(("transport", "all", partial(carried, km)))
        for column, base in self._sides().items():
            asked.append(("hhi", column, partial(of_one, herfindahl, x[column])))
            asked.append(("cr3", column, partial(of_one, top_three, x[column])))
            asked.append(("gini", column, partial(of_two, locational_gini, x[column], x[base])))
            if self.unweighted:
                asked.append(
                    ("gini_unweighted", column, partial(of_two, unweighted_gini, x[column], x[base]))
                )
        if self.firms is not None:
            count, under = x[self.firms], x[self.industry[1]]

            def clustered(keep: IntArray) -> float:
                return ellison_glaeser(shares(industry[keep]), shares(under[keep]), float(count[keep].sum()))

            asked.append(("ellison_glaeser", self.industry[0], clustered))
        return [(year, measure, group, *jackknife(of, n)) for measure, group, of in asked]


def _among(of: Callable[[FloatArray], float], v: FloatArray, keep: IntArray) -> float:
    return of(v[keep])


def _apart(place: FloatArray, innovation: FloatArray, industry: FloatArray, keep: IntArray) -> float:
    return apart(place[keep], shares(innovation[keep]), shares(industry[keep]))


def _years(panel: Panel, columns: tuple[str, ...]) -> tuple[list[int], list[Text]]:
    """Return the years in which every region has every column, and the note on the others."""
    known = np.all([np.isfinite(panel.column(name)) for name in columns], axis=0)
    size = len(panel.entities)
    whole = [year for year in panel.times if int(known[panel.years == year].sum()) == size]
    if not whole or size < FEWEST:
        raise DataError(
            text("no year has every column in each of at least {count} regions", count=FEWEST),
            where=text("study, [chains]"),
            fix=text("name columns without gaps, or leave regions out: [data] exclude"),
        )
    gone = tuple(year for year in panel.times if year not in whole)
    note = text("Years left out, in which a region has no figure: {years}", years=gone)
    return whole, [note] if gone else []


def _refuse(panel: Panel, x: dict[str, FloatArray], year: int) -> None:
    for name, values in x.items():
        if (values >= 0).all() and values.sum() > 0:
            continue
        raise DataError(
            text("shares of {column} cannot be made in {year}: a figure is below 0, or all are 0",
                 column=Name(name), year=year),
            where=text("{file}, column {column}", file=panel.source, column=name),
            fix=text("mend the cell, or name another column"),
        )  # fmt: skip


def _codes(panel: Panel, name: str) -> IntArray:
    """Return the group of each region as codes, (N,). Raises DataError where the groups are not known."""
    if name in panel.frame.columns or name in panel.groups.columns:
        values = panel.group(name).groupby(level=0, sort=False).first().reindex([*panel.entities])
        return np.unique(values.astype(str).to_numpy(), return_inverse=True)[1].astype(np.intp)
    codes = [province_code(entity) for entity in panel.entities]
    if name not in BUNDLED or not all(codes):
        raise panel.no_column(name)
    rows = {row["adcode"]: row[name] for row in bundled_rows("regions.csv")}
    return np.unique([rows[code] for code in codes], return_inverse=True)[1].astype(np.intp)


def _mismatch(
    panel: Panel,
    cells: list[tuple[int, IntArray, FloatArray, FloatArray, FloatArray, FloatArray]],
    spec: ChainsSpec,
) -> Mismatch:
    first, second = (np.concatenate([cell[k] for cell in cells]) for k in (4, 5))
    return Mismatch(
        time=np.concatenate([np.full(len(codes), year) for year, codes, *_ in cells]).astype(np.intp),
        entity=tuple(panel.entities[i] for _, codes, *_ in cells for i in codes),
        s=np.concatenate([cell[2] for cell in cells]),
        q=np.concatenate([cell[3] for cell in cells]),
        lq_innovation=first,
        lq_industry=second,
        quadrant=tuple(QUADRANTS[bool(a >= 1), bool(b >= 1)] for a, b in zip(first, second, strict=True)),
        innovation=spec.innovation[0],
        industry=spec.industry[0],
    )


def _chains(rows: list[Row]) -> Chains:
    rows.sort(key=lambda row: row[0])
    numbers = np.array([row[3:] for row in rows])
    return Chains(
        time=np.array([row[0] for row in rows], dtype=np.intp),
        measure=tuple(row[1] for row in rows),
        group=tuple(row[2] for row in rows),
        estimate=numbers[:, 0],
        conf_low=numbers[:, 1],
        conf_high=numbers[:, 2],
    )


def _flows(
    panel: Panel, flow: FloatArray, km: FloatArray, places: tuple[FloatArray, FloatArray], year: int
) -> Flows:
    """Return what leaves its region, the largest flow first."""
    away = flow * (1 - np.eye(len(flow)))
    i, j = np.nonzero(away > LEAST)
    order = np.argsort(-away[i, j], kind="stable")
    i, j = i[order], j[order]
    return Flows(
        origin=tuple(panel.entities[k] for k in i),
        destination=tuple(panel.entities[k] for k in j),
        share=away[i, j],
        km=km[i, j],
        year=year,
        regions=panel.entities,
        longitude=places[0],
        latitude=places[1],
    )
