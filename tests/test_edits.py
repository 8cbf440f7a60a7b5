from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from topicmodel.datatypes import (
    Assignments,
    Edit,
    EditOutcome,
    Method,
    Products,
    Taxonomy,
    Topic,
    TopicId,
    Tree,
)
from topicmodel.edits import (
    Edited,
    apply_edits,
    check_edit,
    find_topic,
    format_edits,
    parse_edits,
    route,
)
from topicmodel.errors import RunError

TIME = "2025-06-01T12:00:00+00:00"

SHOP: Mapping[str, tuple[str | None, str, Sequence[str]]] = {
    "e": (None, "Electronics", ["USB hub"]),
    "e1": ("e", "Phones", ["Red phone", "Blue phone", "Phone case", "Cat-food phone"]),
    "e2": ("e", "Cameras", ["Zoom camera", "Camera bag"]),
    "e3": ("e", "Accessories", ["Cable"]),
    "c": (None, "Clothing", []),
    "c1": ("c", "Shoes", ["Running shoe", "Boot", "Sandal"]),
    "c2": ("c", "Accessories", ["Belt", "Scarf"]),
    "b": (None, "Books", ["Cook book", "Atlas"]),
}
"""Category -> parent, name, titles of the products directly in it: p0, p1 and so on."""
UNSORTED = ["Odd thing", "Cat food, 2 kg"]


def edit(action: str, topic: str | None = None, **more: object) -> Edit:
    return Edit(action=action, time=TIME, topic=topic, **more)  # type: ignore[arg-type]


def rows_of_shop() -> list[tuple[str, str | None, str | None]]:
    """(title, level one, level two) of every product."""
    rows: list[tuple[str, str | None, str | None]] = []
    for topic, (parent, _, titles) in SHOP.items():
        place = (topic, None) if parent is None else (parent, topic)
        rows += [(title, *place) for title in titles]
    return [*rows, *((title, None, None) for title in UNSORTED)]


TITLES = [title for title, _, _ in rows_of_shop()]
IDS = [f"p{row}" for row in range(len(TITLES))]
ATTRIBUTES = [
    '{"Brand": " Acme ", "Colour": "Red"}',
    *[""] * (len(TITLES) - 2),
    '{"brand": "ACME"}',
]
PRODUCTS = Products(IDS, TITLES, ATTRIBUTES)


def shop() -> Tree:
    rows = rows_of_shop()
    members = {topic: [f"p{n}" for n, row in enumerate(rows) if topic in row[1:]] for topic in SHOP}
    topics = [
        Topic(
            id=TopicId(topic),
            parent=TopicId(parent) if parent else None,
            level=2 if parent else 1,
            name=name,
            keywords=((name.lower(), 0.8), ("shared", 0.4)),
            size=len(members[topic]),
            examples=tuple(members[topic][:2]),
        )
        for topic, (parent, name, _) in SHOP.items()
    ]
    topics.sort(key=lambda topic: (topic.level, -topic.size, topic.id))
    basis = np.eye(len(SHOP), dtype=np.float32)
    return Tree(
        taxonomy=Taxonomy(topics),
        assignments=Assignments(
            product_ids=IDS,
            level1=[TopicId(top) if top else None for _, top, _ in rows],
            level2=[TopicId(child) if child else None for _, _, child in rows],
            confidence=np.array([0.5 if top else 0.0 for _, top, _ in rows], dtype=np.float32),
            methods=[_method(top, child) for _, top, child in rows],
        ),
        centroids={TopicId(topic): basis[n] for n, topic in enumerate(SHOP)},
        cloud_terms={topic.id: [*topic.keywords, ("cloud", 0.1)] for topic in topics},
    )


def _method(top: str | None, child: str | None) -> Method:
    if top is None:
        return "unsorted"
    return "parent_only" if top == "e" and child is None else "core"


def edited(*edits: Edit) -> Edited:
    return apply_edits(shop(), edits, PRODUCTS)


def visible(*edits: Edit) -> Tree:
    result = edited(*edits)
    assert {outcome.status for outcome in result.outcomes} <= {"in force"}
    return result.tree


def last(*edits: Edit) -> EditOutcome:
    return edited(*edits).outcomes[-1]


def ids(tree: Tree) -> set[str]:
    return {topic.id for topic in tree.taxonomy.topics}


def place(tree: Tree, title: str) -> tuple[str | None, str | None]:
    row = TITLES.index(title)
    return tree.assignments.level1[row], tree.assignments.level2[row]


def fate(tree: Tree, title: str) -> tuple[str, float]:
    row = TITLES.index(title)
    return tree.assignments.methods[row], float(tree.assignments.confidence[row])


def assert_sound(tree: Tree) -> None:
    topics = {topic.id: topic for topic in tree.taxonomy.topics}
    assert len(topics) == len(tree.taxonomy.topics)
    order = [(topic.level, -topic.size, topic.id) for topic in tree.taxonomy.topics]
    assert order == sorted(order)
    siblings = [(topic.parent, topic.name) for topic in topics.values()]
    assert len(set(siblings)) == len(siblings)
    placed = tree.assignments
    sizes = Counter(topic for topic in [*placed.level1, *placed.level2] if topic is not None)
    assert {topic.id: topic.size for topic in topics.values() if topic.size} == sizes
    for level1, level2 in zip(placed.level1, placed.level2, strict=True):
        assert level2 is None or topics[level2].parent == level1
        assert level1 is None or topics[level1].level == 1
    for level1, method in zip(placed.level1, placed.methods, strict=True):
        assert (level1 is None) == (method == "unsorted")
    assert len(placed.confidence) == len(placed.methods) == len(placed.product_ids)
    assert set(tree.centroids) == set(tree.cloud_terms) == set(topics)
    for centroid in tree.centroids.values():
        assert centroid.dtype == np.float32
        assert np.linalg.norm(centroid) == pytest.approx(1)
    for topic in topics.values():
        parents = {topics[topic.parent].level} if topic.parent is not None else set()
        assert parents == ({1} if topic.level == 2 else set())
        for example in topic.examples:
            row = placed.product_ids.index(example)
            assert topic.id in (placed.level1[row], placed.level2[row])


