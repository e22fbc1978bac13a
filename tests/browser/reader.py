"""A reader before the page: opens it, looks, presses keys, and remembers nothing from page to page."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any


class Reader:
    """Wraps the driver of one browser."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def tell(self, command: str, **values: Any) -> Any:
        """Give the browser a command of its developer tools."""
        return self.driver.execute_cdp_cmd(command, values)

    def open(
        self, page: Path, width: int = 1280, height: int = 900, scheme: str = "light", media: str = ""
    ) -> Reader:
        """Open a page in a window of that size, lit or dark, on screen or (media print) on paper."""
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.see(scheme, media)
        for log in ("browser", "performance"):
            self.driver.get_log(log)  # what came before is of no concern
        self.driver.get(page.as_uri())
        return self

    def see(self, scheme: str = "light", media: str = "") -> None:
        """Let the system ask for light or dark, screen or print."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},  # jumps are over at once
        ]
        self.tell("Emulation.setEmulatedMedia", media=media, features=features)

    def ask(self, script: str, *values: Any) -> Any:
        """Run the body of a function in the page."""
        return self.driver.execute_script(script, *values)

    def wait(self, script: str, *values: Any) -> Any:
        """Run the body of an asynchronous function in the page and return what it ends with."""
        found = self.driver.execute_async_script(
            f"const done = arguments[arguments.length - 1]; (async (...arguments_) => {{ {script} }})(...arguments)"
            ".then(done, (error) => done({ wentWrong: String(error) }));",
            *values,
        )
        if isinstance(found, dict) and "wentWrong" in found:
            raise AssertionError(found["wentWrong"])
        return found

    def until(self, condition: str, *values: Any) -> Any:
        """Return an expression's value as soon as it is true: at most 20 s of frames."""
        return self.wait(
            f"const end = Date.now() + 20000; let found; while (!(found = ({condition})) && Date.now() < end) "
            "await new Promise((next) => setTimeout(next, 20)); return found;",
            *values,
        )

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a keyboard does."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def complaints(self) -> list[str]:
        """Return what the console of the page said since it was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> set[str]:
        """Return the addresses that the page asked for since it was opened."""
        said = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [one["params"] for one in said if one["method"] == "Network.requestWillBeSent"]
        return {one["request"]["url"] for one in asked}

    def pdf(self) -> bytes:
        """Return the page as it is printed on A4."""
        return base64.b64decode(self.tell("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
