"""Mechanism: the effect on a channel, what the channel carries to the outcome, and what that does not prove."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray
from ccd.estimate.did.effects import Finding
from ccd.estimate.linear.inference import inference
from ccd.estimate.linear.ols import least_squares
from ccd.estimate.rows.sample import Sample
from ccd.results import loose
from ccd.streams import Stream
from ccd.words import Name, text

if TYPE_CHECKING:
    from ccd.estimate.did.twfe import Twfe
    from ccd.estimate.linear.design import AbsorbingDesign


@dataclass(frozen=True)
class Paths:
    """Effect of the policy on the channel, of the channel on the outcome beside it, and in total."""

    on_channel: float
    on_outcome: float
    total: float

    @property
    def indirect(self) -> float:
        """Return what runs through the channel: the product of the two legs."""
        return self.on_channel * self.on_outcome

    @property
    def share(self) -> float:
        """Return the indirect part of the total effect; nan when there is none."""
        return self.indirect / self.total if self.total else float("nan")


def paths(y: FloatArray, d: FloatArray, m: FloatArray, x: FloatArray, design: AbsorbingDesign) -> Paths:
    """Return the three legs by least squares after the fixed effects; y, d, m are (n,), x is (n, k).

    On one sample total = direct + indirect exactly (Baron & Kenny 1986).
    """
    swept = design.residualise(np.column_stack([y, d, m, x]))
    y_, d_, m_, x_ = swept[:, 0], swept[:, 1:2], swept[:, 2:3], swept[:, 3:]
    first = np.column_stack([d_, x_])
    a = least_squares(m_[:, 0], first, design.weight).beta[0]
    c = least_squares(y_, first, design.weight).beta[0]
    b = least_squares(y_, np.column_stack([m_, d_, x_]), design.weight).beta[0]
    return Paths(float(a), float(b), float(c))


def mechanism(model: Twfe, sample: Sample, stream: Stream) -> Finding:
    """Return the part ``mechanism``: one row a channel, interval of the indirect share by cluster bootstrap."""
    rows, notes = [], []
    for channel in model.mechanism:
        values = sample.panel.column(channel)
        seen = np.isfinite(values)
        if not seen.all():
            count = int((~seen).sum())
            notes.append(
                text("{column}: {count} rows without it left out", column=Name(channel), count=count)
            )
        rows.append(_channel(model, sample.rows(seen), channel, values[seen], stream))
    notes += [
        text(
            "Intervals of the indirect effect and its share: {draws} cluster bootstrap draws, percentiles",
            draws=model.mechanism_draws,
        ),
        text(
            "A channel that moves with the policy and with the outcome does not prove mediation: it is an outcome "
            "of the policy itself, and whatever else drives both channel and outcome biases what it seems to carry"
        ),
    ]
    frame = pd.DataFrame(rows)
    facts = {str(row["channel"]): {"indirect": row["indirect"], "share": row["share"]} for row in rows}
    return Finding((loose("mechanism", frame, notes=tuple(notes)),), {"mechanism": facts})


def _channel(model: Twfe, sample: Sample, channel: str, m: FloatArray, stream: Stream) -> dict[str, object]:
    design, nuisance = model.design(sample), model.nuisance(sample)
    d = sample.treated.astype(float)
    first, first_v = design.regress(m, np.column_stack([d, nuisance.x]), [model.policy, *nuisance.labels])
    labels = [channel, model.policy, *nuisance.labels]
    second, second_v = design.regress(sample.y, np.column_stack([m, d, nuisance.x]), labels)
    found = paths(sample.y, d, m, nuisance.x, design)
    drawn = bootstrap_paths(model, sample, m, stream(f"mechanism {channel}"))
    legs = (("effect", first, first_v), ("on_outcome", second, second_v))
    row: dict[str, object] = {"channel": channel}
    for name, fit, vcov in legs:
        one = inference([name], fit.beta[:1], vcov.std_error[:1], vcov.df).iloc[0]
        row |= {
            name: one["estimate"],
            f"{name}_std_error": one["std_error"],
            f"{name}_p_value": one["p_value"],
        }
    for name in ("indirect", "share"):
        low, high = np.nanquantile([getattr(draw, name) for draw in drawn], [0.025, 0.975])
        row |= {name: getattr(found, name), f"{name}_low": float(low), f"{name}_high": float(high)}
    return row | {"total": found.total, "nobs": len(sample.y)}


def bootstrap_paths(model: Twfe, sample: Sample, m: FloatArray, rng: np.random.Generator) -> list[Paths]:
    """Return the legs in each draw of whole clusters; a cluster drawn k times has weight k."""
    cluster = sample.clusters[0]
    size = int(cluster.max()) + 1
    own = np.ones(len(m)) if sample.weight is None else sample.weight
    nuisance = model.nuisance(sample).x
    d = sample.treated.astype(float)
    found = []
    for _ in range(model.mechanism_draws):
        times = np.bincount(rng.integers(0, size, size), minlength=size)[cluster]
        keep = times > 0
        if not (d[keep] > 0).any():
            continue
        part = replace(sample.rows(keep), weight=(own * times)[keep])
        design = model.design(part)
        if _full_rank(design, d[keep], m[keep], nuisance[keep]):
            found.append(paths(part.y, d[keep], m[keep], nuisance[keep], design))
    return found


def _full_rank(design: AbsorbingDesign, d: FloatArray, m: FloatArray, x: FloatArray) -> bool:
    swept = design.residualise(np.column_stack([d, m, x]))
    return bool(
        np.linalg.matrix_rank(swept / np.maximum(np.linalg.norm(swept, axis=0), 1e-300)) == swept.shape[1]
    )
