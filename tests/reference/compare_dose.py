"""Dose responses against the package of dose_peers.py, on dose.csv."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from comparison import Comparison, stored
from ours import fit, terms

FILE, TOPIC = "dose_peers.json", "Dose response"
#: Our columns of the response and its slope, the estimate and its error.
COLUMNS = {
    "att": {"estimate": "estimate", "std_error": "std_error"},
    "acrt": {"estimate": "slope", "std_error": "slope_std_error"},
}


def comparisons() -> Iterator[Comparison]:
    """Yield the response, its slope and their means, for one and for two cohorts."""
    peer = stored(FILE)
    for name in peer.results:
        cohorts, knots, what = name.split()
        for column in ("estimate", "std_error"):
            ours = partial(numbers, cohorts, int(knots), what, column)
            yield Comparison(TOPIC, f"{name}: {column}", peer.peer(name), ours, peer.numbers(name, column))


def numbers(cohorts: str, knots: int, what: str, column: str) -> dict[str, float]:
    """Return a column of the response by its place on the grid, or of the terms."""
    where = "start != 2003" if cohorts == "one" else ""
    found = fit(
        "dose", kind="did", estimator="dose", policy="policy", intensity="dose", knots=knots, where=where
    )
    if what == "means":
        return terms(found, column)
    shown = found.part("dose").frame[COLUMNS[what][column]]
    return {str(place): float(value) for place, value in enumerate(shown)}
