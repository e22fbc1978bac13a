"""The output folder: replaced only when nothing is lost, written whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ccd import manifest
from ccd.bundled import data_files
from ccd.errors import UsageError, unwritable
from ccd.words import text
from ccd.writing import alone, swapped


def replaceable(out: Path, own: Iterable[Path], *, force: bool) -> None:
    """Raise UsageError when ``out`` cannot be replaced without loss.

    That is: a file, a folder that holds one of the study's ``own`` files, or one with files that ccd did
    not write (``force`` replaces only the last).
    """
    try:
        out.resolve().exists()
    except OSError as error:  # a name too long, say
        raise unwritable(out, error) from error
    if out.exists() and not out.is_dir():
        raise UsageError(
            text("the output folder is a file"), where=str(out), fix=text("name another folder with -o")
        )
    for path in own:
        if out.is_dir() and path.resolve().is_relative_to(out.resolve()):
            raise UsageError(
                text("the output folder holds {name} itself", name=path.name),
                where=str(out),
                fix=text("name another folder with -o"),
            )
    foreign = manifest.foreign_files(out) if out.is_dir() and not force else ()
    if foreign:
        raise UsageError(
            text(
                "the output folder holds files that ccd did not write: {names}",
                names=(*foreign[:3], *(["..."] if len(foreign) > 3 else [])),
            ),
            where=str(out),
            fix=text("name another folder with -o, or replace its contents with --force"),
        )


@contextmanager
def whole(out: Path) -> Iterator[Path]:
    """Give a temporary sibling of ``out`` to write in; it takes the place of ``out`` when all went well.

    What stood there stays until then, whatever ends the run: on Linux and macOS the two change places at one moment;
    elsewhere the next run puts back what was on its way out. Raises UsageError where nothing can be written, or while
    another run writes.
    """
    out = out.resolve()  # a link is kept, and what it points to replaced
    making, leaving = out.with_name(f".{out.name}.making"), out.with_name(f".{out.name}.leaving")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with alone(out):
            _tidy(out, making, leaving)
            making.mkdir()
            try:
                yield making
                if not (out.exists() and swapped(making, out)):
                    if out.exists():
                        out.rename(leaving)
                    making.rename(out)
            finally:
                _tidy(out, making, leaving)
    except OSError as error:
        raise unwritable(out, error) from error


def _tidy(out: Path, making: Path, leaving: Path) -> None:
    """Remove what a run, this one or one that was killed, left beside ``out``."""
    if leaving.exists() and not out.exists():
        leaving.rename(out)  # it ended between the two renames
    for stale in (making, leaving):
        shutil.rmtree(stale, ignore_errors=True)


def copy_data(out: Path) -> None:
    """Copy the bundled files to ``out``. Raises UsageError when something stands there already."""
    if out.exists():
        raise UsageError(
            text("there is something of that name already"), where=str(out), fix=text("name a new folder")
        )
    with whole(out) as folder:
        for path in data_files():
            shutil.copyfile(path, folder / path.name)
