"""Panel regressions against plm, sandwich, lmtest and AER (panel.R), on panel.csv and data/provinces.csv."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import sqrt

import numpy as np
import pandas as pd
from comparison import Comparison, stored
from ours import cells, facts, fit, read, terms
from scipy.stats import t as student

from ccd.estimate.linear.cr2 import cr2

FILE = "panel.json"
DATA = ("provinces", "balanced", "unbalanced")
CONST = {"(Intercept)": "const", "x": "x", "c": "c"}
ONE, TWO = {"time_effects": False}, {"time_effects": True}
TESTS = {"statistic": "statistic", "p_value": "p_value"}


def panel(data: str, estimator: str, **keys: object):
    section = {"regressors": ["x"], "controls": ["c"]}
    if estimator == "iv":
        section = {"endogenous": ["x"], "instruments": ["z1", "z2"], "controls": ["c"]}
    return fit(data, kind="panel", estimator=estimator, **{**section, **keys})


def values(data: str, estimator: str, value: str = "std_error", **keys: object) -> dict[str, float]:
    return terms(panel(data, estimator, **keys), value)


def did(data: str, **keys: object):
    return fit(data, kind="did", policy="policy", controls=["x", "c"], **keys)


def against(
    topic: str, name: str, column: str, read: Callable[[], dict[str, float]], keys=None, **more
) -> Comparison:
    """Return the comparison of one column of a stored result."""
    peer = stored(FILE)
    return Comparison(
        topic, f"{name}: {column}", peer.peer(name), read, peer.numbers(name, column, keys), **more
    )


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons of every panel estimator, its errors and its tests."""
    for data in DATA:
        yield from least_squares(data)
        yield from clustered(data)
        yield from random(data)
    for data in ("balanced", "unbalanced"):
        yield from policy(data)
        yield from instruments(data)
        yield from bias_reduced(data)


def least_squares(data: str) -> Iterator[Comparison]:
    topic = "Pooled and fixed effects"
    sections = {
        "pooling": ("pooled", ONE),
        "within": ("fixed", ONE),
        "both": ("fixed", TWO),
        "time": ("pooled", TWO),
    }
    for name, (estimator, keys) in sections.items():
        for column in ("estimate", "std_error"):
            read = partial(values, data, estimator, column, vcov="iid", **keys)
            yield against(topic, f"{data} {name}", column, read)
    for column, keys in (("oneway", ONE), ("twoway", TWO)):
        read = partial(test, "region_effects", data, "fixed", **keys)
        yield against(topic, f"{data} F", column, read, TESTS)


def test(name: str, data: str, estimator: str, **keys: object) -> dict[str, float]:
    """Return statistic and p-value of a test of the part ``tests``."""
    estimate = panel(data, estimator, **keys)
    return {key: cells(estimate, "tests", ["test"], key)[name] for key in TESTS}


def clustered(data: str) -> Iterator[Comparison]:
    topic = "Clustered and robust errors"
    for column, vcov in (("hc1", "hc1"), ("cluster", "cluster")):
        read = partial(values, data, "pooled", vcov=vcov, **ONE)
        yield against(topic, f"{data} pooled robust", column, read)
    name, words = (
        f"{data} two clusters",
        "no small-sample factor; ours is G/(G-1) (n-1)/(n-K) with the smaller G",
    )
    for column, estimator, keys in (("within", "fixed", TWO), ("pooled", "pooled", ONE)):
        both = ["adcode" if data == "provinces" else "region", "year"]
        read = partial(values, data, estimator, cluster=both, **keys)
        yield against(topic, name, column, read, factor=lambda: smaller(data, 3), convention=words)
    name, driscoll = f"{data} driscoll-kraay", {"vcov": "driscoll-kraay", "hac_factor": "none"}
    yield against(topic, name, "within", partial(values, data, "fixed", **driscoll))
    yield against(topic, name, "within_4", partial(values, data, "fixed", hac_lags=4, **driscoll))
    yield against(topic, name, "pooled_4", partial(values, data, "pooled", hac_lags=4, **driscoll, **ONE))
    read = partial(values, data, "fixed")
    yield against(
        topic, f"{data} within clustered", "std_error", read, factor=lambda: small_sample(data, 2),
        convention="plm's HC0 has no small-sample factor; ours is G/(G-1) (n-1)/(n-K), K without region effects",
    )  # fmt: skip
    yield against(
        topic, f"{data} dummies clustered", "std_error", read, factor=lambda: nested(data, 2),
        convention="K does not count the region effects, which lie inside the clusters; sandwich counts them",
    )  # fmt: skip
    yield against(topic, f"{data} dummies hc1", "std_error", partial(read, vcov="hc1"))


