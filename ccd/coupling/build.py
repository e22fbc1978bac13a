"""Coupling coordination of a panel's subsystem indices, with everything that stands beside D."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray, IntArray
from ccd.coupling.changes import changes
from ccd.coupling.degree import FORMULAS, FormulaName, comprehensive, coordination
from ccd.coupling.diagnose import lowest, obstacles, synchronous
from ccd.coupling.grades import Classes, Grades, classes, closure
from ccd.errors import DataError, StudyError, suggest
from ccd.panel import Panel
from ccd.results import (
    Coupling,
    CouplingResult,
    Degenerate,
    Degree,
    GradeCounts,
    IndexResult,
    Obstacles,
    Part,
    Value,
)
from ccd.spec import Spec
from ccd.words import Text, text

#: How many region-years a note lists.
SHOWN = 5


class CouplingSpec(Spec):
    """``[coupling]``: how subsystem indices become C, T and D (METHODS 2)."""

    formula: FormulaName = "standard"
    """Formula behind the columns C, T and D; the others stand beside them."""
    contribution: dict[str, float] = Field(default_factory=dict)
    """Contribution a_s of each subsystem to T, made to sum to one; none: equal."""
    grades: Grades = "ten"
    """Classes of D: ten of width 0.1, five of width 0.2, or cuts = [...] with names."""
    critical: float | None = Field(default=None, ge=0, le=1)
    """Critical value: region-years whose lowest subsystem lies under it are degenerate."""


def couple(panel: Panel, index: IndexResult, spec: CouplingSpec) -> CouplingResult:
    """Return C, T and D of every region-year by all formulas, with grades, bottlenecks and obstacles.

    Raises StudyError for a single subsystem or contributions that do not fit the subsystems, DataError
    for indices outside [0, 1]. Sources: METHODS 2.
    """
    subsystems = [str(column) for column in index.scores.columns]
    contribution = contributions(subsystems, spec.contribution)
    check_lock(index, spec, contribution)
    u = checked(panel, index)
    own = classes(spec.grades)
    found = degrees(panel, u, subsystems, contribution, spec, own)
    weak, weak_notes = degenerate(panel, u, subsystems, spec.critical)
    moved, moved_notes = changes(panel, found.c, found.t, found.d)
    parts: tuple[Part[Value], ...] = (
        Part(found),
        obstacle_part(panel, index, contribution),
        Part(graded(panel, found.d, own), notes=(closure(own),)),
        *moved,
        *weak,
    )
    return CouplingResult(
        frame=found.frame().iloc[:, 2:].set_axis(index.scores.index),
        formula=spec.formula,
        contribution={s: float(a) for s, a in zip(subsystems, contribution, strict=True)},
        parts=parts,
        notes=(closure(own), *zero_notes(index.scores), *weak_notes, *moved_notes),
    )


def contributions(subsystems: list[str], asked: Mapping[str, float]) -> FloatArray:
    """Return a_s (n,) in the order of ``subsystems``, summing to one. Raises StudyError."""
    where = text("study, {key}", key="[coupling] contribution")
    if len(subsystems) < 2:
        raise StudyError(
            text("coupling needs two subsystems or more"),
            where=text("study, {key}", key="[subsystems]"),
            fix=text("add a second [subsystems.NAME] table"),
        )
    if not asked:
        return np.full(len(subsystems), 1 / len(subsystems))
    for name in asked:
        if name not in subsystems:
            hint = suggest(name, subsystems)
            raise StudyError(
                text("there is no subsystem '{name}'", name=name),
                where=where,
                fix=text("{near}they are {subsystems}", near=hint, subsystems=tuple(subsystems)),
            )
    absent = [name for name in subsystems if name not in asked]
    if absent or any(not asked[name] > 0 for name in subsystems):
        named = tuple(absent or [name for name in subsystems if not asked[name] > 0])
        raise StudyError(
            text("{named}: no positive contribution is given", named=named),
            where=where,
            fix=text("give each subsystem a positive one, or leave the key out for equal ones"),
        )
    raw = np.array([asked[name] for name in subsystems], dtype=float)
    return np.asarray(raw / raw.sum())


def check_lock(index: IndexResult, spec: CouplingSpec, contribution: FloatArray) -> None:
    """Raise StudyError where the study's formula or contributions are not those of its lock."""
    held = index.locked
    if held is None:
        return
    shares = [held.contribution[str(s)] for s in index.scores.columns]
    if held.formula != spec.formula or not np.allclose(shares, contribution, rtol=0, atol=1e-12):
        listed = tuple(f"{s} = {a:g}" for s, a in zip(index.scores.columns, shares, strict=True))
        raise StudyError(
            text(
                'the lock was made with formula = "{formula}" and contributions {listed}',
                formula=held.formula,
                listed=listed,
            ),
            where=text("study, {key}", key="[coupling]"),
            fix=text("couple as the published numbers were, or make a new lock"),
        )


