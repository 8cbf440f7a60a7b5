"""Pages in the system's Chromium: opened offline, with all that they say and ask for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from fake_run import fake_run

from topicmodel.datatypes import ChangeReport, Run
from topicmodel.reporting import render, render_changes
from topicmodel.settings import ReportSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--enable-unsafe-swiftshader",
)
LONGEST_WAIT = 120_000
"""Milliseconds after which a page is taken to hang."""
_DRIVER_MESSAGE = "GPU stall due to ReadPixels"
"""Said by the software renderer of a machine without a GPU, not by the page."""


@dataclass
class Tab:
    """A page and all that it said and asked for since it was opened."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def complaints(self) -> list[str]:
        """Errors and warnings, and whatever else the page said."""
        return [text for text in self.messages if _DRIVER_MESSAGE not in text]

    def draw(self, name: str) -> None:
        """Bring a figure into view and wait until it is there."""
        self.page.locator(f"[data-figure={name}]").scroll_into_view_if_needed()
        self.page.wait_for_selector(f"[data-figure={name}].js-plotly-plot .main-svg")

    def settle(self) -> None:
        """Wait until the page has done what it was about to do, and has shown itself since."""
        self.page.evaluate(
            """async () => {
              for (let round = 0; round < 2; round += 1) {
                await new Promise((done) => requestIdleCallback(done));
                await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
              }
            }"""
        )

    def points(self) -> int:
        """Points that the map draws."""
        return self._of_map(
            "_fullData.filter((t) => t.visible === true).reduce((sum, t) => sum + t.x.length, 0)"
        )

    def selected(self) -> int:
        """Points that stand out on the map."""
        return self._of_map("data.reduce((sum, trace) => sum + trace.selectedpoints.length, 0)")

    def open_details(self) -> None:
        """Open everything that can be opened."""
        self.page.evaluate(
            "document.querySelectorAll('details').forEach((d) => { d.open = true; })"
        )

    def width(self) -> int:
        """Width of all that the page holds, in pixels."""
        return int(self.page.evaluate("document.documentElement.scrollWidth"))

    def _of_map(self, expression: str) -> int:
        return int(self.page.evaluate(f"document.querySelector('[data-figure=map]').{expression}"))


def visit(
    browser: Browser,
    folder: Path,
    shown: Run | ChangeReport,
    width: int = 1200,
    scheme: Any = "light",
) -> Tab:
    """Render a run or a change report into a folder, and open it."""
    file = folder / "report.html"
    page = _page_of_usual_run() if shown is usual_run() else _page_of(shown)
    file.write_text(page, encoding="utf-8")
    return open_page(browser, file, width, scheme)


@cache
def usual_run() -> Run:
    """A shop of 200 products, always the same object, whose report is rendered only once."""
    return fake_run(200)


@cache
def _page_of_usual_run() -> str:
    return _page_of(usual_run())


def _page_of(shown: Run | ChangeReport) -> str:
    settings = ReportSettings()
    return render(shown, settings) if isinstance(shown, Run) else render_changes(shown, settings)


def open_page(browser: Browser, file: Path, width: int = 1200, scheme: Any = "light") -> Tab:
    """Open a file in a context of its own."""
    context = browser.new_context(
        offline=True,
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    context.set_default_timeout(LONGEST_WAIT)
    tab = Tab(context.new_page())
    tab.page.on("console", lambda message: tab.messages.append(message.text))
    tab.page.on("pageerror", lambda error: tab.messages.append(str(error)))
    tab.page.on("request", lambda request: tab.requests.append(request.url))
    tab.page.goto(file.as_uri())
    return tab


def open_without_scripts(browser: Browser, file: Path) -> Page:
    """Open a file in a browser that runs no scripts."""
    page = browser.new_context(java_script_enabled=False).new_page()
    page.set_default_timeout(LONGEST_WAIT)
    page.goto(file.as_uri())
    return page


def wait_to_see(element: Locator, is_right: Callable[[np.ndarray], bool]) -> None:
    """Look at the pixels of an element until they are right.

    Raises:
        AssertionError: they are not right for as long as a page may take.
    """
    end = time.monotonic() + LONGEST_WAIT / 1000
    while not is_right(pixels(element.screenshot())):
        assert time.monotonic() < end, "it does not look as it should"
        element.page.wait_for_timeout(100)


def pixels(png: bytes) -> np.ndarray:
    """(height, width, 3), red, green and blue from 0 to 255."""
    from PIL import Image

    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)
