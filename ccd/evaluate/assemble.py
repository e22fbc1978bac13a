"""What is told of a study beside its models: descriptions, notes, tables; and all of it put together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ccd.describe import describe, timeline
from ccd.documents.mix import PREFIX
from ccd.errors import UsageError, suggest
from ccd.estimate import MODELS, estimators, tag
from ccd.estimate.did.side_by_side import side_by_side
from ccd.estimate.model import ModelSpec, kind_of
from ccd.estimate.synergy.overlap import overlap
from ccd.estimate.synthetic.notes import compared
from ccd.evaluate.base import Base
from ccd.evaluate.sources import sources
from ccd.evaluate.steps import stepwise
from ccd.index.lint import shared_columns
from ccd.methods import Entry, explain
from ccd.panel import Panel
from ccd.results import Estimate, Failure, Part, Results, ResultsTable, Value
from ccd.section import Section
from ccd.study import Study, StudyFile, keys_naming
from ccd.transforms import transform_sources
from ccd.words import Name, Text, names, text


def chosen(study: Study, only: Collection[str]) -> list[ModelSpec]:
    """Return the models to fit. Raises UsageError when ``only`` names one that the study lacks."""
    known = [model.name for model in study.models]
    for name in only:
        if name not in known:
            raise UsageError(
                text("there is no model '{name}'", name=name),
                where="--only",
                fix=text("{near}models: {models}", near=suggest(name, known), models=tuple(known))
                if known
                else text("the study has no models"),
            )
    return [model for model in study.models if not only or model.name in only]


def check_columns(asking: Iterable[ModelSpec | Section], panel: Panel) -> None:
    """Raise DataError when a column that a model or a section names is not there, or is not of its kind."""
    own = {panel.entity_name, panel.time_name}
    for one in asking:
        keys = {word: key for key, word in reversed(list(keys_naming(one, _place(one))))}
        for column in (*one.columns(), *one.group_columns()):
            if column not in panel.frame and column not in panel.groups and column not in own:
                raise panel.no_column(column, keys.get(column, _place(one)))
        for column in one.columns():
            panel.column(column)
        for column in one.group_columns():
            panel.group(column)


def _place(one: ModelSpec | Section) -> str:
    return f"models.{one.name}" if isinstance(one, ModelSpec) else type(one).__name__


def described(study: Study, models: Collection[ModelSpec], base: Base) -> tuple[Part[Value], ...]:
    """Return the parts that describe the data: the calendar of the policies, their overlap, summaries."""
    treated = tuple(dict.fromkeys(policy for model in models for policy in model.policies_read()))
    paired = any(len(model.policies_read()) > 1 for model in models)
    return (
        *timeline(base.panel, treated),
        *overlap(base.panel, treated if paired else ()),
        *describe(base.panel, base.index, base.coupling, described_columns(study)),
    )


def assemble(
    file: StudyFile,
    base: Base,
    models: Collection[ModelSpec],
    describe: tuple[Part[Value], ...],
    estimates: Mapping[str, Estimate],
    failures: Mapping[str, Failure],
) -> Results:
    """Return the results of a study whose ``models`` were fitted: those that failed are in ``failures``."""
    study = file.study
    adjusted = {model.name: model.adjusts() for model in models}
    notes = [
        *shared_columns(study.subsystems, adjusted, transform_sources(study.transforms)),
        *circular(study, models),
        *file.notes,
        *scores_as_outcomes(file.study, models),
    ]
    return Results(
        name=file.name,
        title=study.title or file.name,
        language=study.language,
        panel=base.panel,
        index=base.index,
        coupling=base.coupling,
        estimates=estimates,
        documents=base.documents,
        describe=describe,
        comparisons=(*together(file, estimates), *stepwise(file.written, estimates)),
        tables=results_tables(file, models, {**estimates, **failures}),
        notes=tuple(notes),
        methods=explain(method_keys(file, models), study.language, own_entries(models)),
        failures=failures,
        sources=sources(file, described_columns(study)),
    )


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


def method_keys(file: StudyFile, models: Iterable[ModelSpec]) -> Iterator[str]:
    """Yield the keys of what a study chose, as ``ccd.methods`` explains it."""
    study = file.study
    if study.subsystems:
        yield f"scale:{study.index.scale}"
        yield f"weights:{study.index.weights}"
        yield f"formula:{study.coupling.formula}"
        yield "coupling:grades"
        yield "coupling:obstacles"
        yield "coupling:moved"
    for _, section in study.sections():
        yield from section.methods()
    if study.intervals is not None:
        yield "intervals"
    for model in models:
        yield from model.methods()
    if any(section.steps for section in file.written):
        yield "stepwise"


def results_tables(
    file: StudyFile, models: Iterable[ModelSpec], made: Mapping[str, Estimate | Failure]
) -> tuple[ResultsTable, ...]:
    """Return the tables of models that the study asks for; none asked: one for the models of each kind.

    Models entered stepwise have a table of their own where no other holds them. A model that failed keeps its
    column: ``made`` holds both.
    """
    asked = []
    for place, spec in enumerate(file.study.tables):
        listed = tuple(name for name in spec.models if name in made)
        options = spec.model_dump(exclude={"models", "name", "title", "headings"})
        name = spec.name or ("models" if place == 0 else f"models_{place + 1}")
        if listed:
            asked.append(ResultsTable(name, listed, spec.title, spec.headings, options))
    shown = {name for table in asked for name in table.models}
    steps = []
    for section in file.written:
        columns = tuple(str(one["name"]) for one in section.made if str(one["name"]) in made)
        if section.steps and columns and shown.isdisjoint(columns):
            steps.append(ResultsTable(section.name, columns))
            shown |= {*columns}
    if file.study.tables:
        return (*asked, *steps)
    kinds: dict[str, list[str]] = {}
    for model in models:
        if model.name not in shown:
            kinds.setdefault(made[model.name].kind, []).append(model.name)
    return (*steps, *(ResultsTable(f"models_{kind}", tuple(found)) for kind, found in kinds.items()))


def own_entries(models: Iterable[ModelSpec]) -> Mapping[str, Entry]:
    """Return what models explain of themselves that the house's list of methods does not have."""
    return {key: entry for model in models for key, entry in model.explained.items()}