# Renaming


def test_a_rename_gives_the_category_another_name_and_changes_nothing_else() -> None:
    tree = visible(edit("rename", "e1", name="Mobile Phones"))
    before = shop()
    # Definitions follow every edit; they are tested by themselves.
    renamed = replace(tree.taxonomy[TopicId("e1")], definition="", excludes=())
    assert renamed == replace(before.taxonomy[TopicId("e1")], name="Mobile Phones")
    assert place(tree, "Red phone") == ("e", "e1")
    assert ids(tree) == ids(before)


def test_blanks_around_a_new_name_do_not_count() -> None:
    assert visible(edit("rename", "b", name="  Good   Books ")).taxonomy[TopicId("b")].name == (
        "Good Books"
    )


def test_the_case_of_a_name_may_be_changed() -> None:
    assert visible(edit("rename", "b", name="BOOKS")).taxonomy[TopicId("b")].name == "BOOKS"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("cameras", "Cameras (e2) beside it has that name"),
        ("  ", "empty"),
        ("x" * 81, "81 characters"),
        ("bad\x07name", "control character"),
        ("a\u202eb", "control character"),
        ("a\u2028b", "control character"),
        ("a\ud800b", "control character"),
    ],
)
def test_a_name_that_cannot_be_given_makes_a_rename_obsolete(name: str, reason: str) -> None:
    outcome = last(edit("rename", "e1", name=name))
    assert outcome.status == "obsolete"
    assert reason in outcome.reason


def test_a_name_of_another_parent_s_child_may_be_given() -> None:
    assert last(edit("rename", "e1", name="Shoes")).status == "in force"


# Merging


def test_a_merge_on_level_two_brings_products_keywords_and_examples_together() -> None:
    tree = visible(edit("merge", "e1", others=("e2",)))
    merged = tree.taxonomy[TopicId("e1")]
    assert "e2" not in ids(tree)
    assert merged.size == 6
    assert place(tree, "Zoom camera") == ("e", "e1")
    # 4 products of e1, 2 of e2: 0.8 * 4 / 6, 0.4, 0.8 * 2 / 6; cut to two.
    assert [term for term, _ in merged.keywords] == ["phones", "shared"]
    assert [weight for _, weight in merged.keywords] == pytest.approx([0.8 * 4 / 6, 0.4])
    assert merged.examples == ("p1", "p5")
    assert len(tree.cloud_terms[TopicId("e1")]) == 3
    assert_sound(tree)


def test_the_centroid_of_a_merged_category_is_the_mean_by_size() -> None:
    centroid = visible(edit("merge", "e1", others=("e2",))).centroids[TopicId("e1")]
    wanted = np.zeros(len(SHOP))
    wanted[[1, 2]] = np.array([4, 2]) / np.hypot(4, 2)
    np.testing.assert_allclose(centroid, wanted, atol=1e-6)


def test_categories_of_another_parent_are_merged_into_the_parent_of_the_one_that_stays() -> None:
    result = edited(edit("merge", "c2", others=("e3",)))
    assert place(result.tree, "Cable") == ("c", "c2")
    assert result.tree.taxonomy[TopicId("e")].size == 7
    assert result.tree.taxonomy[TopicId("c")].size == 6
    assert result.outcomes[0].products == 1
    assert_sound(result.tree)


def test_the_centroids_of_both_parents_follow_a_merge_from_one_to_the_other() -> None:
    tree = visible(edit("merge", "c2", others=("e3",)))
    left, gained = np.zeros(len(SHOP)), np.zeros(len(SHOP))
    left[[1, 2]] = np.array([4, 2]) / np.hypot(4, 2)
    gained[[4, 3]] = np.array([5, 1]) / np.hypot(5, 1)
    np.testing.assert_allclose(tree.centroids[TopicId("e")], left, atol=1e-6)
    np.testing.assert_allclose(tree.centroids[TopicId("c")], gained, atol=1e-6)


def test_centroids_that_cancel_out_leave_the_one_that_was_there() -> None:
    tree = shop()
    opposite = {**tree.centroids, TopicId("c2"): -tree.centroids[TopicId("e2")]}
    log = [edit("merge", "e2", others=("c2",))]
    merged = apply_edits(replace(tree, centroids=opposite), log, PRODUCTS).tree
    np.testing.assert_array_equal(merged.centroids[TopicId("e2")], tree.centroids[TopicId("e2")])


def test_a_merge_on_level_one_brings_the_children_along_under_unlike_names() -> None:
    tree = visible(edit("merge", "e", others=("c", "b")))
    names = {topic.id: topic.name for topic in tree.taxonomy.children(TopicId("e"))}
    assert names == {
        "e1": "Phones",
        "e2": "Cameras",
        "e3": "Accessories",
        "c1": "Shoes",
        "c2": "Accessories (Clothing)",
    }
    assert place(tree, "Boot") == ("e", "c1")
    assert place(tree, "Atlas") == ("e", None)
    assert tree.taxonomy.level1[0].size == len(TITLES) - len(UNSORTED)
    assert_sound(tree)


