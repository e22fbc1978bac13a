"""``ccd export``: the panel and the models of a study as a script for another program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from ccd import manifest
from ccd.errors import UsageError
from ccd.evaluate.assemble import chosen
from ccd.export import LANGUAGES, Exported, export
from ccd.output import replaceable, whole
from ccd.pipeline.steps import Options, Stopwatch, Watch, inputs_of, store_of, table_of
from ccd.results import Results
from ccd.study import StudyFile, load_study
from ccd.vary.run import evaluate
from ccd.words import Text, text


@dataclass(frozen=True)
class Export:
    """Where an export was written, what it holds, and the results behind it."""

    out: Path
    exported: Exported
    results: Results


def run_export(path: Path, out: Path | None, code: str, options: Options, watch: Watch) -> Export:
    """Fit the models of a study and write panel and script to ``out`` (none: results/<study>-<code>).

    Raises CcdError where the study, its data or ``code`` are wrong; then nothing is left behind.
    """
    if code not in LANGUAGES:
        known = tuple(LANGUAGES)
        raise UsageError(
            text("there is no language '{code}'", code=code),
            where="--code",
            fix=text("take one of {known}", known=known),
        )
    file = load_study(path, options.overrides, options.seed)
    models = chosen(file.study, options.only)
    if not models:
        raise UsageError(
            text("the study has no models"), where=str(path), fix=text("describe them under [[models]]")
        )
    out = out or Path("results") / f"{file.name}-{code}"
    replaceable(
        out, (file.path, *(file.base / name for name in file.study.data.files())), force=options.force
    )
    step = Stopwatch(watch)
    with step("read"):
        table = table_of(file)
    results = evaluate(
        file, table, options.only, step=step, workers=options.jobs or 1, store=store_of(options)
    )
    results = replace(results, versions=manifest.versions(), seed=file.study.seed)
    made = export(models, results, code, file.study.output.style(), left_out(file))
    with whole(out) as folder:
        for name, content in made.files.items():
            (folder / name).write_bytes(content)
        manifest.write_manifest(
            folder,
            manifest.make_manifest(
                folder,
                command=options.command,
                study=file.study.model_dump(mode="json", exclude_none=True, by_alias=True),
                inputs=inputs_of(file),
                seed=file.study.seed,
                warnings=tuple(str(note) for note in made.notes),
                seconds={},
            ),
        )
    return Export(out, made, results)


def left_out(file: StudyFile) -> list[Text]:
    """Return what of a study no script repeats."""
    study, found = file.study, list[Text]()
    if study.robustness:
        names = tuple(one.name or one.model for one in study.robustness)
        found.append(
            text(
                "Not repeated: the robustness checks of {names}; change the key and export again", names=names
            )
        )
    if study.subsystems:
        found.append(
            text("Not repeated: indices, weights and coupling, which are columns of the panel, made by ccd")
        )
    return found
