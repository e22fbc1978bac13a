"""What a stepwise table says of selection on what is not seen (Oster 2019)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from ccd.estimate.linear.oster import LEAST, selection
from ccd.results import Estimate, Part, Stability
from ccd.study.shorthand import Written
from ccd.words import Name, Text, text

#: Linear regressions after fixed effects, whose headline is a coefficient: kind and estimator.
LINEAR = (("did", "twfe"), ("panel", "fixed"))


def stepwise(written: Iterable[Written], estimates: Mapping[str, Estimate]) -> Iterator[Part[Stability]]:
    """Yield the part ``NAME-stability`` of each stepwise section, NAME-OUTCOME-stability where it has several."""
    for section in written:
        if not section.steps:
            continue
        made = [
            (str(one["name"]), estimates[str(one["name"])])
            for one in section.made
            if one["name"] in estimates
        ]
        linear = [pair for pair in made if (pair[1].kind, pair[1].estimator) in LINEAR]
        outcomes = dict.fromkeys(one.outcome for _, one in linear)
        for outcome in outcomes:
            steps = {name: one for name, one in linear if one.outcome == outcome}
            first = next(iter(steps.values()))
            if len(steps) > 1 and first.controls == () and len({one.nobs for one in steps.values()}) == 1:
                room = f"{section.name}-{outcome}" if len(outcomes) > 1 else section.name
                yield stability(f"{room}-stability", steps)


def stability(name: str, steps: Mapping[str, Estimate]) -> Part[Stability]:
    """Return each step against the first, which has no controls."""
    models, found = tuple(steps), tuple(steps.values())
    estimate = np.array([one.leading.estimate for one in found])
    r2 = np.array([np.nan if one.r2_within is None else one.r2_within for one in found])
    each = [selection(estimate[0], r2[0], b, r) for b, r in zip(estimate[1:], r2[1:], strict=True)]
    known = np.array([[np.nan] * 3, *([np.nan] * 3 if one is None else one for one in each)])
    value = Stability(
        model=models,
        estimate=estimate,
        r2=r2,
        r2_max=known[:, 0],
        bound=known[:, 1],
        delta=known[:, 2],
        outcome=found[0].outcome,
        term=found[0].headline.words,
    )
    silent = tuple(Name(model) for model, one in zip(models[1:], each, strict=True) if one is None)
    return Part(value, name, _silent(silent))


def _silent(models: tuple[Name, ...]) -> tuple[Text, ...]:
    if not models:
        return ()
    return (
        text(
            "No bound for {models}: the controls raise R² by less than {least:g}, or do not move the effect",
            models=models,
            least=LEAST,
        ),
    )
