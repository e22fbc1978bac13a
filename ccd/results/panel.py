"""What a panel regression shows beside its terms: its tests, and the first stage of instruments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ccd.results.estimate import Terms
from ccd.results.value import Aside, Floats, Ints, Keys, Value, Words
from ccd.words import Text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SpecificationTests(Value):
    """Tests (rows): F(df, df_resid), or chi2(df) where ``df_resid`` is infinite.

    ``verdict`` says which model they leave standing, where they are of that kind.
    """

    shape: ClassVar[str] = "tests"

    test: Keys
    statistic: Floats
    df: Ints
    p_value: Floats
    df_resid: Floats | Ints
    label: Words
    verdict: Aside[Text | None] = None


@dataclass(frozen=True)
class FirstStage(Value):
    """The regressions of endogenous columns on instruments and controls: ``terms``, each with its column.

    ``f`` and ``partial_r2`` are those of the ``instruments``, by endogenous column.
    """

    shape: ClassVar[str] = "first_stage"

    endogenous: Aside[tuple[str, ...]]
    terms: Aside[Terms]
    f: Mapping[str, float]
    partial_r2: Mapping[str, float]
    instruments: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return the terms with their endogenous column in front."""
        frame = self.terms.frame()
        frame.insert(0, "endogenous", list(self.endogenous))
        return frame
