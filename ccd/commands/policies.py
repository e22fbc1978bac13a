"""`ccd policies`: the registry, or who has which policy when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ccd.commands.options import LANGUAGE, Force, Json, said
from ccd.errors import UsageError
from ccd.words import text


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
    with terminal.progress(False, LANGUAGE) as watch:
        done = pipeline.run_policies(panel, out, policy or [], options, watch)
    terminal.pairs(done, json=json)
