"""A model under draws of the cohorts that other outcomes on the same rows share: two-way effects and imputation."""

from __future__ import annotations

import numpy as np

from ccd.arrays import FloatArray
from ccd.estimate.did.imputation import Imputation
from ccd.estimate.did.twfe import Twfe
from ccd.estimate.linear.shared_draws import SharedDraws, imputed_draws, two_way_draws
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.influence import entity_clusters
from ccd.estimate.rows.sample import Sample
from ccd.words import text


def shares_draws(model: ModelSpec) -> bool:
    """Tell whether the weights on y of a model are fixed by the cohorts: clustered once, without analytic weights."""
    if not isinstance(model, Twfe | Imputation) or model.weight:
        return False
    if isinstance(model, Twfe) and (model.vcov != "cluster" or model.spillover is not None):
        return False
    return isinstance(model.cluster, str) or len(model.cluster) <= 1


def shared_draws(model: Twfe | Imputation, sample: Sample, cohorts: FloatArray) -> SharedDraws:
    """Return the model's draws under each row of ``cohorts`` (R, N; nan = never), for any outcome on these rows."""
    treated = sample.years >= cohorts[:, sample.entity]
    if isinstance(model, Twfe):
        regression = model.regression()
        nuisance = regression.nuisance(sample).x
        slopes = 1 + nuisance.shape[1]
        return two_way_draws(regression.design(sample), nuisance, treated.astype(np.float64), slopes)
    (group,) = entity_clusters(sample, where=text("model '{name}'", name=model.name))
    return imputed_draws(sample.x, sample.entity, sample.time, treated, group)
