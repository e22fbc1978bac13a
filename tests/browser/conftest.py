"""Debian's chromium, driven by selenium, and the pages that it reads: each made once."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccd.report.figures import find_fonts
from ccd.report.html import render_page
from ccd.report.page import Page, compose, numbered
from ccd.report.style import Style
from ccd.results import Results
from tests.browser.reader import Reader
from tests.test_report_page import results_of

CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
RERUN = "ccd run " + "long_" * 40 + "study.toml"


def lacking() -> str:
    """What is not there: an empty string where all is."""
    if CHROMIUM is None or DRIVER is None:
        return "chromium and chromedriver (Debian: chromium, chromium-driver) are not installed"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed"
    return ""


@pytest.fixture(scope="session")
def reader() -> Iterator[Reader]:
    if lacking():
        pytest.skip(lacking())
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    # root has no sandbox, containers a small /dev/shm; nothing is fetched by the browser of its own accord
    for word in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
        "--disable-background-networking", "--disable-component-update", "--no-first-run", "--lang=en",
    ):  # fmt: skip
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(60)
    yield Reader(driver)
    driver.quit()


@pytest.fixture(scope="session")
def english() -> Results:
    return results_of("new_areas.toml")


@pytest.fixture(scope="session")
def composed(english: Results) -> Page:
    return compose(english, Style(), find_fonts(), ("svg",), "paper")


def written(words: str, folder: Path, name: str) -> Path:
    path = folder / f"{name}.html"
    path.write_text(words, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def page_en(composed: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(render_page(composed, RERUN), tmp_path_factory.mktemp("pages"), "en")


@pytest.fixture(scope="session")
def page_zh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = compose(results_of("new_areas_zh.toml"), Style(), find_fonts(chinese=True), ("svg",), "paper")
    return written(render_page(page, RERUN), tmp_path_factory.mktemp("pages"), "zh")


@pytest.fixture(scope="session")
def large_page(composed: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page several times over, each time under other names, until it holds 5 MB."""
    times = 2 + 5_000_000 // len(render_page(composed))
    sections = [
        replace(section, equations=(), blocks=tuple(replace(b, anchor=f"{b.id}_{k}") for b in section.blocks))
        for k in range(times)
        for section in composed.sections
    ]
    words = render_page(replace(composed, sections=numbered(sections)), RERUN)
    assert len(words) > 5_000_000
    return written(words, tmp_path_factory.mktemp("pages"), "large")


@pytest.fixture(scope="session")
def chinese_font() -> None:
    """Skips where the browser has no font with Chinese characters."""
    find = shutil.which("fc-list")
    if find is None:
        pytest.skip("fc-list is not there to look for a Chinese font")
    found = subprocess.run([find, ":lang=zh-cn", "family"], capture_output=True, text=True, check=True)
    if not re.search(r"\w", found.stdout):
        pytest.skip("no Chinese font is installed")
