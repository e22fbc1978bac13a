"""What all specifications stand on: the panels, who is dealt which cohort in which draw, the baseline's D."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from ccd.arrays import FloatArray, IntArray
from ccd.errors import DataError
from ccd.evaluate.assemble import check_columns
from ccd.evaluate.base import Memo, composition, ground_panel, panel_key, with_own_names
from ccd.panel import Panel
from ccd.space.attach import with_weights
from ccd.streams import Stream
from ccd.vary.degrees import Degrees, Maker, in_order
from ccd.vary.multiverse.menu import Menu
from ccd.words import Text, names, text


@dataclass(frozen=True)
class Deals:
    """Regions and how they are dealt to each other: ``places`` (B + 1, R), the first row everyone's own.

    ``left`` are regions that are treated by the first year of some window, whom no draw holds.
    """

    regions: tuple[str, ...]
    places: IntArray
    left: tuple[str, ...] = ()

    def cohorts(self, panel: Panel, policy: str) -> dict[str, FloatArray]:
        """Return region -> its first treated year (B + 1,) in every draw."""
        own = panel.cohorts[policy].reindex(list(self.regions)).to_numpy(dtype=np.float64)
        dealt: FloatArray = np.asarray(own[self.places], dtype=np.float64)
        return {region: np.asarray(dealt[:, k], dtype=np.float64) for k, region in enumerate(self.regions)}


@dataclass
class Ground:
    """The menu with its panels by name, the deals, and the region-years that all specifications share."""

    menu: Menu
    panels: Mapping[str, Panel]
    deals: Deals | None
    shared: pd.MultiIndex
    seed: int
    base: Path

    @cached_property
    def maker(self) -> Maker:
        """Return what makes degrees in this process."""
        return Maker(self.base)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Return the panel of each base of the menu."""
        return tuple(panel_key(one.study) for one in self.menu.bases)

    def degrees(self, base: int) -> tuple[Panel, Degrees]:
        """Return the panel of a base and the degrees on it. Raises DataError."""
        key = self.keys[base]
        panel = self.panels[key]
        return panel, self.maker.degrees(panel, self.menu.bases[base].study, key)

    def joined(self, base: int, panel: Panel, found: Degrees) -> Panel:
        """Return the panel with the columns that the study adds."""
        study = self.menu.bases[base].study
        columns = found.frame(panel, [*study.subsystems])
        whole = with_own_names(panel, columns, study).with_columns(columns)
        return with_weights(replace(whole, made_of=composition(study)), study.weights, self.base)

    @cached_property
    def rows(self) -> Mapping[str, IntArray]:
        """Return for each panel the places of the shared region-years."""
        return {key: panel.frame.index.get_indexer(self.shared) for key, panel in self.panels.items()}

    def notes(self) -> tuple[Text, ...]:
        """Return who is left out of the joint test."""
        if self.deals is None or not self.deals.left:
            return ()
        return (
            text(
                "Treated by the first year of a window and in no draw of the joint test: {regions}",
                regions=names(self.deals.left),
            ),
        )


def lay_ground(menu: Menu, table: pd.DataFrame, seed: int) -> Ground:
    """Return the ground of a menu on ``table``, having checked every column that any specification names.

    Raises CcdError for what is wrong with the data under any of them.
    """
    wanted: dict[str, dict[str, None]] = {}
    of_models = dict.fromkeys(
        name for model in menu.models for name in (*model.columns(), *model.row_columns())
    )
    for one in menu.bases:
        made = {*one.study.transforms, *one.study.subsystems, "C", "T", "D", "weakest"}
        own = wanted.setdefault(panel_key(one.study), {})
        own |= dict.fromkeys(one.study.numeric_columns())
        own |= dict.fromkeys(
            name for name in of_models if name not in made | {one.study.data.time, one.study.data.entity}
        )
    memo: Memo = {}
    panels: dict[str, Panel] = {}
    for one in menu.bases:
        key = panel_key(one.study)
        if key not in panels:
            panels[key], _ = ground_panel(one, table, memo, [*wanted[key]])
    shared = None
    for panel in panels.values():
        index = panel.frame.index
        shared = index if shared is None else shared.intersection(index)
    if shared is None or not len(shared):
        raise DataError(
            text("the specifications have no region-year in common"),
            where=text("study, {key}", key="multiverse.vary"),
            fix=text("let the windows of data.years overlap"),
        )
    ground = Ground(menu, panels, None, shared.sort_values(), seed, menu.bases[0].base)  # type: ignore[arg-type]
    panel, found = ground.degrees(int(menu.base[menu.baseline]))
    windows = _windows(ground)
    if menu.models and menu.spec.draws:
        ground.deals = _deals(ground, panel, found, windows)
    return ground


def _windows(ground: Ground) -> list[tuple[Panel, str]]:
    """Return every panel with the rows that a model chooses of it, and the model's policy; columns are checked."""
    menu, found = ground.menu, []
    seen = set()
    for base, model in zip(menu.base.tolist(), menu.model.tolist(), strict=True):
        if not menu.models or (ground.keys[base], model) in seen:
            continue
        seen.add((ground.keys[base], model))
        spec = menu.models[model]
        panel, degrees = ground.degrees(base)
        panel = ground.joined(base, panel, degrees)
        check_columns([spec], panel)
        chosen = spec.chosen_rows(panel)
        found += [(chosen, policy) for policy in spec.policies_read()[:1]]
    return found


def _deals(ground: Ground, panel: Panel, found: Degrees, windows: list[tuple[Panel, str]]) -> Deals:
    """Return the deals of the joint test, from the seed and the regions' own D: labels and row order move none."""
    left: set[str] = set()
    everyone: dict[str, None] = {}
    for chosen, policy in windows:
        starts = chosen.cohort(policy).to_numpy(dtype=np.float64)
        early = starts <= chosen.times[0]
        left |= {region for region, out in zip(chosen.entities, early, strict=True) if out}
        everyone |= dict.fromkeys(chosen.entities)
    regions = [region for region in in_order(found.d, panel, [*everyone]) if region not in left]
    rng = Stream(ground.seed, "multiverse")("joint")
    own = np.arange(len(regions), dtype=np.intp)
    drawn = rng.permuted(np.tile(own, (ground.menu.spec.draws, 1)), axis=1)
    return Deals(tuple(map(str, regions)), np.vstack([own, drawn]), tuple(sorted(left)))
