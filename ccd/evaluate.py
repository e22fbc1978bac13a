"""evaluate: a study and a table in, frozen results out; of files it reads a lock and policy documents alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.bundled import COORDINATES, codebook_labels, with_coordinates
from ccd.cells import make_panel
from ccd.coupling.build import couple
from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.describe import describe, timeline
from ccd.documents.build import Degree, couple_against, measure
from ccd.documents.labels import labels
from ccd.documents.mix import PREFIX
from ccd.documents.source import read_documents
from ccd.errors import DataError, UsageError, suggest
from ccd.estimate import estimators
from ccd.estimate.did.side_by_side import side_by_side
from ccd.estimate.model import ModelSpec
from ccd.estimate.synergy.overlap import overlap
from ccd.index.build import build_index
from ccd.index.lint import lint, shared_columns
from ccd.methods import explain
from ccd.panel import Panel
from ccd.policies import assign_cohorts
from ccd.results import CouplingResult, DocumentsResult, Estimate, IndexResult, Part, Results, ResultsTable
from ccd.streams import Stream
from ccd.study import RESERVED, Study, StudyFile
from ccd.transforms import apply_transforms, transform_sources
from ccd.words import Name, Text, names, text

Step = Callable[[str], AbstractContextManager[object]]
Memo = MutableMapping[str, Any]


@dataclass(frozen=True)
class Base:
    """What the models stand on: the panel with every column, its index and its coupling."""

    panel: Panel
    index: IndexResult | None
    coupling: CouplingResult | None
    documents: DocumentsResult | None = None


@dataclass
class Clock:
    """CPU seconds of each model's ``fit``; the manifest shows them and no result depends on them."""

    seconds: dict[str, float] = field(default_factory=dict)


def evaluate(
    file: StudyFile,
    table: pd.DataFrame,
    only: Collection[str] = (),
    memo: Memo | None = None,
    *,
    step: Step = nullcontext,
    jobs: int = 1,
    clock: Clock | None = None,
) -> Results:
    """Return all results of a study on ``table`` (the data file as read).

    ``only`` names the models to fit (none: all). ``memo`` keeps panel, index and coupling between calls
    of studies that share them. ``step`` is entered around each step by its name. Raises CcdError.
    """
    study = file.study
    models = chosen(study, only)
    base = build_base(file, table, {} if memo is None else memo, step)
    controls = {model.name: tuple(getattr(model, "controls", ())) for model in models}
    notes = [
        *shared_columns(study.subsystems, controls, transform_sources(study.transforms)),
        *circular(study, models),
    ]
    with step("describe"):
        treated = tuple(dict.fromkeys(policy for model in models for policy in model.policies_read()))
        paired = any(len(model.policies_read()) > 1 for model in models)
        parts = (
            *timeline(base.panel, treated),
            *overlap(base.panel, treated if paired else ()),
            *describe(base.panel, base.index, base.coupling, described_columns(study)),
        )
    estimates = dict(fit_all(models, base.panel, study.seed, jobs, step, clock or Clock()))
    return Results(
        name=file.name,
        title=study.title or file.name,
        language=study.language,
        panel=base.panel,
        index=base.index,
        coupling=base.coupling,
        estimates=estimates,
        documents=base.documents,
        describe=parts,
        comparisons=tuple(together(file, estimates)),
        tables=results_tables(study, estimates),
        notes=tuple(notes),
        methods=explain(method_keys(study, models), study.language),
    )


def chosen(study: Study, only: Collection[str]) -> list[ModelSpec]:
    """Return the models to fit. Raises UsageError when ``only`` names one that the study lacks."""
    known = [model.name for model in study.models]
    for name in only:
        if name not in known:
            raise UsageError(
                f"there is no model '{name}'",
                where="--only",
                fix=f"{suggest(name, known)}models: {', '.join(known)}",
            )
    return [model for model in study.models if not only or model.name in only]


