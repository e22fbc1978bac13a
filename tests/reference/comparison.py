"""Ours against theirs: every stored number of another package passes through a Comparison."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
#: Where a number is smaller than this, the difference is taken against it rather than against the number.
SMALL = 1e-6


@dataclass(frozen=True)
class Comparison:
    """Numbers of ours, made when asked for, and what a ``peer`` of a ``version`` gives for each of their names.

    ``factor`` turns theirs into our ``convention``, which says so in words (none: the definitions are the same).
    ``tolerance`` is on the relative difference. ``pending`` says why they cannot be equal yet.
    """

    topic: str
    name: str
    peer: str
    ours: Callable[[], Mapping[str, float]]
    theirs: Mapping[str, float]
    convention: str = ""
    factor: float | Callable[[], float] = 1.0
    tolerance: float = 1e-8
    pending: str = ""

    def differences(self) -> dict[str, float]:
        """Return the relative difference of every number; KeyError where we have none of that name."""
        ours = self.ours()
        factor = self.factor() if callable(self.factor) else self.factor
        return {
            key: abs(ours[key] - factor * value) / max(abs(factor * value), SMALL)
            for key, value in self.theirs.items()
        }


class Stored:
    """The results of one json: by name the peer, with its version, and its numbers."""

    def __init__(self, file: str) -> None:
        content = json.loads((HERE / file).read_text(encoding="utf-8"))
        self.versions: dict[str, str] = content["versions"]
        self.results: dict[str, dict[str, Any]] = content["results"]
        self.used: set[tuple[str, str]] = set()

    def peer(self, name: str) -> str:
        """Return the package behind a result and its version."""
        package = self.results[name]["peer"]
        return f"{package} {self.versions[package]}"

    def numbers(self, name: str, column: str, keys: Mapping[str, str] | None = None) -> dict[str, float]:
        """Return the numbers of one column of a result, those of ``keys`` under our names for them."""
        self.used.add((name, column))
        found: dict[str, float] = self.results[name][column]
        return found if keys is None else {ours: found[theirs] for theirs, ours in keys.items()}


@cache
def stored(file: str) -> Stored:
    """Return a json of this folder, read once."""
    return Stored(file)


def collected() -> Iterator[Comparison]:
    """Yield every comparison, topic by topic."""
    import compare_dependence
    import compare_dml
    import compare_dose
    import compare_exported
    import compare_loop
    import compare_matching
    import compare_more
    import compare_panel
    import compare_quantiles
    import compare_roots
    import compare_staggered
    import compare_synthetic
    import compare_weighted

    modules = (compare_panel, compare_matching, compare_staggered, compare_weighted, compare_dml)
    for module in (
        *modules,
        compare_synthetic,
        compare_loop,
        compare_more,
        compare_dependence,
        compare_quantiles,
        compare_dose,
        compare_exported,
        compare_roots,
    ):
        yield from module.comparisons()
