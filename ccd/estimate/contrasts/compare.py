"""Differences of the effect between groups of regions, in pairs: permuted labels, stacked scores, interaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from typing import NamedTuple, Protocol

import numpy as np
from pydantic import Field

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError
from ccd.estimate.contrasts.findings import Effect, Finding, statistics
from ccd.estimate.contrasts.groups import Fitting, estimable, separately
from ccd.estimate.linear.inference import LEVEL, infer
from ccd.estimate.linear.resample import critical_value, p_value, permuted
from ccd.estimate.linear.vcov import p_values
from ccd.estimate.rows.deals import by_data
from ccd.estimate.rows.groups import region_groups
from ccd.estimate.rows.sample import Sample
from ccd.progress import told
from ccd.results import Comparison, Differences, Part, SampleSize
from ccd.spec import Spec
from ccd.streams import Stream, fingerprint
from ccd.words import Name, Text, text


class CompareSpec(Spec):
    """``compare = { by = "region3" }``."""

    by: str
    """Column of groups of regions; a measure is cut at its median."""
    draws: int = Field(default=999, ge=19)
    """Permutations of the groups' labels for each pair; unless given, 499 where each is matched anew, 199 of random
    effects."""

    def at_most(self, draws: int) -> CompareSpec:
        """Return the same with so many draws where the study gives no number."""
        return self if "draws" in self.model_fields_set else self.model_copy(update={"draws": draws})


class Difference(NamedTuple):
    """The difference of the effects of two groups, by stacked scores and as an interaction (None: there is none)."""

    stacked: Effect
    interacted: Effect | None
    notes: tuple[Text, ...] = ()


class Compared(Fitting, Protocol):
    """A model whose effect can be compared between groups of regions."""

    def stands_on(self, sample: Sample) -> SampleSize:
        """Return the size of what the effect on ``sample`` is estimated from. Raises EstimationError."""

    def relabelled(self, sample: Sample, inside: BoolArray, stream: Stream) -> tuple[FloatArray, FloatArray]:
        """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others."""

    def apart(self, sample: Sample, first: BoolArray) -> Difference | None:
        """Return the difference of the effects on the rows ``first`` (n,) and the others; None: no regression."""


class Pair(NamedTuple):
    """Two groups: the difference, its t, that of the labellings that identify it (R,), and both covariances."""

    gap: float
    observed: float
    drawn: FloatArray
    difference: Difference
    notes: tuple[Text, ...]


def compare(model: Compared, sample: Sample, spec: CompareSpec, stream: Stream) -> Finding:
    """Return the parts ``groups`` (the model on each group alone) and ``differences`` (each pair of them).

    Raises EstimationError where fewer than two groups have an effect of their own.
    """
    group, labels, notes = region_groups(sample, spec.by, text("model '{name}'", name=model.name))
    by_policy = bool(np.isfinite(sample.cohort).any())
    kept, dropped = estimable(sample, group, labels) if by_policy else (list(labels), [])
    kept, found, lost = separately(model, sample, group, kept, labels, stream)
    notes += [*dropped, *lost]
    if len(kept) < 2:
        raise EstimationError(
            text("fewer than two groups have an effect of their own"),
            where=text("model '{name}', {key}", name=model.name, key="compare"),
            fix=text("name a column each of whose groups has treated and untreated regions")
            if by_policy
            else text("name a column each of whose groups has regions enough for the regression"),
        )
    each = infer(found.estimate, np.sqrt(np.diag(found.matrix)), found.df)
    rows = [group == key for key in kept]
    sizes = [model.stands_on(sample.rows(inside)) for inside in rows]
    alone = Comparison(
        label=tuple(labels[key] for key in kept),
        estimate=each.estimate,
        std_error=each.std_error,
        p_value=each.p_value,
        conf_low=each.conf_low,
        conf_high=each.conf_high,
        nobs=np.array([size.nobs for size in sizes]),
        entities=np.array([size.entities for size in sizes]),
        treated_entities=np.array([size.treated_entities or 0 for size in sizes]) if by_policy else None,
        group=tuple(kept),
        title=text("Effect in each group of {column}, by a model of its own", column=Name(spec.by)),
        about={"column": spec.by},
    )
    places = list(combinations(range(len(kept)), 2))
    pairs = [
        _pair(model, sample.rows(rows[a] | rows[b]), rows[a][rows[a] | rows[b]], spec.draws, stream)
        for a, b in places
    ]
    dealt_within = len(np.unique(_kinds(sample))) > 1
    value = _table(spec, kept, labels, places, each.estimate, pairs, within=dealt_within)
    notes += [note for pair in pairs for note in pair.notes]
    smallest = float(np.nanmin(value.p_value)) if np.isfinite(value.p_value).any() else float("nan")
    details = {"column": spec.by, "pairs": len(pairs), "smallest_p": smallest}
    tested = {"compare": smallest} if len(pairs) == 1 else {}
    return Finding(
        (Part(alone, "groups"), Part(value)), {"compare": details}, tested, tuple(dict.fromkeys(notes))
    )


def labellings(sample: Sample, first: BoolArray, draws: int, stream: Stream) -> BoolArray:
    """Return which regions (draws, N) stand in the first group: its label dealt anew within treated and untreated.

    Rows ``first`` (n,) are the true ones. Without a policy, regions count as treated in which a first regressor of
    zeros and ones is ever 1; of any other regressor labels are dealt over all regions. The deals follow from the
    seed and the data, not from names.
    """
    own = np.zeros(len(sample.panel.entities), dtype=bool)
    own[sample.entity[first]] = True
    kinds, order = _kinds(sample), by_data(sample)
    sizes = [int((own & (kinds == kind)).sum()) for kind in (1, 0)]
    name = fingerprint(sizes, np.sort(sample.entity_cohort).tolist(), sample.panel.times)
    rng = stream.shared()(f"compare {name}")
    inside = np.zeros((draws, len(own)), dtype=bool)
    for kind in (1, 0):
        place = order[kinds[order] == kind]
        if len(place):
            inside[:, place] = permuted(np.sort(own[place]).astype(np.intp), draws, rng).astype(bool)
    return inside


def refitted(
    effect: Callable[[Sample], Effect], sample: Sample, inside: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return effects and errors (R, 2) on the regions ``inside`` (R, N) of each draw and on the others, a fit each.

    nan where a draw cannot be estimated.
    """
    found = np.full((len(inside), 2, 2), np.nan)
    for r, own in enumerate(told(inside, "draws", len(inside))):
        for k, regions in enumerate((own, ~own)):
            with suppress(EstimationError):
                found[r, k] = effect(sample.rows(regions[sample.entity]))[:2]
    return found[:, :, 0], found[:, :, 1]


