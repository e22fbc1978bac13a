"""Leave one region, cohort or province out: does one of them carry the effect?"""

from __future__ import annotations

import numpy as np

from ccd.arrays import BoolArray, FloatArray
from ccd.errors import EstimationError
from ccd.estimate.did.effects import Effect, Finding, Refit, infer_each, permuted_each, statistics
from ccd.estimate.linear.studentised import LEAST
from ccd.estimate.rows.deals import dealt, led_note, lost_rows
from ccd.estimate.rows.sample import Sample
from ccd.results import LeaveOut, Part
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


def leave_out(model: Refit, sample: Sample, by: str, effect: Effect, deals: int, stream: Stream) -> Finding:
    """Return the part ``leave_out``: the effect without each entity, cohort, or value of a column.

    With ``deals`` the p-values and intervals are those of permutations of the cohorts among the regions that stay
    (0: analytic). What cannot be estimated without a group is a note.
    """
    found: list[tuple[str, Effect, int]] = []
    drawn: list[FloatArray] = []
    notes: list[Text] = []
    for name, rows in groups(sample, by).items():
        try:
            rest = sample.rows(~rows)
            found.append((name, model.effect(rest, stream), len(rest.y)))
            if deals >= LEAST:
                cohorts = dealt(rest, deals, stream, model.strata(rest))
                drawn.append(statistics(*model.reassigned(rest, cohorts, stream)))
        except EstimationError as error:
            notes.append(
                text("Not estimable without {left_out}: {why}", left_out=Name(name), why=error.said[0])
            )
    if not found:
        return Finding(notes=tuple(notes), failed=tuple(notes))
    kept = tuple(name for name, _, _ in found)
    each, analytic, lost = permuted_each(infer_each([e for _, e, _ in found]), drawn)
    words = [Name(name) for name, none in zip(kept, lost, strict=True) if none]
    beneath = () if analytic is None else (led_note(deals), *lost_rows(words))
    low, high = int(each.estimate.argmin()), int(each.estimate.argmax())
    value = LeaveOut(
        left_out=kept,
        estimate=each.estimate,
        std_error=each.std_error,
        p_value=each.p_value,
        conf_low=each.conf_low,
        conf_high=each.conf_high,
        nobs=np.array([n for _, _, n in found]),
        by=by,
        count=len(kept),
        whole=effect.estimate,
        lowest=float(each.estimate[low]),
        lowest_without=kept[low],
        highest=float(each.estimate[high]),
        highest_without=kept[high],
        largest_p=float(np.nanmax(each.p_value)),
        smallest_p=float(np.nanmin(each.p_value)),
        p_analytic=analytic,
    )
    return Finding((Part(value, notes=beneath),), {"leave_out": value.scalars()}, notes=tuple(notes))
