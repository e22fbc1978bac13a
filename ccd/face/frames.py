"""Weights, coupling and every estimator on plain frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.errors import DataError, UsageError, suggest
from ccd.estimate import KINDS
from ccd.face.shown import Model
from ccd.face.study import run
from ccd.index.scale import SCALES, Direction, fit_bounds
from ccd.index.weights import WEIGHTS, Options
from ccd.words import text

if TYPE_CHECKING:
    import pandas as pd


def weights(
    frame: pd.DataFrame,
    *,
    method: str = "entropy",
    scale: str = "minmax",
    negative: Sequence[str] = (),
    shift: float = 0.0,
) -> pd.Series[float]:
    """Return the weights of the columns of ``frame`` (region-years x indicators), in sum 1.

    ``negative`` names the columns of which less is better; ``method`` and ``scale`` are those of ``[index]``. Raises
    DataError for cells that are no numbers, UsageError for an unknown choice.

    >>> import pandas as pd
    >>> weights(pd.DataFrame({"patents": [1, 2, 6], "output": [3, 4, 5]})).round(3).to_dict()
    {'patents': 0.584, 'output': 0.416}
    """
    import pandas as pd

    x = numbers(frame)
    directions: list[Direction] = ["-" if column in negative else "+" for column in frame.columns]
    bounds = fit_bounds(x, directions)
    z = chosen(SCALES, scale, "scale")(x, directions, bounds)
    found = chosen(WEIGHTS, method, "method")(z, x, Options(shift=shift))
    return pd.Series(found, index=frame.columns, name="weight")


def entropy_weights(frame: pd.DataFrame, *, negative: Sequence[str] = ()) -> pd.Series[float]:
    """Return entropy weights of min-max scaled columns, in sum 1: 1/ln(n) with n region-years, never years alone."""
    return weights(frame, negative=negative)


def couple(
    frame: pd.DataFrame, *, formula: str = "standard", contribution: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Return C, T and D of subsystem indices in [0, 1] (rows x subsystems), on the index of ``frame``.

    ``contribution`` is what each subsystem adds to T (none: alike); it is divided by its sum. Raises DataError for
    cells outside [0, 1], UsageError for an unknown formula.

    >>> import pandas as pd
    >>> couple(pd.DataFrame({"technology": [0.2, 0.8], "industry": [0.8, 0.8]})).round(3).to_dict("list")
    {'C': [0.8, 1.0], 'T': [0.5, 0.8], 'D': [0.632, 0.894]}
    """
    import pandas as pd

    u = numbers(frame)
    if u.shape[1] < 2 or (u < 0).any() or (u > 1).any():
        raise DataError(
            text("coupling needs two or more columns in [0, 1]"),
            where="ccd.couple",
            fix=text("scale the indices first, or name the columns of indices alone"),
        )
    shares = np.array([1.0 if contribution is None else contribution[name] for name in frame.columns])
    c = chosen(FORMULAS, formula, "formula")(u)
    t = comprehensive(u, shares / shares.sum())
    return pd.DataFrame({"C": c, "T": t, "D": coordination(c, t)}, index=frame.index)


def fit(
    frame: pd.DataFrame,
    *,
    entity: str,
    time: str,
    kind: str,
    outcome: str,
    policies: Mapping[str, str] | None = None,
    name: str = "model",
    seed: int = 0,
    **keys: Any,
) -> Model:
    """Return one model on a frame with one row a region and year.

    ``kind`` and ``keys`` are those of ``[[models]]``; ``policies`` maps a policy to the column of its first years.
    Raises StudyError for unknown keys, DataError, or EstimationError where it cannot be estimated.

    >>> import numpy as np, pandas as pd
    >>> rows = [(f"r{i:02d}", t, 2004 if i < 8 else np.nan) for i in range(20) for t in range(2000, 2008)]
    >>> panel = pd.DataFrame(rows, columns=["region", "year", "start"])
    >>> noise = np.random.default_rng(1).normal(scale=0.1, size=len(panel))
    >>> panel["y"] = noise + (panel["year"] >= panel["start"])
    >>> found = fit(panel, entity="region", time="year", kind="did", outcome="y", policies={"pilot": "start"},
    ...             policy="pilot")
    >>> round(found.estimate.leading.estimate, 2)
    1.02
    """
    study = {
        "seed": seed,
        "data": {"path": "frame", "entity": entity, "time": time},
        "policies": {policy: {"column": column} for policy, column in (policies or {}).items()},
        "models": [{"name": name, "kind": kind, "outcome": outcome, **keys}],
    }
    done = run(study, frame=frame)
    if name not in done.results.estimates:
        raise done.error(name)
    return done[name]


def estimators() -> dict[str, tuple[str, ...]]:
    """Return the kinds of models, each with its estimators, the default first."""
    return dict(KINDS)


def numbers(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a frame as floats (n, k). Raises DataError naming the first cell that is no number."""
    try:
        found = frame.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            text("a column is not numbers throughout"),
            where="frame",
            fix=text("choose the columns of indicators alone"),
        ) from error
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        row, column = frame.index[bad[0, 0]], frame.columns[bad[0, 1]]
        raise DataError(
            text("a cell is missing or not finite"),
            where=f"{column}, {row}",
            fix=text("fill it in, or leave the row out"),
        )
    return found


def chosen(choices: Mapping[str, Any], asked: str, key: str) -> Any:
    """Return one of ``choices``. Raises UsageError for an unknown one."""
    if asked not in choices:
        raise UsageError(
            text("'{asked}' is no {key}", asked=asked, key=key),
            where=key,
            fix=text("{near}there are: {known}", near=suggest(asked, choices), known=tuple(choices)),
        )
    return choices[asked]
