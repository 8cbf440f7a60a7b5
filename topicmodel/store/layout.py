"""What the files of a run folder say: a Run as files in memory, and back.

`taxonomy.json` and `assignments.parquet` hold the tree with all edits, for people and programs.
Where there are edits, the tree before them lies in `fitted/`, and a run that is read replays them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from topicmodel.changes import as_record, mapping_csv, report_from
from topicmodel.datatypes import (
    Manifest,
    Metric,
    PastRun,
    Products,
    Reject,
    Run,
    Scorecard,
    TopicId,
    Tree,
)
from topicmodel.edits import apply_edits, format_edits, parse_edits
from topicmodel.files.encoding import as_json, as_json_lines, as_table, read_json_lines, read_table
from topicmodel.store.checking import EDITS
from topicmodel.store.trees import (
    arrays_of_landmarks,
    arrays_of_tree,
    evidence_of_tree,
    files_of_tree,
    pairs,
    read_landmarks,
    read_tree,
)

_BERTOPIC = "bertopic/"
_FITTED = "fitted/"


def files_of(run: Run) -> dict[str, bytes]:
    """Every file of the run but its manifest and pages: path in the folder -> content."""
    files = {
        **files_of_tree(run.tree),
        "products.parquet": _products_table(run),
        "arrays.safetensors": _arrays(run),
        "evidence.json": _evidence(run),
        "scorecard.json": _scorecard(run.scorecard),
        "history.json": as_json({"runs": [asdict(past) for past in run.history]}, sort_keys=True),
        EDITS: format_edits(run.edits),
    }
    if run.edits:
        files |= {_FITTED + name: content for name, content in files_of_tree(run.fitted).items()}
    if run.rejects:
        files["rejects.jsonl"] = as_json_lines(asdict(reject) for reject in run.rejects)
    if run.log:
        files["log.jsonl"] = as_json_lines(run.log)
    if run.changes is not None:
        files["changes.json"] = as_json(as_record(run.changes))
        files["mapping.csv"] = mapping_csv(run.changes).encode("utf-8", "replace")
    return files | {_BERTOPIC + name: content for name, content in run.bertopic.items()}


def run_from(manifest: Manifest, files: Mapping[str, bytes], folder: str = "") -> Run:
    """The run that these files were made of, with the edits that are in its log.

    Args:
        folder: named in errors about the log.

    Raises:
        RunError: a line of the log of edits is damaged.
        KeyError, TypeError, ValueError: they were not made by `files_of`.
    """
    edits = parse_edits(files.get(EDITS, b""), f"{folder}/{EDITS}" if folder else EDITS)
    arrays = _read_arrays(files["arrays.safetensors"])
    evidence = json.loads(files["evidence.json"])
    fitted = _read_fitted(files, arrays, evidence)
    table = read_table(files["products.parquet"])
    products = _read_products(table, fitted.assignments.product_ids)
    edited = apply_edits(fitted, edits, products)
    return Run(
        manifest=manifest,
        tree=edited.tree,
        fitted=fitted,
        products=products,
        digests=table["digest"].to_pylist(),
        scorecard=_read_scorecard(files["scorecard.json"]),
        rejects=[Reject(**record) for record in read_json_lines(files.get("rejects.jsonl", b""))],
        coordinates=arrays["coordinates"],
        count_curve=pairs(evidence["count_curve"]),
        bertopic={
            name.removeprefix(_BERTOPIC): content
            for name, content in files.items()
            if name.startswith(_BERTOPIC)
        },
        landmarks=read_landmarks(arrays, fitted.taxonomy),
        boilerplate=evidence["boilerplate"],
        edits=edits,
        outcomes=edited.outcomes,
        history=[_past_run(record) for record in json.loads(files["history.json"])["runs"]],
        changes=report_from(json.loads(files["changes.json"])) if "changes.json" in files else None,
        log=read_json_lines(files.get("log.jsonl", b"")),
    )


def _read_fitted(
    files: Mapping[str, bytes], arrays: Mapping[str, np.ndarray], evidence: Mapping[str, Any]
) -> Tree:
    folder = _FITTED if f"{_FITTED}taxonomy.json" in files else ""
    return read_tree(
        files[f"{folder}taxonomy.json"], files[f"{folder}assignments.parquet"], arrays, evidence
    )


def _past_run(record: Mapping[str, Any]) -> PastRun:
    sizes = {TopicId(topic): int(size) for topic, size in record["sizes"].items()}
    return PastRun(record["created"], record["n_products"], sizes)


def _products_table(run: Run) -> bytes:
    products = run.products
    columns = {
        "product_id": products.ids,
        "title": products.titles,
        "digest": run.digests,
        "attributes": products.attributes,
    }
    return as_table(columns | ({"image": products.images} if products.images else {}))


def _read_products(table: Any, ids: Sequence[str]) -> Products:
    """The products of a table, which are those of these ids.

    A run that was saved before there were pictures lacks their column.
    """
    return Products(
        ids=ids,
        titles=table["title"].to_pylist(),
        attributes=table["attributes"].to_pylist(),
        images=table["image"].to_pylist() if "image" in table.column_names else (),
    )


def _arrays(run: Run) -> bytes:
    from safetensors.numpy import save

    return save(
        {
            **arrays_of_tree(run.fitted),
            **arrays_of_landmarks(run.landmarks, run.fitted.taxonomy),
            "coordinates": np.ascontiguousarray(run.coordinates, dtype=np.float32),
        }
    )


def _read_arrays(content: bytes) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error


def _evidence(run: Run) -> bytes:
    more = {"count_curve": list(run.count_curve), "boilerplate": list(run.boilerplate)}
    return as_json(evidence_of_tree(run.fitted) | more, sort_keys=True)


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
