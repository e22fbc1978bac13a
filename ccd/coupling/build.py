"""Coupling coordination of a panel's subsystem indices, with everything that stands beside D."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.coupling.changes import changes
from ccd.coupling.degree import FORMULAS, FormulaName, comprehensive, coordination
from ccd.coupling.diagnose import lowest, obstacles, synchronous
from ccd.coupling.grades import Classes, Grades, classes, closure
from ccd.errors import DataError, StudyError, suggest
from ccd.panel import Panel
from ccd.results import CouplingResult, IndexResult, Part, loose
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
    frame = degrees(index.scores, u, contribution, spec, own)
    weak, weak_notes = degenerate(panel, index.scores, spec.critical)
    moved, moved_notes = changes(panel, frame)
    parts = (
        loose("coupling", frame.reset_index()),
        obstacle_part(panel, index, contribution),
        grades_part(panel, frame, own),
        *moved,
        *weak,
    )
    facts = {
        "formula": spec.formula,
        "contribution": {s: float(a) for s, a in zip(subsystems, contribution, strict=True)},
        "subsystems": subsystems,
    }
    notes = (closure(own), *zero_notes(index.scores), *weak_notes, *moved_notes)
    return CouplingResult(frame, parts, notes, facts)


def contributions(subsystems: list[str], asked: Mapping[str, float]) -> FloatArray:
    """Return a_s (n,) in the order of ``subsystems``, summing to one. Raises StudyError."""
    where = "study, [coupling] contribution"
    if len(subsystems) < 2:
        raise StudyError(
            "coupling needs two subsystems or more",
            where="study, [subsystems]",
            fix="add a second [subsystems.NAME] table",
        )
    if not asked:
        return np.full(len(subsystems), 1 / len(subsystems))
    for name in asked:
        if name not in subsystems:
            hint = suggest(name, subsystems)
            raise StudyError(
                f"there is no subsystem '{name}'", where=where, fix=f"{hint}they are {', '.join(subsystems)}"
            )
    absent = [name for name in subsystems if name not in asked]
    if absent or any(not asked[name] > 0 for name in subsystems):
        named = ", ".join(absent or [name for name in subsystems if not asked[name] > 0])
        raise StudyError(
            f"{named}: no positive contribution is given",
            where=where,
            fix="give each subsystem a positive one, or leave the key out for equal ones",
        )
    raw = np.array([asked[name] for name in subsystems], dtype=float)
    return np.asarray(raw / raw.sum())


def check_lock(index: IndexResult, spec: CouplingSpec, contribution: FloatArray) -> None:
    """Raise StudyError where the study's formula or contributions are not those of its lock."""
    formula = index.facts.get("locked_formula")
    if formula is None:
        return
    held = index.facts["locked_contribution"]
    shares = [held[str(s)] for s in index.scores.columns] if isinstance(held, Mapping) else []
    if formula != spec.formula or not np.allclose(shares, contribution, rtol=0, atol=1e-12):
        listed = ", ".join(f"{s} = {a:g}" for s, a in zip(index.scores.columns, shares, strict=True))
        raise StudyError(
            f'the lock was made with formula = "{formula}" and contributions {listed}',
            where="study, [coupling]",
            fix="couple as the published numbers were, or make a new lock",
        )


def checked(panel: Panel, index: IndexResult) -> FloatArray:
    """Return U (m, n). Raises StudyError for z-scores, DataError naming the first index outside [0, 1]."""
    if index.facts.get("scale") == "zscore":
        raise StudyError(
            "z-scores cannot be coupled: they are not in [0, 1]",
            where="study, [index] scale",
            fix='choose scale = "minmax", or another that ends in [0, 1]',
        )
    u = index.scores.to_numpy(dtype=np.float64)
    outside = ~((u >= 0) & (u <= 1))
    if outside.any():
        row, column = (int(k) for k in np.argwhere(outside)[0])
        entity, year = index.scores.index[row]
        raise DataError(
            f"the index '{index.scores.columns[column]}' is {u[row, column]:g}, outside [0, 1]",
            where=f"{panel.source}, {entity} {year}",
            fix='choose [index] scale = "minmax", or another that ends in [0, 1]',
        )
    return u


