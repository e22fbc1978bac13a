"""Tests of dependence between regions against plm (dependence.R), on panel.csv."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from comparison import Comparison, stored
from ours import read

from ccd.dependence import statistics

FILE = "dependence.json"


def ours(column: str, test: str) -> dict[str, float]:
    """Return one statistic of a column of the balanced panel."""
    wide = read("panel.csv").pivot(index="region", columns="year", values=column)
    return {"statistic": float(getattr(statistics(wide.to_numpy(dtype=np.float64)), test))}


def comparisons() -> Iterator[Comparison]:
    """Yield each statistic of each column."""
    peer = stored(FILE)
    for name in peer.results:
        column = name.split()[1]
        for test in ("cd", "lm", "scaled"):
            theirs = {"statistic": peer.numbers(name, test)["statistic"]}
            yield Comparison(
                "Dependence between regions",
                f"{name}: {test}",
                peer.peer(name),
                lambda c=column, t=test: ours(c, t),
                theirs,
            )
