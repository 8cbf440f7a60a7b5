"""Runs of earlier formats as they would be today: one step from each format to the next.

A step takes the manifest and the files of a run, and gives those of the next format. What an
earlier release did not keep is not made up: it is left empty.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from topicmodel.datatypes import Manifest
from topicmodel.files.encoding import as_json, as_table, read_table

Files = Mapping[str, bytes]
Step = Callable[[Manifest, Files], tuple[Manifest, Files]]


def migrate(version: int, manifest: Manifest, files: Files) -> tuple[Manifest, Files]:
    """Manifest and files of a run in today's format.

    Args:
        version: the format that they are in.
        manifest: of the run.
        files: path in the folder -> content.

    Raises:
        KeyError, TypeError, ValueError: they are not of that format.
    """
    for step in _STEPS[version - 1 :]:
        manifest, files = step(manifest, files)
    return manifest, files


def _from_1(manifest: Manifest, files: Files) -> tuple[Manifest, Files]:
    """Format 2 has a history, and keeps what a later dump is compared with.

    Without digests a refit takes every text for a new one, and finds the categories again by the
    products that they share. Without landmarks nothing can be assigned before such a refit.
    """
    more = {
        "history.json": _history(manifest, files),
        "products.parquet": _products(files["products.parquet"]),
        "arrays.safetensors": _arrays(files["arrays.safetensors"]),
        "evidence.json": as_json(
            {**json.loads(files["evidence.json"]), "boilerplate": []}, sort_keys=True
        ),
    }
    return manifest, {**files, **more}


def _history(manifest: Manifest, files: Files) -> bytes:
    topics = json.loads(files["taxonomy.json"])["topics"]
    run = {
        "created": manifest.created,
        "n_products": read_table(files["products.parquet"]).num_rows,
        "sizes": {topic["id"]: topic["size"] for topic in topics},
    }
    return as_json({"runs": [run]}, sort_keys=True)


def _products(content: bytes) -> bytes:
    table = read_table(content)
    nothing = [""] * table.num_rows
    return as_table(
        {
            "product_id": table["product_id"].to_pylist(),
            "title": table["title"].to_pylist(),
            "digest": nothing,
            "attributes": nothing,
        }
    )


def _arrays(content: bytes) -> bytes:
    from safetensors import SafetensorError
    from safetensors.numpy import load, save

    try:
        arrays = load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    n_topics, n_dims = arrays["centroids"].shape
    return save(
        {
            **arrays,
            "landmarks": np.empty((0, n_dims), dtype=np.float16),
            "landmark_topics": np.empty(0, dtype=np.int32),
            "reach": np.full((n_topics, 2), np.nan, dtype=np.float32),
            "temperature": np.ones(1, dtype=np.float64),
        }
    )


def _from_2(manifest: Manifest, files: Files) -> tuple[Manifest, Files]:
    """Format 3 leaves no sentences of the shop out of the texts, so it keeps none of them.

    Where a run has left some out, a refit encodes the texts that had them anew.
    """
    evidence = dict(json.loads(files["evidence.json"]))
    evidence.pop("boilerplate", None)
    documents = manifest.settings.get("documents")
    if isinstance(documents, Mapping):
        kept = {key: value for key, value in documents.items() if key != "drop_boilerplate"}
        manifest = replace(manifest, settings={**manifest.settings, "documents": kept})
    return manifest, {**files, "evidence.json": as_json(evidence, sort_keys=True)}


def _from_3(manifest: Manifest, files: Files) -> tuple[Manifest, Files]:
    """Format 4 has the families of the catalogue of goods that each category votes for."""
    return manifest, _with_fields(files, {"catalogue": []})


def _from_4(manifest: Manifest, files: Files) -> tuple[Manifest, Files]:
    """Format 5 defines each category, and has the coverage of its name and other names for it.

    It also keeps what was left out of the texts: nothing, in older runs, and a refit does the same.
    """
    unknown: dict[str, Any] = {
        "coverage": None,
        "runners_up": [],
        "definition": "",
        "description": "",
        "includes": [],
        "excludes": [],
    }
    evidence = {**json.loads(files["evidence.json"]), "boilerplate": []}
    files = {**files, "evidence.json": as_json(evidence, sort_keys=True)}
    return manifest, _with_fields(files, unknown)


def _with_fields(files: Files, fields: Mapping[str, Any]) -> Files:
    """The files with these fields in all categories of all trees."""
    trees = [name for name in ("taxonomy.json", "fitted/taxonomy.json") if name in files]
    return {**files, **{name: _with_fields_of_tree(files[name], fields) for name in trees}}


def _with_fields_of_tree(taxonomy: bytes, fields: Mapping[str, Any]) -> bytes:
    topics = json.loads(taxonomy)["topics"]
    return as_json({"topics": [{**fields, **topic} for topic in topics]})


_STEPS: tuple[Step, ...] = (_from_1, _from_2, _from_3, _from_4)
"""The steps from format 1 to 2, from 2 to 3, and so on."""
