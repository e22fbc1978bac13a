"""Estimators of one effect side by side: their estimates, and their event studies in one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ccd.results import COLUMNS, Estimate, Part, loose
from ccd.words import Text, text

#: Estimators of ``kind = "did"`` in words.
ESTIMATORS: Mapping[str, Text] = {
    "twfe": text("Two-way fixed effects"),
    "callaway-santanna": text("Callaway and Sant'Anna"),
    "sun-abraham": text("Sun and Abraham"),
    "imputation": text("Imputation"),
    "gardner": text("Gardner"),
    "stacked": text("Stacked"),
    "etwfe": text("Extended two-way fixed effects"),
    "dcdh": text("de Chaisemartin and D'Haultfoeuille"),
    "fractional-logit": text("Fractional logit"),
}


def side_by_side(name: str, estimates: Sequence[Estimate]) -> tuple[Part, ...]:
    """Return the parts ``NAME-estimators`` (comparison) and ``NAME-event-studies`` of did estimates.

    p-values and intervals are the headline ones of each. Nothing is returned for fewer than two estimates.
    """
    if len(estimates) < 2:
        return ()
    labels = [ESTIMATORS.get(one.estimator, text("{name}", name=one.estimator)) for one in estimates]
    rows = []
    for label, one in zip(labels, estimates, strict=True):
        term = one.leading._asdict()
        rows.append({"label": label, **term, "nobs": one.nobs})
    facts: dict[str, object] = {"outcome": estimates[0].outcome, "term": str(estimates[0].headline)}
    frame = pd.DataFrame(rows)[list(COLUMNS["comparison"])]
    spread = {"title": text("The effect by estimator"), **range_of(frame)}
    parts = [loose("comparison", frame, f"{name}-estimators", {**facts, **spread})]
    studies = [
        _labelled(one.part("event_study").frame, label)
        for label, one in zip(labels, estimates, strict=True)
        if any(part.name == "event_study" for part in one.parts)
    ]
    if len(studies) > 1:
        together = pd.concat(studies, ignore_index=True)[list(COLUMNS["event_studies"])]
        parts.append(loose("event_studies", together, f"{name}-event-studies", facts))
    return tuple(parts)


def range_of(frame: pd.DataFrame) -> dict[str, object]:
    """Return the facts that say what a comparison found: the range of its estimates and how many leave out zero."""
    known = frame[frame["estimate"].notna()]
    if known.empty:
        return {}
    at = known["estimate"].to_numpy(dtype=float)
    away = (known["conf_low"].to_numpy(dtype=float) > 0) | (known["conf_high"].to_numpy(dtype=float) < 0)
    labels = list(known["label"])
    return {
        "count": len(known),
        "lowest": float(at.min()),
        "lowest_label": labels[int(at.argmin())],
        "highest": float(at.max()),
        "highest_label": labels[int(at.argmax())],
        "away_from_zero": int(away.sum()),
    }


def _labelled(frame: pd.DataFrame, label: Text) -> pd.DataFrame:
    return frame.assign(label=pd.Series([label] * len(frame), index=frame.index, dtype=object))
