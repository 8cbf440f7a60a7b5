"""What the report promises to tell about how alike the categories are."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from fake_run import fake_run
from test_report import Page as Html
from test_report import hostile_run
from test_report_parts import linear

from topicmodel.datatypes import Run
from topicmodel.reporting import page, render
from topicmodel.reporting.topic_similarity import Branch, Similarity, similarity
from topicmodel.settings import ReportSettings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STYLES = Path(page.__file__).parent / "styles"
FLAT = {"Boots": 0, "Cables": 80, "Sandals": 10, "Chargers": 93}
SHOP = {"Clothing": {"Dresses": 0, "Shirts": 10}, "Kitchen": {"Pans": 60, "Bags": 14}, "Books": 95}


def run_of(angles: Mapping[str, float | Mapping[str, float]]) -> Run:
    """A run whose centroids point that many degrees from the first axis.

    A main category that is divided lies in the middle of its first subcategory and 5 degrees on.
    """
    below = {top: inside if isinstance(inside, Mapping) else {} for top, inside in angles.items()}
    run = fake_run(400, shop={top: dict.fromkeys(inside, ("a",)) for top, inside in below.items()})
    degrees = {name: angle for inside in below.values() for name, angle in inside.items()}
    for top, inside in angles.items():
        degrees[top] = next(iter(inside.values())) + 5 if isinstance(inside, Mapping) else inside
    return pointing(run, {topic.name: degrees[topic.name] for topic in run.taxonomy.topics})


def pointing(run: Run, degrees: Mapping[str, float]) -> Run:
    angles = {topic.id: math.radians(degrees[topic.name]) for topic in run.taxonomy.topics}
    centroids = {
        id_: np.array([math.cos(angle), math.sin(angle)], dtype=np.float32)
        for id_, angle in angles.items()
    }
    return replace(run, tree=replace(run.tree, centroids=centroids))


def scattered(run: Run) -> Run:
    rng = np.random.default_rng(3)
    centroids = {topic.id: rng.normal(size=6) + 1 for topic in run.taxonomy.topics}
    return replace(run, tree=replace(run.tree, centroids=centroids))


def without(run: Run, name: str, centroid: Sequence[float] | None = None) -> Run:
    """The run with another centroid for the category of that name, or none."""
    gone = next(topic.id for topic in run.taxonomy.topics if topic.name == name)
    kept = {id_: vector for id_, vector in run.tree.centroids.items() if id_ != gone}
    new = {} if centroid is None else {gone: np.array(centroid, dtype=np.float32)}
    return replace(run, tree=replace(run.tree, centroids={**kept, **new}))


def found(run: Run) -> Similarity:
    result = similarity(run)
    assert result is not None
    return result


def section(run: Run) -> str:
    template = page.environment().get_template("_similarity.html")
    return template.render(similarity=similarity(run))


def cosine(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def names(branch: Branch) -> str:
    return f"{branch.largest.name} +{branch.more}"


def test_main_categories_that_are_alike_stand_side_by_side() -> None:
    heat_map = found(run_of(FLAT)).heat_map
    assert heat_map
    neighbours = {frozenset(pair) for pair in pairwise(row.category.name for row in heat_map.rows)}
    assert {frozenset(("Boots", "Sandals")), frozenset(("Cables", "Chargers"))} <= neighbours


def test_the_table_holds_the_similarity_of_every_two() -> None:
    heat_map = found(run_of(FLAT)).heat_map
    assert heat_map
    for row in heat_map.rows:
        angles = [FLAT[other.category.name] - FLAT[row.category.name] for other in heat_map.rows]
        assert row.similarities == pytest.approx([cosine(angle) for angle in angles], abs=1e-5)


def test_the_table_shows_two_decimals_and_leaves_the_diagonal_empty() -> None:
    cells = re.findall(
        r'<td class="cell.*?>(?:<span class="unseen">)?([^<]+)', section(run_of(FLAT))
    )
    assert sorted(cells) == sorted(
        ["the same"] * 4 + [".98", ".17", "-.05", ".34", ".12", ".97"] * 2
    )


def test_the_most_alike_pairs_come_first() -> None:
    heat_map = found(run_of(FLAT)).heat_map
    assert heat_map
    pairs = [(pair.one.name, pair.other.name) for pair in heat_map.pairs]
    assert pairs[:2] == [("Boots", "Sandals"), ("Cables", "Chargers")]
    assert len(pairs) == 5
    assert heat_map.pairs[0].similarity == pytest.approx(cosine(10), abs=1e-5)


def test_each_main_category_knows_the_one_most_like_it() -> None:
    words = Html(section(run_of(FLAT))).words
    assert "most similar to Sandals (0.98)" in words
    assert "most similar to Cables (0.97)" in words


def test_a_subcategory_that_is_nearer_to_another_main_category_is_named() -> None:
    result = found(run_of(SHOP))
    assert [stray.category.name for stray in result.strays] == ["Bags"]
    sentence = "Bags , in Kitchen , is nearer to Clothing (0.99 against 0.63)"
    assert sentence in Html(section(run_of(SHOP))).words


def test_where_nothing_is_out_of_place_nothing_is_said_of_it() -> None:
    run = run_of({"Clothing": {"Dresses": 0}, "Kitchen": {"Pans": 60, "Pots": 50}})
    assert not found(run).strays
    assert "In the wrong main category" not in section(run)


def test_a_gap_that_the_figures_cannot_show_is_no_reason_to_move() -> None:
    # 40 lies in the middle of the two main categories at 5 and 75.
    run = run_of({"Clothing": {"Dresses": 0, "Capes": 40.1}, "Kitchen": {"Pans": 70}})
    assert not found(run).strays


def test_the_eight_that_lean_most_are_listed_and_the_others_counted() -> None:
    bags = {f"Bags {place}": 50.0 + place for place in range(10)}
    run = run_of({"Clothing": {"Dresses": 0, **bags}, "Kitchen": {"Pans": 60}})
    listed = [stray.category.name for stray in found(run).strays]
    assert listed == [f"Bags {place}" for place in range(9, 1, -1)]
    assert "2 more, with a smaller difference, are not listed" in Html(section(run)).words


def test_the_length_of_a_centroid_changes_nothing() -> None:
    run = run_of(SHOP)
    longer = {id_: 3 * vector for id_, vector in run.tree.centroids.items()}
    assert section(replace(run, tree=replace(run.tree, centroids=longer))) == section(run)


def test_the_order_of_the_centroids_changes_nothing() -> None:
    run = scattered(fake_run(300))
    turned = dict(reversed(run.tree.centroids.items()))
    assert section(replace(run, tree=replace(run.tree, centroids=turned))) == section(run)


@pytest.mark.parametrize("centroid", [None, [0, 0], [math.nan, 1]])
def test_a_category_that_cannot_be_compared_is_left_out_and_counted(
    centroid: list[float] | None,
) -> None:
    run = without(run_of(SHOP), "Books", centroid)
    heat_map, merge_tree = found(run).heat_map, found(run).merge_tree
    assert heat_map
    assert merge_tree
    assert {row.category.name for row in heat_map.rows} == {"Clothing", "Kitchen"}
    assert {leaf.name for leaf in merge_tree.leaves} == {"Dresses", "Shirts", "Pans", "Bags"}
    words = Html(section(run)).words
    assert "1 main category has no text to compare and is left out" in words


def test_of_many_categories_the_largest_are_shown_and_the_rest_counted() -> None:
    shop = {f"Top {i}": {f"Sub {i} {j}": ("a",) for j in range(2)} for i in range(33)}
    run = scattered(fake_run(2_000, shop=shop))
    heat_map, merge_tree = found(run).heat_map, found(run).merge_tree
    assert heat_map
    assert merge_tree
    assert len(heat_map.rows) == 30
    assert len(merge_tree.leaves) == 60
    sizes = sorted((topic.size for topic in run.taxonomy.topics if topic.level == 2), reverse=True)
    assert sorted((leaf.size for leaf in merge_tree.leaves), reverse=True) == sizes[:60]
    words = Html(section(run)).words
    assert "Shown are the 30 largest; 3 main categories are left out." in words
    assert "Shown are the 60 largest; 6 categories are left out." in words


@pytest.mark.parametrize("shop", [{}, {"Books": {}}, {"Books": {"Novels": ("a",)}}])
def test_there_is_nothing_to_say_of_fewer_than_two_categories(
    shop: dict[str, dict[str, tuple[str, ...]]],
) -> None:
    run = fake_run(20, shop=shop)
    assert similarity(run) is None
    assert not section(run).strip()


def test_one_main_category_still_shows_how_its_subcategories_merge() -> None:
    result = found(run_of({"Clothing": {"Dresses": 0, "Shirts": 10}}))
    assert result.heat_map is None
    assert result.merge_tree
    assert len(result.merge_tree.merges) == 1


def test_categories_merge_by_average_linkage_and_the_most_alike_first() -> None:
    merge_tree = found(run_of(SHOP)).merge_tree
    assert merge_tree
    steps = [(names(merge.one), names(merge.other)) for merge in merge_tree.merges]
    assert set(steps[0]) == {"Shirts +0", "Bags +0"}
    assert len(steps) == 4
    distances = [merge.whole.distance for merge in merge_tree.merges]
    assert distances[0] == pytest.approx(1 - cosine(4), abs=1e-5)
    assert distances[1] == pytest.approx(1 - (cosine(10) + cosine(14)) / 2, abs=1e-5)
    assert distances == sorted(distances)


def test_a_branch_takes_the_colour_of_a_main_category_only_where_all_are_in_it() -> None:
    run = run_of({"Clothing": {"Dresses": 0, "Shirts": 10}, "Kitchen": {"Pans": 60, "Pots": 66}})
    merge_tree = found(run).merge_tree
    assert merge_tree
    slots = [merge.whole.slot for merge in merge_tree.merges]
    assert sorted(slots[:2]) == [0, 1]
    assert slots[2] == -1
    assert [parent.name for parent in merge_tree.parents] == ["Clothing", "Kitchen"]


def test_every_leaf_lies_beside_its_name_and_branches_in_the_middle_of_theirs() -> None:
    merge_tree = found(scattered(fake_run(300))).merge_tree
    assert merge_tree
    rows = {leaf.anchor: row + 0.5 for row, leaf in enumerate(merge_tree.leaves)}
    for merge in merge_tree.merges:
        assert merge.whole.row == (merge.one.row + merge.other.row) / 2
        for part in (merge.one, merge.other):
            assert part.more or part.row == rows[part.largest.anchor]
    assert merge_tree.merges[-1].whole.more + 1 == len(rows)


def test_no_two_branches_cross() -> None:
    merge_tree = found(scattered(fake_run(300))).merge_tree
    assert merge_tree
    spans = {leaf: (row, row) for row, leaf in enumerate(merge_tree.leaves)}
    reach = {}
    for merge in merge_tree.merges:
        parts = sorted(reach.get(part) or spans[part.largest] for part in (merge.one, merge.other))
        assert parts[0][1] + 1 == parts[1][0]
        reach[merge.whole] = (parts[0][0], parts[1][1])


@pytest.mark.parametrize("degrees", [0, 0.5, 5, 12, 30, 60, 90, 91, 140, 180])
def test_the_axis_has_three_to_five_ticks_and_reaches_the_last_merge(degrees: float) -> None:
    merge_tree = found(run_of({"Boots": 0, "Cables": degrees})).merge_tree
    assert merge_tree
    assert 3 <= len(merge_tree.ticks) <= 5
    assert merge_tree.across(0) == 100
    assert 0 <= merge_tree.across(merge_tree.merges[-1].whole.distance) <= 100
    assert merge_tree.across(merge_tree.ticks[-1]) == 0


def test_the_steps_of_the_merging_are_also_a_table() -> None:
    page = Html(section(run_of(SHOP)))
    assert sum(attrs.get("data-label") == "Joins" for _, attrs in page.elements) == 4
    assert re.search(r"\S+ and \d more .* 0\.\d\d", page.words)


def test_categories_that_do_not_differ_are_drawn_too() -> None:
    page = Html(section(fake_run(300)))
    assert sum(tag == "svg" and attrs.get("role") == "img" for tag, attrs in page.elements) == 1
    assert not re.search(r"nan|inf\b", page.words)


def test_links_lead_to_categories_and_ids_are_used_once() -> None:
    run = scattered(fake_run(300))
    page = Html(section(run))
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {f"#category-{topic.id}" for topic in run.taxonomy.topics}
    links = {attrs["href"] for tag, attrs in page.elements if tag == "a"}
    assert links
    assert links <= targets


def test_hostile_names_stay_text() -> None:
    html = section(scattered(hostile_run()))
    page = Html(html)
    assert not {tag for tag, _ in page.elements} & {"script", "img", "b", "i"}
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    assert "<script>window.__pwned = 1</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert not set("\x00\x07\u202e\u2066\u2028\ud800") & set(html)
    assert max(map(len, page.text.split())) < 100


# Ottosson 2020: linear RGB as the three cones see it, and their cube roots as OKLab.
RGB_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
CONES_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def mixed(colour: str, other: str, share: float) -> np.ndarray:
    """Linear RGB of so much of a colour in another one, as color-mix(in oklab) has it."""
    one, two = (CONES_TO_LAB @ np.cbrt(RGB_TO_CONES @ linear(hex_)) for hex_ in (colour, other))
    cones = np.linalg.solve(CONES_TO_LAB, share * one + (1 - share) * two) ** 3
    return np.linalg.solve(RGB_TO_CONES, cones)


def contrast(one: np.ndarray, other: np.ndarray) -> float:
    dark, light = sorted(float(rgb @ [0.2126, 0.7152, 0.0722]) + 0.05 for rgb in (one, other))
    return light / dark


def test_the_figures_in_the_table_are_readable_on_every_shade() -> None:
    most = re.search(r"var\(--v\) \* (\d+)%", (STYLES / "similarity.css").read_text("utf-8"))
    assert most
    page = render(fake_run(1, shop={}), ReportSettings())
    looks = [
        re.findall(rf"--{name}: (#[0-9a-f]{{6}});", page) for name in ("accent", "surface", "ink")
    ]
    assert len(looks[0]) >= 2
    for accent, surface, ink in zip(*looks, strict=True):
        for share in np.linspace(0, int(most[1]) / 100, 21):
            assert contrast(mixed(accent, surface, share), linear(ink)) >= 4.5


@pytest.mark.browser
def test_on_a_phone_the_table_is_a_list_and_nothing_goes_sideways(
    browser: Browser, tmp_path: Path
) -> None:
    styles = [(STYLES / f"{name}.css").read_text("utf-8") for name in ("page", "similarity")]
    head = f'<meta name="viewport" content="width=device-width"><style>{"".join(styles)}</style>'
    file = tmp_path / "section.html"
    html = f"<!doctype html>{head}{section(scattered(hostile_run()))}"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    cell, nearest = page.locator("td.cell").first, page.locator("td.nearest").first
    for width, wide in ((1200, True), (800, True), (390, False)):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (cell.is_visible(), nearest.is_visible()) == (wide, not wide)
        assert_names_stand_at_their_branches(page)
    page.close()


def assert_names_stand_at_their_branches(page: Page) -> None:
    boxes = "elements => elements.map((element) => element.getBoundingClientRect())"
    (picture,) = page.locator("svg.branches").evaluate_all(boxes)
    leaves = page.locator(".leaves li").evaluate_all(boxes)
    row = picture["height"] / len(leaves)
    tops = [picture["top"] + place * row for place in range(len(leaves))]
    assert [leaf["top"] for leaf in leaves] == pytest.approx(tops, abs=1)
