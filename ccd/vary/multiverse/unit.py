"""One unit of work: one D, and all that hangs on it; the same bytes wherever it is done."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ccd.arrays import FloatArray
from ccd.digest import digest
from ccd.errors import DataError, EstimationError
from ccd.estimate.did.estimator import Estimator
from ccd.estimate.did.joint import shared_draws, shares_draws
from ccd.estimate.linear.inference import infer
from ccd.estimate.linear.shared_draws import SharedDraws
from ccd.estimate.model import ModelSpec
from ccd.estimate.rows.sample import Sample
from ccd.panel import Panel
from ccd.streams import Stream
from ccd.vary.multiverse.ground import Ground
from ccd.vary.multiverse.reasons import to_plain

#: Prepared draws that a process keeps at a time.
KEPT = 16
#: Keys that decide what stands beside the policy.
_REGRESSORS = ("fixed_effects", "trends", "other_policies", "controls_by_year")
_PREPARED: dict[str, SharedDraws] = {}


def packed(values: FloatArray) -> str:
    """Return an array of numbers as text without loss."""
    return base64.b64encode(np.ascontiguousarray(values, dtype="<f8").tobytes()).decode("ascii")


def unpacked(words: str) -> FloatArray:
    """Return the numbers of ``packed``."""
    return np.frombuffer(base64.b64decode(words), dtype="<f8").astype(np.float64)


def carry_out(ground: Ground, unit: tuple[int, Sequence[int]]) -> bytes:
    """Return what one D gives, as JSON: D on the shared region-years, then each model's effect and its draws.

    What cannot be made or estimated is there with its reason. Raises whatever is no error of data or estimation.
    """
    from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

    base, models = unit
    with threadpool_limits(1):
        try:
            panel, found = ground.degrees(base)
        except (DataError, EstimationError) as error:
            return _bytes({"reason": to_plain(error.said[0])})
        rows = ground.rows[ground.keys[base]]
        made: dict[str, Any] = {"D": packed(found.d[rows])}
        if models:
            joined = ground.joined(base, panel, found)
            made["effects"] = [effect(ground, joined, ground.menu.models[k]) for k in models]
    return _bytes(made)


def effect(ground: Ground, panel: Panel, model: ModelSpec) -> Mapping[str, Any]:
    """Return the effect of one specification, or the reason why there is none."""
    stream = Stream(ground.seed, model.name)
    try:
        if not isinstance(model, Estimator):
            leading = model.headline(panel, stream)
            row = leading.leading
            return _row(row.estimate, row.std_error, row.p_value, leading.nobs, float("nan"))
        sample = model.sample(panel)
        sd = float(np.std(sample.y[~sample.treated], ddof=1))
        if not shares_draws(model):
            alone = model.effect(sample, stream)
            p = float(infer(np.array([alone.estimate]), np.array([alone.std_error]), alone.df).p_value[0])
            return _row(alone.estimate, alone.std_error, p, len(sample.y), sd)
        own = model.effect(sample, stream)
        p = float(infer(np.array([own.estimate]), np.array([own.std_error]), own.df).p_value[0])
        found = _row(own.estimate, own.std_error, p, len(sample.y), sd)
        return found if ground.deals is None else {**found, **drawn(ground, panel, model, sample)}
    except (DataError, EstimationError) as error:
        return {"reason": to_plain(error.said[0])}


def drawn(ground: Ground, panel: Panel, model: Any, sample: Sample) -> Mapping[str, Any]:
    """Return estimates and t under the true cohorts and every deal, on the regions that are dealt, with their G."""
    deals = ground.deals
    if deals is None:
        return {}
    inside = np.isin(sample.panel.entities, deals.regions)
    if not inside.all():
        sample = sample.rows(inside[sample.entity])
    dealt = deals.cohorts(panel, model.policy)
    cohorts = np.column_stack([dealt[region] for region in sample.panel.entities])
    own = [getattr(model, key, None) for key in _REGRESSORS]
    key = digest(
        type(model), model.policy, sample.entity, sample.years, sample.x, sample.clusters, own, cohorts
    )
    if key not in _PREPARED:
        if len(_PREPARED) >= KEPT:
            _PREPARED.pop(next(iter(_PREPARED)))
        _PREPARED[key] = shared_draws(model, sample, cohorts)
    estimate, error = _PREPARED[key](sample.y)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0, estimate / error, np.nan)
    return {
        "drawn": packed(estimate),
        "t": packed(t),
        "clusters": int(sample.clusters[0].max()) + 1,
    }


def _row(estimate: float, std_error: float, p_value: float, nobs: int, sd: float) -> dict[str, Any]:
    return {
        "row": packed(np.array([estimate, std_error, p_value, sd], dtype=np.float64)),
        "nobs": int(nobs),
    }


def _bytes(made: Mapping[str, Any]) -> bytes:
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
