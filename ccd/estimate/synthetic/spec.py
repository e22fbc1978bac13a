"""The keys that every estimator of one treated region has."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field

from ccd.estimate.model import ModelSpec, tags_of
from ccd.estimate.synthetic.design import Asked, neighbours_noted
from ccd.estimate.synthetic.donors import DonorsSpec
from ccd.estimate.synthetic.estimate import estimate
from ccd.estimate.synthetic.fitted import Method, Weighting
from ccd.estimate.synthetic.plan import Plan
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, text

Solver = Literal["exact", "frank-wolfe"]


class SyntheticSpec(ModelSpec):
    """The keys that all ``kind = "synthetic"`` estimators have."""

    needs: ClassVar[tuple[str, ...]] = ("scipy.optimize", "scipy.stats")
    does: ClassVar[Text] = text("the effect of a policy on one region against a weighted mean of others")
    alone_by_default: ClassVar[bool] = False
    side_by_side: ClassVar[bool] = True
    several_dates: ClassVar[bool] = False  # whether regions may be treated at different dates
    several_treated: ClassVar[bool] = True
    jackknifed: ClassVar[bool] = True  # whether fixed weights tell its error

    kind: Literal["synthetic"]
    policy: str
    """Policy whose effect is estimated; its name is the effect's term."""
    treated: str = ""
    """The one treated region looked at; none: all that the policy treats."""
    years: tuple[int, int] | None = None
    """First and last year of this model."""
    anticipation: int = Field(default=0, ge=0)
    """Years before the date that are left out, since the policy was known."""
    controls: tuple[str, ...] = ()
    """Columns projected out of the outcome first."""
    projected: Literal["untreated", "never"] = "untreated"
    """Whether controls are fitted on all untreated region-years, or on never-treated regions alone."""
    donors: DonorsSpec = Field(default_factory=DonorsSpec)
    """Donors left out: { exclude = [..], policies = [..], neighbours = WEIGHTS, within = KM, same = COLUMN }."""
    placebos: Literal["all"] | int = "all"
    """Donors that play the treated region in turn: all, or a seeded sample of so many."""
    in_time: tuple[int, ...] | None = None
    """Years by which the date is moved back as a check; none named: a third of the years before, []: no check."""
    leave_out: bool = True
    """Whether each donor with weight is left out in turn."""
    level: float | None = Field(default=None, gt=0, lt=1)
    """Level of the intervals by year; none: 0.9."""
    variance: Literal["placebo", "bootstrap", "jackknife"] = "placebo"
    """Standard error where several regions are treated."""
    draws: int = Field(default=500, ge=50)
    """Draws of that placebo or bootstrap."""

    @abstractmethod
    def method(self) -> Method:
        """Return the estimator as a function of paths."""

    def weighting(self) -> Weighting | None:
        """Return the weights that can be fitted on other years; None: the estimator has none."""
        return None

    def columns(self) -> tuple[str, ...]:
        """Return outcome, controls and the coordinates that donors need."""
        return (self.outcome, *self.controls, *self.donors.columns())

    def group_columns(self) -> tuple[str, ...]:
        """Return the column in which donors equal the treated."""
        return (self.donors.same,) if self.donors.same else ()

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and those whose regions are no donors."""
        return (self.policy, *self.donors.policies)

    def weights_read(self) -> tuple[str, ...]:
        """Return the spatial weights that say who is a neighbour."""
        return (*super().weights_read(), *((self.donors.neighbours,) if self.donors.neighbours else ()))

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the kind and of the estimator."""
        return (self.kind, tags_of(type(self))[0].replace("-", ":", 1))

    def chosen_rows(self, panel: Panel) -> Panel:
        """Return the region-years of ``years``."""
        if self.years is None:
            return panel
        return panel.rows((panel.years >= self.years[0]) & (panel.years <= self.years[1]))

    def asked(self) -> Asked:
        """Return what the study asks of the rows."""
        return Asked(
            self.name,
            self.policy,
            self.treated,
            self.anticipation,
            self.donors,
            self.controls,
            self.projected,
        )

    def forewarns(self, panel: Panel) -> tuple[Text, ...]:
        """Return a warning where donors border on a treated region."""
        return neighbours_noted(self.asked(), self.chosen_rows(panel))

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the effect with its placebos, paths, donors and checks."""
        return estimate(self.plan(), self.chosen_rows(panel), stream)

    def headline(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the effect and its placebos without checks."""
        return estimate(self.plan(checks=False), self.chosen_rows(panel), stream)

    def plan(self, *, checks: bool = True) -> Plan:
        """Return what is to be estimated, as numbers need it."""
        return Plan(
            asked=self.asked(),
            outcome=self.outcome,
            estimator=tags_of(type(self))[0].partition("-")[2],
            method=self.method(),
            weighting=self.weighting(),
            placebos=None if self.placebos == "all" else int(self.placebos),
            in_time=self.in_time if checks else (),
            leave_out=self.leave_out and checks,
            level=self.level,
            variance=self.variance,
            draws=self.draws,
            several_dates=self.several_dates,
            several_treated=self.several_treated,
            jackknifed=self.jackknifed,
            predictors=getattr(self, "predictors", {}) if checks else {},
            starts=getattr(self, "starts", 0),
            beside=checks,
        )
