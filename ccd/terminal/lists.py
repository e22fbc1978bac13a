"""What is bundled and what is explained, in lines: policies, pairs of policies, files, methods, a verified result."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccd import manifest
from ccd.bundled import bundled_rows, data_files, data_folder, policy_names
from ccd.errors import DataError
from ccd.language import wished
from ccd.methods import Method, cited, reference
from ccd.methods import bibtex as to_bibtex
from ccd.policies import CONFIDENCES, LEVELS, registry_policies
from ccd.results import PolicyOverlap
from ccd.terminal.console import console, print_json, say, told
from ccd.words import text

if TYPE_CHECKING:
    from ccd.pipeline import Run

#: More sources than these stand in the file alone.
FEW = 3


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
            text("{count} files are not as the manifest says", count=len(found)),
            where=out.as_posix(),
            fix=text("run the study again to have them as written"),
        )
    if not json:
        count = len(manifest.read_manifest(out)["outputs"])
        sys.stdout.write(f"{told(text('ok: {count} files are as written', count=count))}\n")


def verified(files: int, package: Path, *, json: bool) -> None:
    """Say that the files of a package are as they were packed."""
    if json:
        print_json({"package": package.as_posix(), "ok": True, "files": files})
    else:
        sys.stdout.write(f"ok: {files} files are as packed\n")


def policies(*, json: bool) -> None:
    """List the bundled policies: rows, years, places by level, rows by confidence."""
    rows: list[dict[str, Any]] = [
        {
            "policy": name,
            "name": policy_names("en" if json else wished() or "en")[name],
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
    spoken = done.results.language
    for pairs in found:
        for j, (first, second) in enumerate(zip(pairs.first, pairs.second, strict=True)):
            line = text(
                "{first} x {second}: {both} regions both, {one} and {other} alone; identified: {verdict}",
                first=first,
                second=second,
                both=int(pairs.both[j]),
                one=int(pairs.only_first[j]),
                other=int(pairs.only_second[j]),
                verdict=pairs.verdict[j],
            )
            say(line, spoken)
    say(text("{count} files in {out}", count=len(done.files), out=done.out.as_posix()), spoken)


def data(*, json: bool) -> None:
    """List the bundled files with their rows and columns."""
    files = {path.name: bundled_rows(path.name) for path in data_files()}
    sources = {name: found for name, rows in files.items() if (found := _sources(rows))}
    if json:
        print_json(
            {
                "folder": data_folder().as_posix(),
                "files": {
                    n: {"rows": len(rows), "columns": list(rows[0])}
                    | ({"sources": sources[n]} if n in sources else {})
                    for n, rows in files.items()
                },
            }
        )
        return
    say(text("in {folder}", folder=data_folder().as_posix()))
    for name, rows in files.items():
        say(
            text(
                "{file}: {count} {count:row|rows}: {columns}",
                file=name,
                count=len(rows),
                columns=tuple(rows[0]),
            )
        )
        if name in sources:
            say(text("    from {sources}", sources=tuple(sources[name])))


def _sources(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """Return what a column ``source`` names, where it names few."""
    found = list(dict.fromkeys(row.get("source", "") for row in rows))
    return found if all(found) and len(found) <= FEW else []


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


def keys(asked: str) -> None:
    """Show the keys of a kind of model or of a section: kind, default, meaning."""
    from ccd.study.keys import asked_keys

    out = console(stderr=False)
    for title, found in asked_keys(asked).items():
        out.print(title, markup=False, style="bold")
        for key in found:
            needed = key.default == "required"
            default = told(text("required") if needed else text("default {value}", value=key.default))
            out.print(f"  {key.name}: {key.kind}; {default}", markup=False, soft_wrap=True)
            if key.meaning:
                out.print(f"      {key.meaning}", markup=False, soft_wrap=True)
