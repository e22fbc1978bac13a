"""``[describe]``: what is told of variables in space and time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from pydantic import Field

from ccd.describe.keys import (
    ConvergenceKeys,
    DensityKeys,
    DriversKeys,
    EllipseKeys,
    ForecastKeys,
    GreyKeys,
    InequalityKeys,
    LeadLagKeys,
    MarkovKeys,
)
from ccd.describe.wide import About, wide
from ccd.errors import DataError, EstimationError
from ccd.panel import Panel
from ccd.results import Chapter, CouplingResult, IndexResult, Part, Value
from ccd.section import Section
from ccd.streams import Stream
from ccd.words import Name, Text, text

Teller = Callable[[About], list[Part[Value]]]


class DescribeSpec(Section):
    """Each table under it is one method; what is not written is not told."""

    variable: tuple[str, ...] = Field(default=("D",), min_length=1)
    """What is described: C, T, D, subsystems or columns."""
    inequality: InequalityKeys | None = None
    """Dagum's Gini and Theil by year."""
    density: DensityKeys | None = None
    """Kernel densities by year, and a test of the number of modes."""
    convergence: ConvergenceKeys | None = None
    """Sigma, beta and club convergence."""
    markov: MarkovKeys | None = None
    """Transitions between states, and whether neighbours matter for them."""
    ellipse: EllipseKeys | None = None
    """The centre and the standard deviational ellipse by year."""
    drivers: DriversKeys | None = None
    """The geographical detector."""
    grey: GreyKeys | None = None
    """Grey relational degrees."""
    lead_lag: LeadLagKeys | None = None
    """Which subsystem is ahead of which."""
    forecast: ForecastKeys | None = None
    """The next years of each region, with the errors of years held out."""

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read as numbers."""
        found = [*self.variable]
        if self.inequality and self.inequality.weights:
            found.append(self.inequality.weights)
        if self.convergence:
            found += self.convergence.conditional
        if self.ellipse:
            from ccd.describe.centre.parts import place_columns

            found += place_columns(self.ellipse)
        for keys in (self.drivers, self.grey):
            found += keys.factors if keys else ()
        return tuple(dict.fromkeys(found))

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns that group regions."""
        found = [keys.by for keys in (self.inequality, self.convergence) if keys and keys.by]
        return (*found, *(self.drivers.strata if self.drivers else ()))

    def weights_read(self) -> tuple[str, ...]:
        """Return the spatial weights that say who neighbours are."""
        return (self.markov.lag,) if self.markov and isinstance(self.markov.lag, str) else ()

    def policies_read(self) -> tuple[str, ...]:
        """Return the policy whose dates are needed."""
        return (self.convergence.policy,) if self.convergence and self.convergence.policy else ()

    def methods(self) -> tuple[str, ...]:
        """Return a key for each method that is asked."""
        asked = {
            "inequality": self.inequality,
            "density": self.density,
            "sigma": self.convergence,
            "beta": self.convergence,
            "clubs": self.convergence and self.convergence.clubs,
            "markov": self.markov and self.markov.states != "bottleneck",
            "spatial-markov": self.markov and self.markov.lag,
            "bottleneck": self.markov and self.markov.states == "bottleneck",
            "ellipse": self.ellipse,
            "drivers": self.drivers,
            "grey": self.grey,
            "lead_lag": self.lead_lag,
            "forecast": self.forecast,
        }
        return tuple(f"describe:{name}" for name, keys in asked.items() if keys)

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return the parts of every method for every variable; a method that fails is a note.

        Raises DataError for a variable whose scale has no level over years, or where every method fails.
        """
        self._levels(panel, index, coupling)
        parts: list[Part[Value]] = []
        notes: list[Text] = []
        failed: DataError | EstimationError | None = None
        files = _in_file_names(self.variable)
        for variable in self.variable:
            about = About(panel, wide(panel, variable), stream, index, coupling)
            several = len(self.variable) > 1
            for key, tell, once in self._tellers():
                if once and variable != self.variable[0]:
                    continue
                try:
                    found = tell(about)
                except (DataError, EstimationError) as error:
                    failed = failed or error
                    notes.append(
                        text(
                            "{check} of {variable} cannot be told: {reason}",
                            check=Name(key),
                            variable=Name(variable),
                            reason=error.said[0],
                        )
                    )
                    continue
                own = f"_{files[variable]}" if several and not once else ""
                parts += [replace(part, name=f"{part.name}{own}") for part in found]
        if failed is not None and not parts:
            raise failed
        return Chapter("describe", text("Description in space and time"), tuple(parts), tuple(notes))

    def _tellers(self) -> Iterator[tuple[str, Teller, bool]]:
        """Yield name, what tells it, and whether it is of the study and not of a variable."""
        from ccd.describe.centre.parts import ellipse_parts
        from ccd.describe.convergence.club_parts import club_parts
        from ccd.describe.convergence.parts import convergence_parts
        from ccd.describe.drivers.grey_parts import grey_parts
        from ccd.describe.drivers.parts import drivers_parts
        from ccd.describe.forecast.parts import forecast_parts
        from ccd.describe.inequality.parts import inequality_parts
        from ccd.describe.kernels.parts import density_parts
        from ccd.describe.lead.parts import lead_lag_parts
        from ccd.describe.transitions.parts import bottleneck_parts, markov_parts

        if self.inequality:
            yield "inequality", partial(inequality_parts, keys=self.inequality), False
        if self.density:
            yield "density", partial(density_parts, keys=self.density), False
        if self.convergence:
            yield "convergence", partial(convergence_parts, keys=self.convergence), False
            if self.convergence.clubs:
                yield "clubs", club_parts, False
        if self.markov:
            lowest = self.markov.states == "bottleneck"
            yield "markov", partial(bottleneck_parts if lowest else markov_parts, keys=self.markov), lowest
        if self.ellipse:
            yield "ellipse", partial(ellipse_parts, keys=self.ellipse), False
        if self.drivers:
            yield "drivers", partial(drivers_parts, keys=self.drivers), False
        if self.grey:
            yield "grey", partial(grey_parts, keys=self.grey), False
        if self.lead_lag:
            yield "lead_lag", partial(lead_lag_parts, keys=self.lead_lag), True
        if self.forecast:
            yield "forecast", partial(forecast_parts, keys=self.forecast), False

    def _levels(self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None) -> None:
        """Raise DataError where an index has no level that years and regions share."""
        if index is None or index.scale not in ("zscore", "per-year"):
            return
        made = {*map(str, index.scores), *(("C", "T", "D") if coupling else ())}
        for variable in self.variable:
            if variable in made or made & {*panel.made_of.get(variable, ())}:
                raise DataError(
                    text(
                        "'{variable}' rests on scale = \"{scale}\", which has no level over years and regions",
                        variable=variable,
                        scale=index.scale,
                    ),
                    where=text("study, {key}", key="describe.variable"),
                    fix=text('take index.scale = "minmax", or another scale over all years'),
                )


def _in_file_names(variables: Sequence[str]) -> dict[str, str]:
    """Return variable -> how files are named after it: no sign that some system refuses, each another name."""
    found: dict[str, str] = {}
    for variable in variables:
        plain = named = re.sub(r"[^\w.\-]", "_", variable).rstrip(".") or "_"
        count = 1
        while named.casefold() in {one.casefold() for one in found.values()}:
            count += 1
            named = f"{plain}_{count}"
        found[variable] = named
    return found
