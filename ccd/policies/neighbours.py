"""The first year that a bordering province is treated by another policy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ccd.bundled import province_code
from ccd.errors import DataError, StudyError, suggest
from ccd.panel import Panel
from ccd.space.borders import bordering
from ccd.words import text


def from_neighbours(
    panel: Panel, name: str, policy: str, cohorts: Mapping[str, pd.Series[float]]
) -> pd.Series[float]:
    """Return the first year a bordering province of the panel is treated by ``policy``, missing = never."""
    if policy not in cohorts:
        raise StudyError(
            text("there is no policy '{policy}' before '{name}'", policy=policy, name=name),
            where=text("study, {key}", key=f"[policies.{name}] neighbours_of"),
            fix=text(
                "{near}declare [policies.{policy}] above it", near=suggest(policy, cohorts), policy=policy
            ),
        )
    codes = {entity: province_code(entity) for entity in panel.entities}
    unknown = [entity for entity, code in codes.items() if not code]
    if unknown:
        raise DataError(
            text("'{region}' is not a province whose neighbours are known", region=unknown[0]),
            where=text("{file}, [policies.{name}] neighbours_of", file=panel.source, name=name),
            fix=text("use column = with the first year a neighbour is treated"),
        )
    first = {str(entity): float(year) for entity, year in cohorts[policy].items()}
    years = {
        entity: min((first[e] for e in near if not np.isnan(first.get(e, np.nan))), default=np.nan)
        for entity, near in bordering(codes).items()
    }
    return pd.Series(years, index=pd.Index(panel.entities), dtype=float)
