"""Tables sort and filter, figures open large, a region picked in a table is marked in maps and paths."""

from __future__ import annotations

import pytest

from ccd.report.html import asset, render_page
from ccd.report.marks import region_key
from ccd.report.page import Page
from ccd.results import Results

COLUMN = """
const table = document.querySelector(arguments[0]);
const body = [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
return body.map((row) => row[arguments[1]]);
"""
#: A page of one table with every way to write a number, and brackets under estimates.
WAYS = [
    ["a", "-0.5**", "1,234", "<0.001"],
    ["", "(0.1)", "", ""],
    ["b", "\u22121.5***", "987", "0.5"],
    ["", "[-2.0, -1.0]", "", ""],
    ["c", "2.3e-7", "12,345,678", "–"],
    ["d", "0.25*", "–", "0.04"],
    ["", "(0.2)", "", ""],
    ["e", "–", "3–9", "1"],
]
MADE = """
const cells = (row, kind) => row.map((one) => `<${kind}>${one}</${kind}>`).join("");
const rows = (all, kind) => all.map((row) => `<tr>${cells(row, kind)}</tr>`).join("");
document.body.innerHTML = `<div class="scroll"><table data-records><thead>${rows([["who", "b", "n", "p"]], "th")}
  </thead><tbody>${rows(arguments[0], "td")}</tbody></table></div><p id="status"></p>`;
const status = document.getElementById("status");
const say = () => {};
const element = (name, attributes, ...inside) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
};
"""


def head(reader, table: str, column: int) -> None:
    reader.ask(
        "document.querySelectorAll(arguments[0] + ' thead tr:last-child th > button')[arguments[1]].click()",
        table, column,
    )  # fmt: skip


def test_numbers_sort_as_numbers_however_they_are_written(reader, page_en):
    reader.open(page_en)
    reader.ask(MADE + asset("tables.js"), WAYS)

    def first() -> list[str]:
        return list(reader.ask(COLUMN, "table", 0))

    head(reader, "table", 1)
    assert first() == ["b", "", "a", "", "c", "d", "", "e"]  # brackets under their estimate, a dash last
    head(reader, "table", 1)
    assert first() == ["d", "", "c", "a", "", "b", "", "e"]
    head(reader, "table", 2)
    assert [one for one in first() if one] == ["e", "b", "a", "c", "d"]  # a range by where it begins
    head(reader, "table", 3)
    assert [one for one in first() if one] == ["a", "d", "b", "e", "c"]
    for _ in range(2):
        head(reader, "table", 3)
    assert reader.ask(COLUMN, "table", 1) == [row[1] for row in WAYS]  # the order it came in
    head(reader, "table", 0)
    head(reader, "table", 0)
    assert [one for one in first() if one] == list("edcba")
    sorts = reader.ask("return [...document.querySelectorAll('th')].map((one) => one.ariaSort)")
    assert sorts == ["descending", None, None, None]


RANKING = "[id^=ranking] table"
SHOWN = """
const rows = [...document.querySelectorAll(arguments[0] + " tbody tr")].filter((row) => !row.hidden);
return rows.map((row) => row.cells[1].textContent);
"""


def test_a_table_of_the_page_sorts_by_what_it_shows(reader, page_en, english: Results):
    reader.open(page_en)
    before = reader.ask(COLUMN, RANKING, 1)
    assert len(before) == 30
    head(reader, RANKING, 4)
    changes = [float(one) for one in reader.ask(COLUMN, RANKING, 4)]
    assert changes == sorted(changes)
    head(reader, RANKING, 1)
    assert reader.ask(COLUMN, RANKING, 1) == sorted(before)
    head(reader, RANKING, 1)
    head(reader, RANKING, 1)
    assert reader.ask(COLUMN, RANKING, 1) == before
    # a table of models is no list of records
    assert not reader.ask("return document.querySelector('#baseline table').hasAttribute('data-records')")
    assert reader.ask("return document.querySelectorAll('#baseline .sort').length") == 0


def test_chinese_sorts_as_chinese(reader, page_zh):
    reader.open(page_zh)
    head(reader, RANKING, 1)
    found = reader.ask(COLUMN, RANKING, 1)
    assert found[:3] == ["安徽", "北京", "重庆"]  # by pinyin
    assert len(found) == 30


def test_a_long_table_leaves_the_rows_with_the_words(reader, page_en):
    from selenium.webdriver.common.keys import Keys

    reader.open(page_en)
    box = reader.driver.find_element("css selector", "[id^=ranking] .filter input")
    box.send_keys("  hei JIANG ")
    assert reader.ask(SHOWN, RANKING) == ["Heilongjiang"]
    assert (
        reader.ask("return document.querySelector('.count:not(:empty)').textContent") == "Rows shown: 1 of 30"
    )
    head(reader, RANKING, 2)
    assert reader.ask(SHOWN, RANKING) == ["Heilongjiang"]
    # the one stop of the table is where it can be seen
    assert (
        reader.ask(
            "return document.querySelector(arguments[0]).querySelector(\"button.region[tabindex='0']\").textContent",
            RANKING,
        )
        == "Heilongjiang"
    )
    box.send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE)
    assert len(reader.ask(SHOWN, RANKING)) == 30
    assert reader.ask("return [...document.querySelectorAll('.count')].every((one) => !one.textContent)")


