"""What the report does in a browser, as far as only a browser can tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fake_changes import EDITS, fake_changes, nothing_changed
from fake_run import fake_run
from test_changes_page import hostile_changes
from test_report import HOSTILE, hostile_run

from topicmodel.datatypes import ChangeReport, Run
from topicmodel.reporting import render, render_changes
from topicmodel.settings import ReportSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Page

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
# Said by the software renderer of a machine without a GPU, not by the page.
DRIVER_MESSAGE = "GPU stall due to ReadPixels"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium at {CHROMIUM}"),
]


@dataclass
class Tab:
    """A page and all that it said and asked for since it was opened."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def draw(self, name: str) -> None:
        self.page.locator(f"[data-figure={name}]").scroll_into_view_if_needed()
        self.page.wait_for_selector(f"[data-figure={name}].js-plotly-plot .main-svg")

    def points(self) -> int:
        return int(
            self.page.evaluate(
                "document.querySelector('[data-figure=map]')._fullData"
                ".filter((t) => t.visible === true).reduce((sum, t) => sum + t.x.length, 0)"
            )
        )


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as driver:
        yield driver.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    with chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        yield browser


def visit(
    browser: Browser,
    folder: Path,
    shown: Run | ChangeReport,
    width: int = 1200,
    scheme: str = "light",
) -> Tab:
    file = folder / "report.html"
    draw = render if isinstance(shown, Run) else render_changes
    file.write_text(draw(shown, ReportSettings()), encoding="utf-8")
    context = browser.new_context(
        offline=True,
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    tab = Tab(context.new_page())
    tab.page.on("console", lambda message: tab.complaints.append(message.text))
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.page.on("request", lambda request: tab.requests.append(request.url))
    tab.page.goto(file.as_uri())
    return tab


def pixels(png: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)


def test_the_report_opens_offline_in_silence_and_asks_for_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    tab = visit(browser, tmp_path, fake_run(200))
    for name in ("treemap", "map", "curve"):
        tab.draw(name)
    assert [text for text in tab.complaints if DRIVER_MESSAGE not in text] == []
    assert tab.requests == [(tmp_path / "report.html").as_uri()]


def test_plotly_is_not_run_before_a_figure_comes_near(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, fake_run(1, shop={}, n_unsorted=1, n_without_text=1))
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate("typeof Plotly") == "undefined"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_draws_all_points(browser: Browser, tmp_path: Path, scheme: str) -> None:
    tab = visit(browser, tmp_path, fake_run(200), scheme=scheme)
    tab.draw("map")
    tab.page.wait_for_timeout(1000)
    assert tab.points() == 197
    seen = pixels(tab.page.locator("[data-figure=map]").screenshot())
    bluer = seen[..., 2] - seen[..., 0]
    assert (bluer > 60).sum() > 700
    assert (bluer < -60).sum() > 400


def test_a_browser_without_webgl_gets_the_map_as_svg(chromium: BrowserType, tmp_path: Path) -> None:
    flags = [*FLAGS, "--disable-3d-apis"]
    with chromium.launch(executable_path=CHROMIUM, args=flags) as browser:
        tab = visit(browser, tmp_path, fake_run(4000))
        tab.draw("map")
        assert tab.points() == 3000
        assert tab.page.locator("[data-figure=map] .scatterlayer .point").count() == 3000
        assert "only 3,000 of them are drawn" in tab.page.locator("#map .intro").inner_text()


def test_a_legend_button_takes_its_category_off_the_map(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, fake_run(200))
    tab.draw("map")
    before = tab.points()
    button = tab.page.locator(".legend [data-trace]").first
    size = int(button.locator(".amount").inner_text())
    button.press("Enter")
    assert tab.points() == before - size
    assert button.get_attribute("aria-pressed") == "false"
    tab.page.get_by_role("button", name="Hide all").click()
    assert tab.points() == 0
    tab.page.get_by_role("button", name="Show all").click()
    assert tab.points() == before


def test_the_search_leaves_what_matches_and_gives_all_back(
    browser: Browser, tmp_path: Path
) -> None:
    tab = visit(browser, tmp_path, fake_run(200))
    headings = tab.page.locator("[data-panel] h3 >> visible=true")
    query = tab.page.get_by_label("Search categories")
    query.fill("FOOTWÉAR")
    assert [text.strip() for text in headings.all_inner_texts()] == ["Clothing"]
    assert tab.page.locator("[data-child] .name >> visible=true").all_inner_texts() == ["Footwear"]
    assert "match" in tab.page.locator("#found").inner_text()
    query.fill("no such thing at all")
    assert headings.count() == 0
    query.fill("")
    assert headings.count() == 6


def test_a_link_to_a_subcategory_opens_it(browser: Browser, tmp_path: Path) -> None:
    run = fake_run(200)
    child = next(topic for topic in run.taxonomy.topics if topic.level == 2)
    tab = visit(browser, tmp_path, run)
    panel = tab.page.locator(f"#category-{child.id}")
    assert panel.get_attribute("open") is None
    tab.page.locator(f".outline a[href='#category-{child.id}']").click()
    assert panel.get_attribute("open") is not None
    assert panel.locator(".cloud").is_visible()


def test_hostile_text_does_not_run_anywhere(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, hostile_run())
    tab.draw("treemap")
    tab.draw("map")
    tab.page.wait_for_timeout(500)
    tab.page.get_by_label("Search categories").fill("<script>")
    assert tab.page.evaluate("window.__pwned") is None
    assert tab.page.locator("img").count() == 0
    assert HOSTILE[0] in tab.page.locator("[data-figure=treemap]").text_content()


def test_plotly_shows_a_hostile_title_as_it_is(browser: Browser, tmp_path: Path) -> None:
    title = "<a href='https://x'>&lt;b&gt;</a>"
    tab = visit(
        browser, tmp_path, fake_run(1, shop={"A": {}}, n_unsorted=0, n_without_text=0, title=title)
    )
    tab.draw("map")
    tab.page.wait_for_timeout(500)
    box = tab.page.locator("[data-figure=map]").bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    hover = tab.page.locator("[data-figure=map] .hoverlayer text").first
    hover.wait_for()
    assert title in (hover.text_content() or "")
    assert tab.page.locator("[data-figure=map] .hoverlayer a").count() == 0


@pytest.mark.parametrize("make", [fake_run, hostile_run], ids=["usual", "hostile"])
def test_a_phone_needs_no_sideways_scroll(browser: Browser, tmp_path: Path, make: object) -> None:
    tab = visit(browser, tmp_path, make(), width=390)  # type: ignore[operator]
    for name in ("treemap", "map", "curve"):
        tab.draw(name)
    tab.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_tree_and_the_clouds_are_there(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(fake_run(60), ReportSettings()), encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    assert page.locator(".outline a:visible").count() == 14
    assert page.locator(".cloud:visible").count() == 5
    assert page.get_by_text("This figure needs JavaScript").first.is_visible()
    assert not page.locator("#query").is_visible()


def test_the_change_page_opens_offline_in_silence_and_asks_for_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    tab = visit(browser, tmp_path, fake_changes(edits=EDITS))
    tab.draw("flows")
    assert tab.complaints == []
    assert tab.requests == [(tmp_path / "report.html").as_uri()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_flow_picture_is_seen_and_its_names_stay_legible(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    tab = visit(browser, tmp_path, fake_changes(), scheme=scheme)
    tab.draw("flows")
    tab.page.wait_for_selector(".sankey-link")
    assert tab.page.locator(".sankey-node").count() == 16
    seen = pixels(tab.page.locator("[data-figure=flows]").screenshot())
    spread = seen.max(axis=2) - seen.min(axis=2)
    assert (spread > 20).mean() > 0.2
    bands = tab.page.evaluate(
        "[...document.querySelectorAll('.sankey-link')].map((link) => {"
        "const { fill, fillOpacity } = getComputedStyle(link); return [fill, fillOpacity]; })"
    )
    surface, ink = {"light": ("ffffff", "1b222c"), "dark": ("1b1f26", "e8eaed")}[scheme]
    colours = [blended(channels(fill), float(opacity), rgb(surface)) for fill, opacity in bands]
    assert min(contrast(rgb(ink), colour) for colour in colours) >= 4.5


def test_the_change_page_of_nothing_runs_no_plotly(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, nothing_changed())
    tab.page.wait_for_timeout(300)
    assert tab.page.evaluate("typeof Plotly") == "undefined"
    assert tab.complaints == []


def test_hostile_names_do_not_run_on_the_change_page(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, hostile_changes())
    tab.draw("flows")
    tab.page.wait_for_timeout(500)
    assert tab.page.evaluate("window.__pwned") is None
    assert tab.page.locator("img").count() == 0
    labels = "".join(tab.page.locator(".sankey-node").all_text_contents())
    assert "<script>" in labels


@pytest.mark.parametrize("make", [fake_changes, hostile_changes], ids=["usual", "hostile"])
def test_the_change_page_needs_no_sideways_scroll_on_a_phone(
    browser: Browser, tmp_path: Path, make: object
) -> None:
    tab = visit(browser, tmp_path, make(), width=390)  # type: ignore[operator]
    tab.draw("flows")
    tab.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_scripts_the_change_tables_are_there(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "changes.html"
    file.write_text(render_changes(fake_changes(edits=EDITS), ReportSettings()), encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    assert page.get_by_text("This figure needs JavaScript").first.is_visible()
    assert page.locator("table:visible").count() == 12
    summary = page.get_by_text("The same as a table")
    summary.focus()
    summary.press("Enter")
    assert page.get_by_role("cell", name="Not in the dump before").first.is_visible()


def rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[i : i + 2], 16) for i in (0, 2, 4)], dtype=float)


def channels(colour: str) -> np.ndarray:
    """The channels of a computed colour such as `rgb(1, 2, 3)`."""
    return np.array([float(value) for value in re.findall(r"[\d.]+", colour)[:3]])


def blended(colour: np.ndarray, opacity: float, behind: np.ndarray) -> np.ndarray:
    return opacity * colour + (1 - opacity) * behind


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    """WCAG 2, from 1 to 21."""

    def luminance(colour: np.ndarray) -> float:
        share = colour / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05

    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return light / dark
