"""Our numbers, by name: the one file here that knows what an Estimate looks like."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import TypeAdapter

from ccd.estimate import Model
from ccd.panel import Panel
from ccd.results import Estimate
from ccd.streams import Stream

HERE = Path(__file__).parent
#: What is not asked for here, and takes time.
QUIET = {kind: {"permutation": {"draws": 0}} for kind in ("did", "psm-did")}


@cache
def read(path: str) -> pd.DataFrame:
    """Return a csv, its place as seen from this folder."""
    return pd.read_csv(HERE / path)


@cache
def panel(data: str) -> Panel:
    """Return one of the panels that the peers were given."""
    return PANELS[data]()


def panel_of(frame: pd.DataFrame, entity: str, time: str, start: str = "") -> Panel:
    """Return the panel of a frame; ``start`` is the column of first treated years, 0 for never."""
    frame = frame.sort_values([entity, time])
    index = pd.MultiIndex.from_arrays(
        [frame[entity].astype(str), frame[time].astype(int)], names=[entity, time]
    )
    rest = frame.drop(columns=[entity, time])
    numbers = rest.select_dtypes("number").astype(float).set_axis(index)
    texts = rest.select_dtypes(exclude="number").astype(str).set_axis(index)
    cohorts = {}
    if start:
        own = numbers[start].groupby(level=0).first()
        cohorts["policy"] = own.where(own > 0)
    return Panel(numbers, texts, cohorts)


def staggered() -> Panel:
    frame = read("staggered.csv")
    own = frame.groupby("region")["w"].transform("first")
    side = (frame["region"].str[1:].astype(int) + 1) % 2
    return panel_of(frame.assign(w0=own, side=side), "region", "year", "start")


def dosed() -> Panel:
    return panel_of(read("dose.csv"), "region", "year", "start")


def staggered_holes() -> Panel:
    frame = read("staggered.csv")
    return panel_of(frame[frame["kept"] == 1], "region", "year", "start")


def balanced() -> Panel:
    return panel_of(read("panel.csv"), "region", "year", "start")


def unbalanced() -> Panel:
    frame = read("panel.csv")
    return panel_of(frame[frame["kept"] == 1], "region", "year", "start")


def provinces() -> Panel:
    """Return the bundled provinces: log product on log spending and the urban share."""
    frame = read("../../data/provinces.csv")
    columns = {"y": np.log(frame["gdp"]), "x": np.log(frame["fisc_exp"]), "c": frame["urban_rate"]}
    return panel_of(frame[["adcode", "year"]].assign(**columns), "adcode", "year")


def matching() -> Panel:
    """Return matching.csv with the share and the control of its fractional logit."""
    frame = read("matching.csv")
    share, year = 1 / (1 + np.exp(-frame["y"] / 2)), frame["year"]
    control = frame["x1"] * (year - 2002) + frame["y"] ** 2 / 10
    return panel_of(frame.assign(share=share, c=control), "region", "year", "start")


def matching_turned() -> Panel:
    """Return matching.csv with the treated and the others changing places."""
    frame = read("matching.csv")
    return panel_of(frame.assign(start=np.where(frame["start"] > 0, 0, 2003)), "region", "year", "start")


PANELS = {
    "staggered": staggered,
    "staggered with holes": staggered_holes,
    "dose": dosed,
    "balanced": balanced,
    "unbalanced": unbalanced,
    "provinces": provinces,
    "matching": matching,
    "matching turned": matching_turned,
}


def fit(data: str, **keys: object) -> Estimate:
    """Return what a ``[[models]]`` section gives on a panel; a section fitted before is not fitted again."""
    section = {"name": "m", "outcome": "y", **QUIET.get(str(keys["kind"]), {}), **keys}
    return _fit(data, json.dumps(section))


@cache
def _fit(data: str, section: str) -> Estimate:
    return TypeAdapter(Model).validate_json(section).fit(panel(data), Stream(1, "reference"))


def terms(estimate: Estimate, value: str = "estimate") -> dict[str, float]:
    """Return a column of the terms, by term."""
    return _by(estimate.terms.frame(), ["term"], value)


def cells(
    estimate: Estimate, part: str, keys: Sequence[str], value: str = "estimate", **only: object
) -> dict[str, float]:
    """Return a column of a part, by its ``keys`` joined by "/"; of the rows where columns are as ``only`` says."""
    frame = estimate.part(part).frame
    for column, wanted in only.items():
        frame = frame[frame[column] == wanted]
    return _by(frame, keys, value)


def facts(estimate: Estimate, part: str = "") -> dict[str, object]:
    """Return the facts of an estimate or of one of its parts."""
    return dict(estimate.part(part).value.scalars() if part else estimate.summary())


def _by(frame: pd.DataFrame, keys: Sequence[str], value: str) -> dict[str, float]:
    names = ["/".join(map(_word, row)) for row in frame[list(keys)].itertuples(index=False)]
    found = frame[value].astype(float)
    return {name: number for name, number in zip(names, found, strict=True) if np.isfinite(number)}


def _word(key: object) -> str:
    if isinstance(key, float):
        return f"{key:.0f}" if np.isfinite(key) else "never"
    return str(key)


def facts_of_size(estimate: Estimate) -> dict[str, float]:
    """Return the number of region-years."""
    return {"nobs": float(estimate.nobs)}
