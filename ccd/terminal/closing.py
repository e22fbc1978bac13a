"""What a run closes with: a small table of its models, what failed, where to look first; or one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ccd.errors import EstimationError
from ccd.report.files import summary
from ccd.results import Estimate
from ccd.terminal.console import console, print_json
from ccd.words import P, plain_number

if TYPE_CHECKING:
    from rich.table import Table

    from ccd.pipeline import Run

#: What a reader opens first, as far as it was written; then the tables of the models.
FIRST = (
    "report.html",
    "report.docx",
    "appendix.tex",
    "tables.xlsx",
    "coupling/coupling.csv",
    "index/weights.csv",
)


def report(done: Run, *, json: bool, quiet: bool, verbose: bool) -> int:
    """Show what a run made, one JSON object, or a small table and the notes; return its exit code.

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
    if verbose:
        err = console(stderr=True)
        for note in done.notes:
            err.print(f"note: {note}", markup=False)
    if quiet:
        return
    out = console(stderr=False)
    if done.results.estimates:
        out.print(table([row(name, one) for name, one in done.results.estimates.items()]))
    failed = len(done.results.failures)
    out.print(
        f"{len(done.files)} files in {done.out.as_posix()}; {counted(failed, 'failure')}, "
        f"{counted(len(done.notes), 'note')} in manifest.json",
        markup=False,
    )
    opened = first_files(done.files)
    if opened:
        out.print(
            f"open first: {', '.join(f'{done.out.as_posix()}/{name}' for name in opened)}", markup=False
        )


def counted(number: int, thing: str) -> str:
    """Return ``1 note``, ``2 notes``."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


WORDS = ("model", "term", "outcome")
HEADS = (*WORDS, "estimate", "s.e.", "p", "n")


def row(name: str, estimate: Estimate) -> tuple[str, ...]:
    """Return a model's headline: term, outcome, estimate, standard error, p and region-years."""
    term = estimate.leading
    figures = (
        f"{term.estimate:.4f}",
        f"{term.std_error:.4f}",
        plain_number(P(term.p_value)).removeprefix("= "),
    )
    return (name, str(estimate.headline), estimate.outcome, *figures, str(estimate.nobs))


def table(rows: Sequence[Sequence[str]]) -> Table:
    """Return rows under their heads: words to the left, numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold")
    for head in HEADS:
        made.add_column(head, justify="left" if head in WORDS else "right", no_wrap=True)
    for one in rows:
        made.add_row(*(Text(cell) for cell in one))
    return made


def first_files(files: Sequence[str]) -> tuple[str, ...]:
    """Return the three files to open first."""
    known = [name for name in FIRST if name in files]
    terms = [name for name in files if name.endswith("/terms.csv")]
    return tuple([*known, *terms][:3])


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
