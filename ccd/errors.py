"""Errors that say what, where and how to fix it; each class has one exit code."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class CcdError(Exception):
    """A fault that the user can mend; ``what`` it is, ``where`` it stands, how to ``fix`` it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """Return the three lines that a terminal shows."""
        lines = (f"error: {self.what}", f"at: {self.where}", f"fix: {self.fix}")
        return "\n".join(map(_printable, lines))

    def __reduce__(self) -> tuple[object, tuple[type[CcdError], str, str, str]]:
        """Cross a process boundary whole (``--jobs``)."""
        return _rebuild, (type(self), self.what, self.where, self.fix)


class UsageError(CcdError):
    """The command line is wrong."""

    exit_code = 2


class StudyError(CcdError):
    """The study file is wrong."""

    exit_code = 3


class StudyFaults(StudyError):
    """Every fault of one study file at once."""

    def __init__(self, faults: Sequence[StudyError]) -> None:
        first = faults[0]
        super().__init__(first.what, where=first.where, fix=first.fix)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        """Return three lines for each fault."""
        return "\n".join(str(fault) for fault in self.faults)


class DataError(CcdError):
    """The data are wrong."""

    exit_code = 4


class EstimationError(CcdError):
    """The model cannot be estimated on these data."""

    exit_code = 5


def suggest(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'? `` for the nearest known word, or an empty string."""
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f"did you mean '{folded[near[0]]}'? " if near else ""


def _printable(line: str) -> str:
    """Return a line whose control characters (of a cell that it quotes) are written out."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def _rebuild(kind: type[CcdError], what: str, where: str, fix: str) -> CcdError:
    if issubclass(kind, StudyFaults):
        kind = StudyError
    return kind(what, where=where, fix=fix)
