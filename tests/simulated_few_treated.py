"""Panels of 26 regions and 13 years without any effect, and how often what is printed about the policy is wrong.

Cohorts of 2, 5, 5, 2 and 1, errors AR(1) with .6 in each region. ``PYTHONPATH=. python
tests/test_few_treated_simulation.py [NAME ...]`` prints the rows of docs/inference.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
from conftest import make_panel

from ccd.arrays import FloatArray
from ccd.panel import Panel
from ccd.results import (
    Aggregates,
    AttGt,
    Comparison,
    Estimate,
    EventStudy,
    LeaveOut,
    Margins,
    Mechanism,
    Moderator,
    Placebo,
)
from ccd.streams import Stream

REGIONS, YEARS, RHO, BURN = 26, 13, 0.6, 30
COHORTS = np.repeat([2012.0, 2014.0, 2015.0, 2016.0, 2017.0, np.nan], [2, 5, 5, 2, 1, 11])
#: Two groups that both hold treated and untreated regions.
HALF = np.where(np.isin(np.arange(REGIONS), [0, 2, 3, 7, 8, 12, 14, 15, 16, 17, 18, 19]), "a", "b")
#: A row: rejects at 5 %, covers 0, leaves out 0 by the analytic p-value.
Row = tuple[bool, bool, bool]


def world(rng: np.random.Generator, cohorts: FloatArray = COHORTS) -> Panel:
    """Return one panel with ``cohorts`` (26,), of each region.

    ``m`` is a channel that moves y and not the policy, ``z`` and ``x1`` are values of each region.
    """
    shocks = rng.normal(size=(2, REGIONS, YEARS + BURN))
    for t in range(1, YEARS + BURN):
        shocks[:, :, t] += RHO * shocks[:, :, t - 1]
    y, m = shocks[:, :, BURN:]
    z, x1 = rng.normal(size=(2, REGIONS, 1)) + np.zeros((2, REGIONS, YEARS))
    columns = {"y": (y + 0.5 * m).ravel(), "m": m.ravel(), "z": z.ravel(), "x1": x1.ravel()}
    columns["share"] = 1 / (1 + np.exp(-columns["y"]))
    names = [f"r{i:02d}" for i in range(REGIONS) for _ in range(YEARS)]
    years = np.tile(np.arange(2011, 2011 + YEARS), REGIONS)
    groups = {"half": np.repeat(HALF, YEARS)}
    return make_panel(columns, names, years, np.repeat(cohorts, YEARS), groups)


def each(value, labels: Iterable[str]) -> Iterable[tuple[str, Row]]:
    """Yield the rows of a table that have an error, each under its label."""
    analytic = value.p_value if value.p_analytic is None else value.p_analytic
    for j, label in enumerate(list(labels)[: len(value.estimate)]):
        if np.isfinite(value.std_error[j]) and value.std_error[j] > 0:
            covers = value.conf_low[j] <= 0 <= value.conf_high[j]
            yield label, (value.p_value[j] <= 0.05, bool(covers), analytic[j] <= 0.05)


def rows(fit: Estimate) -> Iterable[tuple[str, Row]]:
    """Yield every printed p-value and interval of the policy, under the name of what it stands in."""
    lead = fit.leading
    place = fit.terms.place(fit.headline.name)
    analytic = lead.p_value if fit.terms.p_analytic is None else fit.terms.p_analytic[place]
    yield "headline", (lead.p_value <= 0.05, lead.conf_low <= 0 <= lead.conf_high, analytic <= 0.05)
    study = fit.value(EventStudy)
    if study is not None:
        test = study.pretrend
        if test is not None and test.p_value is not None and test.p_analytic is not None:
            yield (
                "joint test of the leads",
                (test.p_value <= 0.05, test.p_value > 0.05, test.p_analytic <= 0.05),
            )
        yield from each(study, [f"event time {e}" for e in study.event_time])
        if study.band_low is not None:
            known = np.isfinite(study.std_error)
            inside = ((study.band_low <= 0) & (study.band_high >= 0))[known].all()
            yield "band", (not inside, bool(inside), False)
    cells, means, along = (fit.value(kind) for kind in (AttGt, Aggregates, Margins))
    if cells is not None:
        yield from each(cells, [f"cell {g}/{t}" for g, t in zip(cells.cohort, cells.time, strict=True)])
    if means is not None:
        labels = [f"{a} {k}" for a, k in zip(means.aggregation, means.key, strict=True)]
        yield from ((label, row) for label, row in each(means, labels) if not label.startswith("simple"))
    if along is not None:
        yield from each(along, [f"margin {p}" for p in along.percentile])
    moderated, through = fit.value(Moderator), fit.value(Mechanism)
    if moderated is not None:
        yield from each(moderated, ["moderated policy", "product", "moderator"])
    if through is not None:
        p, before = through.effect_p_value[0], through.effect_p_analytic[0]
        yield "policy on channel", (p <= 0.05, p > 0.05, before <= 0.05)
        covers = through.indirect_low[0] <= 0 <= through.indirect_high[0]
        yield "indirect effect", (not covers, bool(covers), False)
    left, dated = fit.value(LeaveOut), fit.value(Placebo)
    if left is not None:
        yield from each(left, [f"without {one}" for one in left.left_out])
    if dated is not None:
        yield from each(dated, [f"moved {k}" for k in dated.draw])
    for part in fit.parts:
        if isinstance(part.value, Comparison):
            names = part.value.column or part.value.group or [str(label) for label in part.value.label]
            if part.name == "policy_regimes":
                names = [f"{'low' if j < 3 else 'high'} {str(n).split(': ')[1]}" for j, n in enumerate(names)]
            yield from each(part.value, [f"{part.name} {name}" for name in names])
            test = part.value.equality
            if test is not None:
                yield (
                    "equality of groups",
                    (test.p_value <= 0.05, test.p_value > 0.05, test.p_analytic <= 0.05),
                )


def simulate(
    fit: Callable[[Panel, Stream], Estimate], replicates: int, cohorts: FloatArray = COHORTS
) -> dict[str, tuple[float, ...]]:
    """Return label -> percent that rejects, covers, rejects by the analytic p, and in how many draws it is there."""
    rng, found = np.random.default_rng(7), defaultdict(list)
    for r in range(replicates):
        for label, row in rows(fit(world(rng, cohorts), Stream(r, "m"))):
            found[label].append(row)
    return {label: (*(100 * np.mean(each, axis=0)), len(each)) for label, each in found.items()}


def gathered(found: dict[str, tuple[float, ...]]) -> dict[str, tuple[float, ...]]:
    """Return the same with rows of one kind together: mean rejection, mean and least coverage, mean analytic."""
    kinds = defaultdict(list)
    for label, row in found.items():
        name = label.split()[0]
        short = {"event": "event times", "cell": "cohort x year", "margin": "margins"}
        name = {**short, "without": "one left out", "moved": "dates moved ahead"}.get(name, label)
        name = {"group": "by cohort", "calendar": "by year", "dynamic": "by event time"}.get(
            label.split()[0], name
        )
        kinds[name].append(row)
    return {
        name: (
            *np.mean([row[:2] for row in each], axis=0),
            min(r[1] for r in each),
            np.mean([r[2] for r in each]),
        )
        for name, each in kinds.items()
    }
