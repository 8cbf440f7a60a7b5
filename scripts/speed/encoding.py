"""Encoding: the program beside `SentenceTransformer.encode` with its defaults, on the same texts.

Both encode the same texts in the same process, by turns. The program goes its whole way, through a
cache that is empty. Both are warm: loading a model is not counted.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import topicmodel as tm
from topicmodel.datatypes import Floats
from topicmodel.documents import build_documents
from topicmodel.embedding import SentenceEncoder, VectorCache, embed, load_encoder
from topicmodel.ingest import read_dump
from topicmodel.workflows.fitting import sample_path

SETS = ("mixed_catalogue", "bigbasket", "hm", "flipkart", "amazon_in")
N_NEIGHBOURS = 10


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of this part."""
    parser.add_argument("dumps", nargs="*", type=Path, help="default: the development data")
    parser.add_argument("--texts", type=int, default=1500, help="texts that are encoded")
    parser.add_argument("--rounds", type=int, default=3)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Texts a second of both, round by round, and how alike their vectors are."""
    texts = sample_texts(options.dumps or default_dumps(options.data), options.texts)
    encoder = load_encoder(tm.Settings().embedding)
    ways = {"ours": lambda: ours(texts, encoder), "theirs": _theirs(texts, encoder)}
    encoder.encode(texts[:8])
    rounds, vectors = [], dict[str, Floats]()
    for number in range(options.rounds):
        seconds = {}
        for way in sorted(ways, reverse=bool(number % 2)):
            start = time.perf_counter()
            vectors[way] = ways[way]()
            seconds[way] = time.perf_counter() - start
        rounds.append({f"{way}_texts_per_second": len(texts) / seconds[way] for way in ways})
    ratios = [row["ours_texts_per_second"] / row["theirs_texts_per_second"] for row in rounds]
    return {
        "encoder": encoder.identity,
        "texts": len(texts),
        "characters_per_text": statistics.mean(map(len, texts)),
        "rounds": rounds,
        "ratio": statistics.median(ratios),
        "mean_cosine": float((vectors["ours"] * vectors["theirs"]).sum(axis=1).mean()),
        "neighbours_kept": neighbours_kept(vectors["ours"], vectors["theirs"]),
    }


def table(record: dict[str, Any]) -> str:
    """The record for people."""
    lines = [f"{'round':>5}  {'ours':>12}  {'SentenceTransformer':>20}  {'ratio':>6}"]
    for number, row in enumerate(record["rounds"], start=1):
        ours, theirs = row["ours_texts_per_second"], row["theirs_texts_per_second"]
        lines.append(f"{number:>5}  {ours:>10.1f}/s  {theirs:>18.1f}/s  {ours / theirs:>6.2f}")
    lines.append(
        f"{record['texts']:,} texts: {record['ratio']:.2f} times the texts a second (median), "
        f"mean cosine {record['mean_cosine']:.5f}, "
        f"{record['neighbours_kept']:.1%} of the ten nearest neighbours kept"
    )
    return "\n".join(lines)


def default_dumps(data: Path) -> list[Path]:
    """The development data where it is there, or else the bundled sample."""
    found = [data / f"{name}.jsonl.gz" for name in SETS]
    return [path for path in found if path.exists()] or [sample_path()]


def sample_texts(dumps: Sequence[Path], n_texts: int) -> list[str]:
    """As many texts of each dump as of every other, as far as it has them; the same every time."""
    rng = random.Random(0)
    chosen = list[str]()
    for dump in dumps:
        texts = build_documents(
            read_dump([dump], tm.ColumnChoice()).products, tm.Settings().documents
        ).texts
        chosen += rng.sample(list(texts), min(len(texts), n_texts // len(dumps)))
    rng.shuffle(chosen)
    return chosen


def ours(texts: Sequence[str], encoder: SentenceEncoder) -> Floats:
    """Vectors as a run makes them, where none is in the cache."""
    with (
        tempfile.TemporaryDirectory() as folder,
        VectorCache(Path(folder) / "vectors.sqlite") as cache,
    ):
        return embed(texts, encoder, cache).vectors


def neighbours_kept(vectors: Floats, reference: Floats) -> float:
    """Share of each text's nearest neighbours in the reference that it has here too."""
    found, wanted = _neighbours(vectors), _neighbours(reference)
    kept = [len(np.intersect1d(a, b)) for a, b in zip(found, wanted, strict=True)]
    return float(np.mean(kept)) / wanted.shape[1]


def _theirs(texts: Sequence[str], encoder: SentenceEncoder) -> Callable[[], Floats]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder.model.folder), device="cpu")
    model.encode(list(texts[:8]))

    def encode() -> Floats:
        vectors = np.asarray(model.encode(list(texts)))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return encode


def _neighbours(vectors: Floats) -> np.ndarray:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    return np.argsort(-cosines, axis=1, kind="stable")[:, :N_NEIGHBOURS]
