"""The products of two runs, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from topicmodel.datatypes import Run, TopicId

Rows = tuple[int, int]
"""Where a product is in the previous and in the current run; -1 where it is not in the dump."""


@dataclass(frozen=True)
class Pairs:
    """Two runs, and all products of either."""

    previous: Run
    current: Run
    rows: Sequence[Rows]
    """Each product once, those of the current run first."""

    def places(self, level: int) -> tuple[Sequence[TopicId | None], Sequence[TopicId | None]]:
        """Category of each product on one level, by its row in the previous and current run."""
        before, after = self.previous.assignments, self.current.assignments
        return (before.level1, after.level1) if level == 1 else (before.level2, after.level2)

    def last_seen(self, product: Rows) -> tuple[Run, int]:
        """The newer of the runs that hold the product, and its row there."""
        old, new = product
        return (self.current, new) if new >= 0 else (self.previous, old)

    def surest_first(self, products: Iterable[Rows]) -> list[Rows]:
        """By falling confidence, then by id."""

        def rank(product: Rows) -> tuple[float, str]:
            run, row = self.last_seen(product)
            return -float(run.assignments.confidence[row]), run.assignments.product_ids[row]

        return sorted(products, key=rank)


def pair_products(previous: Run, current: Run) -> Pairs:
    """Find each product of one run in the other, by its id."""
    left = {product: row for row, product in enumerate(previous.assignments.product_ids)}
    rows = [
        (left.pop(product, -1), row) for row, product in enumerate(current.assignments.product_ids)
    ]
    return Pairs(previous, current, rows + [(row, -1) for row in left.values()])
