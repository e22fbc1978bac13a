"""The pipeline: read, evaluate, write whole or not at all; it prints nothing and tells progress by callback."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from ccd import manifest
from ccd.bundled import data_path
from ccd.cache import user_cache
from ccd.cells import read_data
from ccd.describe import timeline
from ccd.documents.source import inputs
from ccd.draft import Sketch, read_raw, sketch_study
from ccd.errors import CcdError, DataError, EstimationError, StudyError, UsageError, suggest
from ccd.estimate.synergy.overlap import overlap
from ccd.evaluate.assemble import check_columns, chosen, method_keys, own_entries
from ccd.evaluate.base import Base, base_key, build_base
from ccd.evaluate.chapters import chapters
from ccd.evaluate.fit import fit_one
from ccd.index.lock import make_lock, write_lock
from ccd.methods import Method, explain
from ccd.output import replaceable, unwritable, whole
from ccd.policies import registry_policies
from ccd.processes import cores, cpu_seconds
from ccd.report.files import write_numbers
from ccd.report.write import write_report
from ccd.results import Results
from ccd.study import StudyFile, extended, load_study, parse_study
from ccd.vary.multiverse.menu import menu_of
from ccd.vary.multiverse.partial import Partial
from ccd.vary.multiverse.run import run_menu
from ccd.vary.robustness import variations
from ccd.vary.run import Clock, evaluate, lay
from ccd.vary.store import NO_STORE, Store
from ccd.words import Text, text

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


def run(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Run a whole study and write everything it promises to ``out``, but for what cannot be estimated.

    That stands in the failures of the results. Raises CcdError where study or data are wrong as a whole; then
    nothing is left behind.
    """
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    refuse_empty(file)
    chosen(file.study, options.only)
    varied = variations(file)
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    store = store_of(options)
    results = evaluate(
        file, table, options.only, varied, step=step, workers=options.jobs or 1, clock=clock, store=store
    )
    return write(file, results, out, options, step, clock, store=store)