def _kinds(sample: Sample) -> IntArray:
    """Return 1 for the regions (N,) that are ever treated, 0 for the others."""
    if np.isfinite(sample.cohort).any() or not sample.x.shape[1]:
        return np.isfinite(sample.entity_cohort).astype(np.intp)
    headline = sample.x[:, 0]
    if not np.isin(headline, (0.0, 1.0)).all():
        return np.zeros(len(sample.panel.entities), dtype=np.intp)
    return (np.bincount(sample.entity, headline) > 0).astype(np.intp)


def _pair(model: Compared, sample: Sample, first: BoolArray, draws: int, stream: Stream) -> Pair:
    effects = [model.effect(sample.rows(rows), stream) for rows in (first, ~first)]
    gap = effects[0].estimate - effects[1].estimate
    error = float(np.hypot(effects[0].std_error, effects[1].std_error))
    estimate, errors = model.relabelled(sample, labellings(sample, first, draws, stream), stream)
    drawn = statistics(estimate[:, 0] - estimate[:, 1], np.hypot(errors[:, 0], errors[:, 1]))
    notes: list[Text] = []
    try:
        found = model.apart(sample, first)
    except EstimationError as error_:
        notes.append(text("The interaction could not be computed: {why}", why=error_.said[0]))
        found = None
    if found is None:
        apart = all(
            not np.intersect1d(clusters[first], clusters[~first]).size for clusters in sample.clusters
        )
        found = Difference(Effect(gap, error if apart else float("nan")), None)
    notes += found.notes
    return Pair(gap, gap / error, drawn[np.isfinite(drawn)], found, tuple(notes))


def _table(
    spec: CompareSpec,
    kept: Sequence[str],
    labels: Mapping[str, Text | Name],
    places: Sequence[tuple[int, int]],
    estimate: FloatArray,
    pairs: Sequence[Pair],
    *,
    within: bool,
) -> Differences:
    stacked = [pair.difference.stacked for pair in pairs]
    crossed = [pair.difference.interacted or Effect(float("nan"), float("nan")) for pair in pairs]
    return Differences(
        first=tuple(labels[kept[a]] for a, _ in places),
        second=tuple(labels[kept[b]] for _, b in places),
        estimate_first=estimate[[a for a, _ in places]],
        estimate_second=estimate[[b for _, b in places]],
        difference=np.array([pair.gap for pair in pairs]),
        statistic=np.array([pair.observed for pair in pairs]),
        p_value=np.array(
            [p_value(pair.observed, pair.drawn) if len(pair.drawn) else np.nan for pair in pairs]
        ),
        std_error=np.array([one.std_error for one in stacked]),
        p_stacked=_p_values(stacked),
        std_error_interaction=np.array([one.std_error for one in crossed]),
        p_interaction=_p_values(crossed),
        critical=np.array([critical_value(pair.drawn, LEVEL) for pair in pairs]),
        draws=np.array([len(pair.drawn) for pair in pairs]),
        by=spec.by,
        drawn=tuple(pair.drawn for pair in pairs),
        within=within,
    )


def _p_values(effects: Sequence[Effect]) -> FloatArray:
    found = [p_values(np.array([e.estimate / e.std_error]), e.df)[0] for e in effects]
    return np.array(found, dtype=np.float64)
