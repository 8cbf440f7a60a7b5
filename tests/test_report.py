"""What the HTML report promises to those who open it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from fake_run import SHOP, fake_run, with_goods

from topicmodel.datatypes import (
    Edit,
    EditOutcome,
    Manifest,
    Metric,
    Products,
    Reject,
    Run,
    Scorecard,
    Taxonomy,
)
from topicmodel.reporting import render
from topicmodel.settings import ReportSettings

HOSTILE = (
    "<script>window.__pwned = 1</script>",
    "</script><script>window.__pwned = 1</script>",
    '"><img src=x onerror="window.__pwned = 1">',
    "{{ 7*7 }}{% raw %}",
    "<b>bold</b> & <!-- &lt;i&gt; &amp;",
    "\x00nul\x07bell\u202eleft\u2066 \u2028\ud800",
    "a" * 1_000_000,
    "javascript:window.__pwned = 1",
)


class Page(HTMLParser):
    """The elements of a page, its visible text, and the content of its scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        """What runs."""
        self.data: dict[str, str] = {}
        """What the scripts read, by the id of its element."""
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in ("script", "style") else ""
        if ("type", "application/json") in attrs:
            self._inside = dict(attrs)["id"] or ""
            self.data[self._inside] = ""
        elif tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the base class names it
        self._inside = ""
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self._inside in self.data:
            self.data[self._inside] += data
        elif self._inside == "script":
            self.scripts[-1] += data
        elif not self._inside:
            self.text += data

    @property
    def words(self) -> str:
        return " ".join(self.text.split())

    @property
    def figures(self) -> dict[str, Any]:
        return json.loads(self.data["figures"])

    @property
    def products(self) -> dict[str, Any]:
        return json.loads(self.data["products"])


def page(run: Run, **settings: Any) -> Page:
    return Page(render(run, ReportSettings(**settings)))


def hostile_run() -> Run:
    run = fake_run(60)
    topics = [
        replace(
            topic,
            name=HOSTILE[i % len(HOSTILE)],
            keywords=tuple((text, 0.5) for text in HOSTILE),
        )
        for i, topic in enumerate(run.taxonomy.topics)
    ]
    # Every product has an id of its own, and the first eight have nothing else in it.
    ids = [*HOSTILE, *(f"{HOSTILE[i % 6]}{i}" for i in range(len(HOSTILE), 60))]
    made = "2025-11-23T00:00:00+00:00"  # the log takes nothing else
    edits = [Edit("rename", made, topics[0].id, name=text) for text in HOSTILE]
    return replace(
        run,
        manifest=replace(run.manifest, command_line=" ".join(HOSTILE), encoder=HOSTILE[0]),
        edits=edits,
        outcomes=[
            EditOutcome(number, edit, "obsolete", reason=edit.name)
            for number, edit in enumerate(edits, start=1)
        ],
        products=Products(
            ids=ids,
            titles=[HOSTILE[i % len(HOSTILE)] for i in range(60)],
            attributes=[json.dumps({text: text for text in HOSTILE})] * 60,
            images=[HOSTILE[i % len(HOSTILE)] for i in range(60)],
        ),
        tree=replace(
            run.tree,
            assignments=replace(run.assignments, product_ids=ids),
            taxonomy=Taxonomy([replace(topic, examples=tuple(ids[:8])) for topic in topics]),
            cloud_terms={topic.id: [(text, 1.0) for text in HOSTILE] for topic in topics},
        ),
        scorecard=Scorecard([Metric(text, 0.5, 0, 1, True, text) for text in HOSTILE]),
        rejects=[Reject(text, 1, text, text) for text in HOSTILE],
    )


@pytest.fixture(scope="module")
def report() -> Page:
    return page(fake_run(300))


def test_every_category_has_a_panel_with_its_name_and_size() -> None:
    run = fake_run(300)
    html = render(run, ReportSettings())
    for topic in run.taxonomy.topics:
        panel = re.search(rf'<(article|details) id="category-{topic.id}".*?</\1>', html, re.DOTALL)
        assert panel
        shown = Page(panel[0]).words
        assert topic.name in shown
        assert f"{topic.size:,} product" in shown


def test_every_link_within_the_page_leads_somewhere(report: Page) -> None:
    targets = {attrs["id"] for _, attrs in report.elements if "id" in attrs}
    links = [attrs["href"] for tag, attrs in report.elements if tag == "a"]
    assert len(links) > 20
    assert {link.removeprefix("#") for link in links if link} <= targets


def test_the_summary_counts_products_texts_categories_and_problems(report: Page) -> None:
    assert (
        "300 products, described by 280 distinct texts, were sorted into 5 main categories, "
        "3 of which are divided further into 8 subcategories. "
        "12 products (4%) are in no category. 3 rows of the dump could not be used."
    ) in report.words


