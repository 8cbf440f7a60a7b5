"""What all tests share: a cache of their own, and one planted shop that was fitted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import CHROMIUM, FLAGS
from planted_months import Month, fit_june
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, fit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType


@dataclass(frozen=True)
class PlantedRun:
    """A finished run of the planted shop. Tests that change something work on a copy."""

    dump: Path
    folder: Path
    cache: Path
    run: Run
    encoder: TinyEncoder


@pytest.fixture(scope="session", autouse=True)
def _no_cache_but_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOPICMODEL_CACHE", str(tmp_path_factory.mktemp("vectors")))
        yield


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> PlantedRun:
    folder = tmp_path_factory.mktemp("planted")
    dump = write_json_lines(folder / "shop.jsonl", planted_rows())
    encoder, cache = TinyEncoder(), folder / "vectors.sqlite"
    run = fit(dump, out=folder / "run", encoder=encoder, cache=cache)
    return PlantedRun(dump, folder / "run", cache, run, encoder)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the months of a module's tests are, with one cache of vectors."""
    return tmp_path_factory.mktemp("months")


@pytest.fixture(scope="module")
def june(shop: Path) -> Month:
    return fit_june(shop)


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    # For one module at a time: it occupies the thread's event loop, which others want too.
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with playwright.sync_playwright() as driver:
        yield driver.chromium


@pytest.fixture(scope="module")
def browser(chromium: BrowserType) -> Iterator[Browser]:
    with chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        yield browser
