"""``[stages.NAME]``: where technology and industry of each region stand on their S-curves."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.describe.stages.curve import Grid, logistic
from ccd.describe.stages.demand import demand_of
from ccd.describe.stages.region import FEWEST, Errors, Series, Told, industry_side, technology_side
from ccd.errors import DataError
from ccd.panel import Panel
from ccd.results import (
    Chapter,
    CouplingResult,
    IndexResult,
    Part,
    StageLeads,
    StageProbabilities,
    Stages,
    Value,
)
from ccd.section import Section
from ccd.streams import Stream
from ccd.words import Name, Text, names, text

Sides = dict[tuple[str, str], Told]


class StagesSpec(Section):
    """``[stages.NAME]``: stages of technology and industry by region, with probabilities, and policy demand by cell."""

    technology: str
    """Column of the technology, such as turnover or stock; above 0."""
    industry: str
    """Column of the industry, such as sales; above 0."""
    expectation: str | None = None
    """Column of what is expected of the technology, such as venture funds; none: three stages, no hype is guessed."""
    base: str | None = None
    """Base of the location quotients that tell growth from its start while no ceiling is in sight: population, say."""
    errors: Errors = "log"
    """Errors of the curves: in logs, or additive in levels."""
    draws: int = Field(default=500, ge=100)
    """Draws behind the probabilities of the five stages."""

    def columns(self) -> tuple[str, ...]:
        """Return every column that is read as numbers."""
        more = (name for name in (self.expectation, self.base) if name is not None)
        return tuple(dict.fromkeys((self.technology, self.industry, *more)))

    def methods(self) -> tuple[str, ...]:
        """Return the key of its explanation."""
        return ("stages",)

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return stages, their probabilities, the lead of technology, and the cells. Raises DataError for no region."""
        name = stream.model.rpartition(".")[2]  # a stream is named by the key of its section
        told, lost = self._told(panel, stream)
        if not told:
            raise DataError(
                text(
                    "no region has {count} {count:year|years} above 0 of a column of the stages", count=FEWEST
                ),
                where=text("study, [stages] {name}", name=name),
                fix=text("name columns with longer series"),
            )
        parts: list[Part[Value]] = [
            Part(self._stages(told, name), notes=self._said(told)),
            Part(_probabilities(told)),
            Part(_leads(told)),
        ]
        if self.expectation is not None or any(side == "industry" for _, side in told):
            parts.append(Part(_cells(told, hype=self.expectation is not None)))
        return Chapter(f"stages_{name}", text("Stages: {name}", name=Name(name)), tuple(parts), tuple(lost))

    def _told(self, panel: Panel, stream: Stream) -> tuple[Sides, list[Text]]:
        """Return (region, side) -> what is told, regions in their order, and a note for each side on those left out."""
        told: Sides = {}
        notes: list[Text] = []
        grids: dict[tuple[int, ...], Grid] = {}
        for side, column in (("technology", self.technology), ("industry", self.industry)):
            lost = []
            expected = self.expectation if side == "technology" else None
            for region, series in series_of(panel, column, self.base, expected).items():
                found = None
                if series.usable():
                    grid = grids.setdefault(tuple(int(t) for t in series.years), Grid(series.years))
                    found = (
                        industry_side(grid, series, self.errors)
                        if side == "industry"
                        else technology_side(
                            grid, series, self.errors, self.draws, stream(f"stages {region}")
                        )
                    )
                if found is None:
                    lost.append(region)
                else:
                    told[region, side] = found
            if lost:
                notes.append(
                    text(
                        "{column} has no curve (under {count} {count:year|years}, a figure that is not above 0, a gap "
                        "in expectation, or no fit): {regions}",
                        column=Name(column),
                        count=FEWEST,
                        regions=names(lost),
                    )
                )
        keys = [(region, side) for region in panel.entities for side in ("technology", "industry")]
        return {key: told[key] for key in keys if key in told}, notes

    def _said(self, told: Sides) -> tuple[Text, ...]:
        said = [
            text("One stage is named from a probability of .8, else the two likeliest")
            if self.errors == "log"
            else text(
                "One stage is named from a probability of .8, else the two likeliest; errors in levels"
            ),
        ]
        if any(one.curve.open for one in told.values()):
            said.append(
                text("No ceiling in sight where the set of the share has no lower end: growth from a location "
                     "quotient of .5 on {base}, else its start", base=Name(self.base))
                if self.base is not None
                else text("No ceiling in sight where the set of the share has no lower end: start or growth is left "
                          "open without a base")
            )  # fmt: skip
        if self.expectation is not None:
            said.append(
                text(
                    "Stages of technology by rules on {expectation}, probabilities from {draws} draws of 2-year blocks",
                    expectation=Name(self.expectation),
                    draws=self.draws,
                )
            )
        else:
            said.append(
                text("Three stages of technology: without a column of expectation hype is not told apart")
            )
        return tuple(said)

    def _stages(self, told: Sides, name: str) -> Stages:
        curves = [one.curve for one in told.values()]
        seen = np.array([not curve.open for curve in curves])
        return Stages(
            entity=tuple(entity for entity, _ in told),
            pair=(name,) * len(told),
            side=tuple(side for _, side in told),
            stage=tuple(one.named.stage for one in told.values()),
            other=tuple(one.named.other for one in told.values()),
            probability=np.array([one.named.probability for one in told.values()]),
            share=logistic(np.array([curve.logit for curve in curves])),
            share_low=np.where(seen, logistic(np.array([curve.low for curve in curves])), 0.0),
            share_high=logistic(np.array([curve.high for curve in curves])),
            inflection=np.where(seen, [curve.inflection for curve in curves], np.nan),
            rate=np.array([curve.rate for curve in curves]),
            open=~seen,
            time=np.array([one.time for one in told.values()], dtype=np.intp),
            technology=self.technology,
            industry=self.industry,
            expectation=self.expectation,
            errors=self.errors,
        )


