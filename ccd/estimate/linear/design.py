"""What a fixed-effects regression takes out, and how its errors are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.absorb import distinct, residualise
from ccd.estimate.linear.grid import shape_of, sweep
from ccd.estimate.linear.hac import BARTLETT, Bartlett, Near, conley, driscoll_kraay, near
from ccd.estimate.linear.ols import Fit, least_squares, stack_columns, unidentified
from ccd.estimate.linear.vcov import Vcov, cluster, crossed, hc1, iid, nested, parameters
from ccd.words import text

#: What errors call the place where no caller names it.
WHERE = text("model")


@dataclass(frozen=True)
class AbsorbingDesign:
    """Fixed effects (entity first, then year), clusters, weights and the kind of errors; arrays are (n,).

    ``trend`` gives every entity its own slope on it. ``places`` holds longitude and latitude for Conley,
    ``kernel`` the lags of Driscoll-Kraay. ``where`` names the model in messages.
    """

    effects: tuple[IntArray, ...]
    clusters: tuple[IntArray, ...]
    time: IntArray
    vcov: str = "cluster"
    weight: FloatArray | None = None
    trend: FloatArray | None = None
    places: tuple[FloatArray, FloatArray] | None = None
    cutoff: float = 300.0
    kernel: Bartlett = BARTLETT
    where: Words = WHERE

    @cached_property
    def distinct(self) -> tuple[IntArray, ...]:
        """Return the fixed effects that no finer one implies."""
        return distinct(self.effects)

    @property
    def plain(self) -> bool:
        """Tell whether entity and year effects are all there is: no more effects, trends or weights."""
        return len(self.effects) == 2 and self.trend is None and self.weight is None

    @property
    def clipped(self) -> bool:
        """Tell whether the covariance may need negative eigenvalues set to 0, which no single element shows."""
        return self.vcov == "conley" or (self.vcov == "cluster" and len(self.clusters) > 1)

    def residualise(self, matrix: FloatArray) -> FloatArray:
        """Return ``matrix`` (n, k) less its projection on the fixed effects and trends."""
        return residualise(matrix, self.distinct, self.weight, self.trend)

    def parameters(self, slopes: int) -> int:
        """Return K of the small-sample factor (METHODS 3); entity trends count unless nested in a cluster."""
        return slopes + self._absorbed

    @cached_property
    def _absorbed(self) -> int:
        groups: tuple[IntArray, ...] = ()
        if self.vcov == "cluster":
            groups = self.clusters
        elif self.vcov == "driscoll-kraay" and self.kernel.factor == "nested":
            groups = (self.time,)
        k = parameters(0, self.distinct, groups)
        if self.trend is not None and not any(nested(self.effects[0], group) for group in groups):
            k += int(self.effects[0].max()) + 1
        return k

    @cached_property
    def _both(self) -> IntArray | None:
        """Return the codes of the pairs of two cluster variables, (n,)."""
        return crossed(*self.clusters) if len(self.clusters) == 2 else None

    @property
    def _kernel(self) -> Bartlett:
        """Return the kernel. Raises EstimationError where its lags reach beyond the years."""
        years = int(self.time.max()) + 1
        if self.kernel.lags is not None and self.kernel.lags >= years:
            raise EstimationError(
                text(
                    "{lags} lags need more than {years} {years:year|years}",
                    lags=self.kernel.lags,
                    years=years,
                ),
                where=text("{where}, {key}", where=self.where, key="hac_lags"),
                fix=text(
                    "at most {most}; a few lags, such as {few}, are usual",
                    most=years - 1,
                    few=int(years**0.25),
                ),
            )
        return self.kernel

    @cached_property
    def _near(self) -> tuple[Near, ...]:
        """Return for each year which places lie within the cutoff of which."""
        return near(self.time, *self.places, self.cutoff) if self.places is not None else ()

    def covariance(self, fit: Fit, slopes: int) -> Vcov:
        """Return the covariance of a fit with ``slopes`` regressors in all (those partialled out count too)."""
        k = self.parameters(slopes)
        if self.vcov == "cluster":
            return cluster(fit, self.clusters, k, self._both)
        if self.vcov == "driscoll-kraay":
            return driscoll_kraay(fit, self.time, k, self._kernel)
        if self.vcov == "conley" and self.places is not None:
            return conley(fit, self._near, k, self.cutoff)
        return {"hc1": hc1, "iid": iid}[self.vcov](fit, k)

    def regress(
        self, y: FloatArray, raw: FloatArray | tuple[FloatArray, ...], names: Sequence[str]
    ) -> tuple[Fit, Vcov]:
        """Return the fit of ``y`` (n,) on ``raw`` (n, k), or its parts, less the fixed effects, and its covariance.

        Raises EstimationError naming the columns that the effects absorb or that other columns imply.
        """
        columns = [
            column for part in (raw if isinstance(raw, tuple) else (raw,)) for column in _columns(part)
        ]
        swept = self._swept(y, columns)
        x = swept[:, 1:]
        with np.errstate(over="ignore", invalid="ignore"):  # such columns are refused below
            gram = x.T @ (x if self.weight is None else x * self.weight[:, None])
        self._refuse_unidentified(x, columns, names, gram)
        fit = least_squares(swept[:, 0], x, self.weight, gram)
        return fit, self.covariance(fit, len(columns))

    def _swept(self, y: FloatArray, columns: Sequence[FloatArray]) -> FloatArray:
        """Return ``y`` (n,) and ``columns`` (n,) side by side less the fixed effects, (n, 1 + k)."""
        shape = shape_of(*self.effects[:2]) if self.plain else None
        if shape is None:
            return self.residualise(stack_columns(y, *columns))
        return sweep((y, *columns), 1 + len(columns), shape)

    def _refuse_unidentified(
        self, x: FloatArray, columns: Sequence[FloatArray], names: Sequence[str], gram: FloatArray
    ) -> None:
        """Raise EstimationError when a column of ``x`` (n, k) has nothing of its own left, naming it."""
        absorbed, collinear = unidentified(x, columns, self.weight, gram)
        if absorbed:
            listed = tuple(names[j] for j in absorbed)
            raise EstimationError(
                text("{columns}: no variation is left after the fixed effects", columns=listed),
                where=self.where,
                fix=text("leave it out, or take a column that varies within regions differently over time"),
            )
        if collinear:
            listed = tuple(names[j] for j in collinear)
            raise EstimationError(
                text("{columns}: collinear with the other regressors", columns=listed),
                where=self.where,
                fix=text("leave it out"),
            )


def _columns(part: FloatArray) -> Sequence[FloatArray]:
    return (part,) if part.ndim == 1 else tuple(part.T)
