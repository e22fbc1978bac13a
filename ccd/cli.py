"""The command line: parse, call, show. Heavy imports stand inside the commands."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ccd import __version__
from ccd.errors import CcdError, UsageError

if TYPE_CHECKING:
    from ccd.pipeline import Options

app = typer.Typer(
    name="ccd",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Coupling-coordination econometrics: one study file in, the tables, figures and report of a paper out.",
)

StudyArg = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (TOML).", show_default=False)]
Out = Annotated[Path | None, typer.Option("-o", "--out", help="Output folder.  [default: results/<study>]")]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="NAME", help="Fit this model alone; repeatable.")
]
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a key of the study.")]
Seed = Annotated[int | None, typer.Option("--seed", min=0, help="Seed instead of the study's.")]
Jobs = Annotated[
    int, typer.Option("--jobs", min=1, help="Processes that fit models; the bytes stay the same.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing on stderr but errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say every note on stderr.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a folder that is not an earlier result.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check, say what would run, write nothing.")]


@app.command()
def run(
    study: StudyArg,
    out: Out = None,
    only: Only = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = 1,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """Run a whole study: index, coupling, models, tables, figures, report."""
    from ccd import pipeline, terminal

    options = _options(only, set_, seed, jobs, force, f"ccd run {study.name}")
    if dry_run:
        terminal.check(study, options)
        return
    with terminal.progress(quiet) as watch:
        done = pipeline.run(study, out, options, watch)
    terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command()
def index(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> None:
    """Compute the subsystem indices and their weights alone."""
    from ccd import pipeline, terminal

    options = _options(None, set_, None, 1, force, f"ccd index {study.name}")
    with terminal.progress(quiet) as watch:
        done = pipeline.run_base(study, out, options, watch, coupled=False)
    terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command()
def couple(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> None:
    """Compute indices and coupling coordination alone."""
    from ccd import pipeline, terminal

    options = _options(None, set_, None, 1, force, f"ccd couple {study.name}")
    with terminal.progress(quiet) as watch:
        done = pipeline.run_base(study, out, options, watch, coupled=True)
    terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command()
def check(study: StudyArg, only: Only = None, set_: Set = None) -> None:
    """Read and validate a study and its data; say what will run."""
    from ccd import terminal

    terminal.check(study, _options(only, set_, None, 1, False, "ccd check"))


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        sys.stdout.write(f"ccd {__version__}\n")
        raise typer.Exit


#: Typer carries its own copy of click in some versions; its public exception leads to the base of both.
_ClickException: type[Exception] = typer.BadParameter.__mro__[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors become three lines on stderr."""
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    try:
        result = app(args=words, standalone_mode=False, prog_name="ccd")
    except CcdError as error:
        _say(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _say("interrupted")
        return 130
    except _ClickException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "ccd")
        what = str(getattr(error, "format_message", error.__str__)())
        _say(str(UsageError(what, where=where, fix=f"see {where} --help")))
        return UsageError.exit_code
    return result if isinstance(result, int) else 0


def _say(line: str) -> None:
    """Write a line to stderr in whatever encoding the console has."""
    encoding = sys.stderr.encoding or "utf-8"
    sys.stderr.write(line.encode(encoding, "replace").decode(encoding) + "\n")


def _options(
    only: list[str] | None,
    overrides: list[str] | None,
    seed: int | None,
    jobs: int,
    force: bool,
    command: str,
) -> Options:
    from ccd.pipeline import Options

    for item in overrides or []:
        if "=" not in item:
            raise UsageError(
                f"'{item}' is not KEY=VALUE", where="--set", fix="write it as index.weights=critic"
            )
    return Options(tuple(only or ()), tuple(overrides or ()), seed, jobs, force, command)
