"""How far the work is: those who work tell it here, and whoever shows it listens; nobody has to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

#: (what is worked on, how many are done, of how many, the name of the one at hand).
Listener = Callable[[str, int, int, str], None]

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Have ``listener`` told of all work inside."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def hush() -> None:
    """Tell nobody any more: for a process that was forked from one that listens."""
    _LISTENER.set(None)


def told(items: Iterable[T], what: str, total: int, size: int = 1) -> Iterator[T]:
    """Yield ``items``, telling before each how many of ``total`` are done; each counts for ``size``."""
    listener = _LISTENER.get()
    if listener is None:
        yield from items
        return
    done = 0
    for item in items:
        listener(what, done, total, "")
        yield item
        done = min(done + size, total)
    listener(what, total, total, "")


def tell(what: str, done: int, total: int, name: str = "") -> None:
    """Tell that ``done`` of ``total`` are done, and the name of the one that is begun."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(what, done, total, name)
