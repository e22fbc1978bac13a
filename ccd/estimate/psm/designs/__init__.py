"""The designs of PSM-DID: who is compared with whom, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ccd.estimate.psm.design import MatchingDesign, Question
from ccd.estimate.psm.designs.base import base_design, known_before
from ccd.estimate.psm.designs.by_year import known_rows, pooled_design, yearly_design
from ccd.estimate.psm.designs.cohort import cohort_design, everyone
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.words import Text


class Draw(NamedTuple):
    """How a design draws its units: the rows with known values, then the units among them.

    ``never`` tells that it compares with regions that are never treated alone.
    """

    known: Callable[[Panel, Sample, Question], tuple[Sample, tuple[Text, ...]]]
    units: Callable[[Panel, Sample, Question], MatchingDesign]
    never: bool


#: name -> how it draws; the first is the default.
DESIGNS: dict[str, Draw] = {
    "base": Draw(known_before, base_design, never=True),
    "cohort": Draw(everyone, cohort_design, never=False),
    "year-by-year": Draw(known_rows, yearly_design, never=True),
    "pooled": Draw(known_rows, pooled_design, never=False),
}
