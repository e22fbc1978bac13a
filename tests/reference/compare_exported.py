"""The exported R script of exported.toml against the models it repeats (exported.R)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial

from comparison import HERE, Comparison, stored
from ours import facts_of_size, terms

from ccd.pipeline import table_of
from ccd.results import Results
from ccd.study import load_study
from ccd.vary.run import evaluate

FILE = "exported.json"
TOPIC = "Exported R script"


@cache
def results() -> Results:
    """Return what ccd finds of the study."""
    file = load_study(HERE / "exported.toml")
    return evaluate(file, table_of(file))


def ours(name: str, value: str) -> Mapping[str, float]:
    """Return a column of the terms of a model."""
    return terms(results().estimates[name], value)


def comparisons() -> Iterator[Comparison]:
    """Yield estimates, errors and rows of every model."""
    peer = stored(FILE)
    for name in peer.results:
        package, factor = peer.peer(name), peer.numbers(name, "factor")["as_ccd"]
        yield Comparison(
            TOPIC,
            f"{name}: estimate",
            package,
            partial(ours, name, "estimate"),
            peer.numbers(name, "estimate"),
        )
        yield Comparison(
            TOPIC, f"{name}: std_error", package, partial(ours, name, "std_error"), peer.numbers(name, "std_error"),
            factor=factor,
            convention="" if abs(factor - 1) < 1e-12 else "the factor that the script itself prints as as_ccd",
        )  # fmt: skip
        read = partial(lambda own: facts_of_size(results().estimates[own]), name)
        yield Comparison(TOPIC, f"{name}: size", package, read, peer.numbers(name, "size"))