def test_products_of_a_childless_category_stand_beside_the_children_that_a_merge_brings() -> None:
    tree = visible(edit("merge", "b", others=("c",)))
    assert place(tree, "Atlas") == ("b", None)
    assert fate(tree, "Atlas") == ("parent_only", 0.5)
    assert place(tree, "Belt") == ("b", "c2")
    assert fate(tree, "Belt") == ("core", 0.5)


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        (("c",), "another level"),
        (("e1",), "with itself"),
        ((), "with itself"),
        (("gone",), "the category gone is no longer there"),
    ],
)
def test_a_merge_of_what_cannot_be_merged_is_obsolete(others: tuple[str, ...], reason: str) -> None:
    outcome = last(edit("merge", "e1", others=others))
    assert outcome.status == "obsolete"
    assert reason in outcome.reason


def test_a_merge_goes_on_without_those_that_are_gone_and_says_so() -> None:
    outcome = last(edit("merge", "e1", others=("gone", "e2")))
    assert (outcome.status, outcome.products) == ("in force", 2)
    assert outcome.reason == "the category gone is no longer there"


# What the categories are made of


VOTES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "e": (("Tech > Phones", 0.5), ("Tech > Cameras", 0.25)),
    "e1": (("Tech > Phones", 0.9), ("Tech > Cameras", 0.1)),
    "e2": (("Tech > Cameras", 0.8), ("Tech > Bags", 0.2)),
    "c": (("Wear > Shoes", 0.6),),
    "c1": (("Wear > Shoes", 1.0),),
}
"""Category -> shares of the families that its products vote for; the others are in no catalogue."""


def votes_after(*edits: Edit) -> dict[str, tuple[tuple[str, float], ...]]:
    """The shares of every category after the edits."""
    tree = shop()
    topics = [replace(topic, catalogue=VOTES.get(topic.id, ())) for topic in tree.taxonomy.topics]
    edited_tree = apply_edits(replace(tree, taxonomy=Taxonomy(topics)), edits, PRODUCTS).tree
    return {topic.id: topic.catalogue for topic in edited_tree.taxonomy.topics}


def test_families_of_a_merged_category_are_the_mean_by_size() -> None:
    votes = votes_after(edit("merge", "e1", others=("e2",)))
    # 4 products of e1, 2 of e2.
    assert votes["e1"] == (
        ("Tech > Phones", 0.6),
        ("Tech > Cameras", round((4 * 0.1 + 2 * 0.8) / 6, 4)),
        ("Tech > Bags", round(2 * 0.2 / 6, 4)),
    )
    assert {topic: votes[topic] for topic in ("e", "c", "c1", "b")} == {
        topic: VOTES.get(topic, ()) for topic in ("e", "c", "c1", "b")
    }


def test_products_that_no_catalogue_knows_count_in_the_shares_of_a_merged_category() -> None:
    # 4 products of e1, 1 of e3, which votes for nothing.
    votes = votes_after(edit("merge", "e1", others=("e3",)))
    assert votes["e1"] == (("Tech > Phones", 0.72), ("Tech > Cameras", 0.08))
    assert votes_after(edit("merge", "c2", others=("b",)))["c2"] == ()


def test_families_of_both_main_categories_follow_a_move() -> None:
    votes = votes_after(edit("move", "e2", parent="c"))
    # 4 products of e1 and 1 of e3 are left; 5 of c, 2 of e2 are there now.
    assert votes["e"] == (("Tech > Phones", 0.72), ("Tech > Cameras", 0.08))
    assert votes["c"] == (
        ("Wear > Shoes", round(5 * 0.6 / 7, 4)),
        ("Tech > Cameras", round(2 * 0.8 / 7, 4)),
        ("Tech > Bags", round(2 * 0.2 / 7, 4)),
    )
    assert (votes["e2"], votes["c1"]) == (VOTES["e2"], VOTES["c1"])


@pytest.mark.parametrize(
    "other",
    [
        edit("rename", "e1", name="Telephones"),
        edit("hide", "b"),
        edit("pin", "e1", word="boot"),
        edit("split", "e1"),
    ],
)
def test_families_of_a_category_stay_where_an_edit_does_not_touch_its_parts(other: Edit) -> None:
    votes = votes_after(other)
    assert votes == {topic: VOTES.get(topic, ()) for topic in votes}


# Moving


def test_a_move_brings_a_category_with_its_products_to_another_parent() -> None:
    result = edited(edit("move", "e2", parent="c"))
    tree = result.tree
    assert tree.taxonomy[TopicId("e2")].parent == "c"
    assert place(tree, "Camera bag") == ("c", "e2")
    assert (tree.taxonomy[TopicId("e")].size, tree.taxonomy[TopicId("c")].size) == (6, 7)
    assert result.outcomes[0].products == 2
    assert_sound(tree)


def test_the_centroids_of_both_parents_follow_a_move() -> None:
    tree = visible(edit("move", "e2", parent="c"))
    left, gained = np.zeros(len(SHOP)), np.zeros(len(SHOP))
    left[[1, 3]] = np.array([4, 1]) / np.hypot(4, 1)
    gained[[4, 2]] = np.array([5, 2]) / np.hypot(5, 2)
    np.testing.assert_allclose(tree.centroids[TopicId("e")], left, atol=1e-6)
    np.testing.assert_allclose(tree.centroids[TopicId("c")], gained, atol=1e-6)
    np.testing.assert_array_equal(tree.centroids[TopicId("b")], shop().centroids[TopicId("b")])