def together(file: StudyFile, estimates: Mapping[str, Estimate]) -> Iterator[Part[Value]]:
    """Yield the parts that set the estimators of one section side by side, where their kind asks for it."""
    for section in file.written:
        asked = estimators(section.keys)
        model = MODELS.get(tag({**section.keys, "estimator": next(iter(asked), None)}))
        if model is not None and model.side_by_side and asked and not section.steps:
            several = isinstance(section.keys.get("outcome"), list | tuple)
            alike: dict[str, list[Estimate]] = {}
            for one in section.made:
                if one["name"] in estimates:
                    room = f"{section.name}-{one.get('outcome')}" if several else section.name
                    alike.setdefault(room, []).append(estimates[one["name"]])
            for room, found in alike.items():
                notes = compared(found) if kind_of(model) == "synthetic" else ()
                for part in side_by_side(room, found):
                    yield replace(part, notes=(*part.notes, *notes))


def scores_as_outcomes(study: Study, models: Collection[ModelSpec]) -> list[Text]:
    """Return the note on models whose outcome is a score of data envelopment analysis (Simar and Wilson 2007)."""
    made = {column for name, spec in study.efficiency.items() for column in spec.made(name)}
    found = tuple(Name(model.name) for model in models if model.outcome in made)
    note = text(
        "Efficiency scores as the outcome depend on one another through the frontier, which standard errors ignore "
        "(Simar and Wilson 2007): {models}",
        models=found,
    )
    return [note] if found else []
