"""The reports of real shops, in a browser: nothing is asked for, everything works, for everyone."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from browsing import Tab, open_page, pixels, wait_to_see
from planted_shop import write_json_lines
from tiny_encoder import TinyEncoder

import topicmodel as tm
from topicmodel.reporting import render
from topicmodel.settings import ReportSettings, load_settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
SHOPS = ("sample", "bigbasket", "july", "one product")
LEGAL_OVERLAP = 1.5
"""Pixels by which boxes of text may touch: glyphs are smaller than their boxes."""

pytestmark = pytest.mark.browser

OVERLAPS = (Path(__file__).parent / "overlaps.js").read_text(encoding="utf-8")


def head_of(name: str, count: int, folder: Path) -> Path:
    """The first products of one of the development dumps."""
    source = DATA / f"{name}.jsonl.gz"
    if not source.exists():
        pytest.skip("no development data beside the checkout")
    dump = folder / f"{source.name.partition('.')[0]}.jsonl"
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        dump.write_text("".join(islice(lines, count)), encoding="utf-8")
    return dump


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Run folders that were made already, by the name of their shop."""
    yield {"": tmp_path_factory.mktemp("reports")}


@pytest.fixture(params=SHOPS)
def shop(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Path:
    """The run folder of each shop."""
    return folder_of(request.param, folders)


def folder_of(name: str, folders: dict[str, Path]) -> Path:
    if name not in folders:
        folders[name] = _make(name, folders[""])
    return folders[name]


def _make(name: str, folder: Path) -> Path:
    out, encoder = folder / name, TinyEncoder()
    quick = load_settings(assignments=["topics.n_fits=1", "evaluation.resamples=1"])
    if name == "sample":
        shutil.copytree(ROOT / "reports" / "sample", out)
        tm.report(out)
    elif name == "bigbasket":
        dump = head_of("bigbasket", 600, folder)
        tm.fit(dump, out=out, settings=quick, encoder=encoder)
    elif name == "july":
        tm.fit(
            head_of("refit/june", 400, folder), out=folder / "june", settings=quick, encoder=encoder
        )
        tm.refit(folder / "june", head_of("refit/july", 450, folder), out=out, encoder=encoder)
    else:
        dump = write_json_lines(folder / "one.jsonl", [{"id": "1", "title": "A lonely teapot"}])
        tm.fit(dump, out=out, settings=quick, encoder=encoder)
    return out


def see_all(tab: Tab) -> None:
    """Draw every figure of the page and open all that can be opened."""
    for canvas in tab.page.locator("[data-figure]").all():
        tab.draw(canvas.get_attribute("data-figure") or "")
    tab.open_details()
    tab.settle()


def test_a_report_is_silent_asks_for_nothing_and_draws_all_points(
    browser: Browser, shop: Path
) -> None:
    tab = open_page(browser, shop / "index.html")
    see_all(tab)
    run = tm.load(shop)
    assert tab.points() == len(run.products.titles)

    def has_marks(seen: np.ndarray) -> bool:
        return bool((np.ptp(seen, axis=2) > 60).sum() > min(20, len(run.products.titles)))

    wait_to_see(tab.page.locator("[data-figure=map]"), has_marks)
    assert tab.complaints == []
    assert tab.requests == [(shop / "index.html").as_uri()]


def test_the_search_finds_a_product_and_a_category(browser: Browser, shop: Path) -> None:
    run = tm.load(shop)
    tab = open_page(browser, shop / "index.html")
    query = tab.page.get_by_label("Find a category or a product")
    query.fill(run.products.titles[-1])
    products = tab.page.get_by_label("Products found")
    assert products.locator(f"[data-product={json.dumps(run.assignments.product_ids[-1])}]").count()
    for topic in run.taxonomy.topics[-1:]:
        query.fill(topic.name)
        tab.page.get_by_label("Categories found").get_by_text(topic.name, exact=True).first.click()
        assert tab.page.locator(f"#category-{topic.id}").is_visible()
    assert tab.complaints == []


def test_the_outline_opens_by_keyboard(browser: Browser, folders: dict[str, Path]) -> None:
    tab = open_page(browser, folder_of("bigbasket", folders) / "index.html")
    details = tab.page.locator(".outline details").first
    details.evaluate("(details) => { details.open = false; }")
    details.locator("summary").focus()
    tab.page.keyboard.press("Enter")
    link = details.locator("a").first
    assert link.is_visible()
    tab.page.keyboard.press("Tab")
    assert link.evaluate("(link) => link === document.activeElement")
    tab.page.keyboard.press("Enter")
    target = re.sub(r"^#", "", link.get_attribute("href") or "")
    tab.page.locator(f"[id='{target}'][open]").wait_for()
    assert tab.page.locator(f"[id='{target}']").get_attribute("open") is not None


@pytest.mark.parametrize("width", [390, 1200])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["index.html", "changes.html"])
def test_nothing_overlaps_or_scrolls_sideways_and_axe_has_no_grave_objection(
    browser: Browser, folders: dict[str, Path], page: str, scheme: str, width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = open_page(browser, folder_of("july", folders) / page, width, scheme)
    see_all(tab)
    assert tab.width() <= width
    assert tab.page.evaluate(OVERLAPS, LEGAL_OVERLAP) == []
    found = Axe().run(tab.page).response["violations"]
    grave = [
        (violation["id"], [node["html"][:200] for node in violation["nodes"][:3]])
        for violation in found
        if violation["impact"] in ("serious", "critical")
    ]
    assert grave == []


def test_the_page_of_one_product_pleases_axe_too(
    browser: Browser, folders: dict[str, Path]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = open_page(browser, folder_of("one product", folders) / "index.html", 390, "dark")
    see_all(tab)
    found = Axe().run(tab.page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    assert tab.width() <= 390


def test_what_comes_out_of_the_printer_holds_every_category(
    browser: Browser, folders: dict[str, Path]
) -> None:
    folder = folder_of("sample", folders)
    tab = open_page(browser, folder / "index.html", scheme="dark")
    tab.page.emulate_media(media="print")
    names = [topic.name for topic in tm.load(folder).taxonomy.level1]
    headings = tab.page.locator("[data-panel] h3:visible").all_inner_texts()
    assert [heading.strip() for heading in headings][: len(names)] == names
    white = pixels(tab.page.screenshot()).mean()
    assert white > 200
    for hidden in (".contents", ".search"):
        assert not tab.page.locator(hidden).is_visible()


def test_a_large_page_stays_small_and_answers_at_once(browser: Browser, tmp_path: Path) -> None:
    from fake_run import fake_run

    run = fake_run(50_000)
    file = tmp_path / "report.html"
    file.write_text(render(run, ReportSettings()), encoding="utf-8")
    assert file.stat().st_size < 15_000_000
    tab = open_page(browser, file)
    tab.page.get_by_label("Find a category or a product").fill(run.products.titles[-1])
    assert "match" in tab.page.locator("#found").inner_text()
    tab.draw("map")
    assert tab.points() == 49_997
