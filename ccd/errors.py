"""Errors that say what, where and how to fix it; each class has one exit code."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from ccd.words import Language, Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: A sentence, or words of others (a name, a message of another program) that stand as they are.
Words = Text | str


class CcdError(Exception):
    """A fault that the user can mend; ``what`` it is, ``where`` it stands, how to ``fix`` it.

    The three are plain English for those who read them; ``render`` says them in either language. What and how are
    sentences with their Chinese; where may be the bare name of a file or key.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: Text, *, where: Words, fix: Text) -> None:
        super().__init__(str(what))
        self.said = (what, where, fix)
        self.what, self.where, self.fix = map(str, self.said)

    def render(self, language: Language = "en") -> str:
        """Return the three lines that a terminal shows."""
        heads = ("错误：", "位置：", "改法：") if language == "zh" else ("error: ", "at: ", "fix: ")
        lines = (
            f"{head}{in_language(words, language)}" for head, words in zip(heads, self.said, strict=True)
        )
        return "\n".join(map(_printable, lines))

    def __str__(self) -> str:
        """Return the three lines in English."""
        return self.render()

    def __reduce__(self) -> tuple[object, tuple[type[CcdError], Text, Words, Text]]:
        """Cross a process boundary whole (``--jobs``)."""
        return _rebuild, (type(self), *self.said)


class UsageError(CcdError):
    """The command line is wrong."""

    exit_code = 2


class StudyError(CcdError):
    """The study file is wrong."""

    exit_code = 3


class DataError(CcdError):
    """The data are wrong."""

    exit_code = 4


class EstimationError(CcdError):
    """The model cannot be estimated on these data."""

    exit_code = 5


class MachineError(CcdError):
    """The machine ended what it was asked to do; neither study nor data are at fault."""


class SpecError(ValueError):
    """What a section says of its own keys, of which pydantic makes a fault with its place."""

    def __init__(self, what: Text) -> None:
        super().__init__(str(what))
        self.said = what


class StudyFaults(StudyError):
    """Every fault of one study file at once."""

    def __init__(self, faults: Sequence[StudyError]) -> None:
        what, where, fix = faults[0].said
        super().__init__(what, where=where, fix=fix)
        self.faults = tuple(faults)

    def render(self, language: Language = "en") -> str:
        """Return three lines for each fault."""
        return "\n".join(fault.render(language) for fault in self.faults)


class DataFaults(DataError):
    """Every fault of the data that was found at once."""

    def __init__(self, faults: Sequence[DataError]) -> None:
        what, where, fix = faults[0].said
        super().__init__(what, where=where, fix=fix)
        self.faults = tuple(faults)

    def render(self, language: Language = "en") -> str:
        """Return three lines for each fault."""
        return "\n".join(fault.render(language) for fault in self.faults)


def raise_all(faults: Sequence[DataError]) -> None:
    """Raise the faults, all at once; nothing where there are none."""
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise DataFaults(faults)


def in_language(words: Words, language: Language) -> str:
    """Return words in a language; those of others stand as they are."""
    return words.render(language) if isinstance(words, Text) else words


def suggest(word: str, known: Iterable[str]) -> Words:
    """Return ``did you mean 'x'? `` for the nearest known word, or an empty string."""
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return text("did you mean '{name}'? ", name=folded[near[0]]) if near else ""


def _printable(line: str) -> str:
    """Return a line whose control characters (of a cell that it quotes) are written out."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


def _rebuild(kind: type[CcdError], what: Text, where: Words, fix: Text) -> CcdError:
    kinds: dict[type[CcdError], type[CcdError]] = {StudyFaults: StudyError, DataFaults: DataError}
    return kinds.get(kind, kind)(what, where=where, fix=fix)


def unwritable(out: Path, error: OSError) -> UsageError:
    """Return the error of a folder or file that cannot be written."""
    reason = error.strerror or type(error).__name__
    return UsageError(
        text("nothing can be written here: {reason}", reason=reason),
        where=str(out),
        fix=text("name another with -o"),
    )
