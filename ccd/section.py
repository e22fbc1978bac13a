"""The base of a section of the study that tells a chapter of its own, beside the models."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Self

from ccd.panel import Panel
from ccd.results import Chapter, CouplingResult, IndexResult
from ccd.spec import Spec
from ccd.streams import Stream


class Section(Spec):
    """Keys of one section, and the few questions that the study asks of it; one file a section."""

    def columns(self) -> tuple[str, ...]:
        """Return the columns that are read as numbers, of the data or made by the study."""
        return ()

    def group_columns(self) -> tuple[str, ...]:
        """Return the columns of the data that group regions."""
        return ()

    def policies_read(self) -> tuple[str, ...]:
        """Return the policies whose dates are needed."""
        return ()

    def weights_read(self) -> tuple[str, ...]:
        """Return the spatial weights that are needed."""
        return ()

    def foresee(self, panel: Panel) -> None:
        """Raise DataError for what ``ccd check`` can know to be wrong before anything is computed."""

    def methods(self) -> tuple[str, ...]:
        """Return the keys of ``ccd.methods`` that explain what is asked."""
        return ()

    def files(self) -> tuple[str, ...]:
        """Return the files of its own, as the study writes them."""
        return ()

    def at(self, folder: Path) -> Self:
        """Return the section with its files to be found from ``folder``; one without files as it is."""
        return self

    @abstractmethod
    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        """Return what is told. Raises DataError or EstimationError, which leave the other chapters standing."""
