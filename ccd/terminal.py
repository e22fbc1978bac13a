"""What a terminal shows: steps on stderr while they run, the result on stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccd import manifest, pipeline
from ccd.bundled import bundled_rows, data_files, data_folder, policy_names
from ccd.errors import DataError, EstimationError
from ccd.methods import Method, cited, reference
from ccd.methods import bibtex as to_bibtex
from ccd.plain import to_json
from ccd.policies import CONFIDENCES, LEVELS, registry_policies
from ccd.report.files import summary
from ccd.results import Estimate, PolicyOverlap
from ccd.words import P, plain_number

if TYPE_CHECKING:
    from rich.console import Console

    from ccd.pipeline import Draft, Options, Run
    from ccd.study import Study

Watch = Callable[[str], AbstractContextManager[object]]


def console(*, stderr: bool) -> Console:
    """Return a console that never breaks on characters that its encoding lacks."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")
    return Console(file=stream, highlight=False, soft_wrap=True, emoji=False)


@contextmanager
def progress(quiet: bool) -> Iterator[Watch]:
    """Give a watch that lists the steps live on stderr when it is a terminal, and nothing otherwise."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: nullcontext()
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    plain = (sys.stderr.encoding or "").lower().replace("-", "") != "utf8"
    spinner = SpinnerColumn("line" if plain else "dots", finished_text="*" if plain else "✓")
    columns = (spinner, TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:

        @contextmanager
        def watch(step: str) -> Iterator[None]:
            task = bar.add_task(step, total=1)
            yield
            bar.update(task, completed=1)

        yield watch


def report(done: Run, *, json: bool, quiet: bool, verbose: bool) -> int:
    """Show what a run made, one JSON object, or a few lines and the notes; return its exit code.

    What could not be estimated goes to stderr, three lines each, and makes the code 5.
    """
    _shown(done, json=json, quiet=quiet, verbose=verbose)
    sys.stdout.flush()
    for failure in done.results.failures.values():
        error = EstimationError(failure.what, where=failure.where, fix=failure.fix)
        sys.stderr.write(f"{error}\n")
    return EstimationError.exit_code if done.results.failures else 0


def _shown(done: Run, *, json: bool, quiet: bool, verbose: bool) -> None:
    if json:
        print_json(as_json(done))
        return
    notes = done.results.warnings()
    if verbose:
        err = console(stderr=True)
        for at, note in notes:
            err.print(f"note: {at}: {note}", markup=False)
    if quiet:
        return
    out = console(stderr=False)
    for name, estimate in done.results.estimates.items():
        out.print(in_a_line(name, estimate), markup=False)
    out.print(
        f"{len(done.files)} files in {done.out.as_posix()}; {len(notes)} notes in manifest.json", markup=False
    )


def in_a_line(name: str, estimate: Estimate) -> str:
    """Return a model's headline in one line: effect, standard error, p."""
    term = estimate.leading
    figures = f"{term.estimate:.4f} (s.e. {term.std_error:.4f}, p {plain_number(P(term.p_value))})"
    return f"{name}: {estimate.headline} on {estimate.outcome}: {figures}"


def as_json(done: Run) -> dict[str, object]:
    """Return terms and summaries of all models, what could not be estimated, and the paths."""
    models = {
        name: {"terms": estimate.terms.frame().to_dict("records"), "summary": summary(estimate)}
        for name, estimate in done.results.estimates.items()
    }
    paths = [f"{done.out.as_posix()}/{name}" for name in done.files]
    failures = {
        name: {"error": failure.what, "at": failure.where, "fix": failure.fix}
        for name, failure in done.results.failures.items()
    }
    return {
        "study": done.results.name,
        "out": done.out.as_posix(),
        "models": models,
        "failures": failures,
        "paths": paths,
    }


def print_json(value: object) -> None:
    """Write one JSON object to stdout, in characters that any console has."""
    utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    sys.stdout.write(to_json(value, only_ascii=not utf8))


def check(path: Path, options: Options, *, json: bool = False, out: Path | None = None) -> None:
    """Show what a study would do, having read and validated it and its data."""
    file, base = pipeline.check(path, options)
    study, panel = file.study, base.panel
    out = pipeline.destination(file, out, options)
    models = [model for model in study.models if not options.only or model.name in options.only]
    notes = [*panel.notes, *(r for b in (base.documents, base.index) if b for r in b.notes)]
    if json:
        print_json(
            {
                "study": file.name,
                "out": out.as_posix(),
                "regions": len(panel.entities),
                "years": list(panel.times),
                "rows": len(panel.frame),
                "subsystems": {name: list(inside) for name, inside in study.subsystems.items()},
                "policies": {p: int(panel.cohort(p).notna().sum()) for p in study.policies},
                "models": [model.name for model in models],
                "notes": [str(note) for note in notes],
            }
        )
        return
    say = console(stderr=False)

    def line(text: str) -> None:
        say.print(text, markup=False)

    size = f"{len(panel.entities)} regions x {len(panel.times)} years ({panel.times[0]}-{panel.times[-1]})"
    shape = "balanced" if panel.balanced else "unbalanced"
    line(f"{study.title or file.name}")
    line(f"data: {study.data.path}: {size}, {len(panel.frame)} rows, {shape}")
    for name, indicators in study.subsystems.items():
        line(f"subsystem {name}: {', '.join(indicators)}")
    if study.subsystems:
        weighing = f"index: {study.index.scale}, {study.index.weights}"
        line(f"{weighing}; coupling: {study.coupling.formula}")
    if base.documents is not None:
        line(f"documents: {base.documents.count}, as {len(base.documents.frame.columns)} columns doc_*")
    for policy in study.policies:
        starts = panel.cohort(policy).dropna()
        span = f", {starts.min():.0f}-{starts.max():.0f}" if len(starts) else ""
        line(f"policy {policy}: {len(starts)} of {len(panel.entities)} regions treated{span}")
    for model in models:
        estimator = getattr(model, "estimator", "")
        kind = f"{getattr(model, 'kind', '')}{f' ({estimator})' if estimator else ''}"
        line(f"model {model.name}: {kind} of {model.outcome}")
    for variation in study.robustness:
        line(f"robustness of {variation.model}: {len(variation.checks)} checks")
    for note in notes:
        line(f"note: {note}")
    last = pipeline.last_seconds(out)
    checks = sum(len(variation.checks) for variation in study.robustness)
    took = (
        f"; the last run there took {last:.0f} s"
        if last is not None
        else first_guess(study, len(models), checks)
    )
    line(f"ok: ccd run {path.as_posix()} would write {out.as_posix()}{took}")


