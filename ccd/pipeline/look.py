"""The commands that look: a drafted study, what a study chose, and what a run would do."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ccd.draft import Sketch, read_raw, sketch_study
from ccd.errors import CcdError, DataError, EstimationError, UsageError
from ccd.evaluate.assemble import chosen, method_keys, own_entries
from ccd.evaluate.base import Base, base_key, build_base
from ccd.evaluate.fit import fit_one
from ccd.methods import Method, explain
from ccd.pipeline.steps import Options, refuse_empty, table_of
from ccd.study import StudyFile, load_study, parse_study
from ccd.vary.robustness import variations
from ccd.vary.run import lay
from ccd.words import Language, Text, text
from ccd.writing import replacing


@dataclass(frozen=True)
class Draft:
    """A drafted study file and what was guessed in it."""

    path: Path
    guesses: tuple[Text, ...]


def init(
    data: Path,
    out: Path | None,
    more: Sequence[Path] = (),
    *,
    sheet: str | None = None,
    force: bool = False,
    language: Language = "en",
) -> Draft:
    """Write a study of a data file, commented in ``language``, and return it; the study is known to pass ``check``.

    Files ``more`` of the same regions are joined to it.

    Raises UsageError when the study file exists, DataError when the data make no panel.
    """
    out = out or Path(f"{data.stem}.toml")
    if out.exists() and not force:
        raise UsageError(
            text("the study file exists"), where=str(out), fix=text("name another with -o, or use --force")
        )
    table, keys, merges = read_raw(data, sheet, more)
    merges = tuple(
        merge.model_copy(update={"path": _beside(data.parent / merge.path, out)}) if merge.path else merge
        for merge in merges
    )
    sketch = sketch_study(table, _beside(data, out), data.stem, keys, language, merges)
    drafted = _with_a_model_that_can_be_estimated(sketch, table, out)
    with replacing(out) as making:
        making.write_text(drafted, encoding="utf-8", newline="\n")
    return Draft(out, sketch.guesses)


def _beside(path: Path, out: Path) -> str:
    """Return the path of a file as a study in ``out`` names it: whole where they lie on two drives of Windows."""
    try:
        return Path(os.path.relpath(path.resolve(), out.resolve().parent)).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _with_a_model_that_can_be_estimated(sketch: Sketch, table: pd.DataFrame, out: Path) -> str:
    """Return the draft with the first of its models that these data can estimate; with none where none can be."""
    for model in sketch.models:
        drafted = sketch.with_model(model)
        file = parse_study(tomllib.loads(drafted), out)
        base = build_base(file, table, {})
        try:
            fit_one(file.study.models[0], base.panel, file.study.seed, headline=True)
        except (DataError, EstimationError):
            continue
        return drafted
    build_base(parse_study(tomllib.loads(sketch.text), out), table, {})
    return sketch.text


def explained(path: Path, options: Options) -> tuple[Method, ...]:
    """Return what a study chose, explained; the data are not read."""
    file = load_study(path, options.overrides, options.seed)
    study = file.study
    models = chosen(study, options.only)
    return explain(method_keys(file, models), study.language, own_entries(models))


def check(path: Path, options: Options) -> tuple[StudyFile, Base]:
    """Return a study and the base of its models, having read everything and written nothing.

    Raises CcdError for whatever can be foreseen: every column and value that models and variations name, and the
    index and coupling of each variation.
    """
    file = load_study(path, options.overrides, options.seed)
    chosen(file.study, options.only)
    return checked(file)


def checked(file: StudyFile) -> tuple[StudyFile, Base]:
    """Return a study and the base of its models. Raises CcdError as ``check``."""
    refuse_empty(file)
    table = table_of(file)
    varied = variations(file)
    ground = lay(file, table, file.study.models, varied)
    asked = [(base_key(file.study), model) for model in file.study.models]
    for key, model in (*asked, *((one.job().base, one.model) for one in varied)):
        panel = ground.panels[key]
        if isinstance(panel, CcdError):
            raise panel
        model.foresee(panel)
    for _, section in file.study.sections():
        section.foresee(ground.base.panel)
    return file, ground.base
