"""The zip itself: written the same twice, and opened without trusting what it says of paths."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ccd.errors import DataError
from ccd.words import text
from ccd.writing import replacing

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
            names = [entry.filename for entry in archive.infolist()]
            tops = {PurePosixPath(name).parts[:1] for name in names}
            outside = [
                name
                for name in names
                if name.startswith("/") or ".." in PurePosixPath(name).parts or "\\" in name
            ]
            if outside or len(tops) != 1:
                raise _no_package(package)
            archive.extractall(into)
    except (OSError, zipfile.BadZipFile) as error:
        raise _no_package(package) from error
    folder = into / names[0].split("/", 1)[0]
    if not (folder / NAME).is_file():
        raise _no_package(package)
    return folder


def _outside(name: str) -> bool:
    """Return whether an entry would land anywhere but below the folder that it is unpacked in."""
    return name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts


def _no_package(package: Path) -> DataError:
    return DataError(
        text("this is not a replication package of ccd"),
        where=str(package),
        fix=text("name the zip that ccd pack wrote"),
    )
