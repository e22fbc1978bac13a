"""Sigma and beta convergence of one variable."""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.describe.convergence.beta import TERMS, Data, beta_rows
from ccd.describe.convergence.sigma import pitman_morgan
from ccd.describe.keys import ConvergenceKeys
from ccd.describe.wide import About, Wide
from ccd.errors import DataError
from ccd.results import Convergence, Part, Sigma, SigmaTests, Value
from ccd.streams import Stream
from ccd.words import Name, Text, names, text

#: Groups of fewer regions have no slope of their own.
FEWEST = 5


def convergence_parts(about: About, keys: ConvergenceKeys) -> list[Part[Value]]:
    """Return ``sigma``, ``sigma_tests`` and ``convergence``. Raises DataError with fewer than FEWEST regions."""
    wide = about.wide
    groups = _groups(about, keys.by)
    z = np.stack([about.of(column) for column in keys.conditional], axis=2) if keys.conditional else None
    usable = np.asarray((wide.x > 0).all(axis=1))  # nan is not above zero
    if z is not None:
        usable &= np.isfinite(z[:, :-1]).all(axis=(1, 2))
    if usable.sum() < FEWEST:
        raise DataError(
            text(
                "fewer than {fewest} regions have a positive '{variable}' in every year",
                fewest=FEWEST,
                variable=wide.variable,
            ),
            where=text("study, {key}", key="describe.convergence"),
            fix=text("describe a positive variable over years that are complete"),
        )
    gone = () if usable.all() else (_left(wide.regions, ~usable),)
    kept = [(group, (member & usable)[usable]) for group, member in groups]
    logs = np.log(wide.x[usable])
    empty = np.empty((*logs.shape, 0))
    treated = _treated(about, keys.policy)[usable] if keys.policy else None
    data = Data(logs, empty if z is None else z[usable], treated)
    parts = [*_sigma(wide.only(usable), logs, kept, gone)]
    rows = []
    small = [group for group, member in kept if member.sum() < FEWEST]
    for group, member in kept:
        if member.sum() >= FEWEST:
            stream = Stream(about.stream.seed, f"{about.stream.model} {wide.variable} {group}")
            rows += beta_rows(data.only(member), group, keys.draws, stream)
    figures = np.array([row.shown() for row in rows])
    parts.append(
        Part(
            Convergence(
                model=tuple(row.model for row in rows),
                group=tuple(row.group for row in rows),
                b=np.array([row.b for row in rows]),
                std_error=np.array([row.std_error for row in rows]),
                speed=figures[:, 1],
                speed_low=figures[:, 2],
                speed_high=figures[:, 3],
                half_life=figures[:, 4],
                nobs=np.array([row.nobs for row in rows]),
                p_value=figures[:, 0],
                term=tuple(row.term for row in rows),
                variable=wide.variable,
            ),
            notes=(
                *gone,
                *_notes(keys, small, short=len(wide.times) < 5),
                *([UNIDENTIFIED] if keys.policy and not any(row.term == TERMS[1] for row in rows) else []),
            ),
        )
    )
    return parts


UNIDENTIFIED = text("No row for the policy: regions must begin it in both halves of the years")


def _groups(about: About, by: str | None) -> list[tuple[str, BoolArray]]:
    found: list[tuple[str, BoolArray]] = [("", np.ones(len(about.wide.regions), dtype=bool))]
    if by:
        codes, listed = about.groups(by)
        found += [(group, codes == j) for j, group in enumerate(listed)]
    return found


def _treated(about: About, policy: str) -> FloatArray:
    start = about.panel.cohort(policy).to_numpy(dtype=float)
    return np.asarray((about.wide.times[None, :] >= start[:, None]).astype(float))


def _left(regions: tuple[str, ...], out: BoolArray) -> Text:
    listed = [region for region, lost in zip(regions, out, strict=True) if lost]
    return text(
        "{count} {count:region|regions} left out, not positive or not known in every year: {listed}",
        count=len(listed),
        listed=names(listed[:8]),
    )


def _notes(keys: ConvergenceKeys, small: list[str], *, short: bool) -> list[Text]:
    found = [
        text("Cross-section: errors HC1. Panel: region and year effects, errors from {draws} draws of whole regions",
             draws=keys.draws)
    ]  # fmt: skip
    if not short:
        found.append(
            text("Fixed effects overstate the speed in short panels: read the half-panel jackknife (a speed of 0.05 "
                 "over 13 years reads 0.31 by the one, 0.07 by the other)")
        )  # fmt: skip
    else:
        found.append(text("Fewer than five years have no panel regression"))
    if keys.conditional:
        found.append(
            text(
                "Conditional on {columns}, of the first year or of the year before",
                columns=names(keys.conditional),
            )
        )
    if keys.policy:
        found.append(
            text(
                "Policy: {policy}; a negative product with ln x says that it speeds catching up",
                policy=Name(keys.policy),
            )
        )
    if small:
        found.append(
            text("Fewer than {fewest} regions, no slope: {groups}", fewest=FEWEST, groups=names(small))
        )
    return found


def _sigma(
    wide: Wide, logs: FloatArray, groups: list[tuple[str, BoolArray]], gone: tuple[Text, ...]
) -> list[Part[Value]]:
    rows, tests = [], []
    for group, member in groups:
        own, plain = logs[member], wide.x[member]
        if len(own) < 2:
            continue
        spread, cv = own.std(axis=0, ddof=1), plain.std(axis=0, ddof=1) / plain.mean(axis=0)
        rows += [(year, group, a, b, len(own)) for year, a, b in zip(wide.times, spread, cv, strict=True)]
        found = pitman_morgan(own[:, 0], own[:, -1])
        tests.append((group, spread[0], spread[-1], found))
    time, label, spread_, cv_, size = zip(*rows, strict=True)
    sigma = Sigma(np.array(time), label, np.array(spread_), np.array(cv_), np.array(size), wide.variable)
    test = SigmaTests(
        group=tuple(one[0] for one in tests),
        first=np.full(len(tests), wide.times[0]),
        last=np.full(len(tests), wide.times[-1]),
        std_dev_first=np.array([one[1] for one in tests]),
        std_dev_last=np.array([one[2] for one in tests]),
        r=np.array([one[3].r for one in tests]),
        statistic=np.array([one[3].statistic for one in tests]),
        df=np.array([one[3].df for one in tests]),
        p_value=np.array([one[3].p_value for one in tests]),
        variable=wide.variable,
    )
    note = text("Pitman-Morgan test: the two years hold the same regions, which an F test would forget")
    return [Part(sigma, notes=gone), Part(test, notes=(note,))]
