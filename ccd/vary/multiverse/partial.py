"""Units on disk while they are made: each whole or not at all, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ccd.cache import work_key, write_whole
from ccd.errors import unwritable
from ccd.vary.multiverse.ground import Ground


@dataclass(frozen=True)
class Partial:
    """The folder of finished units; ``inputs`` are name -> SHA-256 of the files behind the data."""

    folder: Path
    inputs: Mapping[str, str]

    def path(self, ground: Ground, unit: tuple[int, tuple[int, ...]]) -> Path:
        """Return the file of a unit, named by all that decides it: code, data, keys, draws, seed."""
        base, models = unit
        study = ground.menu.bases[base].study
        own = [ground.menu.models[k] for k in models]
        draws = None if ground.deals is None else ground.deals.places.shape
        places = None if ground.deals is None else (ground.deals.regions, ground.deals.left)
        sections = (study.subsystems, study.index, study.coupling, study.weights)
        shared = (len(ground.shared), str(ground.shared[0]), str(ground.shared[-1]))
        key = work_key(
            "unit", dict(self.inputs), ground.keys[base], sections, own, draws, places, shared, ground.seed
        )
        return self.folder / f"{key[:32]}.json"

    def begin(self) -> None:
        """Make the folder. Raises UsageError where it cannot be."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def known(self) -> frozenset[str]:
        """Return the names of the files that are there, in one listing."""
        return frozenset(entry.name for entry in os.scandir(self.folder) if entry.name.endswith(".json"))

    def keep(self, path: Path, made: bytes) -> None:
        """Write one unit by a temporary file and a rename. Raises UsageError where nothing can be written."""
        try:
            write_whole(path, made)
        except OSError as error:
            raise unwritable(path, error) from error

    def remove(self) -> None:
        """Remove the folder: what it holds stands in the results."""
        shutil.rmtree(self.folder, ignore_errors=True)
