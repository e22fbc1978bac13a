"""The matched effect beside other weights and doubly robust roads, and how far they agree."""

from __future__ import annotations

import numpy as np

from ccd.errors import EstimationError
from ccd.estimate.psm.columns import COLUMNS, UNADJUSTED, Column, Setting
from ccd.estimate.psm.permuted import Redraw, columns_drawn, columns_note, led_columns
from ccd.results import Agreement, Comparison, Part
from ccd.words import Name, Text, text

#: Columns with errors by influence functions and normal quantiles.
DOUBLY_ROBUST = ("dr-traditional", "dr-improved", "callaway-santanna")


def column_labels() -> dict[str, Text]:
    """Return the heading of each column, the matchers first."""
    return {
        "kernel": text("Kernel matching"),
        "nearest": text("Nearest-neighbour matching"),
        "radius": text("Radius matching"),
        "local-linear": text("Local linear matching"),
        "mahalanobis": text("Mahalanobis matching"),
        "entropy-balance": text("Entropy balancing"),
        "unmatched": text("Unmatched"),
        "support": text("On common support, unweighted"),
        "entropy": text("Entropy balancing"),
        "dr-traditional": text("Doubly robust DID, traditional"),
        "dr-improved": text("Doubly robust DID, improved"),
        "callaway-santanna": text("Callaway-Sant'Anna, doubly robust"),
        "callaway-regression": text("Callaway-Sant'Anna, outcome regression"),
    }


def comparison_part(
    s: Setting, matcher: str, matched: Column, analytic: float, redraw: Redraw | None
) -> Part[Comparison]:
    """Return the matched effect and every column beside it, and notes on those that cannot be had.

    Where permutations lead (``redraw``), ``matched`` is led by them already, ``analytic`` its own p-value.
    """
    labels = column_labels()
    found, notes = {matcher: matched}, []
    for name in _wanted(s, matcher):
        if name == "callaway-regression" and "callaway-santanna" in found:
            continue  # it stands in where the doubly robust form does not exist
        try:
            found[name] = COLUMNS[name](s)
        except EstimationError as error:
            notes.append(
                text("{column} is not in the comparison: {reason}", column=labels[name], reason=error.said[0])
            )
    p_analytic, lost = None, list[str]()
    if redraw is not None:
        p_analytic = np.array([analytic, *(found[name].effect.p_value for name in found if name != matcher)])
        beside = [name for name in found if name != matcher]
        found, lost = led_columns(found, columns_drawn(redraw, beside), beside)
        notes.append(columns_note(len(redraw.cohorts)))
        if lost:
            rows = tuple(labels[name] for name in lost)
            notes.append(text("Analytic, since too few permutations identify them: {rows}", rows=rows))
    robust = [name for name in DOUBLY_ROBUST if name in found]
    if robust and (redraw is None or set(robust) & set(lost)):
        notes.append(
            text(
                "Errors of the doubly robust columns are those of large samples: in simulations their 95% intervals "
                "cover 90% of the time with 8 of 26 regions treated, 93% with 31 of 60"
            )
        )
    effects = [column.effect for column in found.values()]
    policy = s.question.policy
    value = Comparison(
        label=tuple(labels[name] for name in found),
        estimate=np.array([effect.estimate for effect in effects]),
        std_error=np.array([effect.std_error for effect in effects]),
        p_value=np.array([effect.p_value for effect in effects]),
        conf_low=np.array([effect.conf_low for effect in effects]),
        conf_high=np.array([effect.conf_high for effect in effects]),
        nobs=np.array([column.nobs for column in found.values()]),
        column=tuple(found),
        p_analytic=p_analytic,
        title=text("The effect by matching, weighting and doubly robust estimators"),
        term=Name(policy),
        agreement=agreement(found),
        about={"policy": policy},
    )
    return Part(value, notes=tuple(notes))


def _wanted(s: Setting, matcher: str) -> list[str]:
    one = len(np.unique(s.sample.cohort[np.isfinite(s.sample.cohort)])) == 1
    never = bool(np.isnan(s.sample.entity_cohort).any())
    leave = {"entropy"} if matcher == "entropy-balance" else set()
    leave |= set() if one and never else {"dr-traditional", "dr-improved"}
    leave |= {"callaway-santanna", "callaway-regression"} if one and never else set()
    return [name for name in COLUMNS if name not in leave]


def agreement(columns: dict[str, Column]) -> Agreement:
    """Return how far the columns that adjust for the matching columns agree, beside the unmatched one."""
    adjusted = [column.effect for name, column in columns.items() if name not in UNADJUSTED]
    lowest = min(effect.estimate for effect in adjusted)
    highest = max(effect.estimate for effect in adjusted)
    return Agreement(
        adjusted=len(adjusted),
        lowest=lowest,
        highest=highest,
        unmatched=columns["unmatched"].effect.estimate,
        significant=sum(effect.p_value < 0.05 for effect in adjusted),
        same_sign=lowest * highest > 0,
        intervals_share_a_value=(
            max(effect.conf_low for effect in adjusted) <= min(effect.conf_high for effect in adjusted)
        ),
    )
