"""What goes into a package: study, data, results, environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccd.words import Language


@dataclass(frozen=True)
class Contents:
    """What goes into a package.

    ``study`` is the place of the study file below ``study/``; ``inputs`` maps places below it to the files that are
    shared, ``withheld`` and ``bundled`` files that are not there to their SHA-256; ``manifest`` is that of the
    ``results``.
    """

    name: str
    title: str
    language: Language
    study: str
    inputs: Mapping[str, Path]
    withheld: Mapping[str, str]
    source: str
    results: Path
    manifest: Mapping[str, Any]
    requirements: str
    bundled: Mapping[str, str]

    @property
    def folder(self) -> str:
        """Return the folder in which the study is run, below the package."""
        return Path("study", self.study).parent.as_posix()
