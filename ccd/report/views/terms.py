"""Shape ``terms``: every coefficient of one model."""

from __future__ import annotations

from collections.abc import Sequence

from ccd.report.table import Table
from ccd.report.views.base import Column, Context, View, tabulate
from ccd.results import Part, Terms
from ccd.words import Name, Text, text

#: What a 95 % interval leaves outside.
INTERVAL = 0.05


def table(part: Part[Terms], ctx: Context) -> Table:
    """Return term, estimate with stars, standard error, statistic, p-value and interval."""
    terms = part.value
    columns = (
        Column(text("Term"), [term.words for term in terms.term]),
        Column(text("Estimate"), terms.estimate, "estimate"),
        Column(text("Std. error"), terms.std_error, "number"),
        Column(text("Statistic"), terms.statistic, "number", 2),
        Column(text("p-value"), terms.p_value, "p"),
        Column(text("95% low"), terms.conf_low, "number"),
        Column(text("95% high"), terms.conf_high, "number"),
    )
    title = text("Estimates of model {model}", model=Name(ctx.model or part.name))
    if part.name == "coefficients":
        title = text("Coefficients of model {model}", model=Name(ctx.model))
    return tabulate(part.name, title, columns, part.notes, p_value=terms.p_value)


def sentences(part: Part[Terms], ctx: Context) -> Sequence[Text]:
    """Return what the headline estimate is, with its interval and p-value."""
    estimate = ctx.estimate
    if estimate is None or part.value is not estimate.terms:
        return ()  # the coefficients behind a model's effects have no headline
    row = estimate.leading
    values = {
        "model": Name(ctx.model),
        "term": estimate.headline.words,
        "outcome": Name(estimate.outcome),
        "estimate": ctx.number(row.estimate),
        "low": ctx.number(row.conf_low),
        "high": ctx.number(row.conf_high),
        "p": ctx.p_value(row.p_value),
        "verdict": verdict(row.conf_low, row.conf_high, row.p_value),
        "nobs": str(estimate.nobs),
        "entities": str(estimate.entities),
    }
    if estimate.headline_p == "permutation":
        return (
            text(
                "Model {model}: the estimated effect of {term} on {outcome} is {estimate} (95% interval {low} "
                "to {high}, permutation p {p}, {nobs} observations of {entities} regions): {verdict}.",
                **values,
            ),
        )
    return (
        text(
            "Model {model}: the estimated effect of {term} on {outcome} is {estimate} "
            "(95% interval {low} to {high}, p {p}, {nobs} observations of {entities} regions): {verdict}.",
            **values,
        ),
    )


def verdict(low: float, high: float, p_value: float) -> Text:
    """Return in words where a 95 % interval lies, and whether the p-value, made another way, agrees."""
    if not low <= high:
        return text("no interval can be given")
    holds = low <= 0 <= high
    if holds == (p_value < INTERVAL):
        return text("the interval and the p-value, made in two ways, do not agree, so little can be said")
    if holds:
        return text("the interval holds zero, so these data cannot tell it from none")
    return text("the interval lies above zero") if low > 0 else text("the interval lies below zero")


VIEW = View(table=table, sentences=sentences)
