"""The pipeline: read, evaluate, write whole or not at all; it prints nothing and tells progress by callback."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ccd import manifest
from ccd.errors import DataError, UsageError
from ccd.evaluate import Base, Clock, build_base, chosen, evaluate, with_comparisons
from ccd.readers import read_table
from ccd.report.files import write_numbers
from ccd.report.write import write_report
from ccd.results import Results
from ccd.study import StudyFile, load_study
from ccd.vary import variations
from ccd.words import Text

Watch = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Options:
    """What the command line asks beside the study: see DESIGN, common options."""

    only: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    seed: int | None = None
    jobs: int = 1
    force: bool = False
    command: str = "ccd"


@dataclass(frozen=True)
class Run:
    """What a run made: the results, where they were written, the files in it, and CPU seconds by step."""

    results: Results
    out: Path
    files: tuple[str, ...]
    seconds: dict[str, object] = field(default_factory=dict)


class Stopwatch:
    """CPU seconds by step, around the caller's own watch."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Clock one step."""
        began = time.process_time()
        with self.watch(step):
            yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.process_time() - began


def read(path: Path, options: Options) -> tuple[StudyFile, pd.DataFrame]:
    """Return the study at ``path`` and the table it names. Raises StudyError or DataError."""
    file = load_study(path, options.overrides, options.seed)
    return file, table_of(file)


def table_of(file: StudyFile) -> pd.DataFrame:
    """Return the table that a study names."""
    data = file.study.data
    return read_table(file.base / data.path, data.sheet, file.study.text_columns())


def run(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Run a whole study and write everything it promises to ``out``. Raises CcdError; leaves nothing behind."""
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    memo: dict[str, object] = {}
    results = evaluate(file, table, options.only, memo, step=step, jobs=options.jobs, clock=clock)
    results = with_comparisons(results, variations(file, table, results, memo, step=step))
    return write(file, results, out, options, step, clock)


def run_base(path: Path, out: Path | None, options: Options, watch: Watch, *, coupled: bool) -> Run:
    """Write the index (and the coupling) of a study alone: ``ccd index`` and ``ccd couple``."""
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if not file.study.subsystems:
        raise UsageError("the study has no subsystems", where=str(path), fix="describe [subsystems]")
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    base = build_base(file, table, {}, step)
    results = Results(
        name=file.name,
        title=file.study.title or file.name,
        language=file.study.language,
        panel=base.panel,
        index=base.index,
        coupling=base.coupling if coupled else None,
        estimates={},
    )
    return write(file, results, out, options, step, clock, pages=False)


def write(
    file: StudyFile,
    results: Results,
    out: Path,
    options: Options,
    step: Stopwatch,
    clock: Clock,
    *,
    pages: bool = True,
) -> Run:
    """Write numbers, tables, figures, pages and the manifest in one go."""
    with whole(out) as folder:
        with step("numbers"):
            write_numbers(results, folder)
        drawn: tuple[Text, ...] = ()
        if pages:
            with step("report"):
                rerun = f"ccd run {file.path.name}"
                drawn = write_report(results, folder, file.study.output, base=file.base, rerun=rerun)
        seconds: dict[str, object] = {**step.seconds, "models": clock.seconds}
        made = manifest.make_manifest(
            folder,
            command=options.command.split(),
            study=file.study.model_dump(mode="json", exclude_defaults=True),
            inputs={file.path.name: file.path, file.study.data.path: file.base / file.study.data.path},
            seed=file.study.seed,
            warnings=[
                *(f"{at}: {note}" for at, note in results.warnings()),
                *(f"report: {note}" for note in drawn),
            ],
            seconds=seconds,
        )
        manifest.write_manifest(folder, made)
        files = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    return Run(results, out, files, seconds)


def destination(file: StudyFile, out: Path | None, options: Options) -> Path:
    """Return the folder to write. Raises UsageError when it is a file, or not empty and not ours."""
    out = out or Path("results") / file.name
    if out.is_file():
        raise UsageError("the output folder is a file", where=str(out), fix="name another folder with -o")
    ours = manifest.is_result(out)
    if out.is_dir() and any(out.iterdir()) and not ours and not options.force:
        raise UsageError(
            "the output folder is not empty and holds no earlier result of ccd",
            where=str(out),
            fix="name another folder with -o, or replace its contents with --force",
        )
    return out


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Give a temporary sibling of ``out`` to write in; it takes the place of ``out`` when all went well."""
    making, leaving = out.with_name(f".{out.name}.making"), out.with_name(f".{out.name}.leaving")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        for stale in (making, leaving):
            shutil.rmtree(stale, ignore_errors=True)
        making.mkdir()
    except OSError as error:
        raise DataError(
            f"the output folder cannot be written: {error.strerror}",
            where=str(out),
            fix="name another with -o",
        ) from error
    try:
        yield making
        if out.exists():
            out.rename(leaving)
        making.rename(out)
    finally:
        shutil.rmtree(making, ignore_errors=True)
        if leaving.exists() and not out.exists():
            leaving.rename(out)
        shutil.rmtree(leaving, ignore_errors=True)


def check(path: Path, options: Options) -> tuple[StudyFile, Base]:
    """Return a study and the base of its models, having read everything and written nothing."""
    file, table = read(path, options)
    chosen(file.study, options.only)
    base = build_base(file, table, {})
    for model in file.study.models:
        for column in model.columns():
            base.panel.column(column)
    return file, base
