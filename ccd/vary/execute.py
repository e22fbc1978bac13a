"""Execute: the one way in which models are fitted, here or in processes, in any order, to the same bytes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module

from ccd.cache import NO_CACHE, Cache
from ccd.errors import CcdError, DataError, EstimationError
from ccd.estimate.model import ModelSpec
from ccd.evaluate.base import Step
from ccd.evaluate.fit import fit_one
from ccd.panel import Panel
from ccd.processes import processes
from ccd.progress import tell
from ccd.results import Estimate


@dataclass(frozen=True)
class Job:
    """One fit: the key of its base, the model, the seed. It is small, can be pickled and decides its outcome.

    ``headline`` asks for the headline term alone; ``label`` is what progress calls the job; under ``key`` its
    estimate is kept when it is made, and found when it was (nothing: it is not kept).
    """

    base: str
    model: ModelSpec
    seed: int
    headline: bool = False
    label: str = ""
    key: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a job: an estimate, or the error of a model that cannot be estimated on these data."""

    job: Job
    estimate: Estimate | None
    failure: CcdError | None
    seconds: float


def execute(
    jobs: Sequence[Job],
    bases: Mapping[str, Panel | CcdError],
    workers: int = 1,
    step: Step = nullcontext,
    cache: Cache = NO_CACHE,
) -> tuple[Outcome, ...]:
    """Return the outcome of every job, in the order of ``jobs``.

    ``bases`` maps each base key to its panel, or to the error of one that cannot be made. With ``workers`` > 1
    processes share the jobs; each is sent the panels once. ``step`` is entered around the wait for each job.
    An error of the data or of an estimation is an outcome; any other is raised.
    """
    known = [_known(job, cache) for job in jobs]
    left = [job for job, found in zip(jobs, known, strict=True) if found is None]
    if left:
        with step("libraries"):  # once here: processes that are forked have them too
            for module in dict.fromkeys(name for job in left for name in job.model.imports()):
                import_module(module)
    if workers > 1 and len(left) > 1:
        made = _in_processes(left, bases, min(workers, len(left)), step, cache)
    else:
        made = _here(left, bases, step, cache)
    new = iter(list(made))
    return tuple(next(new) if found is None else found for found in known)


def _known(job: Job, cache: Cache) -> Outcome | None:
    """Return the outcome of a job that was done before."""
    piece = cache.take(job.key) if job.key else None
    if piece is None:
        return None
    estimate, seconds = pickle.loads(piece)
    return Outcome(job, estimate, None, seconds)


def _here(
    jobs: Sequence[Job], bases: Mapping[str, Panel | CcdError], step: Step, cache: Cache
) -> Iterator[Outcome]:
    for place, job in enumerate(jobs):
        tell("models", place, len(jobs), job.label)
        with step(job.label):
            outcome = attempt(job, bases, cache)
        yield outcome
    tell("models", len(jobs), len(jobs))


def _in_processes(
    jobs: Sequence[Job], bases: Mapping[str, Panel | CcdError], workers: int, step: Step, cache: Cache
) -> Iterator[Outcome]:
    with processes(workers, _hold, bases) as pool:
        waiting = [pool.submit(_there, job, cache) for job in jobs]
        for place, (job, future) in enumerate(zip(jobs, waiting, strict=True)):
            tell("models", place, len(jobs), job.label)
            with step(job.label):
                outcome = future.result()
            yield outcome
        tell("models", len(jobs), len(jobs))


#: The bases of a worker process, which its initializer fills once.
_HELD: dict[str, Panel | CcdError] = {}


def _hold(bases: Mapping[str, Panel | CcdError]) -> None:
    _HELD.update(bases)


def _there(job: Job, cache: Cache) -> Outcome:
    return attempt(job, _HELD, cache)


def attempt(job: Job, bases: Mapping[str, Panel | CcdError], cache: Cache = NO_CACHE) -> Outcome:
    """Return what became of one job, and keep its estimate where it has a key.

    Raises whatever is neither a DataError nor an EstimationError.
    """
    base = bases[job.base]
    if isinstance(base, CcdError):
        return Outcome(job, None, base, 0.0)
    try:
        estimate, seconds = fit_one(job.model, base, job.seed, headline=job.headline)
    except (DataError, EstimationError) as error:
        return Outcome(job, None, error, 0.0)
    if job.key:
        cache.keep(job.key, pickle.dumps((estimate, seconds), protocol=5))
    return Outcome(job, estimate, None, seconds)
