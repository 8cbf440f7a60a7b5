"""What the panel of a category tells about its products and its neighbours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from fake_run import fake_run, with_columns, with_goods
from test_report import HOSTILE, Page

from topicmodel.datatypes import Edit, EditOutcome, Method, Run, Taxonomy, TopicId
from topicmodel.reporting import render
from topicmodel.reporting.goods import GoodsLine
from topicmodel.reporting.view import Category, Report, build_report
from topicmodel.settings import ReportSettings

ABOVE = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


def report_of(run: Run, n_examples: int = 8) -> Report:
    return build_report(run, ReportSettings(n_examples=n_examples))


def small_shop(
    titles: Sequence[str],
    confidence: Sequence[float],
    methods: Sequence[Method] | None = None,
    examples: Sequence[str] = (),
) -> Run:
    """Products p00000, p00001, ... of one category."""
    n_products = len(titles)
    run = fake_run(n_products, shop={"A": {}}, n_unsorted=0, n_without_text=0)
    assignments = replace(
        run.assignments,
        confidence=np.array(confidence, dtype=np.float32),
        methods=methods or ["core"] * n_products,
    )
    topics = [replace(topic, examples=tuple(examples)) for topic in run.taxonomy.topics]
    tree = replace(run.tree, assignments=assignments, taxonomy=Taxonomy(topics))
    return with_columns(replace(run, tree=tree, fitted=tree), titles=list(titles))


def only(run: Run, n_examples: int = 8) -> Category:
    (category,) = report_of(run, n_examples).categories
    return category


def test_doubtful_products_are_the_least_sure_ones_with_their_confidence() -> None:
    category = only(small_shop("abcde", [0.62, 0.004, 0.3, 0.95, 0.4]), n_examples=3)
    shown = [(example.title, example.confidence) for example in category.doubtful]
    assert shown == [("b", "under 1%"), ("c", "30%"), ("e", "40%")]


def test_products_that_are_sure_pinned_typical_or_named_alike_are_not_doubtful() -> None:
    run = small_shop(
        ["Tea", "tea ", "Cup", "CUP", "Pot", "Jug"],
        [0.1, 0.2, 0.3, 0.4, 0.5, 0.95],
        ["core", "core", "core", "reassigned", "pinned", "core"],
        ["p00000"],
    )
    assert [example.id for example in only(run).doubtful] == ["p00002"]


def test_typical_products_do_not_repeat_a_title() -> None:
    ids = [f"p{n:05}" for n in range(5)]
    run = small_shop(["Tea", "TEA", "Cup", "", ""], [1.0] * 5, examples=[*ids, "gone"])
    assert [e.id for e in only(run).examples] == ["p00000", "p00002", "p00003", "p00004"]
    assert [e.id for e in only(run, n_examples=2).examples] == ["p00000", "p00002"]


def test_a_category_tells_the_mean_confidence_of_its_products() -> None:
    run = fake_run(300)
    levels = run.assignments.level1, run.assignments.level2
    shown = {c.id: c for top in report_of(run).categories for c in (top, *top.children)}
    for topic in run.taxonomy.topics:
        members = [id_ == topic.id for id_ in levels[topic.level - 1]]
        expected = run.assignments.confidence[members].mean()
        assert shown[topic.id].confidence == pytest.approx(expected, abs=1e-6)
        doubtful = {example.id for example in shown[topic.id].doubtful}
        ids = zip(run.assignments.product_ids, members, strict=True)
        assert doubtful <= {id_ for id_, is_member in ids if is_member}


def test_a_category_without_products_tells_no_confidence() -> None:
    run = small_shop("ab", [0.5, 0.5])
    empty = replace(run.taxonomy.topics[0], id=TopicId("empty"), size=0, name="Empty")
    tree = replace(run.tree, taxonomy=Taxonomy([*run.taxonomy.topics, empty]))
    shown = report_of(replace(run, tree=tree)).categories[1]
    assert (shown.confidence, shown.doubtful, shown.neighbours) == (None, (), ())


def with_centroids(run: Run, vectors: Mapping[str, Sequence[float]]) -> Run:
    named = {topic.name: topic.id for topic in run.taxonomy.topics}
    centroids = {named[name]: np.array(v, dtype=np.float32) for name, v in vectors.items()}
    return replace(run, tree=replace(run.tree, centroids=centroids))


def test_neighbours_are_the_nearest_categories_of_the_same_level() -> None:
    shop = {"A": {"A1": ("a", "b"), "A2": ("c", "d")}, "B": {"B1": ("e", "f")}, "C": {}, "D": {}}
    run = with_centroids(
        fake_run(200, shop=shop),
        {
            "A": [1, 0, 0],
            "B": [3, 4, 0],
            "C": [0, 1, 0],
            "D": [np.nan, 1, 0],
            "A1": [1, 0, 0],
            "A2": [0, 0, 1],
            "B1": [1, 0, 0.1],
        },
    )
    shown = {c.name: c for top in report_of(run).categories for c in (top, *top.children)}
    nearest = {
        name: [(n.parent, n.name, round(n.similarity, 2)) for n in category.neighbours]
        for name, category in shown.items()
    }
    assert nearest["A"] == [("", "B", 0.6), ("", "C", 0.0)]
    assert nearest["D"] == []
    assert nearest["A1"] == [("B", "B1", 1.0), ("", "A2", 0.0)]
    assert shown["A1"].neighbours[0].anchor == shown["B1"].anchor


def test_three_neighbours_are_shown_at_most() -> None:
    categories = report_of(fake_run(300)).categories
    assert [len(category.neighbours) for category in categories] == [3] * 5
    assert not any(c.anchor in {n.anchor for n in c.neighbours} for c in categories)


def test_a_run_without_centroids_has_no_neighbours() -> None:
    assert not any(c.neighbours for c in report_of(with_centroids(fake_run(60), {})).categories)


def hidden_electronics() -> Run:
    """The shop after an edit that hides its largest category."""
    run = fake_run(300)
    top = run.taxonomy.level1[0]
    hidden = [id_ == top.id for id_ in run.assignments.level1]
    assignments = replace(
        run.assignments,
        level1=[None if h else id_ for h, id_ in zip(hidden, run.assignments.level1, strict=True)],
        level2=[None if h else id_ for h, id_ in zip(hidden, run.assignments.level2, strict=True)],
    )
    topics = [topic for topic in run.taxonomy.topics if top.id not in (topic.id, topic.parent)]
    tree = replace(run.tree, assignments=assignments, taxonomy=Taxonomy(topics))
    edit = Edit("hide", "2025-11-23T02:00:00+00:00", topic=top.id)
    return replace(run, tree=tree, edits=[edit], outcomes=[EditOutcome(1, edit, "in force")])


def test_it_tells_why_products_were_not_placed() -> None:
    run = hidden_electronics()
    n_hidden = run.fitted.taxonomy.level1[0].size
    groups = report_of(run).unplaced
    assert [(group.count, group.reason) for group in groups] == [
        (3, "3 products have no text"),
        (9, "9 products have a text that fits no category"),
        (n_hidden, f"{n_hidden} products were in a category that an edit has hidden"),
    ]
    assert [len(group.examples) for group in groups] == [3, 8, 8]
    shown = Page(render(run, ReportSettings())).words
    assert f"{groups[2].reason}: Electronics . Some of them:" in shown


def test_products_without_any_category_are_told_so() -> None:
    (group,) = report_of(fake_run(1, shop={}, n_unsorted=1, n_without_text=0)).unplaced
    assert group.reason == "No category was found for 1 product"


def test_where_edits_have_hidden_every_category_the_page_says_so() -> None:
    run = fake_run(20, shop={"A": {}}, n_unsorted=2, n_without_text=1)
    n_products = len(run.products)
    nowhere = replace(run.assignments, level1=[None] * n_products, level2=[None] * n_products)
    run = replace(run, tree=replace(run.tree, assignments=nowhere, taxonomy=Taxonomy([])))
    shown = Page(render(run, ReportSettings())).words
    assert "were sorted into categories, but edits have hidden all of them." in shown
    assert "All categories are hidden by edits." in shown
    assert "18 products were in a category that an edit has hidden" in shown
    assert "o category was found" not in shown


def test_pictures_stand_before_titles_and_only_where_there_are_any() -> None:
    run = small_shop("abc", [0.5] * 3, examples=["p00000", "p00001"])
    images = ["https://shop.example/a.jpg?x=1&y=2", "javascript:alert(1)", ""]
    html = render(with_columns(run, images=images), ReportSettings(images="link"))
    shown = Page(html[html.index('<ul class="examples"') :]).elements
    assert [tag for tag, _ in shown[:10]] == [
        *("ul", "li", "img", "span", "bdi", "code"),
        *("li", "span", "bdi", "code"),
    ]
    assert shown[2][1] == {
        "class": "thumb",
        "src": images[0],
        "alt": "",
        "loading": "lazy",
        "width": "56",
        "height": "56",
    }
    assert "img" not in {tag for tag, _ in Page(render(run, ReportSettings())).elements}


def test_products_are_listed_in_the_order_of_the_page() -> None:
    run = small_shop("abcd", [0.5, 0.4, 0.3, 0.2], examples=["p00001", "p00000"])
    assert report_of(run).listed == ("p00001", "p00000", "p00003", "p00002")


def test_every_panel_and_every_product_carries_its_raw_id_for_scripts() -> None:
    run = fake_run(300)
    html = render(run, ReportSettings())
    elements = Page(html).elements
    topics = {attrs["data-topic"] for _, attrs in elements if "data-topic" in attrs}
    boxes = [a for _, a in elements if ("data-panel" in a or "data-child" in a) and a.get("id")]
    assert topics == {topic.id for topic in run.taxonomy.topics}
    assert {a["id"] for a in boxes if "data-topic" not in a} == {"unsorted"}
    listed = re.findall(r'<ul class="examples".*?</ul>', html, re.DOTALL)
    keys = {a["data-product"] for tag, a in Page(" ".join(listed)).elements if tag == "li"}
    assert len(listed) > 20
    assert keys <= set(run.assignments.product_ids)


def test_a_panel_says_what_its_category_is_made_of() -> None:
    shown = Page(render(with_goods(fake_run(300)), ReportSettings())).words
    assert (
        "Mostly: Headphones & Earphones 31% , Cameras & Drones 27% , "
        f"Phones & Wearables {ABOVE} Mobile Phones 24%"
    ) in shown
    assert "Goods of many kinds, most often: Shirts 9%" in shown
    assert f"Mostly: Snacks 55% , Drinks {ABOVE} Tea 20% , Vouchers 10%" in shown
    lines = {
        c.name: c.goods
        for top in report_of(with_goods(fake_run())).categories
        for c in (top, *top.children)
    }
    assert {line.lead for line in lines.values() if line} == {
        "Mostly:",
        "Among others:",
        "Goods of many kinds, most often:",
        "Not in the catalogue of goods.",
    }
    assert lines["Books"] == GoodsLine("Not in the catalogue of goods.", ())


def test_a_subcategory_names_the_department_where_it_is_not_that_of_its_main_category() -> None:
    (electronics, *_) = report_of(with_goods(fake_run(300))).categories
    shown = {
        child.name: str(child.goods.families[0])
        for child in electronics.children
        if child.goods and child.goods.families
    }
    assert shown == {
        "Headphones": "Headphones & Earphones 93%",
        "Phones": "Phones & Wearables > Mobile Phones 40%",
    }


@pytest.mark.parametrize(
    "run", [fake_run(60), with_goods(fake_run(60, shop={"A": {}}), used=False)]
)
def test_where_no_catalogue_was_followed_panels_say_nothing_of_goods(run: Run) -> None:
    html = render(run, ReportSettings())
    assert "in the catalogue of goods" not in Page(html).words
    assert '<p class="goods">' not in html


def test_hostile_families_stay_text() -> None:
    run = small_shop("ab", [0.5, 0.5])
    shares = tuple((f"{text} > {text}", 0.3) for text in HOSTILE[:3])
    topics = [replace(topic, catalogue=shares) for topic in run.taxonomy.topics]
    tree = replace(run.tree, taxonomy=Taxonomy(topics))
    hostile = with_goods(run, source=HOSTILE[0])
    html = render(replace(hostile, tree=tree, fitted=tree), ReportSettings())
    assert not {tag for tag, _ in Page(html).elements} & {"img", "b", "i"}
    assert f"follow the menu {HOSTILE[0]}, which" in Page(html).words


def test_a_panel_tells_its_parts_in_a_fixed_order() -> None:
    run = with_goods(fake_run(300))
    top = run.taxonomy.level1[0]
    html = render(run, ReportSettings())
    panel = re.search(rf'<article id="category-{top.id}".*?<div class="children">', html, re.DOTALL)
    assert panel
    shown = Page(panel[0]).words
    parts = (
        "mean confidence 0.",
        "Mostly:",
        "Typical products",
        "Attributes",
        "Nearest categories",
    )
    places = [shown.index(part) for part in (*parts, "Doubtful products")]
    assert places == sorted(places)
    assert "<details open" not in panel[0]
    assert re.search(r"Brand \d+ products have it \(\d+\.\d%\) Nokia \d+ · \d", shown)
    assert re.search(r"lowest ₹[\d,.]+ median ₹[\d,.]+ highest ₹[\d,.]+", shown)


def test_the_page_says_once_what_confidence_means() -> None:
    run = fake_run(300)
    html = render(run, ReportSettings())
    assert html.count('id="confidence"') == 1
    assert html.count('href="#confidence"') == len(run.taxonomy.topics)


def test_hostile_ids_attributes_and_pictures_stay_text() -> None:
    run = small_shop("abcdefgh", [0.5] * 8, examples=["p00000"])
    ids = [*HOSTILE[:7], "i" * 300]
    attributes = [json.dumps({text[:50]: text[:50] for text in HOSTILE})] * 8
    tree = replace(run.tree, assignments=replace(run.assignments, product_ids=ids))
    hostile = with_columns(replace(run, tree=tree, fitted=tree), attributes=attributes)
    report = report_of(hostile)
    html = render(hostile, ReportSettings())
    assert html.encode()
    tags = {tag for tag, _ in Page(html).elements}
    assert not tags & {"img", "b", "i"}
    assert len(report.categories[0].attributes) == 6
    keys = [example.key for example in report.categories[0].doubtful]
    assert keys[:5] == list(HOSTILE[:5])
    assert keys[5:] == ["", "", ""]