def first_guess(study: Study, models: int, checks: int) -> str:
    """Return in words how long a run that was never made may take: figures cost more than estimates."""
    formats = study.output.formats
    kinds = len(
        {
            *study.output.figures,
            *(["svg"] if "html" in formats else []),
            *(["png"] if "docx" in formats else []),
        }
    )
    kinds = kinds if study.output.figures else 0
    seconds = 2 + 1.2 * kinds + models * (0.5 + 0.5 * kinds) + 0.2 * checks
    return f"; about {seconds:.0f} s at a first guess (this line will say what the run took)"


def drafted(draft: Draft) -> None:
    """Say where a drafted study stands and what was guessed in it."""
    say = console(stderr=False)
    for guess in draft.guesses:
        say.print(guess, markup=False)
    say.print(
        f"wrote {draft.path.as_posix()}; look it over, then: ccd check {draft.path.as_posix()}", markup=False
    )


def verify(out: Path, *, json: bool) -> None:
    """Say that a result is as written; raises DataError after listing what differs."""
    found = manifest.verify(out)
    if json:
        print_json({"out": out.as_posix(), "ok": not found, "differences": list(found)})
    else:
        for line in found:
            sys.stdout.write(f"{line}\n")
    if found:
        raise DataError(
            f"{len(found)} files are not as the manifest says",
            where=out.as_posix(),
            fix="run the study again to have them as written",
        )
    if not json:
        sys.stdout.write(f"ok: {len(manifest.read_manifest(out)['outputs'])} files are as written\n")


def policies(*, json: bool) -> None:
    """List the bundled policies: rows, years, places by level, rows by confidence."""
    rows: list[dict[str, Any]] = [
        {
            "policy": name,
            "name": policy_names("en")[name],
            "rows": len(found),
            "years": sorted({int(row["year"]) for row in found if row["year"]}),
            "undated": sum(not row["year"] for row in found),
            "levels": {level: sum(r["level"] == level for r in found) for level in LEVELS},
            "confidence": {c: sum(r["confidence"] == c for r in found) for c in CONFIDENCES},
        }
        for name in registry_policies()
        for found in [[row for row in bundled_rows("policies.csv") if row["policy"] == name]]
    ]
    if json:
        print_json({"policies": rows})
        return
    say = console(stderr=False)
    for row in rows:
        counted = ", ".join(
            f"{n} {kind}" for kind, n in [*row["levels"].items(), *row["confidence"].items()] if n
        )
        years = f"{row['years'][0]}-{row['years'][-1]}"
        undated = f", {row['undated']} undated" if row["undated"] else ""
        say.print(
            f"{row['policy']:<16} {row['name']}: {row['rows']} rows, {years} ({counted}{undated})",
            markup=False,
        )


def pairs(done: Run, *, json: bool) -> None:
    """Show which pairs of policies a panel can tell apart, and where the calendar was written."""
    values = [part.value for part in done.results.describe]
    found = [value for value in values if isinstance(value, PolicyOverlap)]
    if json:
        rows = [row for pairs in found for row in pairs.frame().to_dict("records")]
        paths = [f"{done.out.as_posix()}/{name}" for name in done.files]
        print_json({"pairs": rows, "out": done.out.as_posix(), "paths": paths})
        return
    say = console(stderr=False)
    for pairs in found:
        for j, (first, second) in enumerate(zip(pairs.first, pairs.second, strict=True)):
            both = f"{pairs.both[j]} regions both, {pairs.only_first[j]} and {pairs.only_second[j]} alone"
            say.print(f"{first} x {second}: {both}; identified: {pairs.verdict[j]}", markup=False)
    say.print(f"{len(done.files)} files in {done.out.as_posix()}", markup=False)


def data(*, json: bool) -> None:
    """List the bundled files with their rows and columns."""
    files = {path.name: bundled_rows(path.name) for path in data_files()}
    if json:
        print_json(
            {
                "folder": data_folder().as_posix(),
                "files": {n: {"rows": len(rows), "columns": list(rows[0])} for n, rows in files.items()},
            }
        )
        return
    say = console(stderr=False)
    say.print(f"in {data_folder().as_posix()}", markup=False)
    for name, rows in files.items():
        say.print(f"{name}: {len(rows)} rows: {', '.join(rows[0])}", markup=False)


def explained(methods: Sequence[Method], *, bibtex: bool) -> None:
    """Show what a study chose: formulas in LaTeX, words, references; or the references as BibTeX alone."""
    out = console(stderr=False)
    works = cited(methods)
    if bibtex:
        out.print(to_bibtex(works), markup=False, end="")
        return
    for method in methods:
        out.print(method.title, markup=False, style="bold")
        for latex in method.formulas:
            out.print(f"    {latex}", markup=False)
        out.print(f"{method.words}\n", markup=False)
    for key in works:
        out.print(reference(key), markup=False)