def test_the_last_child_may_be_moved_away_and_a_childless_category_may_get_one() -> None:
    tree = visible(edit("move", "c1", parent="b"), edit("move", "c2", parent="b"))
    assert tree.taxonomy.children(TopicId("c")) == []
    assert tree.taxonomy[TopicId("c")].size == 0
    assert [topic.id for topic in tree.taxonomy.children(TopicId("b"))] == ["c1", "c2"]
    assert fate(tree, "Atlas") == ("parent_only", 0.5)
    assert_sound(tree)


def test_examples_that_moved_away_are_replaced() -> None:
    before = shop().taxonomy[TopicId("e")].examples
    tree = visible(edit("move", "e1", parent="c"))
    after = tree.taxonomy[TopicId("e")].examples
    assert before == ("p0", "p1")
    assert len(after) == 2
    assert after[0] == "p0"
    assert after[1] != "p1"
    assert_sound(tree)


def test_new_examples_are_sure_ones_and_no_two_read_alike() -> None:
    # p0 and p1 are the examples of Electronics; p5 and p6, in Cameras, come to read alike.
    titles = list(TITLES)
    titles[6] = titles[5].upper()
    log = [
        edit("pin", "b", products=("p0", "p1", "p2", "p3", "p4")),
        edit("pin", "e2", word="boot"),
    ]
    tree = apply_edits(shop(), log, replace(PRODUCTS, titles=titles)).tree
    assert tree.taxonomy[TopicId("e")].examples == (f"p{TITLES.index('Boot')}", "p5")
    log = [edit("hide", "e3"), edit("pin", "b", products=("p0", "p1", "p2", "p3", "p4", "p7"))]
    tree = apply_edits(shop(), log, replace(PRODUCTS, titles=titles)).tree
    assert tree.taxonomy[TopicId("e")].examples == ("p5",)


@pytest.mark.parametrize(
    ("topic", "parent", "reason"),
    [
        ("e3", "c", "already has a subcategory with the name Accessories"),
        ("b", "c", "is on level one"),
        ("e1", "c1", "is on level two"),
        ("e1", "gone", "the category gone is no longer there"),
    ],
)
def test_a_move_that_cannot_be_made_is_obsolete(topic: str, parent: str, reason: str) -> None:
    outcome = last(edit("move", topic, parent=parent))
    assert outcome.status == "obsolete"
    assert reason in outcome.reason


def test_a_move_to_where_a_refit_has_put_it_anyway_stays_in_force() -> None:
    assert last(edit("move", "e1", parent="e")).status == "in force"


# Hiding


def test_products_of_a_hidden_level_one_category_become_unsorted() -> None:
    result = edited(edit("hide", "c"))
    assert ids(result.tree) == {"e", "e1", "e2", "e3", "b"}
    assert place(result.tree, "Belt") == (None, None)
    assert fate(result.tree, "Belt") == ("unsorted", 0.0)
    assert result.outcomes[0].products == 5
    assert_sound(result.tree)


def test_products_of_a_hidden_level_two_category_stay_with_the_parent() -> None:
    tree = visible(edit("hide", "c1"))
    assert place(tree, "Boot") == ("c", None)
    assert fate(tree, "Boot") == ("parent_only", 0.5)
    assert tree.taxonomy[TopicId("c")].size == 5
    assert_sound(tree)


# Pinning


def test_a_pin_puts_the_listed_products_into_the_category_for_certain() -> None:
    result = edited(edit("pin", "c1", products=("p0", "elsewhere")))
    assert place(result.tree, "USB hub") == ("c", "c1")
    assert fate(result.tree, "USB hub") == ("pinned", 1.0)
    assert result.outcomes == (
        EditOutcome(1, edit("pin", "c1", products=("p0", "elsewhere")), "in force", "", 1),
    )
    assert_sound(result.tree)


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("cat food", "Cat food, 2 kg"),
        ("CAT FOOD", "Dry cat   food"),
        ("cat food", "Cat-Food deluxe"),
        ("straße", "STRASSE atlas"),
        ("café", "Cafe\u0301 set"),
        ("किताब", "नई किताब"),
        ("手机", "华为手机壳"),
        ("2", "Pack of 2"),
    ],
)
def test_a_pin_by_words_finds_them_in_a_row_whatever_their_case_and_form(
    word: str, title: str
) -> None:
    assert _pinned_by_word(word, title)


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("cat", "Catalogue"),
        ("cat food", "Food for a cat"),
        ("cat food", "Cat and food"),
        ("किताब", "किताबें"),
        ("!", "Sale!"),
        ("cat", ""),
    ],
)
def test_a_pin_by_words_takes_nothing_but_whole_words_in_a_row(word: str, title: str) -> None:
    assert not _pinned_by_word(word, title)


def _pinned_by_word(word: str, title: str) -> bool:
    placed = Assignments(["new"], [None], [None], np.zeros(1, dtype=np.float32), ["unsorted"])
    pin = edit("pin", "b", word=word)
    product = Products(["new"], [title], [""])
    return list(route(shop().taxonomy, [pin], placed, product).level1) == ["b"]


def test_a_pin_by_attribute_is_blind_to_case_and_blanks() -> None:
    result = edited(edit("pin", "b", attribute=("BRAND", "acme")))
    assert place(result.tree, "USB hub") == ("b", None)
    assert place(result.tree, "Cat food, 2 kg") == ("b", None)
    assert result.outcomes[0].products == 2


def test_a_pin_to_level_one_leaves_products_in_the_subcategory_they_have_there() -> None:
    result = edited(edit("pin", "e", word="phone"))
    assert place(result.tree, "Red phone") == ("e", "e1")
    assert fate(result.tree, "Red phone") == ("pinned", 1.0)
    assert result.outcomes[0].products == 0


