"""Leave one region, cohort or province out: does one of them carry the effect?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ccd.arrays import BoolArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding, Refit
from ccd.estimate.linear.inference import inference
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.streams import Stream
from ccd.words import Name, Text, text


def groups(sample: Sample, by: str) -> dict[str, BoolArray]:
    """Return the rows (n,) of each entity, treated cohort, or value of a column, in sorted order."""
    if by == "entity":
        return {name: sample.entity == j for j, name in enumerate(sample.panel.entities)}
    if by == "cohort":
        years = np.unique(sample.cohort[np.isfinite(sample.cohort)])
        return {str(int(g)): sample.cohort == g for g in years}
    column = sample.panel.group(by)
    return {str(value): (column == value).to_numpy() for value in sorted(column.dropna().unique())}


def leave_out(model: Refit, sample: Sample, by: str, effect: Effect, stream: Stream) -> Finding:
    """Return the part ``leave_out``: the effect without each entity, cohort, or value of a column.

    p-values and intervals are the analytic ones. What cannot be estimated without a group is a note.
    """
    found: list[tuple[str, Effect, int]] = []
    notes: list[Text] = []
    for name, rows in groups(sample, by).items():
        try:
            rest = sample.rows(~rows)
            found.append((name, model.effect(rest, stream), len(rest.y)))
        except EstimationError as error:
            notes.append(text("Not estimable without {left_out}: {why}", left_out=Name(name), why=error.what))
    frames = [
        inference([name], np.array([e.estimate]), np.array([e.std_error]), e.df).assign(nobs=n)
        for name, e, n in found
    ]
    columns = ["left_out", "estimate", "std_error", "p_value", "conf_low", "conf_high", "nobs"]
    if not frames:
        return Finding(notes=tuple(notes))
    frame = pd.concat(frames, ignore_index=True).rename(columns={"term": "left_out"})[columns]
    at = frame["estimate"].to_numpy()
    low, high = frame.iloc[int(at.argmin())], frame.iloc[int(at.argmax())]
    facts: dict[str, object] = {
        "by": by,
        "count": len(frame),
        "estimate": effect.estimate,
        "lowest": float(low["estimate"]),
        "lowest_without": str(low["left_out"]),
        "highest": float(high["estimate"]),
        "highest_without": str(high["left_out"]),
        "largest_p": float(frame["p_value"].max()),
        "smallest_p": float(frame["p_value"].min()),
    }
    part = loose("leave_out", frame, facts=facts)
    return Finding((part,), {"leave_out": facts}, notes=tuple(notes))
