"""What a model's fit returns: typed terms, the size of its sample, how its errors are made, and its parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from ccd.arrays import FloatArray
from ccd.results.caveat import Caveat
from ccd.results.term import Term
from ccd.results.value import Aside, Floats, Part, Value, agreed
from ccd.words import Text

if TYPE_CHECKING:
    import pandas as pd

V = TypeVar("V", bound=Value)


class TermRow(NamedTuple):
    """One term with its inference."""

    term: Term
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    conf_low: float
    conf_high: float
    level: float = 0.95

    @property
    def starred(self) -> float:
        """Return the p-value that stars may stand for: nan where the interval says otherwise of zero."""
        return float(agreed(self.p_value, self.conf_low, self.conf_high))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Terms(Value):
    """Terms (k) with their inference, arrays (k,); the focus terms come first.

    ``p_analytic`` is there where ``p_value`` of a term is another one (a permutation's); ``level`` is that of the
    intervals.
    """

    shape: ClassVar[str] = "terms"

    term: tuple[Term, ...]
    estimate: Floats
    std_error: Floats
    statistic: Floats
    p_value: Floats
    conf_low: Floats
    conf_high: Floats
    p_analytic: Floats | None = None
    level: Aside[float] = field(default=0.95, kw_only=True)

    def frame(self) -> pd.DataFrame:
        """Return terms.csv."""
        frame = super().frame()
        frame.insert(0, "term", [str(term) for term in self.term])
        return frame

    def scalars(self) -> Mapping[str, object]:
        """Return nothing: summary.json says what a model's terms need."""
        return {}

    def rows(self) -> Iterator[TermRow]:
        """Yield the terms one by one."""
        for j in range(len(self.term)):
            yield self.row(j)

    def row(self, j: int) -> TermRow:
        """Return term ``j`` with its inference."""
        arrays = (self.estimate, self.std_error, self.statistic, self.p_value, self.conf_low, self.conf_high)
        return TermRow(self.term[j], *(float(array[j]) for array in arrays))._replace(level=self.level)

    @property
    def starred(self) -> FloatArray:
        """Return the p-values (k,) that stars may stand for: nan where the interval says otherwise of zero."""
        return agreed(self.p_value, self.conf_low, self.conf_high)

    def place(self, name: str) -> int | None:
        """Return where the term of that name stands; None when there is none."""
        found = [j for j, term in enumerate(self.term) if term.name == name]
        return found[0] if found else None

    def __len__(self) -> int:
        return len(self.term)


@dataclass(frozen=True)
class SampleSize:
    """What a model stands on: region-years, regions, years, and the outcome there.

    ``treated_entities`` and ``cohorts`` (first treated year -> regions) are None for a model without a policy.
    """

    nobs: int
    entities: int
    times: int
    first_year: int
    last_year: int
    outcome_mean: float
    outcome_std: float
    treated_entities: int | None = None
    cohorts: Mapping[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a model's ``fit`` returns.

    ``terms`` has the focus terms first, ``headline`` the one the model is about, ``covariance`` (k, k) is that
    of the terms. ``vcov`` names the kind of errors, ``clusters`` the number of clusters of each cluster
    variable, ``df`` the degrees of freedom of t (None: normal), ``effects`` what the regression absorbs (None:
    the estimator has no such effects), ``controls`` the names of the terms that are controls. ``p_values`` holds
    every p-value of the headline by the way it was made, and ``headline_p`` which of them leads. ``details`` is
    what summary.json says beside; nothing in the program reads it. ``parts`` are the model's other tables, ``failed``
    the notes on what was asked of the model and could not be computed, ``caveats`` what the estimator itself knows
    against its effect.
    """

    kind: str
    estimator: str
    outcome: str
    headline: Term
    terms: Terms
    covariance: FloatArray
    sample: SampleSize
    vcov: str
    clusters: tuple[int, ...] = ()
    df: float | None = None
    effects: tuple[str, ...] | None = None
    controls: tuple[str, ...] = ()
    r2_within: float | None = None
    p_values: Mapping[str, float] = field(default_factory=dict)
    headline_p: str | None = None
    seed: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    notes: tuple[Text, ...] = ()
    parts: tuple[Part[Value], ...] = ()
    does: Text | None = None
    label: Text | None = None
    failed: tuple[Text, ...] = ()
    caveats: tuple[Caveat, ...] = ()

    def __post_init__(self) -> None:
        if self.terms.place(self.headline.name) is None:
            raise ValueError(f"the headline term '{self.headline}' is not among the terms")
        if self.covariance.shape != (len(self.terms), len(self.terms)):
            raise ValueError("the covariance has one row and one column a term")

    @property
    def nobs(self) -> int:
        """Return the number of region-years."""
        return self.sample.nobs

    @property
    def entities(self) -> int:
        """Return the number of regions."""
        return self.sample.entities

    @property
    def times(self) -> int:
        """Return the number of years."""
        return self.sample.times

    @property
    def treated_entities(self) -> int | None:
        """Return the number of treated regions; None for a model without a policy."""
        return self.sample.treated_entities

    def term(self, name: Term | str) -> TermRow:
        """Return one term with its inference; KeyError when there is none."""
        place = self.terms.place(str(name))
        if place is None:
            raise KeyError(str(name))
        return self.terms.row(place)

    @property
    def leading(self) -> TermRow:
        """Return the headline term with its inference."""
        return self.term(self.headline)

    def part(self, name: str) -> Part[Value]:
        """Return the part of that name; KeyError when there is none."""
        for part in self.parts:
            if part.name == name:
                return part
        raise KeyError(name)

    def value(self, kind: type[V]) -> V | None:
        """Return the first value of that kind among the parts."""
        return next((part.value for part in self.parts if isinstance(part.value, kind)), None)

    def covariance_frame(self) -> pd.DataFrame:
        """Return vcov.csv: the covariance with the terms on both sides."""
        import pandas as pd

        terms = [str(term) for term in self.terms.term]
        return pd.DataFrame(self.covariance, index=terms, columns=terms)

    def summary(self) -> dict[str, object]:
        """Return what summary.json says of the model, but for its parts and notes."""
        size = self.sample
        found: dict[str, object] = {
            "kind": self.kind,
            "estimator": self.estimator,
            "outcome": self.outcome,
            "headline": str(self.headline),
            "nobs": size.nobs,
            "entities": size.entities,
            "times": size.times,
            "first_year": size.first_year,
            "last_year": size.last_year,
            "controls": list(self.controls),
        }
        optional: dict[str, object] = {
            "treated_entities": size.treated_entities,
            "cohorts": size.cohorts,
            "outcome_mean": size.outcome_mean,
            "outcome_std": size.outcome_std,
            "p_values": self.p_values,
            "r2_within": self.r2_within,
            "vcov": self.vcov,
            "clusters": list(self.clusters),
            "df": self.df,
            "effects": None if self.effects is None else list(self.effects),
            "headline_p": self.headline_p,
            **self.details,
            "failed": [str(note) for note in self.failed] or None,
            "seed": self.seed,
        }
        return found | {key: value for key, value in optional.items() if value is not None}
