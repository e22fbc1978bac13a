"""Units of work over what all share: here, in processes, or on a cluster; each gives bytes that it alone decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ccd.processes import processes
from ccd.progress import tell

U = TypeVar("U")
#: What makes the bytes of a unit: a function that a module holds, of what all share and of the unit.
Work = Callable[[Any, Any], bytes]
#: How many units of a process wait beside the one it is at.
AHEAD = 4


def scattered(
    work: Work,
    held: object,
    units: Sequence[U],
    workers: int = 1,
    scheduler: str = "",
    what: str = "specifications",
) -> Iterator[tuple[int, bytes]]:
    """Yield the place and the bytes of every unit as it is done, in any order.

    ``held`` is sent once to each of ``workers`` processes, or to the workers of the dask cluster at ``scheduler``
    (``tcp://HOST:PORT``); ``what`` is what progress calls them. Raises whatever ``work`` raises.
    """
    if scheduler:
        from ccd.vary.cluster import on_cluster

        done = on_cluster(work, held, units, scheduler)
    elif workers > 1 and len(units) > 1:
        done = _in_processes(work, held, units, min(workers, len(units)))
    else:
        done = ((place, work(held, unit)) for place, unit in enumerate(units))
    for count, found in enumerate(done):
        tell(what, count, len(units))
        yield found
    tell(what, len(units), len(units))


def _in_processes(work: Work, held: object, units: Sequence[U], workers: int) -> Iterator[tuple[int, bytes]]:
    from concurrent.futures import FIRST_COMPLETED, Future, wait

    waiting: dict[Future[bytes], int] = {}
    left = iter(enumerate(units))
    with processes(workers, _hold, held) as pool:
        while True:
            for place, unit in left:
                waiting[pool.submit(_there, work, unit)] = place
                if len(waiting) >= workers * AHEAD:
                    break
            if not waiting:
                return
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield waiting.pop(future), future.result()


#: What a worker process holds, which its initializer fills once.
_HELD: list[object] = []


def _hold(held: object) -> None:
    _HELD[:] = [held]


def _there(work: Work, unit: object) -> bytes:
    return work(_HELD[0], unit)
