"""Whether the constants of the catalogue's tree would be the same without any one of the data sets.

    python scripts/benchmark_left_out.py [--data FOLDER] [--sets NAME ...] [--seeds N ...]

Each constant is varied, one at a time. For each set, the variant is chosen that does best on the
other sets, and scored on the set that was left out; beside it stands what the delivered constants
score there. Scores are AMI of both levels over those of k-means that is told the true counts. Fine
topics are found once for each set and seed. The figures are printed and written as JSON.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from benchmark_quality import NO_GOODS, ROOT, SETS, Shop, _ami, kmeans_given_k, load_shop

import topicmodel as tm
from topicmodel.catalogue import nodes
from topicmodel.catalogue.knowledge import find_knowledge
from topicmodel.clustering import catalogue_levels, filing
from topicmodel.clustering.fits import fine_topics
from topicmodel.datatypes import Corpus, Level
from topicmodel.execution.context import FitContext
from topicmodel.settings import TreeSettings

MIN_SHARE = "level1.min_share"

VARIED: Mapping[str, tuple[ModuleType | None, str, Sequence[float]]] = {
    "weight of words": (nodes, "BY_WORDS", (0.2, 0.3, 0.4)),
    "own vote": (filing, "OWN", (0.5, 0.7, 1.0)),
    "likeness": (filing, "LIKENESS", (4.0, 6.0, 10.0)),
    "clearly better": (catalogue_levels, "CLEARLY_BETTER", (0.1, 0.15, 0.2)),
    MIN_SHARE: (None, "", (0.007, 0.01, 0.013)),
}
"""What is varied -> the module and the name of the constant, and its values."""


def main() -> None:
    """Score every variant on every set, choose without each set, print and write."""
    options = _options()
    warnings.filterwarnings("ignore")
    names = [name for name in options.sets if name not in NO_GOODS]
    scores = {name: set_scores(options.data, name, options.seeds) for name in names}
    variants = list(next(iter(scores.values())))
    rows = [left_out(name, scores, variants) for name in names]
    for row in rows:
        print(
            f"{row['set']:<16} delivered {row['delivered']}  left out {row['left_out']}  "
            f"by {row['chosen']}"
        )
    for level in (0, 1):
        delivered, chosen = (
            np.mean([r[k][level] for r in rows]) for k in ("delivered", "left_out")
        )
        print(f"level {level + 1}: mean delivered {delivered:.3f}, left out {chosen:.3f}")
    record = {"seeds": options.seeds, "rows": rows, "scores": scores}
    options.out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"\n{options.out}")


def left_out(
    name: str, scores: Mapping[str, Mapping[str, Sequence[float]]], variants: Sequence[str]
) -> dict[str, Any]:
    """What the variant scores on a set that is best on the others, both levels added up."""
    others = [other for other in scores if other != name]
    best = max(variants, key=lambda v: np.mean([sum(scores[other][v]) for other in others]))
    return {
        "set": name,
        "chosen": best,
        "delivered": scores[name]["as delivered"],
        "left_out": scores[name][best],
    }


def set_scores(folder: Path, name: str, seeds: Sequence[int]) -> dict[str, tuple[float, float]]:
    """Variant -> AMI of both levels on a set over those of k-means, means over the seeds."""
    shop = load_shop(folder, name, own_encoder=False)
    fits = {
        seed: fine_topics(
            Corpus(shop.vectors, shop.words), FitContext.of(tm.Settings(seed=seed)), 3
        )
        for seed in seeds
    }
    peers = [kmeans_given_k(shop, seed) for seed in seeds]
    peer1 = np.mean([_ami(shop, peer.level1, 0) for peer in peers])
    peer2 = np.mean([_ami(shop, peer.level2, 1) for peer in peers])
    found = {}
    for label, settings in variants_of(tm.Settings()):
        amis = [_score(shop, fits[seed], TreeSettings.of(settings)) for seed in seeds]
        mean1, mean2 = np.mean(amis, axis=0)
        found[label] = (round(float(mean1 / peer1), 4), round(float(mean2 / peer2), 4))
        print(f"{name:<16}{label:<28}{found[label]}", flush=True)
    return found


def variants_of(settings: tm.Settings) -> Iterator[tuple[str, tm.Settings]]:
    """Every variant, its constant in place while it is handed over."""
    yield "as delivered", settings
    for label, (module, constant, values) in VARIED.items():
        for value in values:
            if module is not None and getattr(module, constant) != value:
                with _changed(module, constant, value):
                    yield f"{label} {value}", settings
            elif module is None and settings.level1.min_share != value:
                level1 = settings.level1.model_copy(update={"min_share": value})
                yield f"{label} {value}", settings.model_copy(update={"level1": level1})


@contextmanager
def _changed(module: ModuleType, constant: str, value: float) -> Iterator[None]:
    before = getattr(module, constant)
    setattr(module, constant, value)
    try:
        yield
    finally:
        setattr(module, constant, before)


def _score(shop: Shop, fits: Sequence[Level], settings: TreeSettings) -> tuple[float, float]:
    knowledge = find_knowledge(shop.votes, fits)
    merged = catalogue_levels.merge_by_catalogue(shop.corpus, fits, knowledge, settings)
    leaves = merged.level1 * (int(merged.level2.max()) + 1) + merged.level2
    return _ami(shop, merged.level1, 0), _ami(shop, leaves, 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--sets", nargs="+", default=list(SETS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[42, 1, 2])
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "benchmark_left_out.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
