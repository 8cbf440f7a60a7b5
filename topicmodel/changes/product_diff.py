"""Which products stayed in their category, moved to another, arrived in the dump, or left it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice, zip_longest
from typing import Literal

from topicmodel.changes.pairs import Pairs, Rows
from topicmodel.datatypes import ProductChange, ProductChanges, Run

N_EXAMPLES = 20
"""At most so many example products for each kind of change."""

Fate = Literal["stayed", "moved", "arrived", "left"]
"""What happened to a product; the last two mean that it is new in the dump, or missing from it."""

_Path = tuple[str, str, str, str]
"""Level-one and level-two category in the previous run, then in the current one; "" for none."""


def product_changes(pairs: Pairs) -> dict[Fate, ProductChanges]:
    """Number, share and examples of the products that stayed, moved, arrived and left."""
    by_fate: dict[Fate, defaultdict[_Path, list[Rows]]]
    by_fate = {fate: defaultdict(list) for fate in ("stayed", "moved", "arrived", "left")}
    for product in pairs.rows:
        path = _path(pairs, product)
        by_fate[_fate(product, path)][path].append(product)
    names = _names(pairs.previous), _names(pairs.current)
    return {
        fate: ProductChanges(
            count=sum(map(len, products.values())),
            share=_share(pairs.previous if fate == "left" else pairs.current, products),
            examples=tuple(
                _product_change(pairs, product, names) for product in _examples(pairs, products)
            ),
        )
        for fate, products in by_fate.items()
    }


def _path(pairs: Pairs, product: Rows) -> _Path:
    return _categories(pairs.previous, product[0]) + _categories(pairs.current, product[1])


def _categories(run: Run, row: int) -> tuple[str, str]:
    if row < 0:
        return "", ""
    return run.assignments.level1[row] or "", run.assignments.level2[row] or ""


def _fate(product: Rows, path: _Path) -> Fate:
    old, new = product
    if min(old, new) < 0:
        return "arrived" if old < 0 else "left"
    return "stayed" if path[:2] == path[2:] else "moved"


def _names(run: Run) -> dict[str, str]:
    return {"": ""} | {topic.id: topic.name for topic in run.taxonomy.topics}


def _share(run: Run, products: Mapping[_Path, Sequence[Rows]]) -> float:
    return sum(map(len, products.values())) / max(len(run.assignments.product_ids), 1)


def _examples(pairs: Pairs, products: Mapping[_Path, Sequence[Rows]]) -> list[Rows]:
    """Examples from every path in turn, so that large categories do not fill the list.

    Within a path, the products with the highest confidence come first.
    """
    largest = sorted(products, key=lambda path: (-len(products[path]), path))[:N_EXAMPLES]
    ranked = [pairs.most_confident_first(products[path])[:N_EXAMPLES] for path in largest]
    turns = (product for turn in zip_longest(*ranked) for product in turn if product is not None)
    return list(islice(turns, N_EXAMPLES))


def _product_change(
    pairs: Pairs, product: Rows, names: tuple[Mapping[str, str], Mapping[str, str]]
) -> ProductChange:
    run, row = pairs.last_seen(product)
    before, after = names
    old1, old2, new1, new2 = _path(pairs, product)
    return ProductChange(
        id=run.assignments.product_ids[row],
        title=run.products.titles[row],
        previous=(before[old1], before[old2]),
        current=(after[new1], after[new2]),
    )
