"""Whether UMAP and HDBSCAN run on the GPU of this machine, how fast, and with what result.

    python scripts/check_gpu.py products.jsonl.gz --label category_path

The tree of the dump is found on the processor and on the GPU, from the same vectors and words. For
both are printed the seconds, the number of categories of each level and, with a label, how well
they agree with it; and how well the two agree with each other (adjusted mutual information). Where
cuML finds no GPU it says so and ends with 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topicmodel import ColumnChoice, Settings, load_settings, sample_path
from topicmodel.clustering.hierarchy import build_levels
from topicmodel.datatypes import Corpus, Documents, Levels
from topicmodel.documents import build_documents
from topicmodel.embedding import VectorCache, default_cache_path, embed, load_encoder
from topicmodel.engine import device_used
from topicmodel.evaluation import adjusted_mutual_information
from topicmodel.execution.context import FitContext
from topicmodel.ingest import read_dump
from topicmodel.text import count_words


def main() -> int:
    """Find the tree on both, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump", type=Path, nargs="?", help="the bundled sample unless given")
    parser.add_argument("--label", help="column with the true category path")
    parser.add_argument("--set", dest="pairs", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    settings = load_settings(assignments=options.pairs)
    device = device_used(settings.topics.device)
    if device == "cpu":
        print(
            "There is no GPU here that cuML can use, so there is nothing to compare. It needs an "
            "NVIDIA GPU and `pip install topicmodel[gpu]`.",
            file=sys.stderr,
        )
        return 1
    label = options.label or (None if options.dump else "category_path")
    compare(Shop.of(options.dump or sample_path(), label, settings), settings, device)
    return 0


@dataclass(frozen=True)
class Shop:
    """What a tree is found in."""

    documents: Documents
    corpus: Corpus

    @classmethod
    def of(cls, dump: Path, label: str | None, settings: Settings) -> Shop:
        """Of the products of a dump; vectors come from the cache as far as it has them."""
        products = read_dump([dump], ColumnChoice(label=label)).products
        documents = build_documents(products, settings.documents)
        with VectorCache(default_cache_path()) as cache:
            found = embed(documents.texts, load_encoder(settings.embedding), cache)
        words = count_words(documents.texts, documents.languages)
        return cls(documents, Corpus(found.vectors, words))

    def truth(self, level: int) -> list[str]:
        """True category of each text on a level; "" where none is known."""
        paths = [self.documents.products.true_paths[row] for row in self.documents.product_of_text]
        return [" > ".join(path[:level]) if len(path) >= level else "" for path in paths]


def compare(shop: Shop, settings: Settings, device: str) -> None:
    """Print a line for each device, and how alike the trees are."""
    on_cpu = settings.model_copy(
        update={"topics": settings.topics.model_copy(update={"device": "cpu"})}
    )
    # The first fit on a device also compiles, and is left out of the seconds.
    find(shop, settings)
    find(shop, on_cpu)
    found = [("cpu", *find(shop, on_cpu)), (device, *find(shop, settings))]
    print(f"{len(shop.corpus):,} texts")
    for name, levels, seconds in found:
        print(f"{name}: {seconds:.1f} s{_described(levels, shop)}")
    (_, before, slow), (_, after, quick) = found
    print(
        f"GPU {slow / quick:.1f} times as fast; AMI between the two: "
        f"{adjusted_mutual_information(before.level1, after.level1):.3f} on level one, "
        f"{adjusted_mutual_information(before.level2, after.level2):.3f} on level two"
    )


def find(shop: Shop, settings: Settings) -> tuple[Levels, float]:
    """Both levels, and the seconds that it took."""
    start = time.perf_counter()
    levels = build_levels(shop.corpus, FitContext.of(settings))
    return levels, time.perf_counter() - start


def _described(levels: Levels, shop: Shop) -> str:
    parts = []
    for level, topics in ((1, levels.level1), (2, levels.level2)):
        truth = shop.truth(level)
        rows = [row for row, name in enumerate(truth) if name]
        agreement = f", AMI {_agreement(topics, truth, rows):.3f}" if rows else ""
        parts.append(f"; level {level}: {topics.max() + 1} categories{agreement}")
    return "".join(parts)


def _agreement(topics: np.ndarray, truth: Sequence[str], rows: Sequence[int]) -> float | None:
    return adjusted_mutual_information([truth[row] for row in rows], topics[list(rows)])


if __name__ == "__main__":
    sys.exit(main())
