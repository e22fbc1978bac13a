"""The chapters that sections of the study tell beside its models; one that fails leaves the others standing."""

from __future__ import annotations

from ccd.errors import DataError, EstimationError
from ccd.evaluate.base import Base
from ccd.results import Chapter, Failure
from ccd.streams import Stream
from ccd.study import Study
from ccd.words import Name, text


def chapters(study: Study, base: Base) -> tuple[tuple[Chapter, ...], dict[str, Failure]]:
    """Return the chapter of each section, and by the section's key why one could not be told."""
    from threadpoolctl import threadpool_limits  # one thread: the same bytes however many there are

    told, failures = [], {}
    for key, section in study.sections():
        try:
            with threadpool_limits(1):
                told.append(section.chapter(base.panel, base.index, base.coupling, Stream(study.seed, key)))
        except (DataError, EstimationError) as error:
            note = text("{check} cannot be estimated: {reason}", check=Name(key), reason=error.what)
            failures[key] = Failure(error.what, error.where, error.fix, note, key)
    return tuple(told), failures
