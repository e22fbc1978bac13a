"""What stands beside a model's code: ccd's own numbers, how its errors are made, and what is not repeated."""

from __future__ import annotations

from collections.abc import Iterator
from math import isinf

from ccd.estimate.model import ModelSpec
from ccd.report.style import Style
from ccd.results import Estimate
from ccd.words import Labeller, Language, Text, text

#: Keys that ask for tables beside the effect; a script repeats the effect alone.
ASIDE = (
    "placebo",
    "permutation",
    "leave_out",
    "heterogeneity",
    "compare",
    "carry",
    "lags",
    "sensitivity",
    "mechanism",
    "moderator",
    "window",
    "wild",
    "bootstrap",
    "in_time",
)


def numbers(estimate: Estimate, style: Style, language: Language, label: Labeller) -> Iterator[str]:
    """Yield a line for each term of the model, its errors and its size, with the digits of the tables."""
    for row in estimate.terms.rows():
        yield text(
            "ccd: {term} = {estimate} ({std_error}), p {p}",
            term=row.term.words,
            estimate=style.number(row.estimate),
            std_error=style.number(row.std_error),
            p=style.p_value(row.p_value),
        ).render(language, label)
    size = estimate.sample
    yield text(
        "ccd: n = {n}, regions {entities}, years {times} ({first}-{last})",
        n=size.nobs,
        entities=size.entities,
        times=size.times,
        first=size.first_year,
        last=size.last_year,
    ).render(language, label)
    kind = text(
        "ccd: errors {kind}, clusters {clusters}, inference {inference}",
        kind=estimate.vcov,
        clusters=estimate.clusters or "-",
        inference=text("normal") if estimate.df is None or isinf(estimate.df) else f"t({estimate.df:g})",
    )
    yield kind.render(language, label)


def aside(model: ModelSpec, written: str) -> Text | None:
    """Return which keys of a model ask for more than the ``written`` code repeats; None: none do."""
    keys = tuple(
        key for key in ASIDE if getattr(model, key, None) and not (key == "wild" and "boottest" in written)
    )
    return text("Not repeated here, keys {keys}", keys=keys) if keys else None
