"""What a model's own checks say against its effect: one function a kind of caveat, the gravest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ccd.results import (
    LEVEL,
    Balance,
    Caveat,
    Comparison,
    Estimate,
    EventStudy,
    FirstStage,
    Part,
    ThresholdTests,
    verdict_of,
)
from ccd.words import Figure, Name, P, Text, text

#: A first stage with a smaller F is weak (Staiger & Stock 1997).
WEAK = 10.0
#: A lead or a cohort with fewer regions behind it is said to have few.
FEW = 5
#: More than this share of the robustness checks with another sign is most of them.
MOST = 0.5
#: Below so many effective controls (1 / sum of squared weights) a comparison rests on very few.
CONTROLS = 10.0

Compared = Sequence[Comparison]


def leads(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield that the leads differ from zero, or trend clearly, and on how few regions that rests."""
    study = estimate.value(EventStudy)
    test = None if study is None else study.pretrend
    if study is None or test is None:
        return
    if test.p_value is not None and test.p_value <= LEVEL:
        yield Caveat("leads", _rejected(study, test.p_value))
    elif test.trend is not None and test.trend_p is not None and test.trend_p <= LEVEL:
        words = text("the leads trend by {trend} a year (p {p})", trend=Figure(test.trend), p=P(test.trend_p))
        yield Caveat("trend", words)


def _rejected(study: EventStudy, p: float) -> Text:
    """Return that joint nullity is rejected, with the lead behind it where few regions stand behind that."""
    test = study.pretrend
    if test is None or test.first is None or test.last is None or study.behind is None:
        return text("the leads differ jointly from zero (p {p})", p=P(p))
    tested = (study.event_time >= test.first) & (study.event_time <= test.last)
    size = np.abs(np.where(tested, study.estimate / study.std_error, np.nan))
    if not np.isfinite(size).any():
        return text("the leads differ jointly from zero (p {p})", p=P(p))
    largest = int(np.nanargmax(size))
    if study.behind[largest] >= FEW:
        return text("the leads differ jointly from zero (p {p})", p=P(p))
    return text(
        "the leads differ jointly from zero (p {p}), the largest of them (event time {event}) resting on {count} "
        "{count:region|regions}",
        p=P(p),
        event=int(study.event_time[largest]),
        count=int(study.behind[largest]),
    )


def sign(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield that the sign turns under region trends, or in most robustness checks."""
    own = np.sign(estimate.leading.estimate)
    turned, checks = 0, 0
    for one in compared:
        same = np.ones(len(one.estimate), dtype=bool) if one.same is None else one.same
        known = same & np.isfinite(one.estimate)
        known[0] = False  # the model itself
        other = known & (np.sign(one.estimate) != own)
        if one.trends is not None and (other & one.trends).any():
            value = float(one.estimate[other & one.trends][0])
            yield Caveat("sign", text("with region trends it is {value}", value=Figure(value)))
        turned, checks = turned + int(other.sum()), checks + int(known.sum())
    if checks and turned > MOST * checks:
        words = text("its sign turns in {turned} of {checks} robustness checks", turned=turned, checks=checks)
        yield Caveat("sign", words)


def instrument(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield that a first stage is weak."""
    stage = estimate.value(FirstStage)
    for column, f in () if stage is None else stage.f.items():
        if f < WEAK:
            words = text(
                "the instruments of {column} are weak (first-stage F {f}, below {weak})",
                column=Name(column),
                f=Figure(f, 2),
                weak=int(WEAK),
            )
            yield Caveat("instrument", words)


def support(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield which treated units found no match, what stays out of balance, and how few controls lend."""
    balance = estimate.value(Balance)
    if balance is None:
        return
    if balance.treated_matched < balance.treated:
        words = text(
            "{count} of {treated} treated units found no match",
            count=balance.treated - balance.treated_matched,
            treated=balance.treated,
        )
        yield Caveat("support", words)
    if balance.over:
        words = text(
            "{columns} {count:stays|stay} out of balance", columns=balance.over, count=len(balance.over)
        )
        yield Caveat("support", words)
    if balance.effective_controls < CONTROLS:
        words = text(
            "the controls weigh as {count} would, equally weighted",
            count=Figure(balance.effective_controls, 1),
        )
        yield Caveat("support", words)


def bootstraps(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield that two ways to the same p-value disagree at 5 %: wild and leading, wild and block."""
    leading, wild = estimate.leading.p_value, estimate.p_values.get("wild")
    if wild is not None and (wild <= LEVEL) != (leading <= LEVEL):
        yield Caveat("bootstrap", text("the wild bootstrap disagrees (p {p})", p=P(wild)))
    permuted = estimate.p_values.get("permutation")
    if (
        permuted is not None
        and estimate.headline_p != "permutation"
        and (permuted <= LEVEL) != (leading <= LEVEL)
    ):
        yield Caveat("bootstrap", text("the permutation disagrees (p {p})", p=P(permuted)))
    tests = estimate.value(ThresholdTests)
    if tests is not None and len(tests.p_wild):
        of_wild, block = float(tests.p_wild[0]), float(tests.p_block[0])
        if np.isfinite([of_wild, block]).all() and (of_wild <= tests.level) != (block <= tests.level):
            words = text(
                "wild and block bootstrap disagree (p {wild} and p {block})", wild=P(of_wild), block=P(block)
            )
            yield Caveat("bootstrap", words)


def apart(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield that p-value and interval, made in two ways, disagree."""
    row = estimate.leading
    if verdict_of(row.p_value, row.conf_low, row.conf_high) == "apart":
        words = text("p-value and interval, made in two ways, do not agree, so little can be said")
        yield Caveat("apart", words)


def cohorts(estimate: Estimate, compared: Compared) -> Iterator[Caveat]:
    """Yield that cohorts have a single region, whose own effect nothing separates from its luck."""
    sizes = estimate.sample.cohorts or {}
    alone = [year for year, count in sizes.items() if count == 1]
    if alone:
        words = (
            text("the cohort of {year} is a single region", year=alone[0])
            if len(alone) == 1
            else text("the cohorts of {years} are single regions", years=tuple(alone))
        )
        yield Caveat("cohort", words)


#: Every kind of caveat, the gravest first.
CAVEATS: tuple[Callable[[Estimate, Compared], Iterator[Caveat]], ...] = (
    sign,
    leads,
    instrument,
    apart,
    bootstraps,
    support,
    cohorts,
)


def caveats(estimate: Estimate, parts: Sequence[Part[Comparison]] = ()) -> tuple[Caveat, ...]:
    """Return what speaks against the effect of a model, the gravest first; ``parts`` are its robustness tables."""
    compared = [part.value for part in parts]
    found = [caveat for one in CAVEATS for caveat in one(estimate, compared)]
    return (*found, *estimate.caveats)
