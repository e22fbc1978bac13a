"""Two results side by side: which of their files hold other numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccd.compared.numbers import Moved, Tolerance, moved_between
from ccd.compared.read import Values, summary_values, table_pair
from ccd.compared.reasons import reasons
from ccd.manifest import read_manifest
from ccd.words import Text

#: Rounded for readers: the same numbers stand in full elsewhere.
ROUNDED = ("tables/", "figures/")


@dataclass(frozen=True)
class FileMoved:
    """One file of numbers that both results have: values that moved, places that came or went."""

    name: str
    moved: tuple[Moved, ...] = ()
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[Moved, ...]:
        """Return the numbers that moved, the largest relative step first."""
        return tuple(sorted((one for one in self.moved if one.is_number), key=lambda one: -one.relative))

    @property
    def words(self) -> tuple[Moved, ...]:
        """Return the words that changed."""
        return tuple(one for one in self.moved if not one.is_number)

    @property
    def differs(self) -> bool:
        """Return whether a number moved, or a place came or went; other words alone are no difference."""
        return bool(self.numbers or self.gone or self.new)


@dataclass(frozen=True)
class Comparison:
    """Two results: every file of numbers that both have, those that one alone has, and why they may differ."""

    files: tuple[FileMoved, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]
    why: tuple[Text, ...]

    @property
    def differs(self) -> bool:
        """Return whether anything moved beyond the tolerance."""
        return bool(self.gone or self.new or any(file.differs for file in self.files))


def compare(old: Path, new: Path, tolerance: Tolerance | None = None) -> Comparison:
    """Return what moved between two results of ccd: their csv and JSON files, full precision, by row and column.

    Rows are matched by the words and whole numbers that name them, so that their order does not matter.
    Tables rounded for readers, figures and pages hold the same numbers and are not looked at. Raises DataError
    when a folder is no result, or a file of it is missing or cannot be read.
    """
    tolerance = tolerance or Tolerance()
    manifests = read_manifest(old), read_manifest(new)
    before, after = (_numbers(one) for one in manifests)
    both = [name for name in before if name in after]
    files = tuple(_file(name, old / name, new / name, tolerance) for name in both)
    gone = tuple(name for name in before if name not in after)
    came = tuple(name for name in after if name not in before)
    found = Comparison(files, gone, came, ())
    return Comparison(files, gone, came, reasons(*manifests)) if found.differs else found


def _numbers(manifest: Mapping[str, Any]) -> list[str]:
    return sorted(
        name
        for name in manifest["outputs"]
        if name.endswith((".csv", ".json")) and not name.startswith(ROUNDED)
    )


def _file(name: str, old: Path, new: Path, tolerance: Tolerance) -> FileMoved:
    if name.endswith(".json"):
        before, after = summary_values(old), summary_values(new)
    else:
        before, after = table_pair(old, new)
    return FileMoved(
        name, tuple(moved_between(before, after, tolerance)), _missing(before, after), _missing(after, before)
    )


def _missing(held: Values, other: Values) -> tuple[str, ...]:
    """Return the rows, columns or keys of one file that the other lacks, each once."""
    rows, columns = ({place[i] for place in other} for i in (0, 1))
    lacking = [place for place in held if place not in other]
    named = [
        row if row not in rows else column if column not in columns else f"{row} {column}"
        for row, column in lacking
    ]
    return tuple(dict.fromkeys(named))
