"""What Python users hold: a model and a whole study, as frames, figures, LaTeX, and tables in notebooks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccd.errors import EstimationError
from ccd.report.files import summary
from ccd.report.html import table_html
from ccd.report.latex import render_latex
from ccd.report.models import models_table
from ccd.report.table import Table
from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Estimate, Results, ResultsTable

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Model:
    """One estimated model: its terms, parts and figures."""

    name: str
    estimate: Estimate
    results: Results = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return terms with estimates, standard errors, p-values and 95 % intervals, one row a term."""
        return self.estimate.terms.frame()

    def to_latex(self) -> str:
        """Return the results table as LaTeX; its first lines name the packages that it needs."""
        return render_latex(self._table, self._context)

    def _repr_html_(self) -> str:
        return table_html(self._table, self._context)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of what stands beside the terms."""
        return tuple(part.name for part in self.estimate.parts)

    def part(self, name: str) -> pd.DataFrame:
        """Return one part as a frame, with the columns of its csv file. KeyError where there is none."""
        return self.estimate.part(name).frame

    def figure(self, name: str) -> Figure | None:
        """Return the figure of a part; None where it has none. KeyError where there is no such part."""
        part = self.estimate.part(name)
        draw = VIEWS[part.shape].figure
        return None if draw is None else draw(part, self._context)

    @property
    def summary(self) -> Mapping[str, Any]:
        """Return what summary.json says: kind, sample, errors, p-values, notes."""
        return summary(self.estimate)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was dropped or assumed."""
        return tuple(map(str, self.estimate.notes))

    @cached_property
    def _context(self) -> Context:
        return Context(language=self.results.language).of(self.estimate, self.name)

    @cached_property
    def _table(self) -> Table:
        return models_table(ResultsTable(self.name, (self.name,)), self.results, self._context)


@dataclass(frozen=True)
class Outcome:
    """What one study gave: weights, D, models; and what could not be estimated, with the way to mend it."""

    results: Results = field(repr=False)
    out: Path | None = None

    @property
    def models(self) -> dict[str, Model]:
        """Return the models by name."""
        return {name: Model(name, one, self.results) for name, one in self.results.estimates.items()}

    def __getitem__(self, name: str) -> Model:
        return Model(name, self.results.estimates[name], self.results)

    @property
    def weights(self) -> pd.DataFrame | None:
        """Return the weight of each indicator; None without an index."""
        return None if self.results.index is None else self.results.index.weights.frame()

    @property
    def scores(self) -> pd.DataFrame | None:
        """Return the subsystem indices by region and year."""
        return None if self.results.index is None else self.results.index.scores

    @property
    def coupling(self) -> pd.DataFrame | None:
        """Return C, T, D, grade and the other formulas by region and year."""
        return None if self.results.coupling is None else self.results.coupling.frame

    @property
    def failures(self) -> dict[str, str]:
        """Return what could not be estimated: name -> what, and how to mend it."""
        return {name: f"{one.what}; {one.fix}" for name, one in self.results.failures.items()}

    def error(self, name: str) -> EstimationError:
        """Return the error of a model that could not be estimated. KeyError where there is none of that name."""
        failure = self.results.failures[name]
        return EstimationError(failure.what, where=failure.where, fix=failure.fix)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return every note with where it belongs."""
        return tuple(f"{at}: {note}" for at, note in self.results.warnings())

    def to_frame(self) -> pd.DataFrame:
        """Return the headline term of every model, one row a model."""
        import pandas as pd

        rows = []
        for name, one in self.results.estimates.items():
            leading = one.leading
            rows.append({"model": name, **leading._asdict(), "term": str(leading.term), "nobs": one.nobs})
        return pd.DataFrame(rows)

    def to_latex(self) -> str:
        """Return all models side by side as LaTeX."""
        return render_latex(self._table, self._context)

    def _repr_html_(self) -> str:
        return (
            table_html(self._table, self._context)
            if self.results.estimates
            else f"<p>{escape(self.results.title)}</p>"
        )

    @cached_property
    def _context(self) -> Context:
        return Context(language=self.results.language)

    @cached_property
    def _table(self) -> Table:
        return models_table(
            ResultsTable("models", tuple(self.results.estimates)), self.results, self._context
        )
