"""Processes that share work: how many there may be, and a pool of them that an interrupted run leaves empty."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ccd.progress import hush

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

#: Whether a new process begins as a copy of this one, with all that was imported here.
FORKS = sys.platform == "linux"


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of those that it started and that have ended."""
    used = os.times()
    return time.process_time() + used.children_user + used.children_system


@contextmanager
def processes(
    workers: int, hold: Callable[..., None] | None = None, *held: Any
) -> Iterator[ProcessPoolExecutor]:
    """Give ``workers`` processes; each calls ``hold(*held)`` once, and tells nobody of its progress.

    An interrupted run starts no more work.
    """
    import multiprocessing  # only where asked for
    from concurrent.futures import ProcessPoolExecutor

    forked = multiprocessing.get_context("fork" if FORKS else None)
    pool = ProcessPoolExecutor(workers, forked, initializer=_begin, initargs=(hold, held))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(hold: Callable[..., None] | None, held: tuple[Any, ...]) -> None:
    hush()  # a listener of the process that was forked draws on its terminal, and may hold its locks
    if hold is not None:
        hold(*held)
