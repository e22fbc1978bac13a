"""The chain of one variable, its tests, and the chains by the neighbours' state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.keys import MarkovKeys
from ccd.describe.transitions.chain import (
    count,
    ergodic,
    first_passage,
    irreducible,
    prais,
    probabilities,
    sojourn,
    states_of,
    wilson,
)
from ccd.describe.transitions.homogeneity import Homogeneity, halves, homogeneity, likelihood_ratio
from ccd.describe.transitions.neighbours import neighbour_means
from ccd.describe.transitions.spatial import count_by_lag, lag_states, permuted_ratios
from ccd.describe.wide import About, Wide
from ccd.errors import DataError
from ccd.results import ChainStates, ChainTests, GradeCounts, Part, Passages, Transitions, Value
from ccd.words import Name, Text, names, text

#: States left fewer times than this are greyed.
FEW = 5
ALL = text("all regions")


@dataclass(frozen=True)
class States:
    """States 0..k-1 (N, T) with their names and bounds (k,), and the number x (N, T) behind them."""

    codes: IntArray
    x: FloatArray
    names: tuple[str, ...]
    low: FloatArray
    high: FloatArray


def markov_parts(about: About, keys: MarkovKeys) -> list[Part[Value]]:
    """Return ``transitions``, ``chain``, ``passages`` where the chain is irreducible, and ``tests``."""
    wide, gone = about.wide.whole()
    made = _by_grade(about, wide) if keys.states == "grades" and not keys.cuts else _by_cuts(wide, keys)
    return _told(about, wide, made, keys, gone, wide.variable)


def bottleneck_parts(about: About, keys: MarkovKeys) -> list[Part[Value]]:
    """Return the chain of which subsystem is lowest. Raises DataError without subsystems."""
    if about.index is None:
        raise DataError(
            text("bottlenecks need subsystems"),
            where=text("study, {key}", key="describe.markov.states"),
            fix=text("describe [subsystems]"),
        )
    columns = [str(name) for name in about.index.scores]
    scores = np.stack([about.of(name) for name in columns], axis=2)
    wide, gone = Wide("bottleneck", about.wide.regions, about.wide.times, scores.min(axis=2)).whole()
    seen = np.isfinite(scores).all(axis=(1, 2))
    codes = scores[seen].argmin(axis=2)
    used = np.unique(codes)
    nothing = np.full(len(used), np.nan)
    made = States(np.searchsorted(used, codes), wide.x, tuple(columns[k] for k in used), nothing, nothing)
    return _told(about, wide, made, keys.model_copy(update={"lag": False}), gone, "bottleneck")


def _by_cuts(wide: Wide, keys: MarkovKeys) -> States:
    cuts = np.array(keys.cuts) if keys.cuts else np.quantile(wide.x, [0.25, 0.5, 0.75])
    if (np.diff(cuts) <= 0).any():
        raise DataError(
            text("the cuts between states do not rise"),
            where=text("study, {key}", key="describe.markov"),
            fix=text("give rising cuts"),
        )
    codes = states_of(wide.x, cuts)
    used = np.unique(codes)
    low, high = np.append(wide.x.min(), cuts)[used], np.append(cuts, wide.x.max())[used]
    return States(np.searchsorted(used, codes), wide.x, tuple(str(k + 1) for k in used), low, high)


def _by_grade(about: About, wide: Wide) -> States:
    parts = about.coupling.parts if about.coupling and wide.variable == "D" else ()
    grades = next((part.value for part in parts if isinstance(part.value, GradeCounts)), None)
    if grades is None or about.coupling is None:
        raise DataError(
            text("'{variable}' has no grades", variable=wide.variable),
            where=text("study, {key}", key="describe.markov.states"),
            fix=text("take D, or quartiles"),
        )
    listed = [str(name) for name in grades.grade]
    place = {name: k for k, name in enumerate(listed)}
    full = np.full((len(about.panel.entities), len(about.panel.times)), -1, dtype=np.intp)
    own = [place.get(str(name), -1) for name in about.coupling.frame["grade"]]
    full[about.panel.entity_codes, about.panel.time_codes] = own
    kept = [about.panel.entities.index(region) for region in wide.regions]
    codes = full[kept]
    used = np.unique(codes[codes >= 0])
    low = np.array([wide.x[codes == k].min() for k in used])
    high = np.array([wide.x[codes == k].max() for k in used])
    return States(np.searchsorted(used, codes), wide.x, tuple(listed[k] for k in used), low, high)


def _told(
    about: About, wide: Wide, made: States, keys: MarkovKeys, gone: tuple[Text, ...], variable: str
) -> list[Part[Value]]:
    k = len(made.names)
    if k < 2 or len(wide.times) < 3:
        raise DataError(
            text("'{variable}' has one state alone or fewer than three years", variable=variable),
            where=text("study, {key}", key="describe.markov"),
            fix=text("give other cuts, or more years"),
        )
    counts = count(made.codes, k)
    p = probabilities(counts)
    one_chain = irreducible(p)
    nothing = np.full(k, np.nan)
    tests: list[tuple[Text, float, float, float]] = []
    if not np.isnan(p).any():
        tests.append((text("Prais-Shorrocks mobility"), prais(p), np.nan, np.nan))
    if len(wide.times) >= 4:
        tests += _both(homogeneity(halves(made.codes, k)), LR_TIME, Q_TIME)
    lags: list[tuple[Text, IntArray]] = [(ALL, counts)]
    notes = [*gone]
    if keys.lag:
        own, found, more = _spatial(about, wide, made, keys)
        lags += own
        tests += found
        notes += more
    states = ChainStates(
        state=made.names,
        low=made.low,
        high=made.high,
        share=np.bincount(made.codes.ravel(), minlength=k) / made.codes.size,
        ergodic=ergodic(p) if one_chain else nothing,
        sojourn=sojourn(p),
        variable=variable,
    )
    parts: list[Part[Value]] = [
        Part(transitions(lags, made.names, variable), notes=(*notes, _few(lags))),
        Part(states, notes=() if one_chain else (REDUCIBLE,)),
    ]
    if one_chain:
        start, end = np.divmod(np.arange(k * k), k)
        years = first_passage(p).ravel()
        parts.append(
            Part(
                Passages(
                    tuple(made.names[i] for i in start), tuple(made.names[j] for j in end), years, variable
                )
            )
        )
    label, statistic, df, p_value = zip(*tests, strict=True) if tests else ((), (), (), ())
    said = (PERMUTED,) if keys.lag else ()
    parts.append(
        Part(ChainTests(label, np.array(statistic), np.array(df), np.array(p_value), variable), "tests", said)
    )
    return parts


REDUCIBLE = text("Some states cannot be reached from others, so there is no single long run")
PERMUTED = text(
    "The neighbours' test moves whole paths over regions: transitions of one region are not independent, and the "
    "chi-square p-value rejects far too often"
)
LR_TIME, Q_TIME = text("Same chain in both halves, LR"), text("Same chain in both halves, Q")
LR_LAG, Q_LAG = text("Same chain whatever the neighbours, LR"), text("Same chain whatever the neighbours, Q")
LR_MOVED = text("Same chain whatever the neighbours, LR, permuted")


def _both(found: Homogeneity, lr: Text, q: Text) -> list[tuple[Text, float, float, float]]:
    return [(lr, found.lr, found.df, found.p_lr), (q, found.q, found.df, found.p_q)]


def _few(lags: list[tuple[Text, IntArray]]) -> Text:
    return text(
        "Rows of fewer than {few} departures are grey: {count} of {rows}",
        few=FEW,
        count=sum(int((own.sum(axis=1) < FEW).sum()) for _, own in lags),
        rows=sum(len(own) for _, own in lags),
    )


def _spatial(
    about: About, wide: Wide, made: States, keys: MarkovKeys
) -> tuple[list[tuple[Text, IntArray]], list[tuple[Text, float, float, float]], list[Text]]:
    """Return the transitions by the neighbours' state, the tests that it does not matter, and who has none."""
    k = len(made.names)
    mean = neighbour_means(about.panel, wide.regions, keys.lag)
    lone = mean.sum(axis=1) == 0
    notes = []
    if lone.any():
        listed = [region for region, alone in zip(wide.regions, lone, strict=True) if alone]
        notes.append(
            text("Without a neighbour, left out of the spatial chain: {listed}", listed=names(listed))
        )
        mean = mean[~lone][:, ~lone]
    x, codes = made.x[~lone], made.codes[~lone]
    counts = count_by_lag(codes, lag_states(x, mean, k), k, k)
    found = homogeneity(counts)
    ratio = float(likelihood_ratio(counts))
    noise = permuted_ratios(x, codes, mean, k, keys.draws, about.stream(f"markov {wide.variable}"))
    p_value = (1 + int((noise >= ratio - 1e-9).sum())) / (keys.draws + 1)
    tests = [(LR_MOVED, ratio, np.nan, p_value), *_both(found, LR_LAG, Q_LAG)]
    return (
        [
            (text("neighbours {state}", state=Name(name)), own)
            for name, own in zip(made.names, counts, strict=True)
        ],
        tests,
        notes,
    )


def transitions(lags: list[tuple[Text, IntArray]], states: tuple[str, ...], variable: str) -> Transitions:
    """Return the table of transitions of each lag class."""
    k = len(states)
    start, end = np.divmod(np.arange(k * k), k)
    bounds = [wilson(own) for _, own in lags]
    return Transitions(
        lag=tuple(lag for lag, _ in lags for _ in range(k * k)),
        start=np.tile(start, len(lags)),
        end=np.tile(end, len(lags)),
        states=states,
        count=np.concatenate([own.ravel() for _, own in lags]),
        probability=np.concatenate([probabilities(own).ravel() for _, own in lags]),
        conf_low=np.concatenate([low.ravel() for low, _ in bounds]),
        conf_high=np.concatenate([high.ravel() for _, high in bounds]),
        few=np.concatenate([np.repeat(own.sum(axis=1) < FEW, k) for _, own in lags]),
        variable=variable,
    )
