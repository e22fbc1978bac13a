"""Groups of regions with an effect of their own: the model on each of them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ccd.errors import EstimationError
from ccd.estimate.contrasts.findings import Effect, GroupEffects
from ccd.estimate.rows.sample import Sample
from ccd.streams import Stream
from ccd.words import Name, Text, text


class Fitting(Protocol):
    """A model that can fit its headline effect on other rows."""

    @property
    def name(self) -> str:
        """Return the model's name."""

    def effect(self, sample: Sample, stream: Stream) -> Effect:
        """Return the headline effect on ``sample``. Raises EstimationError."""


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
    model: Fitting,
    sample: Sample,
    group: NDArray[np.object_],
    kept: Sequence[str],
    labels: Mapping[str, Text | Name],
    stream: Stream,
) -> tuple[list[str], GroupEffects, list[Text]]:
    """Return the groups with an effect of the model on each alone, these effects (independent), and notes."""
    found, notes = {}, []
    for key in kept:
        try:
            found[key] = model.effect(sample.rows(group == key), stream)
        except EstimationError as error:
            notes.append(text("No effect in {group}: {why}", group=labels[key], why=error.said[0]))
    beta = np.array([effect.estimate for effect in found.values()])
    variance = np.array([effect.std_error**2 for effect in found.values()])
    df = min((effect.df for effect in found.values()), default=float("inf"))
    return list(found), GroupEffects(beta, np.diag(variance), df), notes
