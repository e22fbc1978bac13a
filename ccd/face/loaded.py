"""A result on disk, read back as frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccd.errors import UsageError, suggest
from ccd.manifest import read_json, read_manifest
from ccd.plain import unguarded
from ccd.readers.delimited import EXACT
from ccd.words import text

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Loaded:
    """A folder that ``ccd run`` wrote: its csv files as frames, its summaries, its manifest."""

    out: Path
    manifest: Mapping[str, Any]

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of all files."""
        return tuple(self.manifest["outputs"])

    @property
    def models(self) -> tuple[str, ...]:
        """Return the names of the models."""
        return tuple(name.split("/")[1] for name in self.files if name.endswith("/terms.csv"))

    def frame(self, name: str) -> pd.DataFrame:
        """Return a csv file, such as ``coupling/coupling`` or ``models/baseline/terms``. UsageError without one."""
        import pandas as pd

        file = name if name.endswith(".csv") else f"{name}.csv"
        if file not in self.files:
            raise UsageError(
                text("the result has no file {name}", name=file),
                where=str(self.out),
                fix=text("{near}see the files of the result", near=suggest(file, self.files)),
            )
        # a region may be named NA
        found: pd.DataFrame = pd.read_csv(
            self.out / file,
            encoding="utf-8-sig",
            keep_default_na=False,
            na_values=[""],
            **EXACT,
        )
        found = found.rename(columns=unguarded)
        for column in found.select_dtypes(exclude=["number", "bool"]).columns:
            found[column] = [unguarded(one) if isinstance(one, str) else one for one in found[column]]
        return found

    def summary(self, model: str) -> Mapping[str, Any]:
        """Return the summary of a model."""
        return read_json(self.out / "models" / model / "summary.json")

    def to_frame(self) -> pd.DataFrame:
        """Return the terms of all models below each other, with the column ``model`` in front."""
        import pandas as pd

        found = [self.frame(f"models/{name}/terms").assign(model=name) for name in self.models]
        return pd.concat(found, ignore_index=True)[["model", *found[0].columns.drop("model")]]

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False)) if self.models else f"<p>{escape(self.out.name)}</p>"


def load(out: str | Path) -> Loaded:
    """Return a result on disk. Raises DataError where the folder is none."""
    return Loaded(Path(out), read_manifest(Path(out)))
