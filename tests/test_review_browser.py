"""The review in the page: edits are made there, and leave it as a file that the program applies."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from browsing import Tab, open_without_scripts, usual_run, visit
from fake_run import fake_run, with_columns, with_weak_names
from test_report import HOSTILE
from test_report_browser import channels, contrast

from topicmodel import reporting
from topicmodel.datatypes import Edit, Run, Taxonomy, TopicId
from topicmodel.edits import check_edit, parse_edits
from topicmodel.edits.runs import with_edits
from topicmodel.errors import RunError
from topicmodel.reporting.edit_log import tree_values
from topicmodel.settings import ReportSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

RULES = Path(reporting.__file__).parent / "scripts" / "review_log.js"
TIME = "2025-06-01T12:00:00+00:00"

pytestmark = pytest.mark.browser


@dataclass
class Desk:
    """A report that is being reviewed."""

    tab: Tab

    @property
    def page(self) -> Page:
        return self.tab.page

    @property
    def toggle(self) -> Locator:
        return self.page.locator("#review-toggle")

    @property
    def listed(self) -> list[str]:
        return self.page.locator("#review ol li p").all_inner_texts()

    def open(self, name: str) -> Locator:
        """The dialog of a category, opened by keyboard."""
        self.page.get_by_role("button", name=f"Edit {name}", exact=True).press("Enter")
        dialog = self.page.locator("#review-category")
        assert dialog.is_visible()
        return dialog

    def choose(self, label: str) -> None:
        """One of the choices of the open dialog, by keyboard; the focus is on the first."""
        for _ in range(5):
            chosen = self.page.locator(".choice > label:has(:checked)").inner_text().strip()
            if chosen == label:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} is not among the choices")

    def add(self) -> None:
        self.page.keyboard.press("Enter")

    def download(self) -> bytes:
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download").press("Enter")
        assert download.value.suggested_filename == "edits.jsonl"
        return Path(download.value.path()).read_bytes()


def review(
    browser: Browser, folder: Path, run: Run, width: int = 1280, scheme: str = "light"
) -> Desk:
    """The report of a run in review mode."""
    desk = Desk(visit(browser, folder, run, width, scheme))
    assert not desk.page.locator("#review").is_visible()
    assert desk.page.locator(".review-edit, .review-move").count() == 0
    desk.toggle.press("Enter")
    assert desk.toggle.get_attribute("aria-pressed") == "true"
    return desk


def topic_named(run: Run, name: str) -> TopicId:
    return next(topic.id for topic in run.taxonomy.topics if topic.name == name)


def renamed(run: Run, names: Sequence[str]) -> Run:
    """The run with these names for its first categories."""
    topics = list(run.taxonomy.topics)
    topics[: len(names)] = [
        replace(topic, name=name) for topic, name in zip(topics, names, strict=False)
    ]
    tree = replace(run.tree, taxonomy=Taxonomy(topics))
    return replace(run, tree=tree, fitted=tree)


def test_edits_made_by_keyboard_alone_are_downloaded_and_applied(
    browser: Browser, tmp_path: Path
) -> None:
    run = usual_run()
    desk = review(browser, tmp_path, run)
    desk.open("Electronics")
    desk.page.keyboard.press("Escape")
    edit = desk.page.get_by_role("button", name="Edit Electronics", exact=True)
    assert edit.evaluate("button => button === document.activeElement")

    desk.open("Electronics")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("ControlOrMeta+A")
    desk.page.keyboard.type("Café & “Gadgets”")
    desk.add()
    heading = desk.page.locator(f"#category-{topic_named(run, 'Electronics')} h3")
    assert heading.inner_text().strip() == "Café & “Gadgets”"
    assert desk.page.locator(".outline .renamed").all_inner_texts() == ["Café & “Gadgets”"]
    mark = "name => getComputedStyle(name, '::after').content"
    assert heading.locator("bdi").evaluate(mark) == '"edited"'

    desk.open("Headphones")
    desk.choose("Merge others into it")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.type("cam")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Space")
    desk.add()

    desk.open("Footwear")
    desk.choose("Move it to another main category")
    desk.page.keyboard.press("Tab")
    desk.page.keyboard.type("Groc")
    desk.page.keyboard.press("Tab")
    desk.add()

    product = desk.page.locator("[data-panel] li[data-product]").first
    pinned = product.get_attribute("data-product")
    product.locator(".review-move").press("Enter")
    desk.page.keyboard.type("grocery > snacks")
    desk.add()
    assert "moved to Snacks" in product.inner_text()

    assert desk.listed == [
        "Rename “Electronics” to “Café & “Gadgets””",
        "Merge “Cameras” into “Headphones”",
        "Move “Footwear” to “Grocery”",
        f"Put the product “{product.locator('bdi').first.inner_text()}” in “Snacks”",
    ]
    assert desk.toggle.inner_text() == "Review (4)"
    desk.page.wait_for_function("document.getElementById('review-said').textContent")
    assert "Edit 4 added: Put the product" in desk.page.locator("#review-said").inner_text()

    file = tmp_path / "edits.jsonl"
    file.write_bytes(desk.download())
    assert [edit.action for edit in parse_edits(file.read_bytes(), "edits.jsonl")] == [
        "rename",
        "merge",
        "move",
        "pin",
    ]
    applied = with_edits(run, file)
    assert [outcome.status for outcome in applied.outcomes] == ["in force"] * 4
    names = {topic.id: topic.name for topic in applied.taxonomy.topics}
    assert names[topic_named(run, "Electronics")] == "Café & “Gadgets”"
    assert topic_named(run, "Cameras") not in names
    assert applied.taxonomy[topic_named(run, "Footwear")].parent == topic_named(run, "Grocery")
    row = list(applied.assignments.product_ids).index(pinned or "")
    assert applied.assignments.level2[row] == topic_named(run, "Snacks")
    assert applied.assignments.methods[row] == "pinned"
    assert desk.tab.complaints == []


def test_what_is_impossible_is_refused_in_words_beside_its_field(
    browser: Browser, tmp_path: Path
) -> None:
    desk = review(browser, tmp_path, fake_run(120))
    dialog = desk.open("Cameras")
    name = dialog.get_by_label("New name")

    def refusal(text: str) -> str:
        name.fill(text)
        name.press("Enter")
        assert name.get_attribute("aria-invalid") == "true"
        described = name.get_attribute("aria-describedby")
        return desk.page.locator(f"#{described}").inner_text()

    assert refusal("  ") == "Give a name."
    assert refusal("Cameras").startswith("This is its name already")
    assert refusal(" HEADPHONES").startswith("“Headphones” beside it has that name")
    assert refusal("x" * 81).startswith("This has 81 characters")
    assert refusal("Cam\u202eeras").startswith("This holds a control character")
    dialog.get_by_label("Merge others into it").check()
    dialog.get_by_role("button", name="Add edit").click()
    assert dialog.get_by_text("Choose at least one category.").is_visible()
    dialog.get_by_label("Move it to another").check()
    dialog.get_by_role("button", name="Add edit").click()
    assert dialog.get_by_text("Choose a category.").is_visible()
    dialog.get_by_label("Hide it").check()
    assert "stay in Electronics" in dialog.inner_text()
    dialog.get_by_role("button", name="Cancel").click()

    product = desk.page.locator("[data-panel]:has-text('Books') li[data-product]").first
    home = product.evaluate("item => item.closest('[data-topic]').dataset.topic")
    product.locator(".review-move").click()
    desk.page.locator("#review-place").select_option(home)
    desk.page.locator("#review-product [type=submit]").click()
    assert desk.page.locator("#review-place-problem").inner_text().startswith("It is there already")
    assert desk.page.locator("#review ol li").count() == 0
    assert desk.toggle.inner_text() == "Review"


def random_edit(rng: random.Random, ids: Sequence[TopicId], names: Sequence[str]) -> Edit:
    action = rng.choice(["rename", "rename", "merge", "move", "move", "hide", "split"])
    topic = rng.choice(ids)
    if action == "rename":
        return Edit("rename", TIME, topic=topic, name=rng.choice(names))
    if action == "merge":
        return Edit("merge", TIME, topic=topic, others=tuple(rng.sample(ids, rng.choice([1, 2]))))
    if action == "move":
        return Edit("move", TIME, topic=topic, parent=rng.choice(ids))
    return Edit("hide" if action == "hide" else "split", TIME, topic=topic)


def as_entry(edit: Edit) -> dict[str, Any]:
    values = {key: getattr(edit, key) for key in ("action", "topic", "name", "parent", "time")}
    return {"edit": {**values, "others": list(edit.others)}, "title": ""}


def test_the_page_refuses_what_the_program_would_refuse_and_nothing_else(
    browser: Browser,
) -> None:
    run, rng = fake_run(60), random.Random(3)
    taxonomy = run.taxonomy
    ids = [topic.id for topic in taxonomy.topics]
    names = [
        "Straße",
        "STRASSE",
        "straẞe",
        "\N{FULLWIDTH LATIN CAPITAL LETTER B}ooks",
        "books",
        "Snacks",
        "a" * 81,
        "Tea\x07",
        "é",
        "É",
    ]
    names += ["e\u0301", "Snacks (Clothing)", "Snacks (Grocery)", "\u2067Tea", "Tea Coffee"]
    logs: list[list[Edit]] = []
    verdicts: list[bool] = []
    for _ in range(40):
        log: list[Edit] = []
        for _ in range(12):
            new = random_edit(rng, ids, names)
            logs.append([*log, new])
            try:
                check_edit(taxonomy, log, new, run.assignments.product_ids)
            except RunError:
                verdicts.append(False)
            else:
                verdicts.append(True)
                log.append(new)
    page = browser.new_page()
    problems = page.evaluate(
        f"([tree, logs]) => {{ {RULES.read_text(encoding='utf-8')}\n"
        "review.tree = tree;"
        "return logs.map((entries) => replayReview(entries).steps.at(-1).problem); }",
        [tree_values(run), [[as_entry(edit) for edit in log] for log in logs]],
    )
    # The program lets a category be given the name that it has; the page says that it has it.
    known = ["" if problem.startswith("This is its name") else problem for problem in problems]
    assert [not problem for problem in known] == verdicts
    assert 100 < sum(verdicts) < 380


def test_hostile_names_are_text_everywhere(browser: Browser, tmp_path: Path) -> None:
    names = ["</script><img src=x onerror='window.__pwned = 1'>", 'He said "no"', "حقائب يد"]
    run = with_columns(renamed(fake_run(120), names), titles=[HOSTILE[i % 4] for i in range(120)])
    desk = review(browser, tmp_path, run)
    dialog = desk.open(names[0])
    assert names[0] in dialog.inner_text()
    dialog.get_by_label("New name").fill('"><script>window.__pwned = 1</script>')
    desk.add()
    desk.open(names[2])
    desk.choose("Merge others into it")
    desk.page.get_by_role("checkbox", name=names[1]).check()
    desk.page.locator("#review-category [type=submit]").click()
    desk.page.locator(".review-move").first.click()
    desk.page.locator("#review-place").select_option(topic_named(run, names[2]))
    desk.page.locator("#review-product [type=submit]").click()
    assert desk.listed[:2] == [
        f'Rename “{names[0]}” to “"><script>window.__pwned = 1</script>”',
        f"Merge “{names[1]}” into “{names[2]}”",
    ]
    edits = parse_edits(desk.download(), "edits.jsonl")
    assert edits[0].name == '"><script>window.__pwned = 1</script>'
    assert len(edits) == 3
    assert desk.page.evaluate("window.__pwned") is None
    assert desk.page.locator("img").count() == 0
    assert desk.tab.complaints == []


def test_edits_outlive_a_reload_until_they_are_removed_or_applied(
    browser: Browser, tmp_path: Path
) -> None:
    run = fake_run(120)
    desk = review(browser, tmp_path, run)
    desk.open("Books").get_by_label("New name").fill("Reading")
    desk.add()
    desk.open("Snacks").get_by_label("New name").fill("Reading & Eating")
    desk.add()
    desk.open("Grocery")
    desk.choose("Hide it: this is not a category")
    desk.add()
    desk.open("Snacks")
    assert desk.page.get_by_text("is hidden with “Grocery” by edit 3").is_visible()
    desk.page.keyboard.press("Escape")

    asked: list[str] = []
    desk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    desk.page.reload()
    assert asked == ["beforeunload"]
    assert len(desk.listed) == 3
    assert desk.page.get_by_text("3 edits of an earlier visit are still here.").is_visible()
    assert desk.page.locator(".outline .renamed").all_inner_texts() == ["Reading"]

    desk.page.get_by_role("button", name="Remove edit 3").press("Enter")
    assert len(desk.listed) == 2
    focused = desk.page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert focused.startswith("Remove edit 2")
    file = tmp_path / "edits.jsonl"
    file.write_bytes(desk.download())
    desk.page.reload()
    assert asked == ["beforeunload"]
    assert desk.toggle.inner_text() == "Review (2)"

    page = reporting.render(with_edits(run, file), ReportSettings())
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    desk.page.reload()
    assert desk.toggle.inner_text() == "Review"
    desk.toggle.click()
    desk.open("Reading").get_by_label("New name").fill("Books")
    desk.add()
    desk.page.get_by_role("button", name="Discard all").click()
    desk.page.get_by_role("button", name="Keep them").click()
    assert len(desk.listed) == 1
    desk.page.get_by_role("button", name="Discard all").click()
    desk.page.get_by_role("button", name="Discard them").click()
    assert desk.listed == []
    assert desk.page.locator(".renamed").count() == 0


def test_an_edit_that_lost_its_ground_says_so_and_is_not_in_the_file(
    browser: Browser, tmp_path: Path
) -> None:
    run = fake_run(120)
    waiting = tmp_path / "waiting.jsonl"
    split = {"action": "split", "topic": topic_named(run, "Phones"), "time": TIME}
    waiting.write_text(json.dumps(split), encoding="utf-8")
    desk = review(browser, tmp_path, with_edits(run, waiting))
    desk.open("Phones")
    desk.choose("Split it")
    desk.add()
    assert desk.page.get_by_text("asked to divide it already").is_visible()
    desk.page.keyboard.press("Escape")
    deny = "() => { Storage.prototype.setItem = () => { throw new Error('denied'); }; }"
    desk.page.evaluate(deny)
    desk.open("Books").get_by_label("New name").fill("Reading")
    desk.add()
    assert desk.page.get_by_text("This browser keeps nothing for this page").is_visible()
    desk.open("Clothing").get_by_label("New name").fill("Books")
    desk.add()
    desk.page.get_by_role("button", name="Remove edit 1").click()
    assert "Not possible any more" in desk.listed[1]
    desk.open("Grocery").get_by_label("New name").fill("Food")
    desk.add()
    edits = parse_edits(desk.download(), "edits.jsonl")
    assert [edit.name for edit in edits] == ["Food"]


def test_products_that_a_search_lists_can_be_moved_too(browser: Browser, tmp_path: Path) -> None:
    desk = review(browser, tmp_path, fake_run(120))
    desk.page.locator("#query").fill("case")
    found = desk.page.locator("#find li[data-product] .review-move").first
    found.wait_for()
    found.click()
    assert desk.page.locator("#review-product").is_visible()


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_review_fits_the_screen_and_can_be_read(
    browser: Browser, tmp_path: Path, width: int, scheme: str
) -> None:
    run = renamed(fake_run(120), ["A" * 80, "b" * 80])
    desk = review(browser, tmp_path, run, width, scheme)
    for name in ("Books", "Snacks"):
        desk.open(name).get_by_label("New name").fill("Reading" if name == "Books" else "N" * 80)
        desk.add()
    assert desk.tab.width() <= width
    panel = desk.page.locator("#review").bounding_box()
    assert panel
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= width
    if width == 390:
        assert panel["height"] <= 844 / 2 + 1
    if width == 1280:
        main = desk.page.locator("#main").bounding_box()
        assert main
        assert main["x"] + main["width"] <= panel["x"]
    dialog = desk.open("Cameras")
    dialog.get_by_label("New name").fill("")
    desk.add()
    box = dialog.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    colours = "element => { const { color } = getComputedStyle(element); return color; }"
    behind = "dialog => getComputedStyle(dialog).backgroundColor"
    for part in (".problem:not(:empty)", "legend", "h2"):
        ink = srgb(desk.page, dialog.locator(part).first.evaluate(colours))
        assert contrast(ink, channels(dialog.evaluate(behind))) >= 4.5, part
    button = dialog.locator("[type=submit]")
    assert contrast(channels(button.evaluate(colours)), channels(button.evaluate(behind))) >= 4.5
    desk.page.keyboard.press("Escape")
    desk.page.emulate_media(media="print")
    assert not desk.page.locator("#review").is_visible()
    assert desk.page.locator(".review-edit:visible, .review-move:visible").count() == 0


def srgb(page: Page, colour: str) -> np.ndarray:
    """The channels of any computed colour, as a canvas draws it."""
    drawn = page.evaluate(
        "(colour) => { const context = document.createElement('canvas').getContext('2d');"
        "context.fillStyle = colour; context.fillRect(0, 0, 1, 1);"
        "return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3); }",
        colour,
    )
    return np.array(drawn, dtype=float)


def test_without_scripts_nothing_of_the_review_is_shown(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(reporting.render(fake_run(60), ReportSettings()), encoding="utf-8")
    page = open_without_scripts(browser, file)
    assert page.locator("#review-toggle").count() == 1
    for part in ("#review-toggle", "#review", "dialog", ".review-edit"):
        assert page.locator(part).locator("visible=true").count() == 0


def test_one_click_takes_another_name_for_a_category(browser: Browser, tmp_path: Path) -> None:
    others = {"Electronics": ["Gadgets", "<b>Devices</b>"], "Footwear": ["Clothing", "Shoes"]}
    run = with_weak_names(usual_run(), others)
    desk = Desk(visit(browser, tmp_path, run))
    section = desk.page.locator("#names")
    assert "2 names" in section.locator(".intro").inner_text()
    topic_id = topic_named(run, "Electronics")
    electronics = section.locator(f"li[data-topic='{topic_id}']")
    size = run.taxonomy[topic_named(run, "Electronics")].size
    assert electronics.locator(".truth").inner_text() == f"True of 43% of its {size:,} products"
    offered = electronics.get_by_role("button")
    assert offered.all_inner_texts() == ["Gadgets", "<b>Devices</b>"]
    desk.page.get_by_role("button", name="Call it <b>Devices</b>", exact=True).press("Enter")
    assert desk.listed == ["Rename “Electronics” to “<b>Devices</b>”"]
    assert desk.toggle.get_attribute("aria-pressed") == "true"
    assert electronics.locator("a bdi").inner_text() == "<b>Devices</b>"

    file = tmp_path / "edits.jsonl"
    file.write_bytes(desk.download())
    applied = with_edits(run, file)
    topic = applied.taxonomy[topic_named(run, "Electronics")]
    assert (topic.name, topic.coverage, topic.is_weakly_named) == ("<b>Devices</b>", None, False)


def test_a_name_that_a_sibling_has_is_refused_beside_the_button(
    browser: Browser, tmp_path: Path
) -> None:
    run = usual_run()
    taken = next(t.name for t in run.taxonomy.level1 if t.name != "Electronics")
    desk = Desk(visit(browser, tmp_path, with_weak_names(run, {"Electronics": [taken]})))
    desk.page.get_by_role("button", name=f"Call it {taken}", exact=True).click()
    assert "has that name" in desk.page.locator("#names .problem").inner_text()
    assert desk.listed == []


def test_without_scripts_other_names_are_text(browser: Browser, tmp_path: Path) -> None:
    run = with_weak_names(usual_run(), {"Electronics": ["Gadgets"]})
    file = tmp_path / "report.html"
    file.write_text(reporting.render(run, ReportSettings()), encoding="utf-8")
    page = open_without_scripts(browser, file)
    assert page.locator("#names li[data-other]").all_inner_texts() == ["Gadgets"]
    assert page.locator("#names button").count() == 0
    assert not page.locator("[data-picks]").is_visible()
