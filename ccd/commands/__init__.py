"""The commands of the shell: one file each, and one line here, in the order in which help lists them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from ccd import __version__
from ccd.commands.alone import couple, describe, documents
from ccd.commands.audit import audit
from ccd.commands.check import check
from ccd.commands.compare import compare
from ccd.commands.data import data
from ccd.commands.estimate import estimate
from ccd.commands.explain import explain
from ccd.commands.export import export
from ccd.commands.index import index
from ccd.commands.init import init
from ccd.commands.multiverse import multiverse
from ccd.commands.options import said
from ccd.commands.pack import pack
from ccd.commands.policies import policies
from ccd.commands.run import run
from ccd.commands.spoken import Command, Group
from ccd.commands.verify import verify
from ccd.words import Text, text

app = typer.Typer(
    name="ccd",
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=said(
        text(
            "Coupling-coordination econometrics: one study file in, "
            "the tables, figures and report of a paper out."
        )
    ),
)

COMMANDS: tuple[tuple[Callable[..., int | None], Text], ...] = (
    (run, text("Run a whole study: index, coupling, models, tables, figures, report.")),
    (index, text("Compute the subsystem indices and their weights alone.")),
    (couple, text("Compute indices and coupling coordination alone.")),
    (estimate, text("Estimate the models alone.")),
    (
        multiverse,
        text(
            "Run every combination of the choices in section multiverse; a run that was stopped goes on where it was."
        ),
    ),
    (check, text("Read and validate a study and its data; say what will run.")),
    (init, text("Write a commented study file from the columns of a data file.")),
    (explain, text("Say in formulas, words and citations what a study chose.")),
    (audit, text("Say which formulas, contributions, grades and weights made a published table.")),
    (verify, text("Compare a result with the hashes in its manifest.")),
    (compare, text("Say which numbers moved between two results, by how much and why.")),
    (export, text("Write the panel and a script that repeats each model in Stata or R.")),
    (pack, text("Write study, data, results, environment and a README into one zip.")),
    (documents, text("Measure the policy documents of a study alone.")),
    (describe, text("Describe variables of a study in space and time alone.")),
    (
        policies,
        text(
            "List the policies of the bundled registry, or show who has which when and which pairs are identified."
        ),
    ),
    (data, text("List the bundled data files and their columns, or copy them.")),
)
for command, what in COMMANDS:
    app.command(cls=Command, help=said(what))(command)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", metavar="", help=said(text("Print the version.")))
    ] = False,
) -> None:
    if version:
        sys.stdout.write(f"ccd {__version__}\n")
        raise typer.Exit