def build_base(
    file: StudyFile, table: pd.DataFrame, memo: Memo, step: Step = nullcontext, *, coupled: bool = True
) -> Base:
    """Return panel, linted index and coupling; what an earlier call with the same sections made is used again."""
    study = file.study
    sections = ("data", "transforms", "subsystems", "index", "coupling", "policies", "documents")
    key = json.dumps(
        [
            study.model_dump(mode="json", include=set(sections)),
            study.numeric_columns(),
            study.language,
            coupled,
        ],
        sort_keys=True,
    )
    if key in memo:
        return memo[key]  # type: ignore[no-any-return]
    with step("panel"):
        made = (*study.transforms, *study.subsystems)
        wanted = study.numeric_columns()
        read = [name for name in wanted if name not in COORDINATES or name in table.columns]
        panel = make_panel(table, study.data, study.data.path, read, made)
        panel = with_coordinates(panel, wanted)
        panel = replace(panel, labels={**codebook_labels(study.language), **panel.labels})
        panel, documents = with_documents(file, panel)
        panel = assign_cohorts(apply_transforms(panel, study.transforms), study.policies)
    base = Base(panel, None, None, documents)
    if study.subsystems:
        from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

        with threadpool_limits(1), step("index"):
            index = build_index(panel, study.subsystems, study.index, file.base)
        coupling, columns = None, index.scores
        if coupled:
            with step("couple"):
                coupling = couple(panel, index, study.coupling)
            weakest = index.scores.min(axis=1).rename("weakest")
            columns = pd.concat([index.scores, coupling.frame[["C", "T", "D"]], weakest], axis=1)
        panel = with_own_names(panel, columns, study)
        degree = coupling.frame["D"] if coupling else None
        found, parts = lint(panel, study.subsystems, study.index, index, degree)
        index = replace(index, notes=(*index.notes, *found), parts=(*index.parts, *parts))
        panel = replace(panel.with_columns(columns), made_of=composition(study))
        if documents is not None and study.documents is not None:
            documents = couple_against(documents, index.scores, study.documents, degree_of(study))
            panel = panel.with_columns(documents.frame)
        base = Base(panel, index, coupling, documents)
    memo[key] = base
    return base


