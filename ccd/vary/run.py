"""Run a study: its base, the jobs of its models and of their variations, and the results of all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd

from ccd.errors import CcdError, DataError, EstimationError
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.model import ModelSpec
from ccd.evaluate.assemble import assemble, check_columns, chosen, described
from ccd.evaluate.base import Base, Memo, Step, base_key, build_base, build_panel, panel_key
from ccd.evaluate.chapters import chapters, untold_of
from ccd.evaluate.conclude import conclude
from ccd.panel import Panel
from ccd.results import Chapter, Estimate, Failure, Results
from ccd.study import StudyFile
from ccd.vary.carry import carried_effects, carries, check_carried
from ccd.vary.execute import Job, execute
from ccd.vary.intervals.run import intervals
from ccd.vary.robustness import Variation, comparisons
from ccd.vary.store import NO_STORE, Store
from ccd.words import Name, text


@dataclass
class Clock:
    """CPU seconds of each model's ``fit``; the manifest shows them and no result depends on them."""

    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """What the jobs of a study stand on: its base, and the panel of each base key (or why there is none)."""

    base: Base
    panels: Mapping[str, Panel | CcdError]


def evaluate(
    file: StudyFile,
    table: pd.DataFrame,
    only: Collection[str] = (),
    varied: Sequence[Variation] = (),
    *,
    step: Step = nullcontext,
    workers: int = 1,
    scheduler: str = "",
    clock: Clock | None = None,
    store: Store = NO_STORE,
) -> Results:
    """Return all results of a study on ``table`` (the data file as read).

    ``only`` names the models to fit (none: all); ``varied`` are the variations of models to fit beside them,
    those of models left out excepted. ``workers`` processes share the work, or the dask cluster at ``scheduler``
    does. ``step`` is entered around each step by its name. What ``store`` has kept
    of an earlier run is taken over, the rest is kept as soon as it is made. A model or a variation that cannot be
    estimated is among the failures of the results. Raises CcdError where the study or its data are wrong as a
    whole.
    """
    models = chosen(file.study, only)
    names = {model.name for model in models}
    varied = [one for one in varied if one.spec.model in names]
    ground = lay(file, table, models, varied, step)
    with step("describe"):
        parts = described(file.study, models, ground.base)
        told, untold = chapters(file, ground.base, lambda *asked: store.told(file, *asked))
        told, untold = _surely(file, ground.base, store, told, untold)
    key, seed = base_key(file.study), file.study.seed
    kept = [store.model(file, model, headline=False) for model in models]
    jobs = [Job(key, model, seed, label=model.name, key=own) for model, own in zip(models, kept, strict=True)]
    done = execute(
        [*jobs, *(one.job(store) for one in varied)], ground.panels, workers, step, store.cache, scheduler
    )
    own = {outcome.job.model.name: outcome for outcome in done[: len(jobs)]}
    if clock is not None:
        clock.seconds |= {name: one.seconds for name, one in own.items() if one.estimate is not None}
    estimates = {name: one.estimate for name, one in own.items() if one.estimate is not None}
    panel = ground.panels[key]
    if isinstance(panel, Panel) and any(model.name in estimates and carries(model) for model in models):
        with step("carried error"):
            estimates |= dict(_carried(file, panel, models, estimates, (workers, scheduler), store))
    failures = {name: _failure(name, one.failure, one.job.model) for name, one in own.items() if one.failure}
    failures |= untold
    failures |= {key: failed for name, one in estimates.items() for key, failed in _checks(name, one)}
    results = replace(assemble(file, ground.base, models, parts, estimates, failures), chapters=told)
    beside = list(zip(varied, done[len(jobs) :], strict=True))
    for part, failed in comparisons(file, own, beside) if varied else ():
        failures |= failed
        results = replace(results, comparisons=(*results.comparisons, part), failures=dict(failures))
    return replace(results, conclusions=conclude(results))


def _carried(
    file: StudyFile,
    panel: Panel,
    models: Collection[ModelSpec],
    estimates: Mapping[str, Estimate],
    hands: tuple[int, str],
    store: Store,
) -> Iterator[tuple[str, Estimate]]:
    """Yield the estimates whose models ask what the making of D adds to their errors, with the answer."""
    for model in models:
        if isinstance(model, Estimator) and carries(model) and model.name in estimates:
            draw = partial(carried_effects, file, panel, model, *hands)
            yield model.name, model.carried(estimates[model.name], store.carried(file, model, draw))


def lay(
    file: StudyFile,
    table: pd.DataFrame,
    models: Collection[ModelSpec],
    varied: Sequence[Variation],
    step: Step = nullcontext,
) -> Ground:
    """Return the base of a study and the panels of its variations, each made once.

    Columns that a variation alone reads are read with those of the study, so that one panel serves all that share
    the sections it is made from. Raises CcdError for what is wrong with the study, its data or the columns it
    names; a variation whose own index or coupling cannot be made has the error instead of a panel.
    """
    memo: Memo = {}
    wanted: dict[str, dict[str, None]] = {}
    for one in (file, *(variation.file for variation in varied)):
        own = wanted.setdefault(panel_key(one.study), {})
        own |= dict.fromkeys(one.study.numeric_columns())
    base = build_base(file, table, memo, step, columns=wanted[panel_key(file.study)])
    check_columns([*models, *(section for _, section in file.study.sections())], base.panel)
    check_carried(file, base.panel, models)
    panels: dict[str, Panel | CcdError] = {base_key(file.study): base.panel}
    if varied:
        with step("variations"):
            for variation in varied:
                own_key, study = base_key(variation.file.study), variation.file.study
                if own_key not in panels:
                    panels[own_key] = _panel(variation.file, table, memo, wanted[panel_key(study)])
                panel = panels[own_key]
                if isinstance(panel, Panel):
                    check_columns([variation.model], panel)
    return Ground(base, panels)


def _panel(file: StudyFile, table: pd.DataFrame, memo: Memo, columns: Collection[str]) -> Panel | CcdError:
    try:
        return build_panel(file, table, memo, columns=columns)
    except (DataError, EstimationError) as error:
        return error


def _surely(
    file: StudyFile, base: Base, store: Store, told: tuple[Chapter, ...], untold: dict[str, Failure]
) -> tuple[tuple[Chapter, ...], dict[str, Failure]]:
    """Return the chapters with that of ``[intervals]`` behind them, or why it could not be told."""
    from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

    spec = file.study.intervals
    if spec is None:
        return told, untold
    try:
        with threadpool_limits(1):
            own = store.told(file, "intervals", spec, lambda: intervals(file, spec, base))
        return (*told, own), untold
    except (DataError, EstimationError) as error:
        return told, {**untold, "intervals": untold_of("intervals", error)}


def _checks(name: str, estimate: Estimate) -> Iterator[tuple[str, Failure]]:
    """Yield the checks of a model that found no answer; the model itself stands."""
    where = text("model '{name}'", name=name)
    fix = text("turn this check off, or mend what it asks for")
    for place, note in enumerate(estimate.failed, start=1):
        yield f"{name}, check {place}", Failure(note, where, fix, note, name, estimate.kind, estimate.outcome)


def _failure(name: str, error: CcdError, model: ModelSpec) -> Failure:
    note = text("{check} cannot be estimated: {reason}", check=Name(name), reason=error.said[0])
    kind = str(getattr(model, "kind", ""))
    return Failure(*error.said, note, name, kind, model.outcome)
