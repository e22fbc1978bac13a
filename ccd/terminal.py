"""What a terminal shows: steps on stderr while they run, the result on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from ccd import pipeline
from ccd.report.files import json_value, summary

if TYPE_CHECKING:
    from rich.console import Console

    from ccd.pipeline import Options, Run

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


def report(done: Run, *, json: bool, quiet: bool, verbose: bool) -> None:
    """Show what a run made: one JSON object, or a few lines and the notes."""
    if json:
        sys.stdout.write(as_json(done) + "\n")
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
        term = estimate.term(estimate.headline)
        figures = f"{term['estimate']:.4f} (s.e. {term['std_error']:.4f}, p {term['p_value']:.3f})"
        out.print(f"{name}: {estimate.headline} on {estimate.outcome}: {figures}", markup=False)
    out.print(
        f"{len(done.files)} files in {done.out.as_posix()}; {len(notes)} notes in manifest.json", markup=False
    )


def as_json(done: Run) -> str:
    """Return terms and summaries of all models, and the paths, as one JSON object."""
    models = {
        name: {"terms": json_value(estimate.terms.to_dict("records")), "summary": summary(estimate)}
        for name, estimate in done.results.estimates.items()
    }
    paths = [f"{done.out.as_posix()}/{name}" for name in done.files]
    shown = {"study": done.results.name, "out": done.out.as_posix(), "models": models, "paths": paths}
    return json.dumps(shown, ensure_ascii=False, indent=2, allow_nan=False)


def check(path: Path, options: Options) -> None:
    """Show what a study would do, having read and validated it and its data."""
    file, base = pipeline.check(path, options)
    out = console(stderr=False)
    study, panel = file.study, base.panel
    size = f"{len(panel.entities)} regions x {len(panel.times)} years ({panel.times[0]}-{panel.times[-1]})"
    shape = "balanced" if panel.balanced else "unbalanced"
    out.print(f"{study.title or file.name}", markup=False)
    out.print(f"data: {study.data.path}: {size}, {len(panel.frame)} rows, {shape}", markup=False)
    for name, indicators in study.subsystems.items():
        out.print(f"subsystem {name}: {', '.join(indicators)}", markup=False)
    for policy in study.policies:
        starts = panel.cohort(policy).dropna()
        out.print(f"policy {policy}: {len(starts)} of {len(panel.entities)} regions treated", markup=False)
    for model in study.models:
        if not options.only or model.name in options.only:
            out.print(f"model {model.name}: {getattr(model, 'kind', '')} of {model.outcome}", markup=False)
    for variation in study.robustness:
        out.print(f"robustness of {variation.model}: {len(variation.checks)} checks", markup=False)
    out.print("ok", markup=False)
