"""A shop whose categories are known: four departments of two or three kinds, words of their own."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SHOP: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("Kitchen", "cooking roast oven dinner chef stove recipe gas induction meal"): {
        "Pans": "pan frying nonstick skillet saute crepe wok griddle",
        "Knives": "knife blade carving paring steel sharp cleaver santoku",
        "Kettles": "kettle boil spout whistle limescale filter jug pour",
    },
    ("Garden", "outdoor lawn plant soil hedge weather flower summer patio growing"): {
        "Hoses": "hose nozzle spray reel coupling sprinkler tap metre",
        "Seeds": "seed packet germinate tomato lettuce sow annual bloom",
    },
    ("Music", "sound tune band concert stage melody rehearsal musician pitch song"): {
        "Guitars": "guitar fret string acoustic neck pickup strum rosewood",
        "Drums": "drum snare cymbal stick kick tom hihat shell",
        "Keyboards": "keyboard key synthesizer piano pedal voices weighted midi",
    },
    ("Sports", "training fitness workout athlete gym exercise coach muscle match team"): {
        "Rackets": "racket grip tennis badminton strung shuttle overgrip graphite",
        "Boots": "boot stud football ankle lace turf leather sole",
    },
}
N_KINDS = sum(len(kinds) for kinds in SHOP.values())

Row = dict[str, Any]


def planted_rows(n_products: int = 300, seed: int = 1) -> list[Row]:
    """Products in a mixed order, of all kinds alike; no two have the same text."""
    rng = random.Random(seed)
    kinds = [
        (department, kind, common.split(), words.split())
        for (department, common), own in SHOP.items()
        for kind, words in own.items()
    ]
    rows = [_product(number, *kinds[number % N_KINDS], rng) for number in range(n_products)]
    rng.shuffle(rows)
    return rows


def write_json_lines(path: Path, rows: Iterable[Row]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a table; category paths are joined by " > "."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        for row in rows:
            table.writerow(row | {"category_path": " > ".join(row["category_path"])})
    return path


def _product(
    number: int,
    department: str,
    kind: str,
    common: Sequence[str],
    words: Sequence[str],
    rng: random.Random,
) -> Row:
    description = [*rng.sample(common, 6), *rng.sample(words, 5)]
    return {
        "id": f"p{number:04}",
        "title": f"{' '.join(rng.sample(words[1:], 2))} {words[0]}",
        "description": " ".join(rng.sample(description, len(description))) + f" m{number}",
        "category_path": [department, kind],
    }
