"""How good the names of categories are, beside BERTopic's names of the same categories.

    python scripts/benchmark_names.py [--data FOLDER] [--sets NAME ...] [--names NAME ...]

All methods name the topics of our own tree. BERTopic is fitted to these topics as its manual says,
with defaults; its label, such as `0_a_b_c_d`, is read as "a b c d". The true category paths are
used for scoring only. The figures, by set and level and as means over the sets, are printed as a
table and written as JSON; --trees writes the named trees as text.

    pure      of the topics with more than 60 % products of one true category, the share whose name
              is nearest to the name of that category, among all true names of the level (cosine)
    all       the same share of all topics
    head      share of the core members whose title or text has the last head noun of the name
    either    the same for any head noun of a name such as "Laptops & Tablets"
    length    mean characters of a name
    weak      share of names that are true of too few products, as the program itself says
    faults    number of names of the whole tree that do not stand well beside the others, by the
              program's own gates: given twice, over 40 characters, a repetition of the category
              above or of a sibling, or one of siblings that share too many words
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from benchmark_quality import ROOT, SETS, Shop, _commit, load_shop

import topicmodel as tm
from topicmodel.catalogue.bundled import bundled_catalogue
from topicmodel.catalogue.translations import ENGLISH, Translation
from topicmodel.clustering import hierarchy
from topicmodel.datatypes import Floats, Integers, Levels, Placement
from topicmodel.datatypes.tree import LEAST_COVERAGE
from topicmodel.embedding import embed, load_encoder
from topicmodel.embedding.cache import VectorCache, default_cache_path
from topicmodel.evaluation import head_noun_share, name_retrieval
from topicmodel.execution.context import FitContext
from topicmodel.naming import ShopCatalogue, name_topics
from topicmodel.naming.choice import TopicName
from topicmodel.naming.gates import tree_faults
from topicmodel.placement.fitted_texts import place

PURE = 0.6
"""Share of one true category from which on a topic has a right name."""

WORDS_OF_A_LABEL = 4
COLUMNS = ("pure", "all", "head", "either", "length", "weak", "faults")

Encode: TypeAlias = Callable[[Sequence[str]], Floats]
TwoLevels: TypeAlias = tuple[list[TopicName], list[TopicName]]


@dataclass(frozen=True)
class Tree:
    """A data set with our own tree, still without names."""

    shop: Shop
    levels: Levels
    placement: Placement

    @property
    def topics(self) -> tuple[Integers, Integers]:
        """Per level the topic of each text, (n_texts,), as delivered."""
        return self.placement.level1, self.placement.level2

    @property
    def n_topics(self) -> tuple[int, int]:
        """Per level."""
        return int(self.levels.level1.max()) + 1, int(self.levels.level2.max(initial=-1)) + 1


def ours(tree: Tree, encode: Encode) -> TwoLevels:
    """The program's own names, from titles and, where the tree follows it, the catalogue."""
    known = None
    if tree.levels.by_catalogue:
        english = Translation(ENGLISH)
        known = ShopCatalogue(bundled_catalogue(), tree.shop.votes, english, has_goods=True)
    return _named(tree, encode, known)


def titles(tree: Tree, encode: Encode) -> TwoLevels:
    """The program's names from titles alone."""
    return _named(tree, encode, None)


def _named(tree: Tree, encode: Encode, known: ShopCatalogue | None) -> TwoLevels:
    documents, vectors = tree.shop.documents, tree.shop.vectors
    return name_topics(documents, vectors, tree.levels, encode, None, known)


def bertopic(tree: Tree, encode: Encode) -> TwoLevels:
    """BERTopic's labels as they come."""
    return _bertopic(tree, encode, None)


def bertopic_keybert(tree: Tree, encode: Encode) -> TwoLevels:
    """BERTopic with KeyBERTInspired."""
    from bertopic.representation import KeyBERTInspired

    return _bertopic(tree, encode, KeyBERTInspired())


def bertopic_mmr(tree: Tree, encode: Encode) -> TwoLevels:
    """BERTopic with MaximalMarginalRelevance."""
    from bertopic.representation import MaximalMarginalRelevance

    return _bertopic(tree, encode, MaximalMarginalRelevance(diversity=0.3))


METHODS: dict[str, Callable[[Tree, Encode], TwoLevels]] = {
    "ours": ours,
    "titles": titles,
    "bertopic": bertopic,
    "bertopic-keybert": bertopic_keybert,
    "bertopic-mmr": bertopic_mmr,
}


