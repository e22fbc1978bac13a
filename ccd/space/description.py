"""``[space]``: how variables lie in space, by year; global and local statistics under the weights of the study."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from pydantic import Field

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import Chapter, CouplingResult, IndexResult, Lisa, Moran, Neighbours, Part, Value
from ccd.section import Section
from ccd.space.autocorrelation import geary, getis_ord, moments, moran, permuted_moran
from ccd.space.local import Local, local
from ccd.spatial_weights import SpatialWeights
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: Share of false discoveries among the clusters of a year.
LEVEL = 0.05
#: Regions below which moments under randomisation have no value.
FEWEST = 4


class SpaceSpec(Section):
    """``[space]``: Moran, Geary, Getis-Ord, LISA and Gi* by year."""

    variables: tuple[str, ...] = Field(default=(), alias="columns")
    """Variables that are described: C, T, D, a subsystem, or a column; none: the weights alone."""
    weights: tuple[str, ...] = Field(min_length=1)
    """Weights, by their name under [weights]."""
    draws: int = Field(default=999, ge=19)
    """Permutations behind the p-values; the same for all years."""

    def columns(self) -> tuple[str, ...]:
        """Return the variables."""
        return self.variables

    def methods(self) -> tuple[str, ...]:
        """Return the key of its explanation."""
        return ("space",)

    def weights_read(self) -> tuple[str, ...]:
        """Return the weights."""
        return self.weights

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return who neighbours whom, and each variable's autocorrelation under each of the weights."""
        listed = [panel.spatial(name) for name in self.weights]
        parts: list[Part[Value]] = [Part(neighbours(listed))]
        notes: list[Text] = []
        told = [
            (one, variable, self._described(panel, one, variable, stream, notes))
            for one in listed
            for variable in self.variables
        ]
        if told:
            parts.append(Part(_moran([found for *_, found in told], self.draws)))
        for one, variable, found in told:
            name = "_".join(
                [
                    "lisa",
                    *([variable] if len(self.variables) > 1 else []),
                    *([one.name] if len(listed) > 1 else []),
                ]
            )
            parts.append(Part(_lisa(found, self.draws), name))
        return Chapter("space", text("Space"), tuple(parts), tuple(notes))

    def _described(
        self, panel: Panel, weights: SpatialWeights, variable: str, stream: Stream, notes: list[Text]
    ) -> list[Described]:
        """Return what is found year by year, years of the same regions together."""
        found = []
        values = panel.column(variable)
        for regions, years in _seen(panel, values):
            where = f"study, [space] {variable}, {years[0]}"
            own = weights.among([panel.entities[i] for i in regions], where=where, alone=True)
            if len(regions) < FEWEST or not own.raw.nnz:
                raise DataError(
                    text(
                        "'{variable}' is known in {count} regions in {year}",
                        variable=variable,
                        count=len(regions),
                        year=years[0],
                    ),
                    where=where,
                    fix=text("describe a variable that is known in at least four linked regions"),
                )
            if len(regions) < len(panel.entities):
                lost = len(panel.entities) - len(regions)
                notes.append(
                    text(
                        "{variable} under {weights}: {count} {count:region|regions} without a value left out in "
                        "{years}",
                        variable=Name(variable), weights=Name(weights.name), count=lost, years=tuple(years),
                    )
                )  # fmt: skip
            rows = np.isin(panel.years, years) & np.isin(panel.entity_codes, regions)
            x = values[rows].reshape(len(regions), len(years)).T
            flat = [year for year, row in zip(years, x, strict=True) if np.ptp(row) == 0]
            if flat:
                raise DataError(
                    text(
                        "'{variable}' is {value:g} in every region in {year}",
                        variable=variable,
                        value=x[years.index(flat[0])][0],
                        year=flat[0],
                    ),
                    where=where,
                    fix=text("describe a variable that differs between regions"),
                )
            found.append(described(own, variable, years, x, self.draws, stream))
        return found


class Described:
    """One variable under one of the weights in the years of one set of regions."""

    def __init__(self, weights: SpatialWeights, variable: str, years: list[int], x: FloatArray) -> None:
        self.weights, self.variable, self.years, self.x = weights, variable, years, x
        self.rows: list[tuple[float, ...]] = []
        self.local: Local


def described(
    weights: SpatialWeights, variable: str, years: list[int], x: FloatArray, draws: int, stream: Stream
) -> Described:
    """Return global and local statistics of ``x`` (T, n) in ``years`` (T)."""
    found, n = Described(weights, variable, years, x), x.shape[1]
    w = moments(weights.matrix)
    orders = draw_orders(n, draws, stream, "global")
    for row in x:
        i, c, g = moran(row, w), geary(row, w), getis_ord(row, w)
        found.rows.append((*i, permuted_moran(row, w, orders), c.value, c.p_value, g.value, g.p_value))
    found.local = local(x, weights.matrix, draw_orders(n - 1, draws, stream, "local"))
    return found


