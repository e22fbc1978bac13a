"""The imputation form of synergy on one sample: effects, measures, and their draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ccd.arrays import BoolArray, FloatArray, IntArray
from ccd.errors import EstimationError, Words
from ccd.estimate.linear.counterfactual import impute
from ccd.estimate.linear.inference import Inference, infer
from ccd.estimate.rows.sample import Sample
from ccd.estimate.synergy.draws import bootstrap
from ccd.estimate.synergy.exposure import Match
from ccd.estimate.synergy.measures import SYNERGY, Measures
from ccd.estimate.synergy.parts import Counted, counted
from ccd.estimate.synergy.states import States
from ccd.results import Terms
from ccd.words import text


@dataclass(frozen=True)
class Fitted:
    """One fit: effects ``tau`` (n,), the rows whose y0 is ``known``, all measures (m,) and their draws (B, m)."""

    sample: Sample
    tau: FloatArray
    known: BoolArray
    measures: Measures
    values: FloatArray
    draws: FloatArray

    @property
    def states(self) -> States:
        """Return the states of the rows."""
        return self.measures.states

    @property
    def done(self) -> BoolArray:
        """Return the draws (B,) in which every state and the headline were there."""
        needed = [*self.measures.groups, SYNERGY]
        where = [self.measures.terms.index(term) for term in needed]
        return np.asarray(np.isfinite(self.draws[:, where]).all(axis=1))

    @property
    def failed(self) -> int:
        """Return how many draws lost a state or the headline."""
        return int(np.sum(~self.done))

    @property
    def unidentified(self) -> int:
        """Return how many cells have no y0, because no untreated region identifies their year."""
        return int(np.sum(~self.known))

    def infer(self, at: slice | IntArray) -> Inference:
        """Return the measures ``at`` those places, errors from the draws in which each exists; normal inference."""
        return infer(self.values[at], spread(self.draws[self.done][:, at]), np.inf)

    def counted(self, at: slice | IntArray, groups: list[BoolArray]) -> Counted:
        """Return the measures ``at`` those places with what is known of their groups of rows (n,)."""
        rows = [inside & self.known for inside in groups]
        return counted(self.infer(at), [int(r.sum()) for r in rows], [self.states.entities(r) for r in rows])

    def means(self) -> Counted:
        """Return the mean effect of every state but none."""
        groups = self.measures.groups
        return self.counted(slice(0, len(groups)), list(groups.values()))

    def terms(self) -> Terms:
        """Return the model's terms."""
        rest = self.infer(slice(len(self.measures.groups), self.measures.at.terms.stop))
        columns = (np.concatenate(both) for both in zip(self.means().of, rest, strict=True))
        return Terms(self.measures.terms, *columns)

    def covariance(self) -> FloatArray:
        """Return the covariance (k, k) of the terms over the draws; nan beside terms that some draws lack."""
        draws = self.draws[self.done][:, self.measures.at.terms]
        return np.atleast_2d(np.cov(draws, rowvar=False))


def spread(draws: FloatArray) -> FloatArray:
    """Return the standard deviation of each column (m,) over its finite draws; nan with fewer than two."""
    found = np.full(draws.shape[1], np.nan)
    for j, column in enumerate(draws.T):
        finite = column[np.isfinite(column)]
        if len(finite) > 1:
            found[j] = finite.std(ddof=1)
    return found


def measure(
    sample: Sample, states: States, match: Match, draws: int, rng: np.random.Generator, where: Words
) -> Fitted:
    """Return effects, measures and ``draws`` of the bootstrap. Raises EstimationError when no cell is matched."""
    fit = impute(sample.y, sample.x, sample.entity, sample.time, states.state == 0)
    tau, known = fit.resid, fit.imputable
    measures = Measures(states, match)
    values = measures.values(tau, np.where(known, 1.0, 0.0))
    found = dict(zip(measures.terms, values, strict=False))
    missing = [term for term in measures.groups if not np.isfinite(found[term])]
    if missing:
        raise EstimationError(
            text(
                "the untreated outcome of every cell under '{missing}' is unidentified: no region is without a "
                "policy in those years",
                missing=missing[0],
            ),
            where=where,
            fix=text("take years in which some region is under no policy"),
        )
    if not np.isfinite(found[SYNERGY]):
        raise EstimationError(
            text(
                "no region-year with all policies has regions under each alone at the same {match}",
                match=match,
            ),
            where=where,
            fix=text('take match = "exposure", estimator = "twfe", or more years'),
        )
    drawn = bootstrap(fit, sample.clusters[0], measures.values, draws, rng)
    result = Fitted(sample, tau, known, measures, values, drawn)
    if result.done.sum() < 2:
        raise EstimationError(
            text("all but at most one bootstrap draw lost a state, so there is no standard error"),
            where=where,
            fix=text('take estimator = "twfe": too few regions identify the states'),
        )
    return result
