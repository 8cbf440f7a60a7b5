"""What all tests share: a cache of their own, and one planted shop that was fitted once.

No test may depend on how quick the machine is: where something is waited for, a limit of a minute
or more only ends what hangs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import CHROMIUM, FLAGS
from hypothesis import HealthCheck, settings
from planted_months import Month, fit_june
from planted_shop import planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, fit, planning
from topicmodel.datatypes.plan import Machine

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

LONGEST = (
    "test_report_acceptance.py",
    "test_report_browser.py",
    "test_faults.py",
    "test_cli.py",
    "test_ray.py",
    "test_review_browser.py",
    "test_shared_data.py",
    "test_benchmark_speed.py",
    "test_cli_refit.py",
    "test_edit_workflow.py",
    "test_promises.py",
    "test_locks.py",
    "test_workflows.py",
    "test_resuming.py",
)
"""Files that take long. They come first, so that no process is left with one when others end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


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


@pytest.fixture(scope="session", autouse=True)
def _machine_is_tried_once() -> Iterator[None]:
    """A plan tries how quick the machine is, which takes longer than the fit of a small shop."""
    tried = cache(planning.try_machine)

    def known_machine(seconds_a_text: float | None = None) -> Machine:
        return replace(tried(), seconds_a_text=seconds_a_text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "try_machine", known_machine)
        yield


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> PlantedRun:
    folder = tmp_path_factory.mktemp("planted")
    dump = write_json_lines(folder / "shop.jsonl", planted_rows())
    encoder, cache = TinyEncoder(), folder / "vectors.sqlite"
    # What is planted is no shop's: it is to be found from the texts alone.
    run = fit(dump, out=folder / "run", menu="none", encoder=encoder, cache=cache)
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
def running_browser(chromium: BrowserType) -> Iterator[Browser]:
    with chromium.launch(executable_path=CHROMIUM, args=FLAGS) as browser:
        yield browser


@pytest.fixture
def browser(running_browser: Browser) -> Iterator[Browser]:
    """A browser without any page; the pages that a test has opened are closed behind it."""
    yield running_browser
    for context in running_browser.contexts:
        context.close()
