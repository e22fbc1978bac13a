"""``[efficiency.NAME]``: data envelopment analysis as columns, made before the index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError
from ccd.measures.bootstrap import bootstrapped
from ccd.measures.malmquist import malmquist
from ccd.measures.programmes import chained, radial, slacks, super_slacks
from ccd.panel import Panel
from ccd.results import Chapter, CouplingResult, Efficiency, IndexResult, Malmquist, Part, Value
from ccd.section import Section
from ccd.streams import Stream, fingerprint
from ccd.words import Name, text

#: What each of the columns adds to the section's name, in the order of the page.
ENDS = ("", "_crs", "_pure", "_scale", "_sbm", "_super")
STAGES = ("_first", "_second")
DRAWN = ("_corrected", "_low", "_high")
CHANGES = ("_malmquist", "_catchup", "_pure_change", "_scale_change", "_technical")
#: A slacks-based score from here on is 1: such a unit gets its super-efficiency.
EFFICIENT = 1 - 1e-7


class EfficiencySpec(Section):
    """``[efficiency.NAME]``: scores of each region-year against a frontier, as columns NAME, NAME_pure and so on."""

    inputs: tuple[str, ...] = Field(min_length=1)
    """Columns that go in; every cell above 0."""
    outputs: tuple[str, ...] = Field(min_length=1)
    """Columns that come out; every cell above 0."""
    between: tuple[str, ...] = ()
    """Columns that a first stage makes and a second uses up; none: one stage."""
    lag: int = Field(default=0, ge=0)
    """Years from inputs (and what lies between) to outputs; the scores stand in the row of the outputs."""
    frontier: Literal["global", "year"] = "global"
    """One frontier of all years, or one a year."""
    orientation: Literal["in", "out"] = "in"
    """Fewer inputs at these outputs, or more outputs at these inputs (the score is 1/phi)."""
    sbm: Literal["both", "in", "out"] = "both"
    """Slacks that the slacks-based and super-efficient scores count: of both sides, or of one."""
    malmquist: Literal["global", "adjacent"] = "global"
    """Productivity change against one frontier of all years, or the mean over those of both years."""
    draws: int = Field(default=0, ge=0)
    """Draws of the smoothed bootstrap that takes the bias out of CCR: columns _corrected, _low, _high; 0: none."""

    def columns(self) -> tuple[str, ...]:
        """Return inputs, what lies between, and outputs."""
        return tuple(dict.fromkeys((*self.inputs, *self.between, *self.outputs)))

    def made(self, name: str) -> tuple[str, ...]:
        """Return the columns that the section makes under its name."""
        ends = (*ENDS, *(STAGES if self.between else ()), *(DRAWN if self.draws else ()), *CHANGES)
        return tuple(f"{name}{end}" for end in ends)

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return the scores and the changes that the columns hold."""
        name = stream.model.rpartition(".")[2]  # a stream is named by the key of its section
        known = np.isfinite(panel.column(f"{name}_crs"))
        entity = tuple(panel.entities[i] for i in panel.entity_codes[known])
        year = panel.years[known].astype(np.intp)

        def column(end: str) -> FloatArray:
            return panel.column(f"{name}{end}")[known]

        scores = Efficiency(
            entity=entity,
            time=year,
            crs=column("_crs"),
            vrs=column("_pure"),
            scale=column("_scale"),
            sbm=column("_sbm"),
            super=column("_super"),
            whole=column("") if self.between else None,
            first=column("_first") if self.between else None,
            second=column("_second") if self.between else None,
            corrected=column("_corrected") if self.draws else None,
            conf_low=column("_low") if self.draws else None,
            conf_high=column("_high") if self.draws else None,
            name=name,
            frontier=self.frontier,
            orientation=self.orientation,
        )
        parts: list[Part[Value]] = [Part(scores)]
        changed = np.isfinite(column("_malmquist"))
        if changed.any():
            index_, catchup, pure, scale, technical = (column(end)[changed] for end in CHANGES)
            parts.append(
                Part(
                    Malmquist(
                        entity=tuple(e for e, c in zip(entity, changed, strict=True) if c),
                        time=year[changed],
                        index=index_,
                        efficiency=catchup,
                        pure=pure,
                        scale=scale,
                        technical=technical,
                        frontiers=self.malmquist,
                    )
                )
            )
        return Chapter(f"efficiency_{name}", text("Efficiency: {name}", name=Name(name)), tuple(parts))


def with_efficiency(panel: Panel, specs: Mapping[str, EfficiencySpec]) -> Panel:
    """Return the panel with the columns of each section, in order: later ones may use those of earlier ones.

    Raises DataError for a name that is taken, an unknown column, or a cell that is not above 0.
    """
    for name, spec in specs.items():
        for made in spec.made(name):
            if made in panel.frame.columns or made in panel.groups.columns:
                raise DataError(
                    text("'{column}' is already a column of the data", column=made),
                    where=text("study, [efficiency] {name}", name=name),
                    fix=text("give the section another name"),
                )
        panel = _measured(panel, name, spec)
    return panel


