"""Names of a study that become files: none may be one that some system cannot hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ccd.errors import StudyError
from ccd.study.raw import fault
from ccd.words import text

#: What Windows keeps for devices, whatever the ending.
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{k}" for port in ("com", "lpt") for k in (*range(10), *"¹²³"))}
)


def held_everywhere(name: str) -> bool:
    """Tell whether every system has a file or folder of this name: Windows has no devices and no dot at the end."""
    return name.split(".", 1)[0].casefold() not in DEVICES and not name.endswith(".")


def file_name_faults(section: str, names: Iterable[str]) -> Iterator[StudyError]:
    """Yield the names under ``section`` that cannot be files on Windows."""
    for name in names:
        if not held_everywhere(name):
            yield fault(
                text("Windows has no file named '{name}'", name=name), section, text("choose another name")
            )
