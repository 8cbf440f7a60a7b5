from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import Planted, plant

from topicmodel.datatypes import (
    Assignments,
    Documents,
    Levels,
    Method,
    Names,
    Placement,
    Products,
    Taxonomy,
    Topic,
    TopicDescription,
    TopicId,
    Tree,
)
from topicmodel.geometry import centroids, number_by_size
from topicmodel.placement.fitted_texts import place
from topicmodel.taxonomy import build_tree, check, mint_ids

NAMES = Names(
    [
        TopicDescription(f"Group {n}", (("word", 0.5),), (("word", 0.5), ("more", 0.4)))
        for n in range(4)
    ],
    [TopicDescription(f"Subgroup {n}", (), ()) for n in range(12)],
)


def ids_of(documents: Documents, levels: Levels) -> tuple[list[TopicId], list[TopicId]]:
    ids = mint_ids(documents.texts, levels.level1)
    return ids, mint_ids(documents.texts, levels.level2, ids)


@pytest.fixture(scope="module")
def shop() -> Planted:
    return plant()


@pytest.fixture(scope="module")
def placement(shop: Planted) -> Placement:
    """The true places, save for every tenth text, which stays with its parent, and some nowhere."""
    placed = place(shop.corpus, shop.levels)
    rows = np.arange(len(shop.texts))
    methods: list[Method] = [
        "unsorted" if row % 24 == 3 else "parent_only" if row % 10 == 0 else "core" for row in rows
    ]
    nowhere, upper = np.array(methods) == "unsorted", np.array(methods) == "parent_only"
    return Placement(
        level1=np.where(nowhere, -1, shop.groups),
        level2=np.where(nowhere | upper, -1, shop.subgroups),
        confidence=np.where(nowhere, 0, placed.confidence).astype(np.float32),
        methods=methods,
    )


@pytest.fixture(scope="module")
def documents(shop: Planted) -> Documents:
    """Two products with each of the first 50 texts, one with each other, three without text."""
    own = shop.documents
    rows = np.r_[np.arange(240), np.arange(50), [-1] * 3]
    ids = [f"p{number:03}" for number in range(len(rows))]
    titles = [shop.titles[row] if row >= 0 else "" for row in rows]
    products = Products(ids, titles, attributes=[""] * len(rows))
    return replace(own, products=products, text_of_product=rows)


def with_titles(documents: Documents, titles: list[str]) -> Documents:
    return replace(documents, products=replace(documents.products, titles=titles))


@pytest.fixture(scope="module")
def tree(shop: Planted, documents: Documents, placement: Placement) -> Tree:
    ids = ids_of(documents, shop.levels)
    return build_tree(documents, shop.vectors, shop.levels, placement, NAMES, ids, n_examples=5)


def test_sizes_add_up(tree: Tree) -> None:
    found = tree.assignments
    upper, lower = Counter(found.level1), Counter(found.level2)
    for topic in tree.taxonomy.topics:
        assert topic.size == (upper if topic.level == 1 else lower)[topic.id]
    for parent in tree.taxonomy.level1:
        direct = sum(
            level1 == parent.id and level2 is None
            for level1, level2 in zip(found.level1, found.level2, strict=True)
        )
        children = tree.taxonomy.children(parent.id)
        assert direct > 0
        assert parent.size == direct + sum(child.size for child in children)
    assert sum(topic.size for topic in tree.taxonomy.level1) + upper[None] == 293


def test_every_product_is_where_its_text_is(
    tree: Tree, documents: Documents, placement: Placement
) -> None:
    found = tree.assignments
    assert list(found.product_ids) == list(documents.products.ids)
    assert found.level1[240:290] == found.level1[:50]
    assert found.level2[240:290] == found.level2[:50]
    assert list(found.methods[:240]) == list(placement.methods)
    np.testing.assert_array_equal(found.confidence[:240], placement.confidence)


def test_a_product_without_text_is_unsorted(tree: Tree) -> None:
    found = tree.assignments
    assert list(found.methods[-3:]) == ["unsorted"] * 3
    assert found.level1[-3:] == found.level2[-3:] == [None] * 3
    assert found.confidence[-3:].tolist() == [0] * 3


def test_parents_come_first_and_siblings_by_falling_size(tree: Tree) -> None:
    topics = tree.taxonomy.topics
    assert [topic.level for topic in topics] == [1] * 4 + [2] * 12
    for siblings in (topics[:4], *(tree.taxonomy.children(top.id) for top in topics[:4])):
        sizes = [topic.size for topic in siblings]
        assert sizes == sorted(sizes, reverse=True)