def bias_reduced(data: str) -> Iterator[Comparison]:
    """Yield CR2 errors, their degrees of freedom and p-values: a function of arrays, which no model offers."""
    peer, name = stored("later.json"), f"cr2 {data}"
    for column in ("std_error", "df", "p_value"):
        theirs = peer.numbers(name, column)
        yield Comparison(
            "Bias-reduced clustered errors (CR2, a function of arrays)", f"{name}: {column}", peer.peer(name),
            lambda column=column: cr2_of(data)[column], theirs,
        )  # fmt: skip


def cr2_of(data: str) -> dict[str, dict[str, float]]:
    """Return by column what D, x and c have, region effects swept out and years as dummies."""
    known = read("panel.csv")
    known = known if data == "balanced" else known[known["kept"] == 1]
    d = (known["start"] > 0) & (known["year"] >= known["start"])
    years = pd.get_dummies(known["year"]).to_numpy(dtype=float)[:, 1:]
    raw = np.column_stack([known["y"], d, known[["x", "c"]], years]).astype(float)
    group = np.unique(known["region"], return_inverse=True)[1]
    swept = raw - pd.DataFrame(raw).groupby(group).transform("mean").to_numpy()
    y, x = swept[:, 0], swept[:, 1:]
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    found = cr2(x, y - x @ beta, group)
    error = np.sqrt(np.diag(found.matrix))[:3]
    p = [2 * student.sf(abs(b / e), v) for b, e, v in zip(beta, error, found.df, strict=False)]
    columns = {"std_error": error, "df": found.df, "p_value": p}
    return {
        name: dict(zip(("D", "x", "c"), map(float, column), strict=False)) for name, column in columns.items()
    }


def sizes(data: str) -> tuple[int, int, int]:
    """Return rows, regions and years of a panel."""
    known = facts(panel(data, "fixed"))
    return known["nobs"], known["entities"], known["times"]


def small_sample(data: str, slopes: int) -> float:
    """Return sqrt(G/(G-1) (n-1)/(n-K)), K = slopes, constant and years."""
    n, g, t = sizes(data)
    return sqrt(g / (g - 1) * (n - 1) / (n - slopes - t))


def nested(data: str, slopes: int) -> float:
    """Return what an error shrinks by when the region effects leave K."""
    n, g, t = sizes(data)
    return sqrt((n - slopes - t - (g - 1)) / (n - slopes - t))


def random(data: str) -> Iterator[Comparison]:
    topic = "Random effects and its tests"
    for years, keys in (("no years", ONE), ("years", TWO)):
        if f"{data} random {years}" not in stored(FILE).results:
            continue
        if data == "unbalanced":
            keys = {**keys, "components": "swamy-arora"}  # noqa: PLW2901
        for column, vcov in (("estimate", "iid"), ("std_error", "iid"), ("cluster", "cluster")):
            value = "estimate" if column == "estimate" else "std_error"
            read = partial(values, data, "random", value, vcov=vcov, **keys)
            yield against(topic, f"{data} random {years}", column, read, CONST)
        read = partial(theta, data, **keys)
        yield against(topic, f"{data} random {years}", "theta", read)
        yield against(
            topic, f"{data} hausman {years}", "test", partial(test, "hausman", data, "random", **keys),
            convention="both variances on the s2 of fixed effects (Stata's sigmaless), from the parts that plm prints",
        )  # fmt: skip
        read = partial(test, "breusch_pagan", data, "random", **keys)
        yield against(topic, f"{data} breusch-pagan {years}", "test", read)
    if data != "unbalanced":
        yield against(topic, f"{data} mundlak", "test", partial(test, "mundlak", data, "random", **ONE))