def series_of(panel: Panel, column: str, base: str | None, expectation: str | None) -> dict[str, Series]:
    """Return the series of each region with its location quotient on ``base`` in its last year."""
    y = panel.column(column)
    known = np.isfinite(y)
    quotient = np.full(len(y), np.nan) if base is None else _quotients(panel, y, panel.column(base))
    e = None if expectation is None else panel.column(expectation)
    found: dict[str, Series] = {}
    for code, region in enumerate(panel.entities):
        rows: IntArray = np.flatnonzero((panel.entity_codes == code) & known)
        years = panel.years[rows].astype(np.intp)
        last = float(quotient[rows[-1]]) if len(rows) else float("nan")
        found[region] = Series(years, y[rows], last, None if e is None else e[rows])
    return found


def _quotients(panel: Panel, y: FloatArray, base: FloatArray) -> FloatArray:
    """Return share over share of the base of the same year, (n,), among the rows that have both."""
    found = np.full(len(y), np.nan)
    for year in panel.times:
        rows = np.flatnonzero((panel.years == year) & np.isfinite(y) & (base > 0))
        total = y[rows].sum()
        if total > 0:
            found[rows] = (y[rows] / total) / (base[rows] / base[rows].sum())
    return found


def _probabilities(told: Sides) -> StageProbabilities:
    sure = {key: one for key, one in told.items() if np.isfinite(one.named.probability)}
    rows = [(*key, stage, p) for key, one in sure.items() for stage, p in one.probability.items()]
    return StageProbabilities(
        entity=tuple(row[0] for row in rows),
        side=tuple(row[1] for row in rows),
        stage=tuple(row[2] for row in rows),
        probability=np.array([row[3] for row in rows]),
    )


def _pairs(told: Sides) -> Mapping[str, tuple[Told, Told]]:
    both = [entity for entity, side in told if side == "technology" and (entity, "industry") in told]
    return {entity: (told[entity, "technology"], told[entity, "industry"]) for entity in both}


def _leads(told: Sides) -> StageLeads:
    """Return industry's year of half less technology's; bounds from both 97.5 % sets, so at least 95 %."""
    rows = [
        (entity, tech.curve, own.curve)
        for entity, (tech, own) in _pairs(told).items()
        if not tech.curve.open and not own.curve.open
    ]
    first = np.array([one.inflection for _, one, _ in rows])
    second = np.array([one.inflection for _, _, one in rows])
    return StageLeads(
        entity=tuple(entity for entity, *_ in rows),
        technology=first,
        industry=second,
        lead=second - first,
        conf_low=np.array([two.inflection_low - one.inflection_high for _, one, two in rows]),
        conf_high=np.array([two.inflection_high - one.inflection_low for _, one, two in rows]),
    )


def _cells(told: Sides, *, hype: bool) -> Value:
    pairs = _pairs(told)
    sure = {
        entity: (tech.named.stage, own.named.stage)
        for entity, (tech, own) in pairs.items()
        if not tech.named.other and not own.named.other
    }
    return demand_of(sure, len(pairs) - len(sure), hype=hype)
