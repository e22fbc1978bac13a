"""Description: summaries, distributions, the policies over time; ``describe`` gives them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccd.arrays import FloatArray
from ccd.describe.distribution import density as density_by_year
from ccd.describe.means import by_group, by_policy, by_year, group_columns
from ccd.describe.ranking import ranking
from ccd.describe.summary import summary
from ccd.describe.timeline import timeline
from ccd.panel import Panel
from ccd.results import CouplingResult, IndexResult, Part, Value

__all__ = ["describe", "timeline"]


def describe(
    panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, columns: Sequence[str]
) -> tuple[Part[Value], ...]:
    """Return the descriptive parts of a study: ``summary`` of ``columns``, and with an index the means by
    year; with coupling also D by year and group, its density by year, and the ranking of regions.
    """
    indices = {} if index is None else {str(name): index.scores[name].to_numpy() for name in index.scores}
    degrees = {} if coupling is None else {name: coupling.frame[name].to_numpy() for name in ("C", "T", "D")}
    series: Mapping[str, FloatArray] = {**indices, **degrees}
    series = {**series, **{name: panel.column(name) for name in columns if name not in series}}
    parts: list[Part[Value]] = [Part(summary(series))] if series else []
    if indices or degrees:
        parts.append(Part(by_year(panel, indices, degrees)))
    if coupling is not None:
        d = degrees["D"]
        parts += [Part(by_group(panel, name, d), f"by_{name}") for name in group_columns(panel)]
        for policy in panel.cohorts:
            found = by_policy(panel, policy, d)
            parts += [] if found is None else [Part(found, f"by_policy_{policy}")]
        parts += [Part(density_by_year(panel, d)), Part(ranking(panel, d))]
    return tuple(parts)