def theta(data: str, **keys: object) -> dict[str, float]:
    """Return the least and the largest share of region means that random effects take off."""
    found = facts(panel(data, "random", vcov="iid", **keys))["theta"]
    return dict(zip(("low", "high"), found, strict=True))


def policy(data: str) -> Iterator[Comparison]:
    topic = "Two-way clusters and Driscoll-Kraay"
    names = {"D": "policy", "x": "x", "c": "c"}
    yield against(topic, f"{data} policy", "estimate", lambda: terms(did(data)), names)
    read = partial(policy_errors, data, cluster=["region", "year"])
    words = "no small-sample factor; ours is G/(G-1) (n-1)/(n-K) with the smaller G, K without both effects"
    own = {"factor": lambda: smaller(data, 4), "convention": words}
    yield against(topic, f"{data} policy", "two", read, names, **own)
    yield against(topic, f"{data} policy two", "two", read, names, **own)
    yield against(
        topic, f"{data} policy", "driscoll_kraay", partial(policy_errors, data, vcov="driscoll-kraay"), names,
        factor=lambda: by_year(data),
        convention="plm's vcovSCC (HC0, two lags) has no small-sample factor, as ours with hac_factor = \"none\"; "
        "ours by default is T/(T-1) (n-1)/(n-K)",
    )  # fmt: skip
    for left in ("y", "c"):
        keys = {
            "regressors": ["z1", "z2"],
            "controls": [],
            "outcome": left,
            "components": "swamy-arora",
            **ONE,
        }
        read = partial(test, "hausman_classical", data, "random", **keys)
        yield against("Random effects and its tests", f"{data} classical hausman {left}", "test", read, TESTS)


def policy_errors(data: str, **keys: object) -> dict[str, float]:
    return terms(did(data, **keys), "std_error")


def smaller(data: str, k: int) -> float:
    """Return sqrt(G/(G-1) (n-1)/(n-K)) with the smaller G of regions and years."""
    n, g, t = sizes(data)
    least = min(g, t)
    return sqrt(least / (least - 1) * (n - 1) / (n - k))


def by_year(data: str) -> float:
    n, g, t = sizes(data)
    return sqrt(t / (t - 1) * (n - 1) / (n - 4 - (g - 1)))


def instruments(data: str) -> Iterator[Comparison]:
    topic = "Instrumental variables and its tests"
    for column in ("estimate", "std_error"):
        read = partial(values, data, "iv", column, vcov="iid")
        yield against(topic, f"{data} iv", column, read)
        yield against(topic, f"{data} iv just", column, partial(read, instruments=["z1"]))
    yield against(
        topic, f"{data} iv", "cluster", partial(values, data, "iv"), factor=lambda: small_sample(data, 2),
        convention="plm's HC0 has no small-sample factor; ours is G/(G-1) (n-1)/(n-K), K without region effects",
    )  # fmt: skip
    plain, wald, iid = f"{data} iv tests", f"{data} iv wald", {"vcov": "iid"}
    yield against(topic, plain, "endogeneity", partial(test, "endogeneity", data, "iv", **iid))
    yield against(topic, plain, "first_stage", partial(first_stage, data, **iid), {"statistic": "statistic"})
    yield against(topic, plain, "sargan", partial(test, "sargan", data, "iv", **iid))
    yield against(topic, wald, "anderson_rubin_iid", partial(test, "anderson_rubin", data, "iv", **iid))
    own = {
        "factor": lambda: small_sample(data, 3) ** -2,
        "convention": "theirs has no small-sample factor; ours divides F by G/(G-1) (n-1)/(n-K)",
    }
    yield against(topic, wald, "first_stage", partial(first_stage, data), **own)
    yield against(topic, wald, "anderson_rubin", partial(test, "anderson_rubin", data, "iv"), **own)


def first_stage(data: str, **keys: object) -> dict[str, float]:
    return {"statistic": facts(panel(data, "iv", **keys), "first_stage")["f"]["x"]}
