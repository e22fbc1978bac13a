"""One treated region, and several, against the packages of synthetic_peers.py, on synthetic_panels.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache, partial

import numpy as np
from comparison import HERE, Comparison, stored

from ccd.estimate.synthetic.ascm import ridge_augmented
from ccd.estimate.synthetic.cohorts import Group, fit_groups, jackknife, jackknife_error, overall
from ccd.estimate.synthetic.conformal import by_year, joint_p
from ccd.estimate.synthetic.did import DID
from ccd.estimate.synthetic.difp import DIFP
from ccd.estimate.synthetic.fitted import Fitted, Paths, Weighting
from ccd.estimate.synthetic.placebos import enumerated
from ccd.estimate.synthetic.sc import SC
from ccd.estimate.synthetic.sdid import sdid

FILE = "synthetic_peers.json"
ONE, SEVERAL = "One treated region", "Several treated regions at several dates"
#: An interior-point solver stops short of the last digits of the loss, and of the first half of those of effects.
INTERIOR = {"tolerance": 2e-5}
#: Weights of donors that nearly make up one another move more than the effect does.
LOOSE = {"tolerance": 2e-3}
DATES = {1985: ("Italy", "France"), 1990: ("West Germany", "Japan")}

steps = partial(sdid, solver="frank-wolfe")


@cache
def panels() -> Mapping[str, dict]:
    """Return the stored panels by their name."""
    return json.loads((HERE / "synthetic_panels.json").read_text(encoding="utf-8"))


@cache
def paths_of(name: str) -> tuple[Paths, tuple[str, ...]]:
    """Return the paths of a stored panel, and the names of its donors."""
    panel = panels()[name]
    donors = tuple(region for region in panel["series"] if region != panel["treated"])
    y = np.array([panel["series"][region] for region in donors], float).T
    own = np.array(panel["series"][panel["treated"]], float)
    return Paths(y, own, panel["date"] - panel["first"]), donors


@cache
def fitted(name: str, method: str) -> Fitted:
    """Return the fit of a method of a stored panel."""
    ways = {"sdid": steps, "sc": SC.fit, "difp": DIFP.fit, "did": DID.fit}
    return ways[method](paths_of(name)[0])


def effect(name: str, method: str) -> dict[str, float]:
    return {method: fitted(name, method).estimate}


def donor_weights(name: str, method: str) -> dict[str, float]:
    return dict(zip(paths_of(name)[1], fitted(name, method).weights, strict=True))


def year_weights(name: str) -> dict[str, float]:
    weights = fitted(name, "sdid").time_weights
    assert weights is not None
    return {str(panels()[name]["first"] + t): value for t, value in enumerate(weights)}


def placebo_effects(name: str) -> dict[str, float]:
    paths, donors = paths_of(name)
    return dict(zip(donors, enumerated(steps, paths).estimate, strict=True))


def conformal(name: str, weighting: Weighting) -> dict[str, float]:
    """Return p jointly and by year; the level asked is out of reach, so that no ends are sought."""
    paths, _ = paths_of(name)
    years = by_year(weighting, paths, weighting.fit(paths), 0.9999).p_value
    date = panels()[name]["date"]
    return {"joint": joint_p(weighting, paths), **{str(date + k): p for k, p in enumerate(years)}}


def augmented(name: str, shares: tuple[str, ...]) -> dict[str, float]:
    """Return augmented synthetic control at penalties of so many times the largest squared singular value."""
    paths, _ = paths_of(name)
    mean = paths.donors[: paths.before].mean(1)
    x, own = (paths.donors[: paths.before] - mean[:, None]).T, paths.treated[: paths.before] - mean
    penalties = float(np.linalg.norm(x, 2)) ** 2 * np.array([float(share) for share in shares])
    gap = paths.treated - ridge_augmented(x, own, penalties, paths.s0) @ paths.donors.T
    return dict(zip(shares, gap[:, paths.before :].mean(1), strict=True))


@cache
def at_two_dates(method: str) -> dict[str, float]:
    """Return the mean effect on four regions treated at two dates, and its jackknife error."""
    panel = panels()["germany"]
    treated = {region for members in DATES.values() for region in members}
    series = {region: np.array(values, float) for region, values in panel["series"].items()}
    donors = np.array([values for region, values in series.items() if region not in treated]).T
    groups = [
        Group(date, np.array([series[region] for region in members]).T, np.arange(len(donors)), date - 1960)
        for date, members in DATES.items()
    ]
    fits = fit_groups({"synthdid": steps, "did": DID.fit}[method], donors, groups)
    errors = jackknife_error(jackknife(donors, groups, fits).estimate)
    found = overall(np.array([fit.estimate for fit in fits]), groups)
    return {"estimate": found, "std_error": float(errors[-1])}


@cache
def quota() -> tuple[np.ndarray, list[Group]]:
    """Return the outcomes (T, N0) of countries without a quota, and the groups of those with one by date."""
    stored_quota = json.loads((HERE / "quota.json").read_text(encoding="utf-8"))
    series, starts = stored_quota["series"], stored_quota["starts"]
    donors = np.array([values for region, values in series.items() if region not in starts], float).T
    years = np.arange(len(donors))
    groups = [
        Group(
            date,
            np.array([series[region] for region in starts if starts[region] == date], float).T,
            years,
            date - stored_quota["first"],
        )
        for date in sorted(set(starts.values()))
    ]
    return donors, groups


def quota_effect(method=steps) -> dict[str, float]:
    donors, groups = quota()
    fits = fit_groups(method, donors, groups)
    return {"overall": overall(np.array([fit.estimate for fit in fits]), groups)}


def told(method: str, column: str) -> dict[str, float]:
    return {"overall": at_two_dates(method)[column]}


def comparisons() -> Iterator[Comparison]:
    """Yield every stored result."""
    peer = stored(FILE)

    def one(name: str, column: str, ours, topic: str = ONE, **more) -> Comparison:
        return Comparison(
            topic, f"{name}: {column}", peer.peer(name), ours, peer.numbers(name, column), **more
        )

    for name in panels():
        yield one(f"{name} sdid", "estimate", partial(effect, name, "sdid"))
        yield one(f"{name} sdid", "weights", partial(donor_weights, name, "sdid"))
        yield one(f"{name} sdid", "time_weights", partial(year_weights, name))
        yield one(f"{name} sdid placebos", "estimate", partial(placebo_effects, name))
        yield one(f"{name} did", "estimate", partial(effect, name, "did"))
        yield one(f"{name} sdid diff-diff", "estimate", partial(effect, name, "sdid"))
        for method, weighting in (("sc", SC), ("difp", DIFP)):
            yield one(f"{name} {method}", "estimate", partial(effect, name, method), **INTERIOR)
            yield one(f"{name} {method}", "weights", partial(donor_weights, name, method), **LOOSE)
            yield one(f"{name} {method} conformal", "p_value", partial(conformal, name, weighting))
        shares = tuple(peer.numbers(f"{name} ascm", "estimate"))
        yield one(f"{name} ascm", "estimate", partial(augmented, name, shares), **INTERIOR)
    for method in ("synthdid", "did"):
        for column in ("estimate", "std_error"):
            yield one(f"several dates {method}", column, partial(told, method, column), SEVERAL)
    yield one("quota synthdid", "estimate", quota_effect, SEVERAL)
