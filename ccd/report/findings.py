"""What was found, in sentences: the effect, its verdict and what speaks against it in one breath, ranked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce

from ccd.report.views import VIEWS
from ccd.report.views.base import Context
from ccd.results import (
    Alike,
    Conclusion,
    Estimate,
    Leads,
    Loop,
    Part,
    Results,
    TermRow,
    ThresholdTests,
    Value,
)
from ccd.words import Figure, Name, P, Text, names, text

#: Of a model with thresholds the findings are these parts' first sentences.
REGIMES = ("threshold_tests", "regime_slopes")


def findings(results: Results, ctx: Context) -> Iterable[tuple[str, Text]]:
    """Yield (block, sentence): what the models found by rank, the failures last, each with what shows it.

    What holds of a policy whatever the model (its cohorts, the regions behind its leads) is said once.
    """
    tables = {name: table.name for table in reversed(results.tables) for name in table.models}
    said: set[object] = set()
    for conclusion in results.conclusions:
        name = conclusion.model
        estimate = results.estimates[name]
        once = _unsaid(conclusion, estimate, said)
        for block, sentence in told(once, estimate, ctx.of(estimate, name)):
            yield f"{name}_{block}" if block == "event_study" else tables.get(name, f"{name}_terms"), sentence
    for name, failure in results.failures.items():
        if failure.room == name:
            yield tables.get(name, ""), failure.note


def _unsaid(found: Conclusion, estimate: Estimate, said: set[object]) -> Conclusion:
    """Return the conclusion without what was ``said``, and add to that what it says."""
    told_of = found.caveats
    tests = estimate.value(ThresholdTests)
    if tests is not None and not _split(tests):  # no effect is told that such a caveat could weaken
        told_of = tuple(one for one in told_of if one.kind == "bootstrap")
    policy = str(estimate.headline.name)
    kept = tuple(one for one in told_of if one.kind != "cohort" or (policy, one) not in said)
    said |= {(policy, one) for one in kept if one.kind == "cohort"}
    leads = found.leads
    if leads is not None and leads.test.p_value is not None:
        behind = policy, leads.behind
        leads = replace(leads, behind=() if behind in said else leads.behind)
        said.add(behind)
    return replace(found, caveats=kept, leads=leads)


def told(found: Conclusion, estimate: Estimate, ctx: Context) -> Iterable[tuple[str, Text]]:
    """Yield (block, sentence): what one model found, its leads, its other terms, and the models of the same effect."""
    regimes = list(_regimes(estimate, ctx))
    if regimes:
        for sentence in regimes:
            yield "terms", text("{model}: {finding}", model=Name(found.model), finding=sentence)
        if found.caveats:
            yield "terms", text("Its own checks say: {caveats}.", caveats=listed(found))
    else:
        yield "terms", effect(found, estimate)
    if found.leads is not None:
        yield "event_study", before(found.leads)
    for row in found.beside if not regimes else ():
        yield "terms", other(row, estimate)
    if found.alike is not None:
        yield "terms", alike(found.alike)


def other(row: TermRow, estimate: Estimate) -> Text:
    """Return another term that differs from zero, and where the headline's p is a permutation's whether its own is."""
    values = {"term": row.term.words, **_numbers(row)}
    place = estimate.terms.place(row.term.name)
    analytic = estimate.terms.p_analytic
    if (
        estimate.headline_p == "permutation"
        and analytic is not None
        and place is not None
        and analytic[place] == row.p_value
    ):
        return text(
            "Beside it {term} has a significant effect of {estimate} (95% interval {low} to {high}, p {p}, not by "
            "permutation).",
            **values,
        )
    return text(
        "Beside it {term} has a significant effect of {estimate} (95% interval {low} to {high}, p {p}).",
        **values,
    )


def effect(found: Conclusion, estimate: Estimate) -> Text:
    """Return the effect with its interval and p-value, its verdict, and what the model's checks say against it."""
    row = found.row
    values = {
        "model": Name(found.model),
        "term": row.term.words,
        "outcome": Name(estimate.outcome),
        "nobs": estimate.nobs,
        "entities": estimate.entities,
        "verdict": against(found, verdict(found, estimate)),
        **_numbers(row),
    }
    if estimate.headline_p == "permutation":
        return text(
            "{model}: the estimated effect of {term} on {outcome} is {estimate} (95% interval {low} to {high}, "
            "permutation p {p}, {nobs} observations of {entities} regions): {verdict}.",
            **values,
        )
    if estimate.headline_p == "rank":
        return text(
            "{model}: the estimated effect of {term} on {outcome} is {estimate} ({level}% interval {low} to {high} and "
            "p {p} by rank among placebos, {nobs} observations of {entities} regions): {verdict}.",
            level=f"{100 * row.level:.3g}",
            **values,
        )
    return text(
        "{model}: the estimated effect of {term} on {outcome} is {estimate} (95% interval {low} to {high}, p {p}, "
        "{nobs} observations of {entities} regions): {verdict}.",
        **values,
    )


