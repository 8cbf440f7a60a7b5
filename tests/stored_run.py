"""Runs for tests of the store: a small one written out by hand, and any that hypothesis draws."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from fake_changes import EDITS, fake_changes
from hypothesis import strategies as st

from topicmodel.datatypes import (
    Assignments,
    ChangeReport,
    Edit,
    Landmarks,
    Manifest,
    Metric,
    PastRun,
    Products,
    Reject,
    Run,
    Scorecard,
    Taxonomy,
    Topic,
    TopicId,
    Tree,
)
from topicmodel.edits import apply_edits

CLOTHES, SHOES, SHIRTS, TOYS = map(TopicId, ("t1", "t2", "t4", "t3"))
FAMILIES = (("Schuhe > Stiefel & Größen", 0.75), ("Toys", 0.25))
TIME = "2025-06-01T12:00:00+00:00"


def small_tree(**changes: Any) -> Tree:
    rng = np.random.default_rng(0)
    topics = [
        Topic(CLOTHES, None, 1, "Clothing", (("shirt", 0.5), ("größe", 0.25)), 3, ("p1", "p3")),
        Topic(TOYS, None, 1, "Toys", (), 1, ()),
        Topic(
            SHOES,
            CLOTHES,
            2,
            "Shoes",
            (("boot", 1.0),),
            2,
            ("p3",),
            FAMILIES,
            coverage=0.5,
            runners_up=("Boots", "Größen"),
            definition="Boots & Größen.",
            includes=("boots",),
            excludes=("Shirts",),
        ),
        Topic(SHIRTS, CLOTHES, 2, "Shirts", (("shirt", 1.0),), 0, ()),
    ]
    tree = Tree(
        taxonomy=Taxonomy(topics),
        assignments=Assignments(
            product_ids=["p3", "p1", "p2", "p9", "p8"],
            level1=[CLOTHES, CLOTHES, CLOTHES, TOYS, None],
            level2=[SHOES, None, SHOES, None, None],
            confidence=np.array([1, 0.1, 0.5, 0.25, 0], dtype=np.float32),
            methods=["core", "parent_only", "reassigned", "core", "unsorted"],
        ),
        centroids={t.id: rng.standard_normal(4).astype(np.float32) for t in topics},
        cloud_terms={
            CLOTHES: (("shirt", 2.5), ("boot", 1.0)),
            SHOES: (("boot", 1.0),),
            SHIRTS: (),
            TOYS: (("ball", 1.0),),
        },
    )
    return replace(tree, **changes)


def small_run(tree: Tree | None = None, **changes: Any) -> Run:
    """A run of five products that nobody has edited."""
    tree = tree or small_tree()
    run = Run(
        manifest=Manifest(
            seed=42, settings={"level1": {"n_topics": "auto"}}, extra={"seconds": 1.25}
        ),
        tree=tree,
        fitted=tree,
        products=Products(
            ids=small_tree().assignments.product_ids,
            titles=["Boots", "Shirt, größe M", "Sandals\u2028", "Ball", ""],
            attributes=['{"brand": "Größe"}', "", "", '{"colour": "red"}', ""],
            images=["https://shop.example/größe.jpg", "", "images/2.png", "", "\u2028.gif"],
        ),
        digests=["d3", "d1", "d2", "d9", ""],
        scorecard=Scorecard(
            [
                Metric("tree.npmi", 0.1, -1.0, 1.0, True, "How well keywords go together."),
                Metric("level1.ami", None, -math.inf, 1.0, True, "Agreement with the truth."),
                Metric("a.count", 3, 0, math.inf, False, "Comes last, though first by name."),
            ]
        ),
        rejects=[Reject("dump.csv", 7, "no id", 'raw "text"\u2028 with \udc80 and\nlines')],
        coordinates=np.array([[1, 2], [3, 4], [5, 6], [7, 8], [np.nan, np.nan]], dtype=np.float32),
        count_curve=((6, 0.5), (7, 0.625)),
        bertopic={"config.json": b"{}", "topic_embeddings.safetensors": bytes(range(256))},
        landmarks=Landmarks(
            vectors=np.array([[1, 0], [0, 1], [0.5, -0.25]], dtype=np.float32),
            topics=[SHOES, SHOES, TOYS],
            median_cosine={SHOES: 0.75, TOYS: 0.5},
            min_cosine={SHOES: 0.5, TOYS: 0.25},
            temperature=0.05,
        ),
        boilerplate=["free delivery for _ größen", "@"],
        history=[PastRun(TIME, 5, {CLOTHES: 3, SHOES: 2, TOYS: 1})],
    )
    return replace(run, **changes)


def edited(run: Run, edits: Sequence[Edit]) -> Run:
    """The run with these edits as its log."""
    found = apply_edits(run.fitted, edits, run.products)
    return replace(run, tree=found.tree, edits=list(edits), outcomes=found.outcomes)


def edited_run() -> Run:
    """A run that has everything: edits, a history of two runs, and a change report."""
    edits = [
        Edit("rename", TIME, CLOTHES, name="Kleidung & Schuhe"),
        Edit("pin", TIME, TOYS, word="shirt"),
        Edit("split", TIME, TOYS),
        Edit("hide", TIME, TopicId("tgone")),
    ]
    history = [PastRun("2025-05-01T12:00:00+00:00", 4, {CLOTHES: 4}), *small_run().history]
    return edited(small_run(history=history, changes=fake_changes(edits=list(EDITS))), edits)


def empty_run() -> Run:
    nothing = Assignments([], [], [], np.empty(0, dtype=np.float32), [])
    return small_run(
        Tree(Taxonomy([]), nothing, centroids={}, cloud_terms={}),
        products=Products([], [], []),
        digests=[],
        scorecard=Scorecard([]),
        rejects=[],
        coordinates=np.empty((0, 2), dtype=np.float32),
        count_curve=(),
        bertopic={},
        landmarks=Landmarks(np.empty((0, 0), dtype=np.float32), [], {}, {}, 1.0),
        boilerplate=(),
        history=[],
    )


def assert_same_run(actual: Run, expected: Run) -> None:
    assert actual.manifest == expected.manifest
    assert_same_tree(actual.tree, expected.tree)
    assert_same_tree(actual.fitted, expected.fitted)
    for name in ("ids", "titles", "attributes", "images"):
        columns = getattr(actual.products, name), getattr(expected.products, name)
        assert list(columns[0]) == list(columns[1]), name
    for name in ("digests", "boilerplate", "rejects", "edits", "outcomes", "history", "log"):
        assert list(getattr(actual, name)) == list(getattr(expected, name)), name
    assert list(actual.scorecard.metrics) == list(expected.scorecard.metrics)
    assert actual.coordinates.dtype == expected.coordinates.dtype == np.float32
    np.testing.assert_array_equal(actual.coordinates, expected.coordinates)
    assert_same_landmarks(actual.landmarks, expected.landmarks)
    for name in ("count_curve", "bertopic", "changes"):
        assert getattr(actual, name) == getattr(expected, name), name


def assert_same_tree(actual: Tree, expected: Tree) -> None:
    assert list(actual.taxonomy.topics) == list(expected.taxonomy.topics)
    one, other = actual.assignments, expected.assignments
    for name in ("product_ids", "level1", "level2", "methods"):
        assert list(getattr(one, name)) == list(getattr(other, name)), name
    assert one.confidence.dtype == other.confidence.dtype == np.float32
    np.testing.assert_array_equal(one.confidence, other.confidence)
    assert actual.centroids.keys() == expected.centroids.keys()
    for topic, centroid in expected.centroids.items():
        np.testing.assert_array_equal(actual.centroids[topic], centroid)
    terms = [
        {topic: list(found) for topic, found in t.cloud_terms.items()} for t in (actual, expected)
    ]
    assert terms[0] == terms[1]


def assert_same_landmarks(actual: Landmarks, expected: Landmarks) -> None:
    np.testing.assert_array_equal(actual.vectors, expected.vectors)
    assert list(actual.topics) == list(expected.topics)
    assert (actual.median_cosine, actual.min_cosine) == (
        expected.median_cosine,
        expected.min_cosine,
    )
    assert actual.temperature == expected.temperature


def texts(min_size: int = 0) -> st.SearchStrategy[str]:
    """Any text that UTF-8 can hold."""
    return st.text(st.characters(exclude_categories=["Cs"]), min_size=min_size, max_size=12)


FINITE = st.floats(-1, 1, width=32)
COARSE = st.floats(-1, 1, width=16)
"""Landmarks are kept in half precision."""


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Categories of which some have two children, and products in some of them."""
    ids = draw(st.lists(texts(1).map(TopicId), unique=True, min_size=1, max_size=6))
    n_children = draw(st.integers(0, (len(ids) - 1) // 2))
    tops, below = ids[: len(ids) - 2 * n_children], ids[len(ids) - 2 * n_children :]
    parents = dict(zip(below, [tops[n // 2 % len(tops)] for n in range(len(below))], strict=True))
    topics = [draw(topics_of(topic, parents.get(topic))) for topic in ids]
    places = [(None, None), *((top, None) for top in tops), *((p, c) for c, p in parents.items())]
    products = draw(st.lists(texts(1), unique=True, max_size=6))
    chosen = [draw(st.sampled_from(places)) for _ in products]
    return Tree(
        Taxonomy(topics),
        Assignments(
            product_ids=products,
            level1=[level1 for level1, _ in chosen],
            level2=[level2 for _, level2 in chosen],
            confidence=np.array([draw(FINITE) for _ in products], dtype=np.float32),
            methods=["unsorted" if level1 is None else "core" for level1, _ in chosen],
        ),
        centroids={t: np.array([draw(FINITE), 1], dtype=np.float32) for t in ids},
        cloud_terms={t: tuple(draw(st.lists(st.tuples(texts(), FINITE), max_size=2))) for t in ids},
    )


@st.composite
def topics_of(draw: st.DrawFn, topic: TopicId, parent: TopicId | None) -> Topic:
    return Topic(
        id=topic,
        parent=parent,
        level=1 if parent is None else 2,
        name=draw(texts()),
        keywords=tuple(draw(st.lists(st.tuples(texts(), st.floats(0, 1)), max_size=3))),
        size=draw(st.integers(0, 10**9)),
        examples=tuple(draw(st.lists(texts(), max_size=3))),
        catalogue=tuple(draw(st.lists(st.tuples(texts(), st.floats(0, 1)), max_size=2))),
    )


def edits_of(ids: Sequence[TopicId]) -> st.SearchStrategy[Edit]:
    """Edits about these categories, possible or not."""
    topics = st.sampled_from([*ids, TopicId("tgone")])
    some = st.lists(texts(1), min_size=1, max_size=2).map(tuple)

    def make(action: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Edit]:
        return st.builds(Edit, st.just(action), st.just(TIME), **values)

    return st.one_of(
        make("rename", topic=topics, name=texts(1)),
        make("merge", topic=topics, others=st.tuples(topics)),
        make("move", topic=topics, parent=topics),
        make("split", topic=topics, done=st.sampled_from(["", TIME])),
        make("pin", topic=topics, products=some),
        make("pin", topic=topics, word=texts(1)),
        make("pin", topic=topics, attribute=st.tuples(texts(1), texts(1))),
        make("hide", topic=topics),
        make("undo", number=st.integers(1, 4)),
    )


@st.composite
def landmarks_of(draw: st.DrawFn, ids: Sequence[TopicId]) -> Landmarks:
    known = draw(st.lists(st.sampled_from(ids), unique=True))
    reached = draw(st.lists(st.sampled_from(ids), max_size=4))
    vectors = [[draw(COARSE), draw(COARSE)] for _ in reached]
    return Landmarks(
        vectors=np.array(vectors, dtype=np.float32).reshape(-1, 2),
        topics=reached,
        median_cosine={topic: draw(FINITE) for topic in known},
        min_cosine={topic: draw(FINITE) for topic in known},
        temperature=draw(st.floats(0.001, 10)),
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    tree = draw(trees())
    ids = [topic.id for topic in tree.taxonomy.topics]
    n_products = len(tree.assignments.product_ids)
    attributes = st.just("") | st.dictionaries(texts(1), texts(1), max_size=2).map(json.dumps)
    sizes = st.dictionaries(st.sampled_from(ids), st.integers(0, 10**9))
    run = Run(
        manifest=Manifest.from_record(
            draw(st.dictionaries(texts(), st.none() | st.integers() | texts(), max_size=3))
        ),
        tree=tree,
        fitted=tree,
        products=Products(
            ids=tree.assignments.product_ids,
            titles=[draw(texts()) for _ in range(n_products)],
            attributes=[draw(attributes) for _ in range(n_products)],
            images=draw(st.sampled_from(([], [draw(texts()) for _ in range(n_products)]))),
        ),
        digests=[draw(texts()) for _ in range(n_products)],
        scorecard=Scorecard([Metric(draw(texts()), draw(FINITE), 0.0, math.inf, True, "")]),
        rejects=[Reject(draw(texts()), draw(st.integers()), "", draw(st.text(max_size=5)))],
        coordinates=np.array(
            draw(st.lists(FINITE, min_size=2 * n_products, max_size=2 * n_products))
        )
        .reshape(n_products, 2)
        .astype(np.float32),
        count_curve=tuple(draw(st.lists(st.tuples(st.integers(1, 30), FINITE), max_size=3))),
        bertopic={"config.json": draw(st.binary(max_size=9))},
        landmarks=draw(landmarks_of(ids)),
        boilerplate=draw(st.lists(texts(), max_size=2)),
        history=draw(
            st.lists(st.builds(PastRun, texts(), st.integers(0, 10**9), sizes), max_size=2)
        ),
        changes=draw(changes()),
        log=draw(st.lists(st.dictionaries(texts(), st.integers() | texts()), max_size=2)),
    )
    return edited(run, draw(st.lists(edits_of(ids), max_size=4)))


def changes() -> st.SearchStrategy[ChangeReport | None]:
    """No report, and reports whose names are drawn."""
    endings = texts()
    reports = endings.map(
        lambda ending: fake_changes(called=lambda name: name + ending, edits=list(EDITS))
    )
    return st.none() | reports
