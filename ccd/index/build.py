"""Subsystem indices from a panel: scale, weigh, add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.index.fit import Fitted, IndexSpec, Member, columns_of, fit, members
from ccd.index.gaps import cells_at, check_cells, fill_gaps
from ccd.index.lock import check_lock, ordered, read_lock, revised
from ccd.index.scale import SCALES, Bounds, Subsystems
from ccd.panel import Panel
from ccd.results import Cells, IndexBounds, IndexResult, LockedFormula, Part, Scores, Value, Weights
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
    formula: LockedFormula | None = None


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
    cut: list[Part[Value]] = []
    if ruler.scale != "zscore":
        scores, cut, clip_notes = clip(full, scaled, scores)
        notes += clip_notes
    weights = weights_of(listed, ruler.fitted)
    bounds = bounds_of(listed, ruler.fitted.bounds)
    parts: list[Part[Value]] = [Part(weights), Part(scores_of(panel, scores))]
    parts += [] if bounds is None else [Part(bounds)]
    parts += [] if imputed is None else [Part(imputed, "imputed")]
    return IndexResult(
        scores=scores,
        scaled=scaled,
        weights=weights,
        scale=ruler.scale,
        weighting=ruler.weighting,
        bounds=bounds,
        locked=ruler.formula,
        parts=(*parts, *cut),
        notes=(*ruler.notes, *notes),
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
    held = None if lock.formula is None else LockedFormula(lock.formula, dict(lock.contribution))
    fitted = ordered(lock, listed).fitted()
    return Ruler(lock.scale, lock.weights, fitted, (note, *revised(lock, panel, listed)), held)


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
) -> tuple[pd.DataFrame, list[Part[Value]], list[Text]]:
    """Return scores inside [0, 1], and what lay beyond: cells of z (left as they are) and indices.

    Cells lie beyond under bounds from other data (a lock, ``fit_years``); elsewhere there are none.
    """
    parts: list[Part[Value]] = []
    notes: list[Text] = []
    z, u = scaled.to_numpy(), scores.to_numpy()
    row, column = beyond(z)
    if len(row):
        indicators = [str(scaled.columns[j]) for j in column]
        values = np.array([panel.column(name)[i] for name, i in zip(indicators, row, strict=True)])
        cells = cells_at(panel, row, indicator=tuple(indicators), value=values, scaled=z[row, column])
        parts.append(Part(cells, "outside"))
        notes.append(
            text(
                "{count} {count:cell lies|cells lie} outside the bounds and {count:is|are} kept: "
                "{where}{more} (listed in outside.csv)",
                count=len(row),
                where=places(cells, indicators),
                more=more(row),
            )
        )
    row, column = beyond(u)
    if len(row):
        subsystems = [str(scores.columns[j]) for j in column]
        cells = cells_at(panel, row, subsystem=tuple(subsystems), index=u[row, column])
        parts.append(Part(cells, "clipped"))
        notes.append(
            text(
                "{count} {count:index lies|indices lie} outside [0, 1] and {count:is|are} clipped: "
                "{where}{more} (listed in clipped.csv)",
                count=len(row),
                where=places(cells, subsystems),
                more=more(row),
            )
        )
    return scores.clip(0.0, 1.0), parts, notes


def beyond(matrix: FloatArray) -> tuple[IntArray, IntArray]:
    """Return row and column of the cells of ``matrix`` (n, k) outside [0, 1], each (cells,)."""
    row, column = np.nonzero((matrix < -ROUNDING) | (matrix > 1 + ROUNDING))
    return row, column


def places(cells: Cells, names: Sequence[str]) -> tuple[str, ...]:
    """Return the first cells as words."""
    first = zip(names[:SHOWN], cells.entity[:SHOWN], cells.year[:SHOWN], strict=True)
    return tuple(f"{name} {entity} {year}" for name, entity, year in first)


def more(cells: IntArray) -> str:
    """Return an ellipsis when not every cell is shown."""
    return ", ..." if len(cells) > SHOWN else ""


def scores_of(panel: Panel, scores: pd.DataFrame) -> Scores:
    """Return the indices as a part holds them."""
    columns = {str(name): scores[name].to_numpy() for name in scores}
    entities = tuple(panel.entities[code] for code in panel.entity_codes)
    return Scores(entities, panel.years, columns, panel.entity_name, panel.time_name)


def weights_of(listed: Sequence[Member], fitted: Fitted) -> Weights:
    """Return what each indicator counts."""
    return Weights(
        subsystem=tuple(member.subsystem for member in listed),
        indicator=tuple(member.indicator for member in listed),
        direction=tuple(str(member.direction) for member in listed),
        entropy=fitted.entropy,
        redundancy=1 - fitted.entropy,
        weight=fitted.weights,
    )


def bounds_of(listed: Sequence[Member], bounds: Bounds) -> IndexBounds | None:
    """Return the bounds of the indicators, or None where every year has its own."""
    if bounds.low.ndim > 1:
        return None
    return IndexBounds(
        subsystem=tuple(member.subsystem for member in listed),
        indicator=tuple(member.indicator for member in listed),
        low=bounds.low,
        high=bounds.high,
        centre=bounds.centre,
        spread=bounds.spread,
    )
