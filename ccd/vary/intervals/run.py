"""The chapter of ``[intervals]``: every source by itself, then grades, ranks and influence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.grades import Classes, classes
from ccd.evaluate.base import Base
from ccd.panel import Panel
from ccd.results import BOOTSTRAP, SOURCES, Chapter, GradeProbability, Intervals, Part, RankRange, Value
from ccd.streams import Stream
from ccd.study import StudyFile
from ccd.study.intervals import IntervalsSpec
from ccd.vary.degrees import cells
from ccd.vary.intervals.cells import Behind, behind, half_widths, known
from ccd.vary.intervals.centred import (
    LEVEL,
    Centred,
    centred,
    grade_probability,
    rank_interval,
    simultaneous_by_year,
)
from ccd.vary.intervals.draws import Draw, Sides, measured, rounded
from ccd.vary.intervals.refits import Refits, drawn_regions, influence, without_indicators, without_regions
from ccd.vary.intervals.ruler import Ruler, ruler_of
from ccd.vary.multiverse.spread import ranks_of
from ccd.words import Figure, Text, names, text


@dataclass
class Telling:
    """What is gathered source by source; ``d`` (m,) is D of the study."""

    panel: Panel
    d: FloatArray
    time: IntArray
    bands: dict[str, tuple[FloatArray, FloatArray]] = field(default_factory=dict)
    draws: dict[str, Centred] = field(default_factory=dict)
    refits: list[Refits] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)

    def drawn(self, source: str, drawn: FloatArray) -> None:
        """Take the draws (B, m) of a source, centred, and say how far they lay from D."""
        found = centred(self.d, drawn)
        self.draws[source], self.bands[source] = found, found.interval
        self.notes.append(
            text(
                "{source}: draws are set around D, which moves them by {mean} on average (at most {most})",
                source=SOURCES[source],
                mean=Figure(float(-found.shifted.mean()), 4),
                most=Figure(float(np.abs(found.shifted).max()), 4),
            )
        )

    def fitted(self, refits: Refits) -> None:
        """Take the refits of a source."""
        if len(refits.left_out):
            self.refits.append(refits)
            self.bands[refits.source] = refits.band


def intervals(file: StudyFile, spec: IntervalsSpec, base: Base) -> Chapter:
    """Return the chapter of a study's ``[intervals]`` on its base. Raises DataError, StudyError."""
    stream = Stream(file.study.seed, "intervals")
    panel = base.panel
    ruler = ruler_of(file, panel)
    own = behind(file.study, panel, ruler.listed)
    told = Telling(panel, panel.column("D"), np.asarray(panel.years, dtype=np.intp))
    x = cells(panel, ruler.listed, ruler.index)
    if "regions" in spec.sources:
        _regions(told, ruler, x, spec, stream)
    if "indicators" in spec.sources:
        refits, alone = without_indicators(ruler, x)
        told.fitted(refits)
        if alone:
            told.notes.append(
                text("Alone in its subsystem and never left out: {columns}", columns=names(alone))
            )
    if "rounding" in spec.sources:
        values, half = own.values, half_widths(file, own)
        _noise(told, ruler, own, "rounding", rounded(values, half), None, spec, stream)
    if "measurement" in spec.sources:
        entity, year = panel.entity_codes, np.asarray(panel.years, dtype=np.intp)
        draw, alone_again = measured(own.values, _errors(spec, own), spec.persistence, entity, year)
        _noise(told, ruler, own, "measurement", draw, alone_again, spec, stream)
    if own.held and {"rounding", "measurement"} & {*spec.sources}:
        told.notes.append(text("Held as they are in all draws: {columns}", columns=names(own.held)))
    if len(told.bands) > 1:
        told.notes.append(text("Sources are told apart: their bands are never added up"))
    grades = classes(file.study.coupling.grades)
    parts: list[Part[Value]] = [Part(_bands(told, spec))] if told.bands else []
    parts += [Part(_grades(told, grades))] if told.draws else []
    ranked = _ranks(told)
    parts += [Part(ranked)] if len(ranked.entity) else []
    parts += [Part(influence(told.d, told.time, told.refits))] if told.refits else []
    return Chapter(
        "intervals", text("How sure D, its grade and its rank are"), tuple(parts), tuple(told.notes)
    )


def _regions(told: Telling, ruler: Ruler, x: FloatArray, spec: IntervalsSpec, stream: Stream) -> None:
    if ruler.held is not None:
        told.notes.append(text("Under a lock no region moves the D of another, so none is left out"))
        return
    told.fitted(without_regions(ruler, x))
    told.notes.append(
        text(
            "The band of regions is the least and largest D without another region: no sampling error of a population"
        )
    )
    if spec.bootstrap:
        drawn, again = drawn_regions(ruler, x, spec.draws, stream(BOOTSTRAP))
        told.drawn(BOOTSTRAP, drawn)
        if again:
            told.notes.append(
                text("{count} {count:sample|samples} of regions without weights drawn again", count=again)
            )


