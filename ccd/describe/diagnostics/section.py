"""``[diagnostics]``: what is looked at before the first model, told as a chapter of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from ccd.arrays import FloatArray, IntArray
from ccd.dependence import RHO
from ccd.describe.diagnostics.collinearity import collinearity
from ccd.describe.diagnostics.correlations import correlations
from ccd.describe.diagnostics.dependence import dependence, together
from ccd.describe.diagnostics.group_means import group_means
from ccd.describe.diagnostics.missing import missing
from ccd.describe.diagnostics.roots import RootsSpec, roots
from ccd.errors import DataError, EstimationError, SpecError
from ccd.panel import Panel
from ccd.results import Chapter, Collinearity, CouplingResult, IndexResult, Part, Value
from ccd.section import Section
from ccd.streams import Stream
from ccd.words import Name, Text, names, text

#: A column with more values than this groups nothing.
MOST_GROUPS = 8


class Diagnostics(Section):
    """Correlations, collinearity, means by group and missing cells of the variables of a study."""

    variables: tuple[str, ...] = Field(min_length=2)
    """Columns that are looked at, the outcome first: of the data, transforms, indices, C, T or D."""
    correlation: tuple[Literal["pearson", "spearman"], ...] = ("pearson",)
    """Kinds of correlation; none: no matrix."""
    missing: Literal["pairwise", "listwise"] = "pairwise"
    """Rows of a correlation: all that have both columns, or those that have all of them."""
    regressors: tuple[str, ...] = ()
    """Columns whose collinearity is measured; none: the variables after the first."""
    by: tuple[str, ...] = ()
    """Columns of groups, or policies (regions ever treated against the others): means by group."""
    unit: Literal["region", "region-year"] = "region"
    """What the tests of means count: regions by their mean over the years, or region-years as if independent."""
    dependence: bool = False
    """Test that regions move independently: each variable as it is, and after region and year effects."""

    roots: RootsSpec | None = None
    """Tests of unit roots of each variable: { tests = [..], lags = 1, terms = "drift" }."""

    @model_validator(mode="after")
    def _columns_differ(self) -> Self:
        for key in ("variables", "regressors", "by", "correlation"):
            listed = getattr(self, key)
            if len(set(listed)) < len(listed):
                raise SpecError(text("{key}: name each once", key=key))
        return self

    def columns(self) -> tuple[str, ...]:
        """Return the variables and the regressors."""
        return tuple(dict.fromkeys((*self.variables, *self.regressors)))

    def methods(self) -> tuple[str, ...]:
        """Return the entries of the tests of dependence and of unit roots, where they are asked for."""
        asked = {"describe:dependence": self.dependence, "describe:roots": self.roots is not None}
        return tuple(key for key, wanted in asked.items() if wanted)

    def foresee(self, panel: Panel) -> None:
        """Raise DataError for a name under ``by`` that is no policy and no column of a few groups."""
        for by in self.by:
            groups_of(panel, by)

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return the tables and figures before the first model; what cannot be computed becomes a note.

        Raises DataError for a column that is not there, or where nothing at all can be computed.
        """
        series = {name: panel.column(name) for name in self.variables}
        regressors = {name: panel.column(name) for name in self.regressors or self.variables[1:]}
        parts: list[Part[Value]] = []
        notes, failed = list(self._independent()), []
        for what, make in self._asked(panel, series, regressors, stream):
            try:
                parts.append(make())
            except (DataError, EstimationError) as error:
                failed.append(error)
                notes.append(text("{what}: not computed ({why})", what=what, why=error.said[0]))
        if failed and not parts:
            raise failed[0]
        return Chapter("diagnostics", text("Before the first model"), tuple(parts), tuple(notes))

    def _asked(
        self,
        panel: Panel,
        series: dict[str, FloatArray],
        regressors: dict[str, FloatArray],
        stream: Stream,
    ) -> Iterator[tuple[Text, Callable[[], Part[Value]]]]:
        """Yield each diagnostic: what it is called, and what makes it."""

        def correlated(method: Literal["pearson", "spearman"]) -> Part[Value]:
            return Part(correlations(series, method, self.missing), f"correlations_{method}")

        def collinear() -> Part[Value]:
            found = collinearity(pd.DataFrame(regressors, index=panel.frame.index))
            return Part(found, notes=tuple(_inflated(found)))

        def compared(by: str) -> Part[Value]:
            group, labels = groups_of(panel, by)
            value = group_means(series, group, labels, panel.entity_codes, by, self.unit)
            return Part(value, f"group_means_{by}")

        def dependent() -> Part[Value]:
            found, notes, failed = [], [], []
            for name in series:
                try:
                    found.append(dependence(panel, name, stream(f"dependence {name}")))
                except DataError as error:
                    failed.append(error)
                    notes.append(text("{what}: not computed ({why})", what=Name(name), why=error.said[0]))
            if not found:
                raise failed[0]
            lasting = [one.variable[0] for one in found if one.rho[-1] >= RHO[-1]]
            if lasting:
                notes.append(
                    text(
                        "As autocorrelated as the most lasting panels that are tried, or more, so that p may be too "
                        "small: {columns}",
                        columns=names(lasting),
                    )
                )
            return Part(together(found), notes=tuple(notes))

        def rooted(spec: RootsSpec) -> Part[Value]:
            value, notes = roots(panel, tuple(series), spec, stream)
            return Part(value, notes=tuple(notes))

        named = {"pearson": text("Pearson correlations"), "spearman": text("Spearman rank correlations")}
        for method in self.correlation:
            yield named[method], partial(correlated, method)
        yield text("Collinearity of the regressors"), collinear
        for by in self.by:
            yield text("Means by {column}", column=Name(by)), partial(compared, by)
        if self.dependence:
            yield text("Dependence between regions"), dependent
        if self.roots is not None:
            yield text("Panel unit roots"), partial(rooted, self.roots)
        yield text("Missing cells"), lambda: Part(missing(panel, series | regressors))

    def _independent(self) -> tuple[Text, ...]:
        """Return a warning where p-values take the years of a region as independent."""
        if self.by and self.unit == "region-year":
            return (
                text(
                    "Tests of means by group take region-years as independent, which years of one region are not: "
                    'they reject too often; unit = "region" counts each region once'
                ),
            )
        return ()