def test_a_later_pin_wins() -> None:
    tree = visible(edit("pin", "b", word="phone"), edit("pin", "c1", products=("p1",)))
    assert place(tree, "Red phone") == ("c", "c1")
    assert place(tree, "Blue phone") == ("b", None)


def test_pinned_products_go_where_their_category_goes() -> None:
    pin = edit("pin", "e2", products=("p0",))
    assert place(visible(pin, edit("move", "e2", parent="c")), "USB hub") == ("c", "e2")
    assert place(visible(pin, edit("merge", "c1", others=("e2",))), "USB hub") == ("c", "c1")
    hidden = visible(pin, edit("hide", "e2"))
    assert fate(hidden, "USB hub") == ("parent_only", 1.0)


def test_a_pin_of_products_that_are_all_gone_is_obsolete() -> None:
    outcome = last(edit("pin", "b", products=("x", "y")))
    assert (outcome.status, outcome.reason) == (
        "obsolete",
        "none of its products is in this dump",
    )


def test_a_pin_by_a_word_that_no_title_has_yet_stays_in_force() -> None:
    assert last(edit("pin", "b", word="zeppelin")).status == "in force"


def test_a_pin_that_names_no_products_is_obsolete() -> None:
    assert last(edit("pin", "b")).status == "obsolete"


def test_products_that_are_not_in_the_run_are_routed_as_those_that_are() -> None:
    tree = shop()
    edits = [
        edit("merge", "e1", others=("e2",)),
        edit("move", "e3", parent="b"),
        edit("hide", "c2"),
        edit("pin", "b", word="zeppelin"),
    ]
    new = Assignments(
        ["n1", "n2", "n3", "n4"],
        [TopicId("e"), TopicId("e"), TopicId("c"), None],
        [TopicId("e2"), TopicId("e3"), TopicId("c2"), None],
        np.array([0.9, 0.8, 0.7, 0.0], dtype=np.float32),
        ["reassigned", "reassigned", "reassigned", "unsorted"],
    )
    products = Products(new.product_ids, ["a", "b", "c", "Toy zeppelin"], [""] * 4)
    routed = route(tree.taxonomy, edits, new, products)
    assert list(routed.level1) == ["e", "b", "c", "b"]
    assert list(routed.level2) == ["e1", "e3", None, None]
    assert list(routed.methods) == ["reassigned", "reassigned", "parent_only", "pinned"]
    np.testing.assert_allclose(routed.confidence, [0.9, 0.8, 0.7, 1.0])


# Splitting and undoing


def test_a_split_waits_for_the_next_refit_and_is_in_force_after_it() -> None:
    waiting, done = edited(edit("split", "e1")), edited(edit("split", "e1", done=TIME))
    assert waiting.outcomes[0].status == "waiting"
    assert waiting.outcomes[0].reason == "carried out by the next refit"
    assert (done.outcomes[0].status, done.outcomes[0].reason) == ("in force", "")
    assert last(edit("split", "gone", done=TIME)).status == "obsolete"


def test_a_split_alone_leaves_the_tree_as_it_is() -> None:
    tree = shop()
    assert apply_edits(tree, [edit("split", "e1")], PRODUCTS).tree is tree


def test_an_undone_edit_is_not_applied() -> None:
    tree = shop()
    result = apply_edits(tree, [edit("hide", "e"), edit("undo", number=1)], PRODUCTS)
    assert result.tree is tree
    assert [outcome.status for outcome in result.outcomes] == ["undone", "in force"]


def test_an_undo_can_be_undone_and_so_on() -> None:
    log = [edit("hide", "b"), edit("undo", number=1)]
    for number, hidden in [(2, True), (3, False), (4, True)]:
        log.append(edit("undo", number=number))
        result = edited(*log)
        assert ("b" not in ids(result.tree)) == hidden
        assert result.outcomes[number - 1].status == "undone"
        assert result.outcomes[-1].status == "in force"


def test_an_undo_lets_later_edits_be_possible_again() -> None:
    log = [edit("hide", "e1"), edit("rename", "e1", name="Mobiles")]
    assert last(*log).status == "obsolete"
    outcomes = edited(*log, edit("undo", number=1)).outcomes
    assert [outcome.status for outcome in outcomes] == ["undone", "in force", "in force"]


@pytest.mark.parametrize("number", [0, 2, 3, -1])
def test_an_undo_of_no_earlier_edit_is_obsolete(number: int) -> None:
    outcome = last(edit("rename", "b", name="Reading"), edit("undo", number=number))
    assert (outcome.status, outcome.reason) == (
        "obsolete",
        f"there is no edit {number} before it",
    )


def test_a_split_that_a_refit_has_carried_out_cannot_be_undone() -> None:
    outcomes = edited(edit("split", "e1", done=TIME), edit("undo", number=1)).outcomes
    assert [outcome.status for outcome in outcomes] == ["in force", "obsolete"]


# Categories that are gone


def test_an_edit_of_a_category_that_is_gone_says_why_it_is() -> None:
    outcomes = edited(
        edit("merge", "e1", others=("e2",)),
        edit("hide", "c"),
        edit("rename", "e2", name="Photo"),
        edit("pin", "c1", products=("p0",)),
        edit("move", "e3", parent="c"),
        edit("hide", "retired"),
        edit("split", None),
    ).outcomes
    assert [outcome.reason for outcome in outcomes[2:]] == [
        "the category Cameras (e2) was merged into Phones (e1) by edit 1",
        "the category Shoes (c1) is hidden with Clothing (c) by edit 2",
        "the category Clothing (c) is hidden by edit 2",
        "the category retired is no longer there",
        "the edit names no category",
    ]
    assert {outcome.status for outcome in outcomes[2:]} == {"obsolete"}


