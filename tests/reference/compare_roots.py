"""Unit roots of panels against plm (roots.R): the t of each region on panel.csv, Levin, Lin and Chu on made series."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from comparison import Comparison, stored
from ours import read
from scipy import stats

from ccd.describe.diagnostics.levin_lin_chu import levin_lin_chu
from ccd.unit_roots import own_t

FILE = "roots.json"


def own(column: str, terms: str, lags: int) -> dict[str, float]:
    """Return the t of each region of the balanced panel."""
    table = read("panel.csv").pivot(index="region", columns="year", values=column)
    return dict(zip(table.index, own_t(table.to_numpy(dtype=np.float64), lags, terms).tolist(), strict=True))


def llc(terms: str, lags: int) -> dict[str, float]:
    """Return the adjusted t and its p on the panel that roots.R makes."""
    made = np.array([np.cumsum(np.sin((i + 1) * np.arange(1, 31.0) ** 2)) for i in range(1, 7)])
    found = levin_lin_chu(made, lags, terms)
    return {"statistic": found, "p_value": float(stats.norm.cdf(found))}


def comparisons() -> Iterator[Comparison]:
    """Yield each region's t, and each adjusted t."""
    peer = stored(FILE)
    for name in peer.results:
        kind, *words = name.split()
        of = peer.peer(name)
        if kind == "t":
            column, terms, lags = words[0], words[1], int(words[2])
            yield Comparison(
                "Panel unit roots (t of each region)",
                name,
                of,
                lambda c=column, t=terms, k=lags: own(c, t, k),
                peer.numbers(name, "t"),
            )
        else:
            terms, lags = words[0], int(words[1])
            yield Comparison(
                "Panel unit roots (Levin, Lin and Chu)",
                name,
                of,
                lambda t=terms, k=lags: llc(t, k),
                peer.numbers(name, "test"),
            )
