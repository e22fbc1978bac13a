"""Execute: the one way in which models are fitted, here or in processes, in any order, to the same bytes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
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
from ccd.split import Block, Blocks, with_blocks
from ccd.vary.scatter import scattered

#: Blocks of draws by name.
Made = dict[str, Block]
NOTHING: Made = {}
#: Into so many pieces the draws of a heavy model go on a cluster.
PIECES = 16


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
    scheduler: str = "",
) -> tuple[Outcome, ...]:
    """Return the outcome of every job, in the order of ``jobs``.

    ``bases`` maps each base key to its panel, or to the error of one that cannot be made. With ``workers`` > 1
    processes share the jobs, or the dask cluster at ``scheduler`` does; each is sent the panels once. Where there are
    fewer jobs than hands, the draws of heavy ones are shared out first, in blocks. ``step`` is entered around the
    wait for each job.
    An error of the data or of an estimation is an outcome; any other is raised.
    """
    known = [_known(job, cache) for job in jobs]
    left = [job for job, found in zip(jobs, known, strict=True) if found is None]
    if left:
        with step("libraries"):  # once here: processes that are forked have them too
            for module in dict.fromkeys(name for job in left for name in job.model.imports()):
                import_module(module)
    drawn = _drawn(left, bases, workers, scheduler) if workers > 1 or scheduler else [NOTHING] * len(left)
    if scheduler and left:
        made = _on_cluster(left, drawn, bases, scheduler, cache)
    elif workers > 1 and len(left) > 1:
        made = _in_processes(left, drawn, bases, min(workers, len(left)), step, cache)
    else:
        made = _here(left, drawn, bases, step, cache)
    new = iter(list(made))
    return tuple(next(new) if found is None else found for found in known)


def _known(job: Job, cache: Cache) -> Outcome | None:
    """Return the outcome of a job that was done before."""
    piece = cache.take(job.key) if job.key else None
    if piece is None:
        return None
    estimate, seconds = pickle.loads(piece)
    return Outcome(job, estimate, None, seconds)


def _drawn(
    jobs: Sequence[Job], bases: Mapping[str, Panel | CcdError], workers: int, scheduler: str
) -> list[Made]:
    """Return the blocks of draws of each job that other processes made: of heavy jobs, where these are few."""
    hands = PIECES if scheduler else workers
    heavy = [job for job in jobs if _heavy(job, bases[job.base])] if len(jobs) < 2 * hands else []
    found: list[Made] = [{} for _ in jobs]
    pieces = [(jobs.index(job), job, (k, hands)) for job in heavy for k in range(hands)]
    for place, made in scattered(
        rehearse, bases, [piece[1:] for piece in pieces], workers, scheduler, "draws"
    ):
        found[pieces[place][0]].update(pickle.loads(made))
    return found


def _heavy(job: Job, base: Panel | CcdError) -> bool:
    return isinstance(base, Panel) and job.model.divides(base, headline=job.headline)


def rehearse(bases: Mapping[str, Panel | CcdError], piece: tuple[Job, tuple[int, int]]) -> bytes:
    """Return the blocks of draws that are a share (k, n) of a job's."""
    job, share = piece
    blocks = Blocks(share=share)
    with with_blocks(blocks):
        attempt(replace(job, key=""), bases)
    return pickle.dumps(blocks.made, protocol=5)


def carry_out(bases: Mapping[str, Panel | CcdError], unit: tuple[Job, Made]) -> bytes:
    """Return the outcome of a job, whose blocks of draws that are there already come with it."""
    job, made = unit
    with with_blocks(Blocks(made)):
        return pickle.dumps(attempt(replace(job, key=""), bases), protocol=5)


def _on_cluster(
    jobs: Sequence[Job],
    drawn: Sequence[Made],
    bases: Mapping[str, Panel | CcdError],
    scheduler: str,
    cache: Cache,
) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the jobs; what is kept is kept here, where the cache is."""
    found: dict[int, Outcome] = {}
    units = [*zip(jobs, drawn, strict=True)]
    for place, made in scattered(carry_out, bases, units, scheduler=scheduler, what="models"):
        found[place] = replace(pickle.loads(made), job=jobs[place])
        _kept(found[place], cache)
    yield from (found[place] for place in range(len(jobs)))


def _here(
    jobs: Sequence[Job],
    drawn: Sequence[Made],
    bases: Mapping[str, Panel | CcdError],
    step: Step,
    cache: Cache,
) -> Iterator[Outcome]:
    for place, (job, made) in enumerate(zip(jobs, drawn, strict=True)):
        tell("models", place, len(jobs), job.label)
        with step(job.label), with_blocks(Blocks(made)):
            outcome = attempt(job, bases, cache)
        yield outcome
    tell("models", len(jobs), len(jobs))


def _in_processes(
    jobs: Sequence[Job],
    drawn: Sequence[Made],
    bases: Mapping[str, Panel | CcdError],
    workers: int,
    step: Step,
    cache: Cache,
) -> Iterator[Outcome]:
    with processes(workers, _hold, bases) as pool:
        waiting = [pool.submit(_there, job, made, cache) for job, made in zip(jobs, drawn, strict=True)]
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


def _there(job: Job, made: Made, cache: Cache) -> Outcome:
    with with_blocks(Blocks(made)):
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
    return _kept(Outcome(job, estimate, None, seconds), cache)


def _kept(outcome: Outcome, cache: Cache) -> Outcome:
    """Return an outcome whose estimate is kept where its job has a key."""
    if outcome.job.key and outcome.estimate is not None:
        cache.keep(outcome.job.key, pickle.dumps((outcome.estimate, outcome.seconds), protocol=5))
    return outcome
