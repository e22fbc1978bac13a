"""Units of work on a dask cluster: the shared part is sent once to each worker, units go out as results come in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from ccd.errors import UsageError
from ccd.words import text

U = TypeVar("U")
#: Units that are out at a time, for each thread of the cluster.
AHEAD = 4
#: Seconds until a scheduler that does not answer is given up.
PATIENCE = 30


def on_cluster(
    work: Callable[[Any, Any], bytes], held: object, units: Sequence[U], scheduler: str
) -> Iterator[tuple[int, bytes]]:
    """Yield the place and the bytes of every unit as it is done on the cluster at ``scheduler``.

    A worker that dies costs the units it was at, which are done again elsewhere. Raises UsageError without the
    packages of ``[dask]``, or where no scheduler or no worker answers.
    """
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise UsageError(
            text("a cluster needs dask and distributed"),
            where="--scheduler",
            fix=text('pip install "ccd-econ[dask]"'),
        ) from error
    try:
        client = Client(scheduler, timeout=PATIENCE, set_as_default=False)
        client.wait_for_workers(1, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(
            text("no cluster answers: {reason}", reason=str(error) or type(error).__name__),
            where=text("--scheduler {scheduler}", scheduler=scheduler),
            fix=text("start dask scheduler and dask worker, and give the address that the scheduler prints"),
        ) from error
    with client:
        shared = client.scatter(held, broadcast=True, hash=False)
        threads = max(1, sum(client.nthreads().values()))
        left = iter(enumerate(units))
        place_of: dict[str, int] = {}

        def sent() -> Any:
            for place, unit in left:
                future = client.submit(work, shared, unit, pure=False)
                place_of[future.key] = place
                return future
            return None

        first = [one for one in (sent() for _ in range(threads * AHEAD)) if one is not None]
        running = as_completed(first, loop=client.loop)
        for future in running:
            yield place_of.pop(future.key), future.result()
            more = sent()
            if more is not None:
                running.add(more)
