"""The commands that write results: a whole run, its models, its index, its menu, one section, the policies."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from ccd.bundled import data_path
from ccd.describe import timeline
from ccd.errors import UsageError, suggest
from ccd.estimate.synergy.overlap import overlap
from ccd.evaluate.assemble import check_columns, chosen
from ccd.evaluate.base import build_base
from ccd.evaluate.chapters import chapters
from ccd.index.lock import make_lock, write_lock
from ccd.pipeline.steps import (
    Options,
    Run,
    Stopwatch,
    Watch,
    bare,
    data_inputs,
    destination,
    hashes,
    refuse_empty,
    store_of,
    table_of,
    write,
)
from ccd.policies import registry_policies
from ccd.study import load_study, parse_study
from ccd.vary.multiverse.menu import menu_of
from ccd.vary.multiverse.partial import Partial
from ccd.vary.multiverse.run import run_menu
from ccd.vary.robustness import variations
from ccd.vary.run import Clock, evaluate
from ccd.words import text
from ccd.writing import replacing


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
        *(file, table, options.only, varied),
        step=step,
        workers=options.jobs or 1,
        scheduler=options.scheduler,
        clock=clock,
        store=store,
    )
    return write(file, results, out, options, step, clock, store=store)


def run_models(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Write the models of a study alone: ``ccd estimate``."""
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if not file.study.models:
        raise UsageError(
            text("the study has no models"), where=str(path), fix=text("describe them under [[models]]")
        )
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
        raise UsageError(
            text("the study has no subsystems"), where=str(path), fix=text("describe [subsystems]")
        )
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    if lock is not None and lock.resolve().is_relative_to(out.resolve()):
        raise UsageError(
            text("the lock lies in the result, which is replaced whole"),
            where=str(lock),
            fix=text("name a file outside the folder of results"),
        )
    if lock is not None and (lock.is_dir() or (lock.exists() and not options.force)):
        raise UsageError(
            text("the lock file exists"), where=str(lock), fix=text("name another, or use --force")
        )
    known = file.study.index.scale != "zscore"  # z-scores have an index, and no coupling
    base = build_base(file, table, {}, step, coupled=coupled or (lock is not None and known))
    coupling = base.coupling if coupled else None
    results = replace(bare(file, base), index=base.index, coupling=coupling, documents=None)
    if lock is None or base.index is None:
        return write(file, results, out, options, step, clock, pages=False)
    held = make_lock(base.panel, file.study.subsystems, base.index, base.coupling)
    with replacing(lock) as making:
        write_lock(making, held)
        return write(file, results, out, options, step, clock, pages=False)


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
    partial = Partial(out.with_name(f"{out.name}.partial"), hashes(data_inputs(file)), options.fresh)
    with closing(partial):
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
        raise UsageError(
            text("the study has no documents"), where=str(path), fix=text("describe [documents]")
        )
    out = destination(file, out, options)
    base = build_base(file, table_of(file), {}, step, coupled=False)
    return write(file, bare(file, base), out, options, step, clock)


def run_describe(path: Path, out: Path | None, options: Options, watch: Watch) -> Run:
    """Write what a study describes in space and time alone: ``ccd describe``.

    Raises CcdError, also where the section itself cannot be told.
    """
    clock, step = Clock(), Stopwatch(watch)
    file = load_study(path, options.overrides, options.seed)
    if file.study.describe is None:
        raise UsageError(text("the study describes nothing"), where=str(path), fix=text("write [describe]"))
    out = destination(file, out, options)
    with step("read"):
        table = table_of(file)
    base = build_base(file, table, {}, step)
    check_columns([file.study.describe], base.panel)
    with step("describe"):
        told, failures = chapters(file, base, only=("describe",))
    results = replace(bare(file, base), documents=None, chapters=told, failures=failures)
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
            fix = text("{near}there are: {known}", near=suggest(name, known), known=tuple(known))
            raise UsageError(text("there is no policy '{policy}'", policy=name), where="--policy", fix=fix)
    if not known:
        raise UsageError(
            text("the study has no policies"), where=panel, fix=text("declare them under [policies.NAME]")
        )
    out = destination(file, out or Path("results") / "policies", options)
    base = build_base(file, table_of(file), {}, step, coupled=False)
    asked = list(chosen) or known
    parts = (*timeline(base.panel, asked), *overlap(base.panel, asked))
    return write(file, replace(bare(file, base), describe=parts), out, options, step, clock)