def against(found: Conclusion, said: Text) -> Text:
    """Return the verdict with the caveats in the same breath."""
    if not found.caveats:
        return said
    if found.verdict not in ("above", "below"):  # nothing was claimed that they could speak against
        return text("{first}; {second}", first=said, second=listed(found))
    return text("{verdict}; but {caveats}", verdict=said, caveats=listed(found))


def listed(found: Conclusion) -> Text:
    """Return the caveats as clauses, one after the other."""
    first, *rest = (caveat.words for caveat in found.caveats)
    return reduce(lambda said, one: text("{first}; {second}", first=said, second=one), rest, first)


#: What interval and p-value say together, but for what an insignificant effect excludes.
VERDICTS: Mapping[str, Text] = {
    "above": text("positive and significant at 5%"),
    "below": text("negative and significant at 5%"),
    "zero": text("not significant"),
    "apart": text("undecided"),
    "open": text("no interval can be given"),
}


def verdict(found: Conclusion, estimate: Estimate) -> Text:
    """Return in words what interval and p-value say; where they do not leave out zero, what they do exclude."""
    held = found.excluded
    if held is None:
        return VERDICTS[found.verdict]
    values = {"low": Figure(held.low), "high": Figure(held.high), "outcome": Name(estimate.outcome)}
    if math.isnan(held.high_share):
        return text("not significant; effects above {high} or below {low} are rejected", **values)
    return text(
        "not significant; effects above {high} ({share}% of mean {outcome}) or below {low} are rejected",
        share=Figure(100 * held.high_share, 0 if held.high_share >= 0.02 else 1),
        **values,
    )


def before(leads: Leads) -> Text:
    """Return the joint test of the leads, with the treated regions behind each."""
    test = leads.test
    behind = tuple(text("{event}: {count}", event=event, count=count) for event, count in leads.behind)
    if test.statistic is None or test.p_value is None:
        return text(
            "The {count} coefficients before treatment (treated regions behind each: {behind}) cannot be tested "
            "jointly: their covariance is singular.",
            count=test.q,
            behind=behind,
        )
    values = {
        "verdict": text("rejected at 5%") if test.p_value <= 0.05 else text("not rejected at 5%"),
        "f": Figure(test.statistic, 2),
        "p": P(test.p_value),
    }
    if not behind:
        return text("Before treatment joint nullity of the leads is {verdict} (F = {f}, p {p}).", **values)
    return text(
        "Before treatment joint nullity of the leads is {verdict} (F = {f}, p {p}; treated regions behind each event "
        "time: {behind}).",
        **values,
        behind=behind,
    )


def alike(found: Alike) -> Text:
    """Return how far the other models of the same effect agree."""
    spread = found.spread
    values = {
        "models": names(found.models),
        "count": len(found.models),
        "lowest": Figure(spread.lowest),
        "highest": Figure(spread.highest),
        "low": spread.lowest_label,
        "high": spread.highest_label,
        "away": spread.away_from_zero,
        "from_": Figure(found.rows[0].conf_low),
        "to": Figure(found.rows[0].conf_high),
    }
    if len(found.models) == 1:
        said = text(
            "Model {models} puts the same effect at {lowest} ({level}% interval {from_} to {to})",
            level=f"{100 * found.rows[0].level:.3g}",
            **values,
        )
    elif not spread.away_from_zero:
        said = text(
            "{count} other models put the same effect between {lowest} ({low}) and {highest} ({high}); every interval "
            "holds zero",
            **values,
        )
    else:
        said = text(
            "{count} other models put the same effect between {lowest} ({low}) and {highest} ({high}); in {away} of "
            "them the interval leaves out zero",
            **values,
        )
    if found.rejected:
        return text(
            "{said}; the leads of {models} differ from zero.", said=said, models=names(found.rejected)
        )
    return text("{said}.", said=said)


def _numbers(row: TermRow) -> dict[str, object]:
    return {
        "estimate": Figure(row.estimate),
        "low": Figure(row.conf_low),
        "high": Figure(row.conf_high),
        "p": P(row.p_value),
    }


def _regimes(estimate: Estimate, ctx: Context) -> Iterable[Text]:
    """Yield what a loop found; of a threshold model the first sentence of the test and of the slopes by regime."""
    if estimate.value(Loop) is not None:  # no effect, but a ring of them
        yield from (said for part in estimate.parts if part.shape == "loop" for said in _sentences(part, ctx))
        return
    if not any(part.shape == "regime_slopes" for part in estimate.parts):
        return
    tests = estimate.value(ThresholdTests)
    found = tests is not None and _split(tests)
    for shape in (
        REGIMES if found else REGIMES[:1]
    ):  # slopes about a threshold that no test finds stay in their table
        for part in estimate.parts:
            if part.shape == shape:
                yield from list(_sentences(part, ctx))[:1]


def _split(tests: ThresholdTests) -> bool:
    """Tell whether the first test finds a threshold."""
    return len(tests.headline_p) > 0 and bool(tests.headline_p[0] <= tests.level)


def _sentences(part: Part[Value], ctx: Context) -> Iterable[Text]:
    view = VIEWS.get(part.shape)
    return view.sentences(part, ctx) if view is not None and view.sentences else ()