def run_models(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Write the models of a study alone: ``ccd estimate``."""
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if not file.study.models:
        raise UsageError("the study has no models", where=str(path), fix="describe them under [[models]]")
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    store = store_of(options)
    found = evaluate(
        file, table, options.only, step=step, workers=options.jobs or 1, clock=clock, store=store
    )
    return write(
        file, replace(found, index=None, coupling=None, describe=(), chapters=()), out, options, step, clock
    )


def run_base(
    path: Path,
    out: Path | None,
    options: Options,
    watch: Watch,
    *,
    coupled: bool,
    lock: Path | None = None,
) -> Run:
    """Write the index (and the coupling) of a study alone: ``ccd index`` and ``ccd couple``.

    ``lock`` is a file for the bounds, weights and formula behind the numbers (``ccd index --lock``).
    """
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if not file.study.subsystems:
        raise UsageError("the study has no subsystems", where=str(path), fix="describe [subsystems]")
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    if lock is not None and (lock.is_dir() or (lock.exists() and not options.force)):
        raise UsageError("the lock file exists", where=str(lock), fix="name another, or use --force")
    known = file.study.index.scale != "zscore"  # z-scores have an index, and no coupling
    base = build_base(file, table, {}, step, coupled=coupled or (lock is not None and known))
    coupling = base.coupling if coupled else None
    results = replace(_bare(file, base), index=base.index, coupling=coupling, documents=None)
    if lock is None or base.index is None:
        return write(file, results, out, options, step, clock, pages=False)
    held = make_lock(base.panel, file.study.subsystems, base.index, base.coupling)
    making = lock.with_name(f".{lock.name}.making")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        write_lock(making, held)
        done = write(file, results, out, options, step, clock, pages=False)
        making.replace(lock)
    except OSError as error:
        raise unwritable(lock, error) from error
    finally:
        with suppress(OSError):
            making.unlink()
    return done


def run_multiverse(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Write every specification of a study's menu and what they say together: ``ccd multiverse``.

    Units that are finished wait in OUT.partial; a run that was stopped takes them over, one that ends removes them.
    """
    step = Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    menu = menu_of(file)
    out = destination(file, out or Path("results") / f"{file.name}-multiverse", options)
    with step("read"):
        table = table_of(file)
    partial = Partial(out.with_name(f"{out.name}.partial"), hashes(data_inputs(file)))
    if options.fresh:
        partial.remove()
    results = run_menu(
        *(file, menu, table, partial),
        step=step,
        workers=options.jobs or 1,
        scheduler=options.scheduler,
        command=("ccd", "run", path.name),
    )
    done = write(file, results, out, options, step, Clock())
    partial.remove()
    return done


def run_documents(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Write the measures of a study's policy documents alone: ``ccd documents``."""
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if file.study.documents is None:
        raise UsageError("the study has no documents", where=str(path), fix="describe [documents]")
    out = destination(file, out, options)
    base = build_base(file, table_of(file), {}, step, coupled=False)
    return write(file, _bare(file, base), out, options, step, clock)


def run_describe(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Write what a study describes in space and time alone: ``ccd describe``.

    Raises CcdError, also where the section itself cannot be told.
    """
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if file.study.describe is None:
        raise UsageError("the study describes nothing", where=str(path), fix="write [describe]")
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    base = build_base(file, table, {}, step)
    check_columns([file.study.describe], base.panel)
    with step("describe"):
        told, failures = chapters(file.study, base, only=("describe",))
    results = replace(_bare(file, base), documents=None, chapters=told, failures=failures)
    return write(file, results, out, options, step, clock)


def run_policies(panel: str, out: Path | None, chosen: Sequence[str], options: Options, watch: Watch) -> Run:
    """Write who has which policy when, and which pairs are identified: ``ccd policies --panel``.

    ``panel`` is ``provinces`` (the bundled panel, every policy of the registry) or a study file; ``chosen``
    names the policies (none: all). Raises UsageError for an unknown policy.
    """
    clock, step = Clock(), Stopwatch(watch)
    if panel == "provinces":
        raw = {
            "title": "Policies of the registry by province",
            "data": {"path": "provinces.csv", "entity": "province", "time": "year"},
            "policies": {name: {"registry": name} for name in registry_policies()},
        }
        file = parse_study(raw, data_path("provinces.csv").with_name("policies.toml"))  # a study of no file
    else:
        file = load_study(Path(panel), options.overrides, options.seed)
    known = list(file.study.policies)
    for name in chosen:
        if name not in known:
            fix = f"{suggest(name, known)}there are: {', '.join(known)}"
            raise UsageError(f"there is no policy '{name}'", where="--policy", fix=fix)
    if not known:
        raise UsageError("the study has no policies", where=panel, fix="declare them under [policies.NAME]")
    out = destination(file, out or Path("results") / "policies", options)
    base = build_base(file, table_of(file), {}, step, coupled=False)
    asked = list(chosen) or known
    parts = (*timeline(base.panel, asked), *overlap(base.panel, asked))
    return write(file, replace(_bare(file, base), describe=parts), out, options, step, clock)


def _bare(file: StudyFile, base: Base) -> Results:
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
        drawn: tuple[Text, ...] = ()
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
            [f"{at}: {note}" for at, note in results.warnings()] + [f"report: {note}" for note in drawn]
        )
        made = manifest.make_manifest(
            folder,
            command=options.command,
            study=file.study.model_dump(mode="json", exclude_none=True, by_alias=True),
            inputs=inputs_of(file),
            seed=file.study.seed,
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
    named += [study.output.map] if study.output.map else []
    found |= {name: file.base / name for name in named}
    if any(spec.kind == "contiguity" and spec.edges is None for spec in study.weights.values()):
        found |= {f"bundled/{name}": data_path(name) for name in ("adjacency.csv", "regions.csv")}
    if any(policy.registry for policy in study.policies.values()):
        found |= {f"bundled/{name}": data_path(name) for name in ("policies.csv", "regions.csv")}
    return found | (inputs(study.documents, file.base) if study.documents else {})


@dataclass(frozen=True)
class Draft:
    """A drafted study file and what was guessed in it."""

    path: Path
    guesses: tuple[str, ...]


def init(data: Path, out: Path | None, *, sheet: str | None = None, force: bool = False) -> Draft:
    """Write a commented study of a data file and return it; the study is known to pass ``check``.

    Raises UsageError when the study file exists, DataError when the data make no panel.
    """
    out = out or Path(f"{data.stem}.toml")
    if out.exists() and not force:
        raise UsageError("the study file exists", where=str(out), fix="name another with -o, or use --force")
    table, keys = read_raw(data, sheet)
    named = Path(os.path.relpath(data.resolve(), out.resolve().parent)).as_posix()
    sketch = sketch_study(table, named, data.stem, keys)
    drafted = _with_a_model_that_can_be_estimated(sketch, table, out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(drafted, encoding="utf-8", newline="\n")
    except OSError as error:
        raise unwritable(out, error) from error
    return Draft(out, sketch.guesses)


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


def destination(file: StudyFile, out: Path | None, options: Options) -> Path:
    """Return the folder to write. Raises UsageError when it cannot be replaced without loss."""
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


def explained(path: Path, options: Options) -> tuple[Method, ...]:
    """Return what a study chose, explained; the data are not read."""
    study = load_study(path, options.overrides, options.seed).study
    models = chosen(study, options.only)
    return explain(method_keys(study, models), study.language, own_entries(models))


def check(path: Path, options: Options) -> tuple[StudyFile, Base]:
    """Return a study and the base of its models, having read everything and written nothing.

    Raises CcdError for whatever can be foreseen: every column and value that models and variations name, and the
    index and coupling of each variation.
    """
    file = load_study(path, options.overrides, options.seed)
    refuse_empty(file)
    chosen(file.study, options.only)
    table = table_of(file)
    varied = variations(file)
    ground = lay(file, table, file.study.models, varied)
    asked = [(base_key(file.study), model) for model in file.study.models]
    for key, model in (*asked, *((one.job().base, one.model) for one in varied)):
        panel = ground.panels[key]
        if isinstance(panel, CcdError):
            raise panel
        model.foresee(panel)
    return file, ground.base
