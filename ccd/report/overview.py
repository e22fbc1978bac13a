"""The opening of the page: what was asked, and what was found, in sentences with numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import Estimate, Part, Results
from ccd.words import Name, Text, names, text

#: Shapes whose sentences open the page.
OPENING = ("by_year", "changes", "ranking")
#: Of a model with regimes the page opens with these instead of one term.
REGIMES = ("threshold_tests", "regime_slopes")
#: Up to this many models the page opens with their pre-trends too.
FEW = 4


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


def found(results: Results, ctx: Context) -> Iterable[Text]:
    """Yield the sentences of the parts that carry the findings, in the order of the page."""
    coupled = () if results.coupling is None else results.coupling.parts
    for part in (*results.describe, *coupled):
        if part.shape in OPENING:
            yield from _sentences(part, ctx)
    few = len(results.estimates) <= FEW
    for name, estimate in results.estimates.items():
        yield from _headline(name, estimate, ctx.of(estimate, name), few=few)
    yield from (failure.note for name, failure in results.failures.items() if failure.room == name)


def _headline(name: str, estimate: Estimate, ctx: Context, *, few: bool) -> Iterable[Text]:
    """Yield what a model found: by regime for a threshold, else its headline term and, of few models, pre-trends."""
    parts = (Part(estimate.terms), *estimate.parts)
    regimes = any(part.shape == "regime_slopes" for part in parts)
    shapes = REGIMES if regimes else ("terms", "event_study") if few else ("terms",)
    for part in parts:
        if part.shape in shapes:
            for sentence in list(_sentences(part, ctx))[:1]:
                named = part.shape == "terms"  # these name their model themselves
                yield (
                    sentence
                    if named
                    else text("Model {model}: {finding}", model=Name(name), finding=sentence)
                )


def _sentences(part: Part[Any], ctx: Context) -> Iterable[Text]:
    view = VIEWS.get(part.shape)
    return view.sentences(part, ctx) if view is not None and view.sentences else ()
