"""Subsystem indices from a panel: scale, weigh, add up; every choice a key of ``[index]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import FloatArray
from ccd.errors import DataError, StudyError
from ccd.index.gaps import Imputation, check_cells, check_spread, fill_gaps
from ccd.index.scale import SCALES, Bounds, Direction, ScaleName, Subsystems, fit_bounds, widest
from ccd.index.weights import WEIGHTS, Options, Single, WeightName, entropies
from ccd.panel import Panel
from ccd.results import IndexResult, Part
from ccd.spec import Spec
from ccd.words import Text

#: Rounding error of a weighted sum: an index this little outside [0, 1] lies on the edge.
EDGE = 1e-9


class IndexSpec(Spec):
    """``[index]``: how indicators become subsystem indices (METHODS 1)."""

    scale: ScaleName = "minmax"
    """Scaling of the indicators, over all region-years."""
    weights: WeightName = "entropy"
    """Weights of the indicators inside each subsystem."""
    shift: float = 0.0
    """Added to z inside the entropy's p only; 0 ln 0 = 0, so none is needed."""
    given: dict[str, float] = Field(default_factory=dict)
    """Weight of each indicator for weights = "given"; made to sum to one inside each subsystem."""
    game: tuple[Single, Single] = ("entropy", "critic")
    """The two weightings that weights = "game" combines."""
    fit_years: tuple[int, int] | None = None
    """First and last year that bounds and weights are fitted on; none: every year."""
    lock: str | None = None
    """File of published bounds and weights, used as they stand."""
    impute: Imputation | None = None
    """Fill missing indicator cells within a region; none: a missing cell is an error."""

    @model_validator(mode="after")
    def _consistent(self) -> IndexSpec:
        """Refuse choices that do not go together."""
        if self.shift < 0:
            raise ValueError("shift is negative")
        if self.weights == "given" and not self.given:
            raise ValueError('weights = "given" needs given = { indicator = weight }')
        if any(not value > 0 for value in self.given.values()):
            raise ValueError("given weights are positive")
        used = self.game if self.weights == "game" else (self.weights,)
        if self.scale == "zscore" and {"entropy", "entropy-critic"} & set(used):
            raise ValueError(
                'scale = "zscore" has negative values: entropy needs "minmax", "ratio" or "none"'
            )
        if self.scale == "per-year" and self.fit_years:
            raise ValueError('scale = "per-year" fits each year on itself: fit_years has no meaning')
        if self.lock and self.fit_years:
            raise ValueError("a lock holds bounds and weights already: fit_years has no meaning")
        return self


@dataclass(frozen=True)
class Fitted:
    """What a data set gives to an index: bounds, weights, entropies; each (k,) over all indicators."""

    bounds: Bounds
    weights: FloatArray
    entropy: FloatArray


def members(subsystems: Subsystems) -> list[tuple[str, str, Direction]]:
    """Return (subsystem, indicator, direction) in the order of the study. Raises StudyError on a repeat."""
    listed = [(s, i, d) for s, inside in subsystems.items() for i, d in inside.items()]
    seen: dict[str, str] = {}
    for subsystem, indicator, _ in listed:
        if indicator in seen:
            raise StudyError(
                f"the indicator '{indicator}' stands in '{seen[indicator]}' and in '{subsystem}'",
                where=f"study, [subsystems.{subsystem}]",
                fix="an indicator belongs to one subsystem: shared ones couple systems by construction",
            )
        seen[indicator] = subsystem
    return listed


def build_index(panel: Panel, subsystems: Subsystems, spec: IndexSpec, base: Path | None) -> IndexResult:
    """Return the subsystem indices U (region-years x subsystems) with weights, z and notes.

    ``base`` is the folder that a relative ``lock`` starts from. Raises DataError where a cell cannot be
    scaled or weighed, StudyError where the study and its lock disagree. Sources: METHODS 1.
    """
    listed = members(subsystems)
    indicators = [indicator for _, indicator, _ in listed]
    directions = [direction for _, _, direction in listed]
    notes: list[Text] = []
    parts: list[Part] = []
    if spec.impute:
        panel, cells, filled = fill_gaps(panel, indicators, spec.impute)
        notes += filled
        parts += [Part("cells", cells, "imputed")] if len(cells) else []
    check_cells(panel, indicators, imputed=spec.impute is not None)
    x = np.column_stack([panel.column(indicator) for indicator in indicators])
    fitted = fit(panel, x, listed, spec)
    z = SCALES[spec.scale](x, directions, fitted.bounds)
    scores = np.column_stack(
        [
            z[:, own] @ fitted.weights[own]
            for own in ([j for j, row in enumerate(listed) if row[0] == s] for s in subsystems)
        ]
    )
    index = panel.frame.index
    weights = weights_frame(listed, fitted)
    scored = pd.DataFrame(scores, index=index, columns=list(subsystems))
    return IndexResult(
        scores=scored,
        scaled=pd.DataFrame(z, index=index, columns=indicators),
        weights=weights,
        parts=(Part("weights", weights), Part("scores", scored.reset_index()), *parts),
        notes=tuple(notes),
        facts={"scale": spec.scale, "weights": spec.weights, "nobs": len(x)},
    )


def fit(panel: Panel, x: FloatArray, listed: list[tuple[str, str, Direction]], spec: IndexSpec) -> Fitted:
    """Return bounds, weights and entropies fitted on x (n, k), or on its ``fit_years``."""
    directions = [direction for _, _, direction in listed]
    group = panel.years - panel.years.min() if spec.scale == "per-year" else None
    bounds = fit_bounds(x, directions, group)
    wide = widest(bounds, directions)
    for j, (_, indicator, _) in enumerate(listed):
        check_spread(panel, indicator, wide[..., j], x[:, j])
    z = SCALES[spec.scale](x, directions, bounds)
    return Fitted(bounds, weigh(z, x, listed, spec), entropies(z, spec.shift))


def weigh(
    z: FloatArray, x: FloatArray, listed: list[tuple[str, str, Direction]], spec: IndexSpec
) -> FloatArray:
    """Return the weights (k,) of all indicators, summing to one inside each subsystem."""
    out = np.empty(z.shape[1])
    for subsystem in dict.fromkeys(s for s, _, _ in listed):
        own = [j for j, row in enumerate(listed) if row[0] == subsystem]
        given = np.array([spec.given.get(listed[j][1], np.nan) for j in own]) if spec.given else None
        options = Options(spec.shift, given, spec.game)
        out[own] = WEIGHTS[spec.weights](z[:, own], x[:, own], options)
        if not np.isfinite(out[own]).all():
            raise DataError(
                f"the {spec.weights} weights of '{subsystem}' are undefined on these data",
                where=f"study, [subsystems.{subsystem}]",
                fix="look for indicators that repeat each other, or choose other weights",
            )
    return out


def weights_frame(listed: list[tuple[str, str, Direction]], fitted: Fitted) -> pd.DataFrame:
    """Return the shape ``weights``."""
    columns: Mapping[str, object] = {
        "subsystem": [s for s, _, _ in listed],
        "indicator": [i for _, i, _ in listed],
        "direction": [str(d) for _, _, d in listed],
        "entropy": fitted.entropy,
        "redundancy": 1 - fitted.entropy,
        "weight": fitted.weights,
    }
    return pd.DataFrame(columns)
