"""U, C, T and D of a study as arrays, without the tables that stand beside them: for studies made by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.coupling.build import CouplingSpec, checked, contributions
from ccd.coupling.degree import FORMULAS, comprehensive, coordination
from ccd.index.build import build_index
from ccd.index.fit import IndexSpec, Member, columns_of, fit, members
from ccd.index.gaps import check_cells, fill_gaps
from ccd.index.scale import SCALES
from ccd.panel import Panel
from ccd.study import Study

#: Indices kept at a time: those of one panel come one after another.
KEPT = 64


@dataclass(frozen=True)
class Degrees:
    """Indices ``u`` (m, s) of the subsystems, and ``c``, ``t``, ``d`` (m,) by the study's formula."""

    u: FloatArray
    c: FloatArray
    t: FloatArray
    d: FloatArray

    def frame(self, panel: Panel, subsystems: Sequence[str]) -> pd.DataFrame:
        """Return the columns that a study adds to its panel."""
        columns = {name: self.u[:, s] for s, name in enumerate(subsystems)}
        columns |= {"C": self.c, "T": self.t, "D": self.d, "weakest": self.u.min(axis=1)}
        return pd.DataFrame(columns, index=panel.frame.index)


@dataclass
class Maker:
    """Makes degrees; the indices that several formulas share are made once. ``base`` is where a lock is looked for.

    Sections that are one object share their indices; the studies are held, so that no other takes their place.
    """

    base: Path
    kept: dict[tuple[str, int, int], tuple[Study, FloatArray]] = field(default_factory=dict)
    read: dict[tuple[str, int], tuple[Study, FloatArray]] = field(default_factory=dict)

    def degrees(self, panel: Panel, study: Study, key: str) -> Degrees:
        """Return the degrees of ``study`` on its ``panel``, whose name is ``key``. Raises DataError, StudyError."""
        u = self.indices(panel, study, key)
        return couple_arrays(u, [*study.subsystems], study.coupling)

    def indices(self, panel: Panel, study: Study, key: str) -> FloatArray:
        """Return the subsystem indices (m, s)."""
        own = key, id(study.subsystems), id(study.index)
        if own not in self.kept:
            if len(self.kept) >= KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[own] = study, made_on(panel, study, self.base, partial(self._cells, panel, study, key))
        return self.kept[own][1]

    def _cells(self, panel: Panel, study: Study, key: str) -> FloatArray:
        """Return the indicators (m, k) of a panel, read once for all scales and weights."""
        own = key, id(study.subsystems)
        if own not in self.read:
            if len(self.read) >= KEPT:
                self.read.pop(next(iter(self.read)))
            self.read[own] = study, cells(panel, members(study.subsystems), study.index)
        return self.read[own][1]


def made_on(
    panel: Panel, study: Study, base: Path, read: Callable[[], FloatArray] | None = None
) -> FloatArray:
    """Return the subsystem indices (m, s) of ``study`` fitted on ``panel``. Raises DataError, StudyError.

    ``read`` gives the indicators (m, k) of an index without ``impute`` where they were read before.
    """
    spec = study.index
    if spec.lock or spec.fit_years or spec.impute or spec.scale == "zscore":
        return checked(panel, build_index(panel, study.subsystems, spec, base))
    listed = members(study.subsystems)
    x = cells(panel, listed, spec) if read is None else read()
    return indices_of(panel, x, listed, spec)


def in_order(values: FloatArray, panel: Panel, regions: Sequence[str]) -> list[str]:
    """Return ``regions`` in the order of their ``values`` (m,) from the first year on, to nine digits.

    Draws that go by it depend on the data alone: labels, their language and the order of rows move none.
    """
    path = pd.Series(np.round(values, 9), index=panel.frame.index).unstack().reindex([*regions])
    order = np.lexsort(path.fillna(-1.0).to_numpy().T[::-1])
    return [str(path.index[k]) for k in order]


def cells(panel: Panel, listed: Sequence[Member], spec: IndexSpec) -> FloatArray:
    """Return the indicators (m, k) as the index reads them. Raises DataError for what it refuses."""
    indicators = [member.indicator for member in listed]
    full, _, _ = fill_gaps(panel, indicators, spec.impute)
    check_cells(full, indicators, imputed=spec.impute is not None)
    return np.column_stack([full.column(indicator) for indicator in indicators])


def indices_of(panel: Panel, x: FloatArray, listed: Sequence[Member], spec: IndexSpec) -> FloatArray:
    """Return the indices (m, s) of x (m, k), bounds and weights fitted on it. Raises DataError."""
    found = fit(panel, x, listed, spec)
    z = SCALES[spec.scale](x, [member.direction for member in listed], found.bounds)
    return added(z, found.weights, listed).clip(0.0, 1.0)


def added(z: FloatArray, weights: FloatArray, listed: Sequence[Member]) -> FloatArray:
    """Return sum_j w_j z_j inside each subsystem (m, s), term by term as the index adds."""
    columns = []
    for own in columns_of(listed).values():
        total = np.zeros(len(z))
        for j in own:
            total += weights[j] * z[:, j]
        columns.append(total)
    return np.column_stack(columns)


def couple_arrays(u: FloatArray, subsystems: Sequence[str], spec: CouplingSpec) -> Degrees:
    """Return C, T and D of u (m, s). Raises StudyError."""
    t = comprehensive(u, contributions([*subsystems], spec.contribution))
    c = FORMULAS[spec.formula](u)
    return Degrees(u, c, t, coordination(c, t))


def plain_level(value: Any) -> str:
    """Return a choice as a reader of TOML writes it, text without quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        inside = ", ".join(f"{key} = {plain_level(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(plain_level, value))}]"
    return str(value)
