"""Subsystem indices from a panel: scale, weigh, add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.index.fit import Fitted, IndexSpec, Member, columns_of, fit, members
from ccd.index.gaps import check_cells, fill_gaps
from ccd.index.lock import BOUNDS, check_lock, ordered, read_lock, revised
from ccd.index.scale import SCALES, Bounds, Subsystems
from ccd.panel import Panel
from ccd.results import IndexResult, Part, loose
from ccd.words import Text, text

__all__ = ["IndexSpec", "Subsystems", "build_index"]

#: How many cells a note lists; the part beside it lists all.
SHOWN = 5
#: Rounding error of z and of a weighted sum: this little outside [0, 1] is inside.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Ruler:
    """Bounds and weights to apply, from the data or from a lock, under the names of their choices."""

    scale: str
    weighting: str
    fitted: Fitted
    notes: tuple[Text, ...]
    facts: Mapping[str, object] = field(default_factory=dict)


def build_index(panel: Panel, subsystems: Subsystems, spec: IndexSpec, base: Path | None) -> IndexResult:
    """Return the subsystem indices U (region-years x subsystems) with weights, z and notes.

    ``base`` is the folder that a relative ``lock`` starts from. Raises DataError where a cell cannot be
    scaled or weighed, StudyError where the study contradicts itself or its lock. Source: METHODS 1.
    """
    listed = members(subsystems)
    indicators = [member.indicator for member in listed]
    full, imputed, notes = fill_gaps(panel, indicators, spec.impute)
    check_cells(full, indicators, imputed=spec.impute is not None)
    x = np.column_stack([full.column(indicator) for indicator in indicators])
    ruler = locked(panel, listed, spec, base) if spec.lock else fresh(full, x, listed, spec)
    z = SCALES[ruler.scale](x, [member.direction for member in listed], ruler.fitted.bounds)
    scaled = pd.DataFrame(z, index=panel.frame.index, columns=indicators)
    scores = add_up(scaled, ruler.fitted.weights, listed)
    beyond: list[Part] = []
    if ruler.scale != "zscore":
        scores, beyond, clip_notes = clip(full, scaled, scores)
        notes += clip_notes
    weights = weights_frame(listed, ruler.fitted)
    parts = [loose("weights", weights), loose("scores", scores.reset_index())]
    parts += bounds_part(listed, ruler.fitted.bounds)
    parts += [loose("cells", imputed, "imputed")] if len(imputed) else []
    return IndexResult(
        scores=scores,
        scaled=scaled,
        weights=weights,
        parts=(*parts, *beyond),
        notes=(*ruler.notes, *notes),
        facts={"scale": ruler.scale, "weights": ruler.weighting, "nobs": len(x), **ruler.facts},
    )


def fresh(panel: Panel, x: FloatArray, listed: Sequence[Member], spec: IndexSpec) -> Ruler:
    """Return bounds and weights fitted on the data x (n, k)."""
    notes: list[Text] = []
    if spec.fit_years:
        first, last = max(spec.fit_years[0], panel.times[0]), min(spec.fit_years[1], panel.times[-1])
        notes.append(text("Bounds and weights fitted on {first}-{last}", first=first, last=last))
    if spec.scale == "per-year":
        notes.append(
            text(
                "Indicators scaled within each year: levels of different years cannot be compared, so neither "
                "trends nor convergence nor effects can be read from these indices"
            )
        )
    if spec.scale == "zscore":
        notes.append(text("z-scores are not in [0, 1]: these indices cannot be coupled"))
    return Ruler(spec.scale, spec.weights, fit(panel, x, listed, spec), tuple(notes))


def locked(panel: Panel, listed: Sequence[Member], spec: IndexSpec, base: Path | None) -> Ruler:
    """Return bounds and weights of the lock file that the study names."""
    lock = read_lock((base or Path()) / str(spec.lock))
    check_lock(lock, listed, spec)
    first, last = lock.years
    note = text("Bounds and weights locked on {first}-{last}", first=first, last=last)
    facts = {"locked_formula": lock.formula, "locked_contribution": dict(lock.contribution)}
    fitted = ordered(lock, listed).fitted()
    return Ruler(lock.scale, lock.weights, fitted, (note, *revised(lock, panel, listed)), facts)


def add_up(scaled: pd.DataFrame, weights: FloatArray, listed: Sequence[Member]) -> pd.DataFrame:
    """Return U_s = sum_j w_j z_j, region-years x subsystems.

    Term by term, so that a row's last digit does not depend on how many rows there are (lock).
    """
    z = scaled.to_numpy()
    columns: dict[str, FloatArray] = {}
    for subsystem, own in columns_of(listed).items():
        total = np.zeros(len(z))
        for j in own:
            total += weights[j] * z[:, j]
        columns[subsystem] = total
    return pd.DataFrame(columns, index=scaled.index)


def clip(
    panel: Panel, scaled: pd.DataFrame, scores: pd.DataFrame
) -> tuple[pd.DataFrame, list[Part], list[Text]]:
    """Return scores inside [0, 1], and what lay beyond: cells of z (left as they are) and indices.

    Cells lie beyond under bounds from other data (a lock, ``fit_years``); elsewhere there are none.
    """
    parts: list[Part] = []
    notes: list[Text] = []
    cells = beyond(scaled, "indicator", "scaled")
    if len(cells):
        rows = panel.frame.index.get_indexer(pd.MultiIndex.from_frame(cells.iloc[:, :2]))
        values = [panel.column(name)[row] for name, row in zip(cells["indicator"], rows, strict=True)]
        cells.insert(3, "value", values)
        parts.append(loose("cells", cells, "outside"))
        notes.append(
            text(
                "{count} cells lie outside the bounds and are kept: {where}{more} (listed in outside.csv)",
                count=len(cells),
                where=places(cells, "indicator"),
                more=more(cells),
            )
        )
    cut = beyond(scores, "subsystem", "index")
    if len(cut):
        parts.append(loose("cells", cut, "clipped"))
        notes.append(
            text(
                "{count} indices lie outside [0, 1] and are clipped: {where}{more} (listed in clipped.csv)",
                count=len(cut),
                where=places(cut, "subsystem"),
                more=more(cut),
            )
        )
    return scores.clip(0.0, 1.0), parts, notes


def beyond(frame: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Return the cells of ``frame`` outside [0, 1]: entity, time, ``column``, ``value``."""
    matrix = frame.to_numpy()
    row, position = np.nonzero((matrix < -ROUNDING) | (matrix > 1 + ROUNDING))
    cells = frame.index[row].to_frame(index=False)
    cells[column] = frame.columns.to_numpy()[position]
    cells[value] = matrix[row, position]
    return cells


