"""Fonts are asked of matplotlib once, as long as no folder of fonts and no font file changes."""

import os
import sys
from dataclasses import replace

import matplotlib.font_manager  # noqa: F401 (before the environment changes)
import pytest

from ccd.cache import NO_CACHE, Cache
from ccd.report import known_fonts as module
from ccd.report.figures import find_fonts, font_files

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="remembered on Linux only")


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Return the list of questions to matplotlib; the one folder of fonts is ``tmp_path / "fonts"``."""
    (tmp_path / "fonts").mkdir()
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    monkeypatch.setattr(module, "FOLDERS", (str(tmp_path / "fonts"),))
    questions = []

    def ask(*, chinese):
        questions.append(chinese)
        return find_fonts(chinese=chinese)

    monkeypatch.setattr(module, "find_fonts", ask)
    return questions


def test_the_second_run_asks_nothing_and_gets_the_same(asked, tmp_path):
    cache = Cache(tmp_path / "cache")
    first, second = (module.known_fonts(cache, chinese=False) for _ in range(2))
    assert asked == [False]
    assert first == second == replace(find_fonts(), files=font_files(find_fonts()))
    module.known_fonts(cache, chinese=True)
    assert asked == [False, True]


def test_a_new_font_is_looked_for(asked, tmp_path):
    cache = Cache(tmp_path / "cache")
    module.known_fonts(cache, chinese=True)
    (tmp_path / "fonts" / "new.ttf").touch()
    os.utime(tmp_path / "fonts", ns=(1, 1))  # a clock may be too coarse to tell
    module.known_fonts(cache, chinese=True)
    assert asked == [True, True]


def test_a_font_file_that_changed_is_found_again(asked, tmp_path, monkeypatch):
    cache = Cache(tmp_path / "cache")
    module.known_fonts(cache, chinese=False)
    monkeypatch.setattr(module, "stamps", lambda paths: (("other.ttf", 1, 1),))
    module.known_fonts(cache, chinese=False)
    assert asked == [False, False]


def test_without_a_cache_matplotlib_is_asked(asked):
    module.known_fonts(NO_CACHE, chinese=False)
    module.known_fonts(NO_CACHE, chinese=False)
    assert asked == [False, False]
