"""What the change page promises, and what the report tells about the runs before."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from fake_changes import EDITS, WAYS, fake_changes, nothing_changed
from fake_run import fake_run
from test_report import HOSTILE, Page

from topicmodel.datatypes import (
    ChangeReport,
    Edit,
    EditOutcome,
    PastRun,
    Run,
    TopicId,
)
from topicmodel.reporting import render, render_changes
from topicmodel.reporting.changes_page import build_changes
from topicmodel.reporting.edit_log import edit_rows
from topicmodel.reporting.flows import ARRIVED, LEFT, flow_picture, sankey
from topicmodel.reporting.history import history_of
from topicmodel.settings import ReportSettings


def page(report: ChangeReport, **settings: Any) -> Page:
    return Page(render_changes(report, ReportSettings(**settings)))


def hostile_changes() -> ChangeReport:
    names: dict[str, str] = {}

    def called(text: str) -> str:
        return names.setdefault(text, HOSTILE[len(names) % len(HOSTILE)])

    edits = [
        EditOutcome(i, Edit("rename", text, TopicId(text), name=text), "obsolete", text)
        for i, text in enumerate(HOSTILE, start=1)
    ]
    report = fake_changes(called=called, edits=edits)
    return replace(report, current=replace(report.current, sources=HOSTILE, created=HOSTILE[0]))


def rows(html: str, relation: str) -> list[str]:
    """The words of each row of a relation's table."""
    table = re.search(rf'id="{relation}".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    assert table
    return [Page(row).words for row in re.findall(r"<tr.*?</tr>", table[1], re.DOTALL)]


@pytest.fixture(scope="module")
def html() -> str:
    return render_changes(fake_changes(edits=EDITS), ReportSettings())


def test_the_summary_tells_what_arrived_left_moved_and_what_is_new_and_gone(html: str) -> None:
    assert (
        "The new dump holds 4,624 products, of which 613 (13.3%) are new; of the 4,154 in the dump "
        "before, 143 (3.4%) are gone. Of the 4,011 products in both dumps, 3,350 (83.5%) are where "
        "they were and 661 (16.5%) are in another category. 4 categories are new, the largest of "
        "them Pet Supplies, with 402 products; 3 categories are gone, the largest of them Coffee, "
        "which had 180 products."
    ) in Page(html).words


def test_another_catalogue_of_goods_is_told_at_the_top_and_in_the_table_of_the_runs() -> None:
    report = fake_changes()
    hostile = replace(report.current, catalogue=HOSTILE[0], catalogue_digest="d2")
    words = page(replace(report, current=hostile)).words
    assert (
        "The previous run followed no catalogue of goods, this one follows the menu "
        f"{HOSTILE[0]}: categories may differ for that reason."
    ) in words
    assert f"Catalogue of goods none {HOSTILE[0]}" in words


def test_of_catalogues_nothing_is_said_where_there_were_none(html: str) -> None:
    assert "atalogue" not in Page(html).words


def test_the_headlines_count_products_and_categories(html: str) -> None:
    words = Page(html).words
    assert "arrived, 13.3% of the products now 613" in words
    assert "stayed, 72.4% of the products now 3,350" in words
    assert "new 1 main, 3 sub 4" in words
    assert "renamed 1 sub 1" in words
    assert "grown 2 main, 2 sub 4" in words


def test_every_category_is_listed_once_under_the_first_of_its_relations() -> None:
    report = fake_changes()
    groups = build_changes(report, ReportSettings()).groups
    listed = [category.id for group in groups for category in group.categories]
    assert sorted(listed) == sorted(topic.id for topic in report.topics)
    assert [group.relation for group in groups] == [
        *("born", "retired", "split", "merged", "moved", "grown", "shrunk", "kept")
    ]


def test_subcategories_stand_behind_their_main_category() -> None:
    groups = build_changes(fake_changes(), ReportSettings()).groups
    born = next(group for group in groups if group.relation == "born")
    assert [(category.parent, category.name) for category in born.categories] == [
        ("Electronics", "Phone Cases"),
        ("", "Pet Supplies"),
        ("Pet Supplies", "Dog Food"),
        ("Pet Supplies", "Cat Toys"),
    ]


def test_a_row_tells_sizes_origin_and_what_else_happened(html: str) -> None:
    assert rows(html, "merged") == [
        "in Grocery Hot Drinks t-Hot Drinks was called Tea merged from Tea, Coffee "
        "merged renamed grown 4 examples Hot Drinks no. 1, 2 pieces Hot Drinks no. 2, 2 pieces "
        "Hot Drinks no. 3, 2 pieces Hot Drinks no. 4, 2 pieces 210 390 +180 180 Coffee –"
    ]
    assert "was in Home & Kitchen" in rows(html, "moved")[0]
    assert rows(html, "retired")[2].endswith(
        "54 0 \N{MINUS SIGN}54 – 50 no longer in the dump 4 Not placed"
    )


def test_origins_add_up_also_where_only_the_largest_are_named() -> None:
    report = fake_changes()
    came = {topic.id: topic.came + topic.arrived for topic in report.topics}
    went = {topic.id: topic.went + topic.left for topic in report.topics}
    rows = [c for group in build_changes(report, ReportSettings()).groups for c in group.categories]
    assert {c.id: sum(part.products for part in c.came) for c in rows} == came
    assert {c.id: sum(part.products for part in c.went) for c in rows} == went


def test_many_origins_end_in_elsewhere() -> None:
    ways = [((f"A{i}",), ("All",), 10 + i) for i in range(5)] + [(("All",), ("All",), 50)]
    groups = build_changes(fake_changes(ways), ReportSettings()).groups
    (found,) = (c for group in groups for c in group.categories if c.name == "All")
    assert [(part.name, part.products) for part in found.came] == [
        ("A4", 14),
        ("A3", 13),
        ("A2", 12),
        ("elsewhere", 21),
    ]


def test_names_lead_to_the_report_unless_the_category_is_gone(html: str) -> None:
    links = {a["href"] for tag, a in Page(html).elements if tag == "a"}
    assert "index.html#category-t-Footwear" in links
    assert not any("Books" in (link or "") for link in links)


def test_a_link_leads_to_where_the_report_has_the_category() -> None:
    run = fake_run(60)
    odd = TopicId("t/ü 1")
    first, *others = run.taxonomy.topics
    assert not run.taxonomy.children(others[-1].id)
    topics = [first, *others[:-1], replace(others[-1], id=odd)]
    tree = replace(run.tree, taxonomy=replace(run.taxonomy, topics=topics))
    report = Page(render(replace(run, tree=tree), ReportSettings()))
    changes = nothing_changed()
    linked = page(replace(changes, topics=[replace(changes.topics[0], id=odd)]))
    (link,) = (a["href"] or "" for _, a in linked.elements if "#category" in (a.get("href") or ""))
    assert "#" + link.partition("#")[2] in {a.get("href") for _, a in report.elements}


def test_products_that_arrived_left_and_moved_are_shown_with_their_paths(html: str) -> None:
    words = Page(html).words
    title = "with a title of the usual length, blue"
    assert "Arrived: 613 products, 13.3% of the products now" in words
    assert f"Product no. 1 {title} p1 Clothing / Footwear" in words
    assert f"Product no. 0 {title} p0 Clothing / Winter Wear" in words
    assert f"Product no. 3 {title} p3 Home & Kitchen / Bath Towels Bathroom / Bath Towels" in words
    assert "Books & Media Not placed" in words


def test_edits_are_told_with_status_and_reason(html: str) -> None:
    words = Page(html).words
    assert "1 Rename “Tea” to “Hot Drinks” 2025-06-03 in force –" in words
    assert "Pin products with “cat food” in the title to “Pet Supplies” 2025-06-03 in force 17" in (
        words
    )
    assert "3 Split “Clothing” 2025-06-04 waiting : carried out by the next refit –" in words
    assert "2025-06-05 obsolete : the category is no longer there –" in words


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit("rename", "", TopicId("a"), name="A"), "Use the name “A”"),
        (Edit("rename", "", TopicId("a"), name="Z"), "Rename “A” to “Z”"),
        (
            Edit("merge", "", TopicId("a"), others=(TopicId("b"), TopicId("c"), TopicId("gone"))),
            "Merge “B”, “C” and “gone” into “A”",
        ),
        (Edit("move", "", TopicId("a"), parent=TopicId("b")), "Move “A” to “B”"),
        (Edit("hide", "", TopicId("a")), "Hide “A”"),
        (Edit("undo", "", number=3), "Undo edit 3"),
        (
            Edit("pin", "", TopicId("a"), products=("1", "2", "3", "4")),
            "Pin 4 products (1, 2, 3, …) to “A”",
        ),
        (
            Edit("pin", "", TopicId("a"), word="w", attribute=("colour", "red")),
            "Pin products with “w” in the title and products whose “colour” is “red” to “A”",
        ),
    ],
)
def test_every_edit_is_put_in_words(edit: Edit, words: str) -> None:
    names = {TopicId("a"): "A", TopicId("b"): "B", TopicId("c"): "C"}
    (row,) = edit_rows([EditOutcome(1, edit, "in force")], names)
    assert row.words == words


