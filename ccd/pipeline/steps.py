"""What every command shares: options, the steps it clocks, the files it reads, results written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ccd import manifest
from ccd.bundled import data_path
from ccd.cache import user_cache
from ccd.cells import read_data
from ccd.documents.source import inputs
from ccd.errors import DataError, StudyError
from ccd.evaluate.base import Base
from ccd.output import replaceable, whole
from ccd.processes import cores, cpu_seconds
from ccd.report.files import write_numbers
from ccd.report.panel_files import can_write
from ccd.report.write import Written, write_report
from ccd.results import Results
from ccd.study import StudyFile, extended
from ccd.vary.run import Clock
from ccd.vary.store import NO_STORE, Store
from ccd.words import text

Watch = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Options:
    """What the command line asks beside the study: see DESIGN, common options."""

    only: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    jobs: int | None = None
    force: bool = False
    fresh: bool = False
    command: tuple[str, ...] = ("ccd",)
    scheduler: str = ""


@dataclass(frozen=True)
class Run:
    """What a run made: the results, where they were written, the files in it, CPU seconds by step, every note."""

    results: Results
    out: Path
    files: tuple[str, ...]
    seconds: dict[str, object] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Stopwatch:
    """CPU seconds by step, around the caller's own watch."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Clock one step."""
        began = cpu_seconds()
        with self.watch(step):
            yield
        self.seconds[step] = self.seconds.get(step, 0.0) + cpu_seconds() - began


def refuse_empty(file: StudyFile) -> None:
    """Raise StudyError where a study has nothing to compute."""
    study = file.study
    if not (study.subsystems or study.models or study.documents or study.sections()):
        raise StudyError(
            text("the study computes nothing"),
            where=str(file.path),
            fix=text("describe two [subsystems], or name an outcome under [[models]]"),
        )


def table_of(file: StudyFile) -> pd.DataFrame:
    """Return the table that a study names."""
    return read_data(file.study.data, file.base, file.study.text_columns())


def bare(file: StudyFile, base: Base) -> Results:
    """Return results that hold a panel and its documents alone."""
    return Results(
        name=file.name,
        title=file.study.title or file.name,
        language=file.study.language,
        panel=base.panel,
        index=None,
        coupling=None,
        estimates={},
        documents=base.documents,
    )


def write(
    file: StudyFile,
    results: Results,
    out: Path,
    options: Options,
    step: Stopwatch,
    clock: Clock,
    *,
    pages: bool = True,
    store: Store = NO_STORE,
) -> Run:
    """Write numbers, tables, figures, pages and the manifest in one go."""
    results = replace(results, seed=file.study.seed, versions=manifest.versions())
    with whole(out) as folder:
        with step("numbers"):
            write_numbers(results, folder)
        drawn = Written((), ())
        if pages:
            with step("report"):
                rerun = " ".join(options.command)
                drawn = write_report(
                    results,
                    folder,
                    file.study.output,
                    base=file.base, rerun=rerun, cache=store.cache,
                    workers=options.jobs or cores(),
                )  # fmt: skip
        seconds: dict[str, object] = {**step.seconds, "models": clock.seconds}
        notes = tuple(
            [f"{at}: {note}" for at, note in results.warnings()]
            + [f"report: {note}" for note in drawn.warnings]
        )
        made = manifest.make_manifest(
            folder,
            command=options.command,
            study=file.study.model_dump(mode="json", exclude_none=True, by_alias=True),
            inputs=inputs_of(file),
            seed=file.study.seed,
            exhibits=drawn.exhibits,
            warnings=notes,
            seconds=seconds,
        )
        manifest.write_manifest(folder, made)
        files = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    store.cache.trim()
    return Run(results, out, files, seconds, notes)


def store_of(options: Options) -> Store:
    """Return the store of this user's finished work."""
    return Store(user_cache(fresh=options.fresh), lambda file: hashes(data_inputs(file)))


def hashes(files: Mapping[str, Path]) -> dict[str, str]:
    """Return name -> SHA-256 of files."""
    return {name: manifest.sha256(path) for name, path in files.items()}


def inputs_of(file: StudyFile) -> dict[str, Path]:
    """Return the files that a study reads, by the names it gives them, the studies it extends among them."""
    written = extended(file.path) if file.path.exists() else ()
    return {Path(os.path.relpath(path, file.base)).as_posix(): path for path in written} | data_inputs(file)


def data_inputs(file: StudyFile) -> dict[str, Path]:
    """Return the files that the numbers of a study are made from, by the names it gives them."""
    study = file.study
    found: dict[str, Path] = {}
    named = [*study.data.files(), *([study.index.lock] if study.index.lock else [])]
    named += [policy.path for policy in study.policies.values() if policy.path]
    named += [name for spec in study.weights.values() if (name := spec.file()) is not None]
    named += [name for _, section in study.sections() for name in section.files()]
    named += [study.output.map] if study.output.map else []
    found |= {name: file.base / name for name in named}
    if any(spec.kind == "contiguity" and spec.edges is None for spec in study.weights.values()):
        found |= {f"bundled/{name}": data_path(name) for name in ("adjacency.csv", "regions.csv")}
    if any(policy.registry for policy in study.policies.values()):
        found |= {f"bundled/{name}": data_path(name) for name in ("policies.csv", "regions.csv")}
    return found | (inputs(study.documents, file.base) if study.documents else {})


def destination(file: StudyFile, out: Path | None, options: Options) -> Path:
    """Return the folder to write. Raises UsageError when it cannot be replaced without loss."""
    can_write(file.study.output.formats)
    out = out or Path("results") / file.name
    files = (file.base / name for name in file.study.data.files())
    replaceable(out, (file.path, *files), force=options.force)
    return out


def last_seconds(out: Path) -> float | None:
    """Return the CPU seconds that the last run into ``out`` took, if there was one."""
    try:
        seconds = manifest.read_manifest(out).get("seconds")
    except DataError:
        return None
    spent = seconds.values() if isinstance(seconds, dict) else ()
    return sum(value for value in spent if isinstance(value, int | float)) or None
