"""The manifest: what went in, what came out, with which versions; and the check of it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ccd import __version__
from ccd.cache import LIBRARIES, library_version, source_digest
from ccd.errors import DataError
from ccd.plain import compact_json, json_value, to_json
from ccd.words import text

NAME = "manifest.json"
#: What file managers leave behind.
LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of ccd, Python and the libraries that make numbers, and a digest of the program's source."""
    libraries = {name: found for name in LIBRARIES if (found := library_version(name))}
    return {
        "ccd": __version__,
        "source": source_digest()[:12],
        "python": platform.python_version(),
        **libraries,
    }


def make_manifest(
    folder: Path,
    *,
    command: Sequence[str],
    study: Mapping[str, object],
    seed: int,
    inputs: Mapping[str, Path],
    warnings: Iterable[str],
    exhibits: Sequence[object] = (),
    seconds: Mapping[str, object],
) -> dict[str, object]:
    """Return the manifest of the files under ``folder``.

    ``inputs`` maps the name of each input as the study writes it to its file, ``exhibits`` are the tables and
    figures with their captions; ``digest`` covers all but ``seconds``, so that an edited manifest is found out.
    """
    outputs = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*")) if p.is_file()}
    outputs.pop(NAME, None)
    manifest: dict[str, object] = {
        "made_by": "ccd",
        "command": list(command),
        "versions": versions(),
        "seed": seed,
        "study": dict(study),
        "inputs": {name: {"sha256": sha256(path)} for name, path in sorted(inputs.items())},
        "outputs": {name: {"sha256": sha256(path)} for name, path in sorted(outputs.items())},
        "exhibits": json_value(list(exhibits)),
        "warnings": list(warnings),
    }
    return {**manifest, "digest": _digest(manifest), "seconds": dict(seconds)}


def write_manifest(folder: Path, manifest: Mapping[str, object]) -> Path:
    """Write ``manifest.json`` into ``folder`` and return its path."""
    path = folder / NAME
    path.write_text(to_json(manifest), encoding="utf-8", newline="\n")
    return path


def foreign_files(folder: Path) -> tuple[str, ...]:
    """Return the files under ``folder`` that no manifest in it lists: those ccd did not write, sorted."""
    present = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    ours: set[str] = set()
    if NAME in present:
        try:
            ours = {NAME, *read_manifest(folder)["outputs"]}
        except DataError:
            ours = set()
    return tuple(name for name in present if name not in ours and Path(name).name not in LITTER)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the manifest of a result. Raises DataError when there is none, or it cannot be read."""
    path = folder / NAME
    if not path.exists():
        raise DataError(
            text("this is not a result of ccd: there is no manifest.json"),
            where=str(folder),
            fix=text("name the folder that ccd run wrote"),
        )
    manifest = read_json(path)
    listed = manifest.get("outputs")
    if not isinstance(listed, dict) or not all(_is_entry(*item) for item in listed.items()):
        raise DataError(
            text("this is not a manifest of ccd"), where=str(path), fix=text("run the study again")
        )
    return manifest


def _is_entry(name: str, entry: object) -> bool:
    """Return whether an output has its hash and stands below the folder."""
    return (
        isinstance(entry, dict)
        and "sha256" in entry
        and ".." not in Path(name).parts
        and Path(name).anchor == ""
    )


def read_json(path: Path) -> dict[str, Any]:
    """Return an object that ccd wrote as JSON. Raises DataError when it cannot be read."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            text("the manifest cannot be read"), where=str(path), fix=text("run the study again")
        ) from error
    return held if isinstance(held, dict) else {}


def verify(folder: Path) -> tuple[str, ...]:
    """Return what differs from the manifest, one line each; empty when all is as written."""
    manifest = read_manifest(folder)
    found = []
    kept = {key: value for key, value in manifest.items() if key not in ("digest", "seconds")}
    if manifest.get("digest") != _digest(kept):
        found.append(f"{NAME}: changed since it was written")
    for name, entry in manifest["outputs"].items():
        path = folder / name
        if not path.is_file():
            found.append(f"{name}: missing")
        elif sha256(path) != entry["sha256"]:
            found.append(f"{name}: changed")
    return (*found, *(f"{name}: not in the manifest" for name in foreign_files(folder)))


def _digest(manifest: Mapping[str, object]) -> str:
    return hashlib.sha256(compact_json(manifest).encode()).hexdigest()
