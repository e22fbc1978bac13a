"""``kind = "loop"``: policy, innovation, upgrading, policy response, and policy again."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from ccd.errors import EstimationError, SpecError
from ccd.estimate.dynamics.assemble import Plan, estimate
from ccd.estimate.dynamics.granger import enough
from ccd.estimate.dynamics.projections import BASE, base_years
from ccd.estimate.dynamics.stages import Stages, stages_of
from ccd.estimate.model import ModelSpec
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream
from ccd.words import Text, text


class Loop(ModelSpec):
    """``kind = "loop"``: which arrows of a ring of stages are found in the data, which way, and whether all."""

    does: ClassVar[Text] = text("which stage of a loop follows which")
    needs: ClassVar[tuple[str, ...]] = ("scipy.stats",)

    kind: Literal["loop"]
    outcome: str = ""
    """Column of a stage that tables name the loop by; none: that of the first."""
    stages: dict[str, str] = Field(min_length=3)
    """Stage = its column, in the order of the ring: { policy = .., innovation = .., upgrading = .., response = .. }."""
    at: int = Field(default=1, ge=1)
    """Years after which an arrow must be found."""
    lags: int = Field(default=1, ge=1)
    """Earlier years of both stages that are held fixed."""
    horizon: int = Field(default=3, ge=1)
    """Years to which projections reach."""
    closed: bool = True
    """Whether the last stage points to the first."""
    draws: int = Field(default=999, ge=99)
    """Draws of regions, and of the years behind each Granger test."""
    years: tuple[int, int] | None = None
    """First and last year of this model."""

    @model_validator(mode="before")
    @classmethod
    def _named_by_its_first_stage(cls, keys: Any) -> Any:
        stages = keys.get("stages") if isinstance(keys, dict) else None
        if isinstance(stages, dict) and stages and not keys.get("outcome"):
            return {**keys, "outcome": next(iter(stages.values()))}
        return keys

    @model_validator(mode="after")
    def _keys_agree(self) -> Self:
        columns = tuple(self.stages.values())
        if len(set(columns)) < len(columns):
            raise SpecError(text("stages: each has a column of its own"))
        if self.at > self.horizon:
            raise SpecError(text("at lies within horizon"))
        if self.outcome not in columns:
            raise SpecError(text("a loop has stages: leave outcome out, or name the column of one of them"))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the stages."""
        return tuple(self.stages.values())

    def chosen_rows(self, panel: Panel) -> Panel:
        """Return the region-years of ``years``."""
        if self.years is None:
            return panel
        return panel.rows((panel.years >= self.years[0]) & (panel.years <= self.years[1]))

    def foresee(self, panel: Panel) -> None:
        """Raise EstimationError where regions or years are too few."""
        self.sample(panel)

    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the loop. Raises EstimationError for too few regions or years, or a stage without moves of its own."""
        plan = Plan(self.lags, self.horizon, self.at, self.closed, self.draws)
        return estimate(self.sample(panel), plan, stream, self.kind, self.outcome)

    def sample(self, panel: Panel) -> Stages:
        """Return the stages on the regions and years that have all. Raises EstimationError where these are too few."""
        where = f"model '{self.name}'"
        stages = stages_of(self.chosen_rows(panel), self.stages, where)
        count = len(stages.years)
        if base_years(count, self.lags, self.horizon) < BASE:
            what = text(
                "{years} {years:year leaves|years leave} {base} from which a projection over {horizon} starts; {least} "
                "are needed",
                years=count,
                base=max(0, base_years(count, self.lags, self.horizon)),
                horizon=self.horizon,
                least=BASE,
            )
            raise EstimationError(what, where=where, fix=text("shorten horizon or lags"))
        if not enough(count, self.lags):
            raise EstimationError(
                text("{years} {years:year is|years are} too few for a Granger test with {lags} {lags:lag|lags}",
                     years=count, lags=self.lags),
                where=where,
                fix=text("shorten lags, or add years"),
            )  # fmt: skip
        return stages
