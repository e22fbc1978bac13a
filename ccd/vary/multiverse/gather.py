"""From the bytes of units to arrays over specifications, without holding more than one unit at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import Words
from ccd.vary.multiverse.ground import Ground
from ccd.vary.multiverse.reasons import from_plain
from ccd.vary.multiverse.unit import unpacked

#: Arrays of more numbers than this lie in files.
HELD = 5_000_000


@dataclass(frozen=True)
class Gathered:
    """D (S_D, m) by base, rows (S, 4) of estimate, std_error, p, sd, and draws (S, B + 1) of effects and t.

    ``reasons`` say why a specification has no figures, ``base_reasons`` why a base has no D; ``clusters`` (S,) are G.
    """

    degrees: FloatArray
    base_reasons: tuple[Words, ...]
    rows: FloatArray
    nobs: FloatArray
    drawn: FloatArray | None
    t: FloatArray | None
    clusters: FloatArray
    reasons: tuple[Words, ...]


def gather(ground: Ground, made_units: Iterable[bytes], scratch: Path) -> Gathered:
    """Return what ``made_units`` hold, the bytes of all units in the order of ``menu.units()``."""
    menu, size = ground.menu, len(ground.shared)
    total = len(menu)
    degrees = _array((len(menu.bases), size), scratch / "degrees.scratch")
    base_reasons: list[Words] = [""] * len(menu.bases)
    reasons: list[Words] = [""] * total
    rows, nobs = np.full((total, 4), np.nan), np.full(total, np.nan)
    clusters = np.full(total, np.nan)
    drawn = t = None
    if ground.deals is not None:
        shape = (total, len(ground.deals.places))
        drawn, t = (_array(shape, scratch / f"{name}.scratch") for name in ("effects", "statistics"))
    place: dict[tuple[int, int], list[int]] = {}
    for row, pair in enumerate(zip(menu.base.tolist(), menu.model.tolist(), strict=True)):
        place.setdefault(pair, []).append(row)
    for (base, models), content in zip(menu.units(), made_units, strict=True):
        made = json.loads(content)
        if "reason" in made:
            base_reasons[base] = from_plain(made["reason"])
            for pair in [(base, model) for model in models]:
                for row in place[pair]:
                    reasons[row] = from_plain(made["reason"])
            continue
        degrees[base] = unpacked(made["D"])
        for model, found in zip(models, made.get("effects", ()), strict=True):
            for row in place[base, model]:
                reasons[row] = from_plain(found.get("reason", ""))
                if "row" in found:
                    rows[row], nobs[row] = unpacked(found["row"]), found["nobs"]
                if "t" in found and drawn is not None and t is not None:
                    drawn[row], t[row] = unpacked(found["drawn"]), unpacked(found["t"])
                    clusters[row] = found["clusters"]
    return Gathered(degrees, tuple(base_reasons), rows, nobs, drawn, t, clusters, tuple(reasons))


def _array(shape: tuple[int, int], path: Path) -> FloatArray:
    """Return an array of nan, in a file where it is large."""
    if shape[0] * shape[1] <= HELD:
        return np.full(shape, np.nan)
    made = np.memmap(path, dtype=np.float64, mode="w+", shape=shape)
    made[:] = np.nan
    return made