def test_the_picture_holds_every_product_of_both_dumps_once() -> None:
    picture = flow_picture(fake_changes())
    streams = picture.drawn + picture.small
    assert sum(stream.products for stream in streams) == sum(way[2] for way in WAYS)
    by_end = Counter[str]()
    for stream in streams:
        by_end[stream.source.name] += stream.products
        by_end[stream.target.name] += stream.products
    assert (by_end[ARRIVED], by_end[LEFT]) == (613, 143)


def test_thin_bands_are_left_out_of_the_picture_and_said_so(html: str) -> None:
    picture = flow_picture(fake_changes())
    assert [stream.products for stream in picture.small] == [9, 6, 4, 2]
    words = Page(html).words
    assert "4 bands too thin to be seen, with 21 products in all, are left out" in words
    assert "Home & Kitchen Electronics 2" in words


def test_what_arrives_is_drawn_however_thinly_it_spreads() -> None:
    ways = [(("All",), ("All",), 10_000), *((None, (f"A{i}",), 5) for i in range(9))]
    picture = flow_picture(fake_changes(ways))
    assert [stream.products for stream in picture.drawn] == [10_000] + [5] * 9


def test_a_category_keeps_its_colour_and_its_place_under_a_new_name() -> None:
    report = fake_changes([(("Old",), ("Old",), 60), (("B",), ("B",), 40)])
    topics = [replace(t, name="New") if t.name == "Old" else t for t in report.topics]
    picture = flow_picture(replace(report, topics=topics))
    assert [(s.source.name, s.target.name, s.stays) for s in picture.drawn] == [
        ("Old", "New", True),
        ("B", "B", True),
    ]
    (trace,) = sankey(picture)["data"]
    assert trace["meta"]["slots"] == [0, 1, 0, 1]


