"""A place that is written: by one process at a time, and a folder replaced at one moment where the system can."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from ccd.errors import UsageError, unwritable
from ccd.words import text

#: Of Linux (``linux/fs.h``, ``fcntl.h``) and of macOS (``sys/stdio.h``): change places, paths as they are.
_LINUX_EXCHANGE, _LINUX_HERE, _MACOS_SWAP = 2, -100, 2


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Hold a place for this process; one that was killed holds nothing any more.

    The lock is a file beside ``out``, which goes with it. Raises UsageError where another process holds the place, and
    OSError where nothing can be written beside it.
    """
    lock = out.with_name(f".{out.name}.lock")
    held = _held(lock)
    if held is None:
        raise UsageError(
            text("another run is writing here"),
            where=str(out),
            fix=text("wait until it has ended, or name another with -o"),
        )
    try:
        yield
    finally:
        _release(lock, held)


@contextmanager
def replacing(to: Path) -> Iterator[Path]:
    """Give a sibling of a file to write; it takes the place of ``to`` when all went well.

    Raises UsageError where nothing can be written, or while another run writes.
    """
    to = to.resolve()  # a link is kept, and what it points to replaced
    making = to.with_name(f".{to.name}.making")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with alone(to):
            try:
                yield making
                making.replace(to)
            finally:
                making.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(to, error) from error


def _held(lock: Path) -> IO[bytes] | None:
    """Return the open file of a lock that is now ours; None where it is another's."""
    while True:
        file, ours = lock.open("ab"), False
        try:
            if not _locked(file):
                return None
            with suppress(
                FileNotFoundError
            ):  # its holder removed it while we took it: look at what stands there now
                ours = os.path.samestat(os.fstat(file.fileno()), lock.stat())
            if ours:
                return file
        finally:
            if not ours:
                file.close()


if sys.platform == "win32":
    import msvcrt

    def _locked(file: IO[bytes]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(lock: Path, file: IO[bytes]) -> None:
        file.close()
        with suppress(OSError):  # open elsewhere: the next holder removes it
            lock.unlink()

else:
    import fcntl

    def _locked(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: whoever writes there sees to it that he is alone
            return True
        return True

    def _release(lock: Path, file: IO[bytes]) -> None:
        with suppress(OSError):
            lock.unlink()  # before the lock is free, so that nobody takes a file that is going
        try:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_UN)  # for processes that were forked since, too
        finally:
            file.close()


def swapped(one: Path, other: Path) -> bool:
    """Let two folders that are there change places at one moment; False where the system has no such call."""
    if sys.platform == "win32":
        return False
    import ctypes

    system = ctypes.CDLL(None)
    paths = os.fsencode(one), os.fsencode(other)
    if hasattr(system, "renameat2"):
        done = system.renameat2(_LINUX_HERE, paths[0], _LINUX_HERE, paths[1], _LINUX_EXCHANGE)
    elif hasattr(system, "renamex_np"):
        done = system.renamex_np(*paths, _MACOS_SWAP)
    else:
        return False
    return int(done) == 0
