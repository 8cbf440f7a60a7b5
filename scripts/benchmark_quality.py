"""How well the tree agrees with what shops' own staff decided, beside other ways to cluster.

    python scripts/benchmark_quality.py [--data FOLDER] [--sets NAME ...] [--methods NAME ...]

Every method gets the same vectors in the same process. Ours chooses its number of categories; where
a peer is "given k" it is told the true number. "bertopic zero-shot" is told the departments of our
catalogue of goods, and "ours without catalogue" does without it. The truth is used for scoring
only. The figures are printed as a table and written as JSON. AMI is taken as delivered, what is
left unplaced being one class, and in brackets with that put to the nearest centroid. Needs the
`bench` extra for EVoC.

The data folder holds NAME.jsonl.gz with `id`, `title`, `description`, `attributes` and
`category_path`, and for most sets embeddings/NAME.npy with one vector a row; the program encodes
the texts of the others, and with --own-encoder those of all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import topicmodel as tm
from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.voting import vote
from topicmodel.clustering import hierarchy
from topicmodel.datatypes import Corpus, Documents, Floats, Integers, TermCounts, Votes
from topicmodel.documents import build_documents
from topicmodel.embedding import embed, load_encoder
from topicmodel.embedding.cache import VectorCache, default_cache_path
from topicmodel.evaluation import adjusted_mutual_information, adjusted_rand_index
from topicmodel.evaluation.partitions import majority
from topicmodel.execution.context import FitContext
from topicmodel.geometry import fill_outliers
from topicmodel.ingest import read_dump
from topicmodel.placement.fitted_texts import place
from topicmodel.text import count_words

ROOT = Path(__file__).parent.parent
SETS = (
    "mixed_catalogue",
    "bigbasket",
    "flipkart",
    "amazon_in",
    "amazon_titles",
    "hm",
    "arxiv",
)
NO_GOODS = ("arxiv",)
"""Sets of other texts: what knows about goods has nothing to say there."""

ZERO_SHOT = 0.4
"""Least cosine of a text to a department that BERTopic is told. At its default of .7 hardly any
text is near enough to one, and below .4 its figures fall."""


@dataclass(frozen=True)
class Shop:
    """A data set: distinct texts, and the truth of every product."""

    name: str
    documents: Documents
    vectors: Floats
    words: TermCounts
    votes: Votes
    truth: tuple[Integers, Integers]
    """Per level (n_products,), -1 where the path is shorter."""

    @property
    def corpus(self) -> Corpus:
        """The texts as fits see them."""
        return Corpus(self.vectors, self.words, votes=self.votes)

    @property
    def texts(self) -> Sequence[str]:
        """The distinct texts."""
        return self.documents.texts

    @property
    def text_of_product(self) -> Integers:
        """(n_products,), row of its text, -1 where there is none."""
        return self.documents.text_of_product

    def count(self, level: int) -> int:
        """True number of categories."""
        return len(np.unique(self.truth[level][self.truth[level] >= 0]))


@dataclass(frozen=True)
class Answer:
    """What a method found: (n_texts,) for each level, -1 is none."""

    level1: Integers
    level2: Integers
    extra: dict[str, Any]


def main() -> None:
    """Run all methods on all sets and seeds, print the table, write the JSON."""
    options = _options()
    warnings.filterwarnings("ignore")
    rows = []
    for name in options.sets:
        shop = load_shop(options.data, name, options.own_encoder)
        for method in options.methods:
            find = METHODS[method]
            rows.append(measure(shop, method, find, options.seeds))
            print(_line(rows[-1]), flush=True)
    if set(options.methods) == set(METHODS):
        print("\n" + summary(rows))
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "seeds": options.seeds,
        "own_encoder": options.own_encoder,
        "rows": rows,
    }
    options.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"\n{options.out}")


def load_shop(folder: Path, name: str, own_encoder: bool) -> Shop:
    """Read a data set, and take or make its vectors."""
    settings = tm.Settings()
    dump = read_dump([folder / f"{name}.jsonl.gz"], tm.ColumnChoice(label="category_path"))
    documents = build_documents(dump.products, settings.documents)
    first = documents.product_of_text.tolist()
    given = folder / "embeddings" / f"{name}.npy"
    if own_encoder or not given.exists():
        vectors = encode(documents.texts)
    else:
        vectors = np.load(given)[first].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    words = count_words(documents.texts, documents.languages)
    catalogue = bundled_catalogue()
    goods = encode([good for family in catalogue.families for good in family.goods])
    titles = [documents.products.titles[row] for row in first]
    votes = vote(vectors, titles, catalogue, goods)
    truth = (_codes(documents.products.true_paths, 1), _codes(documents.products.true_paths, 2))
    return Shop(name, documents, vectors, words, votes, truth)


def encode(texts: Sequence[str]) -> Floats:
    """Vectors by the program's own encoder: (n_texts, n_dims), unit length."""
    with VectorCache(default_cache_path()) as cache:
        return embed(texts, load_encoder(tm.Settings().embedding), cache).vectors


