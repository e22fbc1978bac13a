"""docs/which_tool.md names every kind and estimator there is, and no key that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from ccd.estimate import KINDS, MODELS
from ccd.spec import keys_of
from ccd.study.keys import sections

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "which_tool.md").read_text(encoding="utf-8")


class Line(NamedTuple):
    """A line of the table: the models (tags), sections and keys that its second column names."""

    question: str
    tags: tuple[str, ...]
    sections: tuple[str, ...]
    keys: tuple[str, ...]


def lines() -> list[Line]:
    found = []
    for row in re.findall(r"^\| (.+) \|$", PAGE, flags=re.MULTILINE)[1:]:
        question, write, *rest = row.split(" | ")
        assert len(rest) == 2, question
        spans = re.findall(r"`([^`]+)`", write)
        kinds = [one.split('"')[1] for one in spans if one.startswith("kind = ")]
        named = [one.split('"')[1] for one in spans if one.startswith(("estimator = ", '"'))]
        tags = [f"{kind}-{name}" for kind in kinds for name in named] or kinds
        parts = [one for one in spans if one.startswith("[")]
        keys = [one for one in spans if re.fullmatch(r"[a-z_]+", one)]
        assert len(spans) == len(kinds) + len(named) + len(parts) + len(keys), question
        found.append(Line(question, tuple(tags), tuple(parts), tuple(keys)))
    return found


@pytest.mark.parametrize("line", [pytest.param(one, id=one.question) for one in lines()])
def test_what_a_line_names_is_there(line):
    assert line.tags or line.sections
    assert set(line.tags) <= set(MODELS)
    assert set(line.sections) <= set(sections())
    for key in line.keys:
        owners = [tag for tag in line.tags if key in keys_of(MODELS[tag])]
        assert owners, key


def test_every_model_is_on_the_page():
    named = {tag for line in lines() for tag in line.tags}
    assert set(MODELS) - named == set()
    assert {tag.split("-")[0] for tag in named} == {kind.split("-")[0] for kind in KINDS}


def test_every_section_that_answers_a_question_is_on_the_page():
    answers = ("space", "describe", "diagnostics", "multiverse", "intervals", "benchmark", "chains")
    more = ("[[robustness]]", "[stages.NAME]", "[efficiency.NAME]")
    named = {part for line in lines() for part in line.sections}
    assert {*(f"[{name}]" for name in answers), *more} <= named


def test_readers_find_the_page():
    assert "docs/which_tool.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "which_tool.md" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
