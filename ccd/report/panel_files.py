"""The panel with every computed column and its labels, as one file for Stata or for whatever reads parquet."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from ccd.errors import UsageError
from ccd.report.labels import Labels
from ccd.results import Results
from ccd.words import Name, Text, text

#: Words of the columns that coupling adds.
COMPUTED: Mapping[str, Text] = {
    "C": text("Degree of coupling"),
    "T": text("Comprehensive evaluation index"),
    "D": text("Degree of coupling coordination"),
    "grade": text("Grade of coupling coordination"),
    "bottleneck": text("Subsystem that holds coordination back"),
    "weakest": text("Index of the weakest subsystem"),
}
#: What Stata cannot hold: longer names and labels, its own words, numbers beyond its largest.
NAME, LABEL, LARGEST = 32, 80, 8.988e307
RESERVED = frozenset(
    ("_all", "_b", "byte", "_coef", "_cons", "double", "float", "if", "in", "int", "long", "_n", "_N", "_pi",
     "_pred", "_rc", "_skip", "str", "strL", "using", "with")
)  # fmt: skip
#: Files carry a moment; a fixed one keeps their bytes.
MOMENT = datetime(1980, 1, 1)


@dataclass(frozen=True)
class PanelFile:
    """A panel as a file: its ``frame`` (one row a region-year, flat), a label for each column, and its title."""

    frame: pd.DataFrame
    labels: Mapping[str, str]
    title: str


def panel_file(results: Results) -> PanelFile:
    """Return region, year, every numeric and text column, the coupling beside, and ``first_POLICY`` of each policy.

    Labels are the study's words, in its language, with the unit in parentheses where it names one.
    """
    panel, language = results.panel, results.language
    frame = panel.frame.copy()
    beside = [panel.groups] if results.coupling is None else [panel.groups, results.coupling.frame]
    for more in beside:
        for name in more.columns:
            if name not in frame.columns:
                frame[name] = more[name]
    label = Labels(panel.labels, language)
    words = {str(name): label(str(name)) for name in (panel.entity_name, panel.time_name, *frame.columns)}
    for name, computed in COMPUTED.items():
        if words.get(name) == name:
            words[name] = computed.render(language)
    for name, unit in panel.units.items():
        if name in words:
            words[name] += f" ({unit})"
    entities = frame.index.get_level_values(0)
    for policy in panel.cohorts:
        column = f"first_{policy}"
        if column not in frame.columns:
            frame[column] = panel.cohort(policy).reindex(entities).to_numpy(dtype=float)
            told = text("First treated year: {policy}", policy=Name(policy))
            words[column] = told.render(language, label)
    return PanelFile(frame.reset_index(), words, results.title)


def panel_parquet(found: PanelFile) -> tuple[bytes, tuple[Text, ...]]:
    """Return the panel as parquet: each field's metadata holds its ``label``, the schema's the ``title``."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(found.frame, preserve_index=False)
    fields = [field.with_metadata({"label": found.labels[field.name]}) for field in table.schema]
    held = {**(table.schema.metadata or {}), b"title": found.title.encode("utf-8")}
    stream = io.BytesIO()
    pq.write_table(table.cast(pa.schema(fields, metadata=held)), stream)
    return stream.getvalue(), ()


def panel_dta(found: PanelFile) -> tuple[bytes, tuple[Text, ...]]:
    """Return the panel as a Stata 14 file with variable labels, and notes on what Stata's limits changed."""
    renamed = stata_names(found.frame.columns)
    frame, notes = found.frame.rename(columns=renamed), []
    other = tuple(f"{old} -> {new}" for old, new in renamed.items() if old != new)
    if other:
        notes.append(text("panel.dta: Stata allows other names only: {names}", names=other))
    labels = {renamed[name]: label for name, label in found.labels.items()}
    long = tuple(name for name, label in labels.items() if len(label) > LABEL)
    if long:
        notes.append(text("panel.dta: labels cut at 80 characters: {names}", names=long))
    words, beyond = [], []
    for name in frame.columns:
        if pd.api.types.is_bool_dtype(frame[name]):
            frame[name] = frame[name].astype("int8")
        elif not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "").astype(str)
            words.append(name)
        elif pd.api.types.is_float_dtype(frame[name]):
            outside = frame[name].abs() > LARGEST
            if outside.any():
                frame.loc[outside, name] = np.nan
                beyond.append(name)
    if beyond:
        notes.append(
            text("panel.dta: missing where Stata cannot hold so large a number: {names}", names=tuple(beyond))
        )
    stream = io.BytesIO()
    frame.to_stata(
        stream,
        write_index=False,
        version=118,
        time_stamp=MOMENT,
        data_label=found.title[:LABEL],
        variable_labels={name: label[:LABEL] for name, label in labels.items()},
        convert_strl=[
            name for name in words if max(len(word.encode("utf-8")) for word in frame[name]) > 2045
        ],
    )
    return stream.getvalue(), tuple(notes)


def stata_names(names: Iterable[str]) -> dict[str, str]:
    """Return name -> a name that Stata allows, each once: letters, digits and _, no digit first, 32 at most."""
    made: dict[str, str] = {}
    for name in names:
        allowed = "".join(
            char if char.isalpha() or char == "_" or char in "0123456789" else "_" for char in name
        )
        if not allowed or allowed[0].isdigit() or allowed in RESERVED or is_string_type(allowed):
            allowed = f"_{allowed}"
        candidate, count = allowed[:NAME], 2
        while candidate in made.values():
            ending = f"_{count}"
            candidate, count = allowed[: NAME - len(ending)] + ending, count + 1
        made[name] = candidate
    return made


def is_string_type(name: str) -> bool:
    """Tell whether a name is one of Stata's types of text, such as str20."""
    return name.startswith("str") and name[3:].isdigit()


#: Format -> the panel as bytes, and notes on what the format could not hold.
PANELS: Mapping[str, Callable[[PanelFile], tuple[bytes, tuple[Text, ...]]]] = {
    "dta": panel_dta,
    "parquet": panel_parquet,
}


def can_write(formats: Iterable[str]) -> None:
    """Raise UsageError where a format of the panel needs a package that is not installed."""
    from importlib.util import find_spec

    if "parquet" in formats and find_spec("pyarrow") is None:
        raise UsageError(
            text("writing parquet needs pyarrow, which is not installed"),
            where=text("study, {key}", key="[output] formats"),
            fix=text('install the extra: pip install "ccd-econ[parquet]"'),
        )
