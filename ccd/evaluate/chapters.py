"""The chapters that sections of the study tell beside its models; one that fails leaves the others standing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

from ccd.errors import CcdError, DataError, EstimationError
from ccd.evaluate.base import Base
from ccd.results import Chapter, Failure
from ccd.section import Section
from ccd.streams import Stream
from ccd.study import StudyFile
from ccd.words import Name, text

#: (name of the section, the section, what tells its chapter) -> the chapter.
Recall = Callable[[str, Section, Callable[[], Chapter]], Chapter]


def chapters(
    file: StudyFile,
    base: Base,
    recall: Recall = lambda _name, _section, make: make(),
    only: Collection[str] | None = None,
) -> tuple[tuple[Chapter, ...], dict[str, Failure]]:
    """Return the chapter of each section, and by the section's key why one could not be told.

    ``recall`` may give a chapter that was told before instead of asking for it; ``only`` keeps to these sections.
    """
    from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

    study = file.study
    told, failures = [], {}
    for key, section in study.sections():
        if only is not None and key not in only:
            continue
        try:
            with threadpool_limits(1):
                own = section.at(file.base)
                ask = partial(own.chapter, base.panel, base.index, base.coupling, Stream(study.seed, key))
                told.append(recall(key, section, ask))
        except (DataError, EstimationError) as error:
            failures[key] = untold_of(key, error)
    return tuple(told), failures


def untold_of(key: str, error: CcdError) -> Failure:
    """Return why the chapter of a section could not be told."""
    note = text("{check} cannot be estimated: {reason}", check=Name(key), reason=error.said[0])
    return Failure(*error.said, note, key)
