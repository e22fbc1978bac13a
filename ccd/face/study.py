"""A whole study from Python: checked, run, and written where a folder is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccd import pipeline
from ccd.errors import UsageError
from ccd.face.shown import Outcome
from ccd.study import StudyFile, load_study, parse_study, with_keys
from ccd.vary.robustness import variations
from ccd.vary.run import evaluate
from ccd.words import text

if TYPE_CHECKING:
    import pandas as pd

#: A study file, or what would stand in one.
Study = str | Path | Mapping[str, Any]
#: Where a study of no file stands: its relative paths begin here.
NOWHERE = Path("study.toml")


def run(
    study: Study,
    out: str | Path | None = None,
    *,
    frame: pd.DataFrame | None = None,
    only: Sequence[str] = (),
    keys: Mapping[str, Any] | None = None,
    seed: int | None = None,
    jobs: int = 1,
    force: bool = False,
) -> Outcome:
    """Return what a study gives; with ``out`` everything that ``ccd run`` writes is written as well.

    ``study`` is a file, or its content as a mapping; ``frame`` stands for the data file. ``only`` names models,
    ``keys`` sets dotted keys, ``jobs`` is the number of processes. Raises what the command would say: StudyError,
    DataError, UsageError; a model that cannot be estimated is among the failures.

    >>> import pandas as pd
    >>> panel = pd.DataFrame({"region": ["p", "p", "q", "q"], "year": [2011, 2012, 2011, 2012],
    ...                       "patents": [1.0, 2.0, 3.0, 5.0], "output": [2.0, 2.5, 4.0, 6.0]})
    >>> done = run({"data": {"path": "panel", "entity": "region", "time": "year"},
    ...             "subsystems": {"technology": {"patents": "+"}, "industry": {"output": "+"}}}, frame=panel)
    >>> done.coupling["D"].round(3).tolist()
    [0.0, 0.42, 0.707, 1.0]
    """
    file = read(study, keys or {}, seed)
    if out is None:
        table = pipeline.table_of(file) if frame is None else frame
        return Outcome(evaluate(file, table, tuple(only), variations(file), workers=jobs))
    if isinstance(study, Mapping) or frame is not None or keys:
        raise UsageError(
            text("a result on disk names the files that it was made from"),
            where="ccd.run",
            fix=text("write study and data to files, or leave out alone"),
        )
    options = pipeline.Options(
        only=tuple(only), seed=seed, jobs=jobs, force=force, command=("ccd", "run", Path(study).name)
    )
    done = pipeline.run(Path(study), Path(out), options, lambda _: nullcontext())
    return Outcome(done.results, done.out)


def check(study: Study, *, keys: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Return the notes of a study and its data, having read everything and computed the index alone.

    Raises StudyError with every fault of the study, DataError, or EstimationError for what can be foreseen.
    """
    _, base = pipeline.checked(read(study, keys or {}, None))
    return tuple(map(str, base.panel.notes))


def read(study: Study, keys: Mapping[str, Any], seed: int | None) -> StudyFile:
    """Return the study behind a file or a mapping, with dotted ``keys`` set."""
    changed = dict(keys) if seed is None else {**keys, "seed": seed}
    if isinstance(study, Mapping):
        return parse_study(with_keys(dict(study), changed), NOWHERE)
    path = Path(study)
    return load_study(path) if not changed else parse_study(with_keys(load_study(path).raw, changed), path)
