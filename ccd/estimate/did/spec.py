"""The keys that every difference-in-differences estimator has."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from ccd.errors import SpecError
from ccd.estimate.contrasts.compare import CompareSpec
from ccd.estimate.did.checks.carry import CarrySpec
from ccd.estimate.did.checks.placebo import PlaceboSpec
from ccd.estimate.did.checks.sensitivity import SensitivitySpec
from ccd.estimate.did.sampling import Reads, listed
from ccd.estimate.model import tags_of
from ccd.estimate.rows.deals import PermutationSpec
from ccd.estimate.rows.sampling import Sampling
from ccd.words import Text, text


class DidSpec(Sampling):
    """The keys that all ``kind = "did"`` estimators have; ``Estimator`` says what each can be asked."""

    needs: ClassVar[tuple[str, ...]] = ("scipy.optimize",)
    does: ClassVar[Text] = text("the effect of a policy by difference-in-differences")
    side_by_side: ClassVar[bool] = True
    flags: ClassVar[bool] = False  # whether neighbours can have a term of their own
    weighs: ClassVar[bool] = True  # whether the estimator has a weighted form
    redraws: ClassVar[bool] = True  # whether copies of a region can stand beside each other
    kind: Literal["did"]
    policy: str
    """Policy whose effect is estimated; its name is the effect's term."""
    cluster: str | tuple[str, ...] = ()
    """Column, or two, to cluster by; none: the entity."""
    weight: str | None = None
    """Column of analytic weights of the region-years; some estimators need it constant within regions."""
    window: tuple[int, int] | None = None
    """Event times shown, [first, last]; all enter the estimate."""
    placebo: PlaceboSpec | None = None
    """Placebo test: { draws = 500, by = "space" | "time" | "mixed" }; draws = 0 turns it off."""
    permutation: PermutationSpec | None = None
    """Studentised permutation: { draws = 4999 }; with few treated regions it runs unless draws = 0."""
    leave_out: str = ""
    """Fit again without each ``entity``, each treated ``cohort``, or each value of a column."""
    heterogeneity: str = ""
    """Column of groups of regions: the effect in each, and the test that they are equal."""
    compare: CompareSpec | None = None
    """Differences of the effect between groups of regions, in pairs: { by = COLUMN, draws = 999 }."""
    carry: CarrySpec | None = None
    """Error of making D: regions redrawn with bounds, weights and D made anew: { draws = 999 }."""
    lags: tuple[int, ...] = ()
    """Years by which the policy is taken to begin later, one effect each."""
    sensitivity: SensitivitySpec | None = None
    """Violations of parallel trends: { relative = [0.5, 1, 1.5, 2], smoothness = [..] }."""

    @model_validator(mode="after")
    def _window_runs_forward(self) -> Self:
        if self.window is not None and self.window[0] > self.window[1]:
            raise SpecError(text("window = [first, last]: the first event time comes before the last"))
        return self

    @model_validator(mode="after")
    def _flags_neighbours(self) -> Self:
        if self.spillover is not None and self.spillover.how == "flag" and not self.flags:
            raise SpecError(
                text(
                    'spillover how = "flag" goes with twfe; take how = "drop", or estimator = "slx" or "rings"'
                )
            )
        return self

    @model_validator(mode="after")
    def _carries_among_regions(self) -> Self:
        if self.carry is not None and not (self.redraws and self.spillover is None):
            raise SpecError(
                text("carry redraws regions, and a copy of one has no neighbours: leave carry out")
            )
        return self

    @model_validator(mode="after")
    def _weights_are_known(self) -> Self:
        if self.weight is not None and not self.weighs:
            raise SpecError(
                text(
                    "{estimator} takes no weights: leave weight out",
                    estimator=tags_of(type(self))[0].removeprefix("did-"),
                )
            )
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the outcome and every numeric column that ``reads`` names."""
        return (self.outcome, *self.reads().columns, *(self.spillover.columns() if self.spillover else ()))

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the subset, the clusters, the heterogeneity and the groups left out."""
        left_out = () if self.leave_out in ("entity", "cohort") else (self.leave_out,)
        compared = (self.compare.by,) if self.compare else ()
        named = (
            *super().group_columns(),
            *listed(self.cluster),
            self.heterogeneity,
            *compared,
            *left_out,
        )
        return tuple(dict.fromkeys(name for name in named if name))

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy, and that of the neighbours."""
        return (self.policy, *(self.spillover.policies() if self.spillover else ()))

    def reads(self) -> Reads:
        """Return what the estimator asks of its rows: the weight."""
        return Reads(weight=self.weight or "")

    def methods(self) -> tuple[str, ...]:
        """Return the keys of the estimator and of its checks; the permutation leads by itself where few are treated."""
        asked = [
            name
            for name in ("wild", "placebo", "sensitivity", "compare", "carry", "mechanism")
            if getattr(self, name, None)
        ]
        return (
            tags_of(type(self))[0].replace("did-", "did:", 1),
            *(("did:weight",) if self.weight else ()),
            *(f"check:{name}" for name in ("permutation", *asked)),
        )

    @property
    def ends(self) -> tuple[int, int] | None:
        """Return the event times into which those beyond are pooled; None: none are."""
        return None


class DidRegression(DidSpec):
    """The keys of the estimators that are regressions with controls."""

    controls: tuple[str, ...] = ()
    """Time-varying control columns."""
    bin_ends: bool = False
    """Pool the event times beyond the window into its two ends."""

    @model_validator(mode="after")
    def _bins_need_a_window(self) -> Self:
        if self.bin_ends and self.window is None:
            raise SpecError(
                text("bin_ends pools what lies beyond the window: give window = [first, last] too")
            )
        if self.bin_ends and self.window is not None and not self.window[0] < 0 <= self.window[1]:
            raise SpecError(
                text("bin_ends needs a window from before the treatment (< 0) to after it (>= 0)")
            )
        return self

    def reads(self) -> Reads:
        """Return the controls and the weight."""
        return Reads(self.controls, weight=self.weight or "")

    @property
    def ends(self) -> tuple[int, int] | None:
        """Return the event times at which those beyond them are pooled; None: none are."""
        return self.window if self.bin_ends else None

    def adjusts(self) -> tuple[str, ...]:
        """Return the controls."""
        return self.controls