def with_own_names(panel: Panel, columns: pd.DataFrame, study: Study) -> Panel:
    """Return the panel with a note of columns of the data that C, T or D of the study take the place of.

    Raises DataError for a subsystem that is named as a column: either could be meant by a model.
    """
    taken = [str(name) for name in columns if name in panel.frame.columns or name in panel.groups.columns]
    for name in taken:
        if name in study.subsystems:
            raise DataError(
                f"'{name}' is a subsystem of the study and a column of the data",
                where=f"{study.data.path}, column {name}",
                fix="give the subsystem another name",
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
    measures = {name: spec.reads()[0] for name, spec in study.transforms.items()}
    found: dict[str, frozenset[str]] = {}
    for name, source in measures.items():
        found[name] = frozenset({source}) | found.get(source, frozenset())
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


def circular(study: Study, models: Collection[ModelSpec]) -> list[Text]:
    """Return a warning for each model that sets a policy against documents that count that policy itself."""
    spec = study.documents
    if spec is None or spec.registry is None:
        return []
    sources, notes = transform_sources(study.transforms), []
    for model in models:
        made = [c for c in model.columns() if any(s.startswith(PREFIX) for s in {c, *sources.get(c, ())})]
        for policy in model.policies_read():
            own = study.policies[policy].registry
            if made and own and (not spec.policies or own in spec.policies):
                notes.append(
                    text(
                        "{model}: {columns} rest on documents that count {policy} itself, so they move with it by "
                        "construction; leave it out under [documents] policies",
                        model=Name(model.name),
                        columns=names(made),
                        policy=Name(policy),
                    )
                )
    return notes


def degree_of(study: Study) -> Degree:
    """Return the study's coupling formula for the documents' room: u (m, n) -> C, T (equal shares), D."""
    formula = FORMULAS[study.coupling.formula]

    def degree(u: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        c, t = formula(u), comprehensive(u, np.full(u.shape[1], 1 / u.shape[1]))
        return c, t, coordination(c, t)

    return degree


def described_columns(study: Study) -> tuple[str, ...]:
    """Return the columns of the data summary: outcomes, then what the models and the index are made of."""
    wanted: list[str] = [model.outcome for model in study.models]
    if study.subsystems:
        wanted += ["D", "C", "T", *study.subsystems]
    for model in study.models:
        wanted += model.columns()
    for indicators in study.subsystems.values():
        wanted += indicators
    return tuple(dict.fromkeys(wanted))


def fit_all(
    models: Collection[ModelSpec], panel: Panel, seed: int, jobs: int, step: Step, clock: Clock
) -> Iterator[tuple[str, Estimate]]:
    """Yield (name, estimate) in the order of the study, fitted in ``jobs`` processes."""
    if jobs > 1 and len(models) > 1:
        from concurrent.futures import ProcessPoolExecutor  # only where asked for

        with ProcessPoolExecutor(jobs) as pool:
            waiting = [(model.name, pool.submit(fit_one, model, panel, seed)) for model in models]
            for name, future in waiting:
                with step(name):
                    estimate, clock.seconds[name] = future.result()
                yield name, estimate
        return
    for model in models:
        with step(model.name):
            estimate, clock.seconds[model.name] = fit_one(model, panel, seed)
        yield model.name, estimate


def fit_one(model: ModelSpec, panel: Panel, seed: int) -> tuple[Estimate, float]:
    """Return a model's estimate and the CPU seconds of its ``fit``, with one BLAS thread (same bytes)."""
    from threadpoolctl import threadpool_limits  # after the BLAS it limits

    for module in model.imports():
        import_module(module)
    with threadpool_limits(1):
        began = time.process_time()
        estimate = model.fit(panel, Stream(seed, model.name))
        spent = time.process_time() - began
    return replace(estimate, seed=seed), spent


def method_keys(study: Study, models: Iterable[ModelSpec]) -> Iterator[str]:
    """Yield the keys of what a study chose, as ``ccd.methods`` explains it."""
    if study.subsystems:
        yield f"scale:{study.index.scale}"
        yield f"weights:{study.index.weights}"
        yield f"formula:{study.coupling.formula}"
        yield "coupling:moved"
    for model in models:
        yield from model.methods()


def results_tables(study: Study, estimates: Mapping[str, Estimate]) -> tuple[ResultsTable, ...]:
    """Return the tables of models that the study asks for; none asked: one for the models of each kind."""
    if study.tables:
        made = []
        for place, spec in enumerate(study.tables):
            models = tuple(name for name in spec.models if name in estimates)
            options = spec.model_dump(exclude={"models", "name", "title", "headings"})
            name = spec.name or ("models" if place == 0 else f"models_{place + 1}")
            if models:
                made.append(ResultsTable(name, models, spec.title, spec.headings, options))
        return tuple(made)
    kinds: dict[str, list[str]] = {}
    for name, estimate in estimates.items():
        kinds.setdefault(estimate.kind, []).append(name)
    return tuple(ResultsTable(f"models_{kind}", tuple(found)) for kind, found in kinds.items())


def together(file: StudyFile, estimates: Mapping[str, Estimate]) -> Iterator[Part]:
    """Yield the parts that set the estimators of one ``[[models]]`` section of kind did side by side."""
    for section in file.raw.get("models", ()):
        if section.get("kind") == "did":
            made = [f"{section.get('name')}-{estimator}" for estimator in estimators(section)]
            found = [estimates[name] for name in made if name in estimates]
            yield from side_by_side(str(section.get("name")), found)


def with_comparisons(results: Results, parts: Collection[Any]) -> Results:
    """Return results with more comparisons at their end."""
    return replace(results, comparisons=(*results.comparisons, *parts))