def draw_orders(size: int, draws: int, stream: Stream, task: str) -> IntArray:
    """Return ``draws`` permutations of ``size`` places, (B, size), the same for all years and variables."""
    rng = stream(f"permutations {task} {size}")
    return np.asarray(rng.permuted(np.tile(np.arange(size), (draws, 1)), axis=1), dtype=np.intp)


def _seen(panel: Panel, values: FloatArray) -> Iterator[tuple[IntArray, list[int]]]:
    """Yield the regions (codes, sorted) with a value and the years in which just these have one."""
    sets: dict[tuple[int, ...], list[int]] = {}
    known: BoolArray = np.isfinite(values)
    for year in panel.times:
        here = panel.entity_codes[known & (panel.years == year)]
        if len(here):
            sets.setdefault(tuple(int(i) for i in here), []).append(year)
    for regions, years in sets.items():
        yield np.array(regions, dtype=np.intp), years


def neighbours(listed: list[SpatialWeights]) -> Neighbours:
    """Return who neighbours whom under each of the weights."""
    return Neighbours(
        region=tuple(region for one in listed for region in one.regions),
        links=np.concatenate([one.links for one in listed]).astype(np.intp),
        nearest_km=np.concatenate([one.nearest_km() for one in listed]),
        weights=tuple(one.name for one in listed for _ in one.regions),
        linked=tuple("; ".join(one.neighbours(region)) for one in listed for region in one.regions),
        names=tuple(one.name for one in listed),
        kinds=tuple(one.kind for one in listed),
        cutoff=np.array([np.nan if one.cutoff is None else one.cutoff for one in listed]),
        islands=tuple(
            tuple(region for region, lone in zip(one.regions, one.islands, strict=True) if lone)
            for one in listed
        ),
        least=np.array([one.links.min() for one in listed]),
        average=np.array([one.links.mean() for one in listed]),
        most=np.array([one.links.max() for one in listed]),
    )


def _moran(told: list[list[Described]], draws: int) -> Moran:
    rows = [
        (year, one.variable, one.weights.name, one.x.shape[1], found)
        for group in told
        for one in group
        for year, found in zip(one.years, one.rows, strict=True)
    ]
    place = {(variable, weights): k for k, (_, variable, weights, *_) in reversed(list(enumerate(rows)))}
    rows.sort(key=lambda row: (place[row[1], row[2]], row[0]))
    numbers = np.array([row[4] for row in rows]).T
    return Moran(
        year=np.array([row[0] for row in rows], dtype=np.intp),
        variable=tuple(row[1] for row in rows),
        weights=tuple(row[2] for row in rows),
        I=numbers[0],
        expected=numbers[1],
        z=numbers[2],
        p_value=numbers[3],
        p_permutation=numbers[4],
        C=numbers[5],
        p_C=numbers[6],
        G=numbers[7],
        p_G=numbers[8],
        nobs=np.array([row[3] for row in rows], dtype=np.intp),
        draws=draws,
    )


def _lisa(group: list[Described], draws: int) -> Lisa:
    """Return one row a year and region, sorted by both."""
    order = np.lexsort(
        (
            np.array([region for one in group for _ in one.years for region in one.weights.regions]),
            np.concatenate([np.repeat(one.years, one.x.shape[1]) for one in group]),
        )
    )

    def column(of: list[FloatArray]) -> FloatArray:
        return np.concatenate([values.ravel() for values in of])[order]

    standard = [
        (one.x - one.x.mean(axis=1, keepdims=True)) / one.x.std(axis=1, keepdims=True) for one in group
    ]
    lags = [(one.weights.matrix @ z.T).T for one, z in zip(group, standard, strict=True)]
    z, lag, q = column(standard), column(lags), column([one.local.q_value for one in group])
    quadrant = [f"{'H' if a > 0 else 'L'}{'H' if b > 0 else 'L'}" for a, b in zip(z, lag, strict=True)]
    regions = [region for one in group for _ in one.years for region in one.weights.regions]
    return Lisa(
        region=tuple(regions[k] for k in order),
        year=np.concatenate([np.repeat(one.years, one.x.shape[1]) for one in group])[order].astype(np.intp),
        variable=(group[0].variable,) * len(order),
        value=column([one.x for one in group]),
        lag=column([one.local.lag for one in group]),
        I=column([one.local.statistic for one in group]),
        quadrant=tuple(quadrant),
        p_value=column([one.local.p_value for one in group]),
        q_value=q,
        label=tuple(where if value <= LEVEL else "" for where, value in zip(quadrant, q, strict=True)),
        Gi=column([one.local.gi for one in group]),
        q_Gi=column([one.local.q_gi for one in group]),
        weights=(group[0].weights.name,) * len(order),
        standard=z,
        standard_lag=lag,
        draws=draws,
        level=LEVEL,
        slopes={
            year: float(a @ b / (a @ a))
            for one, zs, ls in zip(group, standard, lags, strict=True)
            for year, a, b in zip(one.years, zs, ls, strict=True)
        },
    )