def ours(shop: Shop, seed: int) -> Answer:
    """The program's own tree, count chosen by itself."""
    return _ours(shop.corpus, seed)


def ours_without_catalogue(shop: Shop, seed: int) -> Answer:
    """The same without common knowledge of goods."""
    return _ours(Corpus(shop.vectors, shop.words), seed)


def _ours(corpus: Corpus, seed: int) -> Answer:
    levels = hierarchy.build_levels(corpus, FitContext.of(tm.Settings(seed=seed)))
    placement = place(corpus, levels)
    leaves = np.where(levels.level2 < 0, levels.level1 + 1_000_000, placement.level2)
    leaves = np.where(placement.level1 < 0, -1, leaves)
    extra = {"confidence": placement.confidence}
    return Answer(placement.level1, leaves, extra)


def bertopic(shop: Shop, seed: int) -> Answer:
    """BERTopic with its defaults, seeded."""
    topics = np.array(_bertopic(shop, seed).topics_)
    return Answer(topics, topics, {})


def bertopic_zero_shot(shop: Shop, seed: int) -> Answer:
    """BERTopic told the departments of our catalogue; it finds topics among what fits none."""
    topics = np.array(_bertopic(shop, seed, bundled_catalogue().departments).topics_)
    return Answer(topics, topics, {})


def bertopic_given_k(shop: Shop, seed: int) -> Answer:
    """BERTopic reduced to the true number of topics, for each level."""
    found = []
    for level in (0, 1):
        model = _bertopic(shop, seed)
        if shop.count(level) + 1 < len(model.topic_sizes_):
            model.reduce_topics(list(shop.texts), nr_topics=shop.count(level) + 1)
        found.append(np.array(model.topics_))
    return Answer(found[0], found[1], {})


def kmeans_given_k(shop: Shop, seed: int) -> Answer:
    """k-means with the true number of clusters, for each level."""
    from sklearn.cluster import KMeans

    found = [
        KMeans(shop.count(level), n_init=3, random_state=seed).fit_predict(shop.vectors)
        for level in (0, 1)
    ]
    return Answer(found[0], found[1], {})


def evoc_best_layer(shop: Shop, seed: int) -> Answer:
    """EVoC; for each level the one of its layers that the truth likes best."""
    from evoc import EVoC

    model = EVoC(random_state=seed)
    model.fit(shop.vectors)
    best = [max(model.cluster_layers_, key=lambda c: _ami(shop, c, level)) for level in (0, 1)]
    return Answer(np.asarray(best[0]), np.asarray(best[1]), {})


METHODS: dict[str, Callable[[Shop, int], Answer]] = {
    "ours": ours,
    "ours without catalogue": ours_without_catalogue,
    "bertopic": bertopic,
    "bertopic zero-shot": bertopic_zero_shot,
    "bertopic given k": bertopic_given_k,
    "k-means given k": kmeans_given_k,
    "evoc best layer": evoc_best_layer,
}

GIVEN_K = ("bertopic given k", "k-means given k")
PEERS = tuple(method for method in METHODS if not method.startswith("ours"))


def measure(
    shop: Shop, method: str, find: Callable[[Shop, int], Answer], seeds: Sequence[int]
) -> dict[str, Any]:
    """Means over seeds, and how much the seeds agree with one another."""
    start = time.monotonic()
    answers = [find(shop, seed) for seed in seeds]
    pairs = [(a, b) for n, a in enumerate(answers) for b in answers[:n]]
    largest = [np.bincount(a.level1[a.level1 >= 0]).max() / len(a.level1) for a in answers]
    row = {
        "set": shop.name,
        "method": method,
        "ami1": _mean(_ami(shop, answer.level1, 0) for answer in answers),
        "ami2": _mean(_ami(shop, answer.level2, 1) for answer in answers),
        "ami1_filled": _mean(_ami(shop, _filled(shop, a.level1), 0) for a in answers),
        "ami2_filled": _mean(_ami(shop, _filled(shop, a.level2), 1) for a in answers),
        "ari1": _mean(_ari(shop, answer.level1, 0) for answer in answers),
        "count1": [_n_found(answer.level1) for answer in answers],
        "count2": [_n_found(answer.level2) for answer in answers],
        "true1": shop.count(0),
        "true2": shop.count(1),
        "coverage": _mean((answer.level1 >= 0).mean() for answer in answers),
        "largest": _mean(largest),
        "seed_ari": _mean(adjusted_rand_index(a.level1, b.level1) for a, b in pairs),
        "seconds": (time.monotonic() - start) / len(seeds),
    }
    if "confidence" in answers[0].extra:
        row["accuracy_by_decile"] = _accuracy_by_decile(shop, answers[0])
    return row


