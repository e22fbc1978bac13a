"""The command line: parse, call, show. Heavy imports stand inside the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ccd import __version__
from ccd.errors import CcdError, UsageError
from ccd.language import never_break_on_characters, spoken
from ccd.options import (
    DryRun,
    Force,
    Fresh,
    Jobs,
    Json,
    Lock,
    Only,
    Out,
    Quiet,
    Scheduler,
    Seed,
    Set,
    StudyArg,
    Verbose,
    said,
)
from ccd.words import Text, text

if TYPE_CHECKING:
    from ccd.pipeline import Options

app = typer.Typer(
    name="ccd",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=said(
        text(
            "Coupling-coordination econometrics: one study file in, "
            "the tables, figures and report of a paper out."
        )
    ),
)


@app.command(help=said(text("Run a whole study: index, coupling, models, tables, figures, report.")))
def run(
    study: StudyArg,
    out: Out = None,
    only: Only = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    fresh: Fresh = False,
    dry_run: DryRun = False,
) -> int:
    """Run a whole study: index, coupling, models, tables, figures, report."""
    from ccd import pipeline, terminal

    options = _options("run", study, only, set_, seed, jobs, force, fresh=fresh)
    if dry_run:
        terminal.check(study, options, json=json, out=out)
        return 0
    with terminal.progress(quiet) as watch:
        done = pipeline.run(study, out, options, watch)
    return terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command(help=said(text("Compute the subsystem indices and their weights alone.")))
def index(
    study: StudyArg,
    out: Out = None,
    lock: Lock = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Compute the subsystem indices and their weights alone."""
    from ccd import pipeline, terminal

    options = _options("index", study, None, set_, None, 1, force)
    with terminal.progress(quiet) as watch:
        done = pipeline.run_base(study, out, options, watch, coupled=False, lock=lock)
    return terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command(help=said(text("Compute indices and coupling coordination alone.")))
def couple(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
) -> int:
    """Compute indices and coupling coordination alone."""
    from ccd import pipeline, terminal

    options = _options("couple", study, None, set_, None, 1, force)
    with terminal.progress(quiet) as watch:
        done = pipeline.run_base(study, out, options, watch, coupled=True)
    return terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command(help=said(text("Estimate the models alone.")))
def estimate(
    study: StudyArg,
    out: Out = None,
    only: Only = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    fresh: Fresh = False,
) -> int:
    """Estimate the models alone."""
    from ccd import pipeline, terminal

    options = _options("estimate", study, only, set_, seed, jobs, force, fresh=fresh)
    with terminal.progress(quiet) as watch:
        done = pipeline.run_models(study, out, options, watch)
    return terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command(
    help=said(
        text(
            "Run every combination of the choices under [multiverse]; a run that was stopped goes on where it was."
        )
    )
)
def multiverse(
    study: StudyArg,
    out: Out = None,
    set_: Set = None,
    seed: Seed = None,
    jobs: Jobs = None,
    scheduler: Scheduler = "",
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    force: Force = False,
    fresh: Fresh = False,
) -> int:
    """Run every combination of the choices under [multiverse]; a run that was stopped goes on where it was."""
    from dataclasses import replace

    from ccd import pipeline, terminal

    options = replace(
        _options("multiverse", study, None, set_, seed, jobs, force, fresh=fresh), scheduler=scheduler
    )
    with terminal.progress(quiet) as watch:
        done = pipeline.run_multiverse(study, out, options, watch)
    return terminal.report(done, json=json, quiet=quiet, verbose=verbose)


@app.command(help=said(text("Read and validate a study and its data; say what will run.")))
def check(study: StudyArg, out: Out = None, only: Only = None, set_: Set = None, json: Json = False) -> None:
    """Read and validate a study and its data; say what will run."""
    from ccd import terminal

    terminal.check(study, _options("check", study, only, set_, None, 1, False), json=json, out=out)


@app.command(help=said(text("Write a commented study file from the columns of a data file.")))
def init(
    data: Annotated[Path, typer.Argument(metavar="DATA", help=said(text("csv, xlsx, xls, dta or parquet.")))],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help=said(text("Study file to write; <data>.toml otherwise."))),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help=said(text("Sheet of a workbook with several.")))
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help=said(text("Replace the study file if it exists.")))
    ] = False,
) -> None:
    """Write a commented study file from the columns of a data file."""
    from ccd import pipeline, terminal

    terminal.drafted(pipeline.init(data, out, sheet=sheet, force=force))


@app.command(help=said(text("Say in formulas, words and citations what a study chose.")))
def explain(
    study: Annotated[
        Path | None, typer.Argument(metavar="[STUDY]", help="The study file (TOML).", show_default=False)
    ] = None,
    only: Only = None,
    set_: Set = None,
    bibtex: Annotated[
        bool, typer.Option("--bibtex", metavar="", help=said(text("Print the references as BibTeX alone.")))
    ] = False,
    keys: Annotated[
        str | None,
        typer.Option(
            "--keys", metavar="KIND", help="Print the keys of a kind (did, did-twfe) or a section instead."
        ),
    ] = None,
) -> None:
    """Say in formulas, words and citations what a study chose, or which keys a kind of model has."""
    from ccd import pipeline, terminal

    if keys is not None:
        terminal.keys(keys)
        return
    if study is None:
        raise UsageError(
            "neither a study nor --keys is named",
            where="ccd explain",
            fix="ccd explain STUDY, or ccd explain --keys did",
        )
    options = _options("explain", study, only, set_, None, 1, False)
    terminal.explained(pipeline.explained(study, options), bibtex=bibtex)


