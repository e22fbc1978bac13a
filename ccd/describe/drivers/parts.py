"""The geographical detector of one variable: factors, and factors two at a time."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.describe.drivers.detector import adjusted, crossed, interaction, q_statistic
from ccd.describe.drivers.search import Detected, detect, given
from ccd.describe.keys import DriversKeys
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import Drivers, Interactions, Part, Value
from ccd.words import Text, names, text

#: What the searches and the classes are called on a page.
WAYS = {
    "equal": text("equal intervals"),
    "quantile": text("quantiles"),
    "natural": text("natural breaks"),
    "geometric": text("geometric intervals"),
    "sd": text("standard deviations"),
    "exact": text("least variance within"),
    "as given": text("as given"),
}
KINDS = {
    "independent": text("independent"),
    "nonlinear enhancement": text("nonlinear enhancement"),
    "bivariate enhancement": text("bivariate enhancement"),
    "univariate weakening": text("univariate weakening"),
    "nonlinear weakening": text("nonlinear weakening"),
}


def drivers_parts(about: About, keys: DriversKeys) -> list[Part[Value]]:
    """Return ``drivers`` and, with two factors, ``interactions``. Raises DataError with too few regions."""
    y = _level(about, about.wide.x, keys.year)
    columns: dict[str, FloatArray | IntArray]
    columns = {name: _level(about, about.of(name), keys.year) for name in keys.factors}
    columns |= {name: about.groups(name)[0] for name in keys.strata}
    seen = np.isfinite(y)
    for column in columns.values():
        seen &= np.isfinite(column) if column.dtype.kind == "f" else column >= 0
    n = int(seen.sum())
    if n < 2 * keys.intervals[0] or np.ptp(y[seen]) == 0:
        raise DataError(
            text(
                "{count} regions are known for '{variable}' and all its factors, too few for {intervals} intervals, "
                "or it does not vary",
                count=n,
                variable=about.wide.variable,
                intervals=keys.intervals[0],
            ),
            where=text("study, {key}", key="describe.drivers"),
            fix=text("leave out factors with missing values"),
        )
    own = y[seen]
    random = about.stream(f"drivers {about.wide.variable}")
    permuted = np.stack([random.permutation(own) for _ in range(keys.draws)])
    found = {name: _detected(own, column[seen], keys, permuted) for name, column in columns.items()}
    flat = [name for name, one in found.items() if one is None]
    kept = {name: one for name, one in found.items() if one is not None}
    if not kept:
        raise DataError(
            text("no factor varies over regions"),
            where=text("study, {key}", key="describe.drivers.factors"),
            fix=text("name factors that vary"),
        )
    order = sorted(kept, key=lambda name: -kept[name].q)
    ranked = [kept[name] for name in order]
    value = Drivers(
        factor=tuple(order),
        search=tuple(WAYS[one.way] for one in ranked),
        intervals=np.array([one.intervals for one in ranked]),
        q=np.array([one.q for one in ranked]),
        q_adjusted=np.array([adjusted(one.q, n, int(one.strata.max()) + 1) for one in ranked]),
        q_out=np.array([one.q_out for one in ranked]),
        p_value=np.array([one.p_value for one in ranked]),
        noise=np.array([one.noise for one in ranked]),
        singletons=np.array([_singletons(one.strata) for one in ranked]),
        variable=about.wide.variable,
    )
    parts: list[Part[Value]] = [Part(value, notes=_notes(about, keys, seen, flat))]
    if len(order) > 1:
        parts.append(_interactions(about, own, kept, order))
    return parts


def _detected(
    y: FloatArray, column: FloatArray | IntArray, keys: DriversKeys, permuted: FloatArray
) -> Detected | None:
    if column.dtype.kind != "f":
        return given(y, np.asarray(column, dtype=np.intp), permuted)
    first, last = keys.intervals
    x = np.asarray(column, dtype=np.float64)
    return detect(y, x, first, last, exact=keys.search == "exact", permuted=permuted)


def _level(about: About, x: FloatArray, year: int | None) -> FloatArray:
    """Return one number a region (N,): of a year, or the mean of the years in which it is known."""
    if year is not None:
        at = np.flatnonzero(about.wide.times == year)
        if not len(at):
            raise DataError(
                text("there is no year {year}", year=year),
                where=text("study, {key}", key="describe.drivers.year"),
                fix=text(
                    "name a year from {first} to {last}",
                    first=about.wide.times[0],
                    last=about.wide.times[-1],
                ),
            )
        return np.asarray(x[:, at[0]])
    known = np.isfinite(x)
    total, count = np.where(known, x, 0).sum(axis=1), known.sum(axis=1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))


def _singletons(strata: IntArray) -> int:
    return int((np.bincount(strata) == 1).sum())


def _interactions(about: About, y: FloatArray, kept: dict[str, Detected], order: list[str]) -> Part[Value]:
    rows = []
    for one, other in combinations(order, 2):
        made = crossed(kept[one].strata, kept[other].strata)
        q = float(q_statistic(y, made))
        kind = KINDS[interaction(kept[one].q, kept[other].q, q)]
        rows.append((one, other, q, kind, kept[one].q, kept[other].q, _singletons(made)))
    first, second, q_, kind_, q_first, q_second, alone = zip(*rows, strict=True)
    note = text(
        "A finer partition never lowers q, so enhancement is no evidence by itself: count the single regions"
    )
    value = Interactions(
        first=first,
        second=second,
        q=np.array(q_),
        kind=kind_,
        q_first=np.array(q_first),
        q_second=np.array(q_second),
        singletons=np.array(alone),
        variable=about.wide.variable,
    )
    return Part(value, notes=(note,))


def _notes(about: About, keys: DriversKeys, seen: BoolArray, flat: list[str]) -> tuple[Text, ...]:
    found = [
        text(
            "p-values and the noise line permute the variable {draws} times and repeat the search in each: the search "
            "alone makes q large",
            draws=keys.draws,
        )
    ]
    found.append(
        text("Means of each region over the years")
        if keys.year is None
        else text("The year {year}", year=keys.year)
    )
    if not seen.all():
        listed = [region for region, known in zip(about.wide.regions, seen, strict=True) if not known]
        found.append(
            text(
                "{count} {count:region|regions} left out for missing years: {listed}",
                count=len(listed),
                listed=names(listed[:8]),
            )
        )
    if flat:
        found.append(text("Factors that do not vary: {factors}", factors=names(flat)))
    return tuple(found)