def groups_of(panel: Panel, by: str) -> tuple[IntArray, tuple[Text | Name, ...]]:
    """Return the place of each row's group (n,) and the groups' labels: of a policy, or of a column's first values.

    Raises DataError for a column with one value, or with more than MOST_GROUPS.
    """
    if by in panel.cohorts:
        ever = np.isfinite(panel.cohort(by).to_numpy(dtype=np.float64))[panel.entity_codes]
        labels = (text("ever {policy}", policy=Name(by)), text("never {policy}", policy=Name(by)))
        group = np.where(ever, 0, 1).astype(np.intp)
        if len(np.unique(group)) < 2:
            raise _no_groups(by, text("reaches every region, or none"))
        return group, labels
    values = panel.group(by)
    first = values.groupby(panel.entity_codes, sort=True).first()
    known = sorted({value for value in first if pd.notna(value) and value != ""})
    if not 2 <= len(known) <= MOST_GROUPS:
        raise _no_groups(by, text("has {count} {count:value|values}", count=len(known)))
    place = {value: k for k, value in enumerate(known)}
    own = np.array([place.get(value, -1) for value in first], dtype=np.intp)
    shown = (f"{value:g}" if isinstance(value, float) else str(value) for value in known)
    return own[panel.entity_codes], tuple(Name(word) for word in shown)


def _no_groups(by: str, why: Text) -> DataError:
    return DataError(
        text("'{by}' {why}, so its groups cannot be compared", by=by, why=why),
        where=text("study, {key}", key="diagnostics.by"),
        fix=text("name a policy, or a column that takes 2 to {most} different values", most=MOST_GROUPS),
    )


def _inflated(found: Collinearity) -> list[Text]:
    """Return a warning of columns that others imply nearly, and of those the effects leave nothing of."""
    notes = []
    high = [name for name, vif in zip(found.variable, found.within, strict=True) if vif > found.largest]
    if high:
        notes.append(
            text(
                "Variance inflated more than {largest:g} times after the fixed effects: {columns}",
                largest=found.largest,
                columns=names(high),
            )
        )
    gone = [name for name, vif in zip(found.variable, found.within, strict=True) if np.isnan(vif)]
    if gone:
        notes.append(text("Nothing is left after region and year effects of {columns}", columns=names(gone)))
    return notes
