"""What a reader of one treated region must know before believing it, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.synthetic.design import Design
from ccd.estimate.synthetic.fitted import Fitted, Paths
from ccd.estimate.synthetic.placebos import Placebos, Ranked, Ratio, outside
from ccd.estimate.synthetic.plan import Plan
from ccd.results import Estimate
from ccd.words import Figure, Name, P, Text, names, text

#: Fewer years before the date, or donors, than these are said.
YEARS, ENOUGH = 8, 19
#: One weight above this is said.
ALONE = 0.8


def made(plan: Plan, found: Ranked, ratio: Ratio, count: int) -> Iterator[Text]:
    """Yield how the headline p and interval are made, and what the other p-values are."""
    least = Figure(1 / (count + 1), 3)
    yield text(
        "p-value and interval of {policy}: rank among {count} placebo regions (no p below {least}); by the normal p "
        "{normal}",
        policy=Name(plan.asked.policy),
        count=count,
        least=least,
        normal=P(found.p_normal),
    )
    if np.isnan(ratio.treated):
        yield text("The fit before the date is exact, so the ratio of RMSPE after to before does not exist")
    if count < ENOUGH:
        yield few_donors(count, found.level)


def few_donors(count: int, level: float) -> Text:
    """Return the warning that no interval at 95 % exists."""
    return text(
        "{count} placebo regions are fewer than {enough}: intervals are at {level} %, not 95 %",
        count=count,
        enough=ENOUGH,
        level=Figure(100 * level, 1),
    )


def widest(details: Mapping[str, object]) -> tuple[Text, ...]:
    """Return the same warning from the details of an estimate, for a table whose heads say 95 %."""
    count, level = details.get("placebos"), details.get("interval_level")
    if not isinstance(count, int) or not isinstance(level, float) or count >= ENOUGH:
        return ()
    return (few_donors(count, level),)


def warnings(
    plan: Plan, design: Design, paths: Paths, fit: Fitted, placebos: Placebos | None
) -> Iterator[Text]:
    """Yield what weakens the estimate: few years, one donor alone, a treated region beyond its donors."""
    if paths.before < YEARS:
        yield text(
            "{before} {before:year|years} before {date}, fewer than {enough}: weights may follow noise",
            before=paths.before,
            date=design.groups[0].date,
            enough=YEARS,
        )
    if plan.estimator in ("sc", "difp") and placebos is not None:
        far, beyond = outside(paths, fit.pre_rmspe, placebos.pre)
        if far:
            yield text(
                "{region} lies outside what its donors can make (beyond their range in {beyond} of {before} years "
                "before; RMSPE before {own}, placebos' median {median}): read the conformal interval, not the rank",
                region=names(design.members[0]),
                beyond=beyond,
                before=paths.before,
                own=Figure(fit.pre_rmspe),
                median=Figure(float(np.median(placebos.pre))),
            )
    largest = int(np.argmax(fit.weights))
    if fit.weights[largest] > ALONE:
        yield text(
            "{region} alone has weight {weight}: the synthetic is little more than that region",
            region=Name(design.names[largest]),
            weight=Figure(float(fit.weights[largest]), 2),
        )


def bounds(outcome: str, design: Design) -> Iterator[Text]:
    """Yield a warning where an outcome of coupling lies at 0 or 1, where it cannot move further."""
    values: Sequence[FloatArray] = (design.donors, *(group.treated for group in design.groups))
    count = sum(int(np.sum((one <= 1e-9) | (one >= 1 - 1e-9))) for one in values)
    if count:
        yield text(
            "{outcome} is at a bound (0 or 1) in {count} {count:region-year|region-years}, where no policy could move "
            "it further",
            outcome=Name(outcome),
            count=count,
        )


def no_conformal(level: float, before: int) -> Text:
    """Return why intervals by year are missing."""
    return text(
        "No conformal interval at {level} %: {before} {before:year|years} before the date allow at most {possible} %",
        level=Figure(100 * level, 1),
        before=before,
        possible=Figure(100 * before / (before + 1), 1),
    )


def compared(estimates: Sequence[Estimate]) -> tuple[Text, ...]:
    """Return what a table of estimators must say: that they differ in sign, and at which level its intervals are."""
    signs = {float(np.sign(one.leading.estimate)) for one in estimates} - {0.0}
    said = (text("The estimators differ in sign"),) if len(signs) > 1 else ()
    return (*said, *dict.fromkeys(note for one in estimates for note in widest(one.details)))
