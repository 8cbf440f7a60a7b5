"""The planted shop, month after month: departments come and go, products change.

June is the whole shop. In July all of Music is gone, with some products of the other departments;
some texts were edited, some products are new, and Pets has opened. In August Music is back.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from planted_shop import Row, planted_rows, write_json_lines
from tiny_encoder import TinyEncoder

from topicmodel import Run, TopicId, fit, load_settings, refit
from topicmodel.datatypes import Topic

GONE, OPENED = "Music", "Pets"

QUICK = "evaluation.resamples=0"
TWO_EACH = "level2.max_topics=2"
"""Of the three kinds in Kitchen, two are one category, so that there is something to split."""

_PETS = ["dog", "cat", "puppy", "kitten", "paw", "fur", "vet", "companion", "walk", "treat"]
_PET_KINDS = {
    "Leashes": ["leash", "collar", "harness", "buckle", "retractable", "nylon", "muzzle", "lead"],
    "Baskets": ["basket", "cushion", "bed", "blanket", "washable", "cave", "sleeping", "sheepskin"],
}


@dataclass(frozen=True)
class Month:
    """A month's dump and the run made of it. Tests that change something work on a copy."""

    rows: Sequence[Row]
    dump: Path
    folder: Path
    run: Run
    encoder: TinyEncoder
    """The one that was asked for the texts of this month."""

    def topic(self, level: int, kind: str) -> Topic:
        """The category of a level that holds most products of a department or a kind."""
        members = {row["id"] for row in self.rows if kind in row["category_path"]}
        places = self.run.assignments
        topics = places.level1 if level == 1 else places.level2
        pairs = zip(places.product_ids, topics, strict=True)
        inside = Counter(topic for product, topic in pairs if product in members and topic)
        return self.run.taxonomy[inside.most_common(1)[0][0]]

    def topics_of(self, department: str) -> set[TopicId]:
        """The categories of both levels that hold nothing but products of a department."""
        others = {row["id"] for row in self.rows if department not in row["category_path"]}
        strange = {
            topic
            for product, place in places_of(self.run).items()
            if product in others
            for topic in place
        }
        return {topic.id for topic in self.run.taxonomy.topics} - strange


def june_rows() -> list[Row]:
    """240 products; every twelfth has a maker."""
    rows = planted_rows(240)
    maker = {"attributes": {"maker": "Orbit"}}
    return [row | ({} if number % 12 else maker) for number, row in enumerate(rows)]


def july_rows() -> list[Row]:
    stayed = [row for row in june_rows() if GONE not in row["category_path"]]
    kept = [row for number, row in enumerate(stayed) if number % 11]
    edited = [row | {"description": f"{row['description']} reduced"} for row in kept[:8]]
    new = [row | {"id": f"n{row['id']}"} for row in planted_rows(40, seed=77)]
    return [
        *edited,
        *kept[8:],
        *(row for row in new if GONE not in row["category_path"]),
        *pet_rows(),
    ]


def august_rows() -> list[Row]:
    return [*july_rows(), *(row for row in june_rows() if GONE in row["category_path"])]


def pet_rows(n_products: int = 40) -> Iterator[Row]:
    rng = random.Random(5)
    for number in range(n_products):
        kind, words = list(_PET_KINDS.items())[number % 2]
        description = [*rng.sample(_PETS, 6), *rng.sample(words, 5)]
        yield {
            "id": f"pet{number:02}",
            "title": f"{' '.join(rng.sample(words[1:], 2))} {words[0]}",
            "description": " ".join(description) + f" m9{number}",
            "category_path": [OPENED, kind],
        }


def places_of(run: Run) -> dict[str, tuple[TopicId | None, TopicId | None]]:
    """Level-one and level-two category of every product."""
    found = run.assignments
    return dict(zip(found.product_ids, zip(found.level1, found.level2, strict=True), strict=True))


def fit_june(folder: Path) -> Month:
    rows, encoder = june_rows(), TinyEncoder()
    dump = write_json_lines(folder / "june.jsonl", rows)
    run = fit(
        dump,
        out=folder / "june",
        settings=load_settings(None, [QUICK, TWO_EACH, "catalogue.source=none"]),
        encoder=encoder,
        cache=folder / "vectors.sqlite",
    )
    return Month(rows, dump, folder / "june", run, encoder)


def refit_month(previous: Path, out: Path, rows: Sequence[Row]) -> Month:
    """The run of a month that continues another, with the cache beside it."""
    encoder = TinyEncoder()
    dump = write_json_lines(out.with_suffix(".jsonl"), rows)
    run = refit(previous, dump, out=out, encoder=encoder, cache=out.parent / "vectors.sqlite")
    return Month(rows, dump, out, run, encoder)
