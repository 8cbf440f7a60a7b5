"""A tree <-> the files that hold it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from topicmodel.datatypes import Assignments, Floats, Landmarks, Taxonomy, Topic, TopicId, Tree
from topicmodel.datatypes.json_records import list_of, number, plain_text
from topicmodel.files.encoding import as_json, as_table, read_table, shared_values

Arrays = Mapping[str, np.ndarray]


def files_of_tree(tree: Tree) -> dict[str, bytes]:
    """The two files that hold a tree: `taxonomy.json` and `assignments.parquet`."""
    return {
        "taxonomy.json": as_json({"topics": [asdict(topic) for topic in tree.taxonomy.topics]}),
        "assignments.parquet": as_table(assignment_columns(tree.assignments, tree.taxonomy)),
    }


def arrays_of_tree(tree: Tree) -> dict[str, np.ndarray]:
    """Centroids of the categories."""
    return {"centroids": _stack_centroids(tree.centroids, tree.taxonomy)}


def evidence_of_tree(tree: Tree) -> dict[str, Any]:
    """Terms for the word clouds of the categories."""
    return {"cloud_terms": dict(tree.cloud_terms)}


def read_tree(
    taxonomy: bytes, assignments: bytes, arrays: Arrays, evidence: Mapping[str, Any]
) -> Tree:
    """The tree that these were made of."""
    topics = Taxonomy([_topic(record) for record in json.loads(taxonomy)["topics"]])
    return Tree(
        topics,
        _read_assignments(assignments),
        _read_centroids(arrays["centroids"], topics),
        {TopicId(topic): pairs(terms) for topic, terms in evidence["cloud_terms"].items()},
    )


def arrays_of_landmarks(landmarks: Landmarks, taxonomy: Taxonomy) -> dict[str, np.ndarray]:
    """The landmarks as arrays, with categories by their index in the taxonomy."""
    ids = [topic.id for topic in taxonomy.topics]
    row_of = {topic: row for row, topic in enumerate(ids)}
    reach = [
        [landmarks.median_cosine.get(topic, np.nan), landmarks.min_cosine.get(topic, np.nan)]
        for topic in ids
    ]
    return {
        "landmarks": np.ascontiguousarray(landmarks.vectors, dtype=np.float16),
        "landmark_topics": np.array([row_of[topic] for topic in landmarks.topics], dtype=np.int32),
        "reach": np.array(reach, dtype=np.float32).reshape(-1, 2),
        "temperature": np.array([landmarks.temperature], dtype=np.float64),
    }


def read_landmarks(arrays: Arrays, taxonomy: Taxonomy) -> Landmarks:
    """The landmarks that these arrays were made of; their vectors in half precision."""
    ids = [topic.id for topic in taxonomy.topics]
    known = [
        (topic, reach)
        for topic, reach in zip(ids, arrays["reach"].tolist(), strict=True)
        if not np.isnan(reach).any()
    ]
    return Landmarks(
        vectors=arrays["landmarks"].astype(np.float32),
        topics=[ids[row] for row in arrays["landmark_topics"].tolist()],
        median_cosine={topic: usual for topic, (usual, _) in known},
        min_cosine={topic: least for topic, (_, least) in known},
        temperature=float(arrays["temperature"][0]),
    )


def pairs(values: Iterable[Sequence[Any]]) -> tuple[tuple[Any, Any], ...]:
    """Turn lists of JSON into tuples."""
    return tuple((first, second) for first, second in values)


def _topic(record: Mapping[str, Any]) -> Topic:
    lists = {
        "keywords": pairs(record["keywords"]),
        "examples": tuple(record["examples"]),
        "catalogue": list_of(_family)(record["catalogue"]),
        **{name: _texts(record[name]) for name in ("runners_up", "includes", "excludes")},
    }
    return Topic(**{**record, **lists})


_texts = list_of(plain_text)


def _family(value: Any) -> tuple[str, float]:
    """A family of the catalogue with its share.

    Raises:
        TypeError, ValueError: it is none.
    """
    path, share = value
    if not 0 <= number(share) <= 1:
        raise ValueError(f"{share} is no share.")
    return plain_text(path), share


def assignment_columns(assignments: Assignments, taxonomy: Taxonomy) -> dict[str, Any]:
    """The columns of a mapping of products: name -> values."""
    names: dict[TopicId | None, str | None] = {t.id: t.name for t in taxonomy.topics}
    names[None] = None
    return {
        "product_id": assignments.product_ids,
        "level1_id": assignments.level1,
        "level1_name": [names[topic] for topic in assignments.level1],
        "level2_id": assignments.level2,
        "level2_name": [names[topic] for topic in assignments.level2],
        "confidence": np.asarray(assignments.confidence, dtype=np.float32),
        "method": assignments.methods,
    }


def nested_tree(taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """The tree as JSON values: categories of level one with their children in them."""
    return [
        _node(parent) | {"children": [_node(child) for child in taxonomy.children(parent.id)]}
        for parent in taxonomy.level1
    ]


def _node(topic: Topic) -> dict[str, Any]:
    record = {"id": topic.id, "name": topic.name, "size": topic.size}
    record |= {"definition": topic.definition, "coverage": topic.coverage}
    record |= {"runners_up": list(topic.runners_up)}
    keywords, catalogue = [term for term, _ in topic.keywords], list(map(list, topic.catalogue))
    return record | {"keywords": keywords, "catalogue": catalogue}


def _read_assignments(content: bytes) -> Assignments:
    table = read_table(content)
    return Assignments(
        product_ids=table["product_id"].to_pylist(),
        level1=shared_values(table["level1_id"]),
        level2=shared_values(table["level2_id"]),
        confidence=np.array(table["confidence"].to_numpy(), dtype=np.float32),
        methods=shared_values(table["method"]),
    )


def _stack_centroids(centroids: Mapping[TopicId, Floats], taxonomy: Taxonomy) -> Floats:
    """(n_topics, n_dims), in the order of the topics; NaN where a category has none."""
    foreign = set(centroids) - {topic.id for topic in taxonomy.topics}
    if foreign:
        raise ValueError(f"Centroids of topics that are not in the taxonomy: {sorted(foreign)}.")
    n_dims = max((len(centroid) for centroid in centroids.values()), default=0)
    stacked = np.full((len(taxonomy.topics), n_dims), np.nan, dtype=np.float32)
    for row, topic in enumerate(taxonomy.topics):
        if topic.id in centroids:
            stacked[row] = centroids[topic.id]
    return stacked


def _read_centroids(stacked: Floats, taxonomy: Taxonomy) -> dict[TopicId, Floats]:
    rows = zip(taxonomy.topics, stacked, strict=True)
    return {topic.id: row for topic, row in rows if not np.isnan(row).any()}
