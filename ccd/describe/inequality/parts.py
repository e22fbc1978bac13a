"""Gini and Theil of every year with their intervals, and the gaps between groups."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray, IntArray
from ccd.describe.inequality.dagum import dagum
from ccd.describe.inequality.jackknife import bounds, jackknife
from ccd.describe.inequality.sums import left_out, sums
from ccd.describe.inequality.theil import theil
from ccd.describe.keys import InequalityKeys
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import Gaps, Inequality, Part, Value
from ccd.words import Name, Text, names, text

#: What is said of one year: (measure, group) -> value and the same without each region.
Measures = dict[tuple[str, str], tuple[float, FloatArray]]


def inequality_parts(about: About, keys: InequalityKeys) -> list[Part[Value]]:
    """Return ``inequality`` and, with groups, ``gaps``. Raises DataError where a mean is not positive."""
    wide = about.wide
    codes, groups = about.groups(keys.by) if keys.by else (np.zeros(len(wide.regions), np.intp), ("",))
    weights = np.ones_like(wide.x) if keys.weights is None else about.of(keys.weights)
    rows: list[tuple[int, str, str, float, float, float, float]] = []
    gaps: list[tuple[int, str, str, float, float]] = []
    negative, left = False, False
    for t, year in enumerate(wide.times):
        seen = np.isfinite(wide.x[:, t]) & np.isfinite(weights[:, t]) & (weights[:, t] > 0)
        left |= not seen.all()
        x, w, own = wide.x[seen, t], weights[seen, t], codes[seen]
        if len(x) < 3 or (w * x).sum() <= 0:
            raise DataError(
                text(
                    "the mean of '{variable}' in {year} is not positive, so no share of it can be formed",
                    variable=wide.variable,
                    year=year,
                ),
                where=text("study, {key}", key="describe.inequality"),
                fix=text("describe a positive variable"),
            )
        negative |= bool((x < 0).any())
        measured, pairs = measures(x, w, own, groups)
        whole = measured["gini", ""][0], measured["theil", ""][0]
        size = np.bincount(own, minlength=len(groups))
        for (measure, group), (estimate, without) in measured.items():
            if np.isnan(estimate):
                continue
            df = len(x) - len(groups) if not group else int(size[groups.index(group)]) - 1
            low, high = bounds(estimate, jackknife(without, own), df)
            part = measure in PARTS
            share = estimate / whole[measure.startswith("theil")] if part and whole[0] > 0 else np.nan
            rows.append((int(year), measure, group, estimate, share, low, high))
        gaps += [(int(year), *pair) for pair in pairs]
    notes = _notes(about, keys, codes, groups, negative=negative, left=left)
    time, measure_, group_, estimate_, share_, low_, high_ = zip(*rows, strict=True)
    value = Inequality(
        time=np.array(time),
        measure=measure_,
        group=group_,
        estimate=np.array(estimate_),
        share=np.array(share_),
        conf_low=np.array(low_),
        conf_high=np.array(high_),
        variable=wide.variable,
        by=keys.by,
    )
    parts: list[Part[Value]] = [Part(value, notes=notes)]
    if gaps:
        year_, one, other, gini, dominance = zip(*gaps, strict=True)
        parts.append(
            Part(Gaps(np.array(year_), one, other, np.array(gini), np.array(dominance), wide.variable))
        )
    return parts


PARTS = ("within", "between", "overlap", "theil_within", "theil_between")


def measures(
    x: FloatArray, w: FloatArray, codes: IntArray, groups: tuple[str, ...]
) -> tuple[Measures, list[tuple[str, str, float, float]]]:
    """Return every measure of one year with its values without each region, and (group, other, G, D) of pairs."""
    count = len(groups)
    here, out = sums(x, w, codes, count), left_out(x, w, codes, count)
    g, g_out, t, t_out = dagum(here), dagum(out), theil(here), theil(out)
    found: Measures = {("gini", ""): (float(g.gini), g_out.gini)}
    if count > 1:
        found["within", ""] = float(g.within), g_out.within
        found["between", ""] = float(g.between), g_out.between
        found["overlap", ""] = float(g.overlap), g_out.overlap
        for j, group in enumerate(groups):
            found["gini", group] = float(g.pairs[j, j]), g_out.pairs[:, j, j]
    found["theil", ""] = float(t.theil), t_out.theil
    if count > 1:
        found["theil_within", ""] = float(t.within), t_out.within
        found["theil_between", ""] = float(t.between), t_out.between
        for j, group in enumerate(groups):
            found["theil", group] = float(t.groups[j]), t_out.groups[:, j]
    pairs = [
        (groups[j], groups[h], float(g.pairs[j, h]), float(g.dominance[j, h]))
        for j in range(count)
        for h in range(j + 1, count)
    ]
    return found, pairs


def _notes(
    about: About,
    keys: InequalityKeys,
    codes: IntArray,
    groups: tuple[str, ...],
    *,
    negative: bool,
    left: bool,
) -> tuple[Text, ...]:
    notes = [
        text(
            "Intervals by leaving one region out at a time within groups, t distribution: they say how far a figure "
            "hangs on which regions are in"
        )
    ]
    if keys.by:
        notes.append(
            text("With some 30 regions the part within groups is about 8% low, its interval covers some 80%")
        )
        alone = [group for j, group in enumerate(groups) if (codes == j).sum() == 1]
        if alone:
            notes.append(text("One region alone has no inequality within: {groups}", groups=names(alone)))
    if keys.weights:
        notes.append(text("Regions weighted by {weights}", weights=Name(keys.weights)))
    if negative:
        notes.append(text("No Theil index in years with a negative value"))
    if left:
        notes.append(text("Regions without a value are left out of their year"))
    return tuple(notes)
