"""Scale lock: the bounds and weights behind published numbers, in one small file."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import ValidationError

from ccd.errors import StudyError, Words
from ccd.index.fit import Fitted, IndexSpec, Member, members
from ccd.index.scale import Bounds, Direction, ScaleName, Subsystems
from ccd.index.weights import WeightName
from ccd.panel import Panel
from ccd.plain import to_json
from ccd.results import CouplingResult, IndexResult
from ccd.spec import Spec
from ccd.words import Text, text


class LockedIndicator(Spec):
    """Bounds and weight of one indicator."""

    subsystem: str
    indicator: str
    direction: Direction
    low: float
    high: float
    centre: float
    spread: float
    entropy: float | None
    weight: float


class Lock(Spec):
    """A lock file: everything that turns raw figures into U, C, T and D, and a hash of the data behind it."""

    lock: int = 1
    scale: ScaleName
    weights: WeightName
    formula: str | None
    contribution: dict[str, float]
    years: tuple[int, int]
    entities: tuple[str, ...]
    data_sha256: str
    indicators: tuple[LockedIndicator, ...]

    def fitted(self) -> Fitted:
        """Return the bounds and weights as an index uses them."""
        rows = self.indicators
        bounds = Bounds(*(np.array([getattr(row, key) for row in rows]) for key in BOUNDS))
        entropy = np.array([np.nan if row.entropy is None else row.entropy for row in rows])
        return Fitted(bounds, np.array([row.weight for row in rows]), entropy)


BOUNDS = ("low", "high", "centre", "spread")


def make_lock(
    panel: Panel, subsystems: Subsystems, index: IndexResult, coupling: CouplingResult | None
) -> Lock:
    """Return the lock of an index that was built on ``panel``, and of its coupling.

    Raises StudyError for scale = "per-year" and "rank", which have no bounds that a later year could use.
    """
    bounds, weights = index.bounds, index.weights
    if index.scale == "rank":
        raise StudyError(
            text('scale = "rank" cannot be locked: a region-year more moves the ranks of all'),
            where=text("study, {key}", key="[index] scale"),
            fix=text('take another scale, such as "minmax"'),
        )
    if bounds is None:
        raise StudyError(
            text('scale = "per-year" cannot be locked: every year has bounds of its own'),
            where=text("study, {key}", key="[index] scale"),
            fix=text('take another scale, such as "minmax"'),
        )
    listed = members(subsystems)
    rows = [
        {
            "subsystem": member.subsystem,
            "indicator": member.indicator,
            "direction": member.direction,
            **{key: float(getattr(bounds, key)[j]) for key in BOUNDS},
            "entropy": _number(weights.entropy[j]),
            "weight": float(weights.weight[j]),
        }
        for j, member in enumerate(listed)
    ]
    return Lock.model_validate(
        {
            "scale": index.scale,
            "weights": index.weighting,
            "formula": None if coupling is None else coupling.formula,
            "contribution": {} if coupling is None else coupling.contribution,
            "years": (panel.times[0], panel.times[-1]),
            "entities": panel.entities,
            "data_sha256": data_hash(panel, [member.indicator for member in listed]),
            "indicators": tuple(rows),
        }
    )


def write_lock(path: Path, lock: Lock) -> None:
    """Write ``lock`` as JSON; numbers keep every digit."""
    content = to_json(lock.model_dump(mode="json"), indent=1)
    path.write_text(content, encoding="utf-8", newline="\n")


def read_lock(path: Path) -> Lock:
    """Return the lock in the file. Raises StudyError when it is not there or is not a lock."""
    where = text("study, {key}", key=f"[index] lock = {path.name}")
    fix = text("write one with: ccd index STUDY --lock FILE")
    try:
        return Lock.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise StudyError(text("there is no lock file '{path}'", path=path), where=where, fix=fix) from None
    except (OSError, ValidationError) as fault:
        detail = fault.errors()[0]["msg"] if isinstance(fault, ValidationError) else fault.strerror
        raise StudyError(
            text("'{path}' is not a scale lock: {detail}", path=path, detail=detail), where=where, fix=fix
        ) from None


def check_lock(lock: Lock, listed: Sequence[Member], spec: IndexSpec) -> None:
    """Raise StudyError where the study asks for other indicators, directions, scale or weights."""
    where = f"study, [subsystems] against [index] lock = {spec.lock}"
    held = {row.indicator: Member(row.subsystem, row.indicator, row.direction) for row in lock.indicators}
    asked = {member.indicator: member for member in listed}
    for indicator in dict.fromkeys([*held, *asked]):
        mine, theirs = asked.get(indicator), held.get(indicator)
        if mine != theirs:
            raise StudyError(
                text(
                    "the lock holds {theirs} where the study has {mine}",
                    theirs=_shown(theirs),
                    mine=_shown(mine),
                ),
                where=where,
                fix=text("published numbers keep their indicators: restore them, or make a new lock"),
            )
    for key in ("scale", "weights"):
        if key in spec.model_fields_set and getattr(spec, key) != getattr(lock, key):
            raise StudyError(
                text('the lock was made with {key} = "{value}"', key=key, value=getattr(lock, key)),
                where=text("study, {key}", key=f"[index] {key}"),
                fix=text("leave the key out, or make a new lock"),
            )


def ordered(lock: Lock, listed: Sequence[Member]) -> Lock:
    """Return the lock with its indicators in the order of ``listed``."""
    rows = {row.indicator: row for row in lock.indicators}
    return lock.model_copy(update={"indicators": tuple(rows[member.indicator] for member in listed)})


def revised(lock: Lock, panel: Panel, listed: Sequence[Member]) -> list[Text]:
    """Return a note when the figures behind the lock are no longer the same."""
    first, last = lock.years
    known = panel.frame.index.get_level_values(0).isin(lock.entities)
    rows = known & (panel.years >= first) & (panel.years <= last)
    then = data_hash(panel.rows(np.asarray(rows)), [member.indicator for member in listed])
    if then == lock.data_sha256:
        return []
    return [
        text(
            "The figures of {first}-{last} are not those the lock was made on: numbers published from it may differ",
            first=first,
            last=last,
        )
    ]


def data_hash(panel: Panel, indicators: Sequence[str]) -> str:
    """Return the SHA-256 of the indicator cells with their regions and years."""
    digest = sha256()
    for name in sorted(indicators):
        digest.update(name.encode("utf-8") + b"\0")
        digest.update(np.ascontiguousarray(panel.column(name), dtype="<f8").tobytes())
    entities = pd.Index(panel.entities)[panel.entity_codes]
    digest.update("\0".join(entities).encode("utf-8"))
    digest.update(np.ascontiguousarray(panel.years, dtype="<i8").tobytes())
    return digest.hexdigest()


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _shown(member: Member | None) -> Words:
    if member is None:
        return text("nothing")
    return f"{member.subsystem}.{member.indicator} = {member.direction}"
