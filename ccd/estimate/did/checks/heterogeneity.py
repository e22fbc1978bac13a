"""Heterogeneity: the effect in each group of regions, and the test that all are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.inference import inference
from ccd.estimate.linear.vcov import p_values_f
from ccd.estimate.rows.groups import region_groups
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.streams import Stream
from ccd.words import Name, Text, text

if TYPE_CHECKING:
    from ccd.estimate.did.spec import DidSpec


def equality(beta: FloatArray, matrix: FloatArray, df: float) -> tuple[float, int, float]:
    """Return the Wald statistic over q of equal effects ``beta`` (k,), q = k - 1, and its p-value.

    F(q, df), or chi2(q)/q when ``df`` is infinite.
    """
    q = len(beta) - 1
    contrast = np.column_stack([np.ones(q), -np.eye(q)])
    gap = contrast @ beta
    wald = float(gap @ np.linalg.solve(contrast @ matrix @ contrast.T, gap)) / q
    return wald, q, p_values_f(wald * q if np.isinf(df) else wald, q, df)


def heterogeneity(model: DidSpec, sample: Sample, column: str, stream: Stream) -> Finding:
    """Return the part ``heterogeneity``: effects per group of ``column`` and the test that they are equal.

    A model that can puts all groups in one regression (``by_group``); another is fitted on each group
    alone, treated and controls, whose estimates are independent. Groups without an effect become notes.
    """
    group, labels, notes = region_groups(sample, column, f"model '{model.name}'")
    kept, dropped = estimable(sample, group, labels)
    notes += dropped
    joint = model.by_group(sample, group, kept) if len(kept) > 1 else None
    if joint is None:
        kept, beta, matrix, df, lost = separately(model, sample, group, kept, labels, stream)
        notes += lost
        notes.append(text("Effects by group: the model fitted on the regions of each group alone"))
    else:
        beta, matrix, df = joint
        notes.append(text("Effects by group: one regression, with common year effects and controls"))
    if not kept:
        return Finding(notes=tuple(notes))
    frame = inference(kept, beta, np.sqrt(np.diag(matrix)), df).drop(columns="statistic")
    frame = frame.rename(columns={"term": "group"})
    frame.insert(0, "label", [labels[key] for key in kept])
    rows = [group == key for key in kept]
    frame["nobs"] = [int(inside.sum()) for inside in rows]
    frame["entities"] = [len(np.unique(sample.entity[inside])) for inside in rows]
    frame["treated_entities"] = [len(np.unique(sample.entity[inside & sample.treated])) for inside in rows]
    facts: dict[str, object] = {
        "column": column,
        "title": text("Effect by {column}", column=Name(column)),
        "testable": len(kept) > 1,
    }
    if len(kept) > 1:
        wald, q, p_value = equality(beta, matrix, df)
        facts |= {"statistic": wald, "df": q, "df_resid": df, "p_value": p_value}
        notes.append(text("Test that the effects are equal: F = {f:.3f}, p = {p:.4f}", f=wald, p=p_value))
    columns = ["label", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"]
    part = loose(
        "comparison",
        frame[[*columns, "entities", "treated_entities", "group"]],
        "heterogeneity",
        facts,
        tuple(notes),
    )
    tested = {"heterogeneity": float(str(facts["p_value"]))} if len(kept) > 1 else {}
    return Finding((part,), {"heterogeneity": {k: v for k, v in facts.items() if k != "title"}}, tested)


def estimable(
    sample: Sample, group: NDArray[np.object_], labels: dict[str, Text | Name]
) -> tuple[list[str], list[Text]]:
    """Return the groups in which some region is treated and seen before, and notes on the others."""
    kept, notes = [], []
    for key, label in labels.items():
        inside = group == key
        treated = np.unique(sample.entity[inside & sample.treated])
        before = np.unique(sample.entity[inside & ~sample.treated])
        if len(np.intersect1d(treated, before)):
            kept.append(key)
        else:
            notes.append(text("No effect in {group}: no region is treated there", group=label))
    return kept, notes


def separately(
    model: DidSpec,
    sample: Sample,
    group: NDArray[np.object_],
    kept: list[str],
    labels: dict[str, Text | Name],
    stream: Stream,
) -> tuple[list[str], FloatArray, FloatArray, float, list[Text]]:
    """Return effects (k,) of the model on each group alone, their diagonal covariance, df, and notes."""
    found, notes = {}, []
    for key in kept:
        try:
            found[key] = model.effect(sample.rows(group == key), stream)
        except EstimationError as error:
            notes.append(text("No effect in {group}: {why}", group=labels[key], why=error.what))
    beta = np.array([effect.estimate for effect in found.values()])
    variance = np.array([effect.std_error**2 for effect in found.values()])
    df = min((effect.df for effect in found.values()), default=float("inf"))
    return list(found), beta, np.diag(variance), df, notes
