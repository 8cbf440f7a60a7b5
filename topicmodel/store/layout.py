"""What the files of a run folder say: a Run as files in memory, and back."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from topicmodel.datatypes import (
    Assignments,
    Floats,
    Metric,
    Reject,
    Run,
    Scorecard,
    Taxonomy,
    Topic,
    TopicId,
)

_BERTOPIC = "bertopic/"


def files_of(run: Run) -> dict[str, bytes]:
    """Every file of the run but its manifest and pages: path in the folder -> content."""
    files = {
        "taxonomy.json": as_json({"topics": [asdict(topic) for topic in run.taxonomy.topics]}),
        "assignments.parquet": _assignments_table(run.assignments, run.taxonomy),
        "products.parquet": _products_table(run.assignments.product_ids, run.titles),
        "arrays.safetensors": _arrays(run),
        "evidence.json": _evidence(run),
        "scorecard.json": _scorecard(run.scorecard),
        "edits.jsonl": b"",
    }
    if run.rejects:
        files["rejects.jsonl"] = b"".join(_json_line(asdict(reject)) for reject in run.rejects)
    return files | {_BERTOPIC + name: content for name, content in run.bertopic.items()}


def run_from(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> Run:
    """The run that these files were made of.

    Raises:
        KeyError, TypeError, ValueError: they were not made by `files_of`.
    """
    taxonomy = Taxonomy([_topic(record) for record in json.loads(files["taxonomy.json"])["topics"]])
    arrays = _read_arrays(files["arrays.safetensors"])
    evidence = json.loads(files["evidence.json"])
    return Run(
        manifest=manifest,
        taxonomy=taxonomy,
        assignments=_read_assignments(files["assignments.parquet"]),
        titles=_read_table(files["products.parquet"])["title"].to_pylist(),
        scorecard=_read_scorecard(files["scorecard.json"]),
        rejects=[Reject(**record) for record in _json_lines(files.get("rejects.jsonl", b""))],
        centroids=_read_centroids(arrays["centroids"], taxonomy),
        coordinates=arrays["coordinates"],
        cloud_terms={
            TopicId(topic): _pairs(terms) for topic, terms in evidence["cloud_terms"].items()
        },
        count_curve=_pairs(evidence["count_curve"]),
        bertopic={
            name.removeprefix(_BERTOPIC): content
            for name, content in files.items()
            if name.startswith(_BERTOPIC)
        },
    )


def as_json(value: Any, *, sort_keys: bool = False) -> bytes:
    """JSON for people and programs: indented, a line at the end, always the same bytes."""
    return _encode(value, indent=1, sort_keys=sort_keys)


def _json_line(value: Any) -> bytes:
    return _encode(value)


def _encode(value: Any, **options: Any) -> bytes:
    options |= {"allow_nan": False, "default": _plain}
    try:
        return (json.dumps(value, ensure_ascii=False, **options) + "\n").encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as broken dumps have them, is no UTF-8: escaped it survives.
        return (json.dumps(value, **options) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} is no JSON value.")


def _json_lines(content: bytes) -> list[Any]:
    # Texts may hold characters, such as U+2028, at which splitlines would cut.
    return [json.loads(line) for line in content.split(b"\n") if line]


def _topic(record: Mapping[str, Any]) -> Topic:
    lists = {"keywords": _pairs(record["keywords"]), "examples": tuple(record["examples"])}
    return Topic(**{**record, **lists})


def _pairs(pairs: Iterable[Sequence[Any]]) -> tuple[tuple[Any, Any], ...]:
    return tuple((first, second) for first, second in pairs)


def _assignments_table(assignments: Assignments, taxonomy: Taxonomy) -> bytes:
    names: dict[TopicId | None, str | None] = {t.id: t.name for t in taxonomy.topics}
    names[None] = None
    return _table(
        {
            "product_id": assignments.product_ids,
            "level1_id": assignments.level1,
            "level1_name": [names[topic] for topic in assignments.level1],
            "level2_id": assignments.level2,
            "level2_name": [names[topic] for topic in assignments.level2],
            "confidence": np.asarray(assignments.confidence, dtype=np.float32),
            "method": assignments.methods,
        }
    )


def _read_assignments(content: bytes) -> Assignments:
    table = _read_table(content)
    return Assignments(
        product_ids=table["product_id"].to_pylist(),
        level1=table["level1_id"].to_pylist(),
        level2=table["level2_id"].to_pylist(),
        confidence=np.array(table["confidence"].to_numpy(), dtype=np.float32),
        methods=table["method"].to_pylist(),
    )


def _products_table(product_ids: Sequence[str], titles: Sequence[str]) -> bytes:
    return _table({"product_id": product_ids, "title": titles})


def _table(columns: Mapping[str, Sequence[str | None] | Floats]) -> bytes:
    """A Parquet file; what is no array of numbers is text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {
        name: pa.array(values, None if isinstance(values, np.ndarray) else pa.string())
        for name, values in columns.items()
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays), sink)
    return bytes(sink.getvalue())


def _read_table(content: bytes) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    return pq.ParquetFile(pa.BufferReader(content)).read()


def _arrays(run: Run) -> bytes:
    from safetensors.numpy import save

    return save(
        {
            "centroids": _stack_centroids(run.centroids, run.taxonomy),
            "coordinates": np.ascontiguousarray(run.coordinates, dtype=np.float32),
        }
    )


def _read_arrays(content: bytes) -> dict[str, Floats]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error


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


def _evidence(run: Run) -> bytes:
    evidence = {"cloud_terms": dict(run.cloud_terms), "count_curve": list(run.count_curve)}
    return as_json(evidence, sort_keys=True)


def _scorecard(scorecard: Scorecard) -> bytes:
    records = {metric.name: asdict(metric) for metric in scorecard.metrics}
    for record in records.values():
        del record["name"]
        # JSON knows no infinity; a bound that is not there is null.
        record["low"] = record["low"] if math.isfinite(record["low"]) else None
        record["high"] = record["high"] if math.isfinite(record["high"]) else None
    return as_json(records)


def _read_scorecard(content: bytes) -> Scorecard:
    return Scorecard([_metric(name, record) for name, record in json.loads(content).items()])


def _metric(name: str, record: Mapping[str, Any]) -> Metric:
    low = -math.inf if record["low"] is None else record["low"]
    high = math.inf if record["high"] is None else record["high"]
    return Metric(**{**record, "name": name, "low": low, "high": high})
