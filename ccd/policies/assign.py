"""The cohorts of each policy of a study, one way a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ccd.panel import Panel
from ccd.policies.column import from_column
from ccd.policies.listed import from_file, from_waves
from ccd.policies.neighbours import from_neighbours
from ccd.policies.registry import from_registry
from ccd.policies.spec import PolicySpec
from ccd.words import Text


def assign_cohorts(panel: Panel, specs: Mapping[str, PolicySpec], base: Path = Path()) -> Panel:
    """Return the panel with the cohorts of each policy (missing = never), and notes on what did not match.

    On a panel of provinces a province counts from the year its first listed unit was approved; on one of
    cities each city from its own. Several rows of one place: the earliest year. ``base`` is the folder that
    second files are relative to. Raises StudyError for an unknown policy, DataError where a column varies within
    a region or no region is known to the registry.
    """
    cohorts = dict(panel.cohorts)
    notes: list[Text] = []
    for name, spec in specs.items():
        cohorts[name], found = _cohorts(panel, name, spec, cohorts, base)
        notes += found
    strengths = {name: spec.intensity for name, spec in specs.items() if spec.intensity is not None}
    for column in strengths.values():
        panel.column(column)
    return replace(panel, cohorts=cohorts, intensities={**panel.intensities, **strengths}).noted(notes)


def _cohorts(
    panel: Panel, name: str, spec: PolicySpec, cohorts: Mapping[str, pd.Series[float]], base: Path
) -> tuple[pd.Series[float], list[Text]]:
    if spec.column is not None:
        if spec.path is not None:
            return from_file(panel, name, spec, base)
        return from_column(panel, spec.column), []
    if spec.waves:
        return from_waves(panel, name, spec.waves)
    if spec.neighbours_of is not None:
        return from_neighbours(panel, name, spec.neighbours_of, cohorts), []
    return from_registry(panel, name, spec)
