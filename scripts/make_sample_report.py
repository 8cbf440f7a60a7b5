"""Fit the bundled sample into reports/sample and take the README's picture of its report.

    python scripts/make_sample_report.py

Needs the development packages and Chromium (`--chromium` says where it is).
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import topicmodel as tm

ROOT = Path(__file__).parent.parent
REPORTS = ROOT / "reports"
FLAGS = ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"]


def main() -> None:
    """Write the run folder and the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    chromium = parser.parse_args().chromium
    settings = tm.load_settings(assignments=["report.title=The general store's products"])
    columns = tm.ColumnChoice(label="category_path")
    os.chdir(ROOT)  # the run keeps the dump's path as it is given
    sample = tm.sample_path().relative_to(ROOT)
    tm.fit(sample, out=REPORTS / "sample", settings=settings, columns=columns)
    take_picture(REPORTS / "sample" / "index.html", REPORTS / "sample.png", chromium)


def take_picture(page: Path, picture: Path, chromium: str) -> None:
    """The top of the report, as the first look at it is."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        view = browser.new_page(viewport={"width": 1280, "height": 1150}, color_scheme="light")
        view.goto(page.resolve().as_uri())
        view.locator("[data-figure=treemap] .main-svg").first.wait_for(timeout=60_000)
        view.wait_for_timeout(1000)
        view.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
