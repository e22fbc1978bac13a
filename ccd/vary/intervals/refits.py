"""D without each region, without each indicator, and with regions drawn with replacement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import DataError
from ccd.index.fit import columns_of, fit_rows
from ccd.results import Influence
from ccd.vary.intervals.ruler import Ruler
from ccd.vary.multiverse.spread import ranks_of
from ccd.words import text

#: Samples of regions on which no weights can be fitted are drawn again so many times a draw.
AGAIN = 20


@dataclass(frozen=True)
class Refits:
    """D (R, m) of every refit, nan for rows that are left out, and what is left out of each."""

    left_out: tuple[str, ...]
    degree: FloatArray
    source: str

    @property
    def band(self) -> tuple[FloatArray, FloatArray]:
        """Return the least and the largest D (m,) over the refits that hold a row."""
        return np.nanmin(self.degree, axis=0), np.nanmax(self.degree, axis=0)


def without_regions(ruler: Ruler, x: FloatArray) -> Refits:
    """Return D of the other regions without each region. Raises DataError."""
    entities = ruler.panel.entities
    out = np.full((len(entities), len(x)), np.nan)
    for code in range(len(entities)):
        keep, degree = ruler.without_region(x, code)
        out[code, keep] = degree
    return Refits(entities, out, "regions")


def without_indicators(ruler: Ruler, x: FloatArray) -> tuple[Refits, tuple[str, ...]]:
    """Return D without each indicator, and the indicators that are alone in their subsystem, which stay."""
    alone = {own[0] for own in columns_of(ruler.listed).values() if len(own) == 1}
    left = [k for k in range(len(ruler.listed)) if k not in alone]
    degree = np.array([ruler.without_indicator(x, k) for k in left]).reshape(len(left), len(x))
    names = tuple(ruler.listed[k].indicator for k in left)
    return Refits(names, degree, "indicators"), tuple(ruler.listed[k].indicator for k in sorted(alone))


def drawn_regions(
    ruler: Ruler, x: FloatArray, draws: int, rng: np.random.Generator
) -> tuple[FloatArray, int]:
    """Return D (B, m) of all regions under bounds and weights of regions drawn with replacement, and draws repeated.

    Whole paths of regions are drawn, in the years that bounds and weights are fitted on. Raises DataError where
    no sample of regions can be fitted.
    """
    panel, years = ruler.panel, ruler.index.fit_years
    fitted = np.ones(len(x), dtype=bool) if years is None else fit_rows(panel, years)
    rows = [np.flatnonzero((panel.entity_codes == k) & fitted) for k in range(len(panel.entities))]
    out, again = np.empty((draws, len(x))), 0
    for b in range(draws):
        for _ in range(AGAIN):
            chosen = rng.integers(0, len(rows), len(rows))
            found = _on(ruler, np.concatenate([rows[k] for k in chosen]), x)
            if found is not None:
                out[b] = found
                break
            again += 1
        else:
            raise DataError(
                text("no sample of regions gives bounds and weights"),
                where=text("study, [intervals] {key}", key="bootstrap"),
                fix=text("take bootstrap out; leaving out each region stays"),
            )
    return out, again


def _on(ruler: Ruler, rows: IntArray, x: FloatArray) -> FloatArray | None:
    try:
        found = ruler.on(rows, x)
    except DataError:  # weights that are undefined on this sample
        return None
    return found if np.isfinite(found).all() else None


def influence(d: FloatArray, time: IntArray, several: Sequence[Refits]) -> Influence:
    """Return the change of D (m,), of ranks and of the order by what is left out."""
    from scipy.stats import kendalltau

    rows: list[tuple[str, float, float, float, float, str]] = []
    for refits in several:
        for name, degree in zip(refits.left_out, refits.degree, strict=True):
            own = np.flatnonzero(np.isfinite(degree))
            change = degree[own] - d[own]
            before, after = ranks_of(np.stack([d[own], degree[own]]), time[own])
            tau = float(kendalltau(d[own], degree[own])[0])
            largest = float(change[np.abs(change).argmax()])
            moved = float(np.abs(after - before).max())
            rows.append((name, float(change.mean()), largest, tau, moved, refits.source))
    return Influence(
        left_out=tuple(row[0] for row in rows),
        mean_change=np.array([row[1] for row in rows]),
        max_change=np.array([row[2] for row in rows]),
        tau=np.array([row[3] for row in rows]),
        max_rank_change=np.array([row[4] for row in rows]),
        source=tuple(row[5] for row in rows),
    )