def test_children_hang_below_the_parent_that_holds_them(tree: Tree) -> None:
    names = {topic.id: topic.name for topic in tree.taxonomy.topics}
    below = {topic.name: names[topic.parent] for topic in tree.taxonomy.topics if topic.parent}
    assert below == {f"Subgroup {n}": f"Group {n // 3}" for n in range(12)}


def test_examples_have_different_titles_the_most_central_first(
    tree: Tree, documents: Documents, placement: Placement, shop: Planted
) -> None:
    rows = {product: row for row, product in enumerate(documents.products.ids)}
    centres = centroids(shop.vectors, shop.groups)
    for topic in tree.taxonomy.level1:
        examples = [rows[product] for product in topic.examples]
        group = int(shop.groups[examples[0]])
        similarity = shop.vectors @ centres[group]
        assert len({documents.products.titles[row] for row in examples}) == len(examples) == 5
        assert {tree.assignments.level1[row] for row in examples} == {topic.id}
        found = similarity[examples]
        assert (np.diff(found) <= 1e-5).all()
        assert found[0] == pytest.approx(similarity[placement.level1 == group].max())
        skipped = set(np.flatnonzero((placement.level1 == group) & (similarity > found[-1] + 1e-5)))
        shown = {documents.products.titles[row] for row in examples}
        assert {documents.products.titles[row] for row in skipped} <= shown


def test_a_title_that_repeats_is_one_example(shop: Planted, placement: Placement) -> None:
    documents = with_titles(shop.documents, ["Towel", "TOWEL"] * 120)
    ids = ids_of(documents, shop.levels)
    tree = build_tree(documents, shop.vectors, shop.levels, placement, NAMES, ids, n_examples=5)
    assert {len(topic.examples) for topic in tree.taxonomy.topics} == {1}


def test_every_topic_has_a_centroid_and_words_for_its_cloud(tree: Tree, shop: Planted) -> None:
    ids = [topic.id for topic in tree.taxonomy.topics]
    assert list(tree.centroids) == list(tree.cloud_terms)
    assert set(tree.centroids) == set(ids)
    for topic in tree.taxonomy.level1:
        group = int(topic.name.removeprefix("Group "))
        expected = centroids(shop.vectors, shop.groups)[group]
        np.testing.assert_array_equal(tree.centroids[topic.id], expected)
        assert tree.cloud_terms[topic.id] == (("word", 0.5), ("more", 0.4))
        assert topic.keywords == (("word", 0.5),)


def test_a_tree_without_level_two_is_fine(shop: Planted, placement: Placement) -> None:
    flat = replace(shop.levels, level2=np.full(240, -1))
    placed = replace(placement, level2=np.full(240, -1))
    names = replace(NAMES, level2=[])
    ids = ids_of(shop.documents, flat)
    tree = build_tree(shop.documents, shop.vectors, flat, placed, names, ids, n_examples=2)
    assert [topic.level for topic in tree.taxonomy.topics] == [1] * 4
    assert set(tree.assignments.level2) == {None}


TEXTS = ["a", "b", "c", "d", "e"]


def test_the_same_members_get_the_same_id() -> None:
    first = mint_ids(TEXTS, np.array([0, 0, 1, 1, -1]))
    renumbered = mint_ids(TEXTS, np.array([1, 1, 0, 0, -1]))
    among_others = mint_ids(["0", *TEXTS], np.array([2, 0, 0, 1, 1, 2]))
    assert first == renumbered[::-1] == among_others[:2]


def test_other_members_get_another_id() -> None:
    ids = mint_ids(TEXTS, np.array([0, 0, 1, 1, 2]))
    others = mint_ids(TEXTS, np.array([0, 1, 1, 2, 2]))
    assert len({*ids, *others}) == 6
    assert mint_ids(["ab", "c"], np.array([0, 0])) != mint_ids(["a", "bc"], np.array([0, 0]))


def test_ids_are_unique_and_none_is_taken_twice() -> None:
    topics = np.array([0, 0, 1, 1, 2])
    taken = mint_ids(TEXTS, topics)
    again = mint_ids(TEXTS, topics, taken=taken)
    thrice = mint_ids(TEXTS, topics, taken=[*taken, *again])
    assert len({*taken, *again, *thrice}) == 9
    assert mint_ids(TEXTS, topics, taken=taken) == again


