"""`ccd audit`: a published table against the known formulas, alone or with the data of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ccd import manifest
from ccd.audit.run import audit, audit_weights
from ccd.audit.table import PublishedWeights, read_published
from ccd.audit.weights import Material
from ccd.coupling.grades import classes
from ccd.errors import DataError, UsageError, suggest
from ccd.evaluate.base import build_base
from ccd.index.fit import members
from ccd.index.gaps import check_cells, fill_gaps
from ccd.output import replaceable, whole
from ccd.pipeline.steps import Options, inputs_of, table_of
from ccd.readers import read_table
from ccd.report.files import write_parts
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.report.write import write_table
from ccd.results import Chapter
from ccd.study import StudyFile, load_study
from ccd.words import Language, text


@dataclass(frozen=True)
class Asked:
    """How a published table is read: sheet, lines around it, its columns U and what its other columns are."""

    sheet: str | None = None
    skip_rows: int = 0
    skip_footer: int = 0
    indices: tuple[str, ...] = ()
    named: Mapping[str, str] | None = None


def run_audit(
    path: Path,
    study: Path | None,
    out: Path | None,
    options: Options,
    asked: Asked = Asked(),
    language: Language = "en",
) -> tuple[Chapter, tuple[str, ...]]:
    """Return the verdicts on the table in ``path``, and the files written to ``out`` (none: nothing is written).

    ``study`` gives the data that published weights are made again from, and grades of its own. Raises CcdError.
    """
    file = None if study is None else load_study(study, options.overrides, options.seed)
    if out is not None:
        replaceable(out, (path, *([file.path] if file else [])), force=options.force)
    table = read_table(path, asked.sheet, skip_rows=asked.skip_rows, skip_footer=asked.skip_footer)
    published = read_published(table, path.name, asked.indices, asked.named)
    if isinstance(published, PublishedWeights):
        told = audit_weights(*_with_data(published, file))
    else:
        told = audit(published, () if file is None else classes(file.study.coupling.grades).cuts)
    if out is None:
        return told, ()
    inputs = {path.name: path} | ({} if file is None else inputs_of(file))
    with whole(out) as folder:
        write_parts(told.parts, folder / told.room)
        ctx = Context(language=language)
        for part in told.parts:
            view = VIEWS[part.shape]
            made = view.table(part, ctx) if view.table else None
            if made is not None:
                write_table(made, ctx, folder / "tables", ("csv", "md", "tex"))
        made_of = manifest.make_manifest(
            folder,
            command=options.command,
            study={}
            if file is None
            else file.study.model_dump(mode="json", exclude_none=True, by_alias=True),
            inputs=inputs,
            seed=0 if file is None else file.study.seed,
            warnings=[str(note) for note in told.notes],
            seconds={},
        )
        manifest.write_manifest(folder, made_of)
        files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    return told, tuple(files)


def _with_data(published: PublishedWeights, file: StudyFile | None) -> tuple[PublishedWeights, Material]:
    """Return the published weights in the order of the study's indicators, and those."""
    if file is None or not file.study.subsystems:
        raise UsageError(
            text("weights can be made again from data alone"),
            where=str(published.source),
            fix=text("name the study that holds the indicators: --study STUDY"),
        )
    study = file.study
    panel = build_base(file, table_of(file), {}, coupled=False).panel
    listed = members(study.subsystems)
    known = {member.indicator: member.indicator for member in listed}
    known |= {panel.labels[name]: name for name in [*known] if name in panel.labels}
    at: dict[str, int] = {}
    for k, name in enumerate(published.indicators):
        if name not in known:
            raise DataError(
                text("'{column}' is no indicator of the study", column=name),
                where=published.source,
                fix=text("{near}they are: {columns}", near=suggest(name, known), columns=_names(known)),
            )
        at[known[name]] = k
    absent = [member.indicator for member in listed if member.indicator not in at]
    if absent:
        raise DataError(
            text("the table gives no weight for {columns}", columns=_names(absent)),
            where=published.source,
            fix=text("list every indicator of the study"),
        )
    order = [at[member.indicator] for member in listed]
    full, _, _ = fill_gaps(panel, [m.indicator for m in listed], study.index.impute)
    check_cells(full, [m.indicator for m in listed], imputed=study.index.impute is not None)
    x = np.column_stack([full.column(member.indicator) for member in listed])
    year = np.unique(panel.years, return_inverse=True)[1].astype(np.intp)
    weight = published.weight
    kept = type(weight)(weight.value[order], weight.half[order])
    rows = tuple(published.indicators[k] for k in order)
    return PublishedWeights(published.source, rows, kept), Material(x, year, len(panel.entities), listed)


def _names(words: Sequence[str] | Mapping[str, str]) -> tuple[str, ...]:
    return tuple(words)