@app.command(help=said(text("Compare a result with the hashes in its manifest.")))
def verify(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=said(text("A folder that ccd run wrote.")))],
    json: Json = False,
) -> None:
    """Compare a result with the hashes in its manifest."""
    from ccd import terminal

    terminal.verify(out, json=json)


def _alone(command: str, what: Text) -> None:  # a command that writes one section of a study
    @app.command(command, help=said(what))
    def section(
        study: StudyArg,
        out: Out = None,
        set_: Set = None,
        json: Json = False,
        quiet: Quiet = False,
        verbose: Verbose = False,
        force: Force = False,
    ) -> int:
        from ccd import pipeline, terminal

        write = {"documents": pipeline.run_documents, "describe": pipeline.run_describe}[command]
        with terminal.progress(quiet) as watch:
            done = write(study, out, _options(command, study, None, set_, None, 1, force), watch)
        return terminal.report(done, json=json, quiet=quiet, verbose=verbose)


_alone("documents", text("Measure the policy documents of a study alone."))
_alone("describe", text("Describe variables of a study in space and time alone."))


@app.command(
    help=said(
        text(
            "List the policies of the bundled registry, "
            "or show who has which when and which pairs are identified."
        )
    )
)
def policies(
    panel: Annotated[
        str | None,
        typer.Option(
            "--panel", metavar="PANEL", help=said(text("provinces, or a study: who has which policy when."))
        ),
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", metavar="NAME", help=said(text("With --panel: this policy; repeatable."))),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help=said(text("With --panel: folder; results/policies otherwise"))),
    ] = None,
    json: Json = False,
    force: Force = False,
) -> None:
    """List the policies of the bundled registry, or show who has which when and which pairs are identified."""
    from ccd import terminal

    if panel is None and (policy or out):
        raise UsageError(
            text("--policy and --out ask for a panel"),
            where="ccd policies",
            fix=text("add --panel provinces, or a study"),
        )
    if panel is None:
        terminal.policies(json=json)
        return
    from ccd import pipeline

    named = [word for name in policy or [] for word in ("--policy", name)]
    options = pipeline.Options(force=force, command=("ccd", "policies", "--panel", panel, *named))
    with terminal.progress(False) as watch:
        done = pipeline.run_policies(panel, out, policy or [], options, watch)
    terminal.pairs(done, json=json)


@app.command(help=said(text("List the bundled data files and their columns, or copy them.")))
def data(
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help=said(text("Copy the files into this new folder.")))
    ] = None,
    json: Json = False,
) -> None:
    """List the bundled data files and their columns, or copy them."""
    from ccd import output, terminal

    if out is not None:
        output.copy_data(out)
    terminal.data(json=json)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", metavar="", help=said(text("Print the version.")))
    ] = False,
) -> None:
    if version:
        sys.stdout.write(f"ccd {__version__}\n")
        raise typer.Exit


INTERRUPTED = 130
#: Typer carries its own copy of click in some versions; its public exception leads to the base of both.
_ClickException: type[Exception] = typer.BadParameter.__mro__[2]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors become three lines on stderr."""
    words = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    never_break_on_characters()
    try:
        result = app(args=words, standalone_mode=False, prog_name="ccd")
        sys.stdout.flush()
    except CcdError as error:
        sys.stderr.write(f"{error.render(spoken(words))}\n")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except (BrokenPipeError, SystemExit):  # the reader of our output has seen enough; typer exits by itself
        with suppress(BrokenPipeError):  # completions of the shell are still to be said
            sys.stdout.flush()
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        return 0
    except _ClickException as error:
        where = getattr(getattr(error, "ctx", None), "command_path", "ccd")
        what = str(getattr(error, "format_message", error.__str__)())
        wrong = UsageError(what, where=where, fix=text("see {command} --help", command=where))
        sys.stderr.write(f"{wrong.render(spoken(words))}\n")
        return UsageError.exit_code
    if result == INTERRUPTED:  # some versions of typer turn Ctrl-C into this code, others raise
        sys.stderr.write("interrupted; nothing was written\n")
    return result if isinstance(result, int) else 0


def _options(
    command: str,
    study: Path,
    only: list[str] | None,
    overrides: list[str] | None,
    seed: int | None,
    jobs: int | None,
    force: bool,
    *,
    fresh: bool = False,
) -> Options:
    from ccd.pipeline import Options

    for item in overrides or []:
        if "=" not in item:
            raise UsageError(
                text("'{item}' is not KEY=VALUE", item=item),
                where="--set",
                fix=text("write it as index.weights=critic"),
            )
    words = ["ccd", command, study.name]
    for flag, values in (("--only", only), ("--set", overrides)):
        words += [word for value in values or [] for word in (flag, value)]
    words += [] if seed is None else ["--seed", str(seed)]
    return Options(tuple(only or ()), tuple(overrides or ()), seed, jobs, force, fresh, tuple(words))
