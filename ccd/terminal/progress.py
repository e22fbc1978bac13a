"""Steps on stderr while they run: n of N and the time left on a terminal, one line a step in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field

from ccd.progress import listening
from ccd.terminal.console import console

Watch = Callable[[str], AbstractContextManager[object]]


@dataclass
class Stage:
    """One kind of work: when it began, and how much of it was done before the clock started."""

    began: float
    done: int = 0
    total: int = 0

    def left(self, now: float) -> float | None:
        """Return the seconds that are left at the pace so far; None before anything is done."""
        return (now - self.began) / self.done * (self.total - self.done) if self.done else None


@dataclass
class Pace:
    """The pace of each kind of work that is told of."""

    clock: Callable[[], float] = time.monotonic
    stages: dict[str, Stage] = field(default_factory=dict)

    def words(self, what: str, done: int, total: int, name: str = "") -> str:
        """Return ``models 3 of 22, about 40 s left: baseline``; what is finished begins anew the next time."""
        now = self.clock()
        known = self.stages.get(what)
        if known is None or done < known.done or done == 0:
            known = self.stages[what] = Stage(now)
        known.done, known.total = done, total
        left = known.left(now)
        about = f", about {left:.0f} s left" if left is not None and left >= 1 and done < total else ""
        return f"{what} {done} of {total}{about}" + (f": {name}" if name else "")


@contextmanager
def progress(quiet: bool) -> Iterator[Watch]:
    """Give a watch of the steps: live on a terminal, a line when a step ends in a log, nothing when quiet."""
    if quiet:
        yield lambda _: nullcontext()
    elif sys.stderr.isatty():
        with _live() as watch:
            yield watch
    else:
        yield _logged


@contextmanager
def _logged(step: str) -> Iterator[None]:
    """Write one line when a step has ended, with its seconds."""
    began = time.monotonic()
    yield
    sys.stderr.write(f"[{time.monotonic() - began:.1f} s] {step}\n")
    sys.stderr.flush()


@contextmanager
def _live() -> Iterator[Watch]:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    plain = (sys.stderr.encoding or "").lower().replace("-", "") != "utf8"
    spinner = SpinnerColumn("line" if plain else "dots", finished_text="*" if plain else "✓")
    columns = (spinner, TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        pace, tasks = Pace(), {}

        def heard(what: str, done: int, total: int, name: str) -> None:
            words = pace.words(what, done, total, name)
            if what not in tasks:
                tasks[what] = bar.add_task(words, total=total)
            bar.update(tasks[what], description=words, completed=done, total=total)

        @contextmanager
        def watch(step: str) -> Iterator[None]:
            task = bar.add_task(step, total=1)
            yield
            bar.update(task, completed=1)

        with listening(heard):
            yield watch
