"""Spatial weights among the regions of a model, as a file that a script reads."""

from __future__ import annotations

import re

import pandas as pd

from ccd.errors import DataError, EstimationError
from ccd.estimate.did.spatial.lag import SpatialLagDid
from ccd.estimate.rows.space import weights_of
from ccd.estimate.spatial.likelihood import SpatialLikelihood
from ccd.export.job import Job
from ccd.streams import fingerprint
from ccd.words import text


def matrix_file(model: SpatialLikelihood | SpatialLagDid, job: Job) -> tuple[str, bytes]:
    """Return the name and the content of a csv: ``region``, then one column a region (``w1``, ..), as standardised.

    Empty content for a model that could not be sampled: its fit says why.
    """
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", model.name)
    if safe != model.name:  # two names of other letters are not the same file
        safe += f"_{fingerprint(model.name)}"
    name = f"weights_{safe}.csv"
    try:
        if isinstance(model, SpatialLagDid):
            weights = model.among(model.sample(job.panel))
        else:
            where = text("model '{name}'", name=model.name)
            prepared = model.prepare(job.panel, model.x)
            weights = weights_of(prepared, model.weights, (model.outcome,), where=where)
    except (DataError, EstimationError):
        return name, b""
    dense = weights.matrix.toarray()
    frame = pd.DataFrame(dense, columns=[f"w{j + 1}" for j in range(len(dense))])
    frame.insert(0, "region", list(weights.regions))
    return name, frame.to_csv(index=False, lineterminator="\n").encode("utf-8")


def likelihood_rho(job: Job) -> float | None:
    """Return rho of the likelihood with dummies, where ccd's own is of transformed data."""
    found = job.estimate.details.get("uncorrected") if job.estimate is not None else None
    rho = found.get("rho") if isinstance(found, dict) else None
    return float(rho) if isinstance(rho, int | float) else None
