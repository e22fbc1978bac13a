"""Triple differences against the package of more_peers.py, on staggered.csv."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from math import sqrt

from comparison import Comparison, stored
from ours import cells, fit

FILE, TOPIC = "more_peers.json", "Triple differences"
#: Theirs scales the variance of a combined cell by the regions in it over all of them, and has n - 1 for n.
COMBINED = (
    "a cell combined over control cohorts: theirs is times regions of the cell / sqrt(n (n - 1)), n = 60"
)

#: With a logit their errors, and weights made of them, differ by up to 4e-5; ours are the derivatives that moved
#: weights give, to 1e-8 (tests/golden/test_ddd.py).
LOGIT = {"tolerance": 1e-4}


def comparisons() -> Iterator[Comparison]:
    """Yield every stored result; the errors of cells combined over control cohorts one by one."""
    peer = stored(FILE)
    for name in peer.results:
        _, method, control, covariates, what = name.split()
        keys = {
            "method": method,
            "control_group": {"nevertreated": "never", "notyettreated": "not-yet"}[control],
            "covariates": ["z"] if covariates == "z" else [],
        }
        for column in ("estimate", "std_error"):
            theirs = peer.numbers(name, column)
            loose = LOGIT if covariates == "z" and method != "reg" else {}
            if what != "cells" or column == "estimate" or control == "nevertreated":
                ours = partial(table, keys, what, column)
                yield Comparison(TOPIC, f"{name}: {column}", peer.peer(name), ours, theirs, **loose)
                continue
            for cell, value in theirs.items():
                size = regions(cell)
                more = {"convention": COMBINED, "factor": sqrt(60 * 59) / size} if size else {}
                yield Comparison(
                    TOPIC, f"{name}: {column} {cell}", peer.peer(name), partial(table, keys, what, column),
                    {cell: value}, **more, **loose,
                )  # fmt: skip


def regions(cell: str) -> int:
    """Return how many regions a cell combines over several control cohorts, 0 for one control cohort."""
    cohort, year = map(int, cell.split("/"))
    sizes = {2004: 12, 2006: 10, 2008: 14}
    latest = max(year, cohort - 1) if year >= cohort else year
    later = [size for g, size in sizes.items() if g > latest and g != cohort]
    return sizes[cohort] + 24 + sum(later) if later else 0


def table(keys: dict[str, object], what: str, value: str) -> dict[str, float]:
    """Return a column of the cells or of one aggregation."""
    found = fit("staggered", kind="did", policy="policy", estimator="ddd", partition="side", **keys)
    if what == "cells":
        return cells(found, "att_gt", ["cohort", "time"], value)
    return cells(found, "aggregates", ["key"], value, aggregation=what)