def test_the_figure_names_each_side_and_counts_each_band(html: str) -> None:
    (trace,) = Page(html).figures["flows"]["data"]
    labels = trace["node"]["label"]
    link = trace["link"]
    bands = {
        (labels[a], labels[b]): n
        for a, b, n in zip(link["source"], link["target"], link["value"], strict=True)
    }
    assert bands["Not in the dump before", "Pet Supplies"] == 393
    assert bands["Books &amp; Media", "No longer in the dump"] == 50
    assert bands["Electronics", "Electronics"] == 1435
    assert not set(link["source"]) & set(link["target"])


def test_a_refit_that_changed_nothing_says_so_and_draws_nothing() -> None:
    html = render_changes(nothing_changed(), ReportSettings())
    calm = Page(html)
    assert "Nothing has changed." in calm.words
    assert calm.figures == {}
    assert len(calm.scripts) == 1
    assert len(html) < 100_000
    assert [row.split()[0] for row in rows(html, "kept")] == ["Toys", "in", "in", "Garden"]
    assert "Products</h2>" not in html


def test_edits_are_told_also_where_nothing_has_changed() -> None:
    assert "Edits by hand" in page(replace(nothing_changed(), edits=EDITS)).words


def test_an_empty_tree_makes_a_page() -> None:
    assert "There are no categories, neither before nor now." in page(fake_changes([])).words
    loose = page(fake_changes([(None, (), 5), ((), None, 3)]))
    assert "The two dumps have no product in common." in loose.words
    assert "Not in the dump before Not placed 5" in loose.words


def test_small_numbers_are_put_in_good_english() -> None:
    one = page(fake_changes([(("A",), ("A",), 9), (None, ("A",), 1), (("A",), ("B",), 1)])).words
    assert "of which 1 (9.1%) is new; of the 10 in the dump before, none are gone." in one
    assert "and 1 (10%) is in another category. No category is new, and no category is gone" in one


def test_the_heading_is_the_setting_or_the_names_of_the_dumps(html: str) -> None:
    assert "<h1>What changed: june to july</h1>" in html
    titled = render_changes(nothing_changed(), ReportSettings(title="Our <shop>"))
    assert "<h1>What changed: Our &lt;shop&gt;</h1>" in titled
    report = nothing_changed()
    same = replace(report, previous=report.current)
    assert "<h1>What changed: july</h1>" in render_changes(same, ReportSettings())


