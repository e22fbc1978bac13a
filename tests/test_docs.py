"""The documentation is made from the code: every key has its sentence, every method its page."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from ccd.estimate import MODELS
from ccd.methods import entries
from ccd.spec import key_docs, keys_of

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def build():
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_key_says_what_it_means(build):
    kinds = {**build.sections(), **MODELS}
    silent = [f"{title} {key}" for title, kind in kinds.items() for key in keys_of(kind)
              if not key_docs(kind).get(key) and key not in ("kind", "estimator")]  # fmt: skip
    assert not silent


def test_the_reference_holds_every_key(build):
    page = build.reference_page()
    assert page == build.reference_page()
    assert " at 0x" not in page
    for title, kind in {**build.sections(), **MODELS}.items():
        assert title in page
        for key in keys_of(kind):
            assert f"| `{key}` |" in page


def test_every_method_has_a_page(build):
    pages = build.methods_pages()
    assert len(pages) == len(entries()) + 1
    linked = set(re.findall(r"\(([\w-]+\.md)\)", pages["index.md"]))
    assert linked == set(pages) - {"index.md"}


def test_the_pages_in_the_repository_are_current(build):
    stands = {p.relative_to(ROOT / "docs").as_posix(): p.read_text(encoding="utf-8")
              for p in [ROOT / "docs" / "reference.md", *(ROOT / "docs" / "methods").glob("*")]}  # fmt: skip
    assert stands == build.made_pages(), "python docs/build.py --here writes them anew"


def test_readme_links_to_pages_that_exist():
    words = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", words)
    assert {"docs/reference.md", "docs/methods/index.md"} <= set(linked)
    assert all((ROOT / target).exists() for target in linked)


def test_pages_link_to_pages_that_are_built(build, tmp_path):
    build.write_pages(tmp_path)
    (tmp_path / "gallery.md").write_text("", encoding="utf-8")
    for page in tmp_path.rglob("*.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
