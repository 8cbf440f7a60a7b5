"""Lifelike products, as many as are asked for: those of the sample, from brands without end.

They are drawn from the sample's own vocabulary and templates. What a larger shop has and the sample
lacks is a long tail: about half of the products are of made-up brands, most of which are rare, so
the vocabulary grows with the catalogue.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from make_sample import Draft, drafts, product

HOUSE_BRANDS = 0.5
"""Share of the products whose brand is one of the sample's own."""
TAIL = 0.7
"""The number of brands grows with that power of the number of products."""
COMMON = 50
"""About as many brands share most of the products that are not of the sample's own."""
SYLLABLES = (
    *("ba", "bel", "cor", "da", "den", "dra", "el", "fen", "ga", "gro", "hal", "ka", "kel", "li"),
    *("lor", "ma", "mir", "na", "nor", "os", "pa", "quo", "ra", "ros", "sa", "sen", "ta", "tor"),
    *("ul", "va", "vin", "wen", "xi", "yor", "za", "zen"),
)


def products(seed: int) -> Iterator[dict[str, Any]]:
    """Products without end, one by one; no two have the same title and description.

    Each has `id`, `title`, `description`, `category_path` and `attributes`, as the sample's have.
    The same seed always gives the same products.
    """
    seen = set[bytes]()
    for number, draft in drafts(seed):
        made = product(_of_some_brand(draft))
        content = f"{made['title']}\n{made['description']}"
        digest = hashlib.blake2b(content.casefold().encode(), digest_size=10).digest()
        if digest not in seen:
            seen.add(digest)
            yield {"id": f"GS-{number:07d}", **made}


def write_dumps(folder: Path, sizes: Iterable[int], seed: int) -> dict[int, Path]:
    """A dump in JSON lines for each number of products; a smaller one begins the larger ones."""
    paths = {size: folder / f"products_{size}.jsonl" for size in sorted(set(sizes))}
    *smaller, largest = paths
    with paths[largest].open("w", encoding="utf-8") as file:
        for made in islice(products(seed), largest):
            file.write(json.dumps(made, ensure_ascii=False) + "\n")
    for size in smaller:
        with paths[largest].open("rb") as source, paths[size].open("wb") as file:
            file.writelines(islice(source, size))
    return paths


def brand(rank: int) -> str:
    """The made-up brand of that rank, from 0; a few of the rarest share their name."""
    rng = random.Random(rank)
    return "".join(rng.choices(SYLLABLES, k=rng.choice((2, 3, 3)))).capitalize()


def _of_some_brand(draft: Draft) -> Draft:
    # By the draft's own seed, so that the variants of a product are of one brand.
    rng = random.Random(draft.seed + 1)
    if rng.random() < HOUSE_BRANDS:
        return draft
    rank = int(COMMON * ((1 - rng.random()) ** (-1 / TAIL) - 1))
    return replace(draft, fixed={"brand": brand(rank), **draft.fixed})