def test_examples_are_shown_with_title_and_id_up_to_the_number_asked_for() -> None:
    run = fake_run(300)
    top = run.taxonomy.level1[0]
    titles = dict(zip(run.assignments.product_ids, run.products.titles, strict=True))
    html = render(run, ReportSettings(n_examples=3))
    listed = re.search(rf'aria-label="Typical products of {top.name}">(.*?)</ul>', html, re.DOTALL)
    assert listed
    for id_ in top.examples[:3]:
        assert f"<bdi>{titles[id_]}</bdi> <code>{id_}</code>" in listed[1]
    assert listed[1].count("<li ") == 3


def test_the_map_holds_every_product_that_has_a_place(report: Page) -> None:
    shown = report.products
    assert sum(x is not None for x in shown["x"]) == 297
    assert {len(shown[name]) for name in ("x", "y", "titles", "ids", "places")} == {300}
    assert {place[0][0] for place in shown["tree"]} == {*SHOP, "Not placed"}


def test_the_map_says_that_it_shows_a_sample() -> None:
    sampled = page(fake_run(300), max_points=100)
    drawn = sum(x is not None for x in sampled.products["x"])
    assert len(sampled.products["x"]) == 100
    assert f"a representative sample of {drawn} of 297 products" in sampled.words


def test_the_map_can_be_switched_off() -> None:
    without = page(fake_run(50), max_points=0)
    assert "map" not in without.figures
    assert "The map is switched off" in without.words


def test_the_treemap_adds_up_to_all_products(report: Page) -> None:
    (trace,) = report.figures["treemap"]["data"]
    assert trace["values"][0] == 300
    below = Counter[str]()
    for parent, value in zip(trace["parents"], trace["values"], strict=True):
        below[parent] += value
    values = dict(zip(trace["ids"], trace["values"], strict=True))
    assert below["all"] == 300
    assert all(below[id_] <= value for id_, value in values.items())


def test_the_scorecard_is_shown_with_the_meaning_of_each_figure(report: Page) -> None:
    assert "level1.ami 0.514 -1 to 1; higher is better Agreement with the shop" in report.words
    assert "level2.ami not available" in report.words
    assert "tree.largest 4,821 0 and more; lower is better" in report.words


def test_problems_of_the_dump_are_counted_by_reason(report: Page) -> None:
    assert '2 The id is missing shop.jsonl, line 4 {"title": "Mug"}' in report.words
    assert "1 The row is not valid JSON" in report.words
    assert "2 rows had an id that occurs again in a later row" in report.words
    assert "3 products had no text" in report.words
    assert "17 products have the same text as another product" in report.words


def test_it_tells_how_to_make_the_run_again(report: Page) -> None:
    assert "topicmodel fit 'shop one.jsonl' --out runs/november" in report.words
    assert 'level1.n_topics 5 "auto"' in report.words
    assert "level1.min_topics" not in report.words
    assert "encoding 5 min 12 s 1,450 MB" in report.words
    assert "bertopic 0.17.4" in report.words


def test_it_says_where_the_main_categories_come_from() -> None:
    heading = "Where do the main categories come from? "
    shown = Page(render(with_goods(fake_run(60)), ReportSettings())).words
    assert (
        f"{heading}The main categories follow the bundled catalogue of goods, which knows 93% of "
        "the texts."
    ) in shown
    assert f"Catalogue of goods bundled, {'ab' * 32}" in shown
    aside = with_goods(fake_run(60), used=False, known_share=0.12, needed_share=0.4)
    assert (
        f"{heading}The catalogue of goods was left aside: it knows only 12% of the texts, and it "
        "takes 40% to follow it."
    ) in Page(render(aside, ReportSettings())).words


def test_a_run_without_a_catalogue_says_that_none_was_used(report: Page) -> None:
    assert "come from? No catalogue of goods was used." in report.words
    assert "Catalogue of goods" not in report.words.split("How to make it again")[1]


def test_the_count_curve_is_drawn_and_told_in_figures(report: Page) -> None:
    (trace,) = report.figures["curve"]["data"]
    assert trace["x"] == list(range(2, 13))
    assert [shape["x0"] for shape in report.figures["curve"]["layout"]["shapes"]] == [5, 0]
    assert "3 0.9900" in report.words
    assert "while that distance is below 0.84" in report.words


def test_the_heading_is_the_setting_or_the_name_of_the_dump() -> None:
    assert "<h1>Product categories of shop</h1>" in render(fake_run(20), ReportSettings())
    assert "<h1>Our &lt;shop&gt;</h1>" in render(fake_run(20), ReportSettings(title="Our <shop>"))


