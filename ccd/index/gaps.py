"""Cells that cannot be weighed: missing, infinite and constant indicators refused, gaps filled on request."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import DataError
from ccd.index.scale import Direction
from ccd.panel import Panel
from ccd.results import Cells
from ccd.words import Name, Text, text

Imputation = Literal["linear", "nearest"]
SHOWN = 5


def fill_gaps(
    panel: Panel, indicators: list[str], method: Imputation | None
) -> tuple[Panel, Cells | None, list[Text]]:
    """Return the panel with missing indicator cells filled within each region, the filled cells, and notes.

    None fills nothing; ``linear`` interpolates between the years around a gap and leaves gaps at the ends;
    ``nearest`` takes the nearest year (of two, the earlier). No cells (None) where none was filled.
    """
    if method is None:
        return panel, None, []
    columns: dict[str, FloatArray] = {}
    cells: list[tuple[str, IntArray]] = []
    notes: list[Text] = []
    for indicator in indicators:
        values = panel.column(indicator)
        missing = np.isnan(values)
        if not missing.any():
            continue
        filled = values.copy()
        for code in np.unique(panel.entity_codes[missing]):
            rows = panel.entity_codes == code
            filled[rows] = _fill(panel.years[rows], values[rows], method)
        done = missing & ~np.isnan(filled)
        columns[indicator] = filled
        cells.append((indicator, np.flatnonzero(done)))
        notes.append(
            text(
                "{count} missing {count:cell|cells} of {indicator} filled ({method}): {where}",
                count=int(done.sum()),
                indicator=Name(indicator),
                method=method,
                where=tuple(f"{entity} {year}" for entity, year in panel.frame.index[done]),
            )
        )
    return (
        panel.with_columns(pd.DataFrame(columns, index=panel.frame.index)),
        _filled(panel, cells, columns),
        notes,
    )


def cells_at(panel: Panel, rows: IntArray, **columns: Any) -> Cells:
    """Return the cells of the region-years ``rows``, with ``columns`` of as many entries each."""
    return Cells(
        entity=tuple(panel.entities[code] for code in panel.entity_codes[rows]),
        year=panel.years[rows],
        entity_name=panel.entity_name,
        time_name=panel.time_name,
        **columns,
    )


def check_cells(panel: Panel, indicators: list[str], *, imputed: bool = False) -> None:
    """Raise DataError at the first indicator with a missing or infinite cell."""
    for indicator in indicators:
        values = panel.column(indicator)
        for kind, bad in (("missing", np.isnan(values)), ("infinite", np.isinf(values))):
            if bad.any():
                raise DataError(
                    text(
                        "the indicator '{indicator}' has {cells}",
                        indicator=indicator,
                        cells=_count(bad, kind),
                    ),
                    where=text(
                        "{file}, column {indicator}: {where}",
                        file=panel.source,
                        indicator=indicator,
                        where=_where(panel, bad),
                    ),
                    fix=_way_out(panel, bad, kind, imputed),
                )


def check_spread(panel: Panel, indicator: str, wide: FloatArray, values: FloatArray) -> None:
    """Raise DataError when ``indicator`` does not vary: ``wide`` () or (n,) is what its scale divides by."""
    flat = np.broadcast_to(~(wide > 0), values.shape)
    if not flat.any():
        return
    entity, year = panel.frame.index[int(np.argmax(flat))]
    pooled = np.ndim(wide) == 0
    own = values if pooled else values[panel.years == year]
    if np.ptp(own) > 1e-9 * np.abs(own).max():
        what = text("takes the same scaled value")
    else:
        what = text("is zero") if own[0] == 0 else text("is constant ({value:g})", value=own[0])
    span = text("in every region and year") if pooled else text("in every region of {year}", year=year)
    raise DataError(
        text("the indicator '{indicator}' {what} {span}", indicator=indicator, what=what, span=span),
        where=text(
            "{file}, column {column}, {region} {year}",
            file=panel.source,
            column=indicator,
            region=entity,
            year=year,
        ),
        fix=text("leave it out of its subsystem: what does not vary carries no weight"),
    )


def check_domain(panel: Panel, indicator: str, direction: Direction, scale: str, values: FloatArray) -> None:
    """Raise DataError at the first cell that the scale cannot take."""
    if scale == "none":
        bad, need = (values < 0) | (values > 1), text("lies in [0, 1]")
    elif scale == "ratio" and direction == "-":
        bad, need = values <= 0, text("is positive")
    elif scale == "ratio" and direction == "+":
        bad, need = values < 0, text("is not negative")
    else:
        return
    if bad.any():
        row = int(np.argmax(bad))
        entity, year = panel.frame.index[row]
        raise DataError(
            text(
                "the indicator '{indicator}' is {value:g}; scale = \"{scale}\" needs one that {need}",
                indicator=indicator,
                value=values[row],
                scale=scale,
                need=need,
            ),
            where=text(
                "{file}, column {column}, {region} {year}",
                file=panel.source,
                column=indicator,
                region=entity,
                year=year,
            ),
            fix=text('take scale = "minmax", or change the indicator'),
        )


def _fill(years: FloatArray, values: FloatArray, method: Imputation) -> FloatArray:
    known = np.isfinite(values)
    if not known.any():
        return values
    out = values.copy()
    if method == "linear":
        inside = np.isnan(values) & (years > years[known][0]) & (years < years[known][-1])
        out[inside] = np.interp(years[inside], years[known], values[known])
        return out
    gaps = np.abs(years[:, None] - years[known][None, :])
    nearest = values[known][gaps.argmin(axis=1)]
    return np.where(np.isnan(values), nearest, values)


def _filled(panel: Panel, cells: list[tuple[str, IntArray]], columns: dict[str, FloatArray]) -> Cells | None:
    """Return the filled cells, indicator by indicator; None where there are none."""
    if not any(len(rows) for _, rows in cells):
        return None
    names = tuple(name for name, rows in cells for _ in rows)
    values = np.concatenate([columns[name][rows] for name, rows in cells])
    return cells_at(panel, np.concatenate([rows for _, rows in cells]), indicator=names, value=values)


def _count(bad: BoolArray, kind: str) -> Text:
    count = int(bad.sum())
    if kind == "missing":
        return text("{count} missing {count:cell|cells}", count=count)
    return text("{count} infinite {count:cell|cells}", count=count)


def _where(panel: Panel, bad: BoolArray) -> Text:
    cells = tuple(f"{entity} {year}" for entity, year in panel.frame.index[bad][:SHOWN])
    more = int(bad.sum()) - len(cells)
    return text("{cells} and {count} more", cells=cells, count=more) if more else text("{cells}", cells=cells)


def _way_out(panel: Panel, bad: BoolArray, kind: str, imputed: bool) -> Text:
    regions = panel.frame.index[bad].get_level_values(0).unique()
    if kind == "infinite":
        return text("correct the cell, or the transform that divides by zero there")
    if imputed:
        return text(
            "interpolation cannot reach a gap at the ends of a region's years; fill it, or exclude the region"
        )
    if len(regions) == 1:
        return text(
            'fill it in, leave the region out ([data] exclude = ["{region}"]), or ask for [index] impute',
            region=regions[0],
        )
    return text("fill them in, narrow [data] years or exclude regions, or ask for [index] impute")
