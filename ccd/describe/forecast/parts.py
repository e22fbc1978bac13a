"""Forecasts of one variable and what errors they made in years held out."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.describe.forecast.gm11 import allowed, fit
from ccd.describe.forecast.holdout import METHODS, Errors, best_method, held_out
from ccd.describe.keys import ForecastKeys
from ccd.describe.wide import About, Wide
from ccd.errors import DataError
from ccd.results import Forecast, ForecastErrors, GreyFits, Part, Value
from ccd.words import Text, names, text

#: Fewest years before the first origin.
FEWEST = 6
METHOD_NAMES = {
    "drift": text("drift"),
    "theta": text("theta"),
    "ets": text("damped trend"),
    "gm11": text("GM(1,1)"),
}


def forecast_parts(about: About, keys: ForecastKeys) -> list[Part[Value]]:
    """Return ``forecast``, ``forecast_errors`` and with gm11 its fits. Raises DataError with too few years."""
    wide, gone = about.wide.whole()
    years = len(wide.times)
    if years - keys.holdout < FEWEST:
        raise DataError(
            text(
                "{years} {years:year|years} less {holdout} held out leave fewer than {fewest}",
                years=years,
                holdout=keys.holdout,
                fewest=FEWEST,
            ),
            where=text("study, {key}", key="describe.forecast"),
            fix=text("set holdout to at most {most}, or leave forecast out", most=max(years - FEWEST, 0)),
        )
    methods = tuple(dict.fromkeys(keys.methods))
    errors = held_out(wide.x, methods, keys.horizon, keys.holdout)
    chosen = best_method(errors, methods)
    notes = [
        *gone,
        text("Drawn: {method}, the least error at the longest horizon", method=METHOD_NAMES[chosen]),
    ]
    notes.append(
        text(
            "Intervals are quantiles of the errors of the last {holdout} {holdout:year|years}, all regions together",
            holdout=keys.holdout,
        )
    )
    if keys.horizon > keys.holdout:
        notes.append(
            text(
                "No interval beyond {holdout} {holdout:year|years} ahead: nothing was held out so long",
                holdout=keys.holdout,
            )
        )
    bounded = about.index is not None and wide.variable in ("C", "T", "D", *map(str, about.index.scores))
    made, clipped = _made(wide, methods, keys.horizon, errors, bounded=bounded)
    if clipped:
        notes.append(
            text(
                "{count} {count:forecast|forecasts} left [0, 1] and {count:was|were} set to its end",
                count=clipped,
            )
        )
    positive = np.asarray((wide.x > 0).all(axis=1))
    if "gm11" in methods and not positive.all():
        listed = [region for region, ok in zip(wide.regions, positive, strict=True) if not ok]
        notes.append(
            text("No GM(1,1) for regions with values not above zero: {listed}", listed=names(listed[:8]))
        )
    value = Forecast(
        entity=tuple(region for _ in methods for region in wide.regions for _ in range(keys.horizon)),
        time=np.tile(wide.times[-1] + np.arange(1, keys.horizon + 1), len(methods) * len(wide.regions)),
        method=tuple(method for method in methods for _ in range(len(wide.regions) * keys.horizon)),
        estimate=made[0],
        conf_low=made[1],
        conf_high=made[2],
        low_80=made[3],
        high_80=made[4],
        variable=wide.variable,
        chosen=chosen,
        regions=wide.regions,
        years=wide.times,
        history=wide.x,
    )
    parts = [Part(value, notes=tuple(notes)), _errors(errors, chosen, wide, keys)]
    if "gm11" in methods and positive.any():
        parts.append(_grey(wide.only(positive)))
    return parts


def _made(
    wide: Wide,
    methods: tuple[str, ...],
    horizon: int,
    errors: dict[tuple[str, int], Errors],
    *,
    bounded: bool,
) -> tuple[FloatArray, int]:
    """Return estimate and the ends of both intervals (5, rows), and how many forecasts were clipped."""
    found = []
    for method in methods:
        point = METHODS[method](wide.x, horizon)
        ends = np.full((4, horizon), np.nan)
        for h in range(1, horizon + 1):
            known = errors.get((method, h))
            if known is not None and len(known.errors):
                ends[:, h - 1] = np.quantile(known.errors, [0.025, 0.975, 0.1, 0.9])
        found.append(np.stack([point, *(point + end for end in ends)]).reshape(5, -1))
    made = np.concatenate(found, axis=1)
    if not bounded:
        return made, 0
    clipped = int(((made[0] < 0) | (made[0] > 1)).sum())
    return np.asarray(np.clip(made, 0, 1)), clipped


def _errors(found: dict[tuple[str, int], Errors], chosen: str, wide: Wide, keys: ForecastKeys) -> Part[Value]:
    value = ForecastErrors(
        method=tuple(method for method, _ in found),
        horizon=np.array([h for _, h in found]),
        nobs=np.array([len(one.errors) for one in found.values()]),
        mae=np.array([one.mae for one in found.values()]),
        rmse=np.array([one.rmse for one in found.values()]),
        mase=np.array([one.mase for one in found.values()]),
        share_won=np.array([one.share_won for one in found.values()]),
        variable=wide.variable,
        chosen=chosen,
    )
    notes: list[Text] = [
        text(
            "Every region forecast anew from each of the last {holdout} {holdout:year|years}; MASE below 1 beats the "
            "last value carried on by as much as the series used to change",
            holdout=keys.holdout,
        )
    ]
    return Part(value, notes=tuple(notes))


def _grey(wide: Wide) -> Part[Value]:
    made = fit(wide.x)
    low, high = allowed(len(wide.times))
    inside = np.asarray(((made.ratios > low) & (made.ratios < high)).all(axis=1))
    value = GreyFits(
        entity=wide.regions,
        a=made.a,
        b=made.b,
        ratio_low=made.ratios.min(axis=1),
        ratio_high=made.ratios.max(axis=1),
        allowed=inside,
        C=made.c,
        P=made.p,
        variable=wide.variable,
    )
    note = text(
        "Class ratios outside the bounds of GM(1,1) in {count} of {total} regions; C below 0.35 and P above 0.95 are "
        "called good",
        count=int((~inside).sum()),
        total=len(inside),
    )
    return Part(value, notes=(note,))
