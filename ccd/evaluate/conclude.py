"""What the models of a study found, ranked: the main effect first, then what differs from zero, then the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccd.estimate.did.side_by_side import spread_of
from ccd.evaluate.caveats import caveats
from ccd.results import (
    Alike,
    Comparison,
    Conclusion,
    Estimate,
    EventStudy,
    Excluded,
    Leads,
    Part,
    Results,
    TermRow,
    ThresholdTests,
    Value,
    agreed,
    verdict_of,
)
from ccd.words import Name, Text

#: A mean of less than this share of the outcome's spread is no measure of size.
SMALL = 0.1
#: Verdicts by what they say, the most first.
ORDER = {"above": 0, "below": 0, "zero": 1, "apart": 2, "open": 3}


def conclude(results: Results) -> tuple[Conclusion, ...]:
    """Return the conclusions of a study, one for each effect, in the order of their rank.

    Models of one effect (kind, outcome and term) are said together, led by the main one among them.
    """
    main = main_model(results)
    groups: dict[tuple[str, str, str, str], list[str]] = {}
    for name, one in results.estimates.items():
        alone = name if one.value(ThresholdTests) is not None else ""  # each splits another way
        groups.setdefault((one.kind, one.outcome, str(one.headline), alone), []).append(name)
    compared = _compared(results.comparisons)
    found = []
    for members in groups.values():
        lead = main if main in members else _fullest(members, results.estimates)
        others = [name for name in members if name != lead]
        found.append(_conclusion(lead, results.estimates, others, compared.get(lead, ())))
    return tuple(sorted(found, key=lambda one: (one.model != main, ORDER[one.verdict], len(one.caveats))))


def main_model(results: Results) -> str:
    """Return the model that a study is about.

    The one it varies in its robustness checks; without such, of its first table the one with the most controls.
    """
    varied = [model for model in _compared(results.comparisons) if model in results.estimates]
    if varied:
        return varied[0]
    listed = (
        [name for name in results.tables[0].models if name in results.estimates] if results.tables else []
    )
    return _fullest(listed or list(results.estimates), results.estimates)


def _fullest(names: Sequence[str], estimates: Mapping[str, Estimate]) -> str:
    return max(names, key=lambda name: len(estimates[name].controls), default="")


def _compared(parts: Sequence[Part[Value]]) -> dict[str, list[Part[Comparison]]]:
    """Return model -> its robustness tables."""
    found: dict[str, list[Part[Comparison]]] = {}
    for part in parts:
        value = part.value
        if isinstance(value, Comparison) and value.about and "model" in value.about:
            found.setdefault(str(value.about["model"]), []).append(Part(value, part.name, part.notes))
    return found


def _conclusion(
    name: str, estimates: Mapping[str, Estimate], others: Sequence[str], parts: Sequence[Part[Comparison]]
) -> Conclusion:
    estimate = estimates[name]
    row = estimate.leading
    verdict = verdict_of(row.p_value, row.conf_low, row.conf_high)
    return Conclusion(
        model=name,
        row=row,
        verdict=verdict,
        excluded=_excluded(estimate) if verdict == "zero" else None,
        leads=_leads(estimate),
        caveats=caveats(estimate, parts),
        beside=_beside(estimate),
        alike=_alike(others, estimates),
    )


def _excluded(estimate: Estimate) -> Excluded:
    row, size = estimate.leading, estimate.sample
    mean = abs(size.outcome_mean)
    known = mean > SMALL * size.outcome_std
    low, high = (abs(end) / mean if known else float("nan") for end in (row.conf_low, row.conf_high))
    return Excluded(row.conf_low, row.conf_high, low, high)


def _leads(estimate: Estimate) -> Leads | None:
    study = estimate.value(EventStudy)
    test = None if study is None else study.pretrend
    if study is None or test is None or test.first is None or test.last is None:
        return None
    if study.behind is None:
        return Leads(test, ())
    pairs = zip(study.event_time.tolist(), study.behind.tolist(), strict=True)
    return Leads(test, tuple((e, n) for e, n in pairs if test.first <= e <= test.last and n))


def _beside(estimate: Estimate) -> tuple[TermRow, ...]:
    """Return the other terms of interest that differ from zero at 5 %."""
    terms = estimate.terms
    p = agreed(terms.p_value, terms.conf_low, terms.conf_high)
    held = {estimate.headline.name, *estimate.controls}
    return tuple(
        row for row, own in zip(terms.rows(), p, strict=True) if own <= 0.05 and row.term.name not in held
    )


def _alike(names: Sequence[str], estimates: Mapping[str, Estimate]) -> Alike | None:
    if not names:
        return None
    rows = [estimates[name].leading for name in names]
    labels: list[Text | Name | str] = [Name(name) for name in names]
    columns = (np.array([getattr(row, key) for row in rows]) for key in ("estimate", "conf_low", "conf_high"))
    spread = spread_of(labels, *columns)
    if spread is None:
        return None
    tests = ((name, _leads(estimates[name])) for name in names)
    rejected = (
        n for n, leads in tests if leads and leads.test.p_value is not None and leads.test.p_value <= 0.05
    )
    return Alike(tuple(names), tuple(rows), spread, tuple(rejected))
