"""A run built by hand: a small shop with known counts, for tests of what comes after the fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    CatalogueRecord,
    Floats,
    Landmarks,
    Manifest,
    Method,
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

SHOP: Mapping[str, Mapping[str, Sequence[str]]] = {
    "Electronics": {
        "Headphones": ("wireless", "bluetooth", "earphones", "bass", "microphone", "noise"),
        "Cameras": ("camera", "lens", "zoom", "tripod", "megapixel", "shutter"),
        "Phones": ("smartphone", "dual sim", "screen", "battery", "charger", "case"),
    },
    "Clothing": {
        "Footwear": ("shoes", "sneakers", "leather", "sole", "running", "boots"),
        "Winter Wear": ("jacket", "wool", "hooded", "warm", "fleece", "scarf"),
        "Women's Wear": ("dress", "cotton", "printed", "sleeve", "skirt", "kurta"),
    },
    "Grocery": {
        "Tea & Coffee": ("tea", "coffee", "green", "roast", "leaves", "arabica"),
        "Snacks": ("chips", "salted", "crunchy", "nuts", "biscuits", "masala"),
    },
    "Home & Kitchen": {},
    "Books": {},
}
GOODS: Mapping[str, tuple[tuple[str, float], ...]] = {
    "Electronics": (
        ("TV, Audio & Cameras > Headphones & Earphones", 0.31),
        ("TV, Audio & Cameras > Cameras & Drones", 0.27),
        ("Phones & Wearables > Mobile Phones", 0.24),
        ("Phones & Wearables > Phone Cases & Screen Protectors", 0.11),
        ("Bags, Eyewear & Accessories > Camera Bags", 0.03),
    ),
    "Headphones": (("TV, Audio & Cameras > Headphones & Earphones", 0.934),),
    "Phones": (("Phones & Wearables > Mobile Phones", 0.4), ("Toys & Games > Dolls", 0.05)),
    "Clothing": (("Clothing > Shirts", 0.09), ("Shoes > Sandals & Slippers", 0.08)),
    "Grocery": (("Food & Groceries > Snacks", 0.55), ("Drinks > Tea", 0.2), ("Vouchers", 0.1)),
}
"""Category -> the families of a catalogue of goods that its products vote for; the other categories
are not in that catalogue."""
_BRANDS = ("Nokia", "Samsung", "Philips")
_PLAIN_WORDS = ("set", "steel", "classic", "edition", "premium", "pack", "new", "large")


@dataclass(frozen=True)
class _Row:
    id: str
    title: str
    level1: TopicId | None
    level2: TopicId | None
    method: Method


def fake_run(
    n_products: int = 300,
    *,
    shop: Mapping[str, Mapping[str, Sequence[str]]] = SHOP,
    n_unsorted: int = 12,
    n_without_text: int = 3,
    title: str = "",
    manifest: Manifest | None = None,
) -> Run:
    """A run of n_products, of which n_unsorted are in no category and n_without_text off the map.

    Args:
        shop: level-one name -> level-two name -> words; the first categories are the largest.
        title: what every product is called; "" makes titles up.
        manifest: in place of the full one.
    """
    rng = np.random.default_rng(7)
    ids = _topic_ids(shop)
    rows = [_row(i, n_products - n_unsorted, shop, ids, title, rng) for i in range(n_products)]
    tree = _tree(_taxonomy(shop, ids, rows), rows, rng)
    return Run(
        manifest=_manifest(n_products) if manifest is None else manifest,
        tree=tree,
        fitted=tree,
        products=Products(
            ids=tree.assignments.product_ids,
            titles=[row.title for row in rows],
            attributes=[_attributes(place, row) for place, row in enumerate(rows)],
        ),
        digests=[hashlib.sha256(row.title.encode()).hexdigest() for row in rows],
        scorecard=_scorecard(),
        rejects=_rejects(),
        coordinates=_coordinates(rows, n_without_text, rng),
        count_curve=[(n, 1.2 - 0.07 * n) for n in range(2, 13)],
        bertopic={},
        landmarks=_landmarks(tree.taxonomy),
        history=[PastRun("2025-11-23T01:45:00+00:00", n_products, _sizes(tree.taxonomy))],
    )


def with_goods(run: Run, **record: Any) -> Run:
    """The run as one that follows a catalogue of goods.

    Args:
        record: what the manifest says of the catalogue in place of the usual.
    """
    usual = {"source": "bundled", "digest": "ab" * 32, "used": True, "known_share": 0.934}
    catalogue = CatalogueRecord(**{**usual, **record})
    topics = [replace(topic, catalogue=GOODS.get(topic.name, ())) for topic in run.taxonomy.topics]
    tree = replace(run.tree, taxonomy=Taxonomy(topics))
    manifest = replace(run.manifest, catalogue=catalogue)
    return replace(run, manifest=manifest, tree=tree, fitted=tree)


def with_weak_names(run: Run, others: Mapping[str, Sequence[str]], coverage: float = 0.43) -> Run:
    """The run in which these names are true of few products, and what else would do."""
    topics = [
        replace(topic, coverage=coverage, runners_up=tuple(others[topic.name]))
        if topic.name in others
        else replace(topic, coverage=0.9)
        for topic in run.taxonomy.topics
    ]
    tree = replace(run.tree, taxonomy=Taxonomy(topics))
    return replace(run, tree=tree, fitted=tree)


def with_columns(run: Run, **columns: Sequence[str]) -> Run:
    """The run with these columns of its products in place of its own."""
    return replace(run, products=replace(run.products, **columns))


def _topic_ids(shop: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[tuple[str, str], TopicId]:
    names = [(top, child) for top in shop for child in ("", *shop[top])]
    return {name: TopicId(f"t{place:06x}") for place, name in enumerate(names, start=0xA1)}


def _row(
    place: int,
    n_sorted: int,
    shop: Mapping[str, Mapping[str, Sequence[str]]],
    ids: Mapping[tuple[str, str], TopicId],
    title: str,
    rng: np.random.Generator,
) -> _Row:
    product = f"p{place:05}"
    if place >= n_sorted or not shop:
        return _Row(product, title or f"Curious thing no. {place}", None, None, "unsorted")
    weights = 1 / np.arange(1, len(shop) + 1)
    top = list(shop)[int(rng.choice(len(shop), p=weights / weights.sum()))]
    children = list(shop[top])
    child = children[int(rng.integers(len(children)))] if children and rng.random() < 0.95 else ""
    words = shop[top][child] if child else _PLAIN_WORDS
    made_up = f"{rng.choice(words)} {rng.choice(_PLAIN_WORDS)} {rng.choice(words)} {child or top}"
    return _Row(
        product,
        title or made_up.title(),
        ids[top, ""],
        ids[top, child] if child else None,
        "parent_only" if children and not child else "reassigned" if place % 5 == 0 else "core",
    )


def _taxonomy(
    shop: Mapping[str, Mapping[str, Sequence[str]]],
    ids: Mapping[tuple[str, str], TopicId],
    rows: Sequence[_Row],
) -> Taxonomy:
    topics = []
    for (top, child), topic_id in ids.items():
        members = [row.id for row in rows if topic_id in (row.level1, row.level2)]
        words = shop[top][child] if child else _words_of(shop[top])
        topics.append(
            Topic(
                id=topic_id,
                parent=ids[top, ""] if child else None,
                level=2 if child else 1,
                name=child or top,
                keywords=tuple((w, round(0.9 / (i + 2), 4)) for i, w in enumerate(words[:10])),
                size=len(members),
                examples=tuple(members[:10]),
            )
        )
    return Taxonomy(sorted(topics, key=lambda topic: (topic.level, -topic.size)))


def _tree(taxonomy: Taxonomy, rows: Sequence[_Row], rng: np.random.Generator) -> Tree:
    return Tree(
        taxonomy=taxonomy,
        assignments=Assignments(
            product_ids=[row.id for row in rows],
            level1=[row.level1 for row in rows],
            level2=[row.level2 for row in rows],
            confidence=rng.uniform(0.3, 1, len(rows)).astype(np.float32),
            methods=[row.method for row in rows],
        ),
        centroids=_centroids(taxonomy),
        cloud_terms={topic.id: _cloud_terms(topic, rng) for topic in taxonomy.topics},
    )


def _centroids(taxonomy: Taxonomy) -> dict[TopicId, Floats]:
    """Unit vectors, those of children near that of their parent."""
    rng = np.random.default_rng(11)
    found: dict[TopicId, Floats] = {}
    for topic in taxonomy.topics:
        vector = rng.normal(size=8) + (4 * found[topic.parent] if topic.parent else 0)
        found[topic.id] = (vector / np.linalg.norm(vector)).astype(np.float32)
    return found


def _attributes(place: int, row: _Row) -> str:
    """Brand, colour, price and link of two products in three."""
    if place % 3 == 2 or row.level1 is None:
        return ""
    return json.dumps(
        {
            "brand": _BRANDS[place % 7 % len(_BRANDS)],
            "Colour": "black" if place % 2 else "Dark Blue",
            "price": f"₹{100 + 13 * place:,}",
            "url": f"https://shop.example/{row.id}",
        }
    )


def _landmarks(taxonomy: Taxonomy) -> Landmarks:
    leaves = [topic.id for topic in taxonomy.topics if not taxonomy.children(topic.id)]
    return Landmarks(
        vectors=np.tile(np.eye(8, dtype=np.float32)[0], (len(leaves), 1)),
        topics=leaves,
        median_cosine=dict.fromkeys(leaves, 0.9),
        min_cosine=dict.fromkeys(leaves, 0.4),
        temperature=0.05,
    )


def _sizes(taxonomy: Taxonomy) -> dict[TopicId, int]:
    return {topic.id: topic.size for topic in taxonomy.topics}


def _words_of(children: Mapping[str, Sequence[str]]) -> Sequence[str]:
    return [word for words in children.values() for word in words[:3]] or _PLAIN_WORDS


def _cloud_terms(topic: Topic, rng: np.random.Generator) -> list[tuple[str, float]]:
    words = [word for word, _ in topic.keywords] + list(_PLAIN_WORDS)
    words += [f"{a} {b}" for a, b in zip(words, words[3:], strict=False)]
    words += ["".join(rng.choice(list("aeioklmnprst"), size=6)) for _ in range(20)]
    distinct = list(dict.fromkeys(words))
    return [(word, 1 / (place + 1) ** 0.6) for place, word in enumerate(distinct)]


def _coordinates(rows: Sequence[_Row], n_without_text: int, rng: np.random.Generator) -> Floats:
    topics = sorted({row.level2 or row.level1 or TopicId("") for row in rows})
    angle = {topic: 2.4 * place for place, topic in enumerate(topics)}
    angles = np.array([angle[row.level2 or row.level1 or TopicId("")] for row in rows])
    radius = 3 + angles / 2
    points = np.stack([radius * np.cos(angles), radius * np.sin(angles)], axis=1)
    points += rng.normal(0, 0.6, points.shape)
    if n_without_text:
        points[-n_without_text:] = np.nan
    return points.astype(np.float32)


def _scorecard() -> Scorecard:
    return Scorecard(
        [
            Metric("level1.ami", 0.514, -1, 1, True, "Agreement with the shop's own categories."),
            Metric("level1.silhouette", 0.12, -1, 1, True, "How clearly categories stand apart."),
            Metric("level2.ami", None, -1, 1, True, "Agreement one level below."),
            Metric("tree.npmi", 0.081, -1, 1, True, "Whether the keywords occur together."),
            Metric("tree.largest", 4821, 0, float("inf"), False, "Products in the largest one."),
        ]
    )


def _rejects() -> list[Reject]:
    missing = [
        Reject("shop.jsonl", line, "The id is missing", '{"title": "Mug"}') for line in (4, 9)
    ]
    return [*missing, Reject("shop.jsonl", 31, "The row is not valid JSON", '{"id": "x", ')]


def _manifest(n_products: int) -> Manifest:
    record = {
        "created": "2025-11-23T01:45:00+00:00",
        "command_line": "topicmodel fit 'shop one.jsonl' --out runs/november",
        "settings": {
            "seed": 42,
            "level1": {"n_topics": 5, "min_topics": 6, "separation": 0.84},
            "topics": {},
        },
        "seed": 42,
        "threads": 1,
        "encoder": "all-MiniLM-L6-v2, 128 tokens, fp32",
        "dump": {
            "sources": ["exports/shop.jsonl"],
            "fingerprint": "c0ffee" * 10,
            "products": n_products,
            "rejects": 3,
            "duplicates": 2,
            "distinct_texts": max(n_products - 20, 1),
            "columns": {"id": "sku", "text": "title, description"},
        },
        "versions": {"bertopic": "0.17.4", "topicmodel": "0.1.0", "numpy": "2.4.0"},
        "stages": [
            {"name": "reading", "seconds": 0.8, "peak_mb": 210.0},
            {"name": "encoding", "seconds": 312.4, "peak_mb": 1450.2},
            {"name": "clustering", "seconds": 41.0, "peak_mb": 1622.0},
        ],
    }
    return Manifest.from_record(record)
