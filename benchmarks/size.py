"""How often each p-value rejects a true null at 5 %, and how often each interval holds the truth.

    python benchmarks/size.py [replications]

18 treated regions of 280 in cohorts of 10, 5, 2 and 1, 20 years, no effect. Errors follow an AR(1) with .5 in each
region; the error variance of treated regions is that of the others, half of it, or twice it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from ccd.estimate.did.callaway_santanna import CallawaySantAnna
from ccd.estimate.did.effects import Effect, statistics
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.sun_abraham import SunAbraham
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.resample import critical_value, p_value
from ccd.estimate.linear.vcov import p_values, quantile
from ccd.estimate.rows.deals import in_space
from ccd.panel import Panel
from ccd.streams import Stream

REGIONS, YEARS, DRAWS = 280, 20, 199
COHORTS = {2005.0: 10, 2009.0: 5, 2012.0: 2, 2015.0: 1}
VARIANCES = {"equal": 1.0, "halved": 0.5, "doubled": 2.0}


def panel_of(rng: np.random.Generator, variance: float) -> Panel:
    """Return one panel without any effect."""
    starts = np.full(REGIONS, np.nan)
    starts[: sum(COHORTS.values())] = np.repeat(list(COHORTS), list(COHORTS.values()))
    shocks = rng.normal(size=(REGIONS, YEARS + 20))
    errors = np.zeros_like(shocks)
    for t in range(1, shocks.shape[1]):
        errors[:, t] = 0.5 * errors[:, t - 1] + shocks[:, t]
    errors = errors[:, 20:] * np.where(np.isfinite(starts), np.sqrt(variance), 1.0)[:, None]
    index = pd.MultiIndex.from_product(
        [[f"r{i:03d}" for i in range(REGIONS)], range(2001, 2001 + YEARS)], names=["region", "year"]
    )
    frame = pd.DataFrame({"y": errors.ravel()}, index=index)
    return Panel(frame, pd.DataFrame(index=index), {"p": pd.Series(starts, index=index.levels[0])})


def analytic(effect: Effect) -> tuple[float, bool]:
    p = float(p_values(np.array(effect.estimate / effect.std_error), effect.df))
    return p, abs(effect.estimate) <= quantile(0.95, effect.df) * effect.std_error


def permuted(model: Estimator, panel: Panel, stream: Stream) -> dict[str, tuple[float, bool]]:
    """Return p and coverage of the studentised permutation, and p of the coefficient form."""
    sample = model.sample(panel)
    effect = model.effect(sample, stream)
    estimate, error = model.reassigned(sample, in_space(sample, DRAWS, stream("permutation")), stream)
    drawn = statistics(estimate, error)
    t = effect.estimate / effect.std_error
    inside = abs(effect.estimate) <= critical_value(drawn, 0.95) * effect.std_error
    return {
        "TWFE, analytic t(G-1)": analytic(effect),
        "TWFE, studentised permutation": (p_value(t, drawn), inside),
        "TWFE, permuted coefficient": (
            p_value(effect.estimate, estimate),
            abs(effect.estimate) <= critical_value(estimate, 0.95),
        ),
    }


def once(panel: Panel, stream: Stream, wild: bool) -> dict[str, tuple[float, bool]]:
    keys = {"name": "m", "kind": "did", "outcome": "y", "policy": "p", "permutation": {"draws": 0}}
    twfe = Twfe(**keys, wild={"draws": 399, "signs": "webb"})
    found = permuted(twfe, panel, stream)
    if wild:
        p = twfe.fit(panel, stream).summary()["p_values"]["wild"]
        found["TWFE, wild bootstrap (Webb)"] = (p, p > 0.05)
    for name, model in (
        ("imputation, analytic", Imputation(**keys, estimator="imputation")),
        ("Callaway and Sant'Anna, analytic", CallawaySantAnna(**keys, estimator="callaway-santanna")),
        ("Sun and Abraham, analytic", SunAbraham(**keys, estimator="sun-abraham")),
    ):
        found[name] = analytic(model.effect(model.sample(panel), stream))
    return found


def table(replications: int, wild: bool = True) -> pd.DataFrame:
    """Return rejection and coverage in percent, a row a p-value, by the variance of treated regions."""
    rows: dict[tuple[str, str], list[tuple[float, bool]]] = {}
    for place, (label, variance) in enumerate(VARIANCES.items()):
        for r in range(replications):
            panel = panel_of(np.random.default_rng([place, r]), variance)
            for name, result in once(panel, Stream(r, label), wild).items():
                rows.setdefault((name, label), []).append(result)
    shown = {
        key: (100 * np.mean([p <= 0.05 for p, _ in values]), 100 * np.mean([inside for _, inside in values]))
        for key, values in rows.items()
    }
    frame = pd.DataFrame(shown, index=["rejects", "covers"]).T
    return frame.unstack().reorder_levels([1, 0], axis=1)[
        [(label, what) for label in VARIANCES for what in ("rejects", "covers")]
    ]


if __name__ == "__main__":
    began = time.process_time()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    print(table(count).round(1).to_string())
    error = 100 * np.sqrt(0.05 * 0.95 / count)
    print(f"{count} replications, simulation error of 5 %: {error:.1f}; {time.process_time() - began:.0f} s")
