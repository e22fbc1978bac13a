"""Size and coverage of every p-value and interval of the did estimators with few treated regions.

python benchmarks/did_simulation.py [REPLICATES] writes docs/did_simulation.md. 18 of 280 regions are treated over
20 years, in unequal cohorts of which three are single regions; errors follow an AR(1) of 0.5 within regions, and those
of treated regions have the variance of the others, half of it, or twice.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
import pandas as pd

from ccd.estimate import MODELS
from ccd.estimate.did.checks.permutation import permutation
from ccd.estimate.did.checks.wild import WildSpec, wild_finding
from ccd.estimate.did.effects import Effect
from ccd.estimate.did.group_time.effects import effects_of
from ccd.estimate.linear.vcov import p_values, quantile
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.wide import widen
from ccd.panel import Panel
from ccd.streams import Stream

REGIONS, FIRST, YEARS = 280, 2001, 20
#: First treated year -> regions: 18 in all.
COHORTS = {2005: 1, 2007: 1, 2009: 2, 2011: 3, 2012: 5, 2014: 1, 2015: 5}
EFFECT = 0.5
PERMUTED = {"twfe": 399, "imputation": 199}
WILD = 399


READING = (
    "With cohorts of one region the analytic errors miss that region's own noise. Means that lean on such cohorts show "
    "it: over event times or calendar years (Callaway-Sant'Anna dynamic and calendar), and cells with an effect of "
    "their own (Sun-Abraham, extended TWFE). Means over all treated cells with residuals about one mean (imputation, "
    "Gardner), the simple and the group mean, TWFE and stacking are off by two to four points; the studentised "
    "permutation and the wild bootstrap keep 5 %, whatever the variance of the treated regions."
)


def world() -> Panel:
    """Return the panel with its cohorts; the outcome is drawn later."""
    index = pd.MultiIndex.from_product(
        [[f"r{i:03d}" for i in range(REGIONS)], range(FIRST, FIRST + YEARS)], names=["region", "year"]
    )
    starts = np.full(REGIONS, np.nan)
    starts[: sum(COHORTS.values())] = np.repeat([float(g) for g in COHORTS], list(COHORTS.values()))
    regions = pd.Series(starts, index=index.levels[0])
    columns = pd.DataFrame({"y": np.arange(len(index), dtype=float)}, index=index)
    return Panel(columns, pd.DataFrame(index=index), {"policy": regions})


def outcome(sample: Sample, variance: float, effect: float, rng: np.random.Generator) -> np.ndarray:
    """Return y (n,): region and year effects drop out, so errors and the effect are all of it."""
    noise = rng.normal(size=(REGIONS, YEARS))
    for t in range(1, YEARS):
        noise[:, t] = 0.5 * noise[:, t - 1] + np.sqrt(0.75) * noise[:, t]
    noise[np.isfinite(sample.entity_cohort)] *= np.sqrt(variance)
    return noise.ravel() + effect * sample.treated


def model(estimator: str, **keys: object):
    section = {"name": "m", "kind": "did", "estimator": estimator, "policy": "policy", "outcome": "y"}
    return MODELS[f"did-{estimator}"].model_validate({**section, **keys})


SINGLE = {
    "TWFE": model("twfe"),
    "Sun-Abraham": model("sun-abraham"),
    "imputation, Gardner": model("imputation"),
    "stacked": model("stacked", window=(-4, 5)),
    "extended TWFE": model("etwfe"),
    "dCDH": model("dcdh"),
}


def means(sample: Sample) -> Iterator[tuple[str, Effect]]:
    """Yield the four means of Callaway & Sant'Anna."""
    one = model("callaway-santanna")
    wide = widen(sample)
    effects = effects_of(one.cells(sample, wide), wide)
    error = np.sqrt(np.diag(effects.covariance((np.arange(REGIONS),))))
    for j, (name, key) in enumerate(effects.labels):
        if key == "overall":
            yield f"Callaway-Sant'Anna, {name}", Effect(float(effects.estimate[j]), float(error[j]))


