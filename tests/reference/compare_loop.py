"""Granger tests and CIPS against plm (loop.R), on panel.csv."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from comparison import Comparison, stored
from ours import read

from ccd.arrays import FloatArray
from ccd.estimate.dynamics.granger import standardised, wald
from ccd.unit_roots import cips

FILE = "loop.json"


def wide(column: str) -> tuple[FloatArray, tuple[str, ...]]:
    """Return a column of the balanced panel (N, T), and its regions."""
    table = read("panel.csv").pivot(index="region", columns="year", values=column)
    return table.to_numpy(dtype=np.float64), tuple(table.index)


def means(cause: str, effect: str, order: int) -> dict[str, float]:
    a, b = wide(cause)[0], wide(effect)[0]
    wbar = float(wald(a, b, order).mean())
    zbar, ztilde = standardised(wbar, len(b), b.shape[1] - order, order)
    return {"wbar": wbar, "zbar": zbar, "ztilde": ztilde}


def by_region(cause: str, effect: str, order: int) -> dict[str, float]:
    a, regions = wide(cause)
    return dict(zip(regions, wald(a, wide(effect)[0], order).tolist(), strict=True))


def comparisons() -> Iterator[Comparison]:
    """Yield every statistic of both tests."""
    peer = stored(FILE)
    for name in peer.results:
        words = name.split()
        of = peer.peer(name)
        if words[0] == "granger":
            asked = words[1], words[3], int(words[4])
            for column, ours in (("mean", means), ("wald", by_region)):
                theirs = peer.numbers(name, column)
                yield Comparison(
                    "Granger tests in panels", f"{name}: {column}", of, lambda m=ours, a=asked: m(*a), theirs
                )
        else:
            variable, terms, lags = words[1], words[2], int(words[3])
            yield Comparison(
                "Panel unit roots (CIPS)",
                name,
                of,
                lambda v=variable, t=terms, k=lags: {"statistic": float(cips(wide(v)[0], k, t))},
                peer.numbers(name, "test"),
            )
