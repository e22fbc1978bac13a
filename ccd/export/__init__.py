"""The models of a study as a script for Stata or R, with the panel that it reads: ``ccd export``.

A language is a room here with one small file a kind of model, a line for each model in its ``CODERS``, and a line
in ``LANGUAGES``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.model import ModelSpec
from ccd.export.columns import made_for
from ccd.export.job import Job, Names
from ccd.export.languages import LANGUAGES
from ccd.export.script import with_columns, written
from ccd.report.panel_files import panel_file
from ccd.report.style import Style
from ccd.results import Results
from ccd.words import Text, text

__all__ = ["LANGUAGES", "Exported", "export"]


@dataclass(frozen=True)
class Exported:
    """The files of an export by name, which models have code, and what the language's limits changed."""

    files: Mapping[str, bytes]
    coded: Mapping[str, bool]
    notes: tuple[Text, ...]


def export(
    models: Sequence[ModelSpec], results: Results, language: str, style: Style, beside: Sequence[Text] = ()
) -> Exported:
    """Return panel and script of ``models``, whose estimates are in ``results``, in a language of LANGUAGES.

    ``beside`` says what of the study the script leaves out.
    """
    tongue, panel = LANGUAGES[language], results.panel
    found = panel_file(results)
    taken, own, extra = (
        set(found.frame.columns),
        dict[str, dict[str, str]](),
        dict[str, tuple[str, FloatArray]](),
    )
    for model in models:
        keys = own.setdefault(model.name, {})
        for key, values in made_for(model, panel).items():
            name = re.sub(r"\W", "_", f"{model.name}_{key}")
            while name in taken:
                name += "_"
            taken.add(name)
            keys[key] = name
            told = text("{key}, made for model {model}", key=key, model=model.name)
            extra[name] = (told.render(results.language), values)
    found = with_columns(found, extra)
    names = Names(found.frame.columns, tongue.names)
    textual = frozenset(
        str(name) for name in found.frame.columns if not pd.api.types.is_numeric_dtype(found.frame[name])
    )
    jobs = {
        model.name: Job(model, results.estimates.get(model.name), panel, names, own[model.name], textual)
        for model in models
    }
    blank = Job(models[0], None, panel, names, {}, textual)
    script = written(models, results, jobs, blank, tongue, style, beside)
    content, notes = tongue.write(found, names)
    files = {tongue.data: content, tongue.script: script.text.encode("utf-8"), **script.files}
    return Exported(files, script.coded, notes)
