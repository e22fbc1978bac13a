"""The base of a study: its panel with every column, its index and its coupling, each stage made once."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.bundled import COORDINATES, codebook_labels, with_coordinates
from ccd.cells import make_panel
from ccd.coupling.build import couple
from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.documents.build import Degree, couple_against, measure
from ccd.documents.labels import labels
from ccd.documents.source import read_documents
from ccd.errors import DataError
from ccd.index.build import build_index
from ccd.index.lint import lint
from ccd.measures.efficiency import with_efficiency
from ccd.panel import Panel
from ccd.policies import assign_cohorts, with_treated
from ccd.results import CouplingResult, DocumentsResult, IndexResult
from ccd.space.attach import with_weights
from ccd.study import RESERVED, Study, StudyFile, asked_for
from ccd.transforms import apply_transforms
from ccd.words import names, text

Step = Callable[[str], AbstractContextManager[object]]
#: Stages already made, by the key of the sections that decide them.
Memo = MutableMapping[str, Any]
T = TypeVar("T")

#: The sections that decide a panel, and those that decide its index.
PANEL = ("data", "transforms", "efficiency", "policies", "documents")
INDEX = ("subsystems", "index")
#: The sections that decide nothing of it, as those that tell a chapter do not.
BESIDE = ("title", "seed", "models", "robustness", "multiverse", "intervals", "tables", "output")


@dataclass(frozen=True)
class Base:
    """What the models stand on: the panel with every column, its index and its coupling."""

    panel: Panel
    index: IndexResult | None
    coupling: CouplingResult | None
    documents: DocumentsResult | None = None


def panel_key(study: Study) -> str:
    """Return what decides the panel of a study, but for the columns that are read as numbers."""
    more = ("coupling",) if study.documents else ()  # the mix of documents is coupled too
    return _key(study, (*PANEL, *more), [*study.subsystems], study.language)


def base_key(study: Study) -> str:
    """Return a short name of the base of a study: equal where all sections are that decide what models stand on."""
    beside = {*BESIDE, *(name.partition(".")[0] for name, _ in study.sections())} - {*PANEL}
    return _key(study, [name for name in type(study).model_fields if name not in beside])


def _key(study: Study, sections: Collection[str], *more: object) -> str:
    held = study.model_dump(mode="json", include=set(sections))
    # tables keep their order: subsystems and transforms are honoured in it
    return sha256(json.dumps([held, *more], ensure_ascii=False).encode("utf-8")).hexdigest()[:16]


def build_base(
    file: StudyFile,
    table: pd.DataFrame,
    memo: Memo,
    step: Step = nullcontext,
    *,
    coupled: bool = True,
    columns: Collection[str] = (),
) -> Base:
    """Return panel, linted index and coupling of a study on ``table`` (the data file as read).

    ``columns`` of the file are read as numbers beside those the study itself needs. ``memo`` holds the stages
    that earlier calls made. Raises DataError.
    """
    study = file.study
    panel, documents = ground_panel(file, table, memo, columns, step)
    if not study.subsystems:
        return Base(with_weights(panel, study.weights, file.base), None, None, documents)
    index, coupling = _indices(file, panel, memo, columns, step, coupled=coupled)
    degree = coupling.frame["D"] if coupling else None
    found, parts = lint(panel, study.subsystems, study.index, index, degree)
    index = replace(index, notes=(*index.notes, *found), parts=(*index.parts, *parts))
    joined = _joined(panel, index, coupling, documents, study)
    return replace(joined, panel=with_weights(joined.panel, study.weights, file.base))


def build_panel(
    file: StudyFile, table: pd.DataFrame, memo: Memo, step: Step = nullcontext, columns: Collection[str] = ()
) -> Panel:
    """Return the panel of ``build_base`` alone: index and coupling as its columns, without the linter."""
    study = file.study
    panel, documents = ground_panel(file, table, memo, columns, step)
    if study.subsystems:
        index, coupling = _indices(file, panel, memo, columns, step, coupled=True)
        panel = _joined(panel, index, coupling, documents, study).panel
    return with_weights(panel, study.weights, file.base)


def ground_panel(
    file: StudyFile, table: pd.DataFrame, memo: Memo, columns: Collection[str], step: Step = nullcontext
) -> tuple[Panel, DocumentsResult | None]:
    """Return the panel of the file with transforms, documents and cohorts."""
    study = file.study
    wanted = tuple(dict.fromkeys((*study.numeric_columns(), *columns)))

    def make() -> tuple[Panel, DocumentsResult | None]:
        measured = [column for name, spec in study.efficiency.items() for column in spec.made(name)]
        made = (*study.transforms, *measured, *study.subsystems)
        own = {*COORDINATES, *study.policies}
        read = [name for name in wanted if name not in own or name in table.columns]
        panel = make_panel(
            table, study.data, study.data.path, read, (*made, *study.policies), asked_for(study)
        )
        panel = with_coordinates(panel, wanted)
        panel = replace(panel, labels={**codebook_labels(study.language), **panel.labels})
        panel, documents = with_documents(file, panel)
        panel = with_efficiency(apply_transforms(panel, study.transforms), study.efficiency)
        return with_treated(assign_cohorts(panel, study.policies, file.base), wanted), documents

    with step("panel"):
        return _once(memo, f"panel {panel_key(study)} {sorted(wanted)}", make)


def _indices(
    file: StudyFile, panel: Panel, memo: Memo, columns: Collection[str], step: Step, *, coupled: bool
) -> tuple[IndexResult, CouplingResult | None]:
    """Return the index and, unless it is left out, the coupling, before the linter has looked at them."""
    from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

    study = file.study
    of = f"{_key(study, (*PANEL, *INDEX))} {sorted({*study.numeric_columns(), *columns})}"
    with threadpool_limits(1), step("index"):
        index = _once(
            memo, f"index {of}", lambda: build_index(panel, study.subsystems, study.index, file.base)
        )
    if not coupled:
        return index, None
    with step("couple"):
        formula = _key(study, ("coupling",))
        return index, _once(memo, f"coupling {of} {formula}", lambda: couple(panel, index, study.coupling))


def _joined(
    panel: Panel,
    index: IndexResult,
    coupling: CouplingResult | None,
    documents: DocumentsResult | None,
    study: Study,
) -> Base:
    """Return the base whose panel holds every index, C, T and D, the weakest subsystem, and documents against it."""
    columns = index.scores
    if coupling is not None:
        weakest = index.scores.min(axis=1).rename("weakest")
        columns = pd.concat([index.scores, coupling.frame[["C", "T", "D"]], weakest], axis=1)
    panel = with_own_names(panel, columns, study)
    panel = replace(panel.with_columns(columns), made_of=composition(study))
    if documents is not None and study.documents is not None:
        documents = couple_against(documents, index.scores, study.documents, degree_of(study))
        panel = panel.with_columns(documents.frame)
    return Base(panel, index, coupling, documents)


def _once(memo: Memo, key: str, make: Callable[[], T]) -> T:
    if key not in memo:
        memo[key] = make()
    return memo[key]  # type: ignore[no-any-return]


def with_own_names(panel: Panel, columns: pd.DataFrame, study: Study) -> Panel:
    """Return the panel with a note of columns of the data that C, T or D of the study take the place of.

    Raises DataError for a subsystem that is named as a column: either could be meant by a model.
    """
    taken = [str(name) for name in columns if name in panel.frame.columns or name in panel.groups.columns]
    for name in taken:
        if name in study.subsystems:
            raise DataError(
                text("'{name}' is a subsystem of the study and a column of the data", name=name),
                where=text("{file}, column {column}", file=study.data.path, column=name),
                fix=text("give the subsystem another name"),
            )
    if not taken:
        return panel
    return panel.noted(
        [text("Columns of the data that the study's own replace: {columns}", columns=names(taken))]
    )


def composition(study: Study) -> dict[str, frozenset[str]]:
    """Return what each index and transformed column is made of: indicators, and the columns they measure.

    Of a ratio or a per-head column that is the numerator.
    """
    found: dict[str, frozenset[str]] = {}
    for name, spec in study.transforms.items():
        sources = spec.measures()
        found[name] = frozenset(sources).union(*(found.get(source, frozenset()) for source in sources))
    for name, indicators in study.subsystems.items():
        found[name] = frozenset(indicators).union(*(found.get(i, frozenset()) for i in indicators))
    whole = frozenset(study.subsystems).union(*(found[name] for name in study.subsystems))
    return found | dict.fromkeys(RESERVED, whole)


def with_documents(file: StudyFile, panel: Panel) -> tuple[Panel, DocumentsResult | None]:
    """Return the panel with the columns of the study's policy documents, and their tables."""
    study, spec = file.study, file.study.documents
    if spec is None:
        return panel, None
    measured = measure(read_documents(spec, panel, file.base), spec, panel, degree_of(study))
    words = {column: label.render(study.language) for column, label in labels(spec).items()}
    panel = replace(panel.with_columns(measured.frame), labels={**words, **panel.labels})
    return panel, measured


def degree_of(study: Study) -> Degree:
    """Return the study's coupling formula for the documents' room: u (m, n) -> C, T (equal shares), D."""
    formula = FORMULAS[study.coupling.formula]

    def degree(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        c, t = formula(u), comprehensive(u, np.full(u.shape[1], 1 / u.shape[1]))
        return c, t, coordination(c, t)

    return degree
