"""The zip itself: written the same twice, and opened without trusting what it says of paths."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ccd.errors import DataError
from ccd.manifest import read_json
from ccd.words import text
from ccd.writing import replacing

#: What the library raises for archives that are damaged, locked with a password, or packed as it cannot unpack.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
#: What the package says of itself.
NAME = "package.json"
#: The first moment that a zip can name; a clock would make every package another.
MOMENT = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, bytes], to: Path, top: str) -> Path:
    """Write ``files`` into a zip under one folder ``top``, whole or not at all. Raises UsageError."""
    with (
        replacing(to) as making,
        zipfile.ZipFile(making, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{top}/{name}", MOMENT)
            entry.compress_type, entry.external_attr, entry.create_system = (
                zipfile.ZIP_DEFLATED,
                0o644 << 16,
                3,
            )
            archive.writestr(entry, files[name])
    return to


def opened(package: Path, into: Path) -> Path:
    """Unpack into a folder and return the folder of the package.

    Raises DataError for what is no package, and for a file that would land elsewhere.
    """
    try:
        with zipfile.ZipFile(package) as archive:
            names = [entry.orig_filename for entry in archive.infolist()]
            tops = {PurePosixPath(name).parts[:1] for name in names}
            if any(map(_outside, names)) or len(tops) != 1:
                raise _no_package(package)
            archive.extractall(into)
    except (*UNREADABLE, OSError) as error:
        raise _no_package(package) from error
    folder = into / names[0].split("/", 1)[0]
    if not (folder / NAME).is_file():
        raise _no_package(package)
    return folder


def described(folder: Path, package: Path) -> dict[str, Any]:
    """Return what an opened package says of itself. Raises DataError where it is damaged or names places elsewhere."""
    said = read_json(folder / NAME)
    study, command, files, withheld = (said.get(key) for key in ("study", "command", "files", "withheld"))
    if not isinstance(study, str) or not isinstance(files, dict) or not isinstance(withheld, dict):
        raise _no_package(package)
    if (
        not isinstance(command, list)
        or len(command) < 3
        or not all(isinstance(word, str) for word in command)
    ):
        raise _no_package(package)
    if any(map(_outside, (study, *files, *withheld))):
        raise _no_package(package)
    return said


def _outside(name: str) -> bool:
    """Return whether an entry would land anywhere but below the folder that it is unpacked in."""
    lost = not name.strip("/.") or any(ord(char) < 32 for char in name) or name.startswith("/")
    return lost or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts


def _no_package(package: Path) -> DataError:
    return DataError(
        text("this is not a replication package of ccd"),
        where=str(package),
        fix=text("name the zip that ccd pack wrote"),
    )
