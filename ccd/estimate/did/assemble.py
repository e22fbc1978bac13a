"""From an estimator's numbers to the Estimate that carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.inference import terms_of
from ccd.estimate.rows.sample import Sample
from ccd.results import Estimate, Named, Part, Term
from ccd.words import Text

NORMAL = float("inf")


class Labelled(Protocol):
    """What an estimate is of."""

    @property
    def outcome(self) -> str:
        """Return the outcome."""

    @property
    def policy(self) -> str:
        """Return the policy, the headline term."""

    @property
    def estimator(self) -> str:
        """Return the estimator's name."""


def assemble(
    model: Labelled,
    sample: Sample,
    beta: FloatArray,
    matrix: FloatArray,
    df: float,
    *,
    vcov: str,
    clusters: Sequence[int],
    headline: Term | None = None,
    terms: Sequence[Term | str] = (),
    controls: Sequence[str] | None = None,
    effects: tuple[str, ...] | None = None,
    r2_within: float | None = None,
    details: Mapping[str, object] | None = None,
    findings: Sequence[Finding] = (),
    parts: Sequence[Part[Any]] = (),
    notes: Sequence[Text] = (),
) -> Estimate:
    """Return the estimate of the policy and the ``terms`` beside it: ``beta`` (k,), covariance ``matrix`` (k, k).

    ``df`` is that of t, infinite for the normal. ``headline`` is the first term where it is not the policy's name,
    ``controls`` are the terms that are controls (none given: the sample's), ``effects`` what the estimator absorbs
    (None: it has no such effects). ``findings`` are checks that the fit itself answers.
    """
    own = [one if isinstance(one, Term) else Named(one) for one in (headline or model.policy, *terms)]
    found = terms_of(own, beta, np.sqrt(np.diag(matrix)), df)
    p_values = {"analytic": float(found.p_value[0])}
    more = dict(details or {})
    for finding in findings:
        more |= finding.details
        p_values |= finding.p_values
    return Estimate(
        kind="did",
        estimator=model.estimator,
        outcome=model.outcome,
        headline=found.term[0],
        terms=found,
        covariance=matrix,
        sample=sample.size(),
        vcov=vcov,
        clusters=tuple(clusters),
        df=None if df == NORMAL else df,
        effects=effects,
        controls=tuple(sample.controls if controls is None else controls),
        r2_within=r2_within,
        p_values=p_values,
        details=more,
        notes=(*sample.notes, *notes, *(note for finding in findings for note in finding.notes)),
        parts=(*parts, *(part for finding in findings for part in finding.parts)),
    )