def test_a_log_of_obsolete_edits_gives_the_very_same_tree() -> None:
    tree = shop()
    log = [edit("hide", "gone"), edit("pin", "b", products=("gone",))]
    assert apply_edits(tree, log, PRODUCTS).tree is tree


def test_inputs_are_left_as_they_were() -> None:
    tree, untouched = shop(), shop()
    apply_edits(tree, [edit("merge", "e", others=("c",)), edit("hide", "b")], PRODUCTS)
    assert tree.taxonomy == untouched.taxonomy
    assert list(tree.assignments.level1) == list(untouched.assignments.level1)
    np.testing.assert_array_equal(tree.assignments.confidence, untouched.assignments.confidence)
    assert tree.cloud_terms == untouched.cloud_terms


# The log as a file

LOG = [
    edit("rename", "e1", name='Phones, "smart"\u2028& more 📱'),
    edit("merge", "e1", others=("e2", "e3")),
    edit("move", "e1", parent="c"),
    edit("split", "e1"),
    edit("split", "e2", done=TIME),
    edit("pin", "b", products=("p1", "p2"), word="cat food", attribute=("Brand", "Acme")),
    edit("pin", "b", word="Café"),
    edit("hide", "b"),
    edit("undo", number=3),
]


def test_every_action_survives_the_log() -> None:
    content = format_edits(LOG)
    assert parse_edits(content, "edits.jsonl") == LOG
    assert format_edits(parse_edits(content, "edits.jsonl")) == content
    assert content.count(b"\n") == len(LOG)
    assert "Café" in content.decode()


def test_a_line_holds_only_what_has_a_value() -> None:
    assert format_edits([edit("undo", number=2)]) == (
        b'{"action": "undo", "number": 2, "time": "2025-06-01T12:00:00+00:00"}\n'
    )


def test_what_editors_do_to_a_file_is_no_damage() -> None:
    content = b"\xef\xbb\xbf" + format_edits(LOG).replace(b"\n", b"\r\n\r\n")
    assert parse_edits(content, "edits.jsonl") == LOG
    assert parse_edits(format_edits(LOG).rstrip(b"\n"), "edits.jsonl") == LOG
    assert parse_edits(b"", "edits.jsonl") == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"action": "hide"', "it is not JSON"),
        ("[1]", "it is not a JSON object"),
        ("[" * 100_000, "it is not"),
        ('{"action": "hyde", "topic": "e", "time": "TIME"}', "'hyde' is no action"),
        ('{"action": ["hide"], "topic": "e", "time": "TIME"}', "is no action"),
        ('{"topic": "e", "time": "TIME"}', "action is missing"),
        ('{"action": "hide", "topic": "e"}', "time is missing"),
        ('{"action": "hide", "topic": "e", "time": "noon"}', "time should be a time"),
        ('{"action": "hide", "time": "TIME"}', "hide needs topic"),
        ('{"action": "hide", "topic": 5, "time": "TIME"}', "topic should be a valid string, got 5"),
        ('{"action": "hide", "topic": "", "time": "TIME"}', "topic should have at least 1"),
        ('{"action": "hide", "topic": null, "time": "TIME"}', "topic should be a valid string"),
        ('{"action": "hide", "topic": "e", "tpic": "e", "time": "TIME"}', "'tpic' is no key"),
        ('{"action": "hide", "topic": "e", "topic": "b", "time": "TIME"}', "a key occurs twice"),
        ('{"action": "hide", "topic": "e", "name": "E", "time": "TIME"}', "hide takes no name"),
        ('{"action": "rename", "topic": "e", "time": "TIME"}', "rename needs name"),
        ('{"action": "merge", "topic": "e", "others": "b", "time": "TIME"}', "others should be"),
        ('{"action": "merge", "topic": "e", "others": [], "time": "TIME"}', "others should have"),
        ('{"action": "move", "topic": "e", "time": "TIME"}', "move needs parent"),
        ('{"action": "pin", "topic": "e", "time": "TIME"}', "pin needs products or word"),
        (
            '{"action": "pin", "topic": "e", "attribute": {"name": "x"}, "time": "TIME"}',
            "attribute.value is missing",
        ),
        ('{"action": "undo", "time": "TIME"}', "undo needs number"),
        ('{"action": "undo", "number": "1", "time": "TIME"}', "number should be a valid integer"),
        ('{"action": "undo", "number": true, "time": "TIME"}', "number should be a valid integer"),
        ('{"action": "undo", "number": 0, "time": "TIME"}', "number should be greater than"),
        ('{"action": "hide", "topic": "\\ud800", "time": "TIME"}', "topic should be a valid"),
    ],
)
def test_a_damaged_line_is_named_by_its_number(line: str, problem: str) -> None:
    content = format_edits(LOG[:1]) + b"\n" + line.replace("TIME", TIME).encode() + b"\n"
    with pytest.raises(RunError) as caught:
        parse_edits(content, "june/edits.jsonl")
    message = str(caught.value)
    assert message.startswith("june/edits.jsonl line 3: ")
    assert message.endswith(" Mend or delete that line.")
    assert problem in message
    assert len(message) < 300
    assert "\n" not in message


