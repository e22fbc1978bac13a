"""What PSM-DID refuses and what it warns of once units are matched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ccd.arrays import BoolArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.matching import Matched, Settings, Units
from ccd.estimate.psm.design import MatchingDesign
from ccd.words import Figure, Text, names, text

#: Treated units a matching column that a score needs by a common rule (Peduzzi and others 1996).
EVENTS = 10
LISTED = 30


def _strata(units: Units) -> IntArray:
    return np.zeros(len(units.score), dtype=np.intp) if units.strata is None else units.strata


def _lonely(units: Units) -> BoolArray:
    """Tell which treated units (n,) stand in a stratum without controls."""
    strata = _strata(units)
    has = np.bincount(strata, ~units.treated, minlength=int(strata.max()) + 1) > 0
    return np.asarray(units.treated & ~has[strata])


def _lent_once(settings: Settings) -> bool:
    return settings.matcher == "nearest" and not settings.replacement


def refuse_unmatched(units: Units, matched: Matched, settings: Settings, where: Words) -> None:
    """Raise EstimationError when no treated unit is matched, saying why."""
    if matched.weight[units.treated].any():
        return
    treated, control = units.score[units.treated], units.score[~units.treated]
    if _lonely(units)[units.treated].all():
        raise EstimationError(
            text("no stratum of the exact column holds both treated and controls"),
            where=text("{where}, {key}", where=where, key="exact"),
            fix=text("match exactly within a coarser column"),
        )
    if not matched.on_support[units.treated].any():
        raise EstimationError(
            text(
                "no overlap: the scores of the treated lie in [{least:.4f}, {most:.4f}], those of the controls "
                "in [{least2:.4f}, {most2:.4f}]",
                least=treated.min(),
                most=treated.max(),
                least2=control.min(),
                most2=control.max(),
            ),
            where=text("{where}, {key}", where=where, key="common_support"),
            fix=text("match on fewer columns, or compare regions that are more alike"),
        )
    if _lent_once(settings):
        raise EstimationError(
            text(
                "no treated region has {neighbours} controls of its own within reach: without replacement a "
                "control lends once, and treated regions tied on a score are matched together or not at all",
                neighbours=settings.neighbours,
            ),
            where=text("{where}, {key}", where=where, key="replacement"),
            fix=text("replacement = true, a wider caliper, or fewer neighbours"),
        )
    key = "bandwidth" if settings.matcher in ("kernel", "local-linear") else "caliper"
    value = settings.bandwidth if key == "bandwidth" else settings.caliper
    gap = np.abs(treated[:, None] - control[None, :]).min() if treated.size * control.size < 1e7 else np.nan
    raise EstimationError(
        text(
            "no treated region has a control within the {key} of {value:.4g}; the closest pair is {gap:.4g} apart",
            key=key,
            value=value,
            gap=gap,
        ),
        where=text("{where}, {key}", where=where, key=key),
        fix=text("a wider {key}", key=key),
    )


def remarks(
    design: MatchingDesign, units: Units, matched: Matched, settings: Settings, labels: Sequence[str]
) -> list[Text]:
    """Return notes on who left, thin scores, more neighbours than controls, and negative weights."""
    treated, lonely = units.treated, _lonely(units)
    off = treated & ~matched.on_support
    out = treated & matched.on_support & (matched.weight == 0) & ~lonely
    found = []
    if lonely.any():
        found.append(
            text("No control in the same stratum, not matched: {units}", units=_named(labels, lonely))
        )
    if (off & ~lonely).any():
        found.append(text("Off common support, not matched: {units}", units=_named(labels, off & ~lonely)))
    if out.any() and _lent_once(settings):
        found.append(
            text(
                "Fewer than {count} controls left within reach (tied treated share alike), not matched: {units}",
                count=settings.neighbours,
                units=_named(labels, out),
            )
        )
    elif out.any():
        found.append(text("No control within reach, not matched: {units}", units=_named(labels, out)))
    columns = design.x.shape[1]
    if treated.sum() < EVENTS * columns:
        found.append(
            text(
                "{treated} treated units for {columns} matching columns: under ten for each, the score is weakly "
                "determined",
                treated=int(treated.sum()),
                columns=columns,
            )
        )
    return [*found, *_short(units, settings), *_negative(units, matched)]


def _short(units: Units, settings: Settings) -> list[Text]:
    if settings.matcher not in ("nearest", "mahalanobis") or _lent_once(settings):
        return []
    strata = _strata(units)
    mixed = np.unique(strata[units.treated & ~_lonely(units)])
    sizes = np.bincount(strata, ~units.treated, minlength=int(strata.max()) + 1)[mixed]
    if not (sizes < settings.neighbours).any():
        return []
    return [
        text(
            "{wanted} neighbours are asked for where there are {count} controls: all of them are taken",
            wanted=settings.neighbours,
            count=int(sizes.min()),
        )
    ]


def _negative(units: Units, matched: Matched) -> list[Text]:
    below = (matched.weight < 0) & ~units.treated
    if not below.any():
        return []
    return [
        text(
            "Local linear matching gives {count} {count:control|controls} a negative weight, the "
            "lowest {lowest}: it reaches beyond the controls' scores; a wider bandwidth tames it",
            count=int(below.sum()),
            lowest=Figure(float(matched.weight.min()), 2),
        )
    ]


def _named(labels: Sequence[str], which: BoolArray) -> tuple[object, ...]:
    listed = list(dict.fromkeys(labels[int(i)] for i in np.flatnonzero(which)))
    return (*names(listed[:LISTED]), *(["..."] if len(listed) > LISTED else []))
