"""Figures drawn here or in processes, each in every format asked for; those drawn before are taken over."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ccd.cache import NO_CACHE, Cache
from ccd.processes import FORKS, processes
from ccd.progress import tell
from ccd.report.figures import Fonts, drawing, render
from ccd.report.views.base import Context
from ccd.results import Part
from ccd.words import Labeller

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

    Draw = Callable[[Part[Any], Context], Figure | None]

Images = Mapping[str, bytes]

#: A process is started for as many figures as it draws while it would be started.
FIGURES_A_PROCESS = 3
#: Characters of the longest name that a figure shows whole.
LONGEST = 60


@dataclass(frozen=True)
class _Short:
    """Callable: the label of a name, cut where it would leave a figure no room; tables hold all of it."""

    label: Labeller

    def __call__(self, name: str) -> str:
        shown = self.label(name)
        return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


@dataclass(frozen=True)
class Drawing:
    """One figure to draw: how, of what, in which words; under ``key`` it is kept (nothing: it is not)."""

    draw: Draw
    part: Part[Any]
    ctx: Context
    key: str = ""


def drawn(
    wanted: Sequence[Drawing], fonts: Fonts, kinds: Sequence[str], workers: int = 1, cache: Cache = NO_CACHE
) -> tuple[Images, ...]:
    """Return each figure in every one of ``kinds`` (none where there is nothing to draw), in the order of ``wanted``.

    At most ``workers`` processes share those that ``cache`` does not hold, where processes can be forked: others would
    import everything again, and lack a font that a study names. The bytes do not depend on how many there are.
    """
    known: list[Images | None] = [_known(one, cache) for one in wanted]
    left = [k for k, found in enumerate(known) if found is None]
    workers = min(workers, len(left) // FIGURES_A_PROCESS)
    asked = (fonts, tuple(kinds), cache)
    made = (
        _in_processes(wanted, left, asked, workers) if FORKS and workers > 1 else _here(wanted, left, asked)
    )
    for k, images in zip(left, made, strict=True):
        known[k] = images
    return tuple(images or {} for images in known)


def _known(one: Drawing, cache: Cache) -> Images | None:
    piece = cache.take(one.key) if one.key else None
    return None if piece is None else pickle.loads(piece)


Asked = tuple[Fonts, tuple[str, ...], Cache]


def _here(wanted: Sequence[Drawing], left: Iterable[int], asked: Asked) -> Iterator[Images]:
    places = list(left)
    for count, k in enumerate(places):
        tell("figures", count, len(places), wanted[k].part.name)
        yield make(wanted[k], *asked)
    tell("figures", len(places), len(places))


def _in_processes(
    wanted: Sequence[Drawing], left: Sequence[int], asked: Asked, workers: int
) -> Iterator[Images]:
    # once here: processes that are forked have them too
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_pdf
    import matplotlib.backends.backend_svg  # noqa: F401

    with processes(workers, _hold, [wanted[k] for k in left], asked) as pool:
        waiting = [pool.submit(_there, place) for place in range(len(left))]
        for count, (k, future) in enumerate(zip(left, waiting, strict=True)):
            tell("figures", count, len(left), wanted[k].part.name)
            yield future.result()
    tell("figures", len(left), len(left))


#: What a worker process draws, which its initializer fills once: parts share their frames and go over together.
_HELD: dict[str, Any] = {}


def _hold(wanted: Sequence[Drawing], asked: Asked) -> None:
    _HELD.update(wanted=wanted, asked=asked)


def _there(place: int) -> Images:
    return make(_HELD["wanted"][place], *_HELD["asked"])


def make(one: Drawing, fonts: Fonts, kinds: Sequence[str], cache: Cache = NO_CACHE) -> Images:
    """Return a figure drawn now, in every format asked for, and keep it where it has a key."""
    with drawing(fonts):
        figure = one.draw(one.part, replace(one.ctx, label=_Short(one.ctx.label)))
        images = {kind: render(figure, kind) for kind in kinds} if figure is not None else {}
    if one.key:
        cache.keep(one.key, pickle.dumps(images, protocol=5))
    return images