def _measured(panel: Panel, name: str, spec: EfficiencySpec) -> Panel:
    x, z = (_block(panel, name, columns, spec.lag) for columns in (spec.inputs, spec.between))
    y = _block(panel, name, spec.outputs, 0)
    known: BoolArray = np.asarray(np.isfinite(np.hstack([x, z, y])).all(axis=1))
    if not known.any():
        raise DataError(
            text("no row has all inputs and outputs"),
            where=text("study, [efficiency] {name}", name=name),
            fix=text("name columns with figures"),
        )
    notes = []
    if (lost := int((~known).sum())) > 0:
        notes.append(
            text("{name}: {count} {count:row|rows} without all inputs and outputs have no score", name=Name(name),
                 count=lost)
        )  # fmt: skip
    rows = np.flatnonzero(known)
    years = panel.years[rows].astype(np.intp)
    m, s = len(spec.inputs), len(spec.outputs)
    units = len(rows) if spec.frontier == "global" else int(np.unique(years, return_counts=True)[1].min())
    if units < max(m * s, 3 * (m + s)):
        notes.append(
            text("{name}: {units} units on a frontier of {inputs} inputs and {outputs} outputs, fewer than {least}: "
                 "most scores near 1 say little", name=Name(name), units=units, inputs=m, outputs=s,
                 least=max(m * s, 3 * (m + s)))
        )  # fmt: skip
    found = _scores(x[rows], z[rows], y[rows], years, spec)
    if spec.draws:
        found |= _corrected(x[rows], y[rows], years, found["_crs"], spec)
    before = panel.earlier(1)[rows]
    place = np.full(len(known) + 1, -1)
    place[rows] = np.arange(len(rows))
    change = malmquist(
        x[rows],
        y[rows],
        years,
        place[before],
        adjacent=spec.malmquist == "adjacent",
        out=spec.orientation == "out",
    )
    found |= dict(
        zip(
            CHANGES,
            (change.index, change.efficiency, change.pure, change.scale, change.technical),
            strict=True,
        )
    )
    whole = {}
    for made in spec.made(name):
        column = np.full(len(known), np.nan)
        column[rows] = found[made.removeprefix(name)]
        whole[made] = column
    return panel.with_columns(pd.DataFrame(whole, index=panel.frame.index)).noted(notes)


def _block(panel: Panel, name: str, columns: tuple[str, ...], lag: int) -> FloatArray:
    """Return columns, (n, k), ``lag`` years before; every cell is missing or above 0."""
    for column in columns:
        bad: BoolArray = panel.column(column) <= 0
        if bad.any():
            entity, year = panel.frame.index[int(np.argmax(bad))]
            raise DataError(
                text("{value:g} is not above 0 ({count} {count:cell|cells} in all): [efficiency] {name}",
                     value=float(panel.column(column)[int(np.argmax(bad))]), count=int(bad.sum()), name=name),
                where=text("{file}, column {column}, {region} {year}",
                           file=panel.source, column=column, region=entity, year=year),
                fix=text("leave these regions out, or name another column"),
            )  # fmt: skip
    if not columns:
        return np.zeros((len(panel.frame), 0))
    return panel.lagged(columns, lag)[[*columns]].to_numpy(dtype=np.float64)


def _scores(
    x: FloatArray, z: FloatArray, y: FloatArray, years: IntArray, spec: EfficiencySpec
) -> dict[str, FloatArray]:
    """Return the scores of rows with all figures, by the end of their column, (n,) each."""
    n, out = len(x), spec.orientation == "out"
    found = {end: np.full(n, np.nan) for end in (*ENDS, *STAGES)}
    for i in range(n):
        on = np.arange(n) if spec.frontier == "global" else np.flatnonzero(years == years[i])
        others = on[on != i]
        found["_crs"][i] = radial(x[on], y[on], x[i], y[i], out=out)
        found["_pure"][i] = radial(x[on], y[on], x[i], y[i], out=out, vrs=True)
        found["_sbm"][i] = slacks(x[on], y[on], x[i], y[i], spec.sbm)
        found["_super"][i] = found["_sbm"][i]
        if found["_sbm"][i] >= EFFICIENT:
            found["_super"][i] = (
                super_slacks(x[others], y[others], x[i], y[i], spec.sbm) if len(others) else np.nan
            )
        if spec.between:
            whole = chained(x[on], z[on], y[on], x[i], z[i], y[i])
            found[""][i], found["_first"][i], found["_second"][i] = whole
    found["_scale"] = found["_crs"] / found["_pure"]
    if not spec.between:
        found[""] = found["_crs"].copy()
    return found


def _corrected(
    x: FloatArray, y: FloatArray, years: IntArray, scores: FloatArray, spec: EfficiencySpec
) -> dict[str, FloatArray]:
    """Return CCR less its bias and its interval, by the end of their column, (n,) each."""
    found = {end: np.full(len(x), np.nan) for end in DRAWN}
    groups = [np.arange(len(x))]
    if spec.frontier == "year":
        groups = [np.flatnonzero(years == year) for year in np.unique(years)]
    # the columns are the data's, whatever the seed of the study
    stream = Stream(0, fingerprint(x.tolist(), y.tolist(), spec.orientation))
    for k, on in enumerate(groups):
        drawn = bootstrapped(
            x[on], y[on], scores[on], spec.draws, stream(f"frontier {k}"), out=spec.orientation == "out"
        )
        for end, values in zip(DRAWN, (drawn.score, drawn.low, drawn.high), strict=True):
            found[end][on] = values
    return found
