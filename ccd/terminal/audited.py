"""What an audit says on a terminal: the verdict on each column, or one JSON object."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from ccd.errors import EstimationError
from ccd.plain import json_value
from ccd.report.text import render_text
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Audit, AuditCells, Chapter
from ccd.terminal.console import print_json
from ccd.words import Language


def audited(
    told: Chapter, files: Sequence[str], out: str, *, json: bool, strict: bool, language: Language
) -> int:
    """Show the verdicts and return the exit code: 5 where ``strict`` is asked and a column is reproduced by none."""
    verdicts = next(part.value for part in told.parts if isinstance(part.value, Audit))
    failed = strict and not all(fits for _, fits in verdicts.reproduced)
    code = EstimationError.exit_code if failed else 0
    if json:
        print_json(_as_json(told, verdicts, files, out))
        return code
    ctx = Context(language=language)
    for part in told.parts:
        view = VIEWS[part.shape]
        made = view.table(part, ctx) if view.table else None
        if made is not None:
            sys.stdout.write(f"{render_text(made, ctx)}\n")
    for note in told.notes:
        sys.stdout.write(f"{ctx.say(note)}\n")
    if files:
        sys.stdout.write(f"{len(files)} files in {out}\n")
    return code


def _as_json(told: Chapter, verdicts: Audit, files: Sequence[str], out: str) -> dict[str, object]:
    missed = [part.value.frame() for part in told.parts if isinstance(part.value, AuditCells)]
    frame = verdicts.frame()
    columns = {
        column: {
            "reproduced": fits,
            "by": [str(name) for name in frame["candidate"][(frame["column"] == column) & own]],
            "said": str(said),
        }
        for own in [frame["verdict"] == "fits"]
        for (column, fits), said in zip(verdicts.reproduced, verdicts.said, strict=True)
    }
    records = [
        {key: str(value) if key == "candidate" else json_value(value) for key, value in row.items()}
        for rows in missed
        for row in rows.to_dict("records")
    ]
    return {"table": verdicts.table, "columns": columns, "missed": records, "out": out, "paths": list(files)}
