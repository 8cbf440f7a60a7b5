"""Whole fits, save encoding, beside BERTopic's own `fit_transform` on the same texts and vectors.

Ours is all that `topicmodel fit` does: reading, two levels, names, map, scorecard and report, with
every text's vector in the cache; what the names still ask of the encoder is counted. Theirs is
BERTopic with its defaults. Each runs in a process of its own, by turns, after a small fit that is
not counted: loading and compiling are part of neither.
"""

from __future__ import annotations

import argparse
import gzip
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import topicmodel as tm
from speed.processes import alone
from speed.runs import (
    TimedEncoder,
    add_fit_options,
    as_record,
    keep_compiled_code,
    tell,
    warm_up,
    warm_up_neighbours,
    whole_fit,
)
from topicmodel.datatypes import Encoder, Floats
from topicmodel.documents import build_documents
from topicmodel.embedding import VectorCache, default_cache_path, embed, load_encoder
from topicmodel.ingest import read_dump

SIZES = (5000, 20_000, 46_848)
SETS = (("mixed_catalogue", 20_891), ("hm", 46_848))
"""Name and number of products; a size is taken from the first that has as many."""


@dataclass(frozen=True)
class Case:
    """What both sides are given."""

    name: str
    dump: Path
    texts: Sequence[str]
    """The distinct ones."""
    vectors: Floats
    """(n_texts, n_dims), unit length."""
    identity: str
    """Of the encoder that made them."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES), help="products")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument(
        "--vectors",
        type=Path,
        metavar="FOLDER",
        help="take vectors from NAME.npy there, a row for each of NAME.jsonl.gz, rather than "
        "encode what the user's cache lacks",
    )
    add_fit_options(parser)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds and memory of both on each size, round by round."""
    keep_compiled_code()
    settings = tm.load_settings(assignments=options.assignments)
    sets = [set_of_size(size) for size in options.sizes]
    _check_files(options, sets)
    cases = []
    for size, name in zip(options.sizes, sets, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            case = load_case(options, name, size, Path(folder), settings)
            cases.append(compare(case, settings, options.warm_up, options.rounds))
    return {"settings": options.assignments, "cases": cases}


def table(record: dict[str, Any]) -> str:
    """The record for people."""
    lines = [
        f"{'set':<16}  {'products':>8}  {'texts':>7}  {'ours':>9}  {'BERTopic':>9}  {'ratio':>5}  "
        f"{'our memory':>10}  {'its memory':>10}  {'our topics':>10}  {'its topics':>10}"
    ]
    for case in record["cases"]:
        lines += [_line(case, row) for row in case["rounds"]]
    for case in record["cases"]:
        lines += ["", *_stages(case)]
    return "\n".join(lines)


def set_of_size(size: int) -> str:
    """The first set with as many products."""
    for name, n_products in SETS:
        if size <= n_products:
            return name
    raise SystemExit(f"No set has {size:,} products.")


def load_case(
    options: argparse.Namespace, name: str, size: int, folder: Path, settings: tm.Settings
) -> Case:
    """As many products of a set, drawn by chance, with the vectors of their texts."""
    with gzip.open(options.data / f"{name}.jsonl.gz") as file:
        lines = file.readlines()
    rows = np.array(sorted(random.Random(0).sample(range(len(lines)), min(size, len(lines)))))
    dump = folder / f"{name}_{size}.jsonl"
    dump.write_bytes(b"".join(lines[row] for row in rows))
    documents = build_documents(read_dump([dump], tm.ColumnChoice()).products, settings.documents)
    if options.vectors is None:
        vectors, identity = _own_vectors(documents.texts, settings)
    else:
        stored = np.load(options.vectors / f"{name}.npy", mmap_mode="r")
        vectors = stored[rows[documents.product_of_text]].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        identity = f"{name}.npy"
    return Case(name, dump, documents.texts, vectors, identity)


def compare(
    case: Case,
    settings: tm.Settings,
    n_warm_up: int,
    n_rounds: int = 1,
    encoder: Encoder | None = None,
) -> dict[str, Any]:
    """What both sides take of one case.

    Args:
        case: what they are given.
        settings: of our fit.
        n_warm_up: products or texts of the uncounted fits.
        n_rounds: how often each is measured.
        encoder: for what the names ask for; the one of the settings unless given.
    """
    ways: dict[str, Callable[[], Any]] = {
        "ours": lambda: alone(ours, case, settings, n_warm_up, encoder),
        "theirs": lambda: alone(theirs, case, n_warm_up),
    }
    rounds = []
    for number in range(n_rounds):
        row = {}
        for way in sorted(ways, reverse=bool(number % 2)):
            found, memory = ways[way]()
            row[way] = {**found, **as_record(memory)}
            tell(f"{case.name}, {len(case.texts):,} texts, {way}: {found['seconds']:.1f} s")
        rounds.append(row)
    return {
        "set": case.name,
        "products": rounds[0]["ours"]["products"],
        "texts": len(case.texts),
        "vectors": case.identity,
        "rounds": rounds,
        "ratio": statistics.median(_ratio(row) for row in rounds),
    }


def ours(
    case: Case, settings: tm.Settings, n_warm_up: int, encoder: Encoder | None
) -> dict[str, Any]:
    """A whole fit with all vectors in a cache that no other run has used."""
    own = encoder or load_encoder(settings.embedding)
    warm_up(case.dump, n_warm_up, settings, own)
    timed = TimedEncoder(case.identity, own)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.sqlite"
        with VectorCache(path) as cache:
            cache.put(case.identity, case.texts, case.vectors)
        found = whole_fit(case.dump, settings, timed, path)
    return {
        **found,
        "phrases_encoded": timed.n_texts,
        "seconds_encoding_phrases": round(timed.seconds, 2),
    }


def theirs(case: Case, n_warm_up: int) -> dict[str, Any]:
    """BERTopic with its defaults, and an encoder that is never asked."""
    if n_warm_up:
        _bertopic().fit_transform(list(case.texts[:n_warm_up]), case.vectors[:n_warm_up])
        warm_up_neighbours()
    model = _bertopic()
    start = time.perf_counter()
    topics, _ = model.fit_transform(list(case.texts), case.vectors)
    return {
        "seconds": time.perf_counter() - start,
        "topics": len(set(topics) - {-1}),
        "outliers": float(np.mean(np.array(topics) < 0)),
    }


def _bertopic() -> Any:
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder

    return BERTopic(embedding_model=BaseEmbedder())


def _own_vectors(texts: Sequence[str], settings: tm.Settings) -> tuple[Floats, str]:
    encoder = load_encoder(settings.embedding)
    with VectorCache(default_cache_path()) as cache:
        return embed(texts, encoder, cache).vectors, encoder.identity


def _check_files(options: argparse.Namespace, names: Sequence[str]) -> None:
    """Refuse before the first fit what would fail after it."""
    wanted = [options.data / f"{name}.jsonl.gz" for name in names]
    if options.vectors is not None:
        wanted += [options.vectors / f"{name}.npy" for name in names]
    missing = [str(path) for path in dict.fromkeys(wanted) if not path.exists()]
    if missing:
        raise SystemExit(f"Missing: {', '.join(missing)}. --sizes leaves out what needs it.")


def _ratio(row: dict[str, Any]) -> float:
    return float(row["ours"]["seconds"] / row["theirs"]["seconds"])


def _line(case: dict[str, Any], row: dict[str, Any]) -> str:
    mine, other = row["ours"], row["theirs"]
    topics = " + ".join(map(str, mine["topics"]))
    return (
        f"{case['set']:<16}  {case['products']:>8,}  {case['texts']:>7,}  "
        f"{mine['seconds']:>7.1f} s  {other['seconds']:>7.1f} s  {_ratio(row):>5.2f}  "
        f"{_megabytes(mine):>7,.0f} MB  {_megabytes(other):>7,.0f} MB  "
        f"{topics:>10}  {other['topics']:>10}"
    )


def _megabytes(side: dict[str, Any]) -> float:
    return float(side["peak_together_mb"] or side["peak_mb"])


def _stages(case: dict[str, Any]) -> list[str]:
    first = case["rounds"][0]["ours"]
    return [
        f"{case['set']}, {case['products']:,} products: {case['ratio']:.2f} times BERTopic's time "
        f"(median); stages of ours:",
        *(f"  {stage['seconds']:>8.1f} s  {stage['name']}" for stage in first["stages"]),
        f"  {first['seconds_encoding_phrases']:>8.1f} s of these: {first['phrases_encoded']:,} "
        "phrases encoded for the names",
    ]
