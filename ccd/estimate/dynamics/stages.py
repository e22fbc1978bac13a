"""From a panel to the stages of a loop as paths by region, and the arrows between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.panel import Panel
from ccd.results import Arrow
from ccd.words import Text, names, text

#: Fewest regions whose resampling says something.
REGIONS = 10
#: A stage that keeps less than this share of its spread has nothing beyond region and year effects.
TINY = 1e-10


@dataclass(frozen=True)
class Stages:
    """The stages of a loop: ``paths`` (S, N, T) as they are, ``moves`` without region and year effects and of unit sd.

    ``names`` (S,) are those of the stages, ``columns`` (S,) those they are read from.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    paths: FloatArray
    moves: FloatArray
    entities: tuple[str, ...]
    years: IntArray
    notes: tuple[Text, ...]


def stages_of(panel: Panel, stages: Mapping[str, str], where: str) -> Stages:
    """Return the stages on the regions that have all of them in every year from the first to the last.

    Raises EstimationError where fewer than REGIONS regions have, or a stage has nothing beyond its effects.
    """
    columns = tuple(stages.values())
    cube = np.full((len(columns), len(panel.entities), len(panel.times)), np.nan)
    for s, column in enumerate(columns):
        cube[s, panel.entity_codes, panel.time_codes] = panel.column(column)
    known = np.isfinite(cube).all(axis=0)
    if not known.any():
        raise EstimationError(
            text("no region-year has all stages"),
            where=where,
            fix=text("look at the years of {columns}", columns=names(columns)),
        )
    seen = np.flatnonzero(known.any(axis=0))
    span = np.arange(seen[0], seen[-1] + 1)
    years = np.asarray(panel.times, dtype=np.intp)[span]
    if (np.diff(years) != 1).any():
        raise EstimationError(
            text("the years of a loop follow one another, and here some are left out"),
            where=where,
            fix=text("name years without a gap"),
        )
    full = known[:, span].all(axis=1)
    if full.sum() < REGIONS:
        raise EstimationError(
            text("{count} {count:region has|regions have} all stages from {first} to {last}; a loop needs {least}",
                 count=int(full.sum()), first=int(years[0]), last=int(years[-1]), least=REGIONS),
            where=where,
            fix=text("name years in which more regions have {columns}", columns=names(columns)),
        )  # fmt: skip
    left = tuple(entity for entity, whole in zip(panel.entities, full, strict=True) if not whole)
    notes = (
        (text("Left out, a stage is missing in some year: {regions}", regions=names(left)),) if left else ()
    )
    paths = cube[:, full][:, :, span]
    moves = paths - paths.mean(axis=2, keepdims=True) - paths.mean(axis=1, keepdims=True)
    moves += paths.mean(axis=(1, 2), keepdims=True)
    spread = moves.std(axis=(1, 2), ddof=1)
    for s, column in enumerate(columns):
        if not spread[s] > TINY * np.abs(paths[s]).max():
            raise EstimationError(
                text("'{column}' has nothing beyond region and year effects", column=column),
                where=where,
                fix=text("name a column that moves in its own way in each region"),
            )
    entities = tuple(entity for entity, whole in zip(panel.entities, full, strict=True) if whole)
    return Stages(tuple(stages), columns, paths, moves / spread[:, None, None], entities, years, notes)


def arrows_of(stages: tuple[str, ...], *, closed: bool) -> tuple[Arrow, ...]:
    """Return the arrows of the ring in its order, then those against it; ``closed``: from the last to the first too."""
    pairs = list(pairwise(stages))
    ring = [Arrow(a, b) for a, b in pairs]
    if closed:
        ring.append(Arrow(stages[-1], stages[0], "closing"))
    return (*ring, *(Arrow(b, a, "reverse") for a, b in pairs))


def coupled(paths: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return C and D by year (T,), means over regions, of stages (S, N, T) scaled to [0, 1] over all region-years.

    C is the geometric over the arithmetic mean of the stages, D the root of C times the latter, with equal shares.
    C is nan where all stages of a region are 0, and left out of the mean.
    """
    low, high = paths.min(axis=(1, 2), keepdims=True), paths.max(axis=(1, 2), keepdims=True)
    u = (paths - low) / (high - low)
    together = np.prod(u ** (1 / len(u)), axis=0)
    mean = u.mean(axis=0)
    c = np.divide(together, mean, out=np.full_like(mean, np.nan), where=mean > 0)
    known = np.isfinite(c)
    total = np.where(known, c, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0), np.sqrt(together).mean(
        axis=0
    )
