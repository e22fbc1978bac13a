"""Were regions that take up a policy on the path of the others before any policy began? Leads of each policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.estimate.linear.pretrend import pretrend
from ccd.estimate.linear.resample import permuted
from ccd.estimate.linear.studentised import LEAST
from ccd.estimate.rows.deals import by_data
from ccd.estimate.rows.event_study import behind, event_study, event_times
from ccd.estimate.rows.influence import influence_vcov, whole_clusters
from ccd.estimate.rows.leads import Leads, leads
from ccd.estimate.rows.led_study import followed_study
from ccd.estimate.rows.sample import Sample
from ccd.estimate.synergy.states import States
from ccd.results import LEVEL, Caveat, Estimate, EventStudy, Part, PreTrend
from ccd.streams import Stream, fingerprint
from ccd.words import Figure, Name, P, Text, text

#: The last event time that is tested as a lead; the one after it is the base.
LAST = -2
#: Deals of the start years behind the leads: each is a fit a policy.
DEALS = 499


class Before(NamedTuple):
    """What the leads of the policies add to an estimate."""

    parts: tuple[Part[EventStudy], ...] = ()
    details: Mapping[str, object] = {}
    p_values: Mapping[str, float] = {}
    caveats: tuple[Caveat, ...] = ()
    notes: tuple[Text, ...] = ()

    def beside(self, estimate: Estimate) -> Estimate:
        """Return the estimate with the leads of its policies after its own parts."""
        return replace(
            estimate,
            parts=(*estimate.parts, *self.parts),
            details={**estimate.details, **self.details},
            p_values={**estimate.p_values, **self.p_values},
            caveats=(*self.caveats, *estimate.caveats),
            notes=(*estimate.notes, *self.notes),
        )


def before(
    sample: Sample, states: States, window: tuple[int, int] | None, draws: int, stream: Stream
) -> Before:
    """Return the leads of each policy on region-years under none, and the joint test of each.

    Each policy has a regression of its own: y on region and year effects, controls and a dummy for every year
    before it began but the last (Borusyak, Jaravel & Spiess 2024). With ``draws`` the joint start years are dealt
    anew to the regions, and p-values and intervals are those of the studentised permutation. A ``window`` that
    begins before 0 is how far the leads go back.
    """
    groups = whole_clusters(sample)
    if groups is None:
        return Before(notes=(text("No leads of the policies: a region changes its cluster over the years"),))
    first = window[0] if window is not None and window[0] < 0 else None
    deals = dealt(sample, states.start, draws, stream)
    parts, notes = [], []
    for p, policy in enumerate(states.policies):
        found = led(sample, states.start, p, groups, first, deals)
        if found is None:
            notes.append(
                text(
                    "No leads of {policy}: no region is seen two years before it under no policy",
                    policy=Name(policy),
                )
            )
            continue
        title = text("Leads of {policy}, on region-years under no policy", policy=Name(policy))
        parts.append(Part(replace(found.value, title=title), f"leads_{policy}", found.notes))
    tests = {part.name.removeprefix("leads_"): part.value.pretrend for part in parts}
    told = {policy: test for policy, test in tests.items() if test is not None}
    return Before(
        tuple(parts),
        {"pretrend": {policy: test.facts() for policy, test in told.items()}},
        {f"pretrend {policy}": test.p_value for policy, test in told.items() if test.p_value is not None},
        tuple(one for policy, test in told.items() for one in against(policy, test)),
        tuple(notes),
    )


def led(
    sample: Sample,
    start: FloatArray,
    p: int,
    groups: Sequence[IntArray],
    first: int | None,
    deals: Sequence[FloatArray],
) -> Part[EventStudy] | None:
    """Return the leads of policy ``p`` from ``first`` on with their joint test, led by ``deals``; None without leads.

    ``start`` and each deal (N, P) are first treated years, nan = never.
    """
    dated, untreated = under(sample, start, p)
    event = event_times(dated)
    found = leads(dated, event, untreated)
    inside = np.array([first is None or e >= first for e in found.shown], dtype=bool)
    times = np.array(found.shown, dtype=np.intp)[inside]
    if not len(times):
        return None
    beta, matrix = found.beta[inside], influence_vcov(found.psi[:, inside], groups)
    apart = np.where(np.isfinite(event), event, 0.0)
    moved = leads(replace(dated, y=apart), event, untreated).beta[inside]
    study, _ = event_study(times.tolist(), beta, matrix, np.inf, base=found.base)
    test = pretrend(times.astype(float), beta, matrix, np.inf, LAST, moved)
    seen = dated.rows(untreated)
    part = Part(replace(study.value, pretrend=test, behind=behind(seen, study.value.event_time, None)))
    if len(deals) < LEAST:
        return part
    drawn = [_aligned(sample, deal, p, groups, times) for deal in deals]
    return followed_study(part, times, np.array([b for b, _ in drawn]), np.array([m for _, m in drawn]))


def under(sample: Sample, start: FloatArray, p: int) -> tuple[Sample, BoolArray]:
    """Return the sample with the cohorts of policy ``p``, and which rows (n,) are under no policy."""
    own = start[sample.entity]
    begun = np.asarray((sample.years[:, None] >= own).any(axis=1), dtype=bool)
    return replace(sample, cohort=own[:, p]), ~begun


def _aligned(
    sample: Sample, start: FloatArray, p: int, groups: Sequence[IntArray], times: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the leads (k,) at ``times`` under other start years and their covariance (k, k), nan where not found."""
    dated, untreated = under(sample, start, p)
    found: Leads = leads(dated, event_times(dated), untreated)
    beta, matrix = np.full(len(times), np.nan), np.full((len(times), len(times)), np.nan)
    _, here, there = np.intersect1d(times, found.shown, return_indices=True)
    beta[here] = found.beta[there]
    matrix[here[:, None], here] = influence_vcov(found.psi[:, there], groups)
    return beta, matrix


def dealt(sample: Sample, start: FloatArray, draws: int, stream: Stream) -> list[FloatArray]:
    """Return ``draws`` deals (N, P) of the joint start years ``start`` over the regions.

    They follow from the seed, the start years and the data, so that two models of one sample have the same deals.
    """
    if draws < LEAST:
        return []
    order = by_data(sample)
    known = start[np.lexsort(start.T[::-1])]
    rng = stream.shared()(f"leads {fingerprint(known.tolist(), sample.panel.times)}")
    deals = np.empty((draws, *start.shape))
    deals[:, order] = known[permuted(np.arange(len(order)), draws, rng)]
    return list(deals)


def against(policy: str, test: PreTrend) -> Iterator[Caveat]:
    """Yield that the leads of a policy differ from zero, or trend clearly."""
    if test.p_value is not None and test.p_value <= LEVEL:
        words = text(
            "the leads of {policy} differ jointly from zero (p {p})", policy=Name(policy), p=P(test.p_value)
        )
        yield Caveat("leads", words)
    elif test.trend is not None and test.trend_p is not None and test.trend_p <= LEVEL:
        words = text(
            "the leads of {policy} trend by {trend} a year (p {p})",
            policy=Name(policy),
            trend=Figure(test.trend),
            p=P(test.trend_p),
        )
        yield Caveat("trend", words)