def degrees(
    scores: pd.DataFrame, u: FloatArray, contribution: FloatArray, spec: CouplingSpec, own: Classes
) -> pd.DataFrame:
    """Return the frame of coupling.csv, indexed like ``scores``."""
    t = comprehensive(u, contribution)
    c = {name: formula(u) for name, formula in FORMULAS.items()}
    d = {name: coordination(c[name], t) for name in FORMULAS}
    low = lowest(u)
    patterns, code = np.unique(low @ (2 ** np.arange(u.shape[1])), return_inverse=True)
    listed = [
        "; ".join(str(s) for k, s in enumerate(scores.columns) if int(pattern) >> k & 1)
        for pattern in patterns
    ]
    named = np.array(listed, dtype=object)[code]
    grade = np.array([str(name) for name in own.names], dtype=object)
    columns: dict[str, object] = {
        "C": c[spec.formula],
        "T": t,
        "D": d[spec.formula],
        "grade": grade[own.codes(d[spec.formula])],
        "bottleneck": np.where(synchronous(u), "synchronous", named),
    }
    beside = ("wang2021", "fan2024") if spec.formula == "standard" else ("wang2021", "fan2024", "standard")
    for name in beside:
        columns |= {f"C_{name}": c[name], f"D_{name}": d[name]}
    columns |= {"lowest": named, "zero": (u == 0).any(axis=1)}
    if spec.critical is not None:
        columns["degenerate"] = u.min(axis=1) < spec.critical
    return pd.DataFrame(columns, index=scores.index)


def zero_notes(scores: pd.DataFrame) -> list[Text]:
    """Return a note on region-years with an index of zero."""
    zero = scores.index[(scores == 0).any(axis=1)]
    if not len(zero):
        return []
    note = text(
        "{count} region-years have an index of zero, so C = D = 0 there (fan2024 keeps its value): {where}{more}",
        count=len(zero),
        where=tuple(f"{entity} {year}" for entity, year in zero[:SHOWN]),
        more=", ..." if len(zero) > SHOWN else "",
    )
    return [note]


def degenerate(panel: Panel, scores: pd.DataFrame, critical: float | None) -> tuple[list[Part], list[Text]]:
    """Return the region-years whose lowest subsystem is under the critical value, and a count."""
    if critical is None:
        return [], []
    u = scores.to_numpy()
    rows = u.min(axis=1) < critical
    frame = scores.index[rows].to_frame(index=False)
    frame["subsystem"] = scores.columns.to_numpy()[u[rows].argmin(axis=1)]
    frame["index"] = u[rows].min(axis=1)
    note = text(
        "{count} of {total} region-years have a subsystem under the critical value {critical:g}",
        count=int(rows.sum()),
        total=len(u),
        critical=critical,
    )
    return [loose("degenerate", frame, facts={"critical": critical})], [note]


def obstacle_part(panel: Panel, index: IndexResult, contribution: FloatArray) -> Part:
    """Return the obstacle degree of each indicator, means over entities by year."""
    weights = index.weights
    order = {str(name): k for k, name in enumerate(index.scores.columns)}
    share = contribution[[order[s] for s in weights["subsystem"]]]
    z = index.scaled[list(weights["indicator"])].to_numpy()
    degree = obstacles(z, weights["weight"].to_numpy(), share)
    times, code = np.unique(panel.years, return_inverse=True)
    known = np.isfinite(degree[:, 0])
    count = np.bincount(code[known], minlength=len(times)).astype(float)
    columns = [np.bincount(code[known], column[known], minlength=len(times)) for column in degree.T]
    with np.errstate(invalid="ignore"):
        mean = np.column_stack(columns) / count[:, None]
    frame = pd.DataFrame(
        {
            panel.time_name: np.repeat(times, len(weights)),
            "indicator": np.tile(weights["indicator"].to_numpy(), len(times)),
            "degree": mean.ravel(),
            "subsystem": np.tile(weights["subsystem"].to_numpy(), len(times)),
        }
    )
    left_out = int((~known).sum())
    note = text(
        "{count} region-years have every indicator at its best, so no obstacle degree", count=left_out
    )
    return loose("obstacles", frame, facts={"time": panel.time_name}, notes=(note,) if left_out else ())


def grades_part(panel: Panel, frame: pd.DataFrame, own: Classes) -> Part:
    """Return the count and share of region-years in each class by year, empty classes included."""
    times, code = np.unique(panel.years, return_inverse=True)
    classed = own.codes(frame["D"].to_numpy())
    k = len(own.names)
    counts = np.bincount(code * k + classed, minlength=len(times) * k).reshape(len(times), k)
    table = pd.DataFrame(
        {
            panel.time_name: np.repeat(times, k),
            "grade": np.tile([str(name) for name in own.names], len(times)),
            "count": counts.ravel(),
            "share": (counts / counts.sum(axis=1, keepdims=True)).ravel(),
            "interval": np.tile([own.interval(j) for j in range(k)], len(times)),
        }
    )
    return loose("grades", table, facts={"time": panel.time_name}, notes=(closure(own),))