def test_hostile_text_stays_text() -> None:
    html = render(hostile_run(), ReportSettings())
    hostile = Page(html)
    plain = Page(render(fake_run(60), ReportSettings()))
    assert len(hostile.scripts) == len(plain.scripts) == 2
    assert hostile.data.keys() == plain.data.keys()
    assert not {tag for tag, _ in hostile.elements} & {"img", "b", "i"}
    assert not [name for _, attrs in hostile.elements for name in attrs if name.startswith("on")]
    assert "<script>window.__pwned = 1</script>" in hostile.words
    assert "{{ 7*7 }}{% raw %}" in hostile.words
    assert '"><img src=x onerror="window.__pwned = 1">' in hostile.words


def test_hostile_text_leaves_scripts_whole_and_the_file_encodable() -> None:
    html = render(hostile_run(), ReportSettings())
    assert not [name for name, data in Page(html).data.items() if "<" in data]
    assert not re.search("[\x00-\x08\u2028\u202e\u2066]", html.partition('id="plotly-source"')[0])
    assert html.encode("utf-8")
    assert "a" * 2000 not in html


def test_the_policy_allows_the_two_scripts_and_no_request() -> None:
    parsed = page(fake_run(20))
    (policy,) = (a["content"] or "" for _, a in parsed.elements if "http-equiv" in a)
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives.pop("default-src") == "'none'"
    assert directives.pop("img-src") == "data:"
    hashes = {
        base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in parsed.scripts
    }
    assert set(directives.pop("script-src").split()) == {
        *(f"'sha256-{digest}'" for digest in hashes),
        "'unsafe-eval'",
    }
    assert directives == {
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_nothing_in_the_page_points_outside_it(report: Page) -> None:
    pointing = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}
    values = [v or "" for _, attrs in report.elements for a, v in attrs.items() if a in pointing]
    assert values
    assert all(value.startswith("#") for value in values)
    assert not any(tag in ("link", "iframe", "object", "embed") for tag, _ in report.elements)


def test_no_style_loads_anything() -> None:
    html = render(fake_run(20), ReportSettings())
    styles = " ".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL))
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_same_run_gives_the_same_bytes() -> None:
    assert render(fake_run(80), ReportSettings()) == render(fake_run(80), ReportSettings())


def test_one_product_makes_a_report() -> None:
    run = fake_run(1, shop={"Electronics": {}}, n_unsorted=0, n_without_text=0)
    alone = page(run)
    assert "1 product was sorted into 1 main category, which is not divided further" in (
        page(replace(run, manifest=Manifest())).words
    )
    assert "Every product was placed." in alone.words
    assert "The one product that has a text is shown." in alone.words


def test_a_run_that_placed_nothing_makes_a_report() -> None:
    nothing = page(fake_run(40, shop={}, n_unsorted=40))
    assert "no categories were found, so none could be placed" in nothing.words
    assert "treemap" not in nothing.figures
    assert "Curious thing no. 0 p00000" in nothing.words


def test_a_run_without_level_two_says_so() -> None:
    assert "none of which is divided further" in page(fake_run(60, shop={"A": {}, "B": {}})).words


@pytest.mark.parametrize(
    "record",
    [
        {},
        {
            "dump": None,
            "settings": 3,
            "stages": "x",
            "versions": [],
            "command_line": ["topicmodel"],
            "seed": "?",
        },
        {
            "dump": {"sources": None, "distinct_texts": float("nan"), "columns": 1},
            "stages": [1, {}],
        },
        {"stages": [{"name": 3, "seconds": 1e308}, {"seconds": 10**308, "peak_mb": -1}]},
        {"settings": {"level1": {"separation": 10**400}}, "seed": -(10**400)},
    ],
)
def test_a_manifest_that_lacks_everything_still_makes_a_report(record: dict[str, Any]) -> None:
    run = fake_run(20, manifest=Manifest.from_record(record), n_unsorted=0)
    assert "20 products were sorted into" in page(run).words


def test_what_was_typed_is_shown_where_the_run_was_made_on_the_command_line() -> None:
    run = fake_run(20)
    assert 'aria-label="Command"' in render(run, ReportSettings())
    from_python = replace(run, manifest=replace(run.manifest, command_line=None))
    assert 'aria-label="Command"' not in render(from_python, ReportSettings())


def test_level_one_markers_are_the_same_on_map_and_in_the_outline(report: Page) -> None:
    slots = {place[0][0]: place[2] for place in report.products["tree"]}
    assert [slots[name] for name in (*SHOP, "Not placed")] == [0, 1, 2, 3, 4, -1]
