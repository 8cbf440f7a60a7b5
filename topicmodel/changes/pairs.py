"""The products of two runs, matched by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from topicmodel.datatypes import Run, TopicId

Rows = tuple[int, int]
"""Row of a product in the previous and in the current run; -1 where its dump lacks the product."""


@dataclass(frozen=True)
class Pairs:
    """Two runs, and the products of both."""

    previous: Run
    current: Run
    rows: Sequence[Rows]
    """Rows of each product; products of the current run come first."""

    def topics(self, level: int) -> tuple[Sequence[TopicId | None], Sequence[TopicId | None]]:
        """Category of each product on one level: (n_previous,) and (n_current,), by row."""
        before, after = self.previous.assignments, self.current.assignments
        return (before.level1, after.level1) if level == 1 else (before.level2, after.level2)

    def last_seen(self, product: Rows) -> tuple[Run, int]:
        """The newest run that has the product, and the row of the product in it."""
        old, new = product
        return (self.current, new) if new >= 0 else (self.previous, old)

    def most_confident_first(self, products: Iterable[Rows]) -> list[Rows]:
        """The products by decreasing confidence, then by id."""

        def rank(product: Rows) -> tuple[float, str]:
            run, row = self.last_seen(product)
            return -float(run.assignments.confidence[row]), run.assignments.product_ids[row]

        return sorted(products, key=rank)


def pair_products(previous: Run, current: Run) -> Pairs:
    """Match the products of two runs by their ids."""
    unmatched = {product: row for row, product in enumerate(previous.assignments.product_ids)}
    rows = [
        (unmatched.pop(product, -1), row)
        for row, product in enumerate(current.assignments.product_ids)
    ]
    return Pairs(previous, current, rows + [(row, -1) for row in unmatched.values()])
