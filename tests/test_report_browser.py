"""What the report does in a browser, as far as only a browser can tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browsing import (
    CHROMIUM,
    FLAGS,
    open_without_scripts,
    usual_run,
    visit,
    wait_to_see,
)
from fake_changes import EDITS, fake_changes, nothing_changed
from fake_run import fake_run
from test_changes_page import hostile_changes
from test_report import HOSTILE, hostile_run

from topicmodel.reporting import render, render_changes
from topicmodel.settings import ReportSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType

pytestmark = pytest.mark.browser


def test_the_report_opens_offline_in_silence_and_asks_for_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    tab = visit(browser, tmp_path, usual_run())
    for name in ("treemap", "map", "curve"):
        tab.draw(name)
    assert tab.complaints == []
    assert tab.requests == [(tmp_path / "report.html").as_uri()]


def test_plotly_is_not_run_before_a_figure_comes_near(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, fake_run(1, shop={}, n_unsorted=1, n_without_text=1))
    tab.settle()
    assert tab.page.evaluate("typeof Plotly") == "undefined"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_map_draws_all_points(browser: Browser, tmp_path: Path, scheme: str) -> None:
    tab = visit(browser, tmp_path, usual_run(), scheme=scheme)
    tab.draw("map")
    assert tab.points() == 197

    def has_marks(seen: np.ndarray) -> bool:
        bluer = seen[..., 2] - seen[..., 0]
        return bool((bluer > 60).sum() > 700 and (bluer < -60).sum() > 400)

    wait_to_see(tab.page.locator("[data-figure=map]"), has_marks)


def test_a_browser_without_webgl_gets_the_map_as_svg(chromium: BrowserType, tmp_path: Path) -> None:
    flags = [*FLAGS, "--disable-3d-apis"]
    with chromium.launch(executable_path=CHROMIUM, args=flags) as browser:
        tab = visit(browser, tmp_path, fake_run(4000))
        tab.draw("map")
        assert tab.points() == 3000
        assert tab.page.locator("[data-figure=map] .scatterlayer .point").count() == 3000
        assert "only 3,000 of them are drawn" in tab.page.locator("#map .intro").inner_text()


def test_a_legend_button_takes_its_category_off_the_map(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, usual_run())
    tab.draw("map")
    before = tab.points()
    button = tab.page.locator(".legend [data-group]").first
    size = int(button.locator(".amount").inner_text())
    button.press("Enter")
    assert tab.points() == before - size
    assert button.get_attribute("aria-pressed") == "false"
    tab.page.get_by_role("button", name="Hide all").click()
    assert tab.points() == 0
    tab.page.get_by_role("button", name="Show all").click()
    assert tab.points() == before


def test_colours_may_tell_apart_the_subcategories_of_one_category(
    browser: Browser, tmp_path: Path
) -> None:
    run = usual_run()
    tab = visit(browser, tmp_path, run)
    tab.draw("map")
    before = tab.points()
    tab.page.get_by_label("Colours tell apart").select_option(label="Clothing")
    clothing = run.taxonomy.level1[1]
    children = {topic.name for topic in run.taxonomy.children(clothing.id)}
    shown = tab.page.locator(".legend [data-group] bdi").all_inner_texts()
    assert clothing.name == "Clothing"
    assert set(shown) == children | {"In none of them"}
    assert tab.points() == before


def test_products_that_are_chosen_on_the_map_are_listed(browser: Browser, tmp_path: Path) -> None:
    run = usual_run()
    tab = visit(browser, tmp_path, run)
    tab.draw("map")
    tab.settle()
    tab.page.evaluate(
        "Plotly.relayout(document.querySelector('[data-figure=map]'), { dragmode: 'select' })"
    )
    box = tab.page.locator("[data-figure=map]").bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + 5, box["y"] + 40)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5, steps=5)
    tab.page.mouse.up()
    chosen = tab.page.get_by_role("region", name="Products chosen")
    chosen.wait_for()
    count = tab.selected()
    assert count > 100
    assert chosen.locator(".count").inner_text() == f"{count} products chosen on the map"
    assert chosen.locator("li").count() == 20
    chosen.get_by_role("button", name=f"Show more of the other {count - 20}").click()
    assert chosen.locator("li").count() == 40
    first = chosen.locator("li").first
    row = run.assignments.product_ids.index(first.get_attribute("data-product") or "")
    assert run.products.titles[row] in first.inner_text()
    chosen.get_by_role("button", name="Show all products again").click()
    assert not chosen.is_visible()


def test_the_search_finds_categories_and_products_as_one_types(
    browser: Browser, tmp_path: Path
) -> None:
    run = usual_run()
    tab = visit(browser, tmp_path, run)
    query = tab.page.get_by_label("Find a category or a product")
    query.press_sequentially("FOOTWÉAR")
    categories = tab.page.get_by_label("Categories found").locator("a")
    assert categories.all_inner_texts() == ["Footwear"]
    titles = [title for title in run.products.titles if "footwear" in title.casefold()]
    found = f"1 category and {len(titles)} products match."
    assert tab.page.locator("#found").inner_text() == found
    listed = tab.page.get_by_label("Products found").locator("li > bdi").all_inner_texts()
    assert set(listed) <= set(titles)
    assert len(listed) == min(20, len(titles))
    query.fill(run.assignments.product_ids[7])
    assert tab.page.get_by_label("Products found").locator("li").count() == 1
    query.fill("no such thing at all")
    assert tab.page.locator("#found").inner_text() == "0 categories and 0 products match."
    query.fill("")
    assert not tab.page.locator(".results").is_visible()


def test_what_the_search_finds_can_be_shown_on_the_map(browser: Browser, tmp_path: Path) -> None:
    run = usual_run()
    tab = visit(browser, tmp_path, run)
    tab.page.get_by_label("Find a category or a product").fill("footwear")
    tab.page.get_by_role("button", name="Show these products on the map").press("Enter")
    tab.page.wait_for_selector("[data-figure=map].js-plotly-plot .main-svg")
    count = sum("footwear" in title.casefold() for title in run.products.titles)
    chosen = tab.page.get_by_role("region", name="Products chosen")
    assert f"{count} products found by" in chosen.inner_text()
    assert tab.selected() == count
    assert tab.page.evaluate("document.activeElement.id") == "map-heading"


def test_a_link_to_a_subcategory_opens_it(browser: Browser, tmp_path: Path) -> None:
    run = usual_run()
    child = next(topic for topic in run.taxonomy.topics if topic.level == 2)
    tab = visit(browser, tmp_path, run)
    panel = tab.page.locator(f"#category-{child.id}")
    assert panel.get_attribute("open") is None
    tab.page.locator(f".outline a[href='#category-{child.id}']").click()
    tab.page.wait_for_selector(f"#category-{child.id}[open]")
    assert panel.locator(".cloud").is_visible()


def test_hostile_text_does_not_run_anywhere(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, hostile_run())
    tab.draw("treemap")
    tab.draw("map")
    tab.open_details()
    tab.page.wait_for_timeout(500)
    for words in HOSTILE[:5]:
        tab.page.get_by_label("Find a category or a product").fill(words)
        assert tab.page.get_by_label("Products found").locator("li").count()
    tab.page.get_by_role("button", name="Show these products on the map").click()
    for link in tab.page.locator("a").all():
        assert (link.get_attribute("href") or "").startswith(("#", "changes.html"))
    assert tab.page.evaluate("window.__pwned") is None
    assert tab.page.locator("img").count() == 0
    assert HOSTILE[0] in tab.page.locator("[data-figure=treemap]").text_content()


def test_plotly_shows_a_hostile_title_as_it_is(browser: Browser, tmp_path: Path) -> None:
    title = "<a href='https://x'>&lt;b&gt;</a>"
    tab = visit(
        browser, tmp_path, fake_run(1, shop={"A": {}}, n_unsorted=0, n_without_text=0, title=title)
    )
    tab.draw("map")
    tab.settle()
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
    tab.open_details()
    assert tab.width() <= 390


def test_without_scripts_the_tree_and_the_clouds_are_there(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(fake_run(60), ReportSettings()), encoding="utf-8")
    page = open_without_scripts(browser, file)
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

    def has_bands(seen: np.ndarray) -> bool:
        return bool((np.ptp(seen, axis=2) > 20).mean() > 0.2)

    wait_to_see(tab.page.locator("[data-figure=flows]"), has_bands)
    bands = tab.page.evaluate(
        "[...document.querySelectorAll('.sankey-link')].map((link) => {"
        "const { fill, fillOpacity } = getComputedStyle(link); return [fill, fillOpacity]; })"
    )
    surface, ink = {"light": ("ffffff", "1b222c"), "dark": ("1b1f26", "e8eaed")}[scheme]
    colours = [blended(channels(fill), float(opacity), rgb(surface)) for fill, opacity in bands]
    assert min(contrast(rgb(ink), colour) for colour in colours) >= 4.5


def test_the_change_page_of_nothing_runs_no_plotly(browser: Browser, tmp_path: Path) -> None:
    tab = visit(browser, tmp_path, nothing_changed())
    tab.settle()
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
    tab.open_details()
    assert tab.width() <= 390


def test_without_scripts_the_change_tables_are_there(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "changes.html"
    file.write_text(render_changes(fake_changes(edits=EDITS), ReportSettings()), encoding="utf-8")
    page = open_without_scripts(browser, file)
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
