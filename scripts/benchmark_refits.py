"""How steady a tree is over many refits on samples of a dump with new products among them.

    python scripts/benchmark_refits.py june.jsonl.gz --new july.jsonl.gz --refits 10

The dump is fitted once. Each refit then continues the run before it on a random 90 % of the dump
and, as 5 % more, products of the other dump that are not in the first. Printed after each: the
share of the products of the first run that are in the dump and still in a category with the id, and
with the id and the name, that they had there.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from topicmodel import ColumnChoice, Run, fit, load_settings, refit
from topicmodel.datatypes import Product
from topicmodel.ingest import read_dump

KEPT, NEW = 0.9, 0.05
SEED = 42


def main() -> None:
    """Fit, refit as often as asked, and print what has stayed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump", type=Path)
    parser.add_argument("--new", type=Path, required=True, help="dump that holds new products")
    parser.add_argument("--refits", type=int, default=10)
    parser.add_argument("--set", dest="pairs", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options.dump, options.new, options.refits, options.pairs, Path(folder))


def measure(dump: Path, other: Path, n_refits: int, pairs: Sequence[str], folder: Path) -> None:
    """Print a line after each refit.

    Args:
        dump: fitted first.
        other: where new products come from.
        n_refits: how many refits.
        pairs: settings as `key=value`.
        folder: for runs and samples.
    """
    products = list(read_dump([dump]).products)
    known = {product.id for product in products}
    strangers = [product for product in read_dump([other]).products if product.id not in known]
    settings = load_settings(assignments=["evaluation.resamples=0", *pairs])
    run = folder / "run"
    first = Places.of(fit(dump, out=run, settings=settings))
    rng = random.Random(SEED)
    for number in range(1, n_refits + 1):
        sample = rng.sample(products, round(KEPT * len(products)))
        new = rng.sample(strangers, min(len(strangers), round(NEW * len(products))))
        path = _write([*sample, *new], folder / "sample.jsonl")
        found = refit(run, path, out=run, columns=ColumnChoice(id="id"))
        ids1, names1 = first.still_in(Places.of(found), level=1)
        ids2, names2 = first.still_in(Places.of(found), level=2)
        print(
            f"refit {number:>2}: level one {ids1:.3f} same id, {names1:.3f} same id and name; "
            f"level two {ids2:.3f}, {names2:.3f}; "
            f"{len(found.taxonomy.level1)} categories",
            flush=True,
        )


@dataclass(frozen=True)
class Places:
    """Product -> id and name of its category, for each level; "" for none."""

    of_level: dict[int, dict[str, tuple[str, str]]]

    @classmethod
    def of(cls, run: Run) -> Places:
        """Where the products of a run are."""
        names = {topic.id: topic.name for topic in run.taxonomy.topics}
        ids = run.assignments.product_ids
        levels = {1: run.assignments.level1, 2: run.assignments.level2}
        return cls(
            {
                level: {
                    product: (topic, names[topic]) if topic else ("", "")
                    for product, topic in zip(ids, topics, strict=True)
                }
                for level, topics in levels.items()
            }
        )

    def still_in(self, later: Places, level: int) -> tuple[float, float]:
        """Share of the placed products of both with the same id; with the same id and name."""
        before, now = self.of_level[level], later.of_level[level]
        both = [(before[id_], now[id_]) for id_ in before if before[id_][0] and id_ in now]
        same_id = sum(old[0] == new[0] for old, new in both)
        return same_id / len(both), sum(old == new for old, new in both) / len(both)


def _write(products: Sequence[Product], path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for product in products:
            record = {"id": product.id, "title": product.title, "description": product.description}
            file.write(json.dumps(record | {"attributes": dict(product.attributes)}) + "\n")
    return path


if __name__ == "__main__":
    main()
