"""Changes-in-changes and quantile fits against quantiles_peers.json and quantiles.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache, partial

import numpy as np
from comparison import HERE, Comparison, stored
from ours import cells, fit, read

from ccd.estimate.did.changes.discrete import discrete
from ccd.estimate.did.changes.four import Counts, Effects, Four, effects, once
from ccd.estimate.linear.counts import inverse

CIC, R = "quantiles_peers.json", "quantiles.json"
CHANGES, FITS, MOMENTS = "Changes-in-changes", "Quantile fits", "Quantile regression by moments"
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
#: Typed to seven digits.
PRINTED = 1e-6
FLOATING = (
    "ranks are compared as integers; theirs multiply r/n by n in floating point, which lands above r for some, and "
    "take the next observation there"
)
#: The linear programme of statsmodels stops when a step moves less than this.
PROGRAMME = 1e-4


@cache
def data() -> dict[str, dict[str, list[float]]]:
    return json.loads((HERE / "changes.json").read_text(encoding="utf-8"))


def kentucky(*, log: bool) -> tuple[Four, Counts]:
    """Return weeks out of work by value, and how often each comes in each cell."""
    found = data()["kentucky"]
    weeks = np.array(found["weeks"])
    y = np.log(weeks) if log else weeks
    counts = (np.array(found[name], dtype=np.int64)[None] for name in ("y00", "y01", "y10", "y11"))
    return Four(y, y, y, y), Counts(*counts)


def psid() -> Four:
    return Four(*(np.array(data()["psid"][name]) for name in ("y00", "y01", "y10", "y11")))


def named(found: Effects, levels: tuple[float, ...]) -> dict[str, float]:
    return {
        "mean": float(found.att[0]),
        **{f"{q:g}": float(one) for q, one in zip(levels, found.qtt[0], strict=True)},
    }


def published(name: str, levels: tuple[float, ...]) -> dict[str, float]:
    """Return the effects on weeks, or on their logs, that a row of the supplement has."""
    bounds = discrete(*kentucky(log="log" in name), levels)
    return named(getattr(bounds, name.rsplit(maxsplit=1)[-1]), levels)


def floating(four: Four) -> float:
    """Return the effect on the mean where r/n x n is compared as it comes out in floating point."""
    share = np.searchsorted(np.sort(four.y00), four.y10, side="right") / len(four.y00)
    place = np.ceil(share * len(four.y01)).astype(int)
    return float(four.y11.mean() - np.sort(four.y01)[np.maximum(place, 1) - 1].mean())


def at(four: Four) -> dict[str, float]:
    return named(effects(four, once(four), LEVELS), LEVELS)


def cell(name: str) -> Four:
    """Return one cohort and year of staggered.csv against the never treated."""
    cohort, year = map(int, name.split()[1].split("/"))
    frame = read("staggered.csv")
    wide = frame.pivot(index="region", columns="year", values="y")
    start = frame.groupby("region")["start"].first()
    return Four(*(wide.loc[start == g, t].to_numpy() for g in (0, cohort) for t in (cohort - 1, year)))


def comparisons() -> Iterator[Comparison]:
    """Yield every stored result."""
    yield from changes()
    yield from quantile_fits()
    yield from by_moments()


def changes() -> Iterator[Comparison]:
    peer = stored(CIC)
    for name in peer.results:
        if name.startswith("kentucky"):
            theirs = peer.numbers(name, "effect")
            levels = tuple(float(key) for key in theirs if key != "mean")
            ours = partial(published, name, levels)
            yield Comparison(CHANGES, name, peer.peer(name), ours, theirs, tolerance=PRINTED)
            continue
        make = psid if name == "psid" else partial(cell, name)
        yield from four_cells(name, make)


def four_cells(name: str, make) -> Iterator[Comparison]:
    """Yield the mean, with the factor from floating ranks to integers where there is one, and the quantiles."""
    peer = stored(CIC)
    four = make()
    exact = at(four)["mean"]
    more = {} if floating(four) == exact else {"convention": FLOATING, "factor": exact / floating(four)}
    mean = partial(at, four) if name == "psid" else partial(estimated, name.split()[1])
    yield Comparison(CHANGES, f"{name}: mean", peer.peer(name), mean, peer.numbers(name, "mean"), **more)
    theirs = peer.numbers(name, "quantiles")
    yield Comparison(CHANGES, f"{name}: quantiles", peer.peer(name), partial(at, four), theirs)


def estimated(key: str) -> dict[str, float]:
    """Return a cell of the estimator on staggered.csv."""
    found = fit("staggered", kind="did", policy="policy", estimator="cic", draws=99)
    return {"mean": cells(found, "att_gt", ["cohort", "time"])[key]}


def quantile_fits() -> Iterator[Comparison]:
    peer = stored(R)
    for name, skip in (("inverse", 0), ("constant", 1)):
        y = read("panel.csv")["y"].to_numpy()[skip:]
        theirs = peer.numbers(name, "quantile")
        yield Comparison(FITS, name, peer.peer(name), partial(inverted, y), theirs)
    for column in ("const", "x", "c"):
        theirs = peer.numbers("pooled", column)
        ours = partial(pooled, column)
        yield Comparison(FITS, f"pooled: {column}", peer.peer("pooled"), ours, theirs, tolerance=PROGRAMME)


def inverted(y: np.ndarray) -> dict[str, float]:
    found = inverse(y, np.ones((1, len(y)), dtype=np.int64), LEVELS)[0]
    return {f"{q:.1f}": float(one) for q, one in zip(LEVELS, found, strict=True)}


@cache
def fits() -> dict[float, np.ndarray]:
    from statsmodels.regression.quantile_regression import QuantReg

    frame = read("panel.csv").iloc[1:]
    x = np.column_stack([np.ones(len(frame)), frame[["x", "c"]]])
    model = QuantReg(frame["y"].to_numpy(), x)
    return {q: model.fit(q=q, max_iter=5000, p_tol=1e-10).params for q in LEVELS}


def pooled(column: str) -> dict[str, float]:
    """Return statsmodels' fits, against which anything that takes its quantile regressions is read."""
    place = ("const", "x", "c").index(column)
    return {f"{q:.1f}": float(found[place]) for q, found in fits().items()}


def by_moments() -> Iterator[Comparison]:
    peer = stored(R)
    for name in ("balanced", "unbalanced", "jackknife"):
        stored_as = f"moments {name}"
        for column in ("x", "c"):
            theirs = peer.numbers(stored_as, column)
            ours = partial(along, name, column)
            yield Comparison(MOMENTS, f"{name}: {column}", peer.peer(stored_as), ours, theirs)
        for column, ours_column in (("scale", "estimate"), ("location", "location")):
            if column not in peer.results[stored_as]:
                continue
            theirs = peer.numbers(stored_as, column)
            ours = partial(scale, name, ours_column)
            yield Comparison(MOMENTS, f"{name}: {column}", peer.peer(stored_as), ours, theirs)


def moments(name: str):
    keys: dict[str, object] = {
        "kind": "panel",
        "estimator": "quantile",
        "regressors": ["x", "c"],
        "draws": 99,
    }
    if name == "jackknife":
        return fit("balanced", **keys, where="year <= 2010", jackknife=True)
    return fit(name, **keys, jackknife=False)


def along(name: str, column: str) -> dict[str, float]:
    frame = moments(name).part("quantiles").frame
    own = frame[frame["term"] == column]
    return {f"{q:.1f}": float(one) for q, one in zip(own["q"], own["estimate"], strict=True)}


def scale(name: str, column: str) -> dict[str, float]:
    return cells(moments(name), "scale", ["term"], column)