def main() -> None:
    """Name the trees of all sets by all methods, print the table, write the JSON and the trees."""
    options = _options()
    warnings.filterwarnings("ignore")
    rows, trees = [], []
    with VectorCache(default_cache_path()) as cache:
        encode = _cached_encoder(cache)
        for set_name in options.sets:
            tree = load_tree(options.data, set_name, options.own_encoder, options.seed)
            for method in options.names:
                found, text = measure(tree, method, encode)
                print("\n".join(map(_line, found)), flush=True)
                rows += found
                trees.append(text)
    print("\n" + "\n".join(map(_line, means(rows))))
    record = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "seed": options.seed,
        "own_encoder": options.own_encoder,
        "rows": rows,
    }
    options.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"\n{options.out}")
    if options.trees:
        options.trees.write_text("\n".join(trees), encoding="utf-8")


def load_tree(folder: Path, name: str, own_encoder: bool, seed: int) -> Tree:
    """Read a data set and build our tree of it."""
    shop = load_shop(folder, name, own_encoder)
    levels = hierarchy.build_levels(shop.corpus, FitContext.of(tm.Settings(seed=seed)))
    return Tree(shop, levels, place(shop.corpus, levels))


def measure(tree: Tree, method: str, encode: Encode) -> tuple[list[dict[str, Any]], str]:
    """One row of figures a level, and the named tree as text."""
    start = time.monotonic()
    told = METHODS[method](tree, encode)
    seconds = time.monotonic() - start
    names = [[each.name for each in level] for level in told]
    faults = len(tree_faults(_nested(tree, names)))
    truths = tuple(_truths(tree, level) for level in (1, 2))
    rows = [
        {
            "set": tree.shop.name,
            "names": method,
            "level": level,
            **_figures(tree, level, names[level - 1], truths[level - 1], encode),
            "weak": _mean(each.coverage < LEAST_COVERAGE[level] for each in told[level - 1]),
            "faults": faults,
            "seconds": seconds,
        }
        for level in (1, 2)
    ]
    lines = "\n".join(_drawn(tree, told, truths))
    return rows, f"{tree.shop.name}, names by {method}\n\n{lines}\n"


