"""What a study's finished work is kept under: its inputs by content, the sections that decide it, the seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ccd.arrays import FloatArray
from ccd.cache import Cache, work_key
from ccd.estimate.model import ModelSpec
from ccd.evaluate.base import base_key
from ccd.results import Chapter
from ccd.spec import Spec
from ccd.study import StudyFile


@dataclass(frozen=True)
class Store:
    """The cache of a run; ``inputs`` gives name -> SHA-256 of the files that the base of a study is made from."""

    cache: Cache = field(default_factory=Cache)
    inputs: Callable[[StudyFile], Mapping[str, str]] = lambda _: {}

    def model(self, file: StudyFile, model: ModelSpec, *, headline: bool) -> str:
        """Return the key of one fit; nothing where nothing is kept."""
        if self.cache.folder is None:
            return ""
        return work_key("fit", self._base(file), type(model), model, file.study.seed, headline)

    def told(self, file: StudyFile, name: str, section: Spec, tell: Callable[[], Chapter]) -> Chapter:
        """Return the chapter of one section: as it was told before, or as ``tell`` tells it now."""
        if self.cache.folder is None:
            return tell()
        key = work_key("chapter", self._base(file), name, type(section), section, file.study.seed)
        return self.cache.recall(key, tell)

    def carried(self, file: StudyFile, model: ModelSpec, make: Callable[[], FloatArray]) -> FloatArray:
        """Return a model's effects under draws of the regions: as they were made before, or as ``make`` makes them."""
        if self.cache.folder is None:
            return make()
        key = work_key("carry", self._base(file), type(model), model, file.study.seed)
        return self.cache.recall(key, make)

    def _base(self, file: StudyFile) -> tuple[object, ...]:
        return base_key(file.study), dict(self.inputs(file))


NO_STORE = Store()
