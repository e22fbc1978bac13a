"""Steps on stderr while they run: n of N and the time left on a terminal, one line a step in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from types import MappingProxyType

from ccd.progress import listening
from ccd.terminal.console import console, told
from ccd.words import Language, Text, text

Watch = Callable[[str], AbstractContextManager[object]]

#: What a program calls its steps and what it counts -> words for them; names of models stand as they are.
STEPS: Mapping[str, Text] = MappingProxyType(
    {
        "read": text("read"),
        "panel": text("panel"),
        "index": text("index"),
        "couple": text("couple"),
        "describe": text("describe"),
        "libraries": text("libraries"),
        "variations": text("variations"),
        "numbers": text("numbers"),
        "report": text("report"),
        "models": text("models"),
        "draws": text("draws"),
        "figures": text("figures"),
        "specifications": text("specifications"),
    }
)


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
    language: Language = "en"

    def words(self, what: str, done: int, total: int, name: str = "") -> str:
        """Return ``models 3 of 22, about 40 s left: baseline``; what is finished begins anew the next time."""
        now = self.clock()
        known = self.stages.get(what)
        if known is None or done < known.done or done == 0:
            known = self.stages[what] = Stage(now)
        known.done, known.total = done, total
        left = known.left(now)
        words = text("{what} {done} of {total}", what=STEPS.get(what, what), done=done, total=total)
        if left is not None and left >= 1 and done < total:
            words = text("{words}, about {seconds} s left", words=words, seconds=f"{left:.0f}")
        return told(text("{words}: {name}", words=words, name=name) if name else words, self.language)


@contextmanager
def progress(quiet: bool, language: Language = "en") -> Iterator[Watch]:
    """Give a watch of the steps: live on a terminal, a line when a step ends in a log, nothing when quiet.

    Steps are said in ``language``, where ``CCD_LANG`` asks for none.
    """
    if quiet:
        yield lambda _: nullcontext()
    elif sys.stderr.isatty():
        with _live(language) as watch:
            yield watch
    else:
        yield lambda step: _logged(step, language)


@contextmanager
def _logged(step: str, language: Language) -> Iterator[None]:
    """Write one line when a step has ended, with its seconds."""
    began = time.monotonic()
    yield
    seconds = f"{time.monotonic() - began:.1f}"
    words = text("[{seconds} s] {step}", seconds=seconds, step=STEPS.get(step, step))
    sys.stderr.write(told(words, language) + "\n")
    sys.stderr.flush()


@contextmanager
def _live(language: Language) -> Iterator[Watch]:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    plain = (sys.stderr.encoding or "").lower().replace("-", "") != "utf8"
    spinner = SpinnerColumn("line" if plain else "dots", finished_text="*" if plain else "✓")
    columns = (spinner, TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        pace, tasks = Pace(language=language), {}

        def heard(what: str, done: int, total: int, name: str) -> None:
            words = pace.words(what, done, total, name)
            if what not in tasks:
                tasks[what] = bar.add_task(words, total=total)
            bar.update(tasks[what], description=words, completed=done, total=total)

        @contextmanager
        def watch(step: str) -> Iterator[None]:
            task = bar.add_task(told(STEPS.get(step, step), language), total=1)
            yield
            bar.update(task, completed=1)

        with listening(heard):
            yield watch
