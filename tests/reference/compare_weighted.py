"""Weights, the improved doubly robust form and LP-DiD against the packages of weighted_peers.py, on staggered.csv."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from compare_staggered import ONE, aggregate, did, events
from comparison import Comparison, stored
from ours import facts, terms

FILE = "weighted_peers.json"
TOPIC = "Weights, improved doubly robust, local projections"


def both(name: str, read, keys=None, **more) -> Iterator[Comparison]:
    """Yield the comparison of the estimates of a stored result, and that of its standard errors."""
    peer = stored(FILE)
    for column in ("estimate", "std_error"):
        theirs = peer.numbers(name, column, keys)
        yield Comparison(TOPIC, f"{name}: {column}", peer.peer(name), partial(read, column), theirs, **more)


def comparisons() -> Iterator[Comparison]:
    """Yield every stored result."""
    for name in stored(FILE).results:
        kind, method, *what = (*name.split(), "")
        what = [word for word in what if word]
        if kind == "cs" and method == "improved":
            weight = {"weight": "w0"} if what else {}
            section = {
                "estimator": "callaway-santanna",
                "method": "dr-improved",
                "covariates": ["z"],
                **weight,
            }
            yield from both(name, partial(aggregate, section, "cells"))
        elif kind == "cs":
            section = {
                "estimator": "callaway-santanna",
                "method": method,
                "covariates": ["z"],
                "weight": "w0",
            }
            yield from both(name, partial(aggregate, section, "cells"))
        elif kind == "lp-did":
            section = {"estimator": "lp-did", "weighting": method, "window": [-3, 2]}
            yield from both(name, partial(pooled if what == ["pooled"] else local_events, section))
    weighted = {"weight": "w", "controls": ["x1"]}
    loose = {"tolerance": 1e-5}  # its effects are swept out by iterations that stop at about 1e-6
    yield from both("gardner", lambda value: terms(did(estimator="gardner", **weighted), value), ONE, **loose)
    yield from both("etwfe cells", partial(aggregate, {"estimator": "etwfe", **weighted}, "cells"))


def local_events(section: dict[str, object], value: str) -> dict[str, float]:
    return events(did(**section), value)


def pooled(section: dict[str, object], value: str) -> dict[str, float]:
    estimate = did(**section)
    before = facts(estimate)["pooled_before"]
    return {"post": terms(estimate, value)["policy"], "pre": before[value]}
