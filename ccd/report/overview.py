"""The opening of the page: what was asked, and what was found, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Estimate, Results
from ccd.words import Name, Text, names, text

#: Shapes whose sentences open the page.
OPENING = ("by_year", "changes", "ranking")


def asked(results: Results) -> Iterable[Text]:
    """Yield the sample, the subsystems with their indicators, the policies and the models."""
    panel = results.panel
    yield text(
        "The panel holds {rows} observations of {entities} regions from {first} to {last}.",
        rows=len(panel.frame),
        entities=len(panel.entities),
        first=panel.times[0],
        last=panel.times[-1],
    )
    if results.index is not None:
        for subsystem, indicators in results.index.weights.subsystems.items():
            yield text(
                "Subsystem {subsystem} is measured by {indicators}.",
                subsystem=Name(subsystem),
                indicators=names(indicators),
            )
    if results.coupling is not None:
        yield text(
            "C is the degree of coupling, T the comprehensive evaluation index and D the degree of coupling "
            "coordination."
        )
    for policy, cohort in panel.cohorts.items():
        years = cohort.dropna()
        if len(years):
            yield text(
                "Policy {policy} reaches {count} of {entities} regions, from {first} to {last}.",
                policy=Name(policy),
                count=len(years),
                entities=len(cohort),
                first=int(np.min(years)),
                last=int(np.max(years)),
            )
    yield from _models(results.estimates)


def _models(estimates: Mapping[str, Estimate]) -> Iterable[Text]:
    """Yield one sentence for the models of a kind and outcome."""
    alike: dict[tuple[Text, str], list[str]] = {}
    for name, estimate in estimates.items():
        what = estimate.does or text("{kind}", kind=estimate.kind)
        alike.setdefault((what, estimate.outcome), []).append(name)
    for (what, outcome), listed in alike.items():
        values = {"models": names(listed), "what": what, "outcome": Name(outcome)}
        if len(listed) == 1:
            yield text("Model {models} estimates {what}; the outcome is {outcome}.", **values)
        else:
            yield text("Models {models} estimate {what}; the outcome is {outcome}.", **values)


def described(results: Results, ctx: Context) -> Iterable[tuple[Text, str]]:
    """Yield the sentences on D that open the page, each with the block that shows it."""
    coupled = () if results.coupling is None else results.coupling.parts
    for part in (*results.describe, *coupled):
        view = VIEWS.get(part.shape)
        if part.shape in OPENING and view is not None and view.sentences:
            yield from ((words, part.name) for words in view.sentences(part, ctx))
