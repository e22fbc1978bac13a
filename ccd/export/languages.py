"""The languages of an export: how each begins a script, wraps a model, and writes the panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccd.export import r, stata
from ccd.export.job import Code, Job, Names
from ccd.export.r import tongue as r_tongue
from ccd.export.r.head import HEAD, PRINTED
from ccd.export.script import Tongue
from ccd.export.stata import tongue as stata_tongue
from ccd.report.panel_files import PanelFile, panel_dta, stata_names
from ccd.words import Text

#: Packages of Stata that come another way than from SSC, and those it has itself.
INSTALLED = {"did_multiplegt_dyn": "ssc install did_multiplegt_dyn, replace"}


def stata_panel(found: PanelFile, names: Names) -> tuple[bytes, tuple[Text, ...]]:
    """Return the panel as panel.dta, whose names are those of the script."""
    return panel_dta(found)


def r_panel(found: PanelFile, names: Names) -> tuple[bytes, tuple[Text, ...]]:
    """Return the panel as csv under the names of the script; missing cells are empty."""
    frame = found.frame.rename(columns=names.known)
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8"), ()


def stata_head(packages: Sequence[str], job: Job) -> list[str]:
    """Return the version and how to install the packages."""
    lines = [stata_tongue.comment(INSTALLED.get(name, f"ssc install {name}, replace")) for name in packages]
    return ["version 16", "set more off", *lines]


def stata_block(name: str, code: Code) -> list[str]:
    """Return the lines of a model."""
    return list(code.lines)


def r_head(packages: Sequence[str], job: Job) -> list[str]:
    """Return how to install the packages, and the helpers."""
    install = [f"# install.packages({r_tongue.vector(packages)})"] if packages else []
    read = HEAD.replace("<entity>", job.entity).replace("<time>", job.time)
    return [*install, *read.splitlines()]


def r_block(name: str, code: Code) -> list[str]:
    """Return the lines of a model inside a call that says which packages are lacking."""
    lines = [f"  {line}" for line in code.lines]
    return [f"model({r_tongue.quoted(name)}, {r_tongue.vector(code.packages)}, {{", *lines, "})"]


LANGUAGES: Mapping[str, Tongue] = {
    "stata": Tongue(
        "Stata", "models.do", "panel.dta", stata_names, stata_panel, stata_tongue.comment, stata_head, stata_block,
        lambda: [], stata.CODERS,
    ),
    "r": Tongue(
        "R", "models.R", "panel.csv", r_tongue.names, r_panel, r_tongue.comment, r_head, r_block,
        lambda: ["", *PRINTED.splitlines()], r.CODERS,
    ),
}  # fmt: skip
