"""Differences of the effect between groups of regions, in pairs: permuted labels, stacked scores, interaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from pydantic import Field

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.checks.heterogeneity import estimable, separately
from ccd.estimate.did.effects import Difference, Effect, Finding, Refit, statistics
from ccd.estimate.linear.inference import LEVEL, infer
from ccd.estimate.linear.resample import critical_value, p_value, permuted
from ccd.estimate.linear.vcov import p_values
from ccd.estimate.rows.deals import by_data
from ccd.estimate.rows.groups import region_groups
from ccd.estimate.rows.sample import Sample
from ccd.results import Comparison, Differences, Part
from ccd.spec import Spec
from ccd.streams import Stream, fingerprint
from ccd.words import Name, Text, text


class CompareSpec(Spec):
    """``compare = { by = "region3" }``."""

    by: str
    """Column of groups of regions; a measure is cut at its median."""
    draws: int = Field(default=999, ge=19)
    """Permutations of the groups' labels for each pair."""


class Pair(NamedTuple):
    """Two groups: the difference, its t, that of the labellings that identify it (R,), and both covariances."""

    gap: float
    observed: float
    drawn: FloatArray
    difference: Difference
    notes: tuple[Text, ...]


def compare(model: Refit, sample: Sample, spec: CompareSpec, stream: Stream) -> Finding:
    """Return the parts ``groups`` (the model on each group alone) and ``differences`` (each pair of them).

    Raises EstimationError where fewer than two groups have an effect of their own.
    """
    group, labels, notes = region_groups(sample, spec.by, text("model '{name}'", name=model.name))
    kept, dropped = estimable(sample, group, labels)
    kept, found, lost = separately(model, sample, group, kept, labels, stream)
    notes += [*dropped, *lost]
    if len(kept) < 2:
        raise EstimationError(
            text("fewer than two groups have an effect of their own"),
            where=text("model '{name}', {key}", name=model.name, key="compare"),
            fix=text("name a column each of whose groups has treated and untreated regions"),
        )
    each = infer(found.estimate, np.sqrt(np.diag(found.matrix)), found.df)
    rows = [group == key for key in kept]
    treated = [np.unique(sample.entity[inside & sample.treated]) for inside in rows]
    alone = Comparison(
        label=tuple(labels[key] for key in kept),
        estimate=each.estimate,
        std_error=each.std_error,
        p_value=each.p_value,
        conf_low=each.conf_low,
        conf_high=each.conf_high,
        nobs=np.array([int(inside.sum()) for inside in rows]),
        entities=np.array([len(np.unique(sample.entity[inside])) for inside in rows]),
        treated_entities=np.array([len(regions) for regions in treated]),
        group=tuple(kept),
        title=text("Effect in each group of {column}, by a model of its own", column=Name(spec.by)),
        about={"column": spec.by},
    )
    places = list(combinations(range(len(kept)), 2))
    pairs = [
        _pair(model, sample.rows(rows[a] | rows[b]), rows[a][rows[a] | rows[b]], spec.draws, stream)
        for a, b in places
    ]
    value = _table(spec, kept, labels, places, each.estimate, pairs)
    notes += [note for pair in pairs for note in pair.notes]
    smallest = float(np.nanmin(value.p_value)) if np.isfinite(value.p_value).any() else float("nan")
    details = {"column": spec.by, "pairs": len(pairs), "smallest_p": smallest}
    tested = {"compare": smallest} if len(pairs) == 1 else {}
    return Finding(
        (Part(alone, "groups"), Part(value)), {"compare": details}, tested, tuple(dict.fromkeys(notes))
    )


def labellings(sample: Sample, first: BoolArray, draws: int, stream: Stream) -> BoolArray:
    """Return which regions (draws, N) stand in the first group: its label dealt anew within treated and untreated.

    Rows ``first`` (n,) are the true ones. The deals follow from the seed and the data, not from names.
    """
    own = np.zeros(len(sample.panel.entities), dtype=bool)
    own[sample.entity[first]] = True
    ever, order = np.isfinite(sample.entity_cohort), by_data(sample)
    sizes = [int((own & (ever == kind)).sum()) for kind in (True, False)]
    name = fingerprint(sizes, np.sort(sample.entity_cohort).tolist(), sample.panel.times)
    rng = stream.shared()(f"compare {name}")
    inside = np.zeros((draws, len(own)), dtype=bool)
    for kind in (True, False):
        place = order[ever[order] == kind]
        inside[:, place] = permuted(np.sort(own[place]).astype(np.intp), draws, rng).astype(bool)
    return inside


def _pair(model: Refit, sample: Sample, first: BoolArray, draws: int, stream: Stream) -> Pair:
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
    return Pair(gap, gap / error, drawn[np.isfinite(drawn)], found, tuple(notes))


def _table(
    spec: CompareSpec,
    kept: Sequence[str],
    labels: Mapping[str, Text | Name],
    places: Sequence[tuple[int, int]],
    estimate: FloatArray,
    pairs: Sequence[Pair],
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
    )


def _p_values(effects: Sequence[Effect]) -> FloatArray:
    found = [p_values(np.array([e.estimate / e.std_error]), e.df)[0] for e in effects]
    return np.array(found, dtype=np.float64)
