"""The README of a package, in the order that data editors of journals ask for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator

from ccd.manifest import sha256
from ccd.package.contents import Contents
from ccd.words import Text, text, visible

Say = Callable[[Text], str]
#: What makes a link, code or HTML of the words after it.
MARKS = re.compile(r"([\\`<>\[\]])")


def readme(contents: Contents) -> str:
    """Return the README in Markdown: data availability, requirements, run time, how to repeat, exhibits, licence."""
    return "\n".join(_lines(contents, lambda words: words.render(contents.language)))


def _lines(contents: Contents, say: Say) -> Iterator[str]:
    versions = contents.manifest["versions"]
    yield f"# {plain(contents.title)}\n"
    yield say(
        text(
            "Replication package, made by ccd {version} (source {source}).",
            version=versions["ccd"],
            source=versions["source"],
        )
    )
    yield f"\n## {say(text('Data availability'))}\n"
    yield from _data(contents, say)
    yield f"\n## {say(text('Requirements'))}\n"
    python = versions["python"]
    yield say(
        text(
            "Python {version} and the packages in requirements.txt, at exactly those versions.",
            version=python,
        )
    )
    yield say(text("No other software and no particular machine; one core is enough."))
    yield f"\n## {say(text('Run time'))}\n"
    yield say(
        text("{seconds} seconds of one core when the results were made.", seconds=f"{_seconds(contents):.0f}")
    )
    yield f"\n## {say(text('How to repeat the results'))}\n"
    yield "```sh\npython -m venv .venv && .venv/bin/pip install -r requirements.txt"
    yield f"cd {shlex.quote(contents.folder)} && {shlex.join(contents.manifest['command'])}\n```\n"
    yield say(text("`ccd verify PACKAGE.zip --rerun` does it in one step and says which numbers differ."))
    yield f"\n## {say(text('Tables and figures'))}\n"
    yield say(text("All are made by the command above; they stand under results/ as they were written."))
    yield ""
    yield from _exhibits(contents, say)
    yield f"\n## {say(text('Licence'))}\n"
    yield say(text("The program is under the MIT licence; the data are under the terms of their sources."))
    yield ""


def _data(contents: Contents, say: Say) -> Iterator[str]:
    if contents.source:
        yield f"{plain(say(text('Source: {source}', source=contents.source)))}\n"
    yield _row(say(text("file")), say(text("in this package")), "SHA-256")
    yield _row(":---", ":---", ":---")
    for place, path in sorted(contents.inputs.items()):
        yield _row(f"study/{place}", say(text("yes")), sha256(path))
    for place, digest in sorted(contents.withheld.items()):
        yield _row(f"study/{place}", say(text("no: put it there before repeating")), digest)
    for name, digest in sorted(contents.bundled.items()):
        yield _row(name, say(text("comes with ccd")), digest)


def _exhibits(contents: Contents, say: Say) -> Iterator[str]:
    kinds = {"table": say(text("Table")), "figure": say(text("Figure"))}
    yield _row("", say(text("caption")), say(text("files under results/")))
    yield _row(":---", ":---", ":---")
    for exhibit in contents.manifest["exhibits"]:
        yield _row(kinds[exhibit["kind"]], exhibit["caption"], ", ".join(exhibit["files"]))


def _row(*cells: str) -> str:
    shown = (plain(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(shown)} |"


def plain(words: str) -> str:
    """Return words on one line in which Markdown finds no link, no code and no HTML."""
    return MARKS.sub(r"\\\1", visible(words))


def _seconds(contents: Contents) -> float:
    spent = contents.manifest["seconds"].values()
    return float(sum(value for value in spent if isinstance(value, int | float)))