def test_topics_that_have_an_id_keep_it_and_the_others_get_new_ones() -> None:
    topics = np.array([0, 0, 1, 1, 2])
    fresh = mint_ids(TEXTS, topics)
    old = TopicId("told")
    ids = mint_ids(TEXTS, topics, taken=[old, TopicId("tgone")], known=[None, old, None])
    assert ids == [fresh[0], old, fresh[2]]


def test_an_id_that_was_ever_used_is_not_minted_again() -> None:
    topics = np.array([0, 0, 1, 1, 2])
    retired = mint_ids(TEXTS, topics)
    born = mint_ids(TEXTS, topics, taken=retired, known=[None, None, retired[2]])
    assert born[2] == retired[2]
    assert len({*retired, *born}) == 5


def test_an_id_is_not_minted_for_one_topic_while_a_later_one_has_it() -> None:
    topics = np.array([0, 0, 1, 1, 2])
    same = mint_ids(TEXTS, topics)[0]
    ids = mint_ids(TEXTS, topics, known=[None, None, same])
    assert ids[2] == same
    assert len(set(ids)) == 3


@given(
    places=st.lists(st.integers(0, 4), min_size=1, max_size=12),
    known=st.lists(st.booleans(), min_size=5, max_size=5),
    months=st.integers(1, 3),
)
def test_ids_stay_unique_and_none_comes_back_however_often_a_tree_changes(
    places: list[int], known: list[bool], months: int
) -> None:
    topics = number_by_size(np.array(places))
    texts = [f"text {row}" for row in range(len(places))]
    ids = mint_ids(texts, topics)
    ever = set(ids)
    for _ in range(months):
        kept = [own if keeps else None for own, keeps in zip(ids, known, strict=False)]
        ids = mint_ids(texts, topics, taken=ever, known=kept)
        assert len(set(ids)) == len(ids)
        for own, before in zip(ids, kept, strict=True):
            assert own == before if before else own not in ever
        ever |= set(ids)


def test_topics_of_the_same_texts_have_different_ids() -> None:
    assert len(set(mint_ids(["a", "a"], np.array([0, 1])))) == 2


def test_no_topics_need_no_ids() -> None:
    assert mint_ids(TEXTS, np.full(5, -1)) == []
    assert mint_ids([], np.empty(0, dtype=np.int64)) == []


def topic(name: str, parent: str | None = None) -> Topic:
    level = 1 if parent is None else 2
    return Topic(TopicId(name.lower()), TopicId(parent) if parent else None, level, name, (), 1, ())


def assignments(*rows: tuple[str, str | None, str | None]) -> Assignments:
    ids, level1, level2 = zip(*rows, strict=True)
    confidence = np.ones(len(rows), dtype=np.float32)
    methods: Sequence[Method] = ["core"] * len(rows)
    return Assignments(ids, level1, level2, confidence, methods)


SOUND = [topic("A"), topic("B"), topic("A1", "a"), topic("A2", "a")]
PRODUCTS = [("p1", "a", "a1"), ("p2", "a", None), ("p3", "b", None), ("p4", None, None)]


def complaint_about(
    topics: Sequence[Topic], products: Sequence[tuple[str, str | None, str | None]]
) -> str:
    """What is wrong with a tree; "" where nothing is."""
    try:
        check(Taxonomy(topics), assignments(*products))
    except AssertionError as broken:
        return str(broken)
    return ""


def test_a_sound_tree_passes() -> None:
    assert complaint_about(SOUND, PRODUCTS) == ""


@pytest.mark.parametrize(
    ("topics", "products", "complaint"),
    [
        ([*SOUND, topic("A1", "a")], PRODUCTS, "id is given twice"),
        ([*SOUND, replace(topic("A3", "a"), name="A1")], PRODUCTS, "siblings have one name"),
        ([*SOUND, replace(topic("C"), name="A")], PRODUCTS, "siblings have one name"),
        ([*SOUND, topic("B1", "b")], PRODUCTS, "single child"),
        (SOUND, [("p1", "b", "a1")], "not in its parent"),
        (SOUND, [("p1", None, "a1")], "not in its parent"),
        (SOUND, [("p1", "a", "b")], "not in its parent"),
        (SOUND, [*PRODUCTS, ("p1", "b", None)], "stands twice"),
    ],
)
def test_check_refuses_each_broken_promise(
    topics: list[Topic], products: list[tuple[str, str | None, str | None]], complaint: str
) -> None:
    assert complaint in complaint_about(topics, products)


def test_children_of_different_parents_may_share_a_name() -> None:
    cousins = [topic("B1", "b"), replace(topic("B2", "b"), name="A2")]
    assert complaint_about([*SOUND, *cousins], PRODUCTS) == ""
