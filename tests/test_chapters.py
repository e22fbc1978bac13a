"""Sections that tell a chapter: their parts reach files and page, and one that fails leaves the rest standing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ccd.describe.summary import summary
from ccd.errors import DataError, EstimationError
from ccd.panel import Panel
from ccd.report.figures import Fonts
from ccd.report.files import write_numbers
from ccd.report.page import compose
from ccd.report.style import Style
from ccd.results import Chapter, CouplingResult, IndexResult, Part, Summary
from ccd.section import Section
from ccd.streams import Stream
from ccd.study import Study, StudyFile
from ccd.vary.run import evaluate
from ccd.words import text


class Means(Section):
    """A toy: the summary of one column."""

    column: str
    fails: bool = False

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def policies_read(self) -> tuple[str, ...]:
        return ("zone",) if self.column == "zoned" else ()

    def chapter(
        self, panel: Panel, index: IndexResult | None, coupling: CouplingResult | None, stream: Stream
    ) -> Chapter:
        if self.fails:
            raise EstimationError("no mean today", where="means", fix="come back")
        value: Summary = summary({self.column: panel.column(self.column)})
        return Chapter("means", text("Means of a toy"), (Part(value),), (text("A toy speaks."),))


class ToyStudy(Study):
    """A study with one section more."""

    means: Means | None = None
    others: Means | None = None


TABLE = pd.DataFrame(
    {"region": ["a", "a", "b", "b"], "year": [2001, 2002, 2001, 2002], "x": [1.0, 2.0, 3.0, 6.0]}
)


def study_file(**sections: object) -> StudyFile:
    raw = {"data": {"path": "p.csv", "entity": "region", "time": "year"}, **sections}
    return StudyFile(ToyStudy.model_validate(raw), raw, Path("toy.toml"))


def test_a_section_reaches_files_and_page(tmp_path: Path) -> None:
    results = evaluate(study_file(means={"column": "x"}), TABLE)
    write_numbers(results, tmp_path)
    assert pd.read_csv(tmp_path / "means" / "summary.csv")["mean"].tolist() == [3.0]
    page = compose(results, Style(), Fonts(("DejaVu Sans",), chinese=False), ())
    (section,) = [s for s in page.sections if s.key == "means"]
    assert str(section.title) == "Means of a toy"
    assert [str(note) for note in section.notes] == ["A toy speaks."]
    assert [block.name for block in section.blocks] == ["means_summary"]


def test_a_section_that_fails_leaves_the_others_standing() -> None:
    results = evaluate(study_file(means={"column": "x", "fails": True}, others={"column": "x"}), TABLE)
    assert [chapter.room for chapter in results.chapters] == ["means"]
    assert results.failures["means"].what == "no mean today"


def test_a_section_reads_its_columns_and_names_a_missing_one() -> None:
    assert "x" in study_file(means={"column": "x"}).study.numeric_columns()
    with pytest.raises(DataError, match="nowhere"):
        evaluate(study_file(means={"column": "nowhere"}), TABLE)


def test_what_a_section_needs_of_the_study_is_a_fault() -> None:
    faults = [*study_file(means={"column": "D"}, others={"column": "zoned"}).study.faults()]
    assert [(f.what, f.where) for f in faults] == [
        ("'D' needs subsystems", "study, means"),
        ("there is no policy 'zone'", "study, others"),
    ]
