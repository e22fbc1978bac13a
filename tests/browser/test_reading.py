"""A page in a real browser: contents, copies, dark, narrow, on paper, in Chinese, large; nothing asks the network."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess

import pytest

WIDE_BODY = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [1280, 400])
def test_the_contents_mark_the_section_being_read(reader, page_en, width):
    reader.open(page_en, width)
    found = reader.wait(
        """
        const settled = () => new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
        const now = () => [...document.querySelectorAll("nav [aria-current]")].map((a) => a.hash.slice(1));
        const seen = [now()];
        const sections = [...document.querySelectorAll("main > section")];
        const hidden = [];
        for (const section of sections) {
          section.scrollIntoView();
          await settled();
          seen.push(now());
          const link = document.querySelector("nav [aria-current]").getBoundingClientRect();
          const there = link.bottom > 0 && link.top < innerHeight && link.right > 0 && link.left < innerWidth;
          if (!there) hidden.push(section.id);
        }
        scrollTo(0, 0);
        await settled();
        seen.push(now());
        return [seen, sections.map((section) => section.id), hidden];
        """
    )
    seen, sections, hidden = found
    assert all(len(marked) == 1 for marked in seen)
    assert seen[0] == seen[-1] == [sections[0]]
    # the last ones are too short to reach the top: the end of the page is the last of them
    long_enough = [marked[0] for marked in seen[1:-1]]
    assert long_enough[:8] == sections[:8]
    assert long_enough[-1] == sections[-1]
    assert not hidden


def test_a_click_on_the_contents_leads_there_and_every_link_has_its_place(reader, page_en):
    reader.open(page_en)
    assert (
        reader.ask(
            "return [...document.querySelectorAll('a')].filter((a) => !document.querySelector(a.hash)).length"
        )
        == 0
    )
    reader.ask("document.querySelector('nav a[href=\"#rerun\"]').click()")
    assert reader.until("document.querySelector('nav [aria-current]').hash === '#rerun'")
    assert reader.ask("return document.getElementById('rerun').getBoundingClientRect().top < innerHeight")


@pytest.mark.parametrize("by_hand", [False, True])
def test_copy_buttons_put_latex_and_csv_on_the_clipboard(reader, page_en, by_hand):
    reader.open(page_en)
    for name in ("clipboard-read", "clipboard-write"):
        reader.tell("Browser.setPermission", permission={"name": name}, setting="granted")
    if by_hand:  # a browser that keeps pages off the clipboard, except by its own command
        reader.ask("navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))")
    for kind, sign in (("tex", r"\begin{tabular}"), ("csv", ",")):
        button = f'[data-copy$="-{kind}"]'
        reader.tell("Runtime.evaluate", expression="document.querySelector('#status').textContent = ''")
        reader.ask(f"document.querySelector('{button}').scrollIntoView()")
        reader.driver.find_element("css selector", button).click()
        assert reader.until("document.getElementById('status').textContent") == "Copied"
        copied = reader.wait("return await navigator.clipboard.readText()")
        whole = reader.ask(
            f"return document.getElementById(document.querySelector('{button}').dataset.copy).textContent"
        )
        assert copied.replace("\r\n", "\n") == whole.replace("\r\n", "\n")
        assert sign in copied
    assert len(list(csv.reader(io.StringIO(copied)))) > 3


def test_dark_follows_the_system_and_the_button_turns_it(reader, page_en):
    paper = "return getComputedStyle(document.body).backgroundColor"
    reader.open(page_en)
    light = reader.ask(paper)
    reader.see("dark")
    dark = reader.ask(paper)
    assert light == "rgb(255, 255, 255)"
    assert dark != light
    assert reader.ask("return document.getElementById('theme').ariaPressed") == "true"
    reader.ask("document.getElementById('theme').click()")
    assert reader.ask(paper) == light
    assert reader.ask("return document.getElementById('theme').ariaPressed") == "false"
    assert reader.ask("return getComputedStyle(document.documentElement).colorScheme") == "light"


@pytest.mark.parametrize("width", [1280, 768, 400, 320])
def test_the_body_never_scrolls_sideways_and_wide_tables_do_in_their_box(reader, page_en, page_zh, width):
    for page in (page_en, page_zh):
        reader.open(page, width)
        assert reader.ask(WIDE_BODY) <= 0
        wide = reader.ask(
            """
            return [...document.querySelectorAll(".scroll")].filter((box) => box.scrollWidth > box.clientWidth + 1)
              .map((box) => [getComputedStyle(box).overflowX, box.tabIndex, box.getBoundingClientRect().right]);
            """
        )
        assert all(kind == "auto" and stop == 0 and right <= width for kind, stop, right in wide)
        assert bool(wide) == (width <= 400) or width == 768


def test_paper_holds_no_controls_and_every_table_whole(reader, page_en, tmp_path):
    reader.open(page_en, 680, 1000, scheme="dark", media="print")  # about the inside of A4 at 96 dpi
    shown = """return [...document.querySelectorAll(arguments[0])].filter((one) => one.offsetParent !== null
        && getComputedStyle(one).visibility === "visible" && getComputedStyle(one).display !== "none").length"""
    assert reader.ask(shown, "nav, .copy, .filter, .skip, #status, dialog, input, .copy button") == 0
    assert reader.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    cut = """return [...document.querySelectorAll("table")].filter((table) => innerWidth + 1 <
        table.getBoundingClientRect().right || getComputedStyle(table.parentElement).overflowX !== "visible").length"""
    assert reader.ask(cut) == 0
    # what a filter hides is on paper all the same
    reader.see()
    reader.ask(
        """
        for (const box of document.querySelectorAll(".filter input")) {
          box.value = "Beijing";
          box.dispatchEvent(new Event("input", { bubbles: true }));
        }
        """
    )
    hidden = "return [...document.querySelectorAll('tr')].filter((r) => getComputedStyle(r).display === 'none').length"
    assert reader.ask(hidden) == 29  # all but one of the ranking
    reader.see(media="print")
    assert reader.ask(hidden) == 0
    if shutil.which("pdftotext") is None:
        return
    (tmp_path / "page.pdf").write_bytes(reader.pdf())
    words = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "Copy LaTeX" not in words
    assert "Contents" not in words
    sheets = words.split("\f")
    tables = reader.ask(
        """
        return [...document.querySelectorAll("figure.table")].map((figure) => {
          const rows = figure.querySelector("tbody").rows;
          const cells = [...rows[rows.length - 1].cells].map((cell) => cell.textContent.trim());
          return [figure.querySelector("figcaption").textContent, cells.filter((one) => /^[\\d.-]+$/.test(one))];
        });
        """
    )
    assert len(tables) > 5
    for title, numbers in tables:  # none is longer than a page, so caption and last row stand on one
        own = [k for k, sheet in enumerate(sheets) if " ".join(title.split()[:4]) in " ".join(sheet.split())]
        assert any(" ".join(numbers[-3:]) in " ".join(sheets[k].split()) for k in own), title


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_complained_of_and_nothing_leaves_the_page(reader, page_en, page_zh, language):
    page = {"en": page_en, "zh": page_zh}[language]
    reader.open(page)
    reader.wait(
        """
        for (let y = 0; y < document.documentElement.scrollHeight; y += 600) {
          scrollTo(0, y);
          await new Promise((next) => requestAnimationFrame(next));
        }
        for (const button of document.querySelectorAll("button:not(#print)")) button.click();
        document.querySelector("dialog").close();
        for (const box of document.querySelectorAll("input")) {
          box.value = "zzz";
          box.dispatchEvent(new Event("input", { bubbles: true }));
        }
        """
    )
    asked = reader.requests()
    assert page.as_uri() in asked
    assert {one.partition(":")[0] for one in asked} <= {"file", "data"}
    assert {one for one in asked if one.startswith("file")} == {page.as_uri()}
    assert reader.complaints() == []
    dull = "return [...document.images].filter((image) => !image.naturalWidth || !image.alt).length"
    assert reader.ask(dull) == 0
    ids = reader.ask("return [...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))


def test_chinese_is_drawn_by_a_font_that_has_it(reader, page_zh, chinese_font):
    reader.open(page_zh)
    assert reader.ask("return document.documentElement.lang") == "zh-CN"
    places = ("h1", "main p", "nav a", "figcaption", "tbody th", "button[data-copy]", "button.region")
    reader.tell("DOM.enable")
    reader.tell("CSS.enable")
    root = reader.tell("DOM.getDocument")["root"]["nodeId"]
    for place in places:
        node = reader.tell("DOM.querySelector", nodeId=root, selector=place)["nodeId"]
        fonts = reader.tell("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
        words = reader.ask("return document.querySelector(arguments[0]).textContent", place)
        count = sum("\u4e00" <= sign <= "\u9fff" for sign in words)
        assert count, place
        # a face for each sign, and none drawn as an empty box by a Latin one
        drawn = sum(font["glyphCount"] for font in fonts if "DejaVu" not in font["familyName"])
        assert drawn >= count, (place, fonts)


def test_a_page_of_5_mb_scrolls_to_its_end(reader, large_page):
    reader.open(large_page)
    sections = reader.ask("return document.querySelectorAll('main > section').length")
    assert sections > 20
    arrived = reader.wait(
        """
        let frames = 0;
        const end = () => Math.ceil(scrollY + innerHeight) >= document.documentElement.scrollHeight;
        while (!end() && frames < 2000) {
          scrollBy(0, 2000);
          frames += 1;
          await new Promise((next) => requestAnimationFrame(next));
        }
        await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
        const last = document.querySelector("nav [aria-current]");
        const [bar, link] = [document.querySelector("nav").getBoundingClientRect(), last.getBoundingClientRect()];
        return [end(), last.hash, link.bottom <= bar.bottom + 1];
        """
    )
    assert arrived == [True, "#rerun", True]
