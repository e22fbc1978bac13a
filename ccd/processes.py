"""Processes that share work: how many there may be, and a pool of them that an interrupted run leaves empty."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ccd.errors import MachineError
from ccd.progress import hush
from ccd.words import text

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection

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

    A run that is interrupted or fails gives up what they are at. Raises MachineError where one of them is ended from
    outside.
    """
    import multiprocessing  # only where asked for
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    forked = multiprocessing.get_context("fork" if FORKS else None)
    given_up, give_up = forked.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, forked, initializer=_begin, initargs=(given_up, hold, held))
    try:
        with _uninterrupted():
            pool.submit(_ready)  # where processes are forked, all of them are now
        yield pool
    except BrokenProcessPool as error:
        raise MachineError(
            text("a process of this run was ended from outside: by hand, or for want of memory"),
            where="--jobs",
            fix=text("run it again: finished models are taken over; if memory is short, with fewer jobs"),
        ) from error
    except BaseException:
        give_up.send_bytes(b"now")  # none reads it, so that it reaches all
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        given_up.close()
        give_up.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait: Python loses one that comes while it forks."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ready() -> None:
    """Do nothing."""


def _begin(given_up: Connection, hold: Callable[..., None] | None, held: tuple[Any, ...]) -> None:
    import signal
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the run alone answers
    Thread(target=_end_with_the_run, args=(given_up,), daemon=True).start()
    hush()  # a listener of the process that was forked draws on its terminal, and may hold its locks
    if hold is not None:
        hold(*held)


def _end_with_the_run(given_up: Connection) -> None:
    """Wait until the work is given up or the process that started this one ends, and end: a killed run leaves none."""
    from multiprocessing import connection, parent_process

    run = parent_process()
    if run is not None:
        connection.wait([run.sentinel, given_up])
        os._exit(1)