def summary(rows: Sequence[dict[str, Any]]) -> str:
    """Our AMI over the best peer's: of level one among those given k, of level two among all."""
    lines = []
    for key, peers in (("ami1", GIVEN_K), ("ami2", PEERS)):
        table = {(row["set"], row["method"]): row[key] for row in rows}
        ratios = {
            name: table[name, "ours"] / max(table[name, peer] for peer in peers)
            for name in dict.fromkeys(row["set"] for row in rows)
        }
        shown = ", ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items())
        mean = np.mean([ratio for name, ratio in ratios.items() if name not in NO_GOODS])
        lines.append(
            f"{key}: ours / best of {', '.join(peers)}: mean over goods {mean:.3f} ({shown})"
        )
    return "\n".join(lines)


def _bertopic(shop: Shop, seed: int, told: Sequence[str] | None = None) -> Any:
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from umap import UMAP

    class OwnEncoder(BaseEmbedder):  # type: ignore[misc]
        """What BERTopic encodes the topics with that it is told."""

        def embed(self, documents: list[str], verbose: bool = False) -> Floats:  # noqa: ARG002
            return encode(documents)

    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    embedder = BaseEmbedder() if told is None else OwnEncoder()
    topics = None if told is None else list(told)
    model = BERTopic(
        embedding_model=embedder,
        umap_model=reducer,
        zeroshot_topic_list=topics,
        zeroshot_min_similarity=ZERO_SHOT,
    )
    return model.fit(list(shop.texts), shop.vectors)


def _accuracy_by_decile(shop: Shop, answer: Answer) -> list[float]:
    """Share of products whose category is mostly of their own kind, by rising confidence."""
    true, found = shop.truth[0], answer.level1[shop.text_of_product]
    used = (true >= 0) & (found >= 0)
    right = (majority(true, found)[found] == true)[used]
    order = np.argsort(answer.extra["confidence"][shop.text_of_product][used], kind="stable")
    return [float(part.mean()) for part in np.array_split(right[order], 10)]


def _ami(shop: Shop, topics: Integers, level: int) -> float:
    return _compare(adjusted_mutual_information, shop, topics, level)


def _ari(shop: Shop, topics: Integers, level: int) -> float:
    return _compare(adjusted_rand_index, shop, topics, level)


def _compare(
    metric: Callable[..., float | None], shop: Shop, topics: Integers, level: int
) -> float:
    """As delivered: what a method leaves unplaced is one class."""
    known = shop.truth[level] >= 0
    return metric(shop.truth[level][known], topics[shop.text_of_product][known]) or 0.0


def _filled(shop: Shop, topics: Integers) -> Integers:
    """The topics with what was left unplaced put to the nearest centroid."""
    codes = np.full(len(topics), -1, dtype=np.int64)
    codes[topics >= 0] = np.unique(topics[topics >= 0], return_inverse=True)[1]
    return fill_outliers(shop.vectors, codes)


def _codes(paths: Sequence[tuple[str, ...]], depth: int) -> Integers:
    names = [" > ".join(path[:depth]) if len(path) >= depth else "" for path in paths]
    known = sorted(set(names) - {""})
    number = {name: code for code, name in enumerate(known)} | {"": -1}
    return np.array([number[name] for name in names])


def _n_found(topics: Integers) -> int:
    return len(np.unique(topics[topics >= 0]))


def _mean(values: Any) -> float:
    found = [float(value) for value in values]
    return float(np.mean(found)) if found else float("nan")


def _line(row: dict[str, Any]) -> str:
    return (
        f"{row['set']:<16}{row['method']:<18}"
        f"AMI1 {row['ami1']:.3f} ({row['ami1_filled']:.3f})  "
        f"AMI2 {row['ami2']:.3f} ({row['ami2_filled']:.3f})  ARI1 {row['ari1']:.3f}  "
        f"n1 {_mean(row['count1']):5.1f} ({row['true1']})  "
        f"n2 {_mean(row['count2']):5.1f} ({row['true2']})  "
        f"largest {row['largest']:.2f}  coverage {row['coverage']:.3f}  "
        f"seeds {row['seed_ari']:.2f}  {row['seconds']:.0f} s"
        + (
            f"  accuracy by confidence {row['accuracy_by_decile'][0]:.2f}"
            f" to {row['accuracy_by_decile'][-1]:.2f}"
            if "accuracy_by_decile" in row
            else ""
        )
    )


def _commit() -> str:
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT).stdout.strip()  # noqa: S603


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=METHODS)
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1, 2])
    parser.add_argument("--own-encoder", action="store_true")
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "benchmark_quality.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
