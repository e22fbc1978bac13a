"""What each cell of technology by industry stage asks of policy: ``data/policy_demand.csv``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ccd.bundled import bundled_rows
from ccd.describe.stages.naming import CLIMB, INDUSTRY
from ccd.results import Demand

FILE = "policy_demand.csv"


def demand_of(cells: Mapping[str, tuple[str, str]], unnamed: int, *, hype: bool) -> Demand:
    """Return the cells with the regions (region -> technology, industry) that are named on both sides.

    ``unnamed`` regions are not. Without ``hype`` technology has three stages, of which the frame does not speak.
    """
    rows: Sequence[Mapping[str, str]] = bundled_rows(FILE)
    if not hype:
        silent = dict.fromkeys(rows[0], "")
        rows = [silent | {"technology": t, "industry": i} for t in CLIMB for i in INDUSTRY]
    keys = [(row["technology"], row["industry"]) for row in rows]
    members = tuple(tuple(sorted(name for name, at in cells.items() if at == key)) for key in keys)
    return Demand(
        technology=tuple(technology for technology, _ in keys),
        industry=tuple(industry for _, industry in keys),
        count=np.array([len(names) for names in members], dtype=np.intp),
        regions=tuple("; ".join(names) for names in members),
        named=np.array([row["named"] == "yes" for row in rows]),
        time=tuple(row["time"] for row in rows),
        space=tuple(row["space"] for row in rows),
        institution=tuple(row["institution"] for row in rows),
        unnamed=unnamed,
        chinese=tuple((row["time_zh"], row["space_zh"], row["institution_zh"]) for row in rows),
        members=members,
        demanded=hype,
    )
