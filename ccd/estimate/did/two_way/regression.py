"""The two-way fixed-effects regression on any sample: what it takes out, and what stands beside the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import FloatArray
from ccd.errors import Words
from ccd.estimate.did.draws import columns_redrawn
from ccd.estimate.did.effects import GroupEffects
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.linear.hac import BARTLETT, Bartlett
from ccd.estimate.linear.ols import Fit
from ccd.estimate.linear.vcov import Vcov
from ccd.estimate.rows.across import places_of
from ccd.estimate.rows.effects import effect_codes
from ccd.estimate.rows.nuisance import Nuisance, gather
from ccd.estimate.rows.sample import Sample
from ccd.words import Text, crossed, names, text


@dataclass(frozen=True)
class Fitted:
    """A fit: the policy's dummy is the first regressor, the ``nuisance`` follows."""

    design: AbsorbingDesign
    nuisance: Nuisance
    fit: Fit
    vcov: Vcov

    @property
    def shown(self) -> int:
        """Return how many terms are shown: the policy, and the nuisance that has a name."""
        return 1 + len(self.nuisance.names)

    @property
    def treatment(self) -> FloatArray:
        """Return D less its projection on everything else, (n,)."""
        return np.asarray(self.fit.x @ self.fit.bread[:, 0] / self.fit.bread[0, 0])

    @property
    def plain(self) -> bool:
        """Tell whether region and year effects are all that stands beside the policy."""
        return self.design.plain and not self.nuisance.labels


@dataclass(frozen=True, kw_only=True)
class TwoWay:
    """y = a_i + l_t + b D_it + x'c + u. ``neighbours`` is a policy whose dummy untreated neighbours get."""

    policy: str
    where: Words
    controls: tuple[str, ...] = ()
    other_policies: tuple[str, ...] = ()
    neighbours: str | None = None
    controls_by_year: tuple[str, ...] = ()
    fixed_effects: tuple[str, ...] = ()
    trends: bool = False
    vcov: str = "cluster"
    coordinates: tuple[str, str] | None = None
    cutoff: float = 300.0
    kernel: Bartlett = BARTLETT

    def design(self, sample: Sample) -> AbsorbingDesign:
        """Return what the regression takes out and how its errors are made."""
        extra = tuple(effect_codes(sample.panel, name) for name in self.fixed_effects)
        places = None
        if self.vcov == "conley" and self.coordinates is not None:
            places = places_of(sample, self.coordinates, self.where)
        return AbsorbingDesign(
            effects=(sample.entity, sample.time, *extra),
            clusters=sample.clusters,
            time=sample.time,
            vcov=self.vcov,
            weight=sample.weight,
            trend=sample.years.astype(float) if self.trends else None,
            places=places,
            cutoff=self.cutoff,
            kernel=self.kernel,
            where=self.where,
        )

    def nuisance(self, sample: Sample) -> Nuisance:
        """Return controls, other policies' dummies, the neighbours' dummy, and pre-period controls x year."""
        return gather(
            sample, self.controls, self.other_policies, self.neighbours, self.controls_by_year, self.where
        )

    def fit(self, sample: Sample) -> Fitted:
        """Return the regression on ``sample``. Raises EstimationError."""
        design, nuisance = self.design(sample), self.nuisance(sample)
        d = sample.exposure
        fit, vcov = design.regress(sample.y, (d, nuisance.x), [self.policy, *nuisance.labels])
        return Fitted(design, nuisance, fit, vcov)

    def by_group(self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str]) -> GroupEffects:
        """Return the policy's effect in each of the ``kept`` groups of rows (n,), from one regression."""
        nuisance = self.nuisance(sample)
        d = [sample.exposure * (group == key) for key in kept]
        labels = [*(f"{self.policy} in {key}" for key in kept), *nuisance.labels]
        x = np.column_stack([*d, nuisance.x]).astype(float)
        fit, vcov = self.design(sample).regress(sample.y, x, labels)
        k = len(kept)
        return GroupEffects(fit.beta[:k], vcov.matrix[:k, :k], vcov.df)

    def by_group_redrawn(
        self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str], cohorts: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the effects (R, k) of the groups and their covariances under each row of ``cohorts`` (R, N)."""
        inside = np.column_stack([group == key for key in kept]).astype(float)[:, None, :]
        nuisance = self.nuisance(sample).x
        return columns_redrawn(
            sample, self.design(sample), nuisance, lambda d: d[:, :, None] * inside, cohorts
        )

    @property
    def effects(self) -> tuple[str, ...]:
        """Return the names of the effects taken out."""
        more = (*self.fixed_effects, *(("trends",) if self.trends else ()))
        return ("entity", "time", *more, *(("controls_by_year",) if self.controls_by_year else ()))

    def notes(self) -> list[Text]:
        """Return what is taken out beyond region and year effects."""
        notes = []
        if self.controls_by_year:
            notes.append(
                text(
                    "Interacted with every year, at their mean before the earliest treatment: {columns}",
                    columns=names(self.controls_by_year),
                )
            )
        if self.fixed_effects:
            more = tuple(crossed(name) for name in self.fixed_effects)
            notes.append(text("More fixed effects: {effects}", effects=more))
        if self.trends:
            notes.append(text("A linear trend for every region"))
        return notes
