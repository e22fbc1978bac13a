"""What every model is: a section of the study that fits itself to a panel."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from pydantic import Field

from ccd.arrays import FloatArray
from ccd.errors import EstimationError
from ccd.estimate.linear.vcov import Vcov, p_values, quantile
from ccd.panel import Panel
from ccd.results import TERM_COLUMNS, Estimate
from ccd.spec import Spec
from ccd.streams import Stream

LEVEL = 0.95


class ModelSpec(Spec):
    """The keys that every model has."""

    name: str = Field(pattern=r"^[^\W_][\w.\-]*$")
    """Name of the model: its folder under models/."""
    outcome: str = "D"
    """C, T, D, a subsystem, or a column."""

    needs: ClassVar[tuple[str, ...]] = ()  # heavy modules, imported before the clock of ``fit`` starts

    def columns(self) -> tuple[str, ...]:
        """Return the columns of the panel that the model reads as numbers."""
        return (self.outcome,)

    def policies_read(self) -> tuple[str, ...]:
        """Return the policies that the model reads."""
        return ()

    def methods(self) -> tuple[str, ...]:
        """Return the keys of ``ccd.methods`` that explain the model: its kind, and each check it may run."""
        kind, estimator = getattr(self, "kind", ""), getattr(self, "estimator", "")
        checks = ["permutation"] if kind == "did" else []  # it leads by itself where few regions are treated
        checks += [key for key in ("placebo", "sensitivity") if getattr(self, key, None)]
        return (f"did:{estimator}" if kind == "did" else kind, *(f"check:{key}" for key in checks))

    @abstractmethod
    def fit(self, panel: Panel, stream: Stream) -> Estimate:
        """Return the estimate on ``panel``. Raises DataError or EstimationError."""

    def fail(self, what: str, fix: str) -> EstimationError:
        """Return the error of a model that cannot be estimated."""
        return EstimationError(what, where=f"model '{self.name}'", fix=fix)


def terms_frame(names: Sequence[str], beta: FloatArray, vcov: Vcov) -> pd.DataFrame:
    """Return TERM_COLUMNS for ``names`` (k), ``beta`` (k,) and their covariance; intervals at 95 %."""
    return inference(names, beta, vcov.std_error, vcov.df)


def inference(names: Sequence[object], beta: FloatArray, std_error: FloatArray, df: float) -> pd.DataFrame:
    """Return TERM_COLUMNS from estimates and standard errors (k,), with t(df) or normal (df inf) inference."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.asarray(beta / std_error)
    half = quantile(LEVEL, df) * std_error
    columns = (list(names), beta, std_error, statistic, p_values(statistic, df), beta - half, beta + half)
    return pd.DataFrame(dict(zip(TERM_COLUMNS, columns, strict=True)))


def named(matrix: FloatArray, names: Sequence[str]) -> pd.DataFrame:
    """Return a covariance matrix with terms on both sides."""
    return pd.DataFrame(matrix, index=list(names), columns=list(names))