def checked(panel: Panel, index: IndexResult) -> FloatArray:
    """Return U (m, n). Raises StudyError for z-scores, DataError naming the first index outside [0, 1]."""
    if index.scale == "zscore":
        raise StudyError(
            text("z-scores cannot be coupled: they are not in [0, 1]"),
            where=text("study, {key}", key="[index] scale"),
            fix=text('choose scale = "minmax", or another that ends in [0, 1]'),
        )
    u = index.scores.to_numpy(dtype=np.float64)
    outside = ~((u >= 0) & (u <= 1))
    if outside.any():
        row, column = (int(k) for k in np.argwhere(outside)[0])
        entity, year = index.scores.index[row]
        raise DataError(
            text(
                "the index '{index}' is {value:g}, outside [0, 1]",
                index=index.scores.columns[column],
                value=u[row, column],
            ),
            where=f"{panel.source}, {entity} {year}",
            fix=text('choose [index] scale = "minmax", or another that ends in [0, 1]'),
        )
    return u


def degrees(
    panel: Panel,
    u: FloatArray,
    subsystems: Sequence[str],
    contribution: FloatArray,
    spec: CouplingSpec,
    own: Classes,
) -> Coupling:
    """Return C, T and D of u (n, s) by all formulas, with grade and lowest subsystem."""
    t = comprehensive(u, contribution)
    c = {name: formula(u) for name, formula in FORMULAS.items()}
    d = {name: coordination(c[name], t) for name in FORMULAS}
    low = lowest(u)
    patterns, code = np.unique(low @ (2 ** np.arange(u.shape[1])), return_inverse=True)
    listed = [tuple(s for k, s in enumerate(subsystems) if int(pattern) >> k & 1) for pattern in patterns]
    grade = [str(name) for name in own.names]
    beside = ("wang2021", "fan2024") if spec.formula == "standard" else ("wang2021", "fan2024", "standard")
    return Coupling(
        entity=entities(panel),
        year=panel.years,
        c=c[spec.formula],
        t=t,
        d=d[spec.formula],
        grade=tuple(grade[k] for k in own.codes(d[spec.formula])),
        lowest=tuple(listed[k] for k in code),
        synchronous=synchronous(u),
        zero=np.asarray((u == 0).any(axis=1)),
        beside={name: Degree(c[name], d[name]) for name in beside},
        degenerate=None if spec.critical is None else np.asarray(u.min(axis=1) < spec.critical),
        entity_name=panel.entity_name,
        time_name=panel.time_name,
    )


def entities(panel: Panel, rows: IntArray | slice = slice(None)) -> tuple[str, ...]:
    """Return the region of each row."""
    return tuple(panel.entities[code] for code in panel.entity_codes[rows])


def zero_notes(scores: pd.DataFrame) -> list[Text]:
    """Return a note on region-years with an index of zero."""
    zero = scores.index[(scores == 0).any(axis=1)]
    if not len(zero):
        return []
    note = text(
        "{count} {count:region-year has|region-years have} an index of zero, so C = D = 0 there "
        "(fan2024 keeps its value): {where}{more}",
        count=len(zero),
        where=tuple(f"{entity} {year}" for entity, year in zero[:SHOWN]),
        more=", ..." if len(zero) > SHOWN else "",
    )
    return [note]


def degenerate(
    panel: Panel, u: FloatArray, subsystems: Sequence[str], critical: float | None
) -> tuple[list[Part[Value]], list[Text]]:
    """Return the region-years whose lowest subsystem is under the critical value, and a count."""
    if critical is None:
        return [], []
    rows = np.flatnonzero(u.min(axis=1) < critical)
    found = Degenerate(
        entity=entities(panel, rows),
        year=panel.years[rows],
        subsystem=tuple(subsystems[k] for k in u[rows].argmin(axis=1)),
        index=u[rows].min(axis=1),
        critical=critical,
        entity_name=panel.entity_name,
        time_name=panel.time_name,
    )
    note = text(
        "{count} of {total} region-years {count:has|have} a subsystem under the critical value {critical:g}",
        count=len(rows),
        total=len(u),
        critical=critical,
    )
    return [Part(found)], [note]


def obstacle_part(panel: Panel, index: IndexResult, contribution: FloatArray) -> Part[Obstacles]:
    """Return the obstacle degree of each indicator, means over entities by year."""
    weights = index.weights
    order = {str(name): k for k, name in enumerate(index.scores.columns)}
    share = contribution[[order[s] for s in weights.subsystem]]
    z = index.scaled[list(weights.indicator)].to_numpy()
    degree = obstacles(z, weights.weight, share)
    times, code = np.unique(panel.years, return_inverse=True)
    known = np.isfinite(degree[:, 0])
    count = np.bincount(code[known], minlength=len(times)).astype(float)
    columns = [np.bincount(code[known], column[known], minlength=len(times)) for column in degree.T]
    with np.errstate(invalid="ignore"):
        mean = np.column_stack(columns) / count[:, None]
    found = Obstacles(times, weights.indicator, weights.subsystem, mean, panel.time_name)
    left_out = int((~known).sum())
    note = text(
        "{count} {count:region-year has|region-years have} every indicator at its best, so no "
        "obstacle degree",
        count=left_out,
    )
    return Part(found, notes=(note,) if left_out else ())


def graded(panel: Panel, d: FloatArray, own: Classes) -> GradeCounts:
    """Return the count of region-years in each class by year, empty classes included."""
    times, code = np.unique(panel.years, return_inverse=True)
    classed = own.codes(d)
    k = len(own.names)
    counts = np.bincount(code * k + classed, minlength=len(times) * k).reshape(len(times), k)
    return GradeCounts(
        year=times,
        grade=tuple(str(name) for name in own.names),
        interval=tuple(own.interval(j) for j in range(k)),
        count=counts,
        time_name=panel.time_name,
    )
