"""A first guess of how long a study runs that was never run: what is fitted and what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ccd.study import Study

#: Kind of a model -> seconds of its fit with its checks, and of its figures in three formats.
MODEL: Mapping[str, tuple[float, float]] = {
    "did": (0.6, 1.0),
    "psm-did": (2.4, 1.9),
    "threshold": (0.6, 1.1),
    "synergy": (0.4, 0.6),
    "panel": (0.1, 0.2),
}
#: Section that tells a chapter -> seconds of its numbers, and of its figures in three formats.
CHAPTER: Mapping[str, tuple[float, float]] = {
    "efficiency": (5.0, 0.5),
    "chains": (1.0, 1.0),
    "describe": (1.5, 3.0),
    "space": (0.1, 0.5),
}
#: Seconds to start and read, of the figures of the data and of D in three formats, and of one robustness check.
START, FIGURES, CHECK = 2.0, 3.4, 0.25


def first_guess(study: Study, kinds: Iterable[str], checks: int) -> float:
    """Return CPU seconds of a run without a cache: the parts of its models, chapters, figures and checks.

    ``kinds`` are those of the models that are fitted. The coefficients were set on two busy cores, panels of 30
    regions and 13 years, all in seconds of CPU:

    ============== ======== =====
    study          recorded guess
    ============== ======== =====
    new_areas            9     9
    threshold           10    11
    policy_synergy      12    12
    psm_did             19    18
    did_full            43    40
    short_paper         50    49
    raw_workbook         7     6
    single_area         10    10
    frames              12    13
    spillover           13    14
    description         10    10
    ============== ======== =====

    Estimation grows with the rows, which this leaves out: with thousands of regions it is too low.
    """
    fits, drawn = START + CHECK * checks, FIGURES
    for kind in kinds:
        fit, figures = MODEL.get(kind, MODEL["did"])
        fits, drawn = fits + fit, drawn + figures
    for name, _ in study.sections():
        numbers, figures = CHAPTER.get(name.partition(".")[0], (0.0, 0.0))
        fits, drawn = fits + numbers, drawn + figures
    return fits + drawn * drawn_formats(study) / 3


def drawn_formats(study: Study) -> int:
    """Return in how many formats figures are drawn: those asked for, svg for the page, png for Word."""
    if not study.output.figures:
        return 0
    pages = {"appendix": "pdf", "html": "svg", "docx": "png"}
    return len({*study.output.figures, *(pages[form] for form in study.output.formats if form in pages)})