def means(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Over the sets, one row a method and level."""
    groups = dict.fromkeys((row["names"], row["level"]) for row in rows)
    return [_mean_row(rows, method, level) for method, level in groups]


@dataclass(frozen=True)
class Truth:
    """What a topic mostly holds."""

    path: tuple[str, ...]
    """() where no true path is known."""
    purity: float
    size: int
    """Products of the topic."""

    @property
    def name(self) -> str:
        """Of the true category, without those above it."""
        return self.path[-1] if self.path else "?"


def _truths(tree: Tree, level: int) -> list[Truth]:
    votes: list[Counter[tuple[str, ...]]] = [Counter() for _ in range(tree.n_topics[level - 1])]
    sizes = [0] * len(votes)
    for text, path in zip(
        tree.shop.text_of_product, tree.shop.documents.products.true_paths, strict=True
    ):
        topic = tree.topics[level - 1][text] if text >= 0 else -1
        if topic >= 0:
            sizes[topic] += 1
            votes[topic].update([path[:level]] if len(path) >= level else [])
    return [_truth(*pair) for pair in zip(votes, sizes, strict=True)]


def _truth(votes: Counter[tuple[str, ...]], size: int) -> Truth:
    if not votes:
        return Truth((), 0.0, size)
    path = min(votes, key=lambda path: (-votes[path], path))
    return Truth(path, votes[path] / size, size)


def _figures(
    tree: Tree, level: int, names: Sequence[str], truths: Sequence[Truth], encode: Encode
) -> dict[str, Any]:
    known = [topic for topic, truth in enumerate(truths) if truth.path]
    pure = [topic for topic in known if truths[topic].purity > PURE]
    members = _core_members(tree, level)
    return {
        "n_topics": len(names),
        "n_pure": len(pure),
        "pure": _retrieval(tree, level, names, truths, pure, encode),
        "all": _retrieval(tree, level, names, truths, known, encode),
        "head": head_noun_share(names, members),
        "either": _either_head_share(names, members),
        "length": _mean(map(len, names)),
    }


def _retrieval(
    tree: Tree,
    level: int,
    names: Sequence[str],
    truths: Sequence[Truth],
    topics: Sequence[int],
    encode: Encode,
) -> float | None:
    if not topics:
        return None
    # Several paths may end in the same name, which then is one.
    paths = tree.shop.documents.products.true_paths
    true_names = sorted({path[level - 1] for path in paths if len(path) >= level})
    wanted = np.array([true_names.index(truths[topic].name) for topic in topics])
    return name_retrieval(encode([names[topic] for topic in topics]), encode(true_names), wanted)


def _core_members(tree: Tree, level: int) -> list[list[str]]:
    """Title and text of those that HDBSCAN holds in each topic."""
    topics = (tree.levels.level1, tree.levels.level2)[level - 1]
    members: list[list[str]] = [[] for _ in range(tree.n_topics[level - 1])]
    for row in np.flatnonzero((tree.levels.strengths > 0) & (topics >= 0)):
        title = tree.shop.documents.products.titles[tree.shop.documents.product_of_text[row]]
        members[topics[row]].append(f"{title} {tree.shop.documents.texts[row]}")
    return members


def _either_head_share(names: Sequence[str], members: Sequence[Sequence[str]]) -> float | None:
    return _mean(
        head_noun_share([name], [texts]) if " & " not in name else _union_share(name, texts)
        for name, texts in zip(names, members, strict=True)
        if texts
    )


def _union_share(name: str, texts: Sequence[str]) -> float:
    halves = name.split(" & ")
    return float(np.mean([any(head_noun_share([h], [[text]]) for h in halves) for text in texts]))


def _nested(tree: Tree, names: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    """Name of each parent -> names of its children."""
    return {
        name: [names[1][child] for child in _children(tree, parent)]
        for parent, name in enumerate(names[0])
    }


def _children(tree: Tree, parent: int) -> list[int]:
    children = np.unique(tree.levels.level2[tree.levels.level1 == parent])
    return [child for child in children.tolist() if child >= 0]


def _bertopic(tree: Tree, encode: Encode, representation: Any) -> TwoLevels:
    first, second = (
        _labels(tree, topics, n_topics, encode, representation)
        for topics, n_topics in zip(tree.topics, tree.n_topics, strict=True)
    )
    return first, second


def _labels(
    tree: Tree, topics: Integers, n_topics: int, encode: Encode, representation: Any
) -> list[TopicName]:
    """Names of topics as BERTopic's manual makes them from topics that are already known."""
    from bertopic import BERTopic
    from bertopic.backend import BaseEmbedder
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction

    embedder = BaseEmbedder()
    embedder.embed = lambda documents, _verbose=False: encode(documents)
    model = BERTopic(
        embedding_model=embedder,
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
    )
    texts = list(tree.shop.texts)
    model.fit(texts, tree.shop.vectors, y=topics)
    if representation:
        # Given to the constructor, KeyBERTInspired 0.17.4 would read the vectors of other texts.
        model.update_topics(texts, representation_model=representation)
    numbers = dict(zip(topics.tolist(), model.topics_, strict=True))
    keywords = {topic: model.get_topic(number) for topic, number in numbers.items()}
    # BERTopic does not say how far a label is true.
    return [TopicName(_label(keywords.get(topic, ())), 1.0) for topic in range(n_topics)]


def _label(keywords: Sequence[tuple[str, float]]) -> str:
    return " ".join(term for term, _ in keywords[:WORDS_OF_A_LABEL]).replace("_", " ")


def _drawn(tree: Tree, names: TwoLevels, truths: tuple[list[Truth], ...]) -> Iterator[str]:
    for parent in range(tree.n_topics[0]):
        yield _shown(names[0][parent], truths[0][parent])
        for child in _children(tree, parent):
            yield "    " + _shown(names[1][child], truths[1][child])


def _shown(name: TopicName, truth: Truth) -> str:
    true = f"{' > '.join(truth.path) or '?'}, {truth.purity:.0%}"
    return f"{name.name} ({truth.size:,}) {name.coverage:.0%} [{true}]"


def _line(row: dict[str, Any]) -> str:
    figures = "  ".join(f"{name} {_number(row[name])}" for name in COLUMNS)
    return f"{row['set']:<16}{row['names']:<18}level {row['level']}  {figures}"


def _number(value: float | None) -> str:
    return "    -" if value is None else f"{value:5.1f}" if value > 1 else f"{value:5.3f}"


def _mean_row(rows: Sequence[dict[str, Any]], method: str, level: int) -> dict[str, Any]:
    chosen = [row for row in rows if (row["names"], row["level"]) == (method, level)]
    figures = {name: _mean(row[name] for row in chosen) for name in COLUMNS}
    return {"set": "mean", "names": method, "level": level, **figures}


def _mean(values: Any) -> float | None:
    found = [float(value) for value in values if value is not None]
    return float(np.mean(found)) if found else None


def _cached_encoder(cache: VectorCache) -> Encode:
    encoder = load_encoder(tm.Settings().embedding)
    return lambda texts: embed(list(texts), encoder, cache).vectors


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--names", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--own-encoder", action="store_true")
    parser.add_argument("--trees", type=Path, help="file for the named trees, as text")
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "benchmark_names.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
