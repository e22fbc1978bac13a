"""Nobody is left out: axe-core finds no serious fault, and the keyboard alone reaches and works everything."""

from __future__ import annotations

from pathlib import Path

import pytest

AXE = Path(__file__).parent / "axe-core" / "axe.min.js"


def faults(reader) -> list[tuple[str, str]]:
    """Rule and place of each serious or critical fault that axe-core finds in what is shown."""
    reader.ask(AXE.read_text(encoding="utf-8"))
    found = reader.wait("return await axe.run(document, { resultTypes: ['violations', 'incomplete'] })")
    assert found["testEngine"]["name"] == "axe-core"
    assert len(found["passes"]) > 15  # it has looked
    return [
        (one["id"], str(node["target"]))
        for one in found["violations"] if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_core_finds_no_serious_fault(reader, page_en, page_zh, language, scheme):
    reader.open({"en": page_en, "zh": page_zh}[language], scheme=scheme)
    reader.ask(
        "document.querySelector('th > button.sort').click(); document.querySelector('button.region').click()"
    )
    assert faults(reader) == []
    reader.ask("document.querySelector('figure.image .copy button').click()")
    assert faults(reader) == []


def test_axe_core_finds_a_fault_where_there_is_one(reader, page_en):
    reader.open(page_en)
    reader.ask("document.querySelector('figure.image img').removeAttribute('alt')")
    reader.ask("document.querySelector('.filter').style.color = '#ddd'")
    assert {rule for rule, _ in faults(reader)} == {"image-alt", "color-contrast"}


CONTROLS = "a[href], button, input, [tabindex='0']"
AT = """
const node = document.activeElement;
const style = getComputedStyle(node);
return [[...document.querySelectorAll(arguments[0])].indexOf(node), style.outlineStyle, parseFloat(style.outlineWidth),
        node.matches(":focus-visible")];
"""


def test_the_tab_key_reaches_every_control_and_the_eye_sees_where_it_is(reader, page_en):
    from selenium.webdriver.common.keys import Keys

    reader.open(page_en)
    # a table of regions is one stop: arrows go on from there
    stops = reader.ask(
        """
        return [...document.querySelectorAll(arguments[0])].flatMap((node, k) =>
          node.matches("button.region:not([tabindex='0']), dialog *") ? [] : [k]);
        """,
        CONTROLS,
    )
    assert len(stops) > 60
    seen = []
    for _ in range(len(stops) + 5):
        reader.press(Keys.TAB)
        place, style, width, visible = reader.ask(AT, CONTROLS)
        if place < 0:  # past the last one
            break
        assert style == "solid" and width >= 2 and visible, place
        seen.append(place)
    assert seen == stops


def test_keys_work_what_they_reach(reader, page_en):
    from selenium.webdriver.common.keys import Keys

    reader.open(page_en)
    focus = "document.querySelector(arguments[0]).focus({ focusVisible: true })"
    reader.press(Keys.TAB)
    assert reader.ask("return document.activeElement.className") == "skip"
    reader.press(Keys.ENTER)
    assert reader.ask("return document.activeElement.id") == "main"

    reader.ask(focus, "#theme")
    reader.press(Keys.SPACE)
    assert reader.ask("return document.documentElement.dataset.theme") == "dark"

    reader.ask(focus, "th > button.sort")
    reader.press(Keys.ENTER)
    assert reader.ask("return document.activeElement.parentElement.ariaSort") == "ascending"
    reader.press(Keys.SPACE)
    assert reader.ask("return document.activeElement.parentElement.ariaSort") == "descending"

    reader.ask(focus, "button.region[tabindex='0']")
    first = reader.ask("return document.activeElement.textContent")
    reader.press(Keys.ARROW_DOWN, Keys.SPACE)
    assert reader.ask("return document.activeElement.textContent") != first
    assert reader.ask("return document.activeElement.ariaPressed") == "true"
    assert reader.ask("return document.querySelectorAll('.over').length") > 0
    reader.press(Keys.HOME)
    assert reader.ask("return document.activeElement.textContent") == first
    assert (
        reader.ask(
            "return document.activeElement.closest('table').querySelectorAll(\"button.region[tabindex='0']\").length"
        )
        == 1
    )

    reader.ask(focus, "figure.image .copy button")
    reader.press(Keys.ENTER)
    assert reader.ask("return document.querySelector('dialog').open")
    assert reader.ask("return document.activeElement.className") == "close"
    for _ in range(4):  # focus stays in the dialog
        reader.press(Keys.TAB)
        assert reader.ask(
            "return document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
    reader.press(Keys.ESCAPE)
    assert not reader.ask("return document.querySelector('dialog').open")
    assert reader.ask("return document.activeElement.matches('figure.image .copy button')")
