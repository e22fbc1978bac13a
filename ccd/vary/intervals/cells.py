"""The cells behind the indicators: which columns of the file they rest on, what their digits leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.cells import make_panel, read_data
from ccd.cells.printed import halves
from ccd.errors import DataError, StudyError, suggest
from ccd.index.fit import IndexSpec, Member
from ccd.panel import Panel
from ccd.study import Study, StudyFile
from ccd.transforms import TransformSpec, apply_transforms, transform_sources
from ccd.vary.degrees import cells
from ccd.words import names, text

#: Files whose cells are what was printed; a workbook holds numbers in binary.
TEXT = (".csv", ".txt", ".tsv")


@dataclass(frozen=True)
class Behind:
    """Columns of the file behind the indicators: ``columns`` are drawn, ``held`` (made by linear programmes or of
    documents) stay; ``transforms`` lead from them to the indicators.
    """

    panel: Panel
    columns: tuple[str, ...]
    held: tuple[str, ...]
    transforms: dict[str, TransformSpec]
    listed: tuple[Member, ...]
    index: IndexSpec

    @property
    def values(self) -> FloatArray:
        """Return the cells of ``columns`` (m, q)."""
        return np.column_stack([self.panel.column(name) for name in self.columns])

    def indicators(self, values: FloatArray) -> FloatArray:
        """Return the indicators (m, k) that cells (m, q) lead to. Raises DataError for what cannot be computed."""
        frame = pd.DataFrame(values, index=self.panel.frame.index, columns=list(self.columns))
        if self.held:
            frame = frame.join(self.panel.frame[list(self.held)])
        panel = apply_transforms(replace(self.panel, frame=frame, notes=()), self.transforms)
        return cells(panel, self.listed, self.index)


def behind(study: Study, panel: Panel, listed: Sequence[Member]) -> Behind:
    """Return the columns of the file that the indicators rest on."""
    sources, made = transform_sources(study.transforms), {*study.transforms}
    indicators = [member.indicator for member in listed]
    reached = dict.fromkeys(indicators)
    for name in indicators:
        reached |= dict.fromkeys(sorted(sources.get(name, ())))
    raw = [name for name in reached if name not in made]
    own = {column for name, spec in study.efficiency.items() for column in spec.made(name)}
    held = tuple(name for name in raw if name in own or name.startswith("doc_"))
    steps = {name: spec for name, spec in study.transforms.items() if name in reached}
    columns = tuple(name for name in raw if name not in held)
    return Behind(panel, columns, held, steps, tuple(listed), study.index)


def half_widths(file: StudyFile, own: Behind) -> FloatArray:
    """Return half a unit of the last digit of each cell (m, q): of ``digits``, else as the text file prints it.

    Raises DataError where the file keeps no printed digits and the study gives none, StudyError for digits of a
    column that no indicator rests on.
    """
    study = file.study
    asked = None if study.intervals is None else study.intervals.digits
    given = dict.fromkeys(own.columns, asked) if isinstance(asked, int) else dict(asked or {})
    known(given, own.columns, "digits")
    reading = [name for name in own.columns if name not in given]
    printed = _printed(file, own, reading) if reading else {}
    size = len(own.panel.frame)
    made = [
        np.full(size, 0.5 * 10.0 ** -float(given[name])) if name in given else printed[name]
        for name in own.columns
    ]
    return np.column_stack(made)


def _printed(file: StudyFile, own: Behind, columns: Sequence[str]) -> dict[str, FloatArray]:
    """Return the half widths of ``columns`` from the text of the file, in the order of the panel."""
    study = file.study
    table = read_data(study.data, file.base, {*study.text_columns(), *columns})
    written = all(name.lower().endswith(TEXT) for name in study.data.files())
    lost = [name for name in columns if not written or pd.api.types.is_numeric_dtype(table[name])]
    if lost:
        raise DataError(
            text("the file keeps no printed digits of {columns}", columns=names(lost)),
            where=text("{place}; asked for by {key}", place=study.data.path, key="intervals.sources"),
            fix=text(
                'write [intervals] digits = 2, or digits = {{ gdp = 1 }}, or leave "rounding" out of sources'
            ),
        )
    wide = table.assign(**{name: halves(table[name].fillna("")) for name in columns})
    bare = study.data.model_copy(update={"units": {}, "labels": {}})  # units may be of columns made later
    found = make_panel(wide, bare, study.data.path, columns)
    frame = found.frame.reindex(own.panel.frame.index)
    return {name: frame[name].to_numpy(dtype=np.float64) for name in columns}


def known(
    named: Sequence[str] | dict[str, object] | dict[str, int], columns: Sequence[str], key: str
) -> None:
    """Raise StudyError where a key names a column that no indicator rests on."""
    for name in named:
        if name not in columns:
            raise StudyError(
                text("no indicator rests on the column '{column}'", column=name),
                where=text("study, [intervals] {key}", key=key),
                fix=text("{near}columns are: {columns}", near=suggest(name, columns), columns=tuple(columns)),
            )