def places(cells: pd.DataFrame, column: str) -> tuple[str, ...]:
    """Return the first cells as words."""
    first = cells.head(SHOWN)
    return tuple(
        f"{name} {entity} {year}"
        for entity, year, name in zip(first.iloc[:, 0], first.iloc[:, 1], first[column], strict=True)
    )


def more(cells: pd.DataFrame) -> str:
    """Return an ellipsis when not every cell is shown."""
    return ", ..." if len(cells) > SHOWN else ""


def weights_frame(listed: Sequence[Member], fitted: Fitted) -> pd.DataFrame:
    """Return the shape ``weights``."""
    columns: dict[str, object] = {
        "subsystem": [member.subsystem for member in listed],
        "indicator": [member.indicator for member in listed],
        "direction": [str(member.direction) for member in listed],
        "entropy": fitted.entropy,
        "redundancy": 1 - fitted.entropy,
        "weight": fitted.weights,
    }
    return pd.DataFrame(columns)


def bounds_part(listed: Sequence[Member], bounds: Bounds) -> list[Part]:
    """Return the shape ``bounds``, or nothing where every year has its own."""
    if bounds.low.ndim > 1:
        return []
    columns: dict[str, object] = {
        "subsystem": [member.subsystem for member in listed],
        "indicator": [member.indicator for member in listed],
        **{name: getattr(bounds, name) for name in BOUNDS},
    }
    return [loose("bounds", pd.DataFrame(columns))]
