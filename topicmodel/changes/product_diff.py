"""Which products stayed, moved, arrived and left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice, zip_longest
from typing import Literal

from topicmodel.changes.pairs import Pairs, Rows
from topicmodel.datatypes import ProductChange, ProductChanges, Run

N_EXAMPLES = 20
"""Example products of each fate, at most."""

Fate = Literal["stayed", "moved", "arrived", "left"]

_Way = tuple[str, str, str, str]
"""Both categories before and both now; "" for none."""


def product_changes(pairs: Pairs) -> dict[Fate, ProductChanges]:
    """The products of each fate, with examples."""
    ways: dict[Fate, defaultdict[_Way, list[Rows]]]
    ways = {fate: defaultdict(list) for fate in ("stayed", "moved", "arrived", "left")}
    for product in pairs.rows:
        way = _way(pairs, product)
        ways[_fate(product, way)][way].append(product)
    names = _names(pairs.previous), _names(pairs.current)
    return {
        fate: ProductChanges(
            count=sum(map(len, products.values())),
            share=_share(pairs.previous if fate == "left" else pairs.current, products),
            examples=tuple(
                _product_change(pairs, product, names) for product in _examples(pairs, products)
            ),
        )
        for fate, products in ways.items()
    }


def _way(pairs: Pairs, product: Rows) -> _Way:
    return _place(pairs.previous, product[0]) + _place(pairs.current, product[1])


def _place(run: Run, row: int) -> tuple[str, str]:
    if row < 0:
        return "", ""
    return run.assignments.level1[row] or "", run.assignments.level2[row] or ""


def _fate(product: Rows, way: _Way) -> Fate:
    old, new = product
    if min(old, new) < 0:
        return "arrived" if old < 0 else "left"
    return "stayed" if way[:2] == way[2:] else "moved"


def _names(run: Run) -> dict[str, str]:
    return {"": ""} | {topic.id: topic.name for topic in run.taxonomy.topics}


def _share(run: Run, products: Mapping[_Way, Sequence[Rows]]) -> float:
    return sum(map(len, products.values())) / max(len(run.assignments.product_ids), 1)


def _examples(pairs: Pairs, products: Mapping[_Way, Sequence[Rows]]) -> list[Rows]:
    """The surest of each way in turn, so that the largest categories do not fill the list."""
    largest = sorted(products, key=lambda way: (-len(products[way]), way))[:N_EXAMPLES]
    ranked = [pairs.surest_first(products[way])[:N_EXAMPLES] for way in largest]
    turns = (product for turn in zip_longest(*ranked) for product in turn if product is not None)
    return list(islice(turns, N_EXAMPLES))


def _product_change(
    pairs: Pairs, product: Rows, names: tuple[Mapping[str, str], Mapping[str, str]]
) -> ProductChange:
    run, row = pairs.last_seen(product)
    before, after = names
    old1, old2, new1, new2 = _way(pairs, product)
    return ProductChange(
        id=run.assignments.product_ids[row],
        title=run.products.titles[row],
        previous=(before[old1], before[old2]),
        current=(after[new1], after[new2]),
    )
