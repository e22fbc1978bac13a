"""What the rooms of the program give, and what one study gave in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ccd.errors import Words
from ccd.results.conclusion import Conclusion
from ccd.results.estimate import Estimate
from ccd.results.indices import IndexBounds, Weights
from ccd.results.value import Part, Value

if TYPE_CHECKING:
    import pandas as pd

    from ccd.methods import Method
    from ccd.panel import Panel
    from ccd.words import Text


@dataclass(frozen=True)
class LockedFormula:
    """The formula of coupling, and the contribution of each subsystem, that published numbers were made with."""

    formula: str
    contribution: Mapping[str, float]


@dataclass(frozen=True)
class IndexResult:
    """Subsystem indices: ``scores`` (entity-time x subsystem, in [0, 1]) and how they were made.

    ``scaled`` holds z (entity-time x indicator); ``scale`` and ``weighting`` name the choices behind it and
    the ``weights``; ``bounds`` are None where every year has its own, ``locked`` is None without a lock of
    coupled numbers.
    """

    scores: pd.DataFrame
    scaled: pd.DataFrame
    weights: Weights
    scale: str
    weighting: str
    bounds: IndexBounds | None = None
    locked: LockedFormula | None = None
    parts: tuple[Part[Value], ...] = ()
    notes: tuple[Text, ...] = ()

    @property
    def nobs(self) -> int:
        """Return the number of region-years."""
        return len(self.scores)


@dataclass(frozen=True)
class CouplingResult:
    """Coupling coordination: ``frame`` (entity-time) with C, T, D, grade, bottleneck and the other formulas.

    ``formula`` is the one behind C and D, ``contribution`` what each subsystem adds to T, in sum 1.
    """

    frame: pd.DataFrame
    formula: str
    contribution: Mapping[str, float]
    parts: tuple[Part[Value], ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class DocumentsResult:
    """Policy documents: ``frame`` (entity-time) with one column a measure, all beginning with ``doc_``.

    ``count`` is the number of documents.
    """

    frame: pd.DataFrame
    count: int
    parts: tuple[Part[Value], ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class ResultsTable:
    """A table of models side by side that the study asks for: which models, under which headings."""

    name: str
    models: tuple[str, ...]
    title: str = ""
    headings: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """What could not be estimated: a model, a check of one, or a row of a comparison (``room`` says where it stands).

    ``what``, ``where`` and ``fix`` are those of its error; ``note`` says it in a sentence.
    """

    what: Text
    where: Words
    fix: Text
    note: Text
    room: str
    kind: str = ""
    outcome: str = ""


@dataclass(frozen=True)
class Chapter:
    """What one section of the study tells beside the models; ``room`` is its folder and where its files begin."""

    room: str
    title: Text
    parts: tuple[Part[Value], ...] = ()
    notes: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Results:
    """All that one study gave: the views read this and nothing else.

    ``conclusions`` are what the models found, ranked, ``sources`` say where the data come from and what they
    lack. ``seed`` starts every random stream (None: not told), ``versions`` are those of the program and its
    libraries.
    """

    name: str
    title: str
    language: Literal["en", "zh"]
    panel: Panel
    index: IndexResult | None
    coupling: CouplingResult | None
    estimates: Mapping[str, Estimate]
    documents: DocumentsResult | None = None
    describe: tuple[Part[Value], ...] = ()
    chapters: tuple[Chapter, ...] = ()
    comparisons: tuple[Part[Value], ...] = ()
    tables: tuple[ResultsTable, ...] = ()
    notes: tuple[Text, ...] = ()
    methods: tuple[Method, ...] = ()
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    failures: Mapping[str, Failure] = field(default_factory=dict)
    conclusions: tuple[Conclusion, ...] = ()
    sources: tuple[Text, ...] = ()

    def warnings(self) -> tuple[tuple[str, Text], ...]:
        """Return every note with the room it comes from, in the order of the page."""
        found = [("data", note) for note in (*self.panel.notes, *self.notes)]
        found += [("data", note) for part in self.describe for note in part.notes]
        rooms = (("documents", self.documents), ("index", self.index), ("coupling", self.coupling))
        for room, result in rooms:
            if result is not None:
                found += [(room, note) for note in result.notes]
                found += [(room, note) for part in result.parts for note in part.notes]
        for chapter in self.chapters:
            found += [(chapter.room, note) for note in chapter.notes]
            found += [(chapter.room, note) for part in chapter.parts for note in part.notes]
        for name, estimate in self.estimates.items():
            found += [(name, note) for note in estimate.notes]
            found += [(name, note) for part in estimate.parts for note in part.notes]
        found += [("comparisons", note) for part in self.comparisons for note in part.notes]
        found += [(failure.room, failure.note) for failure in self.failures.values()]
        return tuple(dict.fromkeys(found))
