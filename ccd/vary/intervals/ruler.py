"""What makes D from indicators: bounds and weights fitted anew each time, or held by a lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.coupling.build import CouplingSpec
from ccd.index.build import locked
from ccd.index.fit import Fitted, IndexSpec, Member, columns_of, members, weigh
from ccd.index.scale import SCALES, Bounds, fit_bounds
from ccd.panel import Panel
from ccd.study import StudyFile
from ccd.vary.degrees import added, couple_arrays, indices_of


@dataclass(frozen=True)
class Ruler:
    """The panel, the indicators and how they become D; ``held`` are bounds and weights of a lock."""

    panel: Panel
    listed: tuple[Member, ...]
    index: IndexSpec
    coupling: CouplingSpec
    held: Fitted | None = None

    def degree(self, x: FloatArray) -> FloatArray:
        """Return D (m,) of indicators x (m, k), bounds and weights fitted on them. Raises DataError."""
        if self.held is None:
            return self._coupled(indices_of(self.panel, x, self.listed, self.index))
        return self._under(x, self.held)

    def without_region(self, x: FloatArray, code: int) -> tuple[BoolArray, FloatArray]:
        """Return the rows (m,) of the other regions and their D, fitted on them alone. Raises DataError."""
        keep: BoolArray = np.asarray(self.panel.entity_codes != code)
        return keep, replace(self, panel=self.panel.rows(keep)).degree(x[keep])

    def without_indicator(self, x: FloatArray, k: int) -> FloatArray:
        """Return D (m,) without indicator ``k``, the weights of its subsystem fitted anew (of a lock: stretched)."""
        left = [j for j in range(len(self.listed)) if j != k]
        listed = tuple(self.listed[j] for j in left)
        given = {name: w for name, w in self.index.given.items() if name != self.listed[k].indicator}
        own = replace(self, listed=listed, index=self.index.model_copy(update={"given": given}))
        if self.held is not None:
            bounds = Bounds(
                *(getattr(self.held.bounds, part)[left] for part in ("low", "high", "centre", "spread"))
            )
            weights = self.held.weights[left].copy()
            for inside in columns_of(listed).values():
                weights[inside] /= weights[inside].sum()
            own = replace(own, held=Fitted(bounds, weights, self.held.entropy[left]))
        return own.degree(x[:, left])

    def on(self, rows: IntArray, x: FloatArray) -> FloatArray:
        """Return D (m,) of all rows under bounds and weights fitted on ``rows``, z clipped to [0, 1]; nan: undefined.

        Rows may repeat: regions drawn with replacement. Raises DataError where the weights are undefined on them.
        """
        directions = [member.direction for member in self.listed]
        bounds = fit_bounds(x[rows], directions)
        if not (bounds.high > bounds.low).all():
            return np.full(len(x), np.nan)
        scale = SCALES[self.index.scale]
        weights = weigh(scale(x[rows], directions, bounds), x[rows], self.listed, self.index)
        z = scale(x, directions, bounds).clip(0.0, 1.0)
        return self._coupled(added(z, weights, self.listed))

    def _under(self, x: FloatArray, fitted: Fitted) -> FloatArray:
        z = SCALES[self.index.scale](x, [member.direction for member in self.listed], fitted.bounds)
        return self._coupled(added(z, fitted.weights, self.listed).clip(0.0, 1.0))

    def _coupled(self, u: FloatArray) -> FloatArray:
        names: Sequence[str] = [*columns_of(self.listed)]
        return couple_arrays(u, names, self.coupling).d


def ruler_of(file: StudyFile, panel: Panel) -> Ruler:
    """Return the ruler of a study on its panel. Raises StudyError for a lock that cannot be read."""
    study = file.study
    listed, spec = members(study.subsystems), study.index
    if spec.lock is None:
        return Ruler(panel, listed, spec, study.coupling)
    under = locked(panel, listed, spec, file.base)
    own = spec.model_copy(update={"scale": under.scale, "weights": under.weighting})
    return Ruler(panel, listed, own, study.coupling, under.fitted)