def test_a_line_that_is_not_text_is_named_by_its_number() -> None:
    with pytest.raises(RunError, match=r"log line 1: it is not UTF-8 text \(byte 3\)"):
        parse_edits(b"{\x22\xff", "log")


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@budget(max_examples=100, deadline=None)
def test_whatever_a_log_holds_the_answer_is_edits_or_a_run_error(content: bytes) -> None:
    try:
        edits = parse_edits(content, "log")
    except RunError:
        return
    assert edits == []


# What people type


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("e1", "e1"),
        ("phones", "e1"),
        ("  PHONES ", "e1"),
        ("Clothing > Accessories", "c2"),
        ("electronics>accessories", "e3"),
    ],
)
def test_a_category_is_found_by_id_name_or_path(words: str, wanted: str) -> None:
    assert find_topic(shop().taxonomy, words).id == wanted


def test_an_ambiguous_name_is_answered_by_its_candidates() -> None:
    with pytest.raises(RunError) as caught:
        find_topic(shop().taxonomy, "accessories")
    assert "Clothing > Accessories (c2)" in str(caught.value)
    assert "Electronics > Accessories (e3)" in str(caught.value)


def test_an_unknown_name_is_answered_by_the_nearest() -> None:
    with pytest.raises(RunError, match=r"Did you mean Electronics > Cameras \(e2\)\?"):
        find_topic(shop().taxonomy, "Camera")
    with pytest.raises(RunError, match="`topicmodel names RUN` lists them all"):
        find_topic(shop().taxonomy, "zzzzzz")


SO_FAR = [
    edit("hide", "c1"),
    edit("split", "e1"),
    edit("rename", "b", name="Reading"),
    edit("undo", number=3),
]


@pytest.mark.parametrize(
    "new",
    [
        edit("rename", "e2", name="Photo"),
        edit("merge", "e2", others=("e3",)),
        edit("move", "e2", parent="c"),
        edit("split", "e3"),
        edit("pin", "b", word="atlas"),
        edit("pin", "b", products=("p1", "nowhere")),
        edit("hide", "e"),
        edit("undo", number=1),
        edit("undo", number=4),
    ],
)
def test_an_edit_that_would_be_in_force_passes_the_check(new: Edit) -> None:
    check_edit(shop().taxonomy, SO_FAR, new, IDS)
    assert last(*SO_FAR, new).status in ("in force", "waiting")


@pytest.mark.parametrize(
    ("new", "problem"),
    [
        (edit("hide", "Phones"), r"no category 'Phones'. Did you mean Electronics > Phones \(e1\)"),
        (edit("hide", "zzzzzz"), "`topicmodel names RUN` lists them all"),
        (edit("hide"), "The edit names no category. Name one."),
        (edit("hide", "c1"), "is hidden by edit 1. Undo edit 1 first."),
        (edit("rename", "e1", name="Cameras"), "has that name. Choose another name"),
        (edit("rename", "e1", name=""), "is empty"),
        (edit("rename", "e1", name="x" * 81), "81 characters. Give one of up to 80."),
        (edit("rename", "e1", name="a\nb"), "control character"),
        (edit("move", "b", parent="e"), "is on level one"),
        (edit("move", "e1", parent="e"), "is there already"),
        (edit("merge", "e", others=("e1",)), "on another level"),
        (edit("merge", "e", others=("e",)), "cannot be merged with itself"),
        (edit("merge", "e", others=("e", "b")), "cannot be merged with itself"),
        (edit("merge", "e1", others=("e2", "c1")), "is merged or hidden already"),
        (edit("merge", "e1", others=("Cameras",)), "Did you mean"),
        (edit("pin", "b"), "names no products. Give ids"),
        (edit("pin", "b", products=("nowhere",)), "None of these products is in the run"),
        (edit("pin", "b", word="!?"), "no word in"),
        (edit("pin", "b", word="a\udcff"), "cannot hold this edit: it holds characters"),
        (edit("pin", "b", products=("p1", "")), "cannot hold this edit: products.1 should have"),
        (edit("hide", "b", word="lamp"), "cannot hold this edit: hide takes no word"),
        (replace(edit("hide", "b"), time="noon"), "cannot hold this edit: time should be"),
        (edit("pin", "b", attribute=("Brand", " ")), "needs its name and its value"),
        (edit("split", "e1"), "Edit 2 asks for this split already"),
        (edit("undo", number=9), "There is no edit 9 before it"),
        (edit("undo", number=3), "Edit 3 is undone already"),
    ],
)
def test_an_edit_that_would_not_be_in_force_is_refused_with_a_remedy(
    new: Edit, problem: str
) -> None:
    with pytest.raises(RunError, match=problem) as caught:
        check_edit(shop().taxonomy, SO_FAR, new, IDS)
    assert str(caught.value).endswith((".", "?"))


# Any tree, any log

_NAMES = ("Tea", "Mugs", "Lamps", "Rugs")
_FIELDS = {
    "rename": ("topic", "name"),
    "merge": ("topic", "others"),
    "move": ("topic", "parent"),
    "split": ("topic", "done"),
    "pin": ("topic", "products", "word", "attribute"),
    "hide": ("topic",),
    "undo": ("number",),
}