def test_a_figure_opens_large_by_button_and_by_click(reader, page_en):
    reader.open(page_en, 1600, 1000)
    sizes = """
    const dialog = document.querySelector("dialog");
    const caption = dialog.querySelector("#large-caption");
    const [large, small] = [dialog.querySelector("img"), document.querySelector("figure.image img")];
    return [large.getBoundingClientRect().width > 1.1 * small.getBoundingClientRect().width,
            large.src === small.src, dialog.scrollHeight <= innerHeight,
            caption.textContent === document.querySelector("figure.image figcaption").textContent];
    """
    for place in ("figure.image .copy button", "figure.image .plot"):
        reader.ask("document.querySelector(arguments[0]).click()", place)
        assert reader.ask("return document.querySelector('dialog').open")
        assert reader.ask(sizes) == [True, True, True, True]
        reader.driver.find_element("css selector", "dialog .close").click()
        assert not reader.ask("return document.querySelector('dialog').open")
        assert reader.ask("return document.querySelector('dialog .sheet').childElementCount") == 0
    # on a telephone it is larger than the screen and scrolls in its box
    reader.open(page_en, 400, 800)
    reader.ask("document.querySelector('figure.image .plot').click()")
    assert reader.ask(
        "const sheet = document.querySelector('.sheet'); return sheet.scrollWidth > sheet.clientWidth"
    )
    assert reader.ask("return document.documentElement.scrollWidth <= innerWidth")


def pick(reader, region: str) -> None:
    reader.ask(
        "[...document.querySelectorAll('button.region')].find((one) => one.textContent === arguments[0]).click()",
        region,
    )


#: The years of the study that a map shows, each a panel.
PANELS = 4
MARKED = """
const found = {};
const inside = (one, box) => one.left >= box.left - 3 && one.right <= box.right + 3 && one.top >= box.top - 3
  && one.bottom <= box.bottom + 3;
for (const block of document.querySelectorAll(".block, .first a")) {
  const over = block.querySelector(".over");
  if (!over) continue;
  const [box, image] = [over.getBoundingClientRect(), over.previousElementSibling.getBoundingClientRect()];
  const marks = [...over.querySelectorAll(".mark")].map((one) => one.getBoundingClientRect());
  const fits = Math.abs(box.width - image.width) < 1 && Math.abs(box.height - image.height) < 1;
  found[block.id || block.hash] = [marks.length, fits, marks.every((one) => inside(one, image))];
}
return found;
"""


def test_a_region_picked_in_a_table_is_marked_in_tables_maps_and_paths(reader, page_en):
    reader.open(page_en)
    assert reader.ask(MARKED) == {}
    pick(reader, "Hebei")
    marked = reader.ask(MARKED)
    assert marked["coupling_map"][0] == marked["#coupling_map"][0] == PANELS
    assert marked["coupling_bottleneck_map"][0] == PANELS
    assert {"timeline", "ranking", "coupling"} <= set(marked)
    assert all(fits and inside for _, fits, inside in marked.values())
    rows = reader.ask(
        "return [...document.querySelectorAll('tr:has(.marked)')].map((row) => row.cells[1].textContent)"
    )
    assert rows == ["Hebei"]
    # a figure opened large shows the mark too
    reader.ask("document.querySelector('#coupling_map .plot').click()")
    assert reader.ask("return document.querySelectorAll('dialog .over .mark').length") == PANELS
    reader.ask("document.querySelector('dialog').close()")
    pick(reader, "Beijing")
    assert reader.ask("return document.querySelectorAll('tr:has(.marked)').length") == 1
    assert reader.ask("return document.querySelectorAll('.region[aria-pressed=true]').length") == 1
    pick(reader, "Beijing")
    assert reader.ask(MARKED) == {}


def test_the_tile_marked_is_the_tile_of_the_region(reader, page_en):
    """The outline of Beijing lies over the darkest tile of the map: it has the highest D of all."""
    reader.open(page_en)
    pick(reader, "Beijing")
    dark = reader.wait(
        """
        const over = document.querySelector("#coupling_map .over");
        const image = over.previousElementSibling;
        const box = image.getBoundingClientRect();
        const canvas = new OffscreenCanvas(box.width, box.height);
        const pen = canvas.getContext("2d");
        pen.fillStyle = "white";
        pen.fillRect(0, 0, box.width, box.height);
        pen.drawImage(image, 0, 0, box.width, box.height);
        const light = (x, y) => { const [r, g, b] = pen.getImageData(x, y, 1, 1).data; return r + g + b; };
        const at = [...over.querySelectorAll(".mark")].map((one) => one.getBoundingClientRect());
        const last = at[at.length - 1];
        const corner = (tile) => light(tile.left - box.left + tile.width * .15, tile.top - box.top + tile.height * .15);
        return corner(last);
        """
    )
    assert dark < 3 * 80


def test_everything_is_there_without_javascript(reader, page_en):
    reader.tell("Emulation.setScriptExecutionDisabled", value=True)
    try:
        reader.open(page_en)
        body = reader.driver.find_element("css selector", "main").text
        assert "Heilongjiang" in body
        for control in reader.driver.find_elements("css selector", "button, input, dialog"):
            assert not control.is_displayed()  # none that would do nothing
        images = reader.driver.find_elements("css selector", "main img")
        assert images and all(image.is_displayed() for image in images)
    finally:
        reader.tell("Emulation.setScriptExecutionDisabled", value=False)


def test_regions_have_one_key_in_tables_and_figures(composed: Page, english: Results):
    words = render_page(composed)
    assert all(f'data-region="{region_key(name)}"' in words for name in english.panel.entities)
    drawn = next(block.images["svg"].decode() for block in composed.blocks() if block.name == "coupling_map")
    for name in english.panel.entities:
        assert drawn.count(f'id="region-{region_key(name)}-') == PANELS


@pytest.mark.parametrize("name", ["</script><b>", "a b", "中", '"', "&", "=1"])
def test_a_key_is_safe_in_any_markup(name):
    assert region_key(name).isalnum()
    assert region_key(name) != region_key(name + " ")
