"""Finished work on disk, by the digest of all that decides it: what did not change is not computed again."""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

from ccd.digest import digest

T = TypeVar("T")

#: Bytes that the folder may hold; the least recently used go first.
LIMIT = 2**30
#: Libraries whose version decides numbers or pictures.
LIBRARIES = (
    "linearmodels",
    "matplotlib",
    "numpy",
    "pandas",
    "pydantic",
    "scikit-learn",
    "scipy",
    "statsmodels",
)
#: What the folders and the pieces in them are called: the first two digits of a key, and the rest.
SHELF, PIECE = re.compile("[0-9a-f]{2}"), re.compile("[0-9a-f]+")
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Cache:
    """A folder of finished pieces (None: none is kept); ``fresh`` computes everything again and keeps it anew."""

    folder: Path | None = None
    fresh: bool = False
    limit: int = LIMIT

    def take(self, key: str) -> bytes | None:
        """Return the piece kept under ``key``; None where there is none, or it is damaged."""
        if self.folder is None or self.fresh:
            return None
        path = self._path(self.folder, key)
        try:
            content = path.read_bytes()
            os.utime(path)  # used now: it is among the last to go
        except OSError:
            return None
        check, piece = content[:32], content[32:]
        return piece if hashlib.sha256(piece).digest() == check else None

    def keep(self, key: str, piece: bytes) -> None:
        """Keep a piece, whole or not at all. A folder that takes nothing keeps nothing: the work stands anyway."""
        if self.folder is None:
            return
        path = self._path(self.folder, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(path, hashlib.sha256(piece).digest() + piece)
        except OSError:
            return

    def recall(self, key: str, make: Callable[[], T]) -> T:
        """Return the value kept under ``key``, or the one that ``make`` gives, which is kept."""
        piece = self.take(key)
        if piece is not None:
            return pickle.loads(piece)  # type: ignore[no-any-return]  # our own, of this very code
        made = make()
        self.keep(key, pickle.dumps(made, protocol=5))
        return made

    def trim(self) -> None:
        """Remove the least recently used pieces until the folder holds at most ``limit`` bytes."""
        if self.folder is None or not self.folder.is_dir():
            return
        found = []
        for shelf in self.folder.iterdir():
            if not SHELF.fullmatch(shelf.name):  # not ours: the folder may hold other things
                continue
            with suppress(OSError):  # another run was faster
                for piece in os.scandir(shelf):
                    if PIECE.fullmatch(piece.name) and piece.is_file(follow_symlinks=False):
                        stat = piece.stat()
                        found.append((stat.st_mtime, stat.st_size, Path(piece.path)))
        total = sum(size for _, size, _ in found)
        for _, size, path in sorted(found, key=lambda one: one[0]):
            if total <= self.limit:
                return
            with suppress(OSError):  # open in another run
                path.unlink(missing_ok=True)
            total -= size

    @staticmethod
    def _path(folder: Path, key: str) -> Path:
        return folder / key[:2] / key[2:]


def write_whole(path: Path, content: bytes) -> None:
    """Write a file by a temporary one beside it and a rename: whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)  # a full disk: nothing half-written stays


NO_CACHE = Cache()


def user_cache(*, fresh: bool = False) -> Cache:
    """Return the cache of this user: the folder of the platform, or that of CCD_CACHE; none where that is 0."""
    asked = os.environ.get("CCD_CACHE", "")
    if asked == "0":
        return Cache(None)
    if asked:
        return Cache(Path(asked), fresh)
    from platformdirs import user_cache_path  # only a run asks

    return Cache(user_cache_path("ccd", appauthor=False), fresh)


def work_key(*decided_by: Any) -> str:
    """Return the key of a piece of work: what it is decided by, and the version of the code that does it."""
    return digest(code_version(), *decided_by)


@cache
def code_version() -> str:
    """Return a digest of the program's source, its bundled data, and the versions of Python and of the libraries."""
    libraries = [(name, library_version(name)) for name in LIBRARIES]
    return digest(platform.python_version(), platform.machine(), libraries, source_digest())


_SOURCES = frozenset({".py", ".toml", ".csv", ".css", ".js", ".j2"})


@cache
def source_digest() -> str:
    """Return a digest of the program's source and its bundled data, the same on every machine."""
    data = HERE / "data" if (HERE / "data").is_dir() else HERE.parent / "data"
    found = {p.relative_to(HERE).as_posix(): p for p in HERE.rglob("*") if p.parent.name != "data"}
    found |= {f"data/{p.name}": p for p in data.glob("*.csv")}
    files = sorted((name, p) for name, p in found.items() if p.suffix in _SOURCES and p.is_file())
    return digest([(name, p.read_bytes().replace(b"\r\n", b"\n")) for name, p in files])


def library_version(package: str) -> str:
    """Return the version of a library; empty where it is not there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