def test_hostile_text_stays_text() -> None:
    html = render_changes(hostile_changes(), ReportSettings())
    hostile = Page(html)
    assert len(hostile.scripts) == 2
    assert not {tag for tag, _ in hostile.elements} & {"img", "b", "i"}
    assert not [name for _, attrs in hostile.elements for name in attrs if name.startswith("on")]
    assert "<script>window.__pwned = 1</script>" in hostile.words
    assert "<" not in hostile.data["figures"]
    assert not re.search("[\x00-\x08\u2028\u202e\u2066]", html.partition('id="plotly-source"')[0])
    assert html.encode("utf-8")
    assert "a" * 2000 not in html


def test_the_page_asks_for_nothing_and_points_to_its_report_only(html: str) -> None:
    parsed = Page(html)
    pointing = {"src", "href", "srcset", "action", "data", "poster", "xlink:href"}
    values = [v or "" for _, attrs in parsed.elements for a, v in attrs.items() if a in pointing]
    assert all(value.startswith(("#", "index.html")) for value in values)
    targets = {attrs["id"] for _, attrs in parsed.elements if "id" in attrs}
    assert {value[1:] for value in values if value.startswith("#")} <= targets
    (policy,) = (a["content"] or "" for _, a in parsed.elements if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy


def test_the_same_report_gives_the_same_bytes(html: str) -> None:
    assert html == render_changes(fake_changes(edits=EDITS), ReportSettings())


def refitted() -> Run:
    """A run after three others; the first category is as old as they, the second is new."""
    run = fake_run(60)
    old, new, *_ = run.taxonomy.topics
    past = [
        PastRun(f"2025-0{month}-01T00:00:00+00:00", 50, {old.id: 10 * month}) for month in (7, 8, 9)
    ]
    edit = EditOutcome(1, Edit("hide", "2025-11-01T00:00:00+00:00", new.id), "undone")
    return replace(run, history=[*past, *run.history], changes=fake_changes(), outcomes=[edit])


def test_the_report_leads_to_the_change_page_with_the_numbers() -> None:
    html = render(refitted(), ReportSettings())
    assert (
        "Since the run of 2025-06-02, 613 products arrived, 143 left and 661 moved to another "
        'category; 4 categories are new and 3 are gone. <a href="changes.html">'
    ) in html
    calm = replace(refitted(), changes=nothing_changed())
    assert "Since the run of 2025-06-02, nothing has changed." in render(calm, ReportSettings())
    assert "changes.html" not in render(fake_run(60), ReportSettings())


def test_a_panel_shows_the_sizes_over_the_runs() -> None:
    run = refitted()
    old, new, *_ = run.taxonomy.topics
    html = render(run, ReportSettings())
    panels = {
        topic.id: Page(html.partition(f'<article id="category-{topic.id}"')[2]).words
        for topic in (old, new)
    }
    assert f"70 2025-07-01 80 2025-08-01 90 2025-09-01 {old.size} 2025-11-23" in panels[old.id]
    assert "New in this run." in panels[new.id].partition("Doubtful products")[0]
    assert "Products by run" not in render(fake_run(60), ReportSettings())


def test_a_long_history_shows_the_last_runs_and_counts_the_others() -> None:
    topic = TopicId("t1")
    runs = [PastRun(f"2025-01-{i:02}", 9, {topic: i}) for i in range(20)]
    history = history_of(topic, runs)
    assert history
    assert [past.size for past in history.sizes] == list(range(8, 20))
    assert history.n_earlier == 7
    assert max(past.fill for past in history.sizes) == 1
    assert history_of(topic, runs[:1]) is None
    assert history_of(TopicId("t2"), runs) is None


def test_the_report_lists_the_edits_under_the_names_before_them() -> None:
    run = refitted()
    old = run.taxonomy.topics[0]
    topics = [replace(t, name="Gadgets") if t is old else t for t in run.taxonomy.topics]
    tree = replace(run.tree, taxonomy=replace(run.taxonomy, topics=topics))
    edit = EditOutcome(1, Edit("rename", "2025-11-01", old.id, name="Gadgets"), "in force")
    shown = Page(render(replace(run, tree=tree, outcomes=[edit]), ReportSettings()))
    assert f"1 Rename “{old.name}” to “Gadgets” 2025-11-01 in force –" in shown.words