def judged(sample: Sample, truth: float, seed: int) -> Iterator[tuple[str, float, bool]]:
    """Yield (method, p-value of no effect, does the interval cover the truth) for one outcome."""
    found = {name: one.effect(sample, Stream(seed, "m")) for name, one in SINGLE.items()}
    for name, effect in [*found.items(), *means(sample)]:
        p = float(p_values(np.array([effect.estimate / effect.std_error]), effect.df)[0])
        half = quantile(0.95, effect.df) * effect.std_error
        yield f"{name} | analytic", p, abs(effect.estimate - truth) <= half
    for name, key in (("TWFE", "twfe"), ("imputation, Gardner", "imputation")):
        drawn = permutation(SINGLE[name], sample, PERMUTED[key], found[name], Stream(seed, key)).details[
            "permutation"
        ]
        inside = drawn["conf_low"] <= truth <= drawn["conf_high"]
        yield f"{name} | permutation", drawn["p_value"], inside
    yield "TWFE | wild bootstrap", wild(sample, seed), np.nan


def wild(sample: Sample, seed: int) -> float:
    """Return the wild bootstrap p-value of TWFE."""
    one = SINGLE["TWFE"]
    design = one.regression().design(sample)
    fit, _ = design.regress(sample.y, sample.treated.astype(float)[:, None], ["policy"])
    spec = WildSpec(draws=WILD, signs="webb")
    finding = wild_finding(sample.y, fit, design, spec, "policy", np.random.default_rng([seed, 7]))
    return float(next(iter(finding.p_values.values())))


def simulate(replicates: int, variance: float) -> pd.DataFrame:
    """Return for every method the share of p <= 0.05 under no effect and of intervals that cover EFFECT."""
    drawn = model("twfe").sample(world())
    rows = []
    for seed in range(replicates):
        rng = np.random.default_rng([seed, round(100 * variance)])
        null = replace(drawn, y=outcome(drawn, variance, 0.0, rng))
        real = replace(drawn, y=null.y + EFFECT * drawn.treated)
        rows += [(name, "size", p <= 0.05) for name, p, _ in judged(null, 0.0, seed)]
        rows += [(name, "coverage", inside) for name, _, inside in judged(real, EFFECT, seed)]
    frame = pd.DataFrame(rows, columns=["method", "what", "value"]).astype({"value": float})
    return frame.pivot_table(index="method", columns="what", values="value", sort=False, dropna=False)


def page(replicates: int) -> str:
    """Return docs/did_simulation.md."""
    tables = {variance: simulate(replicates, variance) for variance in (1.0, 0.5, 2.0)}
    lines = [
        "# Size and coverage with few treated regions",
        "",
        f"Written by `python benchmarks/did_simulation.py {replicates}`. {REGIONS} regions, {YEARS} years, "
        f"{sum(COHORTS.values())} treated in cohorts of "
        f"{', '.join(str(n) for n in COHORTS.values())}; errors AR(1) with 0.5 within regions. The variance of the "
        "treated regions' errors equals that of the others, is half of it, or twice. *Size* is the share of p <= 0.05 "
        f"when there is no effect (5 is right), *coverage* the share of 95% intervals that hold a constant effect of "
        f"{EFFECT} (95 is right), both in percent of {replicates:,} replicates; an entry of 5 has a standard error of "
        f"{100 * np.sqrt(0.0475 / replicates):.1f}.",
        "",
        "| Estimator | Inference | Size, equal | Size, half | Size, twice | Coverage, equal | half | twice |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for method in tables[1.0].index:
        cells = [tables[v].loc[method, what] for what in ("size", "coverage") for v in (1.0, 0.5, 2.0)]
        shown = ["" if np.isnan(cell) else f"{100 * cell:.1f}" for cell in cells]
        lines.append(f"| {' | '.join([*method.split(' | '), *shown])} |")
    lines += [
        "",
        READING,
        "",
        "The permutation and the wild bootstrap are those of the program: cohorts permuted over regions with t as "
        f"statistic ({PERMUTED['twfe']} draws for TWFE, {PERMUTED['imputation']} for imputation), and Webb signs with "
        f"the null imposed ({WILD} draws).",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    (ROOT / "docs" / "did_simulation.md").write_text(page(count), encoding="utf-8")
