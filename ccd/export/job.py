"""What the writer of a model's code reads, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sampling import Sampling
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.words import Text


class Names:
    """Callable: a column of the study -> its name in the language; ``fresh`` makes names that no column has."""

    def __init__(self, columns: Iterable[str], allowed: Callable[[Iterable[str]], dict[str, str]]) -> None:
        self.known = allowed(columns)
        self._allowed = allowed
        self._fresh: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        """Return the name of a column of the panel's file; KeyError where it has none."""
        return self.known[name]

    def fresh(self, wanted: str) -> str:
        """Return a name near ``wanted`` that is no column's: the same for the same words."""
        if wanted not in self._fresh:
            taken = (*self.known.values(), *self._fresh.values())
            own = f"{wanted}\N{NO-BREAK SPACE}"  # what no column is called
            made = self._allowed((wanted,))[wanted]
            if made in taken:
                made = self._allowed((*dict.fromkeys(taken), own))[own]
            self._fresh[wanted] = made
        return self._fresh[wanted]

    def renamed(self) -> dict[str, str]:
        """Return the columns whose name in the language is another."""
        return {name: made for name, made in self.known.items() if name != made}


@dataclass(frozen=True)
class Job:
    """A model to write: its keys, its estimate (None: it failed), the panel, names, and columns made for it alone.

    ``textual`` are the columns that the panel's file holds as text.
    """

    model: ModelSpec
    estimate: Estimate | None
    panel: Panel
    column: Names
    made: Mapping[str, str] = field(default_factory=dict)
    textual: frozenset[str] = frozenset()

    @property
    def entity(self) -> str:
        """Return the column of the regions."""
        return self.column(self.panel.entity_name)

    @property
    def time(self) -> str:
        """Return the column of the years."""
        return self.column(self.panel.time_name)

    def columns(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return the names of columns in the language."""
        return tuple(self.column(name) for name in names)

    def first(self, policy: str) -> str:
        """Return the column of the first treated year."""
        return self.column(f"first_{policy}")

    def treat(self, policy: str) -> str:
        """Return the name of the policy's dummy."""
        return self.column.fresh(f"treat_{policy}")

    def near(self, model: Sampling) -> str:
        """Return the column of the first year in which a neighbour is treated."""
        policy = model.spillover.policy if model.spillover is not None else None
        return self.own("near") if policy is None else self.first(policy)

    def own(self, key: str) -> str:
        """Return the name of a column that ccd made for this model alone."""
        return self.column(self.made[key])

    def constant(self, name: str, within: str) -> bool:
        """Tell whether column ``name`` takes one value in each value of ``within``, so that it holds them whole."""
        keys = (self.panel.entity_name, self.panel.time_name)
        found = [
            self.panel.frame.index.get_level_values(keys.index(one)).to_numpy()
            if one in keys
            else self.panel.group(one).to_numpy()
            for one in (within, name)
        ]
        return len(set(zip(*found, strict=True))) == len(set(found[0]))


@dataclass(frozen=True)
class Code:
    """Lines of code, what differs from ccd by convention, the packages they need, files they read beside the panel."""

    lines: tuple[str, ...]
    differs: tuple[Text, ...] = ()
    packages: tuple[str, ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)


#: How a language repeats a model; a sentence where it has no counterpart.
Coder = Callable[[Any, Job], "Code | Text"]


def named(columns: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a key that takes one or several; empty ones left out."""
    return tuple(name for name in ((columns,) if isinstance(columns, str) else columns) if name)