def _noise(
    told: Telling,
    ruler: Ruler,
    own: Behind,
    source: str,
    draw: Draw,
    again: Draw | None,
    spec: IntervalsSpec,
    stream: Stream,
) -> None:
    """Take draws of the cells: from each of them indicators, bounds, weights and D are made anew."""
    rng, sides = stream(source), Sides(own.values)
    out = np.empty((spec.draws, len(told.d)))
    for b in range(spec.draws):
        out[b] = ruler.degree(own.indicators(sides.kept(rng, draw(rng), again or draw)))
    told.drawn(source, out)
    if sides.again:
        told.notes.append(
            text(
                "{source}: {count} {count:cell|cells} in {draws} draws crossed zero and {count:was|were} drawn again",
                source=SOURCES[source],
                count=sides.again,
                draws=spec.draws,
            )
        )


def _errors(spec: IntervalsSpec, own: Behind) -> FloatArray:
    """Return the coefficient of variation of each column (q,); columns that are not named have no error."""
    if isinstance(spec.cv, dict):
        known(list(spec.cv), own.columns, "cv")
        return np.array([spec.cv.get(name, 0.0) for name in own.columns])
    return np.full(len(own.columns), 0.0 if spec.cv is None else spec.cv)


def _entities(panel: Panel) -> tuple[str, ...]:
    return tuple(panel.entities[code] for code in panel.entity_codes)


def _bands(told: Telling, spec: IntervalsSpec) -> Intervals:
    count, m = len(told.bands), len(told.d)
    return Intervals(
        entity=_entities(told.panel) * count,
        time=np.tile(told.time, count),
        source=tuple(source for source in told.bands for _ in range(m)),
        degree=np.tile(told.d, count),
        conf_low=np.concatenate([low for low, _ in told.bands.values()]),
        conf_high=np.concatenate([high for _, high in told.bands.values()]),
        draws=spec.draws if told.draws else 0,
    )


def _grades(told: Telling, grades: Classes) -> GradeProbability:
    entity = _entities(told.panel)
    own = grades.codes(told.d)
    rows: list[tuple[int, int, float, str]] = []
    printed: list[Text] = []
    for source, found in told.draws.items():
        share = grade_probability(found.drawn, grades)
        for i, code in enumerate(own):
            name = _printed(share[i], int(code), grades)
            for k in np.union1d(np.flatnonzero(share[i]), [code]):
                rows.append((i, int(k), float(share[i, k]), source))
                printed.append(name)
    at = np.array([row[0] for row in rows], dtype=np.intp)
    return GradeProbability(
        entity=tuple(entity[i] for i in at),
        time=told.time[at],
        grade=tuple(grades.names[row[1]] for row in rows),
        probability=np.array([row[2] for row in rows]),
        source=tuple(row[3] for row in rows),
        printed=tuple(printed),
        own=np.asarray(own[at], dtype=np.intp),
        code=np.array([row[1] for row in rows], dtype=np.intp),
        grades=grades.names,
    )


def _printed(share: FloatArray, own: int, grades: Classes) -> Text:
    """Return the grade of D, with its likeliest neighbour where the draws do not agree."""
    if share[own] >= LEVEL:
        return grades.names[own]
    others = share.copy()
    others[own] = -1.0
    pair = sorted((own, int(others.argmax())))
    return text("{lower} or {upper}", lower=grades.names[pair[0]], upper=grades.names[pair[1]])


def _ranks(told: Telling) -> RankRange:
    """Return the ranks by source: of draws marginal and simultaneous, of refits without an indicator their range."""
    own = ranks_of(told.d[None], told.time)[0]
    found: dict[str, tuple[FloatArray, FloatArray]] = {}
    for source, drawn in told.draws.items():
        found[source] = rank_interval(drawn.drawn, told.time)
        found[f"{source}, simultaneous"] = simultaneous_by_year(told.d, drawn.drawn, told.time)
    for refits in told.refits:
        if refits.source == "indicators":
            ranks = ranks_of(np.vstack([told.d, refits.degree]), told.time)
            found["indicators"] = ranks.min(axis=0), ranks.max(axis=0)
    m = len(own)
    return RankRange(
        entity=_entities(told.panel) * len(found),
        time=np.tile(told.time, len(found)),
        rank=np.tile(own, len(found)),
        low=np.concatenate([low for low, _ in found.values()]) if found else np.empty(0),
        high=np.concatenate([high for _, high in found.values()]) if found else np.empty(0),
        source=tuple(source for source in found for _ in range(m)),
    )
