"""Difference-in-differences against the packages of staggered_peers.py, on staggered.csv."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import sqrt

from comparison import Comparison, stored
from ours import cells, fit, terms

FILE = "staggered_peers.json"
D = {"D": "policy", "x1": "x1", "x2": "x2"}
ONE = {"D": "policy"}
OVERALL = {"overall": "policy"}
CONTROLS = ("x1", "x2")

#: Conventions of errors: what differs, and the exact factor from theirs to ours.
CONVENTIONS = {
    "twfe province x year": {
        "convention": "years lie inside province x year, so K counts them once (153); theirs counts both (162)",
        "factor": sqrt((600 - 162) / (600 - 153)),
    },
    "twfe conley": {
        "convention": "theirs has no small-sample factor; ours is n/(n-K), K = 72 of n = 600",
        "factor": sqrt(600 / (600 - 72)),
    },
}
LEADS = {
    "convention": "no small-sample factor on leads; theirs has G/(G-1) (n-1)/(n-K), G = 60, n = 424, K = 16",
    "factor": sqrt(59 / 60 * (424 - 16) / 423),
}
STACK = {
    "convention": "K = 11, the treated dummy lies inside the unit effects; theirs has K = 12 of n = 732",
    "factor": sqrt((732 - 12) / (732 - 11)),
}


def did(data: str = "staggered", **keys: object):
    return fit(data, kind="did", policy="policy", **keys)


def both(
    topic: str, name: str, read: Callable[..., dict[str, float]], keys=None, **more
) -> Iterator[Comparison]:
    """Yield the comparison of the estimates of a stored result, and that of its standard errors."""
    peer = stored(FILE)
    errors = {key: more.pop(key) for key in ("convention", "factor", "pending") if key in more}
    for column in ("estimate", "std_error"):
        if column in peer.results[name]:
            own = errors if column == "std_error" else {}
            yield Comparison(
                topic, f"{name}: {column}", peer.peer(name), partial(read, column), peer.numbers(name, column, keys),
                **own, **more,
            )  # fmt: skip


def comparisons() -> Iterator[Comparison]:
    """Yield two-way least squares, then every staggered estimator."""
    yield from two_way()
    yield from callaway_santanna()
    yield from others()


def two_way() -> Iterator[Comparison]:
    topic = "Two-way fixed effects"
    sections = {
        "twfe region": {},
        "twfe province": {"cluster": "province"},
        "twfe two": {"cluster": ["region", "year"]},
        "twfe hc1": {"vcov": "hc1"},
        "twfe iid": {"vcov": "iid"},
        "twfe driscoll-kraay": {"vcov": "driscoll-kraay", "hac_factor": "all"},
        "twfe conley": {"vcov": "conley", "coordinates": ["lon", "lat"]},
        "twfe weights": {"weight": "w"},
        "twfe province x year": {"fixed_effects": ["province x year"]},
        "twfe unbalanced": {"data": "staggered with holes"},
    }
    for name, keys in sections.items():
        own = CONVENTIONS.get(name, {})
        yield from both(
            topic, name, lambda value, keys=keys: terms(did(controls=CONTROLS, **keys), value), D, **own
        )  # fmt: skip
    yield from both(topic, "twfe events", lambda value: events(did(controls=["x1"]), value))


def events(estimate, value: str) -> dict[str, float]:
    return cells(estimate, "event_study", ["event_time"], value)


def callaway_santanna() -> Iterator[Comparison]:
    for name in stored(FILE).results:
        if not name.startswith("cs ") or name.startswith(("cs csdid", "cs differences")):
            continue
        _, method, control, base, covariates, what = name.split()
        keys = {
            "estimator": "callaway-santanna",
            "method": method,
            "control_group": {"nevertreated": "never", "notyettreated": "not-yet"}[control],
            "base_period": base,
            "covariates": ["z"] if covariates == "~z" else [],
        }
        yield from both("Callaway and Sant'Anna", name, partial(aggregate, keys, what))
    plain = {"estimator": "callaway-santanna", "covariates": ["z"]}
    not_yet = {**plain, "control_group": "not-yet"}
    yield from both("Callaway and Sant'Anna", "cs csdid cells", partial(aggregate, not_yet, "cells"))
    loose = {"tolerance": 1e-6}  # its logit stops at about 1e-7
    yield from both(
        "Callaway and Sant'Anna", "cs differences cells", partial(aggregate, plain, "cells"), **loose
    )


def aggregate(keys: dict[str, object], what: str, value: str) -> dict[str, float]:
    if what == "cells":
        return cells(did(**keys), "att_gt", ["cohort", "time"], value)
    return cells(did(**keys), "aggregates", ["key"], value, aggregation=what)


def others() -> Iterator[Comparison]:
    sun = "Sun and Abraham"
    for name in ("sun-abraham events", "sun-abraham diff-diff events"):
        yield from both(sun, name, lambda value: events(did(estimator="sun-abraham"), value))
    yield from both(
        sun, "sun-abraham diff-diff controls",
        lambda value: events(did(estimator="sun-abraham", controls=CONTROLS), value),
    )  # fmt: skip
    bjs = "Imputation"
    leads = [key for key in stored(FILE).results["imputation events"]["estimate"] if int(key) < 0]
    effects = [key for key in stored(FILE).results["imputation events"]["estimate"] if int(key) >= 0]
    for keys, own in ((leads, LEADS), (effects, {})):
        yield from both(
            bjs, "imputation events", lambda value: events(did(estimator="imputation"), value),
            dict(zip(keys, keys, strict=True)), **own,
        )  # fmt: skip
    for name, data in (("imputation", "staggered"), ("imputation unbalanced", "staggered with holes")):
        yield from both(
            bjs, name, lambda value, data=data: terms(did(data, estimator="imputation", controls=["x1"]), value),
            OVERALL,
        )  # fmt: skip
    two = "Gardner"
    yield from both(
        two, "gardner", lambda value: terms(did(estimator="gardner", controls=["x1"]), value), ONE
    )
    yield from both(two, "gardner events", lambda value: events(did(estimator="gardner"), value))
    yield from both(two, "gardner diff-diff", lambda value: terms(did(estimator="gardner"), value), OVERALL)
    yield from both(two, "gardner diff-diff events", lambda value: events(did(estimator="gardner"), value))
    stack = {"estimator": "stacked", "window": [-3, 2]}
    yield from both("Stacked", "stacked", lambda value: terms(did(**stack), value), OVERALL, **STACK)
    yield from both("Stacked", "stacked events", lambda value: events(did(**stack), value), **STACK)
    yield from both("Extended two-way", "etwfe", lambda value: terms(did(estimator="etwfe"), value), OVERALL)
    yield from both("Extended two-way", "etwfe cells", partial(aggregate, {"estimator": "etwfe"}, "cells"))
    yield from switchers()
    for name in ("doubly robust traditional", "doubly robust improved"):
        yield from both("Doubly robust columns of psm-did", name, columns)
    for name, value in (("bacon estimates", "estimate"), ("bacon weights", "weight")):
        theirs = stored(FILE).results[name]["estimate"]
        keys = {key: key.replace("_treated/", "/").replace("_", " ") for key in theirs}
        yield from both("Goodman-Bacon", name, lambda _, value=value: bacon(value), keys)


def switchers() -> Iterator[Comparison]:
    """Yield dCDH: their horizon l is event time l - 1, their placebo -l event time -l - 1."""
    topic = "de Chaisemartin and D'Haultfoeuille"
    effects = {str(horizon): str(horizon - 1) for horizon in range(1, 8)}
    placebos = {str(-horizon): str(-horizon - 1) for horizon in (1, 2, 3)}
    for name, keys in (("dcdh effects", effects), ("dcdh placebos", placebos)):
        yield from both(topic, name, lambda value: events(did(estimator="dcdh"), value), keys)
    yield from both(topic, "dcdh total", lambda value: terms(did(estimator="dcdh"), value), OVERALL)


def columns(value: str) -> dict[str, float]:
    section = {"match_on": ["x1", "x2", "x3"], "matcher": "nearest", "common_support": "none"}
    estimate = fit("matching", kind="psm-did", policy="policy", **section)
    return cells(estimate, "comparison", ["column"], value)


def bacon(value: str) -> dict[str, float]:
    return cells(did(), "bacon", ["treated", "control", "type"], value)
