"""Every pair of subsystems, region by region and year by year."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from ccd.describe.keys import LeadLagKeys
from ccd.describe.lead.pairs import LAGS, LEADS, LEVEL, MOST, ahead, motion, ratio, standing
from ccd.describe.wide import About
from ccd.errors import DataError
from ccd.results import LeadLag, LeadTimes, Part, Value
from ccd.words import Figure, Text, text

WORDS = {LAGS: text("lags"), LEVEL: text("level"), LEADS: text("leads"), -1: text("unknown")}


def lead_lag_parts(about: About, keys: LeadLagKeys) -> list[Part[Value]]:
    """Return ``lead_lag`` and ``leads``. Raises DataError without subsystems."""
    if about.index is None:
        raise DataError(
            text("lead and lag need subsystems"),
            where=text("study, {key}", key="describe.lead_lag"),
            fix=text("describe [subsystems]"),
        )
    columns = [str(name) for name in about.index.scores]
    scores = {name: about.of(name) for name in columns}
    seen = np.asarray(np.isfinite(np.stack([*scores.values()])).all(axis=(0, 2)))
    if seen.sum() < 3 or len(about.wide.times) < 4:
        raise DataError(
            text("fewer than three regions with every index in every year, or fewer than four years"),
            where=text("study, {key}", key="describe.lead_lag"),
            fix=text("shorten [data] years to those that are complete"),
        )
    regions = [region for region, known in zip(about.wide.regions, seen, strict=True) if known]
    times, shape = about.wide.times, (len(regions), len(about.wide.times))
    high = keys.cut_high if keys.cut_high is not None else 1 / keys.cut
    pairs = tuple(combinations(columns, 2))
    rows: dict[str, list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]] = {}
    words: list[Text] = []
    shares = np.zeros((len(pairs), len(times), 3))
    tests = []
    for at, (one, other) in enumerate(pairs):
        a, b = scores[one][seen], scores[other][seen]
        ratios = ratio(a, b)
        stands = standing(ratios, keys.cut, high)
        (speed_a, faster_a), (speed_b, faster_b) = motion(a), motion(b)
        angle = np.degrees(np.arctan2(speed_a, speed_b))
        for name, column in zip(COLUMNS, (ratios, speed_a, speed_b, faster_a, faster_b, angle), strict=True):
            rows.setdefault(name, []).append(column.ravel())
        words += [WORDS[int(code)] for code in stands.ravel()]
        shares[at] = np.stack([(stands == code).mean(axis=0) for code in (LAGS, LEVEL, LEADS)], axis=1)
        tests.append((one, other, ahead(a, b, keys.draws, about.stream(f"lead {one} {other}"))))
    size = shape[0] * shape[1]
    joined = {name: np.concatenate(found) for name, found in rows.items()}
    value = LeadLag(
        first=tuple(one for one, _ in pairs for _ in range(size)),
        second=tuple(other for _, other in pairs for _ in range(size)),
        entity=tuple(region for _ in pairs for region in regions for _ in times),
        time=np.tile(times, shape[0] * len(pairs)),
        ratio=joined["ratio"],
        standing=tuple(words),
        speed_first=joined["speed_first"],
        speed_second=joined["speed_second"],
        acceleration_first=joined["acceleration_first"],
        acceleration_second=joined["acceleration_second"],
        angle=joined["angle"],
        pairs=pairs,
        years=times,
        shares=shares,
    )
    k = np.arange(-MOST, MOST + 1)
    leads = LeadTimes(
        first=tuple(one for one, _, _ in tests for _ in k),
        second=tuple(other for _, other, _ in tests for _ in k),
        k=np.tile(k, len(tests)),
        correlation=np.concatenate([found.correlation for _, _, found in tests]),
        largest=np.concatenate([k == found.k for _, _, found in tests]),
        p_value=np.concatenate([np.where(k == found.k, found.p_value, np.nan) for _, _, found in tests]),
    )
    cut = text(
        "The first lags below a ratio of {low} and leads above {high}",
        low=Figure(keys.cut, 2),
        high=Figure(high, 2),
    )
    moved = text(
        "k > 0: the first runs k years ahead; mean over regions of correlations of yearly changes, region and year "
        "means taken out; p of the largest over all k by {draws} exchanges of partners",
        draws=keys.draws,
    )
    return [Part(value, notes=(cut,)), Part(leads, notes=(moved,))]


COLUMNS = ("ratio", "speed_first", "speed_second", "acceleration_first", "acceleration_second", "angle")
