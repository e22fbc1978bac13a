"""What a run closes with: a small table of its models, what failed, where to look first; or one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from ccd.errors import EstimationError, Words
from ccd.language import wished
from ccd.report.files import summary
from ccd.results import Estimate, Results
from ccd.terminal.console import console, print_json, say, told
from ccd.words import Language, P, plain_number, text

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
    return failed(done.results)


def failed(results: Results) -> int:
    """Say on stderr what could not be estimated, three lines each; return the exit code, 5 where there is any."""
    sys.stdout.flush()
    for failure in results.failures.values():
        error = EstimationError(failure.what, where=failure.where, fix=failure.fix)
        sys.stderr.write(f"{error.render(wished() or results.language)}\n")
    return EstimationError.exit_code if results.failures else 0


def _shown(done: Run, *, json: bool, quiet: bool, verbose: bool) -> None:
    spoken = done.results.language
    if json:
        print_json(as_json(done))
        return
    if verbose:
        for note in done.notes:
            say(text("note: {note}", note=note), spoken, stderr=True)
    if quiet:
        return
    if done.results.estimates:
        rows = [row(name, one) for name, one in done.results.estimates.items()]
        console(stderr=False).print(table(rows, spoken))
    say(
        text(
            "{files} files in {out}; {failed} {failed:failure|failures}, {notes} {notes:note|notes} in manifest.json",
            files=len(done.files),
            out=done.out.as_posix(),
            failed=len(done.results.failures),
            notes=len(done.notes),
        ),
        spoken,
    )
    opened = tuple(f"{done.out.as_posix()}/{name}" for name in first_files(done.files))
    if opened:
        say(text("open first: {files}", files=opened), spoken)


WORDS = (text("model"), text("term"), text("outcome"))
HEADS: tuple[Words, ...] = (*WORDS, text("estimate"), text("s.e."), "p", "n")


def row(name: str, estimate: Estimate) -> tuple[str, ...]:
    """Return a model's headline: term, outcome, estimate, standard error, p and region-years."""
    term = estimate.leading
    figures = (
        f"{term.estimate:.4f}",
        f"{term.std_error:.4f}",
        plain_number(P(term.p_value)).removeprefix("= "),
    )
    return (name, str(estimate.headline), estimate.outcome, *figures, str(estimate.nobs))


def table(rows: Sequence[Sequence[str]], language: Language = "en") -> Table:
    """Return rows under their heads: words to the left, numbers to the right."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, header_style="bold")
    for head in HEADS:
        side: Literal["left", "right"] = "left" if head in WORDS else "right"
        made.add_column(told(head, language), justify=side, no_wrap=True)
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
        name: {"error": str(failure.what), "at": str(failure.where), "fix": str(failure.fix)}
        for name, failure in done.results.failures.items()
    }
    return {
        "study": done.results.name,
        "out": done.out.as_posix(),
        "models": models,
        "failures": failures,
        "paths": paths,
    }
