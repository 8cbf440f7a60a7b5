"""A table of products that grows while a dump is read."""

from __future__ import annotations

from typing import Any

from topicmodel.datatypes import Product, Products, attributes_as_json


class GrowingTable:
    """Products as columns from the start, which take less memory than a `Product` for each."""

    def __init__(self) -> None:
        self._row_of: dict[str, int] = {}
        self._columns: dict[str, list[Any]] = {name: [] for name in _values(Product("", ""))}

    def __len__(self) -> int:
        return len(self._row_of)

    def put(self, product: Product) -> bool:
        """Add a product, in the row of an earlier one where there is one with its id.

        Returns:
            Whether its id is new.
        """
        row = self._row_of.setdefault(product.id, len(self._row_of))
        is_new = row == len(self._columns["ids"])
        for name, value in _values(product).items():
            # Replaces the value of the row, or appends one where the row is new.
            self._columns[name][row : row + 1] = [value]
        return is_new

    def table(self) -> Products:
        """All of them, in the order in which their ids came."""
        return Products(**self._columns)


def _values(product: Product) -> dict[str, Any]:
    """Column of the table -> the value of a product."""
    return {
        "ids": product.id,
        "titles": product.title,
        "attributes": attributes_as_json(product.attributes),
        "descriptions": product.description,
        "images": product.image,
        "true_paths": product.true_path,
    }
