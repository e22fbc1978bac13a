"""Scores, matches, balance and matched regressions against glm, Matching, MatchIt and sandwich (matching.R)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import sqrt

from comparison import Comparison, stored
from ours import cells, facts, fit, terms

FILE = "matching.json"
X = ["x1", "x2", "x3"]
NEAREST = {"matcher": "nearest"}
ALONE = {"matcher": "nearest", "replacement": False}
MAHALANOBIS = {"matcher": "mahalanobis"}
SECTIONS = {
    "one": NEAREST,
    "three": {**NEAREST, "neighbours": 3},
    "on a probit": {**NEAREST, "score": "probit"},
    "exact": {**NEAREST, "exact": "area"},
    "caliper": {**NEAREST, "caliper": 0.003},
    "caliper in sd": {**NEAREST, "caliper": 0.01, "caliper_scale": "sd"},
    "common support": {**NEAREST, "common_support": "minmax"},
    "no replacement": ALONE,
    "no replacement, two": {**ALONE, "neighbours": 2},
    "no replacement, caliper": {**ALONE, "caliper": 0.003},
    "mahalanobis": MAHALANOBIS,
    "mahalanobis, two": {**MAHALANOBIS, "neighbours": 2},
    "mahalanobis, caliper": {**MAHALANOBIS, "caliper": 0.03},
}
BALANCE = {
    "mean_treated": "mean_treated_after",
    "mean_control": "mean_control_after",
    "smd_before": "smd_before",
    "smd_after": "smd_after",
    "ratio_before": "variance_ratio_before",
    "ratio_after": "variance_ratio_after",
}


def psm(data: str = "matching", **keys: object):
    section = {"match_on": X, "common_support": "none", **keys}
    return fit(data, kind="psm-did", policy="policy", **section)


def against(
    topic: str, name: str, column: str, read: Callable[[], dict[str, float]], keys=None, **more
) -> Comparison:
    """Return the comparison of one column of a stored result."""
    peer = stored(FILE)
    return Comparison(
        topic, f"{name}: {column}", peer.peer(name), read, peer.numbers(name, column, keys), **more
    )


def comparisons() -> Iterator[Comparison]:
    """Yield scores, then matches and what follows from them, then ties and the fractional logit."""
    for link in ("logit", "probit"):
        yield from scores(link)
    for name, keys in SECTIONS.items():
        yield against("Matches", name, "weight", partial(weights, **keys))
        yield against("Matches", name, "matched", partial(matched, **keys))
        yield from regression(name, keys)
    yield from balance()
    yield from ties()
    yield from mean_effects()
    yield from fractional()


def scores(link: str) -> Iterator[Comparison]:
    topic = "Propensity scores"
    words = {"convention": "errors of the observed information, as in Stata; glm prints the expected one"}
    names = {"(Intercept)": "const", **dict(zip(X, X, strict=True))}
    for column in ("estimate", "std_error"):
        own = words if (link, column) == ("probit", "std_error") else {}
        yield against(topic, link, column, partial(coefficients, link, column), names, **own)
    yield against(topic, link, "fit", lambda: facts(psm(score=link), "score"))
    yield against(topic, link, "score", lambda: weights("score", score=link))


def coefficients(link: str, value: str) -> dict[str, float]:
    return cells(psm(score=link), "score", ["term"], value)


def weights(value: str = "weight", **keys: object) -> dict[str, float]:
    return cells(psm(**keys), "weights", ["entity"], value)


def matched(**keys: object) -> dict[str, float]:
    """Return how many treated regions are matched, and how many controls lend."""
    found = (cells(psm(**keys), "weights", ["entity"], "weight", treated=one) for one in (True, False))
    return {
        key: sum(value != 0 for value in side.values())
        for key, side in zip(("treated", "controls"), found, strict=True)
    }


def regression(name: str, keys: dict[str, object]) -> Iterator[Comparison]:
    topic, stage = "Matched difference-in-differences", f"{name} regression"
    for column in ("estimate", "std_error"):
        own = {}
        if column == "std_error":
            own["convention"] = (
                "K does not count the region effects, which lie inside the clusters; sandwich does"
            )
            size = stored(FILE).numbers(stage, "size")
            n, k = size["rows"], 1 + 4
            own["factor"] = sqrt((n - k - (size["regions"] - 1)) / (n - k))
        yield against(topic, stage, column, partial(effect, column, **keys), **own)


def effect(value: str, **keys: object) -> dict[str, float]:
    return {value: terms(psm(**keys), value)["policy"]}


def balance() -> Iterator[Comparison]:
    topic = "Balance"
    for name in ("mahalanobis", "mahalanobis, two", "mahalanobis, caliper"):
        for theirs, ours in BALANCE.items():
            own = {}
            if theirs == "ratio_after":
                own = {"convention": "variances divide by W - 1, W the sum of weights (Stata's pstest)"}
            yield against(topic, name, theirs, partial(balance_of, ours, **SECTIONS[name]), **own)
        read = partial(balance_of, "t_after", **SECTIONS[name])
        yield against(topic, f"{name} t", "after", read)
    yield against(topic, "before", "t", partial(balance_of, "t_before"))
    yield against(topic, "before", "prob", partial(balance_of, "p_before"))
    yield against(topic, "bias", "before", partial(balance_of, "bias_before"))


def balance_of(value: str, **keys: object) -> dict[str, float]:
    return cells(psm(**keys), "balance", ["variable"], value)


def ties() -> Iterator[Comparison]:
    few = {"match_on": ["d1", "d2"], **NEAREST}
    for k in (1, 2):
        yield against("Matches", f"ties {k}", "weight", partial(weights, **few, neighbours=k))
    yield against("Matches", "ties without replacement", "weight", partial(turned, "largest"))
    yield against("Matches", "ties without replacement", "matched", partial(turned, "treated"))


def turned(value: str) -> dict[str, float]:
    """Return the largest weight of a control or the treated matched where the 110 others are the treated."""
    estimate = psm("matching turned", match_on=["d1", "d2"], **ALONE)
    treated, controls = (
        cells(estimate, "weights", ["entity"], "weight", treated=one).values() for one in (True, False)
    )
    return {"largest": max(controls), "treated": sum(weight > 0 for weight in treated)}


def mean_effects() -> Iterator[Comparison]:
    topic = "Mean effects of matches"
    for matcher, how in (("nearest", "score"), ("mahalanobis", "mahalanobis")):
        for k in (1, 3):
            for estimand in ("att", "atu", "ate"):
                name = f"effects {how} {estimand} {k}"
                for column, errors in (("plain", "2006"), ("corrected", "2011")):
                    if column not in stored(FILE).results[name]:
                        continue
                    read = partial(mean_effect, f"{estimand}-{errors}", matcher=matcher, neighbours=k)
                    yield against(topic, name, column, read)


def mean_effect(row: str, **keys: object) -> dict[str, float]:
    """Return one row of the part ``matched_effects``: its estimate and its error."""
    estimate = psm(**keys)
    return {
        value: cells(estimate, "matched_effects", ["column"], value)[row]
        for value in ("estimate", "std_error")
    }


def fractional() -> Iterator[Comparison]:
    topic, name, n, g = "Fractional logit", "fractional logit", 640, 160
    yield against(topic, name, "estimate", partial(fractional_logit, "estimate"))
    yield against(
        topic, name, "std_error", partial(fractional_logit, "std_error"),
        factor=sqrt(g / (g - 1) * (n - 1) / (n - 8)),
        convention="theirs has no small-sample factor; ours is G/(G-1) (n-1)/(n-K), K = 8",
    )  # fmt: skip


def fractional_logit(value: str) -> dict[str, float]:
    section = {"estimator": "fractional-logit", "outcome": "share", "controls": ["c"]}
    return terms(fit("matching", kind="did", policy="policy", **section), value)