@st.composite
def trees(draw: st.DrawFn) -> tuple[Tree, list[str]]:
    """A tree of up to four times two categories, of which some are empty, and titles."""
    places: list[tuple[TopicId | None, TopicId | None]] = [(None, None)]
    bones: list[tuple[TopicId, TopicId | None, str]] = []
    shapes = st.lists(st.integers(0, 2), min_size=2, max_size=4)
    for n_children in draw(shapes | st.sampled_from([[], [0], [2]])):
        top = TopicId(f"t{len(bones)}")
        bones.append((top, None, f"Top {top}"))
        places.append((top, None))
        for _ in range(n_children):
            below = TopicId(f"t{len(bones)}")
            bones.append((below, top, _NAMES[len(bones) % len(_NAMES)]))
            places.append((top, below))
    rows = draw(st.lists(st.sampled_from(places), max_size=25))
    title = st.sampled_from(["green tea", "Tea cup", "lamp", ""])
    titles = draw(st.lists(title, min_size=len(rows), max_size=len(rows)))
    return _tree_of(bones, rows), titles


def _tree_of(
    bones: Sequence[tuple[TopicId, TopicId | None, str]],
    rows: Sequence[tuple[TopicId | None, TopicId | None]],
) -> Tree:
    topics = []
    for topic, parent, name in bones:
        members = [f"p{n}" for n, row in enumerate(rows) if topic in row]
        level, examples = (1 if parent is None else 2), tuple(members[:3])
        terms = ((name.lower(), 0.5), (topic, 0.5))
        topics.append(Topic(topic, parent, level, name, terms, len(members), examples))
    vectors = np.random.default_rng(len(rows)).normal(size=(len(bones), 3))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Tree(
        Taxonomy(sorted(topics, key=lambda topic: (topic.level, -topic.size, topic.id))),
        Assignments(
            product_ids=[f"p{n}" for n in range(len(rows))],
            level1=[level1 for level1, _ in rows],
            level2=[level2 for _, level2 in rows],
            confidence=np.full(len(rows), 0.5, dtype=np.float32),
            methods=["core" if level1 else "unsorted" for level1, _ in rows],
        ),
        {bone[0]: vectors[n].astype(np.float32) for n, bone in enumerate(bones)},
        {topic.id: topic.keywords for topic in topics},
    )


@st.composite
def edits_of(draw: st.DrawFn, tree: Tree) -> Edit:
    """An edit of this tree, possible or not, without what its action does not need."""
    tops = [topic.id for topic in tree.taxonomy.level1]
    level = st.sampled_from([tops, sorted(ids(tree) - set(tops)), [*sorted(ids(tree)), "gone"]])
    topics = st.sampled_from(draw(level) or ["gone"])
    name = st.sampled_from([*_NAMES, "tea", "Tea (Top t0)", "", "x" * 90, "a\x00"])
    values = {
        "topic": topics | st.none(),
        "name": name,
        "others": st.lists(topics, max_size=3).map(tuple),
        "parent": st.sampled_from([*tops, "gone"]) | topics,
        "products": st.lists(st.sampled_from(["p0", "p1", "p2", "x"]), max_size=3).map(tuple),
        "word": st.sampled_from(["", "tea", "green tea", "?"]),
        "attribute": st.sampled_from([("", ""), ("brand", "acme"), ("brand", "")]),
        "number": st.integers(-1, 9),
        "done": st.sampled_from(["", TIME]),
    }
    action = draw(st.sampled_from(sorted(_FIELDS)))
    return edit(action, **{field: draw(values[field]) for field in _FIELDS[action]})


@st.composite
def cases(draw: st.DrawFn, n_edits: int) -> tuple[Tree, Products, list[Edit]]:
    """A tree, its products, and a log of at least one edit."""
    tree, titles = draw(trees())
    attributes = ['{"Brand": "ACME"}' if n % 3 == 0 else "" for n in range(len(titles))]
    log = draw(st.lists(edits_of(tree), min_size=1, max_size=n_edits))
    return tree, Products(tree.assignments.product_ids, titles, attributes), log


@given(cases(n_edits=10))
@budget(max_examples=250, deadline=None)
def test_any_log_on_any_tree_gives_a_sound_tree(
    case: tuple[Tree, Products, list[Edit]],
) -> None:
    tree, products, log = case
    result = apply_edits(tree, log, products)
    assert_sound(result.tree)
    assert ids(result.tree) <= ids(tree)
    assert result.tree.assignments.product_ids == tree.assignments.product_ids
    assert [outcome.edit for outcome in result.outcomes] == log
    assert all(outcome.reason for outcome in result.outcomes if outcome.status == "obsolete")
    again = apply_edits(tree, log, products)
    assert again.outcomes == result.outcomes
    assert again.tree.taxonomy == result.tree.taxonomy
    for topic, centroid in result.tree.centroids.items():
        np.testing.assert_array_equal(centroid, again.tree.centroids[topic])
    routed = route(tree.taxonomy, log, tree.assignments, products)
    assert list(routed.level2) == list(result.tree.assignments.level2)


@given(cases(n_edits=10))
@budget(max_examples=100, deadline=None)
def test_undoing_everything_gives_the_fitted_tree_back(
    case: tuple[Tree, Products, list[Edit]],
) -> None:
    tree, products, log = case
    # From the last to the first, so that undone edits are not brought back.
    undone = [edit("undo", number=number) for number in range(len(log), 0, -1)]
    assert apply_edits(tree, [*log, *undone], products).tree is tree


@given(cases(n_edits=5))
@budget(max_examples=150, deadline=None)
def test_an_edit_that_passes_the_check_is_in_force_or_waits_and_can_be_written(
    case: tuple[Tree, Products, list[Edit]],
) -> None:
    tree, products, (*log, new) = case
    try:
        check_edit(tree.taxonomy, log, new, tree.assignments.product_ids)
    except RunError:
        return
    assert parse_edits(format_edits([new]), "log") == [new]
    outcome = apply_edits(tree, [*log, new], products).outcomes[-1]
    assert outcome.status == ("waiting" if new.action == "split" and not new.done else "in force")
