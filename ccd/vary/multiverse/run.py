"""Run a menu: check it whole, make every unit here, in processes or on a cluster, and tell the chapter."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import pandas as pd

from ccd.evaluate.base import Step, build_base
from ccd.panel import Panel
from ccd.results import Chapter, Results
from ccd.study import StudyFile
from ccd.vary.multiverse.assemble import chapter
from ccd.vary.multiverse.gather import gather
from ccd.vary.multiverse.ground import lay_ground
from ccd.vary.multiverse.menu import Menu
from ccd.vary.multiverse.partial import Partial
from ccd.vary.multiverse.unit import carry_out
from ccd.vary.scatter import scattered


def run_menu(
    file: StudyFile,
    menu: Menu,
    table: pd.DataFrame,
    partial: Partial,
    *,
    step: Step = nullcontext,
    workers: int = 1,
    scheduler: str = "",
    command: Sequence[str] = (),
) -> Results:
    """Return the results of every specification of a menu on ``table``; finished units stay in ``partial``.

    The caller removes ``partial`` when the results are written. Raises CcdError for what is wrong with the study,
    its data or any specification, before the first fit.
    """
    base = build_base(file, table, {}, step)
    with step("specifications checked"):
        ground = lay_ground(menu, table, file.study.seed)
        units = menu.units()
        names = [partial.name(ground, unit) for unit in units]
    partial.begin()
    known = partial.known()
    left = [k for k, name in enumerate(names) if name not in known]
    with step("specifications"):
        for place, made in scattered(carry_out, ground, [units[k] for k in left], workers, scheduler):
            partial.keep(names[left[place]], made)
    with step("shares and joint test"):
        told = chapter(ground, gather(ground, map(partial.read, names), partial.folder), command)
    return bare_results(file, base.panel, told)


def bare_results(file: StudyFile, panel: Panel, told: Chapter) -> Results:
    """Return results that hold one chapter alone."""
    return Results(
        name=file.name,
        title=file.study.title or file.name,
        language=file.study.language,
        panel=panel,
        index=None,
        coupling=None,
        estimates={},
        chapters=(told,),
    )
