"""Two-way fixed-effects difference-in-differences with its event study, Bacon weights and batched draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.did.assemble import assemble
from ccd.estimate.did.checks.bacon import bacon_finding
from ccd.estimate.did.checks.mechanism import Asked, mechanism
from ccd.estimate.did.checks.moderator import moderator
from ccd.estimate.did.checks.wild import wild_finding
from ccd.estimate.did.dose_response.weights import weighed
from ccd.estimate.did.draws import events_redrawn, gathers, redrawn
from ccd.estimate.did.effects import Check, Difference, Effect, Finding, GroupEffects
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.notes import lone_cohorts
from ccd.estimate.did.twfe_keys import TwfeKeys
from ccd.estimate.did.two_way.apart import apart, relabelled
from ccd.estimate.did.two_way.event_study import event_finding, shown_times
from ccd.estimate.did.two_way.regression import TwoWay
from ccd.estimate.linear.design import AbsorbingDesign
from ccd.estimate.rows.doses import dealing_notes, dealt_doses, with_doses
from ccd.estimate.rows.event_study import event_times
from ccd.estimate.rows.influence import few_clusters
from ccd.estimate.rows.nuisance import Nuisance
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.results import Estimate, EventStudy, Named, Neighbouring, Product, Term
from ccd.streams import Stream
from ccd.words import Name, Text, text

#: Said where the simulated panels of the test would lack what the regression took out.
MORE_EFFECTS = text(
    "Dependence of the residuals: not computed, since effects or trends beside region and year shape them"
)


class Twfe(TwfeKeys, Estimator):
    """``estimator = "twfe"``: y = a_i + l_t + b D_it + x'c + u; with an intensity, b D_it I_i."""

    batches: ClassVar[bool] = True
    deals: ClassVar[int] = 4999
    flags: ClassVar[bool] = True
    label: ClassVar[Text | None] = text("Two-way fixed effects")
    estimator: Literal["twfe"] = "twfe"

    def sample(self, panel: Panel) -> Sample:
        """Return the rows, with the dose of each region where the study names an intensity."""
        found = super().sample(panel)
        if self.intensity is None:
            return found
        return with_doses(found, self.intensity, text("model '{name}'", name=self.name), positive=False)

    def regression(self) -> TwoWay:
        """Return the regression that the keys ask for."""
        flagged = self.spillover is not None and self.spillover.how == "flag"
        return TwoWay(
            policy=self.policy,
            where=text("model '{name}'", name=self.name),
            controls=self.controls,
            other_policies=self.other_policies,
            neighbours=self.spillover.neighbours(self.policy)
            if self.spillover is not None and flagged
            else None,
            controls_by_year=self.controls_by_year,
            fixed_effects=self.fixed_effects,
            trends=self.trends is not None,
            vcov=self.vcov,
            coordinates=self.coordinates,
            cutoff=self.cutoff,
            kernel=self.bartlett(),
        )

    def estimate(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the TWFE estimate with event study and Bacon weights (METHODS 3)."""
        regression = self.regression()
        found = regression.fit(sample)
        design, fit, vcov, k = found.design, found.fit, found.vcov, found.shown
        shares = (
            bacon_finding(sample, found.treatment, found.plain)
            if sample.dose is None
            else weighed(sample, plain=found.plain)
        )
        findings = [self.studied(sample, design, found.nuisance), shares]
        if self.wild is not None and self.wild.draws:
            findings.append(wild_finding(sample.y, fit, design, self.wild, self.policy, stream("wild")))
        tested, untested = self.tested(sample, fit.resid, stream)
        if self.dependence and (self.fixed_effects or self.trends):
            tested, untested = (), [MORE_EFFECTS]
        few = few_clusters(sample.clusters, where=regression.where) if self.vcov == "cluster" else []
        return assemble(
            self,
            sample,
            fit.beta[:k],
            vcov.matrix[:k, :k],
            vcov.df,
            vcov=vcov.kind,
            clusters=vcov.clusters,
            headline=self.own_term(),
            terms=[self.term(name) for name in found.nuisance.names],
            controls=found.nuisance.names,
            effects=regression.effects,
            r2_within=fit.r2,
            details={"k": design.parameters(fit.x.shape[1]), **self.dosed()},
            findings=findings,
            parts=tested,
            notes=[
                vcov.note,
                *self.place_notes(design),
                *few,
                *regression.notes(),
                *self.dose_notes(sample),
                *lone_cohorts(sample),
                *untested,
            ],
        )

    def own_term(self) -> Term | None:
        """Return the term of policy times intensity; None: the policy's own name."""
        return None if self.intensity is None else Product(Named(self.policy), Named(self.intensity))

    def dosed(self) -> dict[str, object]:
        """Return the intensity for summary.json."""
        return {} if self.intensity is None else {"intensity": self.intensity}

    def dose_notes(self, sample: Sample) -> list[Text]:
        """Return what the coefficient is where the policy has an intensity."""
        if self.intensity is None:
            return []
        unit = text("Effects are those of one unit of {column}", column=Name(self.intensity))
        return [unit, *dealing_notes(sample, self.intensity)]

    def term(self, name: str) -> Term | str:
        """Return the term of a regressor beside the policy; that of neighbours by weights or distance has words."""
        made = self.spillover is not None and self.spillover.policy is None
        return Neighbouring(Named(self.policy)) if made and name == f"{self.policy}_neighbours" else name

    def event_effects(self, sample: Sample, stream: Stream) -> EventStudy | None:
        """Return the event study alone."""
        regression = self.regression()
        found = self.studied(sample, regression.design(sample), regression.nuisance(sample))
        return next((part.value for part in found.parts if isinstance(part.value, EventStudy)), None)

    def studied(self, sample: Sample, design: AbsorbingDesign, nuisance: Nuisance) -> Finding:
        """Return the event study of the regression."""
        event = event_times(sample, self.ends)
        return event_finding(sample, design, nuisance, event, -1 - self.anticipation, self.window)

    def alone(self, sample: Sample, stream: Stream) -> Estimate:
        """Return the policy's term, without event study, Bacon weights and wild bootstrap."""
        found = self.effect(sample, stream)
        beta, variance = np.array([found.estimate]), np.array([[found.std_error**2]])
        own = self.own_term()
        return assemble(self, sample, beta, variance, found.df, vcov=self.vcov, clusters=(), headline=own)

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the policy's term alone."""
        found = self.regression().fit(sample)
        return Effect(float(found.fit.beta[0]), float(found.vcov.std_error[0]), found.vcov.df)

    def reassigned(
        self, sample: Sample, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return estimate and error (R,) of all draws at once; the controls stay, only D changes."""
        regression = self.regression()
        doses = None if sample.dose is None else dealt_doses(sample, cohorts, stream)
        return redrawn(sample, regression.design(sample), regression.nuisance(sample).x, cohorts, doses)

    def at_once(self, sample: Sample) -> bool:
        """Tell whether the draws of the event study are gathered sums."""
        return gathers(sample, self.regression().design(sample))

    def events_reassigned(
        self, sample: Sample, event_time: IntArray, cohorts: FloatArray, stream: Stream
    ) -> tuple[FloatArray, FloatArray]:
        """Return the event studies (R, k) of all draws with their covariances, at once where that can be."""
        regression = self.regression()
        design, nuisance = regression.design(sample), regression.nuisance(sample)
        if not gathers(sample, design):
            return super().events_reassigned(sample, event_time, cohorts, stream)
        shown = shown_times(sample, event_times(sample, self.ends), -1 - self.anticipation)
        return events_redrawn(sample, design, nuisance.x, cohorts, event_time, np.array(shown), self.ends)

    def by_group(
        self, sample: Sample, group: NDArray[np.object_], kept: Sequence[str]
    ) -> GroupEffects | None:
        """Return the policy's effect in each group, from one regression."""
        return self.regression().by_group(sample, group, kept)

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) of all draws, at once where that can be."""
        found = relabelled(self.regression(), sample, inside)
        return super().relabelled(sample, inside, stream) if found is None else found

    def apart(self, sample: Sample, first: BoolArray) -> Difference:
        """Return the difference of the effects of two groups, by stacked scores and as an interaction."""
        return apart(self.regression(), sample, first)

    def groups_reassigned(
        self,
        sample: Sample,
        group: NDArray[np.object_],
        kept: Sequence[str],
        cohorts: FloatArray,
        stream: Stream,
    ) -> tuple[FloatArray, FloatArray]:
        """Return the effects by group (R, k) of all draws with their covariances, at once without doses."""
        if sample.dose is not None:
            return super().groups_reassigned(sample, group, kept, cohorts, stream)
        return self.regression().by_group_redrawn(sample, group, kept, cohorts)

    def own_checks(self, sample: Sample, deals: int, stream: Stream) -> tuple[Check, ...]:
        """Return the mechanism and the moderator that the study asks for."""
        regression, found = self.regression(), []
        if self.mechanism:
            channels, asked = self.mechanism, Asked(self.mechanism_draws, deals, self.mechanism_interaction)
            found.append(
                Check(text("Mechanism"), lambda: mechanism(regression, sample, channels, asked, stream))
            )
        if self.moderator:
            column = self.moderator
            found.append(
                Check(text("Moderator"), lambda: moderator(regression, sample, column, deals, stream))
            )
        return tuple(found)
