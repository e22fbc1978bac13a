"""A panel threshold model by brute force: dummies, least squares and plain loops, after METHODS 6."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np


@dataclass
class Brute:
    """``y`` (n,), ``x`` (n, p), ``z`` (n, k), ``q`` (n,), codes ``entity`` and ``time`` (None: no year effects)."""

    y: np.ndarray
    x: np.ndarray
    z: np.ndarray
    q: np.ndarray
    entity: np.ndarray
    time: np.ndarray | None
    trim: float

    @property
    def base(self) -> np.ndarray:
        """Dummies of entities and years, and the controls."""
        columns = [np.eye(self.entity.max() + 1)[self.entity]]
        if self.time is not None:
            columns.append(np.eye(self.time.max() + 1)[self.time][:, 1:])
        return np.column_stack([*columns, self.z])

    @property
    def df(self) -> int:
        years = 0 if self.time is None else self.time.max()
        return len(self.y) - (self.entity.max() + 1) - years

    def ssr(self, thresholds, y=None) -> float:
        """The sum of squares with the thresholds given."""
        y = self.y if y is None else y
        edges = [-np.inf, *sorted(thresholds), np.inf]
        split = [self.x * ((self.q > a) & (self.q <= b))[:, None] for a, b in pairwise(edges)]
        design = np.column_stack([self.base, *split])
        resid = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        return float(resid @ resid)

    def resid(self, thresholds) -> np.ndarray:
        edges = [-np.inf, *sorted(thresholds), np.inf]
        split = [self.x * ((self.q > a) & (self.q <= b))[:, None] for a, b in pairwise(edges)]
        design = np.column_stack([self.base, *split])
        return self.y - design @ np.linalg.lstsq(design, self.y, rcond=None)[0]

    def below(self, value) -> np.ndarray:
        """v(g) (n, p): the part of x 1(q <= g) that dummies, controls and x itself leave."""
        whole = np.column_stack([self.base, self.x])
        columns = self.x * (self.q <= value)[:, None]
        return columns - whole @ np.linalg.lstsq(whole, columns, rcond=None)[0]

    def explained(self, e, thresholds) -> float:
        """How far steps of the slopes at the thresholds lower the sum of squares of e (n,)."""
        left = [np.column_stack([self.base, self.x])]
        sums = []
        for value in (None, *thresholds):
            if value is not None:
                left.append(self.x * (self.q <= value)[:, None])
            design = np.column_stack(left)
            resid = e - design @ np.linalg.lstsq(design, e, rcond=None)[0]
            sums.append(float(resid @ resid))
        return sums[0] - sums[-1]

    def gains(self, outcomes, fixed) -> list[tuple[float, dict[float, float]]]:
        """What the fixed thresholds of each outcome explain, and how much more each allowed value does.

        The plain loop that the search in arrays stands beside: outcome by outcome, value by value.
        """
        found = []
        for e, held in zip(outcomes, fixed, strict=True):
            explained = self.explained(e, held)
            more = {g: self.explained(e, [*held, g]) - explained for g in self.allowed(held)}
            found.append((explained, more))
        return found

    def allowed(self, thresholds=()) -> list[float]:
        """Every distinct value of q that leaves ceil(trim n) rows in each regime beside the thresholds."""
        least = ceil(self.trim * len(self.q) - 1e-9)
        found = []
        for value in np.unique(self.q):
            edges = [-np.inf, *sorted({*thresholds, value}), np.inf]
            sizes = [np.sum((self.q > a) & (self.q <= b)) for a, b in pairwise(edges)]
            if value not in thresholds and min(sizes) >= least:
                found.append(float(value))
        return found

    def best(self, others=(), y=None) -> tuple[float, float]:
        """The best candidate beside others, and its sum of squares."""
        found = [(self.ssr([*others, g], y), g) for g in self.allowed(others)]
        ssr, g = min(found)
        return g, ssr

    def refine(self, thresholds, ssr, y=None) -> tuple[list[float], float]:
        thresholds = list(thresholds)
        moved = True
        while moved:
            moved = False
            for k in range(len(thresholds)):
                others = [g for j, g in enumerate(thresholds) if j != k]
                g, lower = self.best(others, y)
                if lower < ssr * (1 - 1e-12):
                    thresholds[k], ssr, moved = g, lower, True
        return thresholds, ssr

    def sequence(self, number, y=None) -> tuple[list[list[float]], list[float], list[float]]:
        """Refined thresholds, refined sums of squares and F of 1..number thresholds."""
        y = self.y if y is None else y
        before = self.ssr([], y)
        kept: list[float] = []
        thresholds, sums, statistics = [], [], []
        for _ in range(number):
            g, ssr = self.best(kept, y)
            statistics.append(self.df * (before - ssr) / ssr)
            kept, before = self.refine([*kept, g], ssr, y)
            thresholds.append(kept)
            sums.append(before)
        return thresholds, sums, statistics


def random_panel(rng, entities=12, years=6, p=1, k=2, *, balanced=True, ties=False, intercept=False):
    """Arrays y, x, z, q, entity, time of a random panel, its threshold variable tied or not."""
    entity = np.repeat(np.arange(entities), years)
    time = np.tile(np.arange(years), entities)
    if not balanced:
        keep = rng.random(len(entity)) > 0.25
        keep[::years] = keep[1::years] = True
        entity, time = entity[keep], time[keep]
    n = len(entity)
    q = rng.normal(size=n) + 0.5 * rng.normal(size=entities)[entity]
    if ties:
        q = np.round(q * 2) / 2
    x = rng.normal(size=(n, p)) + rng.normal(size=p)
    if intercept:
        x = np.column_stack([x, np.ones(n)])
    z = rng.normal(size=(n, k))
    y = x[:, 0] * np.where(q <= 0.2, 0.5, 1.3) + z.sum(axis=1) + rng.normal(size=entities)[entity]
    y = y + 0.1 * time + rng.normal(size=n)
    return y, x, z, q, entity, time
