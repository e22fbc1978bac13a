"""Columns that ccd alone can make from weights, distances or a policy's dates, written into the panel for a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ccd.arrays import FloatArray
from ccd.errors import DataError, EstimationError
from ccd.estimate import tag
from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.did.spatial.rings import Rings
from ccd.estimate.did.spatial.slx import SpatialSlxDid
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.sampling import Sampling
from ccd.estimate.rows.space import weights_of
from ccd.estimate.spatial.likelihood import SpatialLikelihood
from ccd.estimate.spatial.slx import SpatialSlx
from ccd.estimate.threshold.spec import Threshold
from ccd.estimate.threshold.variable import with_threshold
from ccd.panel import Panel
from ccd.words import text

Made = dict[str, FloatArray]


def made_for(model: ModelSpec, panel: Panel) -> Made:
    """Return by key the columns (n,) on the rows of ``panel`` that the code of ``model`` needs.

    nan outside the model's sample; nothing for a model that cannot be estimated, of which the fit says why.
    """
    try:
        own = MAKERS.get(tag(model))
        return {**neighbours(model, panel), **({} if own is None else own(model, panel))}
    except (DataError, EstimationError):
        return {}


def neighbours(model: ModelSpec, panel: Panel) -> Made:
    """Return the first year in which a neighbour is treated, where the model asks by weights or a distance."""
    if not isinstance(model, Sampling) or model.spillover is None or model.spillover.policy is not None:
        return {}
    dated = model.spillover.dated(panel, model.own_policy, text("model '{name}'", name=model.name))
    start = dated.cohort(model.spillover.neighbours(model.own_policy)).to_numpy(dtype=np.float64)
    return {"near": np.asarray(start[panel.entity_codes], dtype=np.float64)}


def exposure(model: SpatialSlxDid | SpatialLagDid, panel: Panel) -> Made:
    """Return the share of a region's neighbours under the policy (or whether there is any)."""
    sample = model.sample(panel)
    if isinstance(model, SpatialSlxDid):
        return {"exposure": placed(panel, sample, model.exposed(sample))}
    treated = sample.treated.astype(float).reshape(len(sample.panel.entities), -1)
    return {"exposure": placed(panel, sample, (model.among(sample).matrix @ treated).ravel())}


def rings(model: Rings, panel: Panel) -> Made:
    """Return the state of each region-year: 0 treated, 1.. its ring, -1 clean, -2 left out beyond the last edge."""
    sample = model.sample(panel)
    return {"ring": placed(panel, sample, model.states(sample, model.bands(sample)).astype(float))}


def lags(model: SpatialLikelihood | SpatialSlx, panel: Panel) -> Made:
    """Return the mean of each regressor over a region's neighbours."""
    prepared = model.prepare(panel, model.x)
    where = text("model '{name}'", name=model.name)
    weights = weights_of(prepared, model.weights, (model.outcome,), where=where, alone=True).matrix
    found: Made = {}
    for name in model.lagged:
        wide = np.full((len(prepared.entities), len(prepared.times)), np.nan)
        wide[prepared.entity_codes, prepared.time_codes] = prepared.column(name)
        at = (weights @ wide)[prepared.entity_codes, prepared.time_codes]
        found[f"W {name}"] = on_rows(panel, prepared, at)
    return found


def threshold(model: Threshold, panel: Panel) -> Made:
    """Return the threshold column as the model takes it: lagged, at a base year or before the policy."""
    if not model.threshold_lag and model.threshold_base is None:
        return {}
    regressors = (*model.regimes(), *model.controls)
    prepared = with_threshold(model.settings(), model.prepare(panel, regressors))
    return {"threshold": on_rows(panel, prepared, prepared.column(model.threshold))}


def placed(panel: Panel, sample: Sample, values: FloatArray) -> FloatArray:
    """Return ``values`` of a sample's rows on all rows of the panel."""
    return on_rows(panel, sample.panel, values)


def on_rows(panel: Panel, part: Panel, values: FloatArray) -> FloatArray:
    """Return ``values`` of the rows of ``part`` on all rows of the panel, nan elsewhere."""
    found = np.full(len(panel.frame), np.nan)
    found[panel.frame.index.get_indexer(part.frame.index)] = values
    return found


#: Model -> the columns that no other program makes.
MAKERS: Mapping[str, Callable[[Any, Panel], Made]] = {
    "did-slx": exposure,
    "did-sdm": exposure,
    "did-sar": exposure,
    "did-rings": rings,
    "spatial-sdm": lags,
    "spatial-slx": lags,
    "threshold": threshold,
}
